"""Texts, in and out: each step of one that goes out is written before and after it is taken, so none goes twice."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from decroche.ledger.inserting import insert_new
from decroche.ledger.recovery_tables import text_receipts, texts
from decroche.ledger.searching import In, enter
from decroche.model.text import NotTaken, TextFailure, TextReceipt, TextReceived, TextState

Row = Mapping[str, Any]

#: What a person wrote has this state.
RECEIVED = "received"
#: What a later receipt may still change, in the order in which a text goes through it.
_RANK = {
    TextState.INTENDED: 0,
    TextState.UNKNOWN: 1,
    TextState.GIVEN_UP: 2,
    TextState.HANDED: 3,
    TextState.FAILED: 4,
    TextState.DELIVERED: 5,
}

# Built once: each step that sends asks for it.
_TEXT = sa.select(texts).where(texts.c.id == sa.bindparam("id")).with_for_update()
# Each half has an index of its own: asked for with OR, all receipts of the endpoint would be read.
_of_endpoint = text_receipts.c.endpoint_id == sa.bindparam("endpoint")
_RECEIPTS = sa.union(
    sa.select(text_receipts).where(_of_endpoint, text_receipts.c.ref == sa.bindparam("ref")),
    sa.select(text_receipts).where(_of_endpoint, text_receipts.c.reference == sa.bindparam("id")),
)
_of_text = (texts.c.id == sa.bindparam("id")) & (texts.c.endpoint_id == text_receipts.c.endpoint_id)
_OVERTAKEN = sa.union_all(
    sa.select(text_receipts.c.ref).join(texts, _of_text & (text_receipts.c.ref == texts.c.ref)),
    sa.select(text_receipts.c.ref).join(texts, _of_text & (text_receipts.c.reference == texts.c.id)),
).limit(1)
_TRY = (
    sa.update(texts)
    .where(texts.c.id == sa.bindparam("of"), texts.c.state == TextState.INTENDED)
    .values(
        state=TextState.UNKNOWN, endpoint_id=sa.bindparam("asked"), sender=sa.bindparam("sent_by"),
        tried_at=sa.bindparam("at"),
        tries=texts.c.tries + 1,
    )
)  # fmt: skip
_HAND = (
    sa.update(texts)
    .where(
        texts.c.id == sa.bindparam("of"),
        (texts.c.state == TextState.UNKNOWN) | (texts.c.state == TextState.GIVEN_UP),
    )
    .values(
        state=TextState.HANDED,
        ref=sa.bindparam("told_ref"),
        raw_failure=None,
        handed_at=sa.bindparam("at"),
        **{
            name: sa.func.coalesce(sa.bindparam(f"told_{name}", type_=texts.c[name].type), texts.c[name])
            for name in ("segments", "price", "currency")
        },
    )
)


def intend(connection: sa.Connection, row: Mapping[str, Any]) -> bool:
    """Write a text down that is to go out; the same id again changes nothing. Whether it is new."""
    values = {"direction": "out", "state": TextState.INTENDED, **row}
    if not insert_new(connection, texts, [values], unique=("id",)):
        return False
    _enter(connection, values)
    return True


def text(connection: sa.Connection, id: str) -> Row | None:
    """One text, in a transaction that writes: nobody else changes it until that ends."""
    row = connection.execute(_TEXT, {"id": id}).one_or_none()
    return None if row is None else dict(row._mapping)


def read(connection: sa.Connection, id: str) -> Row | None:
    """One text, as it is now."""
    row = connection.execute(sa.select(texts).where(texts.c.id == id)).one_or_none()
    return None if row is None else dict(row._mapping)


def trying(connection: sa.Connection, id: str, *, endpoint: str | None, sender: str, now: datetime) -> bool:
    """Note that a provider is about to be asked. From here on the outcome is unknown until it is written."""
    return connection.execute(_TRY, {"of": id, "asked": endpoint, "sent_by": sender, "at": now}).rowcount == 1


def try_again(connection: sa.Connection, id: str, why: NotTaken | None = None) -> None:
    """Note that the provider surely did not accept it, and why, where that is known."""
    _from(connection, id, (TextState.UNKNOWN,), state=TextState.INTENDED, raw_failure=why)


def handed(
    connection: sa.Connection,
    id: str,
    *,
    ref: str,
    segments: int | None,
    price: float | None,
    currency: str | None,
    now: datetime,
) -> None:
    """Note that the provider accepted it, and what receipts said that overtook this news."""
    told = {"told_ref": ref, "told_segments": segments, "told_price": price, "told_currency": currency}
    connection.execute(_HAND, {"of": id, "at": now, **told})
    if connection.execute(_OVERTAKEN, {"id": id}).first() is not None:
        settle(connection, [id], now)


def failed(
    connection: sa.Connection, id: str, failure: TextFailure, raw: str | None, now: datetime
) -> None:  # fmt: skip
    """Note that it will not arrive, and why."""
    where = (TextState.INTENDED, TextState.UNKNOWN, TextState.HANDED)
    _from(connection, id, where, state=TextState.FAILED, failure=failure, raw_failure=raw, settled_at=now)


def cancel(connection: sa.Connection, id: str, why: str, now: datetime) -> bool:
    """Take back a text that nobody was asked to send. Whether it was still possible."""
    where = (TextState.INTENDED,)
    return _from(connection, id, where, state=TextState.CANCELLED, raw_failure=why, settled_at=now) == 1


def waiting_of(connection: sa.Connection, account: str, journey: str, purposes: Sequence[str]) -> list[str]:
    """The texts of a journey for these purposes that nobody was asked to send yet, and that no person wrote."""
    c = texts.c
    mine = (c.account_id == account) & (c.journey_id == journey) & c.author.is_(None)
    waits = (c.direction == "out") & (c.state == TextState.INTENDED)
    query = sa.select(c.id).where(mine, waits, c.purpose.in_(purposes)).order_by(c.id)
    return list(connection.execute(query).scalars())


def give_up(connection: sa.Connection, id: str, now: datetime) -> bool:
    """Stop asking what became of it: a person has to find out. A receipt may still tell."""
    return _from(connection, id, (TextState.UNKNOWN,), state=TextState.GIVEN_UP, settled_at=now) == 1


def _from(connection: sa.Connection, id: str, states: Sequence[TextState], **values: Any) -> int:
    change = sa.update(texts).where(texts.c.id == id, texts.c.state.in_(states)).values(**values)
    return connection.execute(change).rowcount


def keep_receipts(
    connection: sa.Connection, endpoint: str, receipts: Sequence[TextReceipt], now: datetime
) -> list[str]:
    """Keep what a provider says of texts. Returns the texts whose state it changed."""
    rows = [
        {
            "endpoint_id": endpoint,
            "ref": each.ref,
            "reference": each.reference,
            "state": str(each.state),
            "at": each.at,
            "failure": each.failure,
            "raw_failure": each.raw_failure,
            "segments": each.segments,
            "price": each.price,
            "currency": each.currency,
        }
        for each in receipts
    ]
    insert_new(connection, text_receipts, rows, unique=("endpoint_id", "ref", "state"))
    refs = {each.ref for each in receipts if each.ref}
    ids = {each.reference for each in receipts if each.reference}
    c = texts.c
    mine = sa.or_(c.ref.in_(refs), c.id.in_(ids))
    found = connection.execute(sa.select(c.id).where(c.endpoint_id == endpoint, mine)).scalars()
    return settle(connection, sorted(set(found)), now)


def settle(connection: sa.Connection, ids: Sequence[str], now: datetime) -> list[str]:
    """Bring the texts to what their receipts say, in whatever order those came. Returns those that changed."""
    changed = []
    for id in ids:
        row = text(connection, id)
        if row is None or row["state"] not in _RANK:
            continue
        sought = {"endpoint": row["endpoint_id"], "ref": row["ref"], "id": id}
        receipts = [each for each in connection.execute(_RECEIPTS, sought) if each.state in _RANK]
        best = max(receipts, key=lambda each: _RANK[TextState(each.state)], default=None)
        if best is None:
            continue
        better: dict[str, Any] = {
            name: value
            for name in ("segments", "price", "currency")
            if (value := next((getattr(each, name) for each in receipts if getattr(each, name) is not None), None))
            is not None
        }
        state = TextState(best.state)
        if _RANK[state] > _RANK[TextState(row["state"])]:
            better |= {"state": state, "ref": best.ref, "handed_at": row["handed_at"] or best.at}
            if state in {TextState.DELIVERED, TextState.FAILED}:
                failure = best.failure if state is TextState.FAILED else None
                raw = best.raw_failure if state is TextState.FAILED else None
                better |= {"settled_at": now, "failure": failure, "raw_failure": raw}
            changed.append(id)
        if better:
            connection.execute(sa.update(texts).where(texts.c.id == id).values(**better))
    return changed


def keep_received(
    connection: sa.Connection, account: str, endpoint: str, received: TextReceived, *, person: int | None, now: datetime
) -> str | None:
    """Keep what a person wrote. Returns its id, or None when it was there already."""
    id = hashlib.blake2b(f"{endpoint}|text|{received.ref}".encode(), digest_size=16).hexdigest()
    row = {
        "id": id,
        "account_id": account,
        "person": person,
        "direction": "in",
        "endpoint_id": endpoint,
        "sender": received.sender,
        "recipient": received.recipient,
        "body": received.body,
        "purpose": "opted_out" if received.opted_out else "",
        "state": RECEIVED,
        "ref": received.ref,
        "created_at": received.at,
        "handed_at": now,
    }
    if not insert_new(connection, texts, [row], unique=("id",)):
        return None
    _enter(connection, row)
    return id


def _enter(connection: sa.Connection, row: Mapping[str, Any]) -> None:
    """Have a text be found by its words."""
    said = f"{row.get('subject') or ''} {row['body']}"
    account, at = row["account_id"], row["created_at"]
    enter(connection, account, In.TEXT, row["id"], person=row.get("person"), at=at, said=said)


def place(connection: sa.Connection, id: str, *, journey: str | None, purpose: str) -> None:
    """Put what a person wrote into the journey that it belongs to, with what was read in it."""
    connection.execute(sa.update(texts).where(texts.c.id == id).values(journey_id=journey, purpose=purpose))


def conversation(connection: sa.Connection, account: str, person: int, *, since: datetime) -> list[Row]:
    """What was written to a person and by them, the oldest first."""
    c = texts.c
    query = sa.select(texts).where(c.account_id == account, c.person == person, c.created_at >= since)
    return [dict(row._mapping) for row in connection.execute(query.order_by(c.created_at, c.id))]


def texts_of(connection: sa.Connection, account: str, journey: str) -> list[Row]:
    """What was written in a journey, to the person and by them, the oldest first."""
    c = texts.c
    query = sa.select(texts).where(c.account_id == account, c.journey_id == journey)
    return [dict(row._mapping) for row in connection.execute(query.order_by(c.created_at, c.id))]


def last_test(connection: sa.Connection, account: str) -> Row | None:
    """The test that was written last; None when there is none."""
    c = texts.c
    tests = (c.account_id == account) & c.journey_id.is_(None) & (c.purpose == "test")
    row = connection.execute(sa.select(texts).where(tests).order_by(c.created_at.desc(), c.id).limit(1)).one_or_none()
    return None if row is None else dict(row._mapping)


def spent(connection: sa.Connection, account: str, *, since: datetime, per_segment: float) -> float:
    """What the texts handed over since then cost; a segment whose price is not told costs ``per_segment``."""
    c = texts.c
    usual = sa.cast(sa.func.coalesce(c.segments, 1), sa.Float) * per_segment
    query = sa.select(sa.func.sum(sa.func.coalesce(c.price, usual))).where(
        c.account_id == account, c.direction == "out", c.tried_at >= since, c.state.not_in(("cancelled", "intended"))
    )
    return float(connection.execute(query).scalar_one() or 0)
