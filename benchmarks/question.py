"""What all three programs are asked about one export of the simulated contact centre, and the form of their answers.

The definitions are those of the reference pages: ``decroche.prove.kpis`` for the counts and ``decroche.understand`` for
the verdicts and the journeys. The business is always open but for public holidays: no program has to infer hours.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from decroche.rules.holidays import public_holidays

ZONE = "America/Toronto"
COUNTRY, SUBDIVISION = "CA", "QC"
HOURS = "mon-sun 00:00-24:00"
ANSWER_WITHIN_S, SHORT_ABANDON_S = 20, 5
SILENCE_DAYS = 7
WINDOWS_H = (1, 24, 168)
#: The years that an export can touch; it begins in January 2025.
YEARS = range(2024, 2028)

_TOTALS = (
    "calls", "inbound", "outbound", "offered", "answered", "missed", "abandoned", "short_abandoned", "masked",
    "masked_missed", "unique_callers", "unique_callers_missed",
)  # fmt: skip
_TERMS = ("answered", "unanswered", "answered_within", "unanswered_within", "unanswered_short")
_JOURNEYS = (
    "journeys", "observable", "recovered_by_caller", "recovered_by_us", "lost", "open_at_end", "new_callers",
)  # fmt: skip
_WINDOW = ("hours", "observable", "redialed", "redialed_answered", "called_back", "called_back_answered")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The figures of one export. ``offered`` and ``missed`` are counts by weekday (Monday first) and local hour."""

    totals: Mapping[str, int]
    service_level: Mapping[str, float]
    offered: list[list[int]]
    missed: list[list[int]]
    journeys: Mapping[str, int]
    windows: list[Mapping[str, int]]

    @classmethod
    def of_report(cls, path: Path) -> Answer:
        """The figures in a ``report.json``."""
        report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return cls(
            totals={name: report["totals"][name] for name in _TOTALS},
            service_level={name: report["service_level"][name] for name in ("F1", "F2", "F3", "F4", "F5")},
            offered=report["week"]["offered"],
            missed=report["week"]["missed"],
            journeys={name: report["journeys"][name] for name in _JOURNEYS},
            windows=[{name: window[name] for name in _WINDOW} for window in report["journeys"]["windows"]],
        )

    @classmethod
    def of_counts(
        cls,
        *,
        totals: Mapping[str, Any],
        terms: Mapping[str, Any],
        cells: Mapping[tuple[int, int], tuple[int, int]],
        journeys: Mapping[str, Any],
        windows: Sequence[Mapping[str, Any]],
    ) -> Answer:
        """From counts: ``terms`` are A, B, A_T, B_T, B_s; ``cells`` (offered, missed) by (weekday 1-7, hour)."""
        a, b, a_t, b_t, b_s = (int(terms[name]) for name in _TERMS)
        week = [[cells.get((weekday, hour), (0, 0)) for hour in range(24)] for weekday in range(1, 8)]
        return cls(
            totals={name: int(totals[name]) for name in _TOTALS},
            service_level={
                "F1": (a_t + b_t) / (a + b),
                "F2": a_t / a,
                "F3": a_t / (a + b),
                "F4": a_t / (a + b - b_t),
                "F5": (a_t + b_s) / (a + b),
            },
            offered=[[int(offered) for offered, _ in row] for row in week],
            missed=[[int(missed) for _, missed in row] for row in week],
            journeys={name: int(journeys[name]) for name in _JOURNEYS},
            windows=[{name: int(window[name]) for name in _WINDOW} for window in windows],
        )

    @staticmethod
    def totals_of(counted: object) -> Mapping[str, int]:
        """The totals asked for, from an object that has them."""
        return {name: getattr(counted, name) for name in _TOTALS}

    @staticmethod
    def journeys_of(counted: object) -> Mapping[str, int]:
        """The outcomes of journeys asked for, from an object that has them."""
        return {name: getattr(counted, name) for name in _JOURNEYS}

    @staticmethod
    def windows_of(counted: Iterable[object]) -> list[Mapping[str, int]]:
        """The redial windows asked for, from objects that have them."""
        return [{name: getattr(window, name) for name in _WINDOW} for window in counted]

    def write(self, path: Path) -> None:
        """Write the figures as JSON, for the process that compares them."""
        path.write_text(json.dumps({name: getattr(self, name) for name in self.__slots__}), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Answer:
        """What ``write`` wrote."""
        return cls(**json.loads(path.read_text(encoding="utf-8")))

    def differences(self, other: Answer) -> list[str]:
        """The names of the figures that are not equal."""
        return [name for name in self.__slots__ if getattr(self, name) != getattr(other, name)]


def holidays() -> list[date]:
    """The days on which the business is closed."""
    return sorted(public_holidays(COUNTRY, SUBDIVISION, YEARS, "en"))
