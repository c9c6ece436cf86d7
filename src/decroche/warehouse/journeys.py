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
    return known.semi_join(missed.select("person"), "person").select(
        "person",
        "started",
        *_PLACE,
        site=known.site.fill_null(""),
        inbound=known.offered,
        answered=known.disposition == Disposition.ANSWERED.value,
    )


def journeys(found: ir.Table, *, data_end: datetime, silence: timedelta = SILENCE) -> ir.Table:
    """One row per journey in ``contacts``: the columns of ``understand.journeys.Journey`` and the place of its first miss.

    ``data_end`` is UTC, naive.
    """
    order = ["started", "missed", "inbound"]
    events = found.mutate(missed=found.inbound & ~found.answered, contact=found.inbound | found.answered)
    earlier = ibis.window(group_by=["person", "site"], order_by=order, rows=(None, -1))
    events = events.mutate(
        last=ibis.ifelse(events.contact, events.started, ibis.null("timestamp")).max().over(earlier)
    )
    silent = events.last.isnull() | (events.started > events.last + ibis.interval(seconds=int(silence.total_seconds())))
    events = events.mutate(starts=events.contact & silent)
    so_far = ibis.window(group_by=["person", "site"], order_by=order, rows=(None, 0))
    events = events.mutate(chain=events.starts.cast("int64").sum().over(so_far))
    events = events.filter(events.chain > 0)
    chain = ibis.window(group_by=["person", "site", "chain"])
    events = events.mutate(
        opened=ibis.ifelse(events.missed, events.started, ibis.null("timestamp")).min().over(chain),
        last_missed=ibis.ifelse(events.missed, events.started, ibis.null("timestamp")).max().over(chain),
    )
    events = events.filter(events.opened.notnull())
    theirs, ours = events.inbound, ~events.inbound
    later = events.started > events.opened
    recovering = events.answered & (events.started > events.last_missed)
    first_miss = events.missed & (events.started == events.opened)
    by_time = {"moment": events.started, "inbound": events.inbound}
    chains = events.group_by("person", "site", "chain", "opened", "last_missed").agg(
        attempts=events.missed.sum(),
        began=events.started.min(),
        last_contact=events.started.max(where=events.contact),
        recovered_inbound=events.inbound.argmin(ibis.struct(by_time), where=recovering),
        redialed=events.started.min(where=theirs & later),
        redialed_answered=events.started.min(where=theirs & later & events.answered),
        called_back=events.started.min(where=ours & later),
        called_back_answered=events.started.min(where=ours & later & events.answered),
        **{name: events[name].argmin(events.started, where=first_miss & events[name].notnull()) for name in _PLACE},
    )
    over = chains.last_contact + ibis.interval(seconds=int(silence.total_seconds())) < data_end

    def seconds(moment: ir.TimestampValue) -> ir.IntegerValue:
        return moment.epoch_seconds().cast("int64") - chains.opened.epoch_seconds().cast("int64")

    return chains.select(
        "person",
        "site",
        *_PLACE,
        "attempts",
        opened_at=chains.opened,
        last_missed_at=chains.last_missed,
        first_contact=(chains.chain == 1) & (chains.began == chains.opened),
        state=ibis.cases(
            (chains.recovered_inbound, JourneyState.RECOVERED_BY_CALLER.value),
            (chains.recovered_inbound.notnull(), JourneyState.RECOVERED_BY_US.value),
            (over, JourneyState.LOST.value),
            else_=JourneyState.OPEN.value,
        ),
        redialed_after_s=seconds(chains.redialed),
        redialed_answered_after_s=seconds(chains.redialed_answered),
        called_back_after_s=seconds(chains.called_back),
        called_back_answered_after_s=seconds(chains.called_back_answered),
    )


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
