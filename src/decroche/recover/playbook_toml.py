"""Reads a playbook from the file that people edit, and says in sentences which line is wrong and how to mend it."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import cache
from importlib import resources
from typing import Any

from decroche.language import Language
from decroche.recover.playbook import Attempts, Conditions, Playbook, QuietHours, Step
from decroche.recover.playbook_checks import Problem, problems
from decroche.recover.playbook_keys import (
    ATTEMPTS_KEYS,
    CONDITION_KEYS,
    PLAYBOOK_KEYS,
    QUIET_KEYS,
    STEP_KEYS,
    TITLE_KEYS,
    Key,
    Wrong,
)
from decroche.recover.toml_lines import Place, line_of, lines_of

#: The playbooks that come with the program.
SHIPPED = ("garage", "clinic", "law_office", "dealership", "contact_centre")


class BadPlaybook(ValueError):
    """A text that is no playbook: ``problems`` has all that is wrong with it, in the order of its lines."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(problem.said(Language("en")) for problem in problems))
        self.problems = problems


def read_playbook(
    text: str, *, texts: Collection[str] | None = None, emails: Collection[str] | None = None
) -> Playbook:
    """The playbook of a TOML text. Raises BadPlaybook.

    ``texts`` and ``emails`` are the names of the templates that exist; None does not ask whether templates exist.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        problem = Problem(
            place=(),
            word="not_toml",
            values={"problem": re.sub(r" \(at .*\)", "", str(error))},
            line=int(line[1]) if line else max(1, len(text.splitlines())),
        )
        raise BadPlaybook((problem,)) from error
    reading = _Reading()
    playbook = reading.playbook(document)
    found = reading.problems or list(problems(playbook, texts=texts, emails=emails)) if playbook else reading.problems
    if found or playbook is None:
        lines = lines_of(text)
        placed = [replace(problem, line=line_of(problem.place, lines)) for problem in found]
        raise BadPlaybook(tuple(sorted(placed, key=lambda problem: problem.line or 0)))
    return playbook


@cache
def shipped() -> Mapping[str, Playbook]:
    """The playbooks that come with the program, by name."""
    return {name: read_playbook(shipped_text(name)) for name in SHIPPED}


def shipped_text(name: str) -> str:
    """The file of a playbook that comes with the program, to be copied and edited."""
    return resources.files(__package__).joinpath("playbooks").joinpath(f"{name}.toml").read_text("utf-8")


class _Reading:
    """One reading of a document: values come out, problems are gathered."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def playbook(self, document: Mapping[str, Any]) -> Playbook | None:
        values = self.table(document, PLAYBOOK_KEYS, ())
        titles = self.table(values.pop("title", {}), TITLE_KEYS, ("title",))
        attempts = self.table(values.pop("attempts", {}), ATTEMPTS_KEYS, ("attempts",))
        quiet = self.table(values.pop("quiet_hours", None), QUIET_KEYS, ("quiet_hours",))
        steps = [self.step(each, ("step", number)) for number, each in enumerate(values.pop("step", []))]
        if self.problems:
            return None
        if quiet:
            values["quiet_hours"] = QuietHours(quiet["from"], quiet["to"])
        return Playbook(
            titles=titles,
            steps=tuple(step for step in steps if step is not None),
            attempts=Attempts(**attempts),
            **values,
        )

    def step(self, raw: Any, place: Place) -> Step | None:
        values = self.table(raw, STEP_KEYS, place)
        when = self.table(values.pop("when", {}), CONDITION_KEYS, (*place, "when"))
        return None if self.problems else Step(when=Conditions(**when), **values)

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
                self.unknown(name, keys, place)
                continue
            try:
                found[name] = keys[name].read(value)
            except Wrong as wrong:
                self.problems.append(Problem(place=(*place, name), word=wrong.word, values=wrong.values))
        for name, key in keys.items():
            if key.required and name not in raw:
                self.problems.append(Problem(place=place, word="missing", values={"name": name}))
        return found

    def unknown(self, name: str, keys: Mapping[str, Key], place: Place) -> None:
        if keys is STEP_KEYS and name in CONDITION_KEYS:
            self.problems.append(Problem(place=(*place, name), word="of_when", values={"name": name}))
            return
        near = difflib.get_close_matches(name, keys, n=1)
        values = {"name": name, "near": near[0]} if near else {"name": name, "known": ", ".join(keys)}
        word = "unknown_near" if near else "unknown"
        self.problems.append(Problem(place=(*place, name), word=word, values=values))
