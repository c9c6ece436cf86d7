"""``/journeys/<id>``: what was done for one missed caller, when and why, and what happens next or why nothing will."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi import APIRouter
from fastapi.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from decroche.ledger.account import Row
from decroche.ledger.looking import bookings_of_journey, calls_by_id
from decroche.ledger.voicemails import voicemails_of
from decroche.model.call import Direction, Disposition
from decroche.model.member import Right
from decroche.recover.explanation import basis_said
from decroche.recover.told import EpisodeTold, Explanation, StepTold, TextTold, Why, WorkTold
from decroche.recover.workflows.explaining import read_explanation
from decroche.telemetry import masked
from decroche.web.access import Services, Visit, visit
from decroche.web.messages_left import Voicemail, voicemails
from decroche.web.pages.call import Moment
from decroche.web.pages.journeys import recovered_by
from decroche.web.rendering import page
from decroche.web.shown import STATE_KINDS, machine, moment_of, number, outcome, place_of
from decroche.web.work_words import Words

#: What became of a step, as a colour.
_STEP_KINDS: Mapping[str, str] = {"done": "note", "skipped": "plain", "refused": "bad"}
#: The most calls of one journey that are told.
_MOST_CALLS = 200
#: So many voicemails are told, the last ones; what is to be heard may be a little older than the journey.
_MOST_VOICEMAILS, _BEFORE = 10, timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyPage:
    """What the page needs. ``next`` says what will happen and when; or, where ``over``, why nothing more will.

    ``about`` are the sentences under its name; ``meaning`` is the address of the definition of its state;
    ``voicemails`` what the caller said to the voicemail, for whoever may hear it.
    """

    who: str
    kind: str
    state: str
    meaning: str
    about: tuple[str, ...]
    over: bool
    next: tuple[str, ...]
    voicemails: tuple[Voicemail, ...]
    moments: tuple[Moment, ...]
    calls: str


def router(services: Services) -> APIRouter:
    """The routes of the page."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/journeys/{id}")
    def show(request: Request, id: str) -> Response:
        with visit(services, request) as here:
            now = services.clock()
            try:
                row = here.account.journey(id)
                told = read_explanation(
                    here.account.connection, here.account.id, row["id"], language=here.language, key=services.key,
                    now=now,
                )  # fmt: skip
            except KeyError:
                raise HTTPException(404) from None
            return page("journey.html", here.frame, journey_page(told, here, now))

    return routes


def journey_page(told: Explanation, here: Visit, now: datetime) -> JourneyPage:
    """The page of a journey."""
    row, say = told.journey, here.language.say
    calls = calls_by_id(here.account, row["calls"][-_MOST_CALLS:])
    entries = sorted(_entries(told, calls, here), key=lambda each: each[0])
    about = [
        say("journey.opened", at=moment_of(row["opened_at"], here)),
        say("journey.missed", missed=len(row["missed_calls"])),
    ]
    if row["site"]:
        about.append(masked(row["site"]))
    last = row["missed_calls"][-1] if row["missed_calls"] else (row["calls"] or [""])[-1]
    return JourneyPage(
        who=number(f"+{row['person']}", here),
        kind=STATE_KINDS.get(row["state"], "plain"),
        state=say(f"journeys.state.{row['state']}"),
        meaning=f"/definitions#journey_{row['state']}",
        about=tuple(about),
        over=row["state"] != "open",
        next=tuple(dict.fromkeys(each for each in _next(told, here, now) if each)),
        voicemails=_voicemails(row, here, now),
        moments=tuple(
            Moment(when=moment_of(at, here), iso=machine(at), title=title, text=text, kind=kind, href=href)
            for at, kind, title, text, href in entries
        ),
        calls=f"/calls?like={last}&since={row['opened_at'].astimezone(here.zone).date().isoformat()}",
    )


def _voicemails(row: Row, here: Visit, now: datetime) -> tuple[Voicemail, ...]:
    """What was said to the voicemail in the calls of a journey."""
    if not here.may(Right.WORK):
        return ()
    theirs, connection = set(row["calls"]), here.account.connection
    items = voicemails_of(
        connection, here.account.id, row["person"], since=row["opened_at"] - _BEFORE, sites=here.sites
    )
    mine = [item for item in items if item.about.get("call") in theirs]
    return voicemails(connection, here.account.id, mine[-_MOST_VOICEMAILS:], Words(here, now))


_Entry = tuple[datetime, str, str, str, str | None]


def _entries(told: Explanation, calls: list[Row], here: Visit) -> Iterator[_Entry]:
    say, row = here.language.say, told.journey
    missed = set(row["missed_calls"])
    for call in calls:
        verdict = outcome(call, here)
        outbound = call["direction"] == Direction.OUTBOUND
        wait = "" if call["wait_s"] is None else say("live.waited", waited=here.language.duration(call["wait_s"]))
        message = say("live.voicemail") if call["voicemail"] else ""
        details = " · ".join(each for each in (verdict.why, wait, message, place_of(call)) if each)
        title = say("journey.call.outbound" if outbound else "journey.call", verdict=verdict.said)
        counted = call["id"] in missed or call["disposition"] != Disposition.MISSED
        yield call["started_at"], verdict.kind if counted else "plain", title, details, f"/calls/{call['id']}"
    made = {text.id for text in told.texts} | {item.id for item in told.work}
    because = {step.subject: step for episode in told.episodes for step in episode.steps if step.subject}
    for episode in told.episodes:
        yield episode.begun_at, "note", say("journey.began", playbook=episode.playbook), _arm(episode), None
        for step in episode.steps:
            if step.subject not in made:
                yield step.at, _STEP_KINDS.get(step.outcome, "plain"), _step(step, here), _whys(step.why, here), None
        if episode.ended_at is not None:
            yield episode.ended_at, "plain", episode.ended_said or "", _whys(episode.ended_why, here), None
    for text in told.texts:
        yield text.at, _text_kind(text), _text(text, here), _body(text, because.get(text.id), here), None
    for item in told.work:
        why = _whys(because[item.id].why, here) if item.id in because else ""
        due = "" if item.due_at is None else say("journey.work_due", at=moment_of(item.due_at, here))
        title = say("journey.work", kind=item.said, state=item.state_said)
        yield item.opened_at, "busy" if item.state == "open" else "plain", title, _joined(due, why), None
    for booking in bookings_of_journey(here.account, row["id"]):
        title = say("journey.booking", at=moment_of(booking["starts_at"], here))
        state = say(f"journey.booking.{booking['state']}")
        yield booking["made_at"], "busy" if booking["state"] == "booked" else "note", title, state, None
    for ruling in told.rulings:
        title = say("journey.ruling", means=ruling.means_said, verdict=ruling.verdict_said)
        yield ruling.at, "plain", title, _whys(ruling.why, here), None
    if row["closed_at"] is not None:
        title = say(f"journey.closed.{row['state']}")
        yield row["closed_at"], STATE_KINDS.get(row["state"], "plain"), title, recovered_by(row, here), None


def _arm(episode: EpisodeTold) -> str:
    return episode.arm_said if episode.arm == "holdout" else ""


def _step(step: StepTold, here: Visit) -> str:
    say = here.language.say
    act = step.step if step.act is None else say(f"recover.act.{step.act}")
    return say("journey.step", act=act, outcome=say(f"recover.outcome.{step.outcome}"))


def _text_kind(text: TextTold) -> str:
    if text.inbound:
        return "busy"
    return "bad" if text.state in ("failed", "given_up") else "note"


def _text(text: TextTold, here: Visit) -> str:
    if text.inbound:
        return here.language.say("journey.text_in")
    state = text.said if text.why is None else f"{text.said}, {text.why}"
    return here.language.say("journey.text_out", state=state)


def _body(text: TextTold, step: StepTold | None, here: Visit) -> str:
    body = " ".join(text.body.split())
    shown = body if here.may(Right.NUMBERS) else masked(body)
    quoted = here.language.say("journey.quoted", text=shown) if shown else ""
    return _joined(quoted, "" if step is None else _whys(step.why, here))


def _whys(why: tuple[Why, ...], here: Visit) -> str:
    """Reasons as sentences; for those who supervise, with the rule that each rests on."""
    return _joined(*(_why(each, here) for each in why))


def _why(why: Why, here: Visit) -> str:
    said = why.said if here.may(Right.NUMBERS) else masked(why.said)
    if why.grounds is None or not here.may(Right.SUPERVISE):
        return said
    ground = why.grounds
    source = f"{ground.source} ({ground.source_date})" if ground.source_date else ground.source
    basis = basis_said(ground.basis, here.language)
    rule = here.language.say("recover.line.rule", rule=ground.rule, basis=basis, grade=ground.grade, source=source)
    return f"{said} ({rule})"


def _joined(*sentences: str) -> str:
    return " ".join(each for each in sentences if each)


def _next(told: Explanation, here: Visit, now: datetime) -> Iterator[str]:
    """What will happen, or why nothing will."""
    row, say = told.journey, here.language.say
    if row["state"] != "open":
        yield say(f"journey.over.{row['state']}")
    for why in told.never:
        yield _why(why, here)
    last = told.episodes[-1] if told.episodes else None
    if last is not None and last.ended_at is not None:
        yield say("journey.run_over", because=last.ended_said or "")
        yield _whys(last.ended_why, here)
    elif last is not None and row["state"] == "open":
        yield _whys(last.waits, here)
        if last.due_at is None:
            yield say("journey.waits_for_news")
        elif last.due_at > now:
            yield say("journey.looks_again", at=moment_of(last.due_at, here))
    for item in told.work:
        if item.state == "open":
            yield _to_do(item, here)
    if row["state"] == "open":
        yield say("journey.expires", at=moment_of(row["expires_at"], here))


def _to_do(item: WorkTold, here: Visit) -> str:
    say = here.language.say
    if item.due_at is None:
        return say("journey.to_do", kind=item.said)
    return say("journey.to_do_by", kind=item.said, at=moment_of(item.due_at, here))
