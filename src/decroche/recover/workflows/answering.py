"""Heeds what a person wrote: a refusal before anything else, then what they ask for, then somebody to answer them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from decroche.ledger import recovery_settings as wishes
from decroche.ledger import texts as sent
from decroche.ledger.erased_late import erased_until, forget_text
from decroche.ledger.recovery_tables import texts
from decroche.ledger.refusals import refuse, undo
from decroche.ledger.reporting import own_up
from decroche.ledger.tables import journeys
from decroche.ledger.work_items import Kind, Need, open_item, read_item
from decroche.recover.fingerprints import fingerprint
from decroche.recover.keywords import Keyword, Reading, read_keyword
from decroche.recover.workflows.advancing import SEND, look_again
from decroche.recover.workflows.alarms import by_word, raise_alarm, raised
from decroche.recover.workflows.places import playbook_for, settings_for, site_of
from decroche.recover.workflows.requesting import CALLED_WITHIN, place_in, their_turn
from decroche.recover.workflows.standing import read_office
from decroche.recover.workflows.surveying import heed_answer, plan_after_conversation
from decroche.recover.workflows.tools import Tools
from decroche.recover.workflows.writing import Unwritable, local, own_words, write
from decroche.rules.outreach import Purpose, Scope
from decroche.understand.business_deadline import business_deadline

#: An answer of ours that is later than this helps nobody.
_ANSWER_LASTS = timedelta(minutes=30)
#: Until when we call, and about when where the place in the queue tells it.
_PROMISE, _TURN = "callback_promise", "callback_turn"
#: The answers that a keyword gets, by template, and what they are for.
_ANSWERS: dict[Keyword, tuple[str, Purpose]] = {
    Keyword.OPT_OUT: ("opted_out", Purpose.CONFIRMATION),
    Keyword.OPT_IN: ("opted_in", Purpose.CONFIRMATION),
    Keyword.CALL_BACK: (_PROMISE, Purpose.CONVERSATION),
    Keyword.HELP: ("help", Purpose.CONVERSATION),
}

#: What holds also for a business that has not set recovery up, and may do so later.
_HOLD_ALWAYS = frozenset({Keyword.OPT_OUT, Keyword.OPT_IN, Keyword.REFUSAL})
#: What a number answers that was asked whether it is a member's own.
_YES = frozenset({"OUI", "YES"})
#: What may be the answer to a survey: whatever asks for something is heeded as ever.
_MAY_ANSWER = frozenset({Keyword.NUMBER_CHOICE, Keyword.NONE})


def receive(connection: sa.Connection, tools: Tools, id: str, now: datetime) -> None:
    """Heed one text that came in. Nothing is done twice: what was heeded has its reading."""
    row = sent.text(connection, id)
    if row is None or row["direction"] != "in" or row["person"] is None or row["person"] < 0:
        return
    account, person = row["account_id"], row["person"]
    mark = fingerprint(tools.key, account, person)
    until = erased_until(connection, account, mark)
    if until is not None and row["created_at"] <= until:
        _told_late(connection, row, mark)
        return
    office = read_office(connection, account, now)
    about = wishes.about_person(connection, account, person) or {}
    reading = read_keyword(row["body"], language=about.get("language") or office.language)
    if row["purpose"] == "opted_out":
        reading = Reading(keyword=Keyword.OPT_OUT, language=reading.language)
    if row["body"].strip(" .!").upper() in _YES and own_up(connection, account, person, at=row["created_at"]):
        # The number of a member, who was asked whether figures may go there: nobody has to answer.
        sent.place(connection, id, journey=None, purpose=str(reading.keyword))
        return
    if wishes.settings_of(connection, account) is None and reading.keyword not in _HOLD_ALWAYS:
        return
    journey = _journey(connection, account, person)
    sent.place(connection, id, journey=journey, purpose=str(reading.keyword))
    if reading.keyword in _MAY_ANSWER and (told := heed_answer(connection, tools, row, journey, now)) is not None:
        # What stands beside an answer is heeded as if it stood alone; what is none, somebody reads.
        reading = read_keyword(told.rest or "", language=reading.language)
        if told.rest is None or (told.rest and reading.keyword in _MAY_ANSWER):
            _work(connection, row, journey, Kind.REPLY, now)
        elif told.rest:
            sent.place(connection, id, journey=journey, purpose=str(reading.keyword))
            _heed(connection, tools, row, journey, mark, reading, now)
    else:
        _heed(connection, tools, row, journey, mark, reading, now)
    if journey is None:
        return
    look_again(connection, tools, journey, now)
    if reading.keyword not in _HOLD_ALWAYS and by_word(settings_for(connection, account), (row["body"],)):
        of = dict(connection.execute(sa.select(journeys).where(journeys.c.id == journey)).one()._mapping)
        # A playbook that is over, or is switched off, gives nothing to people.
        if not raised(connection, account, person, journey, of["last_missed_at"]):
            raise_alarm(connection, tools.timers, account, of, "word", now)


def _heed(
    connection: sa.Connection, tools: Tools, row: sent.Row, journey: str | None, mark: bytes, reading: Reading,
    now: datetime,
) -> None:  # fmt: skip
    """Do what a text asks for."""
    account = row["account_id"]
    match reading.keyword:
        case Keyword.OPT_OUT:
            new = refuse(connection, account, mark, scope=Scope.EVERYTHING, source="keyword", at=row["created_at"])
            # A provider that took the refusal itself has said so to the person.
            if new and row["purpose"] != "opted_out":
                _answer(connection, tools, row, journey, reading, now)
        case Keyword.OPT_IN:
            scopes = [str(scope) for scope in Scope]
            if undo(connection, account, mark, scopes=scopes, by="keyword", at=row["created_at"]):
                _answer(connection, tools, row, journey, reading, now)
        case Keyword.REFUSAL:
            refuse(
                connection, account, mark, scope=Scope.EVERYTHING, source="refusal", at=row["created_at"], pending=True
            )
            _work(connection, row, journey, Kind.REFUSAL, now)
        case Keyword.CALL_BACK:
            _call_back(connection, tools, row, journey, reading, now)
            plan_after_conversation(
                connection, tools, account, row["person"], subject=row["id"], site=site_of(connection, journey),
                at=row["created_at"], now=now,
            )  # fmt: skip
        case Keyword.HELP:
            _answer(connection, tools, row, journey, reading, now)
        case _:
            if reading.ask_again and _first_of_its_kind(connection, row, Keyword.NONE):
                _answer(connection, tools, row, journey, reading, now)
            else:
                _work(connection, row, journey, Kind.REPLY, now)


def _told_late(connection: sa.Connection, row: sent.Row, mark: bytes) -> None:
    """What somebody wrote before they asked to be forgotten: a refusal holds, nothing else is done or kept."""
    account = row["account_id"]
    reading = read_keyword(row["body"], language="fr")
    if row["purpose"] == "opted_out" or reading.keyword in (Keyword.OPT_OUT, Keyword.REFUSAL):
        refuse(connection, account, mark, scope=Scope.EVERYTHING, source="keyword", at=row["created_at"])
    sent.place(connection, row["id"], journey=None, purpose=str(reading.keyword))
    forget_text(connection, row["id"], mark)


def _call_back(
    connection: sa.Connection, tools: Tools, row: sent.Row, journey: str | None, reading: Reading, now: datetime
) -> None:
    """They ask to be called: say about when their turn comes, or until when we call where nobody knows."""
    account = row["account_id"]
    office = read_office(connection, account, now, site=site_of(connection, journey))
    promised = business_deadline(now, CALLED_WITHIN, hours=office.hours, zone=ZoneInfo(office.zone))
    place = place_in(connection, account, journey)
    item = _work(
        connection, row, journey, Kind.CALLBACK, now, requested_at=row["created_at"], due_at=promised, place=place
    )
    if not _first_of_its_kind(connection, row, Keyword.CALL_BACK):
        return
    template = _PROMISE
    values: dict[str, Any] = {}
    turn = their_turn(connection, read_item(connection, account, item), now=now)
    if turn is not None:
        # Nobody is told an hour before which their turn may not come.
        promised = turn.latest if promised is None else max(promised, turn.latest)
        values["turn"] = (local(turn.earliest, office), local(turn.latest, office))
        own = {each.name for each in own_words(connection, account)}
        if _TURN in own or _PROMISE not in own:
            template = _TURN
    if promised is not None:
        values["promised_time"] = local(promised, office)
    _answer(connection, tools, row, journey, reading, now, values, template=template)


def _journey(connection: sa.Connection, account: str, person: int) -> str | None:
    """The journey in which a person writes: the open one, else the last that there was."""
    c = journeys.c
    query = sa.select(c.id).where(c.account_id == account, c.person == person, c.state != "withdrawn")
    first = (c.state != "open", c.last_missed_at.desc())
    return connection.execute(query.order_by(*first).limit(1)).scalar_one_or_none()


def _first_of_its_kind(connection: sa.Connection, row: sent.Row, keyword: Keyword) -> bool:
    """Whether this is the first text of the person today that reads so: one answer is enough."""
    c = texts.c
    query = sa.select(c.id).where(
        c.account_id == row["account_id"],
        c.person == row["person"],
        c.direction == "in",
        c.id != row["id"],
        c.purpose == str(keyword),
        c.created_at > row["created_at"] - timedelta(hours=24),
        c.created_at <= row["created_at"],
    )
    return connection.execute(query.limit(1)).first() is None


def _answer(
    connection: sa.Connection,
    tools: Tools,
    row: sent.Row,
    journey: str | None,
    reading: Reading,
    now: datetime,
    values: Mapping[str, Any] = MappingProxyType({}),
    *,
    template: str | None = None,
) -> None:
    """Write the answer that this reading gets, or that of another ``template``; the same text is answered once."""
    usual, purpose = _ANSWERS.get(reading.keyword, ("unclear", Purpose.CONVERSATION))
    template = template or usual
    settings, site = settings_for(connection, row["account_id"]), site_of(connection, journey)
    if not settings.active:
        return
    written = write(
        connection,
        row["account_id"],
        template,
        language=reading.language,
        settings=settings,
        values=values,
        recipient=f"+{row['person']}",
        office=read_office(connection, row["account_id"], now, site=site),
        trade=playbook_for(connection, row["account_id"], site, "", settings).trade,
        now=now,
    )
    if isinstance(written, Unwritable):
        return
    id = hashlib.blake2b(f"answer|{row['id']}".encode(), digest_size=16).hexdigest()
    answer = {
        "id": id,
        "account_id": row["account_id"],
        "journey_id": journey,
        "person": row["person"],
        "recipient": f"+{row['person']}",
        "body": written.body,
        "purpose": str(purpose),
        "template": template,
        "segments": written.segments,
        "created_at": now,
        "expires_at": now + _ANSWER_LASTS,
    }
    if sent.intend(connection, answer):
        tools.timers.set(connection, f"send:{id}:0", SEND, {"text": id, "try": "0"}, at=now, now=now)


def _work(
    connection: sa.Connection,
    row: sent.Row,
    journey: str | None,
    kind: Kind,
    now: datetime,
    *,
    requested_at: datetime | None = None,
    due_at: datetime | None = None,
    place: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """Somebody of the journey's site has to do something about this text. Returns the item."""
    need = Need(
        kind=kind,
        key=f"text:{row['id']}",
        person=row["person"],
        journey=journey,
        site=site_of(connection, journey),
        requested_at=requested_at,
        due_at=due_at,
        about={"text": row["id"], **place},
    )
    return open_item(connection, row["account_id"], need, now=now)
