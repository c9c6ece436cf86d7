"""Asks the desk, as its pages and its API do: ``python -m benchmarks.explorer.ours LAKE OUT QUESTION…``."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import UTC, datetime, time

from benchmarks.explorer.questions import END, Answer, Question, answer_all
from benchmarks.group import ACCOUNT, desk
from decroche.model.board import Dimension, Measure, Scope, Step
from decroche.prove.service_board import board, over_time, split
from decroche.prove.service_desk import Desk

_STEPS = {step.value: step for step in Step}


def answer(here: Desk, question: Question) -> Answer:
    """The answer rate as the desk tells it."""
    scope = Scope(site=question.site)
    if question.by is None:
        return {"": _counted(board(here, ACCOUNT, period=question.period, scope=scope).measures)}
    if question.by == Dimension.SITE.value:
        rows = split(here, ACCOUNT, by=Dimension.SITE, period=question.period, scope=scope).rows
        return {row.name: _counted(row.measures) for row in rows}
    points = over_time(
        here, ACCOUNT, key="answer_rate", step=_STEPS[question.by], period=question.period, scope=scope
    ).points
    return {f"{point.start:%Y-%m-%d}": _counted([point.measure]) for point in points}


def _counted(measures: Iterable[Measure]) -> tuple[int, int]:
    rate = next(each for each in measures if each.key == "answer_rate")
    return rate.numerator or 0, rate.denominator or 0


def main() -> None:
    """With the memory that a server gives to figures."""
    lake, out, *wanted = sys.argv[1:]
    with desk(lake, now=datetime.combine(END, time(18), UTC)) as here:
        answer_all(lambda question: answer(here, question), wanted, out)


if __name__ == "__main__":
    main()
