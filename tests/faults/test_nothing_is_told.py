"""A server that hears numbers and secrets in every place tells none of them: not in its log, not in its metrics."""

from __future__ import annotations

import http.client
import json
import re
import socket
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

import pytest
from cryptography.fernet import Fernet

from decroche.ledger.setting_up import add_endpoint
from decroche.ledger.store import Ledger
from decroche.ledger.tokens import Scope, add_token
from tests.databases import database
from tests.faults.serving import Serving
from tests.faults.story import ACCOUNT, AFTER_CALL_KEY, CALL_KEY, DOOR, HOOK, SECRET_KEY, set_up, told
from tests.platforms.signing import SIGNERS
from tests.postgresql import server

NUMBERS = ("33639980001", "33199000002", "14185550123", "0639988877")
SECRET = "a-secret-that-came-in-a-request"
CUT = "select pg_terminate_backend(pid) from pg_stat_activity where datname is not null and pid <> pg_backend_pid()"


def ask(serving: Serving, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"") -> bytes:
    with closing(http.client.HTTPConnection("127.0.0.1", serving.port, timeout=60)) as connection:
        try:
            connection.request(method, path, body, headers or {})
            return connection.getresponse().read()
        except ConnectionError:  # a body that was not read to its end
            return b""


def shout(serving: Serving) -> None:
    """Something that is no request."""
    with socket.create_connection(("127.0.0.1", serving.port)) as connection:
        connection.sendall(f"{NUMBERS[0]} {SECRET}\r\n\r\n".encode())
        connection.recv(1000)


def requests(keys: dict[str, str], base: str) -> Iterator[tuple[str, str, dict[str, str], bytes]]:
    """Numbers and secrets in every place of a request, from friends and from strangers."""
    loud = {"X-Number": NUMBERS[0], "X-Token": SECRET, "User-Agent": f"{SECRET} {NUMBERS[1]}"}
    for signer in SIGNERS:
        key = keys[signer.platform]
        url = f"{base}/hooks/{signer.platform}/{key}"
        now = datetime.now(UTC)
        for secrets in (signer.ours, signer.theirs):
            delivery = signer.sign(secrets, url, now)
            yield "POST", urlsplit(url).path, {**loud, **delivery.headers}, delivery.body
            yield "POST", f"{urlsplit(url).path}?To=%2B{NUMBERS[0]}&t={SECRET}", dict(delivery.headers), delivery.body
        for body in (b"{", f'{{"token":"{SECRET}","from":"+{NUMBERS[2]}"}}'.encode(), b"x" * 2_000_000):
            yield "POST", urlsplit(url).path, {**loud, "Authorization": f"Basic {SECRET}"}, body
        yield "POST", f"/hooks/{signer.platform}/{key}x{SECRET}{NUMBERS[3]}", loud, b""
    for path in ("/api/v1/calls", f"/api/v1/calls/+{NUMBERS[0]}", f"/{SECRET}", f"/sign-in?token={SECRET}",
                 f"/api/v1/calls?cursor={quote(SECRET)}&limit=x"):  # fmt: skip
        yield "GET", path, {**loud, "Authorization": f"Bearer {SECRET}", "Cookie": f"decroche={SECRET}"}, b""
        yield "GET", path, {"Authorization": f"Bearer {keys['api']}"}, b""
    yield (
        "POST",
        "/api/v1/webhooks",
        {"Authorization": f"Bearer {keys['api']}", "Content-Type": "application/json"},
        (json.dumps({"url": f"http://127.0.0.1:9/{SECRET}/{NUMBERS[0]}", "kinds": []}).encode()),
    )


@pytest.mark.hard
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_no_secret_and_no_whole_number(kind: str) -> None:
    with database(kind) as url:
        ledger = Ledger(url)
        set_up(ledger)
        keys = {"ringover": DOOR}
        with ledger.writing() as connection:
            for signer in SIGNERS:
                if signer.platform not in keys:
                    keys[signer.platform] = add_endpoint(
                        connection, ACCOUNT, connector=signer.platform, name=signer.platform, settings={},
                        secret=signer.ours, box=Fernet(SECRET_KEY), now=datetime.now(UTC),
                    ).key  # fmt: skip
            keys["api"] = add_token(
                connection, ACCOUNT, name="t", scopes=[Scope.READ, Scope.WRITE, Scope.NUMBERS], now=datetime.now(UTC)
            )
        ledger.close()
        with Serving(url, more={"DECROCHE_LOG_LEVEL": "debug"}) as serving:
            story = told(serving.base, 15)
            for number, (method, path, headers, body) in enumerate(requests(keys, serving.base)):
                if kind == "postgresql" and number % 5 == 4:
                    server().ask(CUT)
                ask(serving, method, path, headers, body)
                each = story[number % len(story)]
                ask(serving, "POST", HOOK, each.headers, each.body)
            shout(serving)
            told_openly = [ask(serving, "GET", path).decode() for path in ("/metrics", "/health", "/ready")]
            serving.stop()
            log = serving.log()
    secrets = {SECRET, SECRET_KEY, CALL_KEY, AFTER_CALL_KEY, *keys.values()}
    secrets |= {value for signer in SIGNERS for value in (*signer.ours.values(), *signer.theirs.values())}
    callers = {digits for each in story for digits in re.findall(r"\d{9,}", json.dumps(json.loads(each.body)["data"]))}
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    assert {"delivery_refused", "library"} <= {line["event"] for line in lines}
    for text in (log, *told_openly):
        assert [secret for secret in secrets if secret in text] == []
    quiet = [re.sub(r"\D", "", json.dumps({**line, "timestamp": ""})) for line in lines]
    quiet += [re.sub(r"\D", "", line) for text in told_openly for line in text.splitlines()]
    numbers = {digits[-9:] for digits in (*NUMBERS, *callers)}
    assert len(numbers) > 10
    assert [digits for digits in numbers if any(digits in line for line in quiet)] == []
