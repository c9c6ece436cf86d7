"""Reads what is known of a person: what they refused and allowed, what was written, and who called whom."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from decroche.ledger import refusals
from decroche.ledger.recovery_tables import bookings, consents, opt_outs, people, texts, work_items
from decroche.ledger.tables import accounts, calls, journeys
from decroche.model.call import Direction
from decroche.recover.fingerprints import fingerprint
from decroche.recover.workflows.contacts import COUNTS, LOOK_BACK, Contacts, read_contacts
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
            "marks": [mark],
        },
    ).one()
    return _person_of(connection, told, account, person, mark, now)


def read_callers(
    connection: sa.Connection, missed: Collection[Mapping[str, Any]], *, key: bytes, now: datetime
) -> dict[str, Person]:
    """What is known about the people of the journeys ``missed`` (rows), and what happened since their last miss.

    By journey, and in one question for all of them.
    """
    of = {each["id"]: each for each in missed}
    marks = {id: fingerprint(key, each["account_id"], each["person"]) for id, each in of.items()}
    asked = {"journeys": sorted(of), "lately": now - LOOK_BACK, "marks": sorted(set(marks.values()))}
    return {
        told.journey: _person_of(
            connection, told, of[told.journey]["account_id"], of[told.journey]["person"], marks[told.journey], now
        )
        for told in connection.execute(_CALLERS, asked).all()
    }


def _person_of(
    connection: sa.Connection, told: sa.Row[*tuple[Any, ...]], account: str, person: int, mark: bytes, now: datetime
) -> Person:
    # Few have ever written, been called, refused or allowed anything: what is not there is not asked for.
    contacts = read_contacts(connection, account, person, now, wrote=told.wrote, called=told.called)
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
        for row in contacts.called
    ]
    known = Known(
        opt_outs=_opt_outs(connection, account, mark) if told.refused else (),
        consents=_consents(connection, account, mark) if told.consented else (),
        attempts=tuple(sorted(attempts, key=lambda each: each.at)),
        request=None if told.asked_at is None else CallbackRequest(asked_at=told.asked_at),
        last_heard_at=max((row["created_at"] for row in heard), default=None),
        last_inquiry_at=told.inquired_at,
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


_Sql = sa.ColumnElement[Any]


def _asking(account: _Sql, person: _Sql, journey: _Sql, since: _Sql) -> list[_Sql]:
    """What is asked of one person, who may be a column of other people."""

    def theirs(table: sa.Table) -> sa.ColumnElement[bool]:
        return (table.c.account_id == account) & (table.c.person == person)

    lately: sa.BindParameter[datetime] = sa.bindparam("lately", type_=calls.c.started_at.type)
    # One of several may be meant: who is not, is found to have refused and allowed nothing.
    marks: sa.BindParameter[Sequence[bytes]] = sa.bindparam("marks", expanding=True)
    refused = (opt_outs.c.account_id == account) & opt_outs.c.fingerprint.in_(marks) & opt_outs.c.undone_at.is_(None)
    consented = (consents.c.account_id == account) & consents.c.fingerprint.in_(marks)
    asked = (
        sa.select(work_items.c.requested_at)
        .where(theirs(work_items), work_items.c.state == "open", work_items.c.requested_at.is_not(None))
        .order_by(work_items.c.requested_at.desc())
        .limit(1)
    )
    booked = sa.select(sa.func.max(bookings.c.made_at)).where(
        bookings.c.account_id == account,
        bookings.c.journey_id == journey,
        bookings.c.made_at >= since,
        bookings.c.state != "cancelled",
    )
    # By itself the index of an account's calls in time would be gone through for the last call of a person.
    at = sa.func.coalesce(calls.c.started_at, calls.c.started_at)
    inquired = sa.select(sa.func.max(at)).where(
        theirs(calls), at >= lately, calls.c.direction == str(Direction.INBOUND)
    )
    given = (work_items.c.account_id == account) & (work_items.c.journey_id == journey)
    attempted = given & (work_items.c.opened_at >= since) & (work_items.c.attempts > 0)
    called = (calls.c.started_at >= lately) & (calls.c.direction == str(Direction.OUTBOUND))
    return [
        people.c.name,
        people.c.language,
        people.c.email,
        people.c.staff,
        people.c.vip,
        people.c.spam,
        people.c.sms_incapable,
        people.c.value,
        people.c.contract_ref,
        sa.exists().where(theirs(texts), texts.c.created_at >= lately, COUNTS).label("wrote"),
        sa.exists().where(theirs(calls), called).label("called"),
        sa.exists().where(refused).label("refused"),
        sa.exists().where(consented).label("consented"),
        asked.scalar_subquery().label("asked_at"),
        booked.scalar_subquery().label("booked_at"),
        inquired.scalar_subquery().label("inquired_at"),
        sa.exists().where(attempted).label("attempted"),
        sa.exists().where(theirs(calls), calls.c.started_at < since).label("called_before"),
        sa.exists().where(theirs(work_items), work_items.c.about.contains('"emergency"')).label("alarmed"),
    ]


_account: sa.BindParameter[str] = sa.bindparam("account", type_=sa.Text)
_person: sa.BindParameter[int] = sa.bindparam("person", type_=sa.BigInteger)
_journey: sa.BindParameter[str] = sa.bindparam("journey", type_=sa.Text)
_since: sa.BindParameter[datetime] = sa.bindparam("since", type_=calls.c.started_at.type)
# Built once: each step of recovery asks the first, and whoever follows the changes the second.
_PERSON = (
    sa.select(*_asking(_account, _person, _journey, _since))
    .select_from(accounts)
    .outerjoin(people, (people.c.account_id == _account) & (people.c.person == _person))
    .where(accounts.c.id == _account)
)
_j = journeys.c
_CALLERS = (
    sa.select(_j.id.label("journey"), *_asking(_j.account_id, _j.person, _j.id, _j.last_missed_at))
    .select_from(journeys)
    .outerjoin(people, (people.c.account_id == _j.account_id) & (people.c.person == _j.person))
    .where(_j.id.in_(sa.bindparam("journeys", expanding=True)))
)
