"""Answers the questions of the desk once for each state of the data, however many ask."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from decroche.ledger.store import Ledger
from decroche.model.board import Period
from decroche.model.figures import Rate
from decroche.model.hours import OpeningHours
from decroche.rules.holidays import UnknownPlace, public_holidays
from decroche.understand.business import Place
from decroche.warehouse.desk_scope import Clocks
from decroche.warehouse.live_columns import Columns, LiveColumns, NotReady

__all__ = ["Business", "Desk", "NotReady", "Rate"]

_Answer = TypeVar("_Answer")
#: Answers that are kept: some thousand rows each at most.
_KEPT = 1024


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


class Desk:
    """The figures of every account. ``clock`` is only read to the hour: younger answers are the same."""

    def __init__(self, ledger: Ledger, columns: LiveColumns, *, clock: Callable[[], datetime]) -> None:
        self.ledger = ledger
        self._columns = columns
        self._clock = clock
        self._lock = threading.Lock()
        self._answers: OrderedDict[Hashable, tuple[int, Any]] = OrderedDict()

    def now(self) -> datetime:
        """The hour that has begun."""
        return self._clock().replace(minute=0, second=0, microsecond=0)

    def business(self, account: str) -> Business:
        """What is known of an account. Raises KeyError when there is none."""
        key = (account, "business", self.now())
        return self._kept(key, lambda: self._read(account))

    def answer(self, account: str, question: Hashable, find: Callable[[Columns, Business], _Answer]) -> _Answer:
        """What ``find`` says, or said when the data were the same. Raises NotReady, and KeyError without account."""
        about = self.business(account)
        key = (account, question, self.now())

        def ask(columns: Columns) -> _Answer:
            # Whoever waited for another who asked the same finds the answer here.
            with self._lock:
                known = self._answers.get(key)
            if known is not None and known[0] == columns.revision:
                answer: _Answer = known[1]
                return answer
            answer = find(columns, about)
            self._keep(key, columns.revision, answer)
            return answer

        with self._lock:
            known = self._answers.get(key)
        if known is not None and known[0] == self._columns.revision_of(account):
            with self._lock:
                if key in self._answers:
                    self._answers.move_to_end(key)
            found: _Answer = known[1]
            return found
        return self._columns.ask(account, ask)

    def _kept(self, key: Hashable, read: Callable[[], _Answer]) -> _Answer:
        revision = self._columns.revision()
        with self._lock:
            known = self._answers.get(key)
        if known is not None and known[0] == revision:
            answer: _Answer = known[1]
            return answer
        answer = read()
        self._keep(key, revision, answer)
        return answer

    def _keep(self, key: Hashable, revision: int, answer: object) -> None:
        with self._lock:
            self._answers[key] = (revision, answer)
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
