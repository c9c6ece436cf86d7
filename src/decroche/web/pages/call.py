"""``/calls/<id>``: one call: what happened when, its legs, the verdict and why, and what the platform itself said."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter
from fastapi.exceptions import HTTPException
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from decroche.ledger.account import Row
from decroche.ledger.looking import Told, journey_of_call, told_of_call
from decroche.model.call import Direction, Disposition, MissedReason
from decroche.model.member import Right
from decroche.telemetry import masked
from decroche.web.access import Services, Visit, visit
from decroche.web.moments import clock
from decroche.web.rendering import page
from decroche.web.shown import Outcome, lasted, machine, moment_of, number, outcome, person_of, place_of

#: The most that is shown of one record of a platform, in characters.
LONGEST = 6_000
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")
#: What a drawing of the legs is made of, in pixels of its own.
_WIDTH, _ROW, _BAR = 720, 30, 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """An entry of the timeline; ``kind`` colours it, ``href`` leads to what it speaks of."""

    when: str
    iso: str
    title: str
    text: str
    kind: str
    href: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LegRow:
    """A leg as the table beside the drawing tells it."""

    name: str
    at: str
    result: str
    waited: str
    talked: str
    held: str
    raw: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something known of the call: its name, and what it is."""

    name: str
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What the platform said, with what names people covered."""

    at: str
    iso: str
    source: str
    kind: str
    body: str
    cut: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPage:
    """What the page needs. ``why`` says how the verdict was found, ``meaning`` is the address of its definition.

    ``journey`` is the address of the journey that the call belongs to, and ``journey_state`` how it stands. ``records``
    are only for those who supervise: None for others.
    """

    who: str
    outcome: Outcome
    why: str
    meaning: str
    facts: tuple[Fact, ...]
    moments: tuple[Moment, ...]
    drawing: Markup
    legs: tuple[LegRow, ...]
    raw_reason: str
    journey: str | None
    journey_state: str | None
    like: str | None
    records: tuple[Record, ...] | None


def router(services: Services) -> APIRouter:
    """The routes of the page."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/calls/{id}")
    def show(request: Request, id: str) -> Response:
        with visit(services, request) as here:
            try:
                row = here.account.call(id)
            except KeyError:
                raise HTTPException(404) from None
            return page("call.html", here.frame, call_page(row, here))

    return routes


def call_page(row: Row, here: Visit) -> CallPage:
    """The page of a call."""
    journey = journey_of_call(here.account, row)
    verdict = row["reason"] if row["disposition"] == Disposition.MISSED and row["reason"] else row["disposition"]
    legs = [_read(leg) for leg in row["legs"]]
    return CallPage(
        who=person_of(row, here),
        outcome=outcome(row, here),
        why=_why(row, here),
        meaning=f"/definitions#{verdict or 'going_on'}",
        facts=tuple(_facts(row, here)),
        moments=tuple(_moments(row, legs, here)),
        drawing=_drawing(row, legs, here),
        legs=tuple(_leg(leg, at, here) for at, leg in enumerate(legs, 1)),
        raw_reason=masked(row["raw_reason"] or ""),
        journey=None if journey is None else f"/journeys/{journey['id']}",
        journey_state=None if journey is None else here.language.say(f"journeys.state.{journey['state']}"),
        like=None if row["person"] is None else f"/calls?like={row['id']}&since={_year_before(row, here)}",
        records=tuple(_record(each, here) for each in told_of_call(here.account, row["id"]))
        if here.may(Right.SUPERVISE)
        else None,
    )


def _year_before(row: Row, here: Visit) -> str:
    started: datetime = row["started_at"]
    return (started.astimezone(here.zone).date() - timedelta(days=364)).isoformat()


def _read(leg: Mapping[str, Any]) -> dict[str, Any]:
    """A leg with its moments as moments."""
    found = dict(leg)
    for name in ("started_at", "ended_at"):
        if isinstance(found.get(name), str):
            found[name] = datetime.fromisoformat(found[name])
    return found


def _why(row: Row, here: Visit) -> str:
    """How the verdict was found, in a sentence."""
    say, disposition = here.language.say, row["disposition"]
    if disposition is None:
        return say("call.why.going_on")
    if disposition in (Disposition.MISSED, Disposition.BLOCKED):
        reason = row["reason"] if row["reason"] in set(MissedReason) else str(MissedReason.UNKNOWN)
        return say(f"meaning.reason.{reason}")
    if disposition == Disposition.ANSWERED:
        return say("call.why.reached" if row["direction"] == Direction.OUTBOUND else "call.why.answered")
    return say(f"meaning.disposition.{disposition if disposition in set(Disposition) else 'unknown'}")


def _facts(row: Row, here: Visit) -> Iterator[Fact]:
    say = here.language.say
    told = {
        "direction": say(f"calls.direction.{row['direction']}"),
        "started": moment_of(row["started_at"], here, seconds=True),
        "caller": number(row["caller"], here),
        "called": number(row["called"], here),
        "line": masked(row["line"] or ""),
        "where": place_of(row),
        "agent": masked(row["agent"] or ""),
        "waited": "" if row["wait_s"] is None else here.language.duration(row["wait_s"]),
        "talked": here.language.duration(row["talk_s"]) if row["answered"] and row["talk_s"] is not None else "",
        "lasted": "" if row["total_s"] is None else here.language.duration(row["total_s"]),
        "hours": "" if row["hour_class"] is None else say(f"hour_class.{row['hour_class']}"),
        "voicemail": say("live.voicemail") if row["voicemail"] else "",
        "sources": here.language.listing([say(f"call.source.{each}") for each in row["sources"].split()]),
    }
    for name, said in told.items():
        if said:
            yield Fact(name=say(f"call.fact.{name}"), said=said)


def _moments(row: Row, legs: list[dict[str, Any]], here: Visit) -> Iterator[Moment]:
    say = here.language.say
    outbound = row["direction"] == Direction.OUTBOUND
    found: list[tuple[datetime, str, str, str]] = []
    found.append(
        (row["started_at"], "note", say("call.began.outbound" if outbound else "call.began"), masked(row["line"] or ""))
    )
    for leg in legs:
        name = _name(leg, here)
        if leg["started_at"] > row["started_at"]:
            found.append((leg["started_at"], "plain", say("call.leg_began", name=name), ""))
        if leg.get("answered") and (answered := _answered(leg)) is not None:
            found.append((answered, "good", say("call.leg_answered", name=name), ""))
        elif leg.get("ended_at") is not None and leg.get("rang") and not leg.get("answered"):
            found.append((leg["ended_at"], "plain", say("call.leg_silent", name=name), _raw(leg)))
    if row["answered_at"] is not None and not any(each[1] == "good" for each in found):
        found.append((row["answered_at"], "good", say("call.leg_answered", name=masked(row["agent"] or "–")), ""))
    if row["voicemail"]:
        found.append((row["ended_at"] or row["last_heard_at"], "note", say("call.left_message"), ""))
    if row["ended_at"] is not None:
        verdict = outcome(row, here)
        title = say("call.ended", verdict=verdict.said)
        found.append((row["ended_at"], verdict.kind, title, verdict.why))
    for at, kind, title, text in sorted(found, key=lambda each: each[0]):
        local = at.astimezone(here.zone)
        when = f"{clock(at, here.zone, here.language)} {local.second:02d}\u00a0s"
        yield Moment(when=when, iso=machine(at), title=title, text=text, kind=kind)


def _answered(leg: Mapping[str, Any]) -> datetime | None:
    """When somebody took a leg: so long after its beginning, or so long before its end."""
    if leg.get("wait_s") is not None or leg.get("ring_s") is not None:
        waited = leg["ring_s"] if leg.get("ring_s") is not None else leg["wait_s"]
        return leg["started_at"] + timedelta(seconds=waited)  # type: ignore[no-any-return]
    if leg.get("ended_at") is not None and leg.get("talk_s") is not None:
        return leg["ended_at"] - timedelta(seconds=leg["talk_s"])  # type: ignore[no-any-return]
    return None


def _name(leg: Mapping[str, Any], here: Visit) -> str:
    return masked(leg.get("agent") or leg.get("queue") or "") or here.language.say("call.leg_unnamed")


def _raw(leg: Mapping[str, Any]) -> str:
    return f"« {masked(leg['raw_reason'])} »" if leg.get("raw_reason") else ""


def _leg(leg: Mapping[str, Any], at: int, here: Visit) -> LegRow:
    say, reason = here.language.say, leg.get("reason")
    if leg.get("answered"):
        result = say("calls.outcome.answered")
    else:
        result = say(f"reason.{reason}") if reason in set(MissedReason) else say("live.unanswered")
    return LegRow(
        name=say("call.leg", number=at, name=_name(leg, here)),
        at=moment_of(leg["started_at"], here, seconds=True),
        result=result,
        waited=lasted(leg.get("wait_s") if leg.get("wait_s") is not None else leg.get("ring_s"), here),
        talked=lasted(leg.get("talk_s"), here) if leg.get("answered") else "–",
        held=lasted(leg.get("hold_s"), here),
        raw=masked(leg.get("raw_reason") or ""),
    )


def _drawing(row: Row, legs: list[dict[str, Any]], here: Visit) -> Markup:
    """A bar for each leg on the time of the call: waiting is hatched by its class, talking is full."""
    begin = min([row["started_at"], *(leg["started_at"] for leg in legs)])
    end = max(
        [
            begin + timedelta(seconds=1),
            row["ended_at"] or row["last_heard_at"],
            *(leg["ended_at"] for leg in legs if leg.get("ended_at")),
        ]
    )
    whole = (end - begin).total_seconds()

    def x(at: datetime) -> float:
        share: float = (at - begin).total_seconds() / whole
        return round(_WIDTH * min(1.0, max(0.0, share)), 1)

    parts = []
    for at, leg in enumerate(legs):
        until = leg.get("ended_at") or end
        answered = _answered(leg) if leg.get("answered") else None
        top = at * _ROW
        start, middle, stop = x(leg["started_at"]), x(min(answered or until, until)), x(until)
        text = Markup('<text x="{x}" y="{y}" text-anchor="{anchor}">{name}</text>').format(
            x=start if start < _WIDTH / 2 else stop, y=top + 10, name=_name(leg, here)[:40],
            anchor="start" if start < _WIDTH / 2 else "end",
        )  # fmt: skip
        bars = [("waits", start, middle), ("talks", middle, stop)] if answered else [("waits", start, stop)]
        drawn = Markup("").join(
            Markup('<rect class="{kind}" x="{x}" y="{y}" width="{width}" height="{height}"/>').format(
                kind=kind, x=left, y=top + 14, width=max(2.0, round(right - left, 1)), height=_BAR
            )
            for kind, left, right in bars
        )
        parts.append(text + drawn)
    height = max(1, len(legs)) * _ROW + 22
    ticks = Markup('<text x="0" y="{y}">0 s</text><text x="{x}" y="{y}" text-anchor="end">{whole}</text>').format(
        x=_WIDTH, y=height - 4, whole=here.language.duration(whole)
    )
    return Markup(
        '<svg class="legs" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        'aria-label="{label}">{parts}{ticks}</svg>'
    ).format(
        width=_WIDTH, height=height, label=here.language.say("call.drawing"), parts=Markup("").join(parts), ticks=ticks
    )


def _record(told: Told, here: Visit) -> Record:
    text = covered(told.body)
    return Record(
        at=moment_of(told.received_at, here, seconds=True),
        iso=machine(told.received_at),
        source=here.language.say(f"call.source.{told.source}"),
        kind=masked(told.kind),
        body=text[:LONGEST],
        cut=len(text) > LONGEST,
    )


def covered(body: bytes) -> str:
    """A record as text, with numbers, e-mail addresses and what is called a name or a secret covered."""
    text = body.decode("utf-8", "replace").replace("\x00", "")
    try:
        found = json.loads(text)
    except ValueError:
        pass
    else:
        if isinstance(found, dict | list):
            text = json.dumps(_hidden(found), ensure_ascii=False, indent=2)
    return _MAIL.sub("…@…", masked(text))


_COVERED = re.compile(
    r"first_?name|last_?name|contact|email|secret|token|password|signature|note|body|message|name$", re.I
)


def _hidden(found: Any) -> Any:
    """The same with what tells a person besides their number left out."""
    if isinstance(found, dict):
        return {
            key: "…" if isinstance(value, str) and value and _COVERED.search(str(key)) else _hidden(value)
            for key, value in found.items()
        }
    return [_hidden(each) for each in found] if isinstance(found, list) else found
