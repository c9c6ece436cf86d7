"""Reads from the ledger how a miss stands now, as the policy wants to see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import msgspec
import sqlalchemy as sa

from decroche.ledger import episodes as runs
from decroche.ledger import recovery_settings as wishes
from decroche.ledger import refusals
from decroche.ledger.businesses import business
from decroche.ledger.recovery_tables import texts, work_items
from decroche.ledger.tables import accounts, calls, endpoints, journeys
from decroche.model.call import Direction, MissedReason
from decroche.model.hours import HourClass
from decroche.model.money import Money
from decroche.model.text import TextState
from decroche.recover.fingerprints import account_key, fingerprint
from decroche.recover.playbook import WRITES, Act, Caller, Playbook, Situation
from decroche.recover.playbook_toml import read_playbook, shipped
from decroche.recover.policy import Ending, Office, Outcome, Past, Standing
from decroche.recover.settings import RecoverySettings, read_settings
from decroche.recover.workflows.alarms import by_place, by_word, raised
from decroche.recover.workflows.contacts import Contacts, asked_at, booked_at, called_before, read_contacts, tried
from decroche.rules.outreach import Attempt, CallbackRequest, Consent, Known, Means, OptOut, Purpose, Scope, Sector
from decroche.understand.business import Business
from decroche.understand.hours import NoDefaultHours, hours_of

#: A person of the business who wrote so recently has the conversation in hand.
_IN_HAND = timedelta(hours=4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """An episode with everything that decides what is done in it."""

    account: str
    journey: Mapping[str, Any]
    episode: Mapping[str, Any]
    settings: RecoverySettings
    playbook: Playbook
    office: Office
    standing: Standing
    business: Business
    account_key: bytes
    missed: Sequence[Mapping[str, Any]] = ()


def read_run(
    connection: sa.Connection, journey_id: str, episode: Mapping[str, Any], *, key: bytes, now: datetime
) -> Run | None:
    """The episode as it stands; None when its journey is gone."""
    row = connection.execute(_JOURNEY, {"journey": journey_id}).one_or_none()
    if row is None:
        return None
    journey = dict(row._mapping)
    account = journey["account_id"]
    settings = read_settings(wishes.settings_of(connection, account))
    about = business(connection, account, now)
    missed = missed_calls(connection, journey, episode["opened_at"])
    first = missed[0] if missed else None
    site, department = journey["site"], "" if first is None else first["department"]
    playbook = playbook_for(connection, account, site, department, settings)
    past = _past(connection, journey_id, episode["number"], playbook, now)
    person = journey["person"]
    known_person = wishes.about_person(connection, account, person) or {}
    contacts = read_contacts(connection, account, person, now)
    office = _office(connection, account, about, settings, site, department)
    mark = fingerprint(key, account, person)
    since = episode["opened_at"]
    booked = booked_at(connection, journey_id, since)
    replies = [row["created_at"] for row in contacts.heard if row["created_at"] >= since]
    out = [row for row in contacts.went_out if row["journey_id"] == journey_id and row["created_at"] >= since]
    value = known_person.get("value")
    situation = Situation(
        reason=MissedReason((first or {}).get("reason") or MissedReason.UNKNOWN),
        hour_class=HourClass((first or {}).get("hour_class") or HourClass.OPEN),
        department=(first or {}).get("department") or None,
        site=site or None,
        caller=Caller.REPEAT if called_before(connection, account, person, since) else Caller.FIRST,
        language=known_person.get("language") or office.language,
        vip=bool(known_person.get("vip")),
        value=settings.usual_value if value is None else Money.of(value, settings.currency),
        spam=bool(known_person.get("spam")),
        voicemail=any(row["voicemail"] for row in missed),
        texted=bool(out),
        replied=bool(replies),
        booked=booked is not None,
        tried=tried(connection, journey_id, contacts, since),
        emergency=by_place(settings, missed)
        or by_word(settings, (row["body"] for row in contacts.heard if row["created_at"] >= since))
        or raised(connection, account, person, journey_id, since),
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
        missed=missed,
        standing=Standing(
            missed_at=max(episode["opened_at"], (first or {}).get("ended_at") or episode["opened_at"]),
            learned_at=episode["begun_at"],
            due_at=episode["due_at"] or now,
            person=person,
            situation=situation,
            known=_known(connection, account, person, mark, contacts, known_person, now=now),
            ended=None if journey["state"] == "open" else Ending(journey["state"]),
            held_out=episode["arm"] == "holdout",
            answered_at=max([*replies, *([booked] if booked else [])], default=None),
            past=past,
        ),
    )


def gone_on(connection: sa.Connection, run: Run, *, now: datetime) -> Run:
    """The run after a step of it was written down, in the same transaction: nothing else has changed."""
    past = _past(connection, run.episode["journey_id"], run.episode["number"], run.playbook, now)
    return replace(run, standing=replace(run.standing, past=past))


def playbook_for(
    connection: sa.Connection, account: str, site: str, department: str, settings: RecoverySettings
) -> Playbook:
    """The playbook of a place: the account's own for it, for its department, its site, for all; else a shipped one."""
    own = wishes.playbooks_of(connection, account)
    for place in ((site, department), ("", department), (site, ""), ("", "")):
        if place in own:
            return _parsed(own[place])
    found = shipped()
    return found.get(settings.playbook) or found["garage"]


@lru_cache(maxsize=1024)
def _parsed(body: str) -> Playbook:
    return read_playbook(body)


def _office(
    connection: sa.Connection,
    account: str,
    about: Business,
    settings: RecoverySettings,
    site: str,
    department: str,
) -> Office:
    row = connection.execute(_ACCOUNT, {"account": account}).one()
    try:
        hours = hours_of(about.hours, site=site or None, department=department or None)
    except NoDefaultHours:
        hours = None
    senders = {Means.TEXT: settings.ways[0].sender} if settings.ways else {}
    return Office(
        country=row.country,
        zone=about.zones.get(site, about.zone),
        language=row.language,
        hours=hours,
        senders=senders,
        sector=Sector(settings.sector),
        connected_at=row.connected_at,
    )


def missed_calls(connection: sa.Connection, journey: Mapping[str, Any], since: datetime) -> list[dict[str, Any]]:
    """The missed calls of a journey since then, in order."""
    ids = msgspec.json.decode(journey["missed_calls"], type=list[str])
    return [dict(row._mapping) for row in connection.execute(_MISSED, {"ids": ids, "since": since})]


def _past(connection: sa.Connection, journey: str, number: int, playbook: Playbook, now: datetime) -> dict[str, Past]:
    acts = {step.name: step.act for step in playbook.steps}
    found: dict[str, Past] = {}
    for row in runs.acts_of(connection, journey):
        if row["episode"] != number:
            continue
        outcome = Outcome(row["outcome"])
        past = Past(outcome=outcome, over_at=row["at"])
        act = acts.get(row["step"])
        if outcome is Outcome.DONE and row["subject"] and act in _FOR_PEOPLE:
            past = _work(connection, row["subject"], row["at"], now)
        if outcome is Outcome.DONE and row["subject"] and act in WRITES:
            past = _text(connection, row["subject"], row["at"])
        found[row["step"]] = past
    return found


_FOR_PEOPLE = (Act.CALLBACK, Act.ASSIGN, Act.ESCALATE)


def _text(connection: sa.Connection, id: str, since: datetime) -> Past:
    """Whether a text is out of our hands: until then nobody knows what the next step should be."""
    row = connection.execute(_TEXT, {"text": id}).one_or_none()
    if row is not None and row.state in {TextState.INTENDED, TextState.UNKNOWN}:
        return Past(outcome=Outcome.DONE, over_at=None)
    return Past(outcome=Outcome.DONE, over_at=(row and (row.handed_at or row.settled_at)) or since)


def _work(connection: sa.Connection, item: str, since: datetime, now: datetime) -> Past:
    """Whether what was given to people is over: closed, or not begun in the time promised."""
    row = connection.execute(_ITEM, {"item": item}).one_or_none()
    if row is None:
        return Past(outcome=Outcome.DONE, over_at=since)
    if row.state != "open":
        return Past(outcome=Outcome.DONE, over_at=row.closed_at or since)
    due = row.due_at
    if row.attempts == 0 and due is not None and row.promised_at is None:
        return Past(outcome=Outcome.DONE, over_at=due if due <= now else None, over_by=due)
    return Past(outcome=Outcome.DONE, over_at=None)


def read_known(connection: sa.Connection, account: str, person: int, *, key: bytes, now: datetime) -> Known:
    """What is known about a person, as the rules ask for it."""
    mark = fingerprint(key, account, person)
    about = wishes.about_person(connection, account, person) or {}
    contacts = read_contacts(connection, account, person, now)
    return _known(connection, account, person, mark, contacts, about, now=now)


def country_of(connection: sa.Connection, account: str) -> str:
    """The country of a business, with its subdivision where one counts."""
    return str(connection.execute(_ACCOUNT, {"account": account}).one().country)


def read_office(
    connection: sa.Connection, account: str, now: datetime, *, site: str = "", department: str = ""
) -> Office:
    """The business as it acts at a place."""
    settings = read_settings(wishes.settings_of(connection, account))
    return _office(connection, account, business(connection, account, now), settings, site, department)


def _known(
    connection: sa.Connection,
    account: str,
    person: int,
    mark: bytes,
    contacts: Contacts,
    about: Mapping[str, Any],
    *,
    now: datetime,
) -> Known:
    heard, sent = contacts.heard, contacts.went_out
    asked = asked_at(connection, account, person)
    attempts = [
        Attempt(
            at=row["tried_at"] or row["created_at"],
            means=Means.EMAIL if row["channel"] == "email" else Means.TEXT,
            purpose=Purpose(row["purpose"]),
            answered=any(each["created_at"] > row["created_at"] for each in heard),
        )
        for row in sent
    ]
    attempts += [
        Attempt(at=row.started_at, means=Means.CALL, purpose=Purpose.REPLY, answered=row.answered)
        for row in contacts.spoken
        if row.direction == Direction.OUTBOUND
    ]
    inquiries = [row.started_at for row in contacts.spoken if row.direction == Direction.INBOUND]
    return Known(
        opt_outs=tuple(
            OptOut(at=row["at"], scope=Scope(row["scope"]), words=row["source"])
            for row in refusals.in_force(connection, account, mark)
        ),
        consents=tuple(
            Consent(
                at=row["obtained_at"],
                evidence=row["evidence"],
                means=frozenset({Means(row["means"])}) if row["means"] else frozenset(),
                promotion=row["purpose"] == Purpose.PROMOTION,
                expires_at=row["expires_at"],
                withdrawn_at=row["withdrawn_at"],
            )
            for row in refusals.consents_of(connection, account, mark)
        ),
        attempts=tuple(sorted(attempts, key=lambda each: each.at)),
        request=None if asked is None else CallbackRequest(asked_at=asked),
        last_heard_at=max((row["created_at"] for row in heard), default=None),
        last_inquiry_at=max(inquiries, default=None),
        contract_in_progress=bool(about.get("contract_ref")),
        contract_ref=about.get("contract_ref") or "",
        staff=bool(about.get("staff")),
        spam=bool(about.get("spam")),
        sms_incapable=bool(about.get("sms_incapable")),
        human_conversation=any(row["author"] and row["created_at"] >= now - _IN_HAND for row in sent),
    )


# Built once: a step asks all of these.
_JOURNEY = sa.select(journeys).where(journeys.c.id == sa.bindparam("journey"))
_ACCOUNT = sa.select(
    accounts.c.country,
    accounts.c.language,
    sa.select(sa.func.min(endpoints.c.created_at))
    .where(endpoints.c.account_id == accounts.c.id)
    .scalar_subquery()
    .label("connected_at"),
).where(accounts.c.id == sa.bindparam("account"))
_MISSED = (
    sa.select(calls)
    .where(calls.c.id.in_(sa.bindparam("ids", expanding=True)), calls.c.started_at >= sa.bindparam("since"))
    .order_by(calls.c.started_at, calls.c.id)
)
_TEXT = sa.select(texts.c.state, texts.c.handed_at, texts.c.settled_at).where(texts.c.id == sa.bindparam("text"))
_ITEM = sa.select(work_items).where(work_items.c.id == sa.bindparam("item"))
