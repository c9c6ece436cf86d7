"""Word on a screen: readable by the browser alone, signed with our key, through a push service that misbehaves."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import msgspec
import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from decroche.ledger.recovery_tables import notices, push_subscriptions
from decroche.ledger.store import Ledger
from decroche.recover.workflows.post import MaybeHanded, Message, NotHanded
from decroche.recover.workflows.pushing import (
    BadSubscription,
    Gone,
    Pusher,
    Subscription,
    encrypted,
    public_key,
    read_subscription,
    subscribe,
    subscriptions,
    unsubscribe,
    vapid_key,
)
from decroche.recover.workflows.telling import notify, tell
from tests.recover.telling import ANNE, story

NOW = datetime(2026, 3, 4, 9, 42, tzinfo=UTC)
MESSAGE = Message(id="n1", subject="Garage : appel", body="Quelqu’un attend.\n", data={"item": "i1"})
KEY = vapid_key(b"k" * 32)


def unlocked(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


#: The example of RFC 8291, appendix A.
THEIRS = unlocked("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4")
SECRET = unlocked("BTBZMqHH6r4Tts7J_aSIgg")
ONCE = ec.derive_private_key(
    int.from_bytes(unlocked("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big"), ec.SECP256R1()
)
SEALED = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_y"
    "l95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


class Service(ThreadingHTTPServer):
    """A push service on a port of this machine; ``mood`` is its answer, 0 a connection that breaks."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Taker)
        self.mood = 201
        self.taken: list[tuple[dict[str, str], bytes]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/push/1"


class _Taker(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        service: Any = self.server
        body = self.rfile.read(int(self.headers["Content-Length"]))
        service.taken.append((dict(self.headers), body))
        if service.mood == 0:
            self.close_connection = True
            return
        self.send_response(service.mood)
        self.send_header("Content-Length", "0")
        self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


@contextmanager
def service() -> Iterator[Service]:
    with Service() as found:
        thread = threading.Thread(target=found.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield found
        finally:
            found.shutdown()
            thread.join()


@pytest.fixture
def pusher() -> Iterator[Pusher]:
    with httpx.Client(timeout=5) as client:
        yield Pusher(client=client, key=KEY, clock=lambda: NOW, contact="mailto:a@garage.example")


def test_the_example_of_the_standard_is_sealed_as_it_says() -> None:
    salt = unlocked("DGv6ra1nlYgDCS1FRnbzlw")
    to = Subscription("https://push.example.net/1", THEIRS, SECRET)
    found = encrypted(b"When I grow up, I want to be a watermelon", to, salt=salt, once=ONCE)
    assert base64.urlsafe_b64encode(found).rstrip(b"=").decode() == SEALED
    assert encrypted(b"x", to) != encrypted(b"x", to)


def test_what_leaves_is_signed_for_that_service_and_shows_nothing(pusher: Pusher) -> None:
    with service() as found:
        pusher(Subscription(found.address, THEIRS, SECRET), MESSAGE)
    ((headers, body),) = found.taken
    assert headers["Content-Encoding"] == "aes128gcm" and headers["TTL"] == "3600"
    assert b"Garage" not in body
    token = headers["Authorization"].removeprefix("vapid t=").partition(",")[0]
    head, claims, signature = token.split(".")
    told = msgspec.json.decode(unlocked(claims))
    assert told["aud"] == found.address.removesuffix("/push/1") and told["sub"] == "mailto:a@garage.example"
    assert told["exp"] - NOW.timestamp() == 12 * 3600
    raw = unlocked(signature)
    mark = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    KEY.public_key().verify(mark, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
    assert headers["Authorization"].endswith(f"k={public_key(KEY)}")
    assert public_key(vapid_key(b"k" * 32)) == public_key(KEY) != public_key(vapid_key(b"j" * 32))


@pytest.mark.parametrize(("mood", "raised"), [(410, Gone), (404, Gone), (500, NotHanded), (302, NotHanded)])
def test_a_service_that_refuses_is_told_apart(pusher: Pusher, mood: int, raised: type[Exception]) -> None:
    with service() as found:
        found.mood = mood
        with pytest.raises(raised, match=str(mood)):
            pusher(Subscription(found.address, THEIRS, SECRET), MESSAGE)


def test_a_service_that_breaks_off_may_have_shown_it(pusher: Pusher) -> None:
    with service() as found:
        found.mood = 0
        with pytest.raises(MaybeHanded):
            pusher(Subscription(found.address, THEIRS, SECRET), MESSAGE)
    with pytest.raises(NotHanded, match="ConnectError"):
        pusher(Subscription(found.address, THEIRS, SECRET), MESSAGE)


def test_only_addresses_of_push_services_are_taken() -> None:
    keys = {"p256dh": base64.urlsafe_b64encode(THEIRS).decode(), "auth": base64.urlsafe_b64encode(SECRET).decode()}
    assert read_subscription("https://updates.push.services.mozilla.com/wpush/v2/x", **keys).auth == SECRET
    for wrong in (
        "http://push.example.net/1", "https://localhost/1", "https://127.0.0.1/1", "https://[::1]/1",
        "https://10.0.0.5/1", "https://push.example.net:8080/1", "https://a@push.example.net/1", "https://db.internal/1",
        "https://0x7f.1/1",
    ):  # fmt: skip
        with pytest.raises(BadSubscription, match="endpoint"):
            read_subscription(wrong, **keys)
    with pytest.raises(BadSubscription, match="keys"):
        read_subscription("https://push.example.net/1", "AAAA", keys["auth"])
    with pytest.raises(BadSubscription, match="keys"):
        read_subscription("https://push.example.net/1", keys["p256dh"], "AAAA")


def test_the_owner_is_told_on_the_screen_that_is_left(ledger: Ledger, pusher: Pusher) -> None:
    team = {"members": [{"name": "luc", "roles": ["owner"], "push": True}]}
    garage = story(ledger, "2026-03-04 10:42", team=team)
    garage.call(ANNE)
    garage.wait(minutes=45)
    item = garage.work(kind="task")[0].id
    tell(garage.tools, {"journey": garage.journey().id, "episode": "1", "step": "owner", "item": item})
    with service() as old, service() as new:
        old.mood = 410
        with ledger.writing() as connection:
            for each in (old, new):
                subscribe(connection, garage.account, "luc", Subscription(each.address, THEIRS, SECRET), now=NOW)
            id = connection.execute(sa.select(notices.c.id)).scalar_one()
        notify(garage.tools, {"notice": id, "step": "owner"}, {}, pusher)
    with ledger.writing() as connection:
        notice = connection.execute(notices.select()).one()
        assert (notice.state, notice.channel) == ("handed", "push")
        left = subscriptions(connection, garage.account, "luc")
        assert [each.endpoint for _, each in left] == [new.address]
        assert unsubscribe(connection, garage.account, "luc", new.address)
        assert not unsubscribe(connection, garage.account, "luc", new.address)
        assert connection.execute(sa.select(sa.func.count()).select_from(push_subscriptions)).scalar_one() == 1
