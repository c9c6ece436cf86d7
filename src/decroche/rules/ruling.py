"""The answer of the rules: allowed, to be delayed until an instant, or refused, and every finding that led there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from decroche.language import Language


class Verdict(StrEnum):
    """From the laxest to the strictest."""

    ALLOW = "allow"
    DELAY = "delay"
    REFUSE = "refuse"

    @property
    def rank(self) -> int:
        """0 for ALLOW, 2 for REFUSE."""
        return tuple(Verdict).index(self)


class Basis(StrEnum):
    """What obliges: a text of law, a charter one has signed, our own default, or the practice of carriers."""

    LAW = "law"
    CHARTER = "charter"
    PRODUCT = "product"
    PRACTICE = "practice"


class Grade(StrEnum):
    """How well a rule is known: A official text, B lawyers or several, C one secondary source, D not verified,
    I inference or default of ours.
    """

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    I = "I"  # noqa: E741 - the grade's name in the reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one rule says of one outreach.

    ``reason``: key of the sentence ``ruling.<reason>`` of the catalogues; ``values`` its fields. ``until``: from when
    the rule by itself no longer stands in the way; None when time does not help (or for ALLOW).
    """

    rule: str
    verdict: Verdict
    basis: Basis
    source: str
    source_date: date | None
    grade: Grade
    reason: str
    values: tuple[tuple[str, Any], ...] = ()
    until: datetime | None = None

    def sentence(self, language: Language) -> str:
        """The reason in words."""
        return language.say(f"ruling.{self.reason}", **dict(self.values))

    def record(self) -> Mapping[str, Any]:
        """Plain values, moments in ISO 8601: what is logged."""
        return {
            "rule": self.rule,
            "verdict": str(self.verdict),
            "basis": str(self.basis),
            "source": self.source,
            "source_date": _plain(self.source_date),
            "grade": str(self.grade),
            "reason": self.reason,
            "values": {key: _plain(value) for key, value in self.values},
            "until": _plain(self.until),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """The verdict, the strictest of the findings. ``until``: for DELAY, the first lawful instant."""

    verdict: Verdict
    findings: tuple[Finding, ...]
    until: datetime | None = None

    @property
    def allowed(self) -> bool:
        """Whether it may go now."""
        return self.verdict is Verdict.ALLOW

    @property
    def against(self) -> tuple[Finding, ...]:
        """The findings that stand in the way, the strictest first."""
        return tuple(sorted((each for each in self.findings if each.verdict.rank), key=lambda each: -each.verdict.rank))

    def record(self) -> Mapping[str, Any]:
        """Plain values: what is logged."""
        return {
            "verdict": str(self.verdict),
            "until": _plain(self.until),
            "findings": [each.record() for each in self.findings],
        }


def ruling(findings: Iterable[Finding], *, until: datetime | None = None) -> Ruling:
    """The ruling of these findings; ``until`` is kept for a delay only."""
    found = tuple(findings)
    verdict = max((each.verdict for each in found), key=lambda each: each.rank, default=Verdict.ALLOW)
    return Ruling(verdict=verdict, findings=found, until=until if verdict is Verdict.DELAY else None)


def _plain(value: Any) -> Any:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, StrEnum):
        return str(value)
    return value
