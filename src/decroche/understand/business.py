"""What a business says about itself: its lines, sites, hours and thresholds; and what they make of a call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from decroche.model.call import Call, Direction
from decroche.model.hours import HourClass, OpeningHours
from decroche.understand.hours import hour_class, hours_told
from decroche.understand.live import LiveCall
from decroche.understand.missed import SHORT_ABANDON_S, Verdict, judge
from decroche.understand.numbers import Party, read_number

Place = tuple[str | None, str | None]


@dataclass(frozen=True, slots=True)
class Line:
    """One of our numbers: what people call it, and where it rings."""

    name: str
    site: str = ""
    department: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Business:
    """``lines`` by E.164 digits; ``zones`` of the sites that have another than ``zone``; ``hours`` by place.

    Without hours for a place nothing is closed: what is not told is not guessed.
    """

    country: str
    zone: str
    lines: Mapping[int, Line] = field(default_factory=dict)
    sites: tuple[str, ...] = ()
    zones: Mapping[str, str] = field(default_factory=dict)
    hours: Mapping[Place, OpeningHours] = field(default_factory=dict)
    short_abandon_s: float = SHORT_ABANDON_S


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedCall:
    """A live call with everything that follows from it and from the business. The verdict is None while it goes on."""

    live: LiveCall
    call: Call
    caller: Party
    other: Party
    hour_class: HourClass | None
    verdict: Verdict | None

    @property
    def person(self) -> int | None:
        """The E.164 digits of the person outside; None when masked or internal."""
        return self.other.e164


def judged(live: LiveCall, business: Business, *, site: str = "") -> JudgedCall:
    """``live`` placed on its line and site, and judged when it is over. ``site`` is where it is when no line tells."""
    call = live.call
    our_number = call.caller if call.direction is Direction.OUTBOUND else call.called
    line = _line(our_number, business)
    only_site = business.sites[0] if len(business.sites) == 1 else ""
    call = replace(
        call,
        line=line.name if line is not None else call.line,
        site=(line.site if line is not None else "") or call.site or site or only_site,
        department=(line.department if line is not None else "") or call.department or "",
    )
    kind = _hour_class(call, business)
    caller = read_number(call.caller, region=business.country)
    verdict = None
    if live.over:
        closed = kind is not None and kind is not HourClass.OPEN
        verdict = judge(call, caller=caller.kind, closed=closed, short_abandon_s=business.short_abandon_s)
    other = read_number(live.other, region=business.country)
    return JudgedCall(live=live, call=call, caller=caller, other=other, hour_class=kind, verdict=verdict)


def _line(number: str | None, business: Business) -> Line | None:
    if number is None or not business.lines:
        return None
    party = read_number(number, region=business.country)
    return None if party.e164 is None else business.lines.get(party.e164)


def _hour_class(call: Call, business: Business) -> HourClass | None:
    hours = hours_told(business.hours, site=call.site or None, department=call.department or None)
    if hours is None:
        return None
    zone = ZoneInfo(business.zones.get(call.site or "", business.zone))
    local = call.started_at.astimezone(zone).replace(tzinfo=None)
    return hour_class(local, hours)
