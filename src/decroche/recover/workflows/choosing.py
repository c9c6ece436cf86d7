"""Lets a caller choose when to be called: what may be offered, what they chose, moved or took back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import sqlalchemy as sa

from decroche.ledger.acting import act_for
from decroche.ledger.bookings import Booking, book, booked, booking_of, cancel
from decroche.ledger.businesses import business
from decroche.ledger.recovery_tables import people
from decroche.ledger.slot_links import Link
from decroche.ledger.tables import accounts, calls, journeys
from decroche.ledger.telling import tell_change
from decroche.ledger.work_items import Kind, open_items
from decroche.ledger.work_promises import promise, take_back
from decroche.model.hours import OpeningHours
from decroche.recover.slots import Slot, SlotSettings, free_slots
from decroche.recover.waiting_line import Estimate
from decroche.recover.workflows.places import hours_at, settings_for, zone_at
from decroche.recover.workflows.requesting import their_turn
from decroche.rules.decision import decide
from decroche.rules.outreach import CallbackRequest, Known, Means, Outreach, Purpose, Sector
from decroche.understand.business import Business
from decroche.understand.live_journeys import RecoveredBy

#: What a booking may still replace: promises that lie outside of these days do not matter.
_AROUND = timedelta(days=1)


class NotOffered(Exception):
    """A time that is not, or no longer, offered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a caller may choose, and what they chose. ``phone`` is the business's, as it is told to callers.

    ``reached``: they were spoken to since; there is nothing left to choose. ``language``: how they are spoken to.
    ``asked``: they asked for a call and keep their place; ``turn`` is about when it comes, None: not known yet.
    """

    account: str
    business: str
    phone: str
    country: str
    language: str
    zone: ZoneInfo
    person: int = field(repr=False)
    slots: tuple[Slot, ...] = ()
    booking: Booking | None = None
    reached: bool = False
    asked: bool = False
    turn: Estimate | None = None


def read_choice(connection: sa.Connection, link: Link, *, now: datetime) -> Choice:
    """What whoever has the address sees now."""
    place = _place(connection, link, now)
    held = booking_of(connection, link.account_id, link.journey_id)
    reached = _reached(connection, link)
    slots = () if reached else _offered(connection, link, place, now, held)
    mine = open_items(connection, link.account_id, now=now, kinds=(Kind.CALLBACK,), person=link.person)
    asked = next((each for each in mine if each.requested_at is not None), None)
    return Choice(
        account=link.account_id,
        **told_to(connection, link, now),
        zone=place.zone,
        person=link.person,
        slots=slots,
        booking=held if held is not None and held.ends_at > now else None,
        reached=reached,
        asked=asked is not None,
        turn=None if asked is None else their_turn(connection, asked, now=now),
    )


def choose(connection: sa.Connection, link: Link, starts_at: datetime, *, now: datetime) -> Booking:
    """Promise the slot that begins then; the one that was promised is moved. The same again changes nothing.

    Raises NotOffered, and SlotFull when others were faster.
    """
    act_for(connection, link.account_id)
    place = _place(connection, link, now)
    held = booking_of(connection, link.account_id, link.journey_id)
    if held is not None and held.starts_at == starts_at and held.ends_at > now:
        return held
    if _reached(connection, link):
        raise NotOffered
    slot = next((each for each in _offered(connection, link, place, now, held) if each.starts_at == starts_at), None)
    if slot is None:
        raise NotOffered
    made = book(
        connection,
        link.account_id,
        journey=link.journey_id,
        person=link.person,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        capacity=place.settings.capacity,
        now=now,
        site=place.site,
        department=place.department,
    )
    promise(connection, link.account_id, made, now=now)
    tell_change(connection, link.account_id, "booking.made", made.id, now)
    return made


def give_back(connection: sa.Connection, link: Link, *, now: datetime) -> None:
    """They need no call any more. Where nothing is promised, nothing changes."""
    act_for(connection, link.account_id)
    held = booking_of(connection, link.account_id, link.journey_id)
    if held is not None:
        cancel(connection, link.account_id, link.journey_id)
        take_back(connection, link.account_id, held, now=now)
        tell_change(connection, link.account_id, "booking.cancelled", held.id, now)


def told_to(connection: sa.Connection, link: Link, now: datetime) -> Mapping[str, str]:
    """How the business presents itself to this person: ``business``, ``phone``, ``country`` and ``language``."""
    account = connection.execute(sa.select(accounts).where(accounts.c.id == link.account_id)).one()
    settings = settings_for(connection, link.account_id)
    c = people.c
    language = connection.execute(
        sa.select(c.language).where(c.account_id == link.account_id, c.person == link.person)
    ).scalar_one_or_none()
    return {
        "business": settings.business or account.name,
        "phone": settings.phone or _our_number(connection, link, now),
        "country": account.country,
        "language": language or account.language,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    site: str
    department: str
    zone: ZoneInfo
    hours: OpeningHours | None
    country: str
    sector: Sector
    settings: SlotSettings


def _place(connection: sa.Connection, link: Link, now: datetime) -> _Place:
    """Where the caller was missed, and what is promised there."""
    j = journeys.c
    row = connection.execute(
        sa.select(j.site, j.missed_calls).where(j.account_id == link.account_id, j.id == link.journey_id)
    ).one_or_none()
    site = "" if row is None else row.site
    missed = [] if row is None else msgspec.json.decode(row.missed_calls, type=list[str])
    department = connection.execute(
        sa.select(calls.c.department).where(calls.c.id == (missed[-1] if missed else ""))
    ).scalar_one_or_none()
    about: Business = business(connection, link.account_id, now)
    country = connection.execute(sa.select(accounts.c.country).where(accounts.c.id == link.account_id)).scalar_one()
    settings = settings_for(connection, link.account_id)
    return _Place(
        site=site,
        department=department or "",
        zone=zone_at(about, site),
        hours=hours_at(about, site, department or ""),
        country=country,
        sector=Sector(settings.sector),
        settings=SlotSettings.read(settings.slots),
    )


def _offered(
    connection: sa.Connection, link: Link, place: _Place, now: datetime, held: Booking | None
) -> tuple[Slot, ...]:
    if place.hours is None:
        return ()
    until = now + timedelta(days=place.settings.horizon_days) + _AROUND
    others = booked(connection, link.account_id, since=now, until=until, site=place.site, department=place.department)
    found = free_slots(
        now,
        hours=place.hours,
        zone=place.zone,
        settings=place.settings,
        promised=[(each.starts_at, each.ends_at) for each in others if held is None or each.id != held.id],
    )
    return tuple(slot for slot in found if _lawful(link, place, slot, now))


def _lawful(link: Link, place: _Place, slot: Slot, now: datetime) -> bool:
    """Whether we might call them then, if they asked for it now."""
    outreach = Outreach(
        means=Means.CALL,
        purpose=Purpose.REQUESTED,
        recipient=link.person,
        at=slot.starts_at,
        country=place.country,
        sector=place.sector,
    )
    asked = CallbackRequest(asked_at=now, slot=(slot.starts_at, slot.ends_at), evidence="slot page")
    return decide(outreach, Known(request=asked)).allowed


def _reached(connection: sa.Connection, link: Link) -> bool:
    """Whether somebody talked with them since their last miss: then there is nothing left to choose."""
    j, c = journeys.c, calls.c
    row = connection.execute(
        sa.select(j.state, j.recovered_by, j.last_missed_at).where(
            j.account_id == link.account_id, j.id == link.journey_id
        )
    ).one_or_none()
    if row is None or row.state == "open":
        return False
    if row.state == "withdrawn" or row.recovered_by in (RecoveredBy.OUR_CALL, RecoveredBy.THEIR_CALL):
        return True
    with_them = (c.account_id == link.account_id) & (c.person == link.person) & c.answered
    talked = sa.select(c.id).where(with_them, c.started_at > row.last_missed_at, c.direction != "internal")
    return connection.execute(talked.limit(1)).first() is not None


def _our_number(connection: sa.Connection, link: Link, now: datetime) -> str:
    """The number that they called, or another one of the business."""
    about = business(connection, link.account_id, now)
    j = journeys.c
    site = connection.execute(sa.select(j.site).where(j.id == link.journey_id)).scalar_one_or_none()
    here = sorted(number for number, line in about.lines.items() if line.site == site)
    number = next(iter([*here, *sorted(about.lines)]), None)
    return "" if number is None else f"+{number}"
