"""The board: every figure of a set of calls and journeys, with its parts, its certainty and what it cannot say."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from decroche.model.board import CallTally, JourneyTally, Measure, Missing, Occupancy, Period, Unit
from decroche.model.call import MissedReason
from decroche.model.figures import Durations, Rate
from decroche.prove.kpis.certainty import wilson
from decroche.prove.kpis.service_level import FORMULAS, service_levels
from decroche.prove.vendor_profiles import PROFILES, VendorTerms

#: Of fewer calls no share and no mean is shown, and of fewer than twice as many no 90th percentile.
LEAST = 10
#: A group of agents that anybody may see.
LEAST_AGENTS = 5
#: The measures that are of what agents do, and of no call.
OF_STATES = ("occupancy", "utilisation")
#: The keys of measures, in the order of the board. Service levels and profiles follow with a colon and their key.
KEYS = (
    "offered", "answered", "missed", "answer_rate", "abandonment_rate", "service_level", "speed_of_answer",
    "time_to_abandon", "handle_time", "talk_time", "hold_time", "wrap_up_time", "first_call_resolution",
    "first_call_resolution_net", "journeys_opened", "journeys_recovered", "journeys_expired", "recovery_rate",
    "time_to_callback", "occupancy", "utilisation", "satisfaction", "nps",
)  # fmt: skip


def call_measures(tally: CallTally, *, only: str | None = None) -> list[Measure]:
    """What calls alone say, in the order of the board: counts, rates, service levels, profiles and durations.

    ``only``: no other measure than the one with this key.
    """
    kinds: tuple[tuple[frozenset[str], Callable[[CallTally], list[Measure]]], ...] = (
        (frozenset({"offered", "answered", "missed", "answer_rate", "abandonment_rate"}), _counts),
        (frozenset({"service_level"}), _levels),
        (frozenset({"profile"}), _profiles),
        (_DURATIONS, _durations),
        (frozenset({"first_call_resolution", "first_call_resolution_net"}), _resolution),
    )
    name = None if only is None else only.partition(":")[0]
    found = [measure for names, measures in kinds if name is None or name in names for measure in measures(tally)]
    return [measure for measure in found if only is None or measure.key == only]


def _counts(tally: CallTally) -> list[Measure]:
    kept = tally.offered - tally.short_abandoned
    return [
        count("offered", tally.offered),
        count("answered", tally.answered),
        count("missed", tally.missed),
        *(count(f"missed:{reason}", n) for reason, n in tally.missed_by_reason.items()),
        share("answer_rate", Rate(tally.answered, tally.offered)),
        share("abandonment_rate", Rate(tally.abandoned - tally.short_abandoned, kept)),
    ]


def _levels(tally: CallTally) -> list[Measure]:
    level = service_levels(tally.terms)
    waits_told = bool(tally.terms.wait_known) or not tally.offered
    return [
        share(f"service_level:{form}", level[form], missing=None if waits_told else Missing.WAIT) for form in FORMULAS
    ]


def _profiles(tally: CallTally) -> list[Measure]:
    terms = VendorTerms(
        level=tally.terms,
        missed={MissedReason(reason): n for reason, n in tally.missed_by_reason.items()},
        missed_within={MissedReason(reason): n for reason, n in tally.missed_within.items()},
        called_back=tally.called_back,
    )
    found = []
    for profile in PROFILES:
        theirs = profile.level(terms) if tally.offered else None
        if theirs is None or theirs.rate is None:
            why = Missing.NOT_ENOUGH if theirs is None or theirs.missing is None else Missing(theirs.missing)
            found.append(absent(f"profile:{profile.key}", Unit.SHARE, why))
        else:
            found.append(share(f"profile:{profile.key}", theirs.rate))
    return found


_DURATIONS = frozenset({
    "speed_of_answer", "time_to_abandon", "handle_time", "talk_time", "hold_time", "wrap_up_time",
})  # fmt: skip


def _durations(tally: CallTally) -> list[Measure]:
    return [
        seconds("speed_of_answer", tally.wait_answered, of=tally.answered, missing=Missing.WAIT),
        seconds("time_to_abandon", tally.wait_abandoned, of=tally.abandoned, missing=Missing.WAIT),
        seconds("handle_time", tally.handle.handle, of=tally.answered, missing=Missing.TALK),
        seconds("talk_time", tally.handle.talk, of=tally.answered, missing=Missing.TALK),
        seconds("hold_time", tally.handle.hold, of=tally.answered, missing=Missing.TALK),
        seconds("wrap_up_time", tally.handle.wrap, of=tally.answered, missing=Missing.TALK),
    ]


def _resolution(tally: CallTally) -> list[Measure]:
    if tally.first_contacts is None:
        return []
    return [
        share("first_call_resolution", tally.first_contacts),
        _net(tally),
    ]


def _net(tally: CallTally) -> Measure:
    """Only where outcomes are noted of as many first contacts as any share needs."""
    key, found = "first_call_resolution_net", tally.net
    if found is None or not found.coded:
        return absent(key, Unit.SHARE, Missing.NOT_BY_THIS if found is None else Missing.OUTCOMES)
    if found.coded < LEAST:
        return replace(absent(key, Unit.SHARE, Missing.NOT_ENOUGH), n=found.coded, least=LEAST, coded=found.coded)
    return replace(share(key, found.rate), coded=found.coded)


def journey_measures(tally: JourneyTally) -> list[Measure]:
    """What journeys say: how many opened, and what became of them."""
    return [
        count("journeys_opened", tally.opened),
        count("journeys_recovered", tally.recovered),
        *(count(f"journeys_recovered:{by}", n) for by, n in tally.recovered_by.items()),
        count("journeys_expired", tally.expired),
        count("journeys_open", tally.open),
        share("recovery_rate", tally.decided),
        seconds("time_to_callback", tally.to_callback, of=tally.opened, missing=Missing.NOT_ENOUGH),
    ]


def agent_measures(found: Occupancy | None) -> list[Measure]:
    """Occupancy = handling / (handling + ready); utilisation = handling / signed in, breaks included [CH3].

    ``n`` are minutes: of less than an hour in all nothing is shown.
    """
    if found is None:
        return [absent(key, Unit.SHARE, Missing.STATES) for key in OF_STATES]
    measures = []
    for key, whole in (
        ("occupancy", found.handling_s + found.ready_s),
        ("utilisation", found.handling_s + found.ready_s + found.away_s),
    ):
        minutes, handling = int(whole // 60), int(found.handling_s // 60)
        enough = minutes >= _LEAST_MINUTES
        measures.append(
            Measure(
                key=key,
                unit=Unit.SHARE,
                value=found.handling_s / whole if enough else None,
                numerator=handling,
                denominator=minutes,
                n=minutes,
                least=_LEAST_MINUTES,
                missing=None if enough else Missing.NOT_ENOUGH,
            )
        )
    return measures


_LEAST_MINUTES = 60


def closed(measures: Sequence[Measure], *, agents: int) -> list[Measure]:
    """The same without what would tell of somebody: how busy fewer than five agents are is for those who supervise."""
    if not 0 < agents < LEAST_AGENTS:
        return list(measures)
    return [
        replace(absent(each.key, each.unit, Missing.TOO_FEW_AGENTS), n=agents, least=LEAST_AGENTS)
        if each.key in OF_STATES and each.missing is not Missing.STATES
        else each
        for each in measures
    ]


def unasked(why: Missing = Missing.SURVEYS) -> list[Measure]:
    """What only callers can say, and have not been asked."""
    return [absent("satisfaction", Unit.SHARE, why), absent("nps", Unit.POINTS, why)]


def count(key: str, n: int) -> Measure:
    """A number of calls or journeys, which is no estimate."""
    return Measure(key=key, unit=Unit.COUNT, value=float(n), n=n)


def share(key: str, rate: Rate, *, missing: Missing | None = None) -> Measure:
    """A rate with its interval; not of fewer than ``LEAST``."""
    enough = rate.denominator >= LEAST
    # Where a vendor leaves a term out of the denominator only, a share may exceed 1 and has no interval.
    interval = wilson(rate) if enough and rate.numerator <= rate.denominator else None
    low, high = interval or (None, None)
    return Measure(
        key=key,
        unit=Unit.SHARE,
        value=rate.value if enough and missing is None else None,
        numerator=rate.numerator,
        denominator=rate.denominator,
        n=rate.denominator,
        low=low,
        high=high,
        least=LEAST,
        missing=missing or (None if enough else Missing.NOT_ENOUGH),
    )


def seconds(key: str, found: Durations, *, of: int, missing: Missing) -> Measure:
    """A mean duration with its median and 90th percentile. Where calls there were and no duration, ``missing`` why."""
    enough = found.n >= LEAST
    why = missing if of >= LEAST and not found.n else Missing.NOT_ENOUGH
    return Measure(
        key=key,
        unit=Unit.SECONDS,
        value=found.mean if enough else None,
        median=found.median if enough else None,
        p90=found.p90 if found.n >= 2 * LEAST else None,
        denominator=of,
        n=found.n,
        least=LEAST,
        missing=None if enough else why,
    )


def absent(key: str, unit: Unit, why: Missing) -> Measure:
    """A measure that cannot be told here."""
    return Measure(key=key, unit=unit, n=0, missing=why)


def previous(period: Period) -> Period:
    """The period of equal length before it that holds the same weekdays: whole weeks earlier, and none of its days."""
    back = timedelta(weeks=-(-period.days // 7))
    return Period(period.start - back, period.end - back)


def by_key(measures: Sequence[Measure]) -> Mapping[str, Measure]:
    """The measures by their keys."""
    return {measure.key: measure for measure in measures}
