"""What is asked of the history, and how an answer is compared: answered of received calls by a name or a day."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from time import perf_counter

from decroche.model.board import Period

#: Answered and received calls, by site or by the first day of a stretch of time; the empty name is of all.
Answer = Mapping[str, tuple[int, int]]
ZONE = "Europe/Paris"
#: The history ends before this day; the months before it hold the same number of calls each.
END, MONTHS = date(2026, 10, 1), 36


@dataclass(frozen=True, slots=True)
class Question:
    """Of which days, by what (``site``, ``day``, ``week``, ``month`` or nothing), and of which site alone."""

    name: str
    period: Period
    by: str | None = None
    site: str | None = None


def months() -> list[tuple[date, int]]:
    """The months of the history with their days, the oldest first."""
    found: list[tuple[date, int]] = []
    end = END
    for _ in range(MONTHS):
        start = (end - timedelta(days=1)).replace(day=1)
        found.append((start, (end - start).days))
        end = start
    return found[::-1]


#: In the order in which somebody asks them: from what is near to the whole history.
QUESTIONS = (
    Question("28 days", Period(END - timedelta(days=28), END)),
    Question("28 days by day, one site", Period(END - timedelta(days=28), END), by="day", site="Site 7"),
    Question("a quarter by site", Period(date(2026, 7, 1), END), by="site"),
    Question("a year by week", Period(date(2025, 10, 6), date(2026, 9, 28)), by="week"),
    Question("the history by month", Period(months()[0][0], END), by="month"),
    Question("the history by month, one site", Period(months()[0][0], END), by="month", site="Site 7"),
)


def answer_all(answer: Callable[[Question], Answer], wanted: Collection[str], out: str) -> None:
    """Answer the questions with these names in their order, and write the answers with their seconds to ``out``."""
    found = {}
    for question in QUESTIONS:
        if question.name in wanted:
            begun = perf_counter()
            counted = answer(question)
            found[question.name] = {"seconds": perf_counter() - begun, "answer": counted}
    Path(out).write_text(json.dumps(found), encoding="utf-8")
