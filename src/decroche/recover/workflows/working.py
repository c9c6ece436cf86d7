"""The list that people of the business work through: in its order, with what may be done next to each of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from decroche.ledger.acting import act_for
from decroche.ledger.businesses import business
from decroche.ledger.recovery_settings import about_people
from decroche.ledger.recovery_tables import work_items, work_notes
from decroche.ledger.refusals import refuse
from decroche.ledger.tables import calls
from decroche.ledger.work_claims import claim_first
from decroche.ledger.work_items import WorkItem, open_items, read_item
from decroche.ledger.work_notes import Note
from decroche.ledger.work_outcomes import TRY_AGAIN, Outcome, settle
from decroche.ledger.work_reading import Asked, first_items
from decroche.model.call import Disposition
from decroche.recover.callbacks import NextCall, Why
from decroche.recover.fingerprints import fingerprint
from decroche.recover.priority import VALUE, Place, Waiting, order
from decroche.recover.workflows.calling_rules import last_misses, may_call, next_attempt
from decroche.recover.workflows.places import hours_at, settings_for, zone_at
from decroche.rules.outreach import Scope
from decroche.understand.business import Business
from decroche.understand.business_minutes import BusinessTime

#: So many items are put in order to find the next one.
_LOOKED_AT = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A place on the list."""

    item: WorkItem
    place: Place


def read_list(
    connection: sa.Connection,
    account: str,
    *,
    now: datetime,
    kinds: Collection[str] = (),
    site: str | None = None,
    department: str | None = None,
) -> list[Listed]:
    """What is to be done, in the order in which most is saved; promises first. Snoozed items are left out."""
    items = open_items(connection, account, now=now, kinds=kinds, site=site, department=department)
    return in_order(connection, account, items, now=now)


def in_order(connection: sa.Connection, account: str, items: Sequence[WorkItem], *, now: datetime) -> list[Listed]:
    """These items, in the order in which most is saved."""
    about = business(connection, account, now)
    since = last_misses(connection, account, items)
    missed = _missed_today(connection, account, items, now, about)
    worth = _worth(connection, account, items)
    clock = _Clock(about)
    waiting = [_waiting(each, since, missed, worth, clock, now) for each in items]
    by_id = {each.id: each for each in items}
    places = order(waiting, now=now, picks=_picked_today(connection, account, now, about))
    return [Listed(item=by_id[place.waiting.id], place=place) for place in places]


def take_next(
    connection: sa.Connection,
    account: str,
    *,
    who: str,
    now: datetime,
    key: bytes,
    kinds: Collection[str] = (),
    site: str | None = None,
    department: str | None = None,
    sites: Collection[str] | None = None,
) -> WorkItem | None:
    """Claim the first item that nobody else has, and whose person may be called now; None when there is none.

    What was given to somebody else is theirs. ``sites``: those that ``who`` may see; None: all.
    """
    asked = Asked(kinds=kinds, site=site, department=department, sites=sites, free_for=who)
    items, _ = first_items(connection, account, asked, now=now, most=_LOOKED_AT)
    listed = in_order(connection, account, items, now=now)
    # One after the other: whom the rules let us call is asked until somebody is found.
    wanted = (
        each.item.id
        for each in listed
        if each.place.callable_now
        and each.item.holder(now) in (None, who)
        and (each.item.person is None or may_call(connection, each.item, at=now, now=now, key=key).allowed)
    )
    return claim_first(connection, account, wanted, who=who, now=now)


def tell_outcome(
    connection: sa.Connection,
    account: str,
    id: str,
    outcome: Outcome,
    *,
    who: str,
    now: datetime,
    key: bytes,
    attempt: int | None = None,
    note: str = "",
) -> WorkItem:
    """Write down what came of an attempt; one that reached nobody comes back when the next may be made.

    Raises as ``settle``.
    """

    def opt_out(told: sa.Connection, person: int, at: datetime) -> None:
        mark = fingerprint(key, account, person)
        for scope in (Scope.CALLS, Scope.TEXTS):
            refuse(told, account, mark, scope=str(scope), source="person", at=at)

    act_for(connection, account)
    item = read_item(connection, account, id)
    following = NextCall(at=None, why=(Why.ALL_TRIED,))
    if outcome in TRY_AGAIN:
        following = next_attempt(connection, item, now=now, key=key, just_tried=now)
    return settle(
        connection,
        account,
        id,
        outcome,
        who=who,
        now=now,
        opt_out=opt_out,
        next_at=following.at,
        otherwise=str(following.why[-1]),
        attempt=attempt,
        note=note,
    )


class _Clock:
    """The business time of each place, worked out once for all that wait there."""

    def __init__(self, about: Business) -> None:
        self._about = about
        self._places: dict[tuple[str, str], BusinessTime | None] = {}

    def minutes(self, item: WorkItem, now: datetime) -> float:
        """How long an item waits, in open minutes; in all minutes where nobody told when the place is open.

        Whoever asked for the call waits since they joined the queue.
        """
        since = min(item.opened_at, item.joined_at or item.opened_at)
        place = (item.site, item.department)
        if place not in self._places:
            hours = hours_at(self._about, *place)
            self._places[place] = None if hours is None else BusinessTime(hours, zone_at(self._about, item.site))
        open_time = self._places[place]
        return (now - since) / timedelta(minutes=1) if open_time is None else open_time.minutes(since, now)


def _waiting(
    item: WorkItem,
    since: Mapping[str, datetime],
    missed: Mapping[int, int],
    worth: Mapping[int, float],
    clock: _Clock,
    now: datetime,
) -> Waiting:
    opened = item.opened_at
    waited = clock.minutes(item, now)
    promised = None
    if item.promised_at is not None:
        promised = (item.promised_at, item.due_at or item.promised_at)
    return Waiting(
        id=item.id,
        since=since.get(item.id, opened),
        waited_business_min=waited,
        misses_today=max(1, missed.get(item.person or 0, 1)),
        promised=promised,
        emergency=bool(item.emergencies),
        joined=item.joined_at,
        value=worth.get(item.person or 0, VALUE),
    )


def _worth(connection: sa.Connection, account: str, items: Sequence[WorkItem]) -> dict[int, float]:
    """What people are worth beside the usual caller, of those of whom it is known."""
    usual = settings_for(connection, account).value
    if not usual:
        return {}
    known = about_people(connection, account, {item.person for item in items if item.person is not None})
    return {person: row["value"] / usual for person, row in known.items() if row["value"]}


def _missed_today(
    connection: sa.Connection, account: str, items: Sequence[WorkItem], now: datetime, about: Business
) -> dict[int, int]:
    """How often each person was missed today."""
    people = {item.person for item in items if item.person is not None}
    c = calls.c
    query = (
        sa.select(c.person, sa.func.count().label("n"))
        .where(c.account_id == account, c.person.in_(people), c.disposition == str(Disposition.MISSED))
        .where(c.started_at >= _midnight(now, about))
        .group_by(c.person)
    )
    return {row.person: row.n for row in connection.execute(query)}


def _picked_today(connection: sa.Connection, account: str, now: datetime, about: Business) -> int:
    n, w = work_notes.c, work_items.c
    # Written so that the notes of today are read, and not all that an account ever had to do.
    mine = sa.func.coalesce(w.account_id, "") == account
    query = (
        sa.select(sa.func.count())
        .select_from(work_notes.join(work_items, w.id == n.item_id))
        .where(mine, n.kind == str(Note.CLAIMED), n.at >= _midnight(now, about))
    )
    return int(connection.execute(query).scalar_one())


def _midnight(now: datetime, about: Business) -> datetime:
    local = now.astimezone(ZoneInfo(about.zone))
    return datetime.combine(local.date(), time(), tzinfo=local.tzinfo)
