"""Answers the questions of the desk once for each state of the data, however many ask.

Who would rather see at once what was true a moment ago than wait asks ``AtOnce``, and has the new answer prepared.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

import sqlalchemy as sa
import structlog

from decroche.ledger.store import Ledger
from decroche.ledger.survey_reading import SurveyScope, counted, ever_asked
from decroche.ledger.tables import agent_states
from decroche.ledger.work_outcomes import Noted, outcomes_noted
from decroche.model.board import Period, Scope
from decroche.model.fact import Presence
from decroche.model.figures import Rate
from decroche.model.hours import OpeningHours
from decroche.prove.kpis.first_contact import AgentState
from decroche.prove.kpis.satisfaction import SurveyTally
from decroche.rules.holidays import UnknownPlace, public_holidays
from decroche.telemetry import where
from decroche.understand.business import Place
from decroche.warehouse.desk_scope import Clocks
from decroche.warehouse.live_columns import Columns, LiveColumns, NotReady

__all__ = ["AtOnce", "Business", "Desk", "NotReady", "Rate"]

_Answer = TypeVar("_Answer")
#: Answers that are kept: some thousand rows each at most.
_KEPT = 1024
#: Answers that are made anew behind those who were given the last ones; of more the oldest wish is forgotten.
_COMING = 64
_PATIENCE_S = 30.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Business:
    """What figures need to know of a business."""

    clocks: Clocks
    country: str
    language: str
    answer_within_s: float
    short_abandon_s: float
    hours: dict[Place, OpeningHours]
    told_holidays: dict[date, str]

    def holidays(self, period: Period) -> dict[date, str]:
        """The holidays in a period, and those some days before and after it."""
        first, last = period.start - timedelta(days=7), period.end + timedelta(days=7)
        if self.told_holidays:
            known = self.told_holidays
        else:
            country, _, subdivision = self.country.partition("-")
            try:
                known = public_holidays(
                    country, subdivision or None, range(first.year, last.year + 1), self.language
                )  # fmt: skip
            except UnknownPlace:
                known = {}
        return {day: name for day, name in known.items() if first <= day < last}


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer of the data at ``revision``, still theirs at ``seen``; made in the hour ``hour``, at ``at``."""

    answer: Any
    revision: int
    seen: int
    hour: datetime
    at: datetime


class Desk:
    """The figures of every account. ``clock`` is only read to the hour: younger answers are the same."""

    def __init__(self, ledger: Ledger, columns: LiveColumns, *, clock: Callable[[], datetime]) -> None:
        self.ledger = ledger
        self._columns = columns
        self._clock = clock
        self._lock = threading.Lock()
        self._answers: OrderedDict[Hashable, Kept] = OrderedDict()
        self._coming: OrderedDict[Hashable, Callable[[], object]] = OrderedDict()
        self._worker: threading.Thread | None = None

    def now(self) -> datetime:
        """The hour that has begun."""
        return self._clock().replace(minute=0, second=0, microsecond=0)

    def business(self, account: str) -> Business:
        """What is known of an account. Raises KeyError when there is none."""
        key, hour, seen = (account, "business"), self.now(), self._columns.revision()
        known = self.known(account, "business")
        if known is not None and (known.revision, known.hour) == (seen, hour):
            about: Business = known.answer
            return about
        about = self._read(account)
        self._keep(key, Kept(about, seen, seen, hour, self._clock()))
        return about

    def answer(self, account: str, question: Hashable, find: Callable[[Columns, Business], _Answer]) -> _Answer:
        """What ``find`` says, or said when the data were the same. Raises NotReady, and KeyError without account."""
        known = self.known(account, question)
        if known is not None and self.holds(account, known):
            found: _Answer = known.answer
            return found
        about, hour, at, seen = self.business(account), self.now(), self._clock(), self._columns.revision()

        def ask(columns: Columns) -> _Answer:
            # Whoever waited for another who asked the same finds the answer here.
            known = self.known(account, question)
            if known is not None and (known.revision, known.hour) == (columns.revision, hour):
                answer: _Answer = known.answer
                self._keep((account, question), replace(known, seen=max(seen, known.seen)))
                return answer
            answer = find(columns, about)
            self._keep((account, question), Kept(answer, columns.revision, seen, hour, at))
            return answer

        return self._columns.ask(account, ask)

    def known(self, account: str, question: Hashable) -> Kept | None:
        """The last answer to a question, however old."""
        with self._lock:
            found = self._answers.get((account, question))
            if found is not None:
                self._answers.move_to_end((account, question))
            return found

    def holds(self, account: str, known: Kept) -> bool:
        """Whether an answer is that of now."""
        return known.hour == self.now() and known.revision == self._columns.revision_of(account)

    def revision(self) -> int:
        """How often the ledger has changed."""
        return self._columns.revision()

    def noted(self, account: str, *, since: datetime, until: datetime) -> list[Noted]:
        """What somebody noted of calls with people then."""
        with self.ledger.reading() as connection:
            return outcomes_noted(connection, account, since=since, until=until)

    def surveyed(self, account: str, period: Period, scope: Scope) -> SurveyTally | None:
        """What callers answered who were asked then; None where nobody was ever asked."""
        since, until = self.business(account).clocks.bounds(period, scope.site)
        where = SurveyScope(
            site=scope.site, department=scope.department, queue=scope.queue, agent=scope.agent, within=scope.within
        )
        with self.ledger.reading() as connection:
            if not ever_asked(connection, account):
                return None
            found = counted(connection, account, since=since, until=until, scope=where).get("")
        if found is None:
            return SurveyTally()
        return SurveyTally(asked=found.asked, answered=found.answered, values=found.values)

    def states(self, account: str, *, since: datetime, until: datetime) -> list[AgentState]:
        """What agents began to do in ``[since, until)``."""
        c = agent_states.c
        query = sa.select(c.agent, c.at, c.presence, c.queue).where(
            c.account_id == account, c.at >= since, c.at < until
        )
        with self.ledger.reading() as connection:
            return [
                AgentState(agent=row.agent, at=row.at, presence=Presence(row.presence), queue=row.queue)
                for row in connection.execute(query)
            ]

    def prepare(self, key: Hashable, make: Callable[[], object]) -> None:
        """Have something made of the answers of now by a thread of its own, unless the same is being made."""
        with self._lock:
            self._coming.setdefault(key, make)
            while len(self._coming) > _COMING:
                self._coming.popitem(last=False)
            if self._worker is None:
                self._worker = threading.Thread(target=self._bring, name="figures", daemon=True)
                self._worker.start()

    def prepares(self, key: Hashable) -> bool:
        """Whether that is still being made."""
        with self._lock:
            return key in self._coming

    def close(self) -> None:
        """End after the answer that is being made."""
        with self._lock:
            self._coming.clear()
            worker = self._worker
        if worker is not None:
            worker.join(_PATIENCE_S)

    def _bring(self) -> None:
        while True:
            with self._lock:
                key, make = next(iter(self._coming.items()), (None, None))
                if make is None:
                    self._worker = None
                    return
            try:
                make()
            except Exception as error:
                # Whoever looks sees the last answer until they ask again, and are told the trouble then.
                log.error("figures_failed", error=type(error).__name__, where=where(error))
            with self._lock:
                self._coming.pop(key, None)

    def _keep(self, key: Hashable, kept: Kept) -> None:
        with self._lock:
            self._answers[key] = kept
            self._answers.move_to_end(key)
            while len(self._answers) > _KEPT:
                self._answers.popitem(last=False)

    def _read(self, account: str) -> Business:
        with self.ledger.for_account(account) as mine:
            row, about = mine.about(), mine.business(self.now())
        return Business(
            clocks=Clocks(about.zone, dict(about.zones)),
            country=row["country"],
            language=row["language"],
            answer_within_s=row["answer_within_s"],
            short_abandon_s=row["short_abandon_s"],
            hours=dict(about.hours),
            told_holidays={day: name for each in about.hours.values() for day, name in each.holidays.items()},
        )


class AtOnce(Desk):
    """A desk for whoever would rather see at once what was true a moment ago, and have what is true now made meanwhile.

    What was never asked is waited for. ``least``: answers that were true at this revision of the ledger are new enough.
    ``older`` is the moment of the oldest answer that was given and is not, and ``wanted`` the revision to ask for then.
    """

    def __init__(self, desk: Desk, *, least: int | None = None) -> None:
        self.ledger = desk.ledger
        self.older: datetime | None = None
        self.wanted = desk.revision() if least is None else least
        self._desk = desk
        self._least = least

    def now(self) -> datetime:
        """The hour that has begun."""
        return self._desk.now()

    def business(self, account: str) -> Business:
        """What is known of an account. Raises KeyError when there is none."""
        return self._desk.business(account)

    def answer(self, account: str, question: Hashable, find: Callable[[Columns, Business], _Answer]) -> _Answer:
        """The last answer that is known, or the first. Raises as that of a desk."""
        known = self._desk.known(account, question)
        if known is None:
            return self._desk.answer(account, question, find)
        new_enough = self._least is not None and known.seen >= self._least
        if not new_enough and not self._desk.holds(account, known):
            self.older = known.at if self.older is None else min(self.older, known.at)
        found: _Answer = known.answer
        return found
