"""Takes the steps of a playbook that are due: looks at everything again, does one thing after the other, and waits."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from decroche.ledger import episodes as runs
from decroche.ledger import texts as sent
from decroche.ledger.acting import act_for_journey
from decroche.ledger.decisions import log_ruling
from decroche.ledger.draws import variants_name
from decroche.ledger.remembering import remembering
from decroche.ledger.tables import journey_aliases
from decroche.ledger.work_items import Kind, Need, open_item
from decroche.recover.fingerprints import fingerprint
from decroche.recover.holdout import Arm, Experiment, How, assign
from decroche.recover.playbook import EMERGENCY, WRITES, Act, Step
from decroche.recover.policy import Do, End, Outcome, Past, Reason, Ruled, Skip, Wait, next_action
from decroche.recover.workflows.alarms import by_place, need_of
from decroche.recover.workflows.standing import Run, Seen, gone_on, missed_calls, read_run
from decroche.recover.workflows.tools import Tools
from decroche.recover.workflows.ways import SOON, Turn, open_ways, take_turn
from decroche.recover.workflows.writing import Unwritable, Written, write_step
from decroche.rules.outreach import Purpose
from decroche.understand.business_deadline import business_deadline

ADVANCE, SEND, MAIL = "advance", "send", "mail"
#: The purposes that end with the need of the journey.
_FOR_THE_NEED = (Purpose.REPLY, Purpose.FOLLOW_UP)
#: A text that could not be handed over for so long is not welcome any more.
_TEXT_LASTS = timedelta(minutes=60)


def advance(tools: Tools, subject: Mapping[str, str]) -> None:
    """The timer of an episode rang: take what is due. A ring that came late, or twice, finds that others looked."""
    now = tools.clock()
    with tools.ledger.writing() as connection, remembering(connection):
        journey = current_id(connection, subject["journey"])
        act_for_journey(connection, journey)
        episode = runs.episode(connection, journey, int(subject["episode"]))
        if episode is not None and episode["turn"] == int(subject["turn"]):
            look(connection, tools, episode, now)


def look_again(connection: sa.Connection, tools: Tools, journey: str, now: datetime) -> None:
    """Something happened to a journey: see now what that changes, instead of at the next ring."""
    found = runs.episode_and_journey(connection, journey)
    if found is None or found[0]["ended_at"] is not None:
        return
    episode, row = found
    # What waits for news alone has no timer.
    if episode["due_at"] is not None:
        tools.timers.cancel(connection, timer_key(episode))
    missed = [] if row is None else missed_calls(connection, row, episode["opened_at"])
    look(connection, tools, episode, now, seen=None if row is None else Seen(journey=row, missed=missed))


def look(
    connection: sa.Connection, tools: Tools, episode: runs.Row, now: datetime, *, seen: Seen | None = None
) -> None:
    """Do what is due in an episode, and set the timer of the next look. ``seen``: what was read of it just now."""
    with remembering(connection):
        _look(connection, tools, episode, now, seen)


def _look(connection: sa.Connection, tools: Tools, episode: runs.Row, now: datetime, seen: Seen | None) -> None:
    if episode["ended_at"] is not None:
        return
    id, number = episode["journey_id"], episode["number"]
    run = read_run(connection, id, episode, key=tools.key, now=now, seen=seen)
    if run is None:
        # One that became part of another is handed down, and looked at then.
        if current_id(connection, id) == id:
            runs.end(connection, id, number, "gone", now)
        return
    while True:
        action = next_action(run.standing, run.playbook, run.office, now=now)
        match action:
            case End():
                runs.end(connection, id, number, action.because, now)
                take_back_all(connection, run.account, id, action.because, now)
                return
            case Wait():
                if runs.turn(connection, id, number, episode["turn"], action.until) and action.until is not None:
                    ring = {**episode, "turn": episode["turn"] + 1}
                    tools.timers.set(connection, timer_key(ring), ADVANCE, _subject(ring), at=action.until, now=now)
                return
            case Skip():
                _note(connection, run, action.step, action.outcome, action.reasons, action.ruled, None, now)
                past: Past | None = Past(outcome=action.outcome, over_at=now)
            case Do():
                past = _do(connection, tools, run, action, now)
        run = gone_on(connection, run, action.step, past, now=now)


def timer_key(episode: runs.Row) -> str:
    """The key of the timer that looks at an episode next."""
    return f"advance:{episode['journey_id']}:{episode['number']}:{episode['turn']}"


def _subject(episode: runs.Row) -> dict[str, str]:
    return {
        "journey": episode["journey_id"],
        "episode": str(episode["number"]),
        "turn": str(episode["turn"]),
    }


def current_id(connection: sa.Connection, journey: str) -> str:
    """The id of the journey today: its own, or that of the one of which it became a part."""
    c = journey_aliases.c
    return connection.execute(sa.select(c.journey_id).where(c.old_id == journey)).scalar_one_or_none() or journey


def take_back_all(connection: sa.Connection, account: str, journey: str, because: str, now: datetime) -> None:
    """Take back the texts of a playbook that nobody was asked to send yet. What answers a person is owed."""
    for id in sent.waiting_of(connection, account, journey, _FOR_THE_NEED):
        sent.cancel(connection, id, because, now)


def _do(connection: sa.Connection, tools: Tools, run: Run, action: Do, now: datetime) -> Past | None:
    """Take a step. Returns what the run knows of it from now on; None: that is to be read."""
    step = action.step
    past: Past | None = None
    if step.act in WRITES:
        if not run.settings.active:
            # What goes to people of the business goes on: nobody is forgotten because nothing may be written.
            reasons = (Reason("not_active", {"act": str(step.act)}),)
            _note(connection, run, step, Outcome.SKIPPED, reasons, action.ruled, None, now)
            return Past(outcome=Outcome.SKIPPED, over_at=now)
        if step.variants:
            step = replace(step, template=_variant(connection, tools, run, step))
            action = replace(action, step=step)
        written = write_step(connection, run, step, now)
        if isinstance(written, Unwritable):
            _note(connection, run, step, Outcome.SKIPPED, written.reasons, None, None, now)
            return Past(outcome=Outcome.SKIPPED, over_at=now)
        subject, new = _intend(connection, tools, run, action, written, now)
        # It goes on until the text is out of our hands.
        past = Past(outcome=Outcome.DONE, over_at=None) if new else None
    elif step is EMERGENCY:
        because = "place" if by_place(run.settings, run.missed) else "word"
        need = need_of(run.account, run.journey, episode=run.episode["number"], because=because, now=now)
        subject = open_item(connection, run.account, need, now=now)
    elif step.act in {Act.CALLBACK, Act.ASSIGN, Act.ESCALATE}:
        subject = _give_to_people(connection, run, step, now)
    else:
        subject = None
        past = Past(outcome=Outcome.DONE, over_at=now)
    _note(connection, run, step, Outcome.DONE, action.reasons, action.ruled, subject, now)
    if step.act in {Act.NOTIFY, Act.ASSIGN, Act.ESCALATE}:
        told = {"journey": run.journey["id"], "episode": str(run.episode["number"]), "step": step.name}
        key = f"tell:{run.journey['id']}:{run.episode['number']}:{step.name}"
        tools.timers.set(connection, key, "tell", told | {"item": subject or ""}, at=now, now=now)
    return past


def _variant(connection: sa.Connection, tools: Tools, run: Run, step: Step) -> str:
    """Which of a step's variants this caller gets: written down before anything is known, and the same at every miss.

    It counts from the miss of this run. In an emergency nobody is drawn.
    """
    person = run.journey["person"]
    name = variants_name(run.playbook.name, step.name, step.variants)
    experiment = Experiment(name=name, arms=tuple(Arm(each, share) for each, share in step.variants))
    at, urgent = run.episode["begun_at"], run.standing.situation.emergency
    drawn = assign(person, experiment, key=tools.key, emergency=urgent, at=at)
    if drawn.how is not How.CHANCE:
        return drawn.arm
    mark = fingerprint(tools.key, run.account, person)
    first = step.variants[0][1]
    return runs.assign(connection, run.account, name, mark, arm=drawn.arm, share=first, at=at)


def _intend(
    connection: sa.Connection, tools: Tools, run: Run, action: Do, written: Written, now: datetime
) -> tuple[str, bool]:
    """The id of the text, and whether it is new."""
    id = step_id(run, action.step)
    row = {
        "id": id,
        "account_id": run.account,
        "journey_id": run.journey["id"],
        "person": run.standing.person,
        "channel": "email" if action.step.act is Act.EMAIL else "sms",
        "recipient": written.recipient,
        "subject": written.subject,
        "body": written.body,
        "purpose": str(action.ruled.outreach.purpose if action.ruled else Purpose.REPLY),
        "template": action.step.template,
        "segments": written.segments,
        "created_at": now,
        "expires_at": now + max(_TEXT_LASTS, run.playbook.text_reach),
    }
    if not sent.intend(connection, row):
        return id, False
    if row["channel"] == "email":
        tools.timers.set(connection, f"{MAIL}:{id}:0", MAIL, {"text": id, "try": "0"}, at=now, now=now)
        return id, True
    # Its sender's turn is taken here, so that whoever sends it looks at everything once, and right before.
    ways = open_ways(connection, tools, run.account, run.settings, now)
    turn = take_turn(connection, run.account, ways[0], now) if ways else Turn(now, {})
    at = now if turn.at <= now + SOON else turn.at
    tools.timers.set(connection, f"{SEND}:{id}:0", SEND, {"text": id, "try": "0", **turn.words}, at=at, now=now)
    return id, True


def _give_to_people(connection: sa.Connection, run: Run, step: Step, now: datetime) -> str:
    due = None
    if step.within is not None:
        due = business_deadline(now, step.within, hours=run.office.hours, zone=ZoneInfo(run.office.zone))
    request = run.standing.known.request
    need = Need(
        kind=Kind.CALLBACK if step.act is Act.CALLBACK or step.when.emergency else Kind.TASK,
        key=f"{run.journey['id']}:{run.episode['number']}:{step.name}",
        person=run.standing.person,
        journey=run.journey["id"],
        site=run.standing.situation.site or "",
        department=run.standing.situation.department or "",
        due_at=due,
        requested_at=None if request is None else request.asked_at,
        assigned_to=None if step.to is None else str(step.to),
        about={"emergency": "playbook"} if step.when.emergency else {},
    )
    return open_item(connection, run.account, need, now=now)


def step_id(run: Run, step: Step) -> str:
    """The id of what a step makes: the same whenever the step is taken again."""
    told = f"{run.account}|{run.episode['journey_id']}|{run.episode['number']}|{step.name}"
    return hashlib.blake2b(told.encode(), digest_size=16).hexdigest()


def _note(
    connection: sa.Connection,
    run: Run,
    step: Step,
    outcome: Outcome,
    reasons: tuple[Reason, ...],
    ruled: Ruled | None,
    subject: str | None,
    now: datetime,
) -> None:
    if ruled is not None:
        log_ruling(
            connection, run.account, ruled.outreach, ruled.ruling, key=run.account_key, journey=run.journey["id"]
        )
    runs.act(
        connection,
        run.account,
        run.journey["id"],
        run.episode["number"],
        step.name,
        outcome=outcome,
        reasons=tuple(reason.record() for reason in reasons),
        subject=subject,
        now=now,
    )
