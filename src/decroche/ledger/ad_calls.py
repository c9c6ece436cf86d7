"""Keeps the calls that advertising platforms count, finds them among ours, and keeps what people decide of doubts."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import sqlalchemy as sa

from decroche.connector_kit.ads import AdCall
from decroche.ledger.inserting import insert_new
from decroche.ledger.source_counts import FOUND
from decroche.ledger.source_tables import ad_calls
from decroche.ledger.tables import accounts, calls
from decroche.ledger.tracked_numbers import only_trackings, read_trackings, written_forms
from decroche.model.call import Direction
from decroche.model.fact import Progress
from decroche.model.source import Tracking, tracked_on
from decroche.understand.ad_calls import APART, Counted, Fit, Ours, fit_calls

#: What the ``origin`` of a call that a file told begins with.
FILE = "file:"
#: Calls that are looked for at once.
_AT_ONCE = 500
_DECIDED = (Fit.CHOSEN.value, Fit.NOT_OURS.value)


class NoSuchAdCall(KeyError):
    """The business has no such call of a platform."""


class NoCandidate(ValueError):
    """It is not one of the calls that it may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAdCall:
    """A call of a platform, and which of ours it is or may be."""

    id: str
    source: str
    campaign: str
    started_at: datetime
    duration_s: float | None
    received: bool | None
    area: str = field(repr=False)
    fit: Fit
    call: str | None
    candidates: tuple[str, ...]


def keep_ad_calls(
    connection: sa.Connection,
    account: str,
    told: Sequence[AdCall],
    *,
    origin: str,
    source: str,
    since: datetime,
    until: datetime,
    now: datetime,
) -> int:
    """Keep what a platform says of ``[since, until)`` in the place of what it said before; decisions stay.

    What a file told of the same calls gives way to it. Returns how many are new.
    """
    a = ad_calls.c
    within = (a.account_id == account) & (a.source == source) & (a.started_at >= since) & (a.started_at < until)
    rows = {_id(account, origin, each.ref): _row(account, origin, source, each, now) for each in told}
    known = set(connection.execute(sa.select(a.id).where(within, a.origin == origin)).scalars())
    gone = sorted(known - rows.keys())
    for begin in range(0, len(gone), _AT_ONCE):
        connection.execute(sa.delete(ad_calls).where(a.id.in_(gone[begin : begin + _AT_ONCE])))
    for id, row in rows.items():
        if id in known:
            changed = {name: row[name] for name in _TOLD}
            connection.execute(sa.update(ad_calls).where(a.id == id).values(**changed, kept_at=now))
    # The platform tells it again of whoever was erased here.
    erased = sa.select(calls.c.id).where(calls.c.account_id == account, calls.c.person < 0)
    connection.execute(sa.update(ad_calls).where(within, a.call_id.in_(erased)).values(area="", country=""))
    new = insert_new(connection, ad_calls, [{**row, "id": id} for id, row in rows.items()], unique=("id",))
    if not origin.startswith(FILE):
        same = {(row["started_at"], row["campaign"].casefold()) for row in rows.values()}
        filed = sa.select(a.id, a.started_at, a.campaign).where(within, a.origin.startswith(FILE))
        double = [
            row.id for row in connection.execute(filed).all() if (row.started_at, row.campaign.casefold()) in same
        ]  # fmt: skip
        for begin in range(0, len(double), _AT_ONCE):
            connection.execute(sa.delete(ad_calls).where(a.id.in_(double[begin : begin + _AT_ONCE])))
    return new


def add_ad_calls(
    connection: sa.Connection, account: str, told: Sequence[AdCall], *, origin: str, source: str, now: datetime
) -> int:
    """Keep the calls of a file; those that are there already, from a file or the platform, stay. Returns the new."""
    if not told:
        return 0
    a = ad_calls.c
    first, last = min(each.started_at for each in told), max(each.started_at for each in told)
    there = sa.select(a.started_at, a.campaign).where(
        a.account_id == account, a.source == source, a.started_at >= first, a.started_at <= last
    )
    known = Counter((row.started_at, row.campaign.casefold()) for row in connection.execute(there))
    rows = []
    seen: Counter[tuple[datetime, str]] = Counter()
    for each in told:
        key = (each.started_at, each.campaign.casefold())
        seen[key] += 1
        if seen[key] > known[key]:
            ref = f"{each.started_at:%Y%m%d%H%M%S}/{key[1]}/{seen[key]}"
            rows.append({"id": _id(account, FILE, ref), **_row(account, f"{FILE}{origin}", source, each, now)})
    return insert_new(connection, ad_calls, rows, unique=("id",))


def find_ad_calls(connection: sa.Connection, account: str, *, since: datetime, until: datetime) -> int:
    """Look for the platforms' calls of ``[since, until)`` among ours. What people decided stays. Returns the found."""
    a = ad_calls.c
    zone = connection.execute(sa.select(accounts.c.zone).where(accounts.c.id == account)).scalar_one_or_none()
    trackings = only_trackings(read_trackings(connection, account))
    forms: dict[str, list[Tracking]] = {}
    for tracking in trackings:
        for form in written_forms(tracking.number):
            forms.setdefault(form, []).append(tracking)
    query = sa.select(ad_calls).where(
        a.account_id == account, a.started_at >= since, a.started_at < until, a.fit.not_in(_DECIDED)
    )
    undecided = connection.execute(query.order_by(a.started_at)).all()
    # Our call that a person chose, or that was found for one of theirs that is not looked for now, is not another's.
    outside = (a.fit == Fit.MATCHED.value) & ((a.started_at < since) | (a.started_at >= until))
    theirs = (a.fit == Fit.CHOSEN.value) | outside
    query = sa.select(a.call_id).where(a.account_id == account, theirs, a.call_id.is_not(None))
    taken = set(connection.execute(query).scalars())
    done = 0
    for source in {row.source for row in undecided}:
        mine = [row for row in undecided if row.source == source]
        ours = _ours(connection, account, mine, source, forms, ZoneInfo(zone or "UTC"), taken)
        counted = [
            Counted(
                id=row.id, started_at=row.started_at, duration_s=row.duration_s, received=row.received,
                country=row.country, area=row.area,
            )
            for row in mine
        ]  # fmt: skip
        for id, found in fit_calls(counted, ours).items():
            done += found.call is not None
            values = {
                "fit": found.fit.value,
                "call_id": found.call,
                "candidates": msgspec.json.encode(found.candidates).decode(),
            }
            connection.execute(sa.update(ad_calls).where(a.id == id).values(**values))
    return done


def list_ad_calls(
    connection: sa.Connection, account: str, *, doubtful: bool = False, after: str | None = None, limit: int = 50
) -> tuple[list[KeptAdCall], bool]:
    """The calls of platforms, the newest first, from after the one ``after`` on; and whether more follow."""
    a = ad_calls.c
    query = sa.select(ad_calls).where(a.account_id == account)
    if doubtful:
        query = query.where(a.fit == Fit.DOUBTFUL.value)
    if after:
        place = connection.execute(sa.select(a.started_at).where(a.account_id == account, a.id == after)).scalar()
        if place is not None:
            query = query.where((a.started_at < place) | ((a.started_at == place) & (a.id < after)))
    rows = connection.execute(query.order_by(a.started_at.desc(), a.id.desc()).limit(limit + 1)).all()
    return [_kept(row) for row in rows[:limit]], len(rows) > limit


def decide_ad_call(
    connection: sa.Connection, account: str, id: str, call: str | None, *, by: str, now: datetime
) -> KeptAdCall:
    """Say which of our calls it is; None: none of them. Raises NoSuchAdCall and NoCandidate."""
    a = ad_calls.c
    row = connection.execute(sa.select(ad_calls).where(a.account_id == account, a.id == id)).one_or_none()
    if row is None:
        raise NoSuchAdCall(id)
    kept = _kept(row)
    if call is not None and call not in (*kept.candidates, kept.call):
        raise NoCandidate(call)
    if call is not None:
        theirs = (a.account_id == account) & (a.call_id == call) & a.fit.in_(FOUND) & (a.id != id)
        if connection.execute(sa.select(a.id).where(theirs, a.fit == Fit.CHOSEN.value)).first() is not None:
            raise NoCandidate(call)
        connection.execute(sa.update(ad_calls).where(theirs).values(fit=Fit.NONE.value, call_id=None))
    fit = Fit.NOT_OURS if call is None else Fit.CHOSEN
    values = {"fit": fit.value, "call_id": call, "decided_by": by, "decided_at": now}
    connection.execute(sa.update(ad_calls).where(a.id == id).values(**values))
    return _kept(connection.execute(sa.select(ad_calls).where(a.id == id)).one())


def _ours(
    connection: sa.Connection,
    account: str,
    told: Sequence[sa.Row[Any]],
    source: str,
    forms: Mapping[str, Sequence[Tracking]],
    zone: ZoneInfo,
    taken: set[str],
) -> list[Ours]:
    """Our calls from outside around theirs, but those that are another's."""
    c = calls.c
    found: dict[str, Ours] = {}
    for begin, end in _spans([row.started_at for row in told]):
        query = sa.select(
            c.id, c.started_at, c.answered, c.disposition, c.person, c.called, c.talk_s, c.total_s, c.wait_s
        ).where(
            c.account_id == account,
            c.started_at >= begin,
            c.started_at <= end,
            c.direction == Direction.INBOUND,
            c.progress == str(Progress.ENDED),
        )
        for row in connection.execute(query):
            if row.id in taken:
                continue
            known = forms.get(row.called or "", [])
            stands = tracked_on(known, known[0].number, row.started_at.astimezone(zone).date()) if known else None
            found[row.id] = Ours(
                id=row.id,
                started_at=row.started_at,
                answered=row.disposition == "answered",
                person=row.person,
                durations=_durations(row),
                on_line=None if stands is None else stands.source == source,
            )
    return list(found.values())


def _durations(row: Any) -> tuple[float, ...]:
    """How long it may have lasted for who forwarded it: the talk alone, or with the wait before."""
    told = {row.total_s, row.talk_s}
    if row.talk_s is not None and row.wait_s is not None:
        told.add(row.talk_s + row.wait_s)
    if row.talk_s is None and row.total_s is None:
        told.add(row.wait_s)
    return tuple(sorted(float(each) for each in told if each is not None))


def _spans(moments: Sequence[datetime]) -> list[tuple[datetime, datetime]]:
    """The times around the moments, those that touch joined."""
    found: list[tuple[datetime, datetime]] = []
    for at in sorted(moments):
        begin, end = at - APART, at + APART
        if found and begin <= found[-1][1] + timedelta(minutes=10):
            found[-1] = (found[-1][0], end)
        else:
            found.append((begin, end))
    return found


#: What a platform may say otherwise later.
_TOLD = ("campaign_ref", "campaign", "started_at", "duration_s", "received", "country", "area")


def _row(account: str, origin: str, source: str, told: AdCall, now: datetime) -> dict[str, Any]:
    return {
        "account_id": account,
        "origin": origin,
        "source": source,
        "campaign_ref": told.campaign_ref,
        "campaign": told.campaign,
        "started_at": told.started_at,
        "duration_s": told.duration_s,
        "received": told.received,
        "country": told.country,
        "area": told.area,
        "kept_at": now,
    }


def _id(account: str, origin: str, ref: str) -> str:
    return hashlib.blake2b(f"{account}\x1f{origin}\x1f{ref}".encode(), digest_size=16).hexdigest()


def _kept(row: sa.Row[Any]) -> KeptAdCall:
    return KeptAdCall(
        id=row.id,
        source=row.source,
        campaign=row.campaign,
        started_at=row.started_at,
        duration_s=row.duration_s,
        received=row.received,
        area=row.area,
        fit=Fit(row.fit),
        call=row.call_id,
        candidates=tuple(msgspec.json.decode(row.candidates, type=list[str])),
    )
