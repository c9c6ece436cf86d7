"""What became of the people who were missed, for whole files at once. The twin of ``understand.journeys``."""

from __future__ import annotations

from datetime import datetime, timedelta

import ibis
import ibis.expr.types as ir

from decroche.model.call import Direction, Disposition
from decroche.understand.journeys import SILENCE, JourneyState

#: Windows after a first miss in which the report asks who tried again, in hours.
WINDOWS_H = (1, 24, 168)

#: What the last three bits of a place say of a contact. Their order is that of contacts of one moment.
_MISSED, _INBOUND, _UNANSWERED = 4, 2, 1


def contacts(judged: ir.Table) -> ir.Table:
    """The calls of people outside: theirs to us, and ours to them.

    ``judged`` are calls with a verdict and an ``id``. Masked and internal numbers have no ``person``: left out.
    """
    known = judged.filter(judged.person.notnull() & (judged.offered | (judged.direction == Direction.OUTBOUND.value)))
    return known.select(
        "id",
        "person",
        "started",
        site=known.site.fill_null(""),
        inbound=known.offered,
        answered=known.disposition == Disposition.ANSWERED.value,
    )


def packed(found: ir.Table) -> ir.Table:
    """Contacts as three integers each, for sorting millions of them: ``pair`` (who), ``place`` (when and what), ``id``.

    ``place`` orders the contacts of a pair: by time, then answered before missed, ours before theirs. It is eight times
    the microseconds since 1970, and the last three bits are what the contact was.
    """
    unanswered = ~found.answered
    bits = (
        (found.inbound & unanswered).cast("int64") * _MISSED
        + found.inbound.cast("int64") * _INBOUND
        + unanswered.cast("int64") * _UNANSWERED
    )
    pair = ibis.struct({"person": found.person, "site": found.site}).hash()
    return found.select("id", pair=pair, place=_since(found.started) * 8 + bits)


def journeys(found: ir.Table, *, data_end: datetime, silence: timedelta = SILENCE) -> ir.Table:
    """One row per journey in the ``packed`` contacts: the columns of ``understand.journeys.Journey``.

    Instead of the person and the site there is ``first_id``, the contact that is the first miss. ``data_end`` is UTC,
    naive.
    """
    known = _chains(found, _microseconds(silence))
    opened = _time(known.opened)

    def seconds(place: ir.IntegerValue) -> ir.FloatingValue:
        return (_time(place) - opened) / 1_000_000

    recovered = (known.recovered > known.last_missed).fill_null(False)
    by_caller = _is(known.recovered, _INBOUND)
    over = _time(known.last_contact) + _microseconds(silence) < _since_epoch(data_end)
    return known.select(
        "first_id",
        "attempts",
        opened_at=_moment(opened),
        last_missed_at=_moment(_time(known.last_missed)),
        first_contact=((known.chain & 1) == 1) & (_time(known.chain >> 1) == opened),
        state=ibis.cases(
            (recovered & by_caller, JourneyState.RECOVERED_BY_CALLER.value),
            (recovered, JourneyState.RECOVERED_BY_US.value),
            (over, JourneyState.LOST.value),
            else_=JourneyState.OPEN.value,
        ),
        redialed_after_s=seconds(known.redialed),
        redialed_answered_after_s=seconds(known.redialed_answered),
        called_back_after_s=seconds(known.called_back),
        called_back_answered_after_s=seconds(known.called_back_answered),
    )


def _chains(found: ir.Table, silence: int) -> ir.Table:
    """One row per chain with a miss; all columns but the id and the count are places.

    ``chain`` is twice the place of the contact that begins it, and 1 more when nothing came before it.
    """
    events = found.semi_join(found.filter(_is(found.place, _MISSED)).select("pair"), "pair")
    place = events.place
    contact = _is(place, _INBOUND) | ~_is(place, _UNANSWERED)
    before = ibis.window(group_by="pair", order_by="place", rows=(None, -1))
    events = events.mutate(
        contact=contact,
        reached=_only(contact, place).max().over(before),
        missed=_only(_is(place, _MISSED), place).max().over(before),
        answered=_only(~_is(place, _UNANSWERED), place).max().over(before),
    )
    begins = events.contact & (events.reached.isnull() | (_time(events.place) - _time(events.reached) > silence))
    so_far = ibis.window(group_by="pair", order_by="place", rows=(None, 0))
    chain = _only(begins, events.place * 2 + events.reached.isnull().cast("int64")).max().over(so_far)
    events = events.mutate(chain=chain)
    # From its first miss on, a chain is a journey; of what came before, only the beginning of the chain matters.
    events = events.mutate(follows=(events.missed * 2 + 1 >= events.chain).fill_null(False))
    events = events.filter(_is(events.place, _MISSED) | events.follows)
    place, is_missed, follows = events.place, _is(events.place, _MISSED), events.follows
    theirs, spoken = _is(place, _INBOUND), ~_is(place, _UNANSWERED)
    return events.group_by("pair", "chain").agg(
        first_id=events.id.max(where=is_missed & ~follows),
        opened=place.min(where=is_missed),
        last_missed=place.max(where=is_missed),
        attempts=is_missed.sum(),
        last_contact=place.max(where=events.contact),
        # The first answered call after each miss: the last of them may have come after the last miss.
        recovered=place.max(where=follows & spoken & (events.answered.isnull() | (events.answered < events.missed))),
        # A miss in the same moment as the one before it is not a second try.
        redialed=place.min(where=follows & theirs & (_time(place) > _time(events.missed))),
        redialed_answered=place.min(where=follows & theirs & spoken),
        called_back=place.min(where=follows & ~theirs),
        called_back_answered=place.min(where=follows & ~theirs & spoken),
    )


def _is(place: ir.IntegerValue, bit: int) -> ir.BooleanValue:
    found: ir.BooleanValue = (place & bit) != 0
    return found


def _only(condition: ir.BooleanValue, value: ir.IntegerValue) -> ir.IntegerValue:
    return ibis.ifelse(condition, value, ibis.null("int64"))


def _time(place: ir.IntegerValue) -> ir.IntegerValue:
    """The microseconds since 1970 in a place, also before 1970."""
    return place >> 3


def _moment(microseconds: ir.IntegerValue) -> ir.TimestampValue:
    moment: ir.TimestampValue = ibis.literal(_EPOCH) + microseconds.as_interval("us")
    return moment


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
