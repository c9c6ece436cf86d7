"""Says the answer of a calculator in one language: each figure with its unit, its interval and how it comes about."""

from __future__ import annotations

from dataclasses import dataclass

from decroche.language import Language
from decroche.prove.calculators import Answer, Calculator, FieldKind, Line, LineKind
from decroche.prove.claims import Claim, cited, load

NOTHING = "–"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One figure, ready to show. ``how`` is its formula; ``interval`` and ``n`` may be empty."""

    name: str
    value: str
    how: str = ""
    interval: str = ""
    n: int | None = None
    strong: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidAnswer:
    """An answer in words. ``ask`` is what has to be told still, ``why`` why the two figures differ."""

    naive: tuple[Shown, ...]
    right: tuple[Shown, ...]
    ask: str
    why: str
    claims: tuple[Claim, ...]


def said(calculator: Calculator, found: Answer, language: Language) -> SaidAnswer:
    """The answer in words."""
    name = word(calculator)
    return SaidAnswer(
        naive=tuple(_shown(name, line, language) for line in found.naive),
        right=tuple(_shown(name, line, language) for line in found.right),
        ask=language.say(f"calculator.ask.{found.ask}") if found.ask else "",
        why=language.say(f"calculator.{name}.why"),
        claims=tuple(cited(load(), missions=calculator.missions)),
    )


def word(calculator: Calculator) -> str:
    """Its name as the catalogue writes it."""
    return calculator.name.replace("-", "_")


def title(calculator: Calculator, language: Language) -> str:
    """What it is called."""
    return language.say(f"calculator.{word(calculator)}.title")


def lead(calculator: Calculator, language: Language) -> str:
    """What it answers, in a sentence."""
    return language.say(f"calculator.{word(calculator)}.lead")


def label(calculator: Calculator, key: str, language: Language) -> str:
    """What a field is called."""
    if key == "currency":
        return language.say("calculator.currency")
    return language.say(f"calculator.{word(calculator)}.field.{key}")


def unit(kind: FieldKind, currency: str, language: Language) -> str:
    """What stands behind a field; empty where its name says it."""
    if kind is FieldKind.PERCENT:
        return "%"
    if kind is FieldKind.MONTHS:
        return language.say("calculator.months")
    return currency if kind is FieldKind.MONEY else ""


def choice(calculator: Calculator, key: str, value: str, language: Language) -> str:
    """What a choice of a field is called; the empty one is that nobody knows."""
    return language.say(f"calculator.{word(calculator)}.choice.{key}.{value or 'unknown'}")


def bar_name(calculator: Calculator, key: str, language: Language) -> str:
    """What an input of the picture is called."""
    return language.say(f"calculator.{word(calculator)}.bar.{key}")


def written(value: float | None, kind: LineKind, currency: str, language: Language) -> str:
    """One number of an answer."""
    if value is None:
        return NOTHING
    if kind is LineKind.MONEY:
        return language.money(value, currency)
    if kind is LineKind.PERCENT:
        # The true minus sign: a hyphen before a figure is taken for a dash.
        return language.percent(value).replace("-", "−")
    if kind is LineKind.MONTHS:
        return language.say("calculator.in_months", months=value)
    if kind is LineKind.POINTS:
        return language.say("calculator.in_points", points=language.number(value, 1).replace("-", "−"))
    decimals = 0 if kind is LineKind.COUNT or float(value).is_integer() else 1 if abs(value) >= 10 else 2
    return language.number(value, decimals).replace("-", "−")


def _shown(name: str, line: Line, language: Language) -> Shown:
    # « Points » is said once, by the figure itself.
    kind = LineKind.NUMBER if line.kind is LineKind.POINTS else line.kind
    ends = [written(end, kind, line.currency, language) for end in (line.low, line.high) if end is not None]
    return Shown(
        name=language.say(f"calculator.{name}.line.{line.key}"),
        value=written(line.value, line.kind, line.currency, language),
        how=language.say(f"calculator.{name}.line.{line.key}.how")
        if language.has(f"calculator.{name}.line.{line.key}.how")
        else "",
        interval=language.say("calculator.between", low=ends[0], high=ends[1]) if len(ends) == 2 else "",
        n=line.n,
        strong=line.strong,
    )
