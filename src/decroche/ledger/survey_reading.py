"""Reads what surveys brought: counts of a period by place, queue or agent, and the people who are pleased or not."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from decroche.ledger.recovery_tables import texts, work_items
from decroche.ledger.survey_tables import survey_answers, surveys
from decroche.ledger.surveys import LEFT, LET_BE
from decroche.model.survey import Mood, Question

#: By what results are split.
SPLITS = ("site", "department", "queue", "agent", "after")
_s, _a = surveys.c, survey_answers.c


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyScope:
    """Of which surveys; None does not matter. ``within``: the sites that whoever asks may see; None: all."""

    site: str | None = None
    department: str | None = None
    queue: str | None = None
    agent: str | None = None
    within: Collection[str] | None = None


@dataclass
class Counted:
    """Surveys that left, those of them with an answer, and how often each value was answered to each question."""

    asked: int = 0
    answered: int = 0
    values: dict[Question, dict[int, int]] = field(default_factory=dict)


def ever_asked(connection: sa.Connection, account: str) -> bool:
    """Whether anybody was ever asked anything."""
    query = sa.select(_s.id).where(_s.account_id == account, _s.asked_at.is_not(None)).limit(1)
    return connection.execute(query).first() is not None


def counted(
    connection: sa.Connection,
    account: str,
    *,
    since: datetime,
    until: datetime,
    scope: SurveyScope | None = None,
    by: str | None = None,
) -> dict[str, Counted]:
    """The surveys that were asked in ``[since, until)``, by the value of a column (one of SPLITS), else under ``""``.

    An answer counts in the period in which it was asked for: so the rate of answers is one of the same people.
    """
    of = _of(account, since, until, scope or SurveyScope())
    name = sa.literal("") if by is None else _s[by]
    found: dict[str, Counted] = {}
    left = sa.select(name.label("name"), sa.func.count(), sa.func.count(_s.answered_at)).join_from(
        surveys, texts, texts.c.id == _s.text_id
    )
    for word, asked, answered in connection.execute(
        left.where(of, (texts.c.state.in_(LEFT)) | _s.answered_at.is_not(None)).group_by(name)
    ):
        found[word] = Counted(asked=asked, answered=answered)
    told = sa.select(name.label("name"), _a.question, _a.value, sa.func.count()).join_from(
        surveys, survey_answers, _a.survey_id == _s.id
    )
    for word, question, value, n in connection.execute(told.where(of).group_by(name, _a.question, _a.value)):
        found.setdefault(word, Counted()).values.setdefault(Question(question), {})[value] = n
    return found


def let_be_by_reason(
    connection: sa.Connection, account: str, *, since: datetime, until: datetime, scope: SurveyScope | None = None
) -> dict[str, int]:
    """How many chosen contacts that ended then were not asked about, by why."""
    mine = _of(account, since, until, scope or SurveyScope(), at=_s.ended_at) & (_s.state == LET_BE)
    query = sa.select(_s.why, sa.func.count()).where(mine, _s.asked_at.is_(None)).group_by(_s.why)
    return {why or "": n for why, n in connection.execute(query)}


def surveys_page(
    connection: sa.Connection,
    account: str,
    *,
    mood: Mood | None = None,
    site: str | None = None,
    within: Collection[str] | None = None,
    after: tuple[datetime, str] | None = None,
    limit: int = 50,
) -> tuple[list[dict[str, Any]], tuple[datetime, str] | None]:
    """Every survey that was asked, the latest first, with its ``values``, and where the list goes on.

    With a ``mood``: who answered so in their last survey, the last to answer first; erased people are nobody. Then
    ``item_state`` tells how far somebody is with what they were given to do.
    """
    moment = _s.asked_at if mood is None else _s.answered_at
    query = (
        sa.select(surveys, work_items.c.state.label("item_state"))
        .join_from(surveys, work_items, work_items.c.id == _s.item_id, isouter=True)
        .where(_s.account_id == account, _s.asked_at.is_not(None))
        .order_by(moment.desc(), _s.id.desc())
        .limit(limit + 1)
    )
    if mood is not None:
        later = surveys.alias("later")
        newer = sa.exists().where(
            later.c.account_id == account, later.c.person == _s.person, later.c.answered_at > _s.answered_at
        )
        query = query.where(_s.mood == str(mood), _s.person > 0, ~newer)
    if site is not None:
        query = query.where(_s.site == site)
    if within is not None:
        query = query.where(_s.site.in_(sorted(within)))
    if after is not None:
        query = query.where(sa.tuple_(moment, _s.id) < sa.tuple_(sa.literal(after[0], moment.type), after[1]))
    rows = [dict(row._mapping) for row in connection.execute(query)]
    more, rows = len(rows) > limit, rows[:limit]
    values = _values(connection, [row["id"] for row in rows])
    name = "asked_at" if mood is None else "answered_at"
    found = [row | {"values": values.get(row["id"], {})} for row in rows]
    return found, (rows[-1][name], rows[-1]["id"]) if more else None


def answers_of(connection: sa.Connection, account: str, persons: Collection[int]) -> list[dict[str, Any]]:
    """What somebody was asked, and what they answered, one row for each question, the oldest first."""
    query = (
        sa.select(_s.ended_at, _s.after, _s.state, _s.asked_at, _s.mood, _a.question, _a.value, _a.at)
        .join_from(surveys, survey_answers, _a.survey_id == _s.id, isouter=True)
        .where(_s.account_id == account, _s.person.in_(sorted(persons)))
        .order_by(_s.ended_at, _s.id, _a.question)
    )
    return [dict(row._mapping) for row in connection.execute(query)]


def _of(
    account: str, since: datetime, until: datetime, scope: SurveyScope, *, at: sa.ColumnElement[Any] = _s.asked_at
) -> sa.ColumnElement[bool]:
    found = (_s.account_id == account) & (at >= since) & (at < until)
    for name in ("site", "department", "queue", "agent"):
        if (wanted := getattr(scope, name)) is not None:
            found &= _s[name] == wanted
    if scope.within is not None:
        found &= _s.site.in_(sorted(scope.within))
    return found


def _values(connection: sa.Connection, ids: Collection[str]) -> dict[str, dict[Question, int]]:
    found: dict[str, dict[Question, int]] = {}
    for row in connection.execute(sa.select(survey_answers).where(_a.survey_id.in_(ids))) if ids else ():
        found.setdefault(row.survey_id, {})[Question(row.question)] = row.value
    return found
