"""Which calls or journeys a number opens: those that it counts, told as the parameters of the address of their list."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import cache

from decroche.model.board import Opens, Period, Scope
from decroche.model.call import ABANDONED, MissedReason
from decroche.prove.kpis.service_level import SERVED
from decroche.prove.vendor_profiles import PROFILES
from decroche.understand.causes import SIGNS_OF
from decroche.understand.counted import (
    EVERY_REASON,
    FIRST_CONTACTS,
    LONG_ABANDONED,
    NET_FIRST_CONTACTS,
    NET_RESOLVED,
    RECOVERED_BY,
    RESOLVED,
    SHORT,
    CallSet,
    Counted,
    JourneySet,
)

#: The lists that numbers open.
CALLS, JOURNEYS = "calls", "journeys"
#: What an address says of calls that have no such thing, such as those without a department.
NONE = "~"
#: The parameters of an address that ask for what a figure counts, and for that among which it counts.
COUNTED, AMONG = "counted", "among"
_OFFERED, _ANSWERED = CallSet(answered=True, missed=EVERY_REASON), CallSet(answered=True)
_MISSED = CallSet(missed=EVERY_REASON)


@cache
def counted_by() -> Mapping[str, Counted]:
    """What each figure counts by its key, and among what; causes have the keys ``cause:…``."""
    return {
        "offered": Counted(_OFFERED),
        "answered": Counted(_ANSWERED),
        "missed": Counted(_MISSED),
        **{f"missed:{reason}": Counted(CallSet(missed=frozenset({reason}))) for reason in MissedReason},
        "answer_rate": Counted(_ANSWERED, _OFFERED),
        "missed_rate": Counted(_MISSED, _OFFERED),
        "abandonment_rate": Counted(
            CallSet(missed=LONG_ABANDONED), CallSet(answered=True, missed=EVERY_REASON - SHORT)
        ),
        **{f"service_level:{form}": Counted(share.counted, share.among) for form, share in SERVED.items()},
        **{f"profile:{each.key}": Counted(each.share.counted, each.share.among) for each in PROFILES},
        "speed_of_answer": Counted(CallSet(answered=True, told="waited_s"), _ANSWERED),
        "time_to_abandon": Counted(CallSet(missed=ABANDONED, told="waited_s"), CallSet(missed=ABANDONED)),
        "handle_time": Counted(CallSet(answered=True, told="talk_s"), _ANSWERED),
        "talk_time": Counted(CallSet(answered=True, told="talk_s"), _ANSWERED),
        "hold_time": Counted(CallSet(answered=True, told="hold_s"), _ANSWERED),
        "wrap_up_time": Counted(CallSet(answered=True, told="wrap_s"), _ANSWERED),
        "first_call_resolution": Counted(RESOLVED, FIRST_CONTACTS),
        "first_call_resolution_net": Counted(NET_RESOLVED, NET_FIRST_CONTACTS),
        "journeys_opened": Counted(JourneySet.OPENED),
        "journeys_recovered": Counted(JourneySet.RECOVERED),
        **{f"journeys_recovered:{by}": Counted(which) for which, by in RECOVERED_BY.items()},
        "journeys_expired": Counted(JourneySet.EXPIRED),
        "journeys_open": Counted(JourneySet.OPEN),
        "recovery_rate": Counted(JourneySet.KEPT, JourneySet.DECIDED),
        "time_to_callback": Counted(JourneySet.CALLED, JourneySet.OPENED),
        **{f"cause:{cause}": Counted(which) for cause, which in SIGNS_OF.items()},
    }


def is_of_journeys(key: str) -> bool:
    """Whether a measure counts journeys and not calls."""
    told = counted_by().get(key)
    return told is not None and isinstance(told.counted, JourneySet)


def opens(
    key: str, *, period: Period, scope: Scope, weekday: int | None = None, hour: int | None = None
) -> tuple[Opens | None, Opens | None]:
    """What the numerator (or count) of measure ``key`` opens, and what its denominator does; None: no list shows it.

    ``weekday`` (1 = Monday) and ``hour`` narrow it by the local clock. An agent is known of no journey, and a campaign
    of nothing.
    """
    told = counted_by().get(key)
    if told is None or scope.campaign is not None or (scope.agent is not None and is_of_journeys(key)):
        return None, None
    page = JOURNEYS if is_of_journeys(key) else CALLS
    days = {"since": period.start.isoformat(), "until": (period.end - timedelta(days=1)).isoformat()}
    clock = {name: str(value) for name, value in (("weekday", weekday), ("hour", hour)) if value is not None}
    rest = {**days, **clock, **{name: value or NONE for name, value in scope.told().items()}}
    among = None if told.among is None else Opens(page, {AMONG: key, **rest})
    return Opens(page, {COUNTED: key, **rest}), among
