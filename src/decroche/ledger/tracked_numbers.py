"""Keeps which number of a business stands for which source and campaign, and from which day to which."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import phonenumbers
import sqlalchemy as sa

from decroche.ledger.inserting import insert_new
from decroche.ledger.setting_up import new_id
from decroche.ledger.source_tables import tracked_numbers
from decroche.model.source import BadTracking, Tracking, check_beside

#: Numbers that one business may have told, all days together.
MOST = 5_000


class NoSuchTracking(KeyError):
    """The business has told of no number under this id."""


class TooManyTracked(ValueError):
    """The business has told of as many numbers as it may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptTracking:
    """What a number stands for, with its id. ``origin`` is the file that it came from; empty: somebody typed it."""

    id: str
    tracking: Tracking
    origin: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackedKept:
    """What became of the rows of a file: how many are ``new``, and the ``refused`` with their place and why."""

    new: int
    known: int
    refused: tuple[tuple[int, str], ...]


def read_trackings(connection: sa.Connection, account: str) -> list[KeptTracking]:
    """All that a business has told, the newest first; of one number the last day first."""
    c = tracked_numbers.c
    query = sa.select(tracked_numbers).where(c.account_id == account).order_by(c.begins.desc(), c.number, c.id)
    return [_kept(row) for row in connection.execute(query)]


def only_trackings(kept: Sequence[KeptTracking]) -> list[Tracking]:
    """The same without their ids."""
    return [each.tracking for each in kept]


def read_tracking(connection: sa.Connection, account: str, id: str) -> KeptTracking:
    """One of them. Raises NoSuchTracking."""
    c = tracked_numbers.c
    row = connection.execute(sa.select(tracked_numbers).where(c.account_id == account, c.id == id)).first()
    if row is None:
        raise NoSuchTracking(id)
    return _kept(row)


def add_tracking(connection: sa.Connection, account: str, tracking: Tracking, *, now: datetime) -> str:
    """Keep what a number stands for. Returns its id. Raises BadTracking and TooManyTracked."""
    others = only_trackings(read_trackings(connection, account))
    if len(others) >= MOST:
        raise TooManyTracked(account)
    check_beside(tracking, others)
    id = new_id()
    connection.execute(sa.insert(tracked_numbers).values(**_row(id, account, tracking, origin="", now=now)))
    return id


def add_trackings(
    connection: sa.Connection, account: str, rows: Sequence[tuple[int, Tracking]], *, origin: str, now: datetime
) -> TrackedKept:
    """Keep the rows of a file, each with its line; what is there already stays as it is. Raises TooManyTracked."""
    others = only_trackings(read_trackings(connection, account))
    known, refused, wanted = 0, [], []
    for line, tracking in rows:
        if tracking in others:
            known += 1
            continue
        try:
            check_beside(tracking, others)
        except BadTracking as error:
            refused.append((line, error.why))
            continue
        others.append(tracking)
        wanted.append(_row(_id_of(account, tracking), account, tracking, origin=origin, now=now))
    if len(others) > MOST:
        raise TooManyTracked(account)
    new = insert_new(connection, tracked_numbers, wanted, unique=("id",))
    return TrackedKept(new=new, known=known, refused=tuple(refused))


def end_tracking(connection: sa.Connection, account: str, id: str, last: date) -> KeptTracking:
    """Say that ``last`` is its last day. Raises NoSuchTracking and BadTracking."""
    kept = read_tracking(connection, account, id)
    ended = replace(kept.tracking, ends=last)
    others = [each.tracking for each in read_trackings(connection, account) if each.id != id]
    check_beside(ended, others)
    connection.execute(sa.update(tracked_numbers).where(tracked_numbers.c.id == id).values(ends=last))
    return replace(kept, tracking=ended)


def remove_tracking(connection: sa.Connection, account: str, id: str) -> KeptTracking:
    """Take it away, as if nobody had told it. Raises NoSuchTracking."""
    kept = read_tracking(connection, account, id)
    c = tracked_numbers.c
    connection.execute(sa.delete(tracked_numbers).where(c.account_id == account, c.id == id))
    return kept


def written_forms(number: int) -> tuple[str, ...]:
    """The ways in which phone systems write a number (E.164 digits): with plus, without, with 00, and as at home."""
    forms = [f"+{number}", str(number), f"00{number}"]
    try:
        parsed = phonenumbers.parse(f"+{number}")
        national = phonenumbers.national_significant_number(parsed)
        forms += [national, f"0{national}"]
    except phonenumbers.NumberParseException:
        pass
    return tuple(dict.fromkeys(forms))


def _kept(row: sa.Row[tuple[object, ...]]) -> KeptTracking:
    told = row._mapping
    return KeptTracking(
        id=told["id"],
        origin=told["origin"],
        tracking=Tracking(
            number=told["number"],
            source=told["source"],
            campaign=told["campaign"],
            begins=told["begins"],
            ends=told["ends"],
        ),
    )


def _row(id: str, account: str, tracking: Tracking, *, origin: str, now: datetime) -> dict[str, object]:
    return {
        "id": id,
        "account_id": account,
        "number": tracking.number,
        "source": tracking.source,
        "campaign": tracking.campaign,
        "begins": tracking.begins,
        "ends": tracking.ends,
        "origin": origin,
        "made_at": now,
    }


def _id_of(account: str, tracking: Tracking) -> str:
    told = f"{account}\x1f{tracking.number}\x1f{tracking.source}\x1f{tracking.campaign}\x1f{tracking.begins}"
    return hashlib.blake2b(told.encode(), digest_size=16).hexdigest()
