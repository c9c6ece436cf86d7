"""Reads the tables of a file that people edit, and gathers everything that is wrong with it, line by line."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from decroche.language import Language
from decroche.recover.toml_lines import Place, line_of, lines_of

_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something wrong: ``place`` leads to the key, ``word`` names the sentence, ``line`` is known for files only."""

    place: Place
    word: str
    values: Mapping[str, Any] = field(default_factory=dict)
    line: int | None = None

    @property
    def key(self) -> str:
        """The place as people write it: ``step 2, when.reasons`` is ``step[2].when.reasons``; entries count from 1."""
        written = ""
        for part in self.place:
            written += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if written else part
        return written

    def said(self, language: Language) -> str:
        """The problem in a sentence, with its line and its key."""
        values = {
            name: value.said(language) if hasattr(value, "said") else value for name, value in self.values.items()
        }
        sentence = language.say(f"playbook.wrong.{self.word}", **values)
        if self.line is None:
            return language.say("playbook.at_key", key=self.key, sentence=sentence) if self.place else sentence
        if not self.place:
            return language.say("playbook.at_line", line=str(self.line), sentence=sentence)
        return language.say("playbook.at", line=str(self.line), key=self.key, sentence=sentence)


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key that a table may have: how its value is read and written, and what it means, in English for the docs."""

    read: Callable[[Any], Any]
    form: str
    meaning: str
    default: str = ""
    required: bool = False


class Wrong(Exception):
    """A value that cannot be read: ``word`` names the sentence that says why."""

    def __init__(self, word: str, **values: Any) -> None:
        super().__init__(word)
        self.word = word
        self.values = values


class Tables:
    """One reading of a document: values come out, problems are gathered."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def wrong(self, place: Place, word: str, **values: Any) -> None:
        """Keep a problem."""
        self.problems.append(Problem(place=place, word=word, values=values))

    def table(self, raw: Any, keys: Mapping[str, Key], place: Place) -> dict[str, Any]:
        """The values of one table, those that can be read; None is a table that may be absent and is."""
        if raw is None:
            return {}
        if not isinstance(raw, Mapping):
            self.problems.append(Problem(place=place, word="table"))
            return {}
        found = {}
        for name, value in raw.items():
            if name not in keys:
                self._unknown(name, keys, place)
                continue
            try:
                found[name] = keys[name].read(value)
            except Wrong as wrong:
                self.problems.append(Problem(place=(*place, name), word=wrong.word, values=wrong.values))
        for name, key in keys.items():
            if key.required and name not in raw:
                self.problems.append(Problem(place=place, word="missing", values={"name": name}))
        return found

    def _unknown(self, name: str, keys: Mapping[str, Key], place: Place) -> None:
        near = difflib.get_close_matches(name, keys, n=1)
        values = {"name": name, "near": near[0]} if near else {"name": name, "known": ", ".join(keys)}
        word = "unknown_near" if near else "unknown"
        self.problems.append(Problem(place=(*place, name), word=word, values=values))


class BadFile(ValueError):
    """A text that is not what it should be: ``problems`` has all that is wrong, in the order of the lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problem.said(Language("en")) for problem in self.problems))


def document(text: str) -> Mapping[str, Any]:
    """What a TOML text says. Raises BadFile."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        problem = Problem(
            place=(),
            word="not_toml",
            values={"problem": re.sub(r" \(at .*\)", "", str(error))},
            line=int(line[1]) if line else max(1, len(text.splitlines())),
        )
        raise BadFile([problem]) from error


def placed(problems: Iterable[Problem], text: str) -> tuple[Problem, ...]:
    """The problems with the lines on which they stand in ``text``, in the order of the lines."""
    lines = lines_of(text)
    found = [replace(problem, line=line_of(problem.place, lines)) for problem in problems]
    return tuple(sorted(found, key=lambda problem: problem.line or 0))


def text(value: Any) -> str:
    """A text that says something."""
    if not isinstance(value, str) or not value.strip():
        raise Wrong("text")
    return value


def name(value: Any) -> str:
    """A name of ours: small letters, digits and _."""
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise Wrong("name")
    return value


def tables(value: Any) -> list[Any]:
    """Several tables under one name."""
    if not isinstance(value, list):
        raise Wrong("tables")
    return value


def one_of(known: type[StrEnum] | Collection[str]) -> Callable[[Any], Any]:
    """Reads one of the words known."""
    words = [str(word) for word in known]

    def read(value: Any) -> Any:
        if value not in words:
            near = difflib.get_close_matches(str(value), words, n=1)
            if near:
                raise Wrong("word_near", found=str(value), near=near[0])
            raise Wrong("word", found=str(value), known=", ".join(words))
        return known(value) if isinstance(known, type) else value

    return read


def several(read: Callable[[Any], Any]) -> Callable[[Any], tuple[Any, ...]]:
    """Reads a list that is not empty, each entry as ``read`` does."""

    def read_all(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list) or not value:
            raise Wrong("list")
        return tuple(read(each) for each in value)

    return read_all
