"""Reads from the ledger how a miss stands now, as the policy wants to see it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from decroche.ledger.account_words import AccountWords, read_words
from decroche.ledger.businesses import business
from decroche.ledger.recovery_tables import acts, texts, work_items
from decroche.ledger.remembering import remembering
from decroche.ledger.tables import calls, journey_aliases, journeys
from decroche.model.call import MissedReason
from decroche.model.hours import HourClass
from decroche.model.money import Money
from decroche.model.text import TextState
from decroche.recover.fingerprints import account_key
from decroche.recover.playbook import WRITES, Act, Caller, Playbook, Situation, Step
from decroche.recover.policy import Ending, Office, Outcome, Past, Standing
from decroche.recover.settings import RecoverySettings
from decroche.recover.workflows.about_person import Person, read_person
from decroche.recover.workflows.alarms import by_place, by_word, raised
from decroche.recover.workflows.places import hours_at, playbook_for, settings_for
from decroche.rules.outreach import Means, Sector
from decroche.understand.business import Business


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """An episode with everything that decides what is done in it. ``about`` is what is known of the caller."""

    account: str
    journey: Mapping[str, Any]
    episode: Mapping[str, Any]
    settings: RecoverySettings
    playbook: Playbook
    office: Office
    standing: Standing
    business: Business
    account_key: bytes
    about: Mapping[str, Any]
    missed: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a transaction has just read of a miss: its journey, the missed calls, and the caller where ``them``."""

    journey: Mapping[str, Any]
    missed: Sequence[Mapping[str, Any]]
    them: Person | None = None


def read_run(
    connection: sa.Connection,
    journey_id: str,
    episode: Mapping[str, Any],
    *,
    key: bytes,
    now: datetime,
    seen: Seen | None = None,
) -> Run | None:
    """The episode as it stands; None when its journey is gone. What was ``seen`` just now is not read again."""
    with remembering(connection):
        if seen is None:
            row = connection.execute(_JOURNEY, {"journey": journey_id}).one_or_none()
            if row is None:
                return None
            journey = dict(row._mapping)
            seen = Seen(journey=journey, missed=missed_calls(connection, journey, episode["opened_at"]))
        return _read_run(connection, episode, seen, key=key, now=now)


def _read_run(connection: sa.Connection, episode: Mapping[str, Any], seen: Seen, *, key: bytes, now: datetime) -> Run:
    journey, missed = seen.journey, seen.missed
    journey_id = journey["id"]
    account = journey["account_id"]
    settings = settings_for(connection, account)
    about = business(connection, account, now)
    first = missed[0] if missed else None
    site, department = journey["site"], "" if first is None else first["department"]
    playbook = playbook_for(connection, account, site, department, settings)
    # Whoever looks for the first time finds nothing done.
    first_look = episode["turn"] == 0 and episode["ended_at"] is None
    past = {} if first_look else _past(connection, journey_id, episode["number"], playbook, now)
    person = journey["person"]
    office = _office(connection, account, about, settings, site, department)
    since = episode["opened_at"]
    them = seen.them or read_person(connection, account, person, journey=journey_id, since=since, key=key, now=now)
    known_person, contacts, booked = them.about, them.contacts, them.booked_at
    replies = [row["created_at"] for row in contacts.heard if row["created_at"] >= since]
    out = [row for row in contacts.went_out if row["journey_id"] == journey_id and row["created_at"] >= since]
    value = known_person.get("value")
    situation = Situation(
        reason=MissedReason((first or {}).get("reason") or MissedReason.UNKNOWN),
        hour_class=HourClass((first or {}).get("hour_class") or HourClass.OPEN),
        department=(first or {}).get("department") or None,
        site=site or None,
        caller=Caller.REPEAT if them.called_before else Caller.FIRST,
        language=known_person.get("language") or office.language,
        vip=bool(known_person.get("vip")),
        value=settings.usual_value if value is None else Money.of(value, settings.currency),
        spam=bool(known_person.get("spam")),
        voicemail=any(row["voicemail"] for row in missed),
        texted=bool(out),
        replied=bool(replies),
        booked=booked is not None,
        tried=them.attempted or contacts.called_back(since),
        emergency=by_place(settings, missed)
        or by_word(settings, (row["body"] for row in contacts.heard if row["created_at"] >= since))
        or (them.alarmed and raised(connection, account, person, journey_id, since)),
    )
    return Run(
        account=account,
        journey=journey,
        episode=episode,
        settings=settings,
        playbook=playbook,
        office=office,
        business=about,
        account_key=account_key(key, account),
        about=known_person,
        missed=missed,
        standing=Standing(
            missed_at=max(episode["opened_at"], (first or {}).get("ended_at") or episode["opened_at"]),
            learned_at=episode["begun_at"],
            due_at=episode["due_at"] or now,
            person=person,
            situation=situation,
            known=them.known,
            ended=None if journey["state"] == "open" else Ending(journey["state"]),
            held_out=episode["arm"] == "holdout",
            answered_at=max([*replies, *([booked] if booked else [])], default=None),
            past=past,
        ),
    )


def gone_on(connection: sa.Connection, run: Run, step: Step, past: Past | None, *, now: datetime) -> Run:
    """The run after ``step`` was written down, in the same transaction: nothing else has changed.

    ``past`` is what became of it; None: that is read.
    """
    if past is not None:
        known: Mapping[str, Past] = {**run.standing.past, step.name: past}
    else:
        known = _past(connection, run.episode["journey_id"], run.episode["number"], run.playbook, now)
    return replace(run, standing=replace(run.standing, past=known))


def _office(
    connection: sa.Connection,
    account: str,
    about: Business,
    settings: RecoverySettings,
    site: str,
    department: str,
) -> Office:
    told = _told(connection, account)
    senders = {Means.TEXT: settings.ways[0].sender} if settings.ways else {}
    return Office(
        country=told.country,
        zone=about.zones.get(site, about.zone),
        language=told.language,
        hours=hours_at(about, site, department),
        senders=senders,
        sector=Sector(settings.sector),
        connected_at=told.connected_at,
    )


def read_journey(connection: sa.Connection, id: str) -> dict[str, Any] | None:
    """The journey as it is kept, or the one of which it became a part; None when there is none."""
    row = connection.execute(_JOURNEY_TODAY, {"journey": id}).one_or_none()
    return None if row is None else dict(row._mapping)


def read_journeys(connection: sa.Connection, ids: Collection[str]) -> dict[str, dict[str, Any]]:
    """Those of the journeys that are kept by these ids."""
    rows = connection.execute(_JOURNEYS, {"ids": sorted(set(ids))})
    return {row.id: dict(row._mapping) for row in rows}


def missed_calls(connection: sa.Connection, journey: Mapping[str, Any], since: datetime) -> list[dict[str, Any]]:
    """The missed calls of a journey since then, in order."""
    return _missed(connection, _ids(journey), since)


def missed_of(connection: sa.Connection, wanted: Collection[Mapping[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """The missed calls of each of the journeys since its last miss, in order."""
    of = {each["id"]: set(_ids(each)) for each in wanted}
    since = min((each["last_missed_at"] for each in wanted), default=None)
    if since is None:
        return {}
    found = _missed(connection, sorted(set().union(*of.values())), since)
    return {
        each["id"]: [
            call for call in found if call["id"] in of[each["id"]] and call["started_at"] >= each["last_missed_at"]
        ]
        for each in wanted
    }


def _missed(connection: sa.Connection, ids: Sequence[str], since: datetime) -> list[dict[str, Any]]:
    return [dict(row._mapping) for row in connection.execute(_MISSED, {"ids": ids, "since": since})]


def _ids(journey: Mapping[str, Any]) -> list[str]:
    return msgspec.json.decode(journey["missed_calls"], type=list[str])


def _past(connection: sa.Connection, journey: str, number: int, playbook: Playbook, now: datetime) -> dict[str, Past]:
    kinds = {step.name: step.act for step in playbook.steps}
    found: dict[str, Past] = {}
    for row in connection.execute(_ACTS, {"journey": journey, "episode": number}):
        outcome = Outcome(row.outcome)
        past = Past(outcome=outcome, over_at=row.at)
        if outcome is Outcome.DONE and row.subject and kinds.get(row.step) in _FOR_PEOPLE:
            past = _work(row, now)
        if outcome is Outcome.DONE and row.subject and kinds.get(row.step) in WRITES:
            past = _text(row)
        found[row.step] = past
    return found


_FOR_PEOPLE = (Act.CALLBACK, Act.ASSIGN, Act.ESCALATE)


def _text(row: sa.Row[*tuple[Any, ...]]) -> Past:
    """Whether a text is out of our hands: until then nobody knows what the next step should be."""
    if row.text in {TextState.INTENDED, TextState.UNKNOWN}:
        return Past(outcome=Outcome.DONE, over_at=None)
    return Past(outcome=Outcome.DONE, over_at=row.handed_at or row.settled_at or row.at)


def _work(row: sa.Row[*tuple[Any, ...]], now: datetime) -> Past:
    """Whether what was given to people is over: closed, or not begun in the time promised."""
    if row.item is None:
        return Past(outcome=Outcome.DONE, over_at=row.at)
    if row.item != "open":
        return Past(outcome=Outcome.DONE, over_at=row.closed_at or row.at)
    due = row.due_at
    if row.attempts == 0 and due is not None and row.promised_at is None:
        return Past(outcome=Outcome.DONE, over_at=due if due <= now else None, over_by=due)
    return Past(outcome=Outcome.DONE, over_at=None)


def _told(connection: sa.Connection, account: str) -> AccountWords:
    told = read_words(connection, account)
    if told is None:
        raise KeyError(account)
    return told


def country_of(connection: sa.Connection, account: str) -> str:
    """The country of a business, with its subdivision where one counts."""
    return _told(connection, account).country


def read_office(
    connection: sa.Connection, account: str, now: datetime, *, site: str = "", department: str = ""
) -> Office:
    """The business as it acts at a place."""
    settings = settings_for(connection, account)
    return _office(connection, account, business(connection, account, now), settings, site, department)


# Built once: a step asks all of these.
_journey: sa.BindParameter[str] = sa.bindparam("journey")
_JOURNEY = sa.select(journeys).where(journeys.c.id == _journey)
_JOURNEYS = sa.select(journeys).where(journeys.c.id.in_(sa.bindparam("ids", expanding=True)))
_heir = sa.select(journey_aliases.c.journey_id).where(journey_aliases.c.old_id == _journey).scalar_subquery()
_JOURNEY_TODAY = sa.select(journeys).where(journeys.c.id == sa.func.coalesce(_heir, _journey))
_MISSED = (
    sa.select(calls)
    .where(calls.c.id.in_(sa.bindparam("ids", expanding=True)), calls.c.started_at >= sa.bindparam("since"))
    .order_by(calls.c.started_at, calls.c.id)
)
_ACTS = (
    sa.select(
        acts.c.step,
        acts.c.at,
        acts.c.outcome,
        acts.c.subject,
        texts.c.state.label("text"),
        texts.c.handed_at,
        texts.c.settled_at,
        work_items.c.state.label("item"),
        work_items.c.closed_at,
        work_items.c.due_at,
        work_items.c.attempts,
        work_items.c.promised_at,
    )
    .outerjoin(texts, texts.c.id == acts.c.subject)
    .outerjoin(work_items, work_items.c.id == acts.c.subject)
    .where(acts.c.journey_id == _journey, acts.c.episode == sa.bindparam("episode"))
    .order_by(acts.c.at, acts.c.step)
)
