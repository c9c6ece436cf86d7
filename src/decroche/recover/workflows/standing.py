"""Reads from the ledger how a miss stands now, as the policy wants to see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa

from decroche.ledger import episodes as runs
from decroche.ledger import recovery_settings as wishes
from decroche.ledger import refusals
from decroche.ledger.businesses import business
from decroche.ledger.recovery_tables import bookings, texts, work_items
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
from decroche.rules.outreach import Attempt, CallbackRequest, Consent, Known, Means, OptOut, Purpose, Scope
from decroche.understand.business import Business
from decroche.understand.hours import NoDefaultHours, hours_of

#: How far back contacts are looked at: the longest limit of the rules.
_LOOK_BACK = timedelta(days=60)
#: A person of the business who wrote so recently has the conversation in hand.
_IN_HAND = timedelta(hours=4)
_WENT_OUT = ("unknown", "handed", "delivered", "given_up")


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


def read_run(
    connection: sa.Connection, journey_id: str, episode: Mapping[str, Any], *, key: bytes, now: datetime
) -> Run | None:
    """The episode as it stands; None when its journey is gone."""
    row = connection.execute(sa.select(journeys).where(journeys.c.id == journey_id)).one_or_none()
    if row is None:
        return None
    journey = dict(row._mapping)
    account = journey["account_id"]
    settings = read_settings(wishes.settings_of(connection, account))
    about = business(connection, account, now)
    missed = _missed(connection, journey, episode["opened_at"])
    first = missed[0] if missed else None
    site, department = journey["site"], "" if first is None else first["department"]
    playbook = playbook_for(connection, account, site, department, settings)
    past = _past(connection, journey_id, episode["number"], playbook, now)
    person = journey["person"]
    known_person = wishes.about_person(connection, account, person) or {}
    written = _written(connection, account, person, now)
    office = _office(connection, account, about, settings, site, department)
    mark = fingerprint(key, account, person)
    answered = _answered_at(connection, written, journey_id, episode["opened_at"])
    situation = _situation(
        connection, journey, first, missed, known_person, written, settings, office, episode["opened_at"]
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
        standing=Standing(
            missed_at=max(episode["opened_at"], (first or {}).get("ended_at") or episode["opened_at"]),
            learned_at=episode["begun_at"],
            due_at=episode["due_at"] or now,
            person=person,
            situation=situation,
            known=_known(connection, account, person, mark, written, known_person, now=now),
            ended=None if journey["state"] == "open" else Ending(journey["state"]),
            held_out=episode["arm"] == "holdout",
            answered_at=answered,
            past=past,
        ),
    )


def playbook_for(
    connection: sa.Connection, account: str, site: str, department: str, settings: RecoverySettings
) -> Playbook:
    """The playbook of a place: the account's own for it, for its department, its site, for all; else a shipped one."""
    own = wishes.playbooks_of(connection, account)
    for place in ((site, department), ("", department), (site, ""), ("", "")):
        if place in own:
            return read_playbook(own[place])
    found = shipped()
    return found.get(settings.playbook) or found["garage"]


def _office(
    connection: sa.Connection,
    account: str,
    about: Business,
    settings: RecoverySettings,
    site: str,
    department: str,
) -> Office:
    row = connection.execute(sa.select(accounts).where(accounts.c.id == account)).one()
    connected = connection.execute(
        sa.select(sa.func.min(endpoints.c.created_at)).where(endpoints.c.account_id == account)
    ).scalar_one_or_none()
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
        connected_at=connected,
    )


def _missed(connection: sa.Connection, journey: Mapping[str, Any], since: datetime) -> list[dict[str, Any]]:
    ids = msgspec.json.decode(journey["missed_calls"], type=list[str])
    query = sa.select(calls).where(calls.c.id.in_(ids), calls.c.started_at >= since)
    return [dict(row._mapping) for row in connection.execute(query.order_by(calls.c.started_at, calls.c.id))]


def _written(connection: sa.Connection, account: str, person: int, now: datetime) -> list[dict[str, Any]]:
    c = texts.c
    query = sa.select(texts).where(c.account_id == account, c.person == person, c.created_at >= now - _LOOK_BACK)
    return [dict(row._mapping) for row in connection.execute(query.order_by(c.created_at, c.id))]


def _answered_at(
    connection: sa.Connection, written: list[dict[str, Any]], journey: str, since: datetime
) -> datetime | None:
    replies = [row["created_at"] for row in written if row["direction"] == "in" and row["created_at"] >= since]
    b = bookings.c
    booked = sa.select(sa.func.max(b.made_at)).where(
        b.journey_id == journey, b.made_at >= since, b.state != "cancelled"
    )
    found = connection.execute(booked).scalar_one_or_none()
    return max([*replies, *([found] if found else [])], default=None)


def _situation(
    connection: sa.Connection,
    journey: Mapping[str, Any],
    first: Mapping[str, Any] | None,
    missed: list[dict[str, Any]],
    person: Mapping[str, Any],
    written: list[dict[str, Any]],
    settings: RecoverySettings,
    office: Office,
    since: datetime,
) -> Situation:
    c, b, w = calls.c, bookings.c, work_items.c
    mine = (c.account_id == journey["account_id"]) & (c.person == journey["person"])
    before = connection.execute(sa.select(c.id).where(mine, c.started_at < since).limit(1)).first()
    ours = sa.select(c.id).where(mine, c.started_at >= since, c.direction == str(Direction.OUTBOUND)).limit(1)
    tried = (
        connection.execute(ours).first()
        or connection.execute(
            sa.select(w.id).where(w.journey_id == journey["id"], w.opened_at >= since, w.attempts > 0).limit(1)
        ).first()
    )
    booked = connection.execute(
        sa.select(b.id).where(b.journey_id == journey["id"], b.made_at >= since, b.state != "cancelled").limit(1)
    ).first()
    out = [
        row
        for row in written
        if row["direction"] == "out" and row["journey_id"] == journey["id"] and row["created_at"] >= since
    ]
    replied = [row for row in written if row["direction"] == "in" and row["created_at"] >= since]
    value = person.get("value")
    return Situation(
        reason=MissedReason((first or {}).get("reason") or MissedReason.UNKNOWN),
        hour_class=HourClass((first or {}).get("hour_class") or HourClass.OPEN),
        department=(first or {}).get("department") or None,
        site=journey["site"] or None,
        caller=Caller.FIRST if before is None else Caller.REPEAT,
        language=person.get("language") or office.language,
        vip=bool(person.get("vip")),
        value=settings.usual_value if value is None else Money.of(value, settings.currency),
        spam=bool(person.get("spam")),
        voicemail=any(row["voicemail"] for row in missed),
        texted=any(row["state"] in _WENT_OUT for row in out),
        replied=bool(replied),
        booked=booked is not None,
        tried=tried is not None,
    )


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
    c = texts.c
    row = connection.execute(sa.select(c.state, c.handed_at, c.settled_at).where(c.id == id)).one_or_none()
    if row is not None and row.state in {TextState.INTENDED, TextState.UNKNOWN}:
        return Past(outcome=Outcome.DONE, over_at=None)
    return Past(outcome=Outcome.DONE, over_at=(row and (row.handed_at or row.settled_at)) or since)


def _work(connection: sa.Connection, item: str, since: datetime, now: datetime) -> Past:
    """Whether what was given to people is over: closed, or not begun in the time promised."""
    c = work_items.c
    row = connection.execute(sa.select(work_items).where(c.id == item)).one_or_none()
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
    written = _written(connection, account, person, now)
    return _known(connection, account, person, mark, written, about, now=now)


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
    written: list[dict[str, Any]],
    about: Mapping[str, Any],
    *,
    now: datetime,
) -> Known:
    c, w = calls.c, work_items.c
    mine = (c.account_id == account) & (c.person == person) & (c.started_at >= now - _LOOK_BACK)
    spoken = connection.execute(
        sa.select(c.started_at, c.direction, c.answered).where(mine).order_by(c.started_at)
    ).all()
    asked = connection.execute(
        sa.select(w.requested_at, w.promised_at)
        .where(w.account_id == account, w.person == person, w.state == "open", w.requested_at.is_not(None))
        .order_by(w.requested_at.desc())
        .limit(1)
    ).one_or_none()
    heard = [row for row in written if row["direction"] == "in"]
    sent = [row for row in written if row["direction"] == "out" and row["state"] in _WENT_OUT]
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
        for row in spoken
        if row.direction == Direction.OUTBOUND
    ]
    inquiries = [row.started_at for row in spoken if row.direction == Direction.INBOUND]
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
        request=None if asked is None else CallbackRequest(asked_at=asked.requested_at),
        last_heard_at=max((row["created_at"] for row in heard), default=None),
        last_inquiry_at=max(inquiries, default=None),
        contract_in_progress=bool(about.get("contract_ref")),
        contract_ref=about.get("contract_ref") or "",
        staff=bool(about.get("staff")),
        spam=bool(about.get("spam")),
        sms_incapable=bool(about.get("sms_incapable")),
        human_conversation=any(row["author"] and row["created_at"] >= now - _IN_HAND for row in sent),
    )
