"""A desk that answers of drawn calls and journeys: what the pages ask, without a server and without a ledger."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from decroche.ledger.work_outcomes import Noted
from decroche.model.board import Opens, Period, Scope
from decroche.model.hours import OpeningHours
from decroche.prove.opening import AMONG, COUNTED, NONE
from decroche.prove.service_desk import Business, Desk
from decroche.prove.service_opened import Number, Opened, opened
from decroche.warehouse.desk_scope import Clocks
from decroche.warehouse.engine import Engine
from decroche.warehouse.live_columns import Columns
from tests.properties.test_twins_board import NOW, OTHER, SHORT_S, WITHIN_S, ZONE, Need, Row, columns_of

_Answer = TypeVar("_Answer")
#: Everything, told so that states of agents, which lie in no column, are not asked for.
EVERYTHING = Scope(within=("", "Lyon", "Québec"))
ABOUT = Business(
    clocks=Clocks(ZONE, {"Québec": OTHER}),
    country="FR",
    language="fr",
    answer_within_s=WITHIN_S,
    short_abandon_s=SHORT_S,
    hours={(None, None): OpeningHours(week=dict.fromkeys(range(1, 6), ((480, 1080),)))},
    told_holidays={date(2026, 3, 30): "Fête"},
)


class DrawnDesk(Desk):
    """A desk whose only account has these calls."""

    def __init__(self, columns: Columns, notes: Sequence[Noted]) -> None:
        self._drawn = columns
        self.notes = notes

    def now(self) -> datetime:
        return NOW

    def business(self, account: str) -> Business:
        return ABOUT

    def noted(self, account: str, *, since: datetime, until: datetime) -> list[Noted]:
        return [*self.notes]

    def surveyed(self, account: str, period: Period, scope: Scope) -> None:
        return None

    def answer(self, account: str, question: Hashable, find: Callable[[Columns, Business], _Answer]) -> _Answer:
        return find(replace(self._drawn, _asked={}), ABOUT)

    def opened(self, opens: Opens, *, limit: int = 5) -> list[Opened]:
        """All pages of the list that a number opens."""
        pages = [opened(self, "drawn", number_of(opens), limit=limit, supervise=True)]
        while (following := pages[-1].next) is not None:
            pages.append(opened(self, "drawn", number_of(opens), after=following, limit=limit, supervise=True))
        return pages


def desk_of(engine: Engine, rows: Sequence[Row], needs: Sequence[Need] = (), notes: Sequence[Noted] = ()) -> DrawnDesk:
    return DrawnDesk(columns_of(engine, rows, needs), notes)


def number_of(opens: Opens) -> Number:
    """The number that an address asks for, as the pages read it."""
    told = dict(opens.fields)
    days = Period(
        date.fromisoformat(told.pop("since")), date.fromisoformat(told.pop("until")) + timedelta(days=1)
    )  # fmt: skip
    weekday, hour = (None if (word := told.pop(name, None)) is None else int(word) for name in ("weekday", "hour"))
    counted, among = told.pop(COUNTED, ""), told.pop(AMONG, "")
    narrowed: dict[str, Any] = {name: "" if word == NONE else word for name, word in told.items()}
    scope = replace(EVERYTHING, **narrowed)
    return Number(
        key=counted or among, among=not counted, period=days, scope=scope, weekday=weekday, hour=hour
    )  # fmt: skip
