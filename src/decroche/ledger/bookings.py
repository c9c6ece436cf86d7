"""Times at which people are to be called back: promised no more often than we can keep, and held against our calls."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from decroche.ledger.recovery_tables import bookings
from decroche.ledger.tables import calls, journey_aliases
from decroche.ledger.turns import take_turns
from decroche.model.call import Direction
from decroche.understand.overlaps import busiest

#: So much before or after the slot is still in time.
TOLERANCE = timedelta(minutes=10)
#: Calls that are told later than this change no promise any more.
_LATE = timedelta(days=30)
#: No slot is longer: what began before has ended.
_LONGEST = timedelta(days=1)


class BookingState(StrEnum):
    """What became of a promise. MOVED: another booking took its place. CANCELLED: by them, or met before it was due."""

    BOOKED = "booked"
    MOVED = "moved"
    CANCELLED = "cancelled"
    KEPT = "kept"
    BROKEN = "broken"


class SlotFull(Exception):
    """Everything that can be promised for this slot is promised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """One promise to call a person within ``[starts_at, ends_at)``."""

    id: str
    account_id: str
    journey_id: str
    person: int = field(repr=False)
    site: str = ""
    department: str = ""
    starts_at: datetime
    ends_at: datetime
    state: str
    made_at: datetime
    reminded_at: datetime | None = None
    called_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Promises:
    """How promises fared whose slots ended in a period. The rate is ``kept`` over ``kept + broken``."""

    kept: int
    broken: int
    cancelled: int
    moved: int

    @property
    def n(self) -> int:
        """Promises that had to be kept."""
        return self.kept + self.broken

    @property
    def rate(self) -> float | None:
        """The share of them that was; None when there was none."""
        return self.kept / self.n if self.n else None


def book(
    connection: sa.Connection,
    account: str,
    *,
    journey: str,
    person: int,
    starts_at: datetime,
    ends_at: datetime,
    capacity: int,
    now: datetime,
    site: str = "",
    department: str = "",
) -> Booking:
    """Promise a slot for a journey; the one that it had is moved. The same again changes nothing.

    ``capacity`` is how many promises of the place may overlap at any moment of the slot. Raises SlotFull, and then
    nothing is changed.
    """
    take_turns(connection, account, "slots", site, department)
    held = booking_of(connection, account, journey)
    if held is not None and (held.starts_at, held.ends_at) == (starts_at, ends_at):
        return held
    others = booked(connection, account, since=starts_at, until=ends_at, site=site, department=department)
    periods = [(each.starts_at, each.ends_at) for each in others if held is None or each.id != held.id]
    if busiest(periods, within=(starts_at, ends_at)) >= capacity:
        raise SlotFull
    if held is not None:
        _set(connection, held.id, state=str(BookingState.MOVED))
    c = bookings.c
    before = connection.execute(
        sa.select(sa.func.count()).where(c.account_id == account, c.journey_id == journey)
    ).scalar_one()
    row: dict[str, Any] = {
        "id": hashlib.blake2b(f"{account}|booking|{journey}|{before}".encode(), digest_size=16).hexdigest(),
        "account_id": account,
        "journey_id": journey,
        "person": person,
        "site": site,
        "department": department,
        "starts_at": starts_at,
        "ends_at": ends_at,
        "state": str(BookingState.BOOKED),
        "made_at": now,
    }
    connection.execute(sa.insert(bookings).values(**row))
    return Booking(**row)


def cancel(connection: sa.Connection, account: str, journey: str) -> Booking | None:
    """Take back what was promised for a journey; None when nothing is. Returns what was."""
    held = booking_of(connection, account, journey)
    if held is not None:
        _set(connection, held.id, state=str(BookingState.CANCELLED))
    return held


def booking_of(connection: sa.Connection, account: str, journey: str) -> Booking | None:
    """What is promised for a journey, or for one that became part of it, and not yet settled."""
    a, c = journey_aliases.c, bookings.c
    before = sa.select(a.old_id).where(a.account_id == account, a.journey_id == journey)
    theirs = (c.journey_id == journey) | c.journey_id.in_(before)
    query = sa.select(bookings).where(c.account_id == account, theirs, c.state == str(BookingState.BOOKED))
    row = connection.execute(query.order_by(c.made_at.desc(), c.id)).first()
    return None if row is None else Booking(**row._mapping)


def booked(
    connection: sa.Connection,
    account: str,
    *,
    since: datetime,
    until: datetime,
    states: Iterable[BookingState] = (BookingState.BOOKED,),
    site: str | None = None,
    department: str | None = None,
) -> list[Booking]:
    """The bookings that are going on at some moment of ``[since, until)``, by their beginning."""
    c = bookings.c
    query = sa.select(bookings).where(c.account_id == account, c.starts_at < until, c.ends_at > since)
    query = query.where(c.state.in_([str(state) for state in states]))
    if site is not None:
        query = query.where(c.site == site)
    if department is not None:
        query = query.where(c.department == department)
    return [Booking(**row._mapping) for row in connection.execute(query.order_by(c.starts_at, c.id))]


def note_reminder(connection: sa.Connection, id: str, *, now: datetime) -> None:
    """Remember that the person was reminded."""
    _set(connection, id, reminded_at=now)


def settle_promises(
    connection: sa.Connection, account: str, *, now: datetime, tolerance: timedelta = TOLERANCE
) -> list[Booking]:
    """Hold promises against our calls of 30 days: the open ones, and broken ones of whose callers more is told since.

    Returns those whose state changed, as they are now.

    Kept: we called the person within the slot or ``tolerance`` of it, answered or not. Cancelled: we talked with them
    after the promise was made and before it was due, so that nobody waits for it. Broken: its time has passed and we
    did not call; a call that is told later still mends it, and ``called_at`` says when we did call, however late.
    """
    c, k = bookings.c, calls.c
    # One that is broken stays so unless something is told of a call after its end; before, it was looked at.
    theirs = (k.account_id == c.account_id) & (k.person == c.person) & (k.started_at >= c.made_at)
    told_since = sa.exists().where(theirs, k.last_heard_at >= c.ends_at)
    open_ = (c.state == str(BookingState.BOOKED)) | ((c.state == str(BookingState.BROKEN)) & told_since)
    lately = (c.starts_at > now - _LATE - _LONGEST) & (c.ends_at > now - _LATE)
    query = sa.select(bookings).where(c.account_id == account, lately, open_)
    rows = connection.execute(query.order_by(c.starts_at, c.id)).all()
    spoken = _spoken(connection, account, rows)
    changed = []
    for row in rows:
        before = Booking(**row._mapping)
        values = _settled(before, spoken.get(before.person, ()), now, tolerance)
        if any(getattr(before, name) != value for name, value in values.items()):
            _set(connection, before.id, **values)
        if values["state"] != before.state:
            changed.append(Booking(**{**row._mapping, **values}))
    return changed


def promises(
    connection: sa.Connection, account: str, *, since: datetime, until: datetime, site: str | None = None
) -> Promises:
    """How the promises fared whose slot ended in ``[since, until)``; those still to be settled are not among them."""
    c = bookings.c
    query = sa.select(c.state, sa.func.count().label("n")).where(c.account_id == account)
    query = query.where(c.ends_at >= since, c.ends_at < until)
    if site is not None:
        query = query.where(c.site == site)
    counted = {row.state: row.n for row in connection.execute(query.group_by(c.state))}
    return Promises(**{name: counted.get(name, 0) for name in ("kept", "broken", "cancelled", "moved")})


def _spoken(connection: sa.Connection, account: str, rows: Sequence[sa.Row[Any]]) -> Mapping[int, Sequence[Any]]:
    """The calls with the people of these promises since the first of them was made, by person, in order."""
    if not rows:
        return {}
    c = calls.c
    query = sa.select(c.person, c.started_at, c.direction, c.answered).where(
        c.account_id == account,
        c.person.in_(sorted({row.person for row in rows})),
        c.started_at >= min(row.made_at for row in rows),
    )
    found: dict[int, list[Any]] = {}
    for each in connection.execute(query.order_by(c.started_at)):
        found.setdefault(each.person, []).append(each)
    return found


def _settled(booking: Booking, spoken: Sequence[Any], now: datetime, tolerance: timedelta) -> Mapping[str, Any]:
    found = [row for row in spoken if row.started_at >= booking.made_at]
    opens, closes = booking.starts_at - tolerance, booking.ends_at + tolerance
    ours = [row.started_at for row in found if row.direction == Direction.OUTBOUND and row.started_at >= opens]
    called_at = min(ours, default=None)
    if called_at is not None and called_at < closes:
        return {"state": str(BookingState.KEPT), "called_at": called_at}
    if any(row.answered and row.started_at < closes and row.direction != Direction.INTERNAL for row in found):
        return {"state": str(BookingState.CANCELLED), "called_at": None}
    state = BookingState.BROKEN if now >= closes else BookingState.BOOKED
    return {"state": str(state), "called_at": called_at}


def _set(connection: sa.Connection, id: str, **values: Any) -> None:
    connection.execute(sa.update(bookings).where(bookings.c.id == id).values(**values))
