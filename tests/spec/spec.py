"""What a spec is: a title, a few words, rows in, the expected answer, and the functions that must give it."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from decroche.prove.sources import SOURCES
from tests.spec import table

_KEY = re.compile(r"\[([A-Z]+\d)\]")

Answer = Callable[..., Sequence[Mapping[str, object]]]


@dataclass(frozen=True, kw_only=True)
class Spec:
    """One definition.

    ``given`` draws the rows and ``expected`` the answer. When ``expected`` is empty, ``given`` holds both, with
    ``||`` between them: one case a line. ``plain`` takes the rows (a list of dicts) and ``settings`` as keyword
    arguments, and returns rows. ``columnar`` is the column twin with the same signature, or None.
    ``defines`` are the functions of ``decroche`` that the spec defines: the page quotes their docstrings.
    """

    title: str
    prose: str
    given: str
    plain: Answer
    expected: str = ""
    columnar: Answer | None = None
    settings: Mapping[str, table.Cell] = field(default_factory=dict)
    defines: tuple[Callable[..., Any], ...] = ()

    @property
    def drawn(self) -> tuple[str, str]:
        """What is given, and what is expected."""
        return (self.given, self.expected) if self.expected else table.halves(self.given)

    def problems(self, answer: Answer) -> list[str]:
        """Where ``answer`` differs from what is expected."""
        given, expected = self.drawn
        return table.differences(expected, answer(table.parse(given), **self.settings))

    def markdown(self) -> str:
        """The spec as a section of a page."""
        parts = [f"## {self.title}", _tidy(self.prose)]
        if self.settings:
            parts.append("With " + ", ".join(f"`{k}` = {_shown(v)}" for k, v in self.settings.items()) + ".")
        if self.expected:
            parts += [table.markdown(self.given), "gives", table.markdown(self.expected, strong_after=0)]
        else:
            given, expected = self.drawn
            width = len(table.split(given)[0])
            lines = zip(given.splitlines(), expected.splitlines(), strict=True)
            parts.append(table.markdown("\n".join(f"{a}|{b}" for a, b in lines), strong_after=width))
        parts += [_definition(function) for function in self.defines]
        if self.columnar:
            parts.append("The same answer is demanded of the column form that reads whole files.")
        return "\n\n".join(parts)


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page of ``docs/reference``: a module of this package that has a ``PAGE`` is found and written."""

    name: str
    title: str
    intro: str
    specs: tuple[Spec, ...] = ()
    body: Callable[[], str] | None = None

    def markdown(self) -> str:
        """The whole page."""
        note = f"<!-- Written by `python -m tests.spec.write_docs` from tests/spec/{self.name}.py. Do not edit. -->"
        parts = [f"# {self.title}", note, _tidy(self.intro)]
        if self.body:
            parts.append(self.body())
        text = "\n\n".join([*parts, *(spec.markdown() for spec in self.specs)])
        cited = [f"- [{key}] {SOURCES[key]}" for key in sorted(set(_KEY.findall(text))) if key in SOURCES]
        return "\n\n".join([text, *(["## Sources", "\n".join(cited)] if cited else [])]) + "\n"


def each(function: Callable[..., object], *, into: str | None = None) -> Answer:
    """A function of one row as a function of rows: the columns are its keyword arguments.

    It returns a mapping or a frozen dataclass, or, with ``into``, one value for the column of that name.
    """

    @functools.wraps(function)
    def answer(rows: table.Rows, **settings: table.Cell) -> list[Mapping[str, object]]:
        results = []
        for row in rows:
            given: dict[str, Any] = {**row, **settings}
            result = function(**given)
            if into is not None:
                result = {into.replace(" ", "_"): result}
            elif dataclasses.is_dataclass(result) and not isinstance(result, type):
                result = {f.name: getattr(result, f.name) for f in dataclasses.fields(result)}
            assert isinstance(result, Mapping), f"{function} returned {result!r}: name its column with into="
            results.append(result)
        return results

    return answer


def _definition(function: Callable[..., Any]) -> str:
    name = f"{function.__module__}.{function.__qualname__}"
    return f"`{name}`: {_tidy(inspect.getdoc(function) or '')}"


def _tidy(text: str) -> str:
    return inspect.cleandoc(text).replace("``", "`")


def _shown(value: table.Cell) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "nothing" if value is None else str(value)
