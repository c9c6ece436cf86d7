"""The rules as data: read from one dated file per country, with where each comes from and how well it is known."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any, TypeVar

from decroche.rules.outreach import Means, Purpose, Sector
from decroche.rules.ruling import Basis, Finding, Grade, Verdict

#: The files, and the place whose rules each holds.
PLACES: Mapping[str, str] = {"all": "", "fr": "FR", "be": "BE", "ch": "CH", "ca": "CA", "us": "US"}
#: The checks that exist, and the parameters each understands.
CHECKS: Mapping[str, frozenset[str]] = {
    "window": frozenset({"hours", "holidays", "fresh_minutes", "unless_slot"}),
    "limit": frozenset({"count", "hours", "days", "calendar", "counts", "unanswered", "hours_if_answered", "once"}),
    "refusal": frozenset({"days"}),
    "opt_out": frozenset({"minutes"}),
    "person": frozenset({"flag"}),
    "own_people": frozenset(),
    "number": frozenset(),
    "request": frozenset({"within_hours"}),
    "consent": frozenset(
        {"customer", "customer_months", "inquiry_months", "contract", "written", "business", "service", "forbidden"}
    ),
    "consent_age": frozenset({"months"}),
    "conversation": frozenset({"days"}),
    "register": frozenset({"name", "max_age_days", "inquiry_months", "contract", "business"}),
    "disclosure": frozenset(),
    "language": frozenset({"first"}),
    "sender": frozenset({"forbidden", "required", "expects_reply"}),
    "basis": frozenset({"reason"}),
    "tone": frozenset({"speakers", "features"}),
    "words": frozenset({"note"}),
}


Word = TypeVar("Word", Means, Purpose, Sector)


class BadRules(ValueError):
    """A file of rules cannot be used; the message names the rule."""


class NotAdjustable(ValueError):
    """A setting would change what is not ours to change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule: whom and what it concerns, since when, on what basis, and the numbers that its check takes.

    ``place``: ISO country, empty for everywhere. ``means`` and ``purposes``: empty for all. In force over
    ``[valid_from, valid_until)``, days of the recipient. ``sender_too``: it also binds who sends from there.
    ``adjustable``: a business may change its numbers.
    """

    id: str
    place: str
    check: str
    basis: Basis
    source: str
    source_date: date | None
    grade: Grade
    title_fr: str
    title_en: str
    means: frozenset[Means] = frozenset()
    purposes: frozenset[Purpose] = frozenset()
    sectors: frozenset[Sector] = frozenset()
    subdivisions: frozenset[str] = frozenset()
    consumers_only: bool = False
    sender_too: bool = False
    adjustable: bool = False
    valid_from: date | None = None
    valid_until: date | None = None
    numbers: Mapping[str, Any] = field(default_factory=dict)

    def in_force(self, day: date) -> bool:
        """Whether it holds on this day."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day < self.valid_until
        )

    def title(self, language: str) -> str:
        """What it says, in a sentence."""
        return self.title_fr if language.startswith("fr") else self.title_en

    def found(self, verdict: Verdict, reason: str, *, until: datetime | None = None, **values: Any) -> Finding:
        """A finding of this rule."""
        return Finding(
            rule=self.id,
            verdict=verdict,
            basis=self.basis,
            source=self.source,
            source_date=self.source_date,
            grade=self.grade,
            reason=reason,
            values=tuple(sorted(values.items())),
            until=until,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Rulebook:
    """All rules, and the tables that they need beside: senders, area codes, time zones, numbers for fiction."""

    rules: tuple[Rule, ...]
    tables: Mapping[str, Mapping[str, Any]]

    def rule(self, id: str) -> Rule:
        """The rule of this name. Raises ``KeyError``."""
        for each in self.rules:
            if each.id == id:
                return each
        raise KeyError(id)

    def checked(self, *checks: str) -> tuple[Rule, ...]:
        """The rules of these checks."""
        return tuple(each for each in self.rules if each.check in checks)

    def knows(self, country: str) -> bool:
        """Whether the country has rules of its own here."""
        return bool(country) and country in PLACES.values()

    def table(self, country: str, name: str) -> Any:
        """A table of a country's file, or an empty mapping."""
        return self.tables.get(country, {}).get(name, {})

    def adjusted(self, settings: Mapping[str, Mapping[str, Any]]) -> Rulebook:
        """The rules with a business's own numbers: ``{"TXT-24H": {"hours": 12}}``.

        Raises ``NotAdjustable`` for a rule that is not a default of ours, and for a number it does not have.
        """
        for id, numbers in settings.items():
            known = {each.id: each for each in self.rules}
            if id not in known or not known[id].adjustable:
                raise NotAdjustable(id)
            if unknown := numbers.keys() - CHECKS[known[id].check]:
                raise NotAdjustable(f"{id}: {', '.join(sorted(unknown))}")
        return Rulebook(
            tuple(
                replace(each, numbers=MappingProxyType({**each.numbers, **settings.get(each.id, {})}))
                for each in self.rules
            ),
            self.tables,
        )


@cache
def rulebook() -> Rulebook:
    """The rules that come with the program."""
    texts = {name: resources.files(__package__).joinpath("data", f"{name}.toml").read_text("utf-8") for name in PLACES}
    return read_rules(texts)


def read_rules(texts: Mapping[str, str]) -> Rulebook:
    """The rules of TOML texts by name of file (``all``, ``fr``…). Raises ``BadRules``."""
    rules: list[Rule] = []
    tables: dict[str, Mapping[str, Any]] = {}
    for name, text in texts.items():
        try:
            read = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise BadRules(f"{name}: {error}") from error
        rules += [_rule(entry, PLACES[name]) for entry in read.pop("rule", [])]
        tables[PLACES[name]] = MappingProxyType(read)
    seen: set[str] = set()
    for each in rules:
        if each.id in seen:
            raise BadRules(f"{each.id} stands twice")
        seen.add(each.id)
    return Rulebook(tuple(rules), MappingProxyType(tables))


_OWN = frozenset(Rule.__slots__) - {"place", "numbers"}


def _rule(entry: Mapping[str, Any], place: str) -> Rule:
    id = entry.get("id", "a rule without id")
    own = {key: value for key, value in entry.items() if key in _OWN}
    numbers = {key: value for key, value in entry.items() if key not in _OWN}
    try:
        if unknown := numbers.keys() - CHECKS[entry["check"]]:
            raise BadRules(f"{id}: {', '.join(sorted(unknown))} is not known")
        rule = Rule(
            **{
                **own,
                "basis": Basis(entry["basis"]),
                "grade": Grade(entry["grade"]),
                "means": _words(Means, entry.get("means", ())),
                "purposes": _words(Purpose, entry.get("purposes", ())),
                "sectors": _words(Sector, entry.get("sectors", ())),
                "subdivisions": frozenset(entry.get("subdivisions", ())),
                "source_date": entry.get("source_date"),
            },
            place=place,
            numbers=MappingProxyType(numbers),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadRules(f"{id}: {error}") from error
    if rule.basis in (Basis.LAW, Basis.CHARTER) and rule.adjustable:
        raise BadRules(f"{id}: what the law or a charter says is not adjustable")
    return rule


def _words(kind: Callable[[str], Word], names: Iterable[str]) -> frozenset[Word]:
    return frozenset(kind(name) for name in names)
