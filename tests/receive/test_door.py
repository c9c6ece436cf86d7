"""The door answers each delivery as it deserves, and keeps what it accepts, once."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any

import pytest
import sqlalchemy as sa

from decroche.capture.receive.door import LARGEST_BODY, RETRY_AFTER_S, Received
from decroche.capture.receive.public_address import PublicAddress
from decroche.ledger.folding import fold_pending
from decroche.ledger.store import Ledger
from decroche.ledger.tables import observations
from decroche.model.fact import Heard
from tests.receive.asking import Answered, run
from tests.receive.doors import GOOD, HOOK, KEY, NOW, Door, door

WRONG = (("X-Proof", "b-proof"),)


def test_an_accepted_delivery_is_on_disk_and_answered_as_the_platform_wants(ledger: Ledger) -> None:
    with door(ledger) as found:
        answered = run(found.ask)
        assert (answered.status, answered.body) == (202, b"<thanks/>")
        assert answered.headers["content-type"].startswith("text/xml")
        assert found.kept() == ["one"]
        assert found.results() == [Received.ACCEPTED]


@pytest.mark.parametrize(
    ("asked", "status", "result", "problem"),
    [
        ({"headers": WRONG}, 401, Received.NOT_AUTHENTIC, "not the proof"),
        ({"headers": ()}, 401, Received.NOT_AUTHENTIC, "not the proof"),
        ({"headers": (*GOOD, *WRONG)}, 401, Received.NOT_AUTHENTIC, "not the proof"),
        ({"body": b"malformed", "headers": WRONG}, 401, Received.NOT_AUTHENTIC, "not the proof"),
        ({"body": b"ignored"}, 202, Received.IGNORED, ""),
        ({"headers": (("X-Echo", "hello"),)}, 200, Received.CHALLENGE, ""),
        ({"headers": (("X-Echo", "hello"),), "method": "GET", "body": b""}, 200, Received.CHALLENGE, ""),
        ({"path": f"/hooks/told/{KEY}x"}, 404, Received.NO_SUCH_DOOR, ""),
        ({"path": f"/hooks/told/{KEY[:-1]}"}, 404, Received.NO_SUCH_DOOR, ""),
        ({"path": f"/hooks/other/{KEY}"}, 404, Received.NO_SUCH_DOOR, ""),
        ({"path": f"/hooks/deaf/{KEY}"}, 404, Received.NO_SUCH_DOOR, ""),
        ({"body": b"x" * (LARGEST_BODY + 1)}, 413, Received.TOO_LARGE, "a body too large"),
        (
            {"body": b"", "headers": (*GOOD, ("Content-Length", str(10**30)))},
            413,
            Received.TOO_LARGE,
            "a body too large",
        ),
        ({"then": "leave"}, 408, Received.TOO_SLOW, ""),
    ],
)
def test_what_is_not_accepted_leaves_nothing(
    ledger: Ledger, asked: dict[str, Any], status: int, result: Received, problem: str
) -> None:
    with door(ledger) as found:
        assert run(lambda: found.ask(**asked)).status == status
        assert found.kept() == []
        (noted,) = found.noted
        assert (noted.result, noted.problem) == (result, problem)
        assert (noted.endpoint is None) == (result is Received.NO_SUCH_DOOR)
        assert run(found.ask).status == 202


def test_what_nobody_can_read_is_kept_without_its_words_and_answered_like_any_other(ledger: Ledger) -> None:
    headers = (*GOOD, ("Content-Type", "text/odd"))

    async def twice(found: Door) -> list[int]:
        return [(await found.ask(b"malformed", headers=headers)).status for _ in range(2)]

    with door(ledger) as found:
        assert run(lambda: twice(found)) == [202, 202]
        assert [(each.result, each.problem) for each in found.noted] == [
            (Received.MALFORMED, "not what is documented")
        ] * 2
        digest = hashlib.sha256(b"\0malformed").hexdigest()
        assert found.kept() == [f"unreadable/{digest}"]
        assert found.about() == {
            "content_type": "text/odd",
            "size": "9",
            "sha256": digest,
            "why": "not what is documented",
        }
        with ledger.reading() as connection:
            assert connection.execute(sa.select(observations.c.body)).scalar_one() == b""
        folded = fold_pending(ledger, lambda *_: Heard(), now=NOW)
        assert (folded.observations, folded.malformed) == (1, 1)


def test_what_nobody_can_read_is_sent_back_while_the_disk_takes_nothing(ledger: Ledger) -> None:
    with door(ledger, longest=0) as found:
        assert run(lambda: found.ask(b"malformed")).status == 503
        assert (found.kept(), found.results()) == ([], [Received.SENT_BACK])


def test_a_challenge_is_answered_with_its_own_words(ledger: Ledger) -> None:
    with door(ledger) as found:
        answered = run(lambda: found.ask(headers=(("X-Echo", "hello"),)))
        assert (answered.body, answered.headers["x-echo"]) == (b"hello", "hello")


def test_a_body_is_read_no_further_than_it_may_be_large(ledger: Ledger) -> None:
    """It comes in pieces, and its length is not told."""
    read: list[int] = []

    def pieces() -> Iterator[bytes]:
        for number in range(100):
            read.append(number)
            yield b"x" * (LARGEST_BODY // 4)

    with door(ledger) as found:
        assert run(lambda: found.ask(pieces())).status == 413
        assert len(read) == 5
        assert found.kept() == []


def test_the_largest_body_is_accepted_in_pieces(ledger: Ledger) -> None:
    with door(ledger) as found:
        assert run(lambda: found.ask([b"x" * (LARGEST_BODY // 2)] * 2)).status == 202


def test_a_sender_that_says_no_more_is_not_waited_for(ledger: Ledger) -> None:
    with door(ledger, patience_s=0.01) as found:
        assert run(lambda: found.ask(b"half", then="silence")).status == 408
        assert (found.kept(), found.results()) == ([], [Received.TOO_SLOW])


@pytest.mark.parametrize("kind", ["", "application/json", "text/html; charset=klingon", "no/such;;;=", "\xff\xfe"])
def test_any_content_type_is_taken(ledger: Ledger, kind: str) -> None:
    with door(ledger) as found:
        headers = (*GOOD, ("Content-Type", kind)) if kind else GOOD
        assert run(lambda: found.ask(b"\x00\xff{", headers=headers)).status == 202
        assert found.about()["type"] == kind


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "HEAD"])
def test_a_delivery_may_come_by_these_methods(ledger: Ledger, method: str) -> None:
    with door(ledger) as found:
        assert run(lambda: found.ask(method=method)).status == 202
        assert found.about()["method"] == method


@pytest.mark.parametrize("method", ["DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_none(ledger: Ledger, method: str) -> None:
    with door(ledger) as found:
        assert run(lambda: found.ask(method=method)).status == 405
        assert (found.kept(), found.noted) == ([], [])


def test_a_repetition_is_welcome_and_changes_nothing(ledger: Ledger) -> None:
    async def again(found: Any) -> list[Answered]:
        first = [await found.ask(b"one"), await found.ask(b"one")]
        return [*first, *await asyncio.gather(*(found.ask(b"one" if n % 2 else b"two") for n in range(20)))]

    with door(ledger) as found:
        assert {each.status for each in run(lambda: again(found))} == {202}
        assert sorted(found.kept()) == ["one", "two"]


def test_the_first_of_equal_keys_is_kept(ledger: Ledger) -> None:
    with door(ledger) as found:
        run(lambda: found.ask(query="n=1"))
        run(lambda: found.ask(query="n=2"))
        assert found.about()["url"].endswith("?n=1")


def test_a_mistake_of_ours_is_an_error_that_the_platform_answers_with_another_try(ledger: Ledger) -> None:
    with door(ledger) as found:
        with pytest.raises(RuntimeError):
            run(lambda: found.ask(headers=(*GOOD, ("breaks", "1"))))
        assert (found.kept(), found.results()) == ([], [Received.FAILED])
        assert run(found.ask).status == 202


def test_a_journal_that_has_ended_sends_back(ledger: Ledger) -> None:
    with door(ledger) as found:
        found.journal.stop()
        answered = run(found.ask)
        assert (answered.status, answered.headers["retry-after"]) == (503, str(RETRY_AFTER_S))
        assert (found.kept(), found.results()) == ([], [Received.SENT_BACK])


def test_when_too_much_waits_the_rest_is_sent_back(ledger: Ledger) -> None:
    async def crowd(found: Any) -> list[int]:
        asked = [asyncio.create_task(found.ask(b"%d" % number)) for number in range(5)]
        while found.journal.waiting < 3:
            await asyncio.sleep(0)
        assert (await found.ask(b"last")).status == 503
        found.journal.start()
        return [each.status for each in await asyncio.gather(*asked)]

    with door(ledger, started=False, longest=3) as found:
        assert sorted(run(lambda: crowd(found))) == [202, 202, 202, 503, 503]
        assert len(found.kept()) == 3


def test_when_too_many_bytes_wait_the_rest_is_sent_back(ledger: Ledger) -> None:
    async def crowd(found: Any) -> list[int]:
        asked = [asyncio.create_task(found.ask(body)) for body in (b"a" * 60, b"b" * 30, b"c" * 20, b"d" * 10)]
        while found.journal.waiting < 3:
            await asyncio.sleep(0)
        found.journal.start()
        return [each.status for each in await asyncio.gather(*asked)]

    with door(ledger, started=False, largest=100) as found:
        assert run(lambda: crowd(found)) == [202, 202, 503, 202]
        assert run(lambda: found.ask(b"c" * 100)).status == 202


@pytest.mark.parametrize(
    ("path", "query"),
    [
        (HOOK, "n=1"),
        (f"/hooks/told/{KEY[:-1]}%79", "n=1"),
        (HOOK, "a=%20+%2B&b=é%C3%A9&&c&=d?/;"),
        (HOOK, ""),
    ],
)
def test_path_and_query_are_handed_on_as_they_were_sent(ledger: Ledger, path: str, query: str) -> None:
    with door(ledger) as found:
        assert run(lambda: found.ask(path=HOOK, raw_path=path, query=query)).status == 202
        sent = query.encode().decode("latin-1")
        assert found.about()["url"] == f"https://calls.example.com{path}" + (f"?{sent}" if query else "")


def test_of_a_header_that_comes_twice_the_last_is_the_proxy_s(ledger: Ledger) -> None:
    told = (("Host", "own.example"), ("X-Forwarded-Host", "evil.example"), ("X-Forwarded-Host", "calls.example"))
    with door(ledger, address=PublicAddress(proxies=[ip_network("203.0.113.9/32")])) as found:
        assert run(lambda: found.ask(headers=(*GOOD, *told))).status == 202
        assert found.about()["url"] == f"http://calls.example{HOOK}"
