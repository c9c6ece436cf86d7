"""Reads what is known of a person: what they refused and allowed, what was written, and who called whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from decroche.ledger import refusals
from decroche.ledger.recovery_tables import bookings, consents, opt_outs, people, texts, work_items
from decroche.ledger.tables import accounts, calls
from decroche.model.call import Direction
from decroche.recover.fingerprints import fingerprint
from decroche.recover.workflows.contacts import LOOK_BACK, Contacts, read_contacts
from decroche.rules.outreach import Attempt, CallbackRequest, Consent, Known, Means, OptOut, Purpose, Scope

#: A person of the business who wrote so recently has the conversation in hand.
_IN_HAND = timedelta(hours=4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What is known of a person besides their calls (``about``, a row), the contacts with them, and what rules ask.

    Of the journey that was asked about: when they last chose a time, whether somebody noted a try, whether there was a
    call before, and whether an emergency was ever given to people.
    """

    about: Mapping[str, Any]
    contacts: Contacts
    known: Known
    booked_at: datetime | None
    attempted: bool
    called_before: bool
    alarmed: bool


def read_known(connection: sa.Connection, account: str, person: int, *, key: bytes, now: datetime) -> Known:
    """What is known about a person, as the rules ask for it."""
    return read_person(connection, account, person, journey="", since=now, key=key, now=now).known


def read_person(
    connection: sa.Connection, account: str, person: int, *, journey: str, since: datetime, key: bytes, now: datetime
) -> Person:
    """What is known about a person, and what happened in a journey of theirs ``since`` then."""
    mark = fingerprint(key, account, person)
    told = connection.execute(
        _PERSON,
        {
            "account": account,
            "person": person,
            "journey": journey,
            "since": since,
            "lately": now - LOOK_BACK,
            "fingerprint": mark,
        },
    ).one()
    # Few have ever written, refused or allowed anything: what is not there is not asked for.
    contacts = read_contacts(connection, account, person, now, wrote=told.wrote)
    heard, sent = contacts.heard, contacts.went_out
    attempts = [
        Attempt(
            at=row["tried_at"] or row["created_at"],
            means=Means.EMAIL if row["channel"] == "email" else Means.TEXT,
            purpose=_purpose(row["purpose"]),
            answered=any(each["created_at"] > row["created_at"] for each in heard),
        )
        for row in sent
    ]
    attempts += [
        Attempt(at=row.started_at, means=Means.CALL, purpose=Purpose.REPLY, answered=row.answered)
        for row in contacts.spoken
        if row.direction == Direction.OUTBOUND
    ]
    known = Known(
        opt_outs=_opt_outs(connection, account, mark) if told.refused else (),
        consents=_consents(connection, account, mark) if told.consented else (),
        attempts=tuple(sorted(attempts, key=lambda each: each.at)),
        request=None if told.asked_at is None else CallbackRequest(asked_at=told.asked_at),
        last_heard_at=max((row["created_at"] for row in heard), default=None),
        last_inquiry_at=max(
            (row.started_at for row in contacts.spoken if row.direction == Direction.INBOUND), default=None
        ),
        contract_in_progress=bool(told.contract_ref),
        contract_ref=told.contract_ref or "",
        staff=bool(told.staff),
        spam=bool(told.spam),
        sms_incapable=bool(told.sms_incapable),
        human_conversation=any(row["author"] and row["created_at"] >= now - _IN_HAND for row in sent),
    )
    return Person(
        about=dict(told._mapping),
        contacts=contacts,
        known=known,
        booked_at=told.booked_at,
        attempted=bool(told.attempted),
        called_before=bool(told.called_before),
        alarmed=bool(told.alarmed),
    )


def _purpose(word: str) -> Purpose:
    """What a text of ours was for; one that nobody told us the purpose of counts as a reply, as a call of ours does."""
    return Purpose(word) if word in set(Purpose) else Purpose.REPLY


def _opt_outs(connection: sa.Connection, account: str, mark: bytes) -> tuple[OptOut, ...]:
    return tuple(
        OptOut(at=row["at"], scope=Scope(row["scope"]), words=row["source"])
        for row in refusals.in_force(connection, account, mark)
    )


def _consents(connection: sa.Connection, account: str, mark: bytes) -> tuple[Consent, ...]:
    return tuple(
        Consent(
            at=row["obtained_at"],
            evidence=row["evidence"],
            means=frozenset({Means(row["means"])}) if row["means"] else frozenset(),
            promotion=row["purpose"] == Purpose.PROMOTION,
            expires_at=row["expires_at"],
            withdrawn_at=row["withdrawn_at"],
        )
        for row in refusals.consents_of(connection, account, mark)
    )


_account: sa.BindParameter[str] = sa.bindparam("account", type_=sa.Text)
_person: sa.BindParameter[int] = sa.bindparam("person", type_=sa.BigInteger)
_journey: sa.BindParameter[str] = sa.bindparam("journey", type_=sa.Text)
_mark: sa.BindParameter[bytes] = sa.bindparam("fingerprint", type_=sa.LargeBinary)
_since: sa.BindParameter[datetime] = sa.bindparam("since", type_=calls.c.started_at.type)
_lately: sa.BindParameter[datetime] = sa.bindparam("lately", type_=calls.c.started_at.type)


def _theirs(table: sa.Table) -> sa.ColumnElement[bool]:
    return (table.c.account_id == _account) & (table.c.person == _person)


_refused = (opt_outs.c.account_id == _account) & (opt_outs.c.fingerprint == _mark) & opt_outs.c.undone_at.is_(None)
_consented = (consents.c.account_id == _account) & (consents.c.fingerprint == _mark)
_asked = (
    sa.select(work_items.c.requested_at)
    .where(_theirs(work_items), work_items.c.state == "open", work_items.c.requested_at.is_not(None))
    .order_by(work_items.c.requested_at.desc())
    .limit(1)
)
_booked = sa.select(sa.func.max(bookings.c.made_at)).where(
    bookings.c.journey_id == _journey, bookings.c.made_at >= _since, bookings.c.state != "cancelled"
)
_attempted = (work_items.c.journey_id == _journey) & (work_items.c.opened_at >= _since) & (work_items.c.attempts > 0)
# Built once: each step of recovery asks it.
_PERSON = (
    sa.select(
        people.c.name,
        people.c.language,
        people.c.email,
        people.c.staff,
        people.c.vip,
        people.c.spam,
        people.c.sms_incapable,
        people.c.value,
        people.c.contract_ref,
        sa.exists().where(_theirs(texts), texts.c.created_at >= _lately).label("wrote"),
        sa.exists().where(_refused).label("refused"),
        sa.exists().where(_consented).label("consented"),
        _asked.scalar_subquery().label("asked_at"),
        _booked.scalar_subquery().label("booked_at"),
        sa.exists().where(_attempted).label("attempted"),
        sa.exists().where(_theirs(calls), calls.c.started_at < _since).label("called_before"),
        sa.exists().where(_theirs(work_items), work_items.c.about.contains('"emergency"')).label("alarmed"),
    )
    .select_from(accounts)
    .outerjoin(people, _theirs(people))
    .where(accounts.c.id == _account)
)
