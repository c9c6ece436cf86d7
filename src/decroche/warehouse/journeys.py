"""What became of the people who were missed, for whole files at once. The twin of ``understand.journeys``."""

from __future__ import annotations

from datetime import datetime, timedelta

import ibis
import ibis.expr.types as ir

from decroche.model.call import Direction, Disposition
from decroche.understand.journeys import SILENCE, JourneyState

#: Windows after a first miss in which the report asks who tried again, in hours.
WINDOWS_H = (1, 24, 168)

#: What a journey inherits from its first missed call.
_PLACE = ("department", "queue", "line", "local_started", "hour_class")


def contacts(judged: ir.Table) -> ir.Table:
    """The calls of people who were missed at least once: theirs to us, and ours to them.

    ``judged`` are calls with a verdict. Masked and internal numbers have no ``person`` and are left out.
    """
    outbound = judged.direction == Direction.OUTBOUND.value
    known = judged.filter(judged.person.notnull() & (judged.offered | outbound))
    missed = known.filter(known.offered & (known.disposition == Disposition.MISSED.value))
    people = known.select(
        "person",
        "started",
        *_PLACE,
        id=ibis.row_number(),
        site=known.site.fill_null(""),
        inbound=known.offered,
        answered=known.disposition == Disposition.ANSWERED.value,
    )
    return people.semi_join(missed.select("person"), "person")


def journeys(found: ir.Table, *, data_end: datetime, silence: timedelta = SILENCE) -> ir.Table:
    """One row per journey in ``contacts``: the columns of ``understand.journeys.Journey``, the place of its first miss.

    ``found`` has a unique ``id``; ``data_end`` is UTC, naive.
    """
    chains = _chains(_packed(found), _microseconds(silence))
    first = found.select(*_PLACE, "person", "site", first_id=found.id, opened_at=found.started)
    known = chains.join(first, "first_id")

    def moment(microseconds: ir.IntegerValue) -> ir.TimestampValue:
        return known.opened_at + (microseconds - known.opened).as_interval("us")

    def seconds(microseconds: ir.IntegerValue) -> ir.FloatingValue:
        return (microseconds - known.opened) / 1_000_000

    over = (known.last_contact - known.opened) + _since(known.opened_at) + _microseconds(silence) < _since_epoch(
        data_end
    )
    return known.select(
        "person",
        "site",
        *_PLACE,
        "attempts",
        "opened_at",
        last_missed_at=moment(known.last_missed),
        first_contact=(known.chain == 1) & (known.began == known.opened),
        state=ibis.cases(
            (known.recovered_inbound, JourneyState.RECOVERED_BY_CALLER.value),
            (known.recovered_inbound.notnull(), JourneyState.RECOVERED_BY_US.value),
            (over, JourneyState.LOST.value),
            else_=JourneyState.OPEN.value,
        ),
        redialed_after_s=seconds(known.redialed),
        redialed_answered_after_s=seconds(known.redialed_answered),
        called_back_after_s=seconds(known.called_back),
        called_back_answered_after_s=seconds(known.called_back_answered),
    )


def _packed(found: ir.Table) -> ir.Table:
    """The contacts as a few integers a row, for sorting millions of them: who (``pair``), when (``time``, ``place``).

    ``place`` orders the contacts of a pair: by time, then answered before missed, ours before theirs.
    """
    time = _since(found.started)
    unanswered = ~found.answered
    missed = found.inbound & unanswered
    ties = missed.cast("int64") * 4 + found.inbound.cast("int64") * 2 + unanswered.cast("int64")
    return found.select(
        "id",
        "inbound",
        "answered",
        pair=ibis.struct({"person": found.person, "site": found.site}).hash(),
        time=time,
        place=time * 8 + ties,
        missed=missed,
        contact=found.inbound | found.answered,
    )


def _chains(events: ir.Table, silence: int) -> ir.Table:
    """One row per chain with a miss; times are microseconds."""
    nothing = ibis.null("int64")
    earlier = ibis.window(group_by="pair", order_by="place", rows=(None, -1))
    events = events.mutate(last=ibis.ifelse(events.contact, events.time, nothing).max().over(earlier))
    starts = events.contact & (events.last.isnull() | (events.time > events.last + silence))
    events = events.mutate(starts=starts.cast("int64"))
    so_far = ibis.window(group_by="pair", order_by="place", rows=(None, 0))
    events = events.mutate(chain=events.starts.sum().over(so_far))
    chain = ibis.window(group_by=["pair", "chain"])
    missed_at = ibis.ifelse(events.missed, events.time, nothing)
    events = events.mutate(opened=missed_at.min().over(chain), last_missed=missed_at.max().over(chain))
    events = events.filter(events.opened.notnull() & (events.chain > 0))
    theirs, ours = events.inbound, ~events.inbound
    later = events.time > events.opened
    return events.group_by("pair", "chain", "opened", "last_missed").agg(
        first_id=events.id.argmin(events.place, where=events.missed),
        attempts=events.missed.sum(),
        began=events.time.min(),
        last_contact=events.time.max(where=events.contact),
        recovered_inbound=events.inbound.argmin(
            events.place, where=events.answered & (events.time > events.last_missed)
        ),
        redialed=events.time.min(where=theirs & later),
        redialed_answered=events.time.min(where=theirs & later & events.answered),
        called_back=events.time.min(where=ours & later),
        called_back_answered=events.time.min(where=ours & later & events.answered),
    )


def missed_called_back(found: ir.Table, *, silence: timedelta = SILENCE) -> ir.Table:
    """One row, ``calls``: the missed calls of ``found`` whose caller our own call reached later, within ``silence``.

    ``found`` has the columns person, site, started, inbound and answered of ``contacts``.
    """
    reached = found.filter(~found.inbound & found.answered)
    missed = found.filter(found.inbound & ~found.answered)
    of_interest = reached.select("person", "site", "started", ours=True).union(
        missed.semi_join(reached, ["person", "site"]).select("person", "site", "started", ours=False)
    )
    time = _since(of_interest.started)
    timed = of_interest.select("person", "site", "ours", time=time)
    later = ibis.window(group_by=["person", "site"], order_by="time", range=(1, None))
    timed = timed.mutate(next=ibis.ifelse(timed.ours, timed.time, ibis.null("int64")).min().over(later))
    called_back = (~timed.ours & (timed.next - timed.time <= _microseconds(silence))).fill_null(False)
    return timed.agg(calls=called_back.sum().fill_null(0))


_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001


def _since(moment: ir.TimestampValue) -> ir.IntegerValue:
    microseconds: ir.IntegerValue = moment.delta(ibis.literal(_EPOCH), unit="microsecond")
    return microseconds


def _since_epoch(moment: datetime) -> int:
    return _microseconds(moment - _EPOCH)


def _microseconds(duration: timedelta) -> int:
    return duration // timedelta(microseconds=1)


def journey_counts(found: ir.Table, *, data_end: datetime, silence: timedelta = SILENCE) -> ir.Table:
    """One row of counts over ``journeys``: what ``model.figures.Journeys`` and its windows are made of.

    Outcomes are counted over the journeys that have had ``silence`` since their last miss, recovered or not: counting
    the young recovered ones, and not the young others, would flatter the rate.
    """
    settled = found.last_missed_at + ibis.interval(seconds=int(silence.total_seconds())) < data_end
    by_caller = found.state == JourneyState.RECOVERED_BY_CALLER.value
    by_us = found.state == JourneyState.RECOVERED_BY_US.value
    counts = {
        "journeys": found.count(),
        "settled": settled.sum(),
        "recovered_by_caller": (settled & by_caller).sum(),
        "recovered_by_us": (settled & by_us).sum(),
        "lost": (found.state == JourneyState.LOST.value).sum(),
        "open": (found.state == JourneyState.OPEN.value).sum(),
        "attempts": found.attempts.cast("float64").mean(),
        "new_callers": found.first_contact.sum(),
    }
    for hours in WINDOWS_H:
        inside = found.opened_at + ibis.interval(hours=hours) <= data_end
        counts[f"observable_{hours}"] = inside.sum()
        for name in ("redialed", "redialed_answered", "called_back", "called_back_answered"):
            within = (found[f"{name}_after_s"] <= hours * 3600).fill_null(False)
            counts[f"{name}_{hours}"] = (inside & within).sum()
    return found.agg(**counts)
