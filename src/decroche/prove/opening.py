"""Which calls or journeys a number opens: the filter of their list, as the parameters of its address."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from decroche.model.board import Dimension, Opens, Scope

#: The lists that numbers open.
CALLS, JOURNEYS = "calls", "journeys"
_ANSWERED = {"direction": "inbound", "disposition": "answered"}
_MISSED = {"disposition": "missed"}
#: What each measure counts, and among what, beyond its period and scope. Inbound calls are the nearest to "offered"
#: that a list can be told: calls between extensions, and those refused as spam, are in it too.
_COUNTED: Mapping[str, tuple[Mapping[str, str], Mapping[str, str]]] = {
    "offered": ({"direction": "inbound"}, {}),
    "answered": (_ANSWERED, {}),
    "missed": (_MISSED, {}),
    "answer_rate": (_ANSWERED, {"direction": "inbound"}),
    "abandonment_rate": (_MISSED, {"direction": "inbound"}),
    "service_level": (_ANSWERED, {"direction": "inbound"}),
    "profile": (_ANSWERED, {"direction": "inbound"}),
    "speed_of_answer": (_ANSWERED, {}),
    "time_to_abandon": (_MISSED, {}),
    "handle_time": (_ANSWERED, {}),
    "talk_time": (_ANSWERED, {}),
    "hold_time": (_ANSWERED, {}),
    "wrap_up_time": (_ANSWERED, {}),
    "first_call_resolution": (_ANSWERED, {}),
    "journeys_opened": ({}, {}),
    "journeys_recovered": ({"state": "recovered"}, {}),
    "journeys_expired": ({"state": "expired"}, {}),
    "journeys_open": ({"state": "open"}, {}),
    "recovery_rate": ({"state": "recovered"}, {}),
    "time_to_callback": ({}, {}),
}
_OF_JOURNEYS = frozenset({"site"})


def is_of_journeys(key: str) -> bool:
    """Whether a measure counts journeys and not calls."""
    return key.partition(":")[0] in {"recovery_rate", "time_to_callback"} or key.startswith("journeys_")


def opens(key: str, *, since: datetime, until: datetime, scope: Scope) -> tuple[Opens | None, Opens | None]:
    """What the numerator (or count) of measure ``key`` opens, and what its denominator does; None: no list shows it.

    Of a dimension that calls lack (no queue) a list cannot be asked.
    """
    name, _, part = key.partition(":")
    told = _COUNTED.get(name)
    if told is None or scope.campaign is not None:
        return None, None
    page = JOURNEYS if is_of_journeys(key) else CALLS
    narrowed = scope.told()
    if page == JOURNEYS and narrowed.keys() - _OF_JOURNEYS:
        return None, None
    if any(not narrowed.get(each.value, "?") for each in (Dimension.QUEUE, Dimension.LINE, Dimension.AGENT)):
        return None, None
    base = {"since": _written(since), "until": _written(until), **narrowed}
    more = {"reason": part} if name == "missed" and part else {}
    counted, among = told
    first = Opens(page, {**base, **counted, **more})
    return first, Opens(page, {**base, **among}) if among else None


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
