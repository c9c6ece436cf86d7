"""Keeps surveys: what a business wants asked, whom it is about to ask, what became of each, and what they answered."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from decroche.ledger.inserting import insert_new, put
from decroche.ledger.recovery_tables import texts, work_items
from decroche.ledger.remembering import memory
from decroche.ledger.survey_tables import survey_answers, survey_wishes, surveys
from decroche.ledger.tables import journeys
from decroche.model.survey import Mood, Occasion, Question, mood
from decroche.model.text import TextState

PLANNED, ASKED, ANSWERED, LET_BE = "planned", "asked", "answered", "let_be"
#: Texts that left, as far as anybody knows.
LEFT = (TextState.UNKNOWN, TextState.HANDED, TextState.DELIVERED, TextState.GIVEN_UP)
#: What tries to win somebody back, or reminds them: a survey stays away from it.
_RECOVERY = ("reply", "follow_up", "reminder")
_WISHES = sa.select(survey_wishes.c.site, survey_wishes.c.body).where(
    survey_wishes.c.account_id == sa.bindparam("account")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """One row of ``surveys``."""

    id: str
    account_id: str
    person: int = field(repr=False)
    after: str
    subject: str
    ended_at: datetime
    site: str
    department: str
    queue: str
    agent: str
    questions: str
    state: str
    why: str | None
    text_id: str | None
    asked_at: datetime | None
    answered_at: datetime | None
    mood: str | None
    item_id: str | None


def survey_id(account: str, after: Occasion, subject: str) -> str:
    """The id of the survey about a contact: the same whenever it is computed."""
    return hashlib.blake2b(f"{account}|survey|{after}|{subject}".encode(), digest_size=16).hexdigest()


def wishes_of(connection: sa.Connection, account: str) -> dict[str, str]:
    """What the business wants asked, as JSON, by site; empty stands for all that have no wishes of their own."""
    known, key = memory(connection), ("survey_wishes", account)
    if known is not None and key in known:
        found: dict[str, str] = known[key]
        return found
    found = {row.site: row.body for row in connection.execute(_WISHES, {"account": account})}
    if known is not None:
        known[key] = found
    return found


def on_since(connection: sa.Connection, account: str, site: str) -> datetime | None:
    """Since when a site asks what it asks: what was before is not asked about. None: nobody has told."""
    c = survey_wishes.c
    query = sa.select(c.changed_at).where(c.account_id == account, c.site.in_(("", site)))
    # The wishes of the site itself come first: of the two, its name is the greater.
    return connection.execute(query.order_by(c.site.desc()).limit(1)).scalar_one_or_none()


def write_wishes(connection: sa.Connection, account: str, site: str, body: str, since: datetime) -> None:
    """Keep what is asked at a site, and since when."""
    put(connection, survey_wishes, [{"account_id": account, "site": site, "body": body, "changed_at": since}])


def remove_wishes(connection: sa.Connection, account: str, site: str) -> bool:
    """Let a site be as all others. Whether it had wishes of its own."""
    c = survey_wishes.c
    return connection.execute(sa.delete(survey_wishes).where(c.account_id == account, c.site == site)).rowcount > 0


def plan(connection: sa.Connection, account: str, *, person: int, after: Occasion, subject: str, **about: Any) -> str:
    """Write down that a contact is to be asked about. Returns its id, or nothing where that was known already."""
    id = survey_id(account, after, subject)
    row = {"id": id, "account_id": account, "person": person, "after": str(after), "subject": subject, "state": PLANNED}
    return id if insert_new(connection, surveys, [row | about], unique=("id",)) else ""


def account_of_survey(connection: sa.Connection, id: str) -> str | None:
    """Whose survey it is."""
    return connection.execute(sa.select(surveys.c.account_id).where(surveys.c.id == id)).scalar_one_or_none()


def hold(connection: sa.Connection, id: str) -> Survey | None:
    """A survey, which nobody else changes before this transaction ends."""
    row = connection.execute(sa.select(surveys).where(surveys.c.id == id).with_for_update()).one_or_none()
    return None if row is None else Survey(**row._mapping)


def let_be(connection: sa.Connection, id: str, why: str) -> None:
    """Nobody will be asked about this contact."""
    connection.execute(sa.update(surveys).where(surveys.c.id == id).values(state=LET_BE, why=why))


def asked(connection: sa.Connection, id: str, *, text: str, questions: tuple[Question, ...], now: datetime) -> None:
    """The question is written, and on its way."""
    values = {"state": ASKED, "text_id": text, "questions": " ".join(questions), "asked_at": now}
    connection.execute(sa.update(surveys).where(surveys.c.id == id).values(**values))


def take_back(connection: sa.Connection, id: str) -> None:
    """The question did not leave: it is as if it had never been written."""
    values = {"state": PLANNED, "text_id": None, "questions": "", "asked_at": None}
    connection.execute(sa.update(surveys).where(surveys.c.id == id).values(**values))


def survey_of_text(connection: sa.Connection, text: str) -> Survey | None:
    """The survey that a text of ours asks, which nobody else changes before this transaction ends."""
    query = sa.select(surveys).where(surveys.c.text_id == text, surveys.c.state == ASKED)
    row = connection.execute(query.with_for_update()).one_or_none()
    return None if row is None else Survey(**row._mapping)


def last_asked(connection: sa.Connection, account: str, person: int) -> datetime | None:
    """When a person was asked something last, as far as it left or is about to."""
    s, t = surveys.c, texts.c
    query = (
        sa.select(sa.func.max(s.asked_at))
        .join_from(surveys, texts, t.id == s.text_id)
        .where(s.account_id == account, s.person == person, t.state.in_((*LEFT, TextState.INTENDED)))
    )
    return connection.execute(query).scalar_one_or_none()


def waits_for_us(connection: sa.Connection, account: str, person: int) -> bool:
    """Whether a journey of theirs is open, or somebody has something to do for them."""
    j, w = journeys.c, work_items.c
    open_journey = sa.exists().where(j.account_id == account, j.person == person, j.state == "open")
    open_item = sa.exists().where(w.account_id == account, w.person == person, w.state == "open")
    return bool(connection.execute(sa.select(open_journey | open_item)).scalar_one())


def last_recovery_text(connection: sa.Connection, account: str, person: int, *, since: datetime) -> datetime | None:
    """When they got the last text that tried to win them back, or reminded them, since then."""
    t = texts.c
    query = sa.select(sa.func.max(t.created_at)).where(
        t.account_id == account,
        t.person == person,
        t.created_at >= since,
        t.direction == "out",
        t.purpose.in_(_RECOVERY),
        t.state.in_((*LEFT, TextState.INTENDED)),
    )
    return connection.execute(query).scalar_one_or_none()


def waiting_for(
    connection: sa.Connection, account: str, person: int, *, since: datetime, until: datetime
) -> Survey | None:
    """The survey that a text of a person at ``until`` may answer: asked since then, and the last that we wrote to them.

    After any other text of ours an answer is one to that. None: they were asked nothing, or have answered everything.
    """
    s, t = surveys.c, texts.c
    mine = (s.account_id == account) & (s.person == person) & (s.state == ASKED)
    query = sa.select(surveys).where(mine, s.asked_at >= since, s.asked_at <= until)
    row = connection.execute(query.order_by(s.asked_at.desc()).limit(1).with_for_update()).first()
    if row is None:
        return None
    out = sa.select(t.id, t.state).where(
        t.account_id == account, t.person == person, t.direction == "out", t.created_at >= row.asked_at,
        t.created_at <= until, t.state.in_(LEFT),
    )  # fmt: skip
    last = connection.execute(out.order_by(t.created_at.desc(), (t.id == row.text_id).asc()).limit(1)).first()
    return Survey(**row._mapping) if last is not None and last.id == row.text_id else None


def values_of(connection: sa.Connection, id: str) -> dict[Question, int]:
    """What was answered to a survey so far."""
    a = survey_answers.c
    query = sa.select(a.question, a.value).where(a.survey_id == id)
    return {Question(row.question): row.value for row in connection.execute(query)}


def answer(connection: sa.Connection, survey: Survey, values: Mapping[Question, int], *, at: datetime) -> Mood:
    """Keep what was answered; the first answer to a question stays. Returns what the answers make of the person."""
    rows = [
        {"survey_id": survey.id, "question": str(question), "value": value, "at": at}
        for question, value in values.items()
    ]
    insert_new(connection, survey_answers, rows, unique=("survey_id", "question"))
    known = values_of(connection, survey.id)
    whole = {*survey.questions.split()} <= {str(question) for question in known}
    found = mood(known)
    now: dict[str, Any] = {"answered_at": at, "mood": str(found), "state": ANSWERED if whole else ASKED}
    connection.execute(sa.update(surveys).where(surveys.c.id == survey.id).values(**now))
    return found


def give_item(connection: sa.Connection, id: str, item: str) -> None:
    """Write down what somebody was given to do about a bad answer."""
    connection.execute(sa.update(surveys).where(surveys.c.id == id).values(item_id=item))


def forget_in_surveys(connection: sa.Connection, account: str, person: int, pseudonym: int, *, until: datetime) -> None:
    """Forget who was asked: nothing more is asked of them; the answers stay as figures of nobody."""
    s = surveys.c
    theirs = (s.account_id == account) & (s.person == person) & (s.ended_at <= until)
    connection.execute(sa.update(surveys).where(theirs, s.state == PLANNED).values(state=LET_BE, why="erased"))
    connection.execute(sa.update(surveys).where(theirs, s.state == ASKED).values(state=LET_BE, why="erased"))
    connection.execute(sa.update(surveys).where(theirs).values(person=pseudonym, item_id=None))
