"""What platforms tell late of texts is forgotten too, and what is packed, and words that were a number."""

from __future__ import annotations

import base64
import gzip
import zlib
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
import sqlalchemy as sa

from decroche.connector_kit.connector import Record
from decroche.ledger.audit_log import ByKind, Who
from decroche.ledger.erased_late import erased_until, forget_late_texts
from decroche.ledger.erasing import erase_next, request_erasure
from decroche.ledger.folding import fold_pending
from decroche.ledger.observations import Observation, append
from decroche.ledger.recovery_tables import text_receipts, texts
from decroche.ledger.store import Ledger
from decroche.ledger.tables import observations, unknown_words
from decroche.ledger.unpacking import readings
from decroche.model.fact import Heard, UnknownWord
from decroche.model.text import TextReceipt, TextReceived, TextState
from decroche.rules.fingerprints import fingerprint, pseudonym
from tests.ledger.business import Shop, shop
from tests.ledger.stories import NOW, START
from tests.ledger.test_redacting import ONE, OTHER

KEY = b"k" * 32
MARK = fingerprint(KEY, "garage", ONE)
LATER = NOW + timedelta(minutes=3)


class Said(msgspec.Struct, frozen=True):
    """What a platform of these tests says of texts; ``to`` is what a receipt repeats."""

    received: tuple[TextReceived, ...] = ()
    receipts: tuple[TextReceipt, ...] = ()
    unknown: tuple[tuple[str, str], ...] = ()
    to: str = ""


def hear(connector: str, record: Record, settings: Mapping[str, str]) -> Heard:
    said = msgspec.json.decode(record.body, type=Said)
    return Heard(texts=(*said.received, *said.receipts), unknown=tuple(UnknownWord(*each) for each in said.unknown))


def wrote(ref: str, *, sender: str = "+33611111111", body: str = "secret", after: float = 0) -> TextReceived:
    return TextReceived(ref=ref, sender=sender, recipient="us", body=body, at=START + timedelta(hours=after))


def tell(found: Shop, *said: Said, at: Any = LATER) -> None:
    rows = [
        Observation(
            endpoint_id=found.endpoint,
            record=Record(kind="text", key=f"{at}/{number}",
                          body=msgspec.json.encode(each)),
            source="live",
            received_at=at,
        )
        for number, each in enumerate(said)
    ]  # fmt: skip
    with found.ledger.writing() as connection:
        append(connection, rows)
    while fold_pending(found.ledger, hear, now=at).observations:
        pass


def ask(found: Shop, person: int = ONE) -> None:
    with found.ledger.writing() as connection:
        request_erasure(connection, found.account, person, key=KEY, by=Who(kind=ByKind.MEMBER), now=NOW)
    while erase_next(found.ledger, hear, now=NOW):
        pass


def look_through(found: Shop, *, now: Any = LATER + timedelta(days=2)) -> None:
    while forget_late_texts(found.ledger, hear, key=KEY, now=now):
        pass


def bodies(ledger: Ledger) -> str:
    with ledger.reading() as connection:
        rows = connection.execute(sa.select(observations.c.body, observations.c.key)).all()
        told = connection.execute(sa.select(text_receipts)).all()
        return repr([(bytes(row.body), row.key) for row in rows]) + repr(told)


def kept(ledger: Ledger) -> dict[str, Any]:
    with ledger.reading() as connection:
        return {row.ref: row for row in connection.execute(sa.select(texts))}


def test_what_was_written_before_and_is_told_after_is_forgotten(ledger: Ledger) -> None:
    found = shop(ledger)
    tell(found, Said(received=(wrote("early"),)), at=START)
    ask(found)
    assert erased_until_of(found) == NOW
    others = (wrote("late"), wrote("of another", sender="0622222222"))
    tell(found, Said(received=others), Said(received=(wrote("new contact", after=999),)))
    assert "secret" in kept(ledger)["late"].body
    look_through(found)
    rows = kept(ledger)
    assert {(ref, row.person, row.body, row.sender) for ref, row in rows.items()} == {
        ("early", pseudonym(MARK), "", ""),
        ("late", pseudonym(MARK), "", ""),
        ("of another", OTHER, "secret", "0622222222"),
        ("new contact", ONE, "secret", "+33611111111"),
    }
    assert bodies(ledger).count("33611111111") == 1 and bodies(ledger).count("0622222222") == 1
    before = bodies(ledger)
    look_through(found)
    assert bodies(ledger) == before


def erased_until_of(found: Shop) -> Any:
    with found.ledger.reading() as connection:
        assert erased_until(connection, found.account, b"nobody") is None
        return erased_until(connection, found.account, MARK)


def test_a_refusal_in_what_is_told_late_is_waited_for(ledger: Ledger) -> None:
    found = shop(ledger)
    ask(found)
    tell(found, Said(received=(wrote("late", body="STOP"),)), Said(received=(wrote("second"),)))
    look_through(found, now=LATER + timedelta(minutes=1))
    assert kept(ledger)["late"].body == "STOP", "nobody has heeded it yet"
    with ledger.writing() as connection:
        connection.execute(sa.update(texts).where(texts.c.ref == "late").values(purpose="opt_out"))
    look_through(found, now=LATER + timedelta(minutes=1))
    assert (kept(ledger)["late"].body, kept(ledger)["second"].body) == ("", "secret")
    look_through(found)
    assert kept(ledger)["second"].body == ""


def test_a_receipt_that_repeats_the_number_is_forgotten(ledger: Ledger) -> None:
    found = shop(ledger)
    sent = {"account_id": found.account, "direction": "out", "body": "Bonjour", "purpose": "reply", "created_at": START}
    with ledger.writing() as connection:
        for person, ref in ((ONE, "SM1"), (OTHER, "SM2")):
            row = {**sent, "id": ref.lower(), "ref": ref, "person": person, "recipient": f"+{person}"}
            connection.execute(
                sa.insert(texts).values(**row, endpoint_id=found.endpoint, state="unknown", raw_failure=f"no {person}")
            )
    early = TextReceipt(ref="SM1", state=TextState.HANDED, at=START, raw_failure="to +33 6 11 11 11 11")
    tell(found, Said(receipts=(early,), to="+33611111111"), at=START)
    ask(found)
    assert "11111111" not in bodies(ledger) and "11 11" not in bodies(ledger)
    assert kept(ledger)["SM1"].raw_failure is None and str(OTHER) in kept(ledger)["SM2"].raw_failure
    late = [
        Said(receipts=(TextReceipt(ref=f"SM{n}", state=TextState.FAILED, at=NOW, raw_failure=why),), to=to)
        for n, why, to in ((1, "no +33611111111", "+33611111111"), (2, "no +33622222222", "+33622222222"))
    ]
    tell(found, *late)
    look_through(found)
    assert "33611111111" not in bodies(ledger) and "33622222222" in bodies(ledger)
    assert kept(ledger)["SM1"].state == "failed", "what became of it still counts"


PACKED: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "zlib": zlib.compress,
    "base64": base64.b64encode,
    "base64 in a form": lambda body: b"cdr=" + quote(base64.b64encode(body), safe="").encode(),
    "base64 of gzip": lambda body: base64.urlsafe_b64encode(gzip.compress(body)),
    "gzip cut short": lambda body: gzip.compress(body + bytes(range(256)) * 40)[:-9],
}


@pytest.mark.parametrize("how", PACKED)
def test_a_number_in_a_packed_body_is_found(ledger: Ledger, how: str) -> None:
    found = shop(ledger)
    plain = [b'{"from": "06 11 11 11 11", "event": "unheard of"}', b'{"from": "06 22 22 22 22", "event": "unheard of"}']
    rows = [
        Observation(
            endpoint_id=found.endpoint, record=Record(kind="x", key=str(number), body=PACKED[how](each)),
            source="live", received_at=START,
        )
        for number, each in enumerate(plain)
    ]  # fmt: skip
    with ledger.writing() as connection:
        append(connection, rows)
        connection.execute(sa.update(observations).values(state="malformed"))
    ask(found)
    with ledger.reading() as connection:
        kinds = list(connection.execute(sa.select(observations.c.kind).order_by(observations.c.id)).scalars())
    assert kinds == ["erased", "x"]


@pytest.mark.parametrize(
    "body", [b"", b"\x1f\x8b", b"\x1f\x8bnothing", b"x\x9c", b"A" * 33, b"=" * 40, bytes(range(256))]
)
def test_what_cannot_be_unpacked_is_read_as_it_is(body: bytes) -> None:
    assert next(readings(body)) == body
    assert len(list(readings(body))) < 9


def test_what_is_packed_too_often_or_too_much_is_not_unpacked() -> None:
    deep = b"06 11 11 11 11"
    for _ in range(6):
        deep = gzip.compress(deep)
    assert b"06 11 11 11 11" not in list(readings(deep))
    bomb = gzip.compress(bytes(50_000_000), compresslevel=1)
    assert max(map(len, readings(bomb))) <= 16_000_000


def test_a_number_among_the_words_nobody_understood_is_not_kept(ledger: Ledger) -> None:
    found = shop(ledger)
    words = (("from", "tel:+33611111111"), ("from", "06%2011%2011%2011%2011"), ("state", "half-open"), ("code", "404"))
    tell(found, Said(unknown=words), at=START)
    with ledger.reading() as connection:
        known = {row.word: row.times for row in connection.execute(sa.select(unknown_words))}
    assert known == {"tel:…": 1, "…": 1, "half-open": 1, "404": 1}


def test_a_number_that_was_kept_as_a_word_goes_with_the_person(ledger: Ledger) -> None:
    found = shop(ledger)
    row = {"endpoint_id": found.endpoint, "field": "from", "times": 2}
    with ledger.writing() as connection:
        connection.execute(
            sa.insert(unknown_words), [{**row, "word": "tel:+33611111111"}, {**row, "word": "06 22 22 22 22"}]
        )
    ask(found)
    with ledger.reading() as connection:
        assert list(connection.execute(sa.select(unknown_words.c.word)).scalars()) == ["06 22 22 22 22"]
