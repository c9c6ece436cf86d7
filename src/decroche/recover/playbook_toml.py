"""Reads a playbook from the file that people edit, and says in sentences which line is wrong and how to mend it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from importlib import resources
from typing import Any

from decroche.recover.playbook import Attempts, Conditions, Playbook, QuietHours, Step
from decroche.recover.playbook_checks import problems
from decroche.recover.playbook_keys import (
    ATTEMPTS_KEYS,
    CONDITION_KEYS,
    PLAYBOOK_KEYS,
    QUIET_KEYS,
    STEP_KEYS,
    TITLE_KEYS,
)
from decroche.recover.toml_lines import Place
from decroche.recover.toml_tables import BadFile, Tables, document, placed

#: The playbooks that come with the program.
SHIPPED = ("garage", "clinic", "law_office", "dealership", "contact_centre")


def read_playbook(
    text: str, *, texts: Collection[str] | None = None, emails: Collection[str] | None = None
) -> Playbook:
    """The playbook of a TOML text. Raises BadFile, with every problem.

    ``texts`` and ``emails`` are the names of the templates that exist; None does not ask whether templates exist.
    """
    reading = _Reading()
    playbook = reading.playbook(document(text))
    found = reading.problems if playbook is None else problems(playbook, texts=texts, emails=emails)
    if found or playbook is None:
        raise BadFile(placed(found, text))
    return playbook


@cache
def shipped() -> Mapping[str, Playbook]:
    """The playbooks that come with the program, by name."""
    return {name: read_playbook(shipped_text(name)) for name in SHIPPED}


def shipped_text(name: str) -> str:
    """The file of a playbook that comes with the program, to be copied and edited."""
    return resources.files(__package__).joinpath("playbooks").joinpath(f"{name}.toml").read_text("utf-8")


class _Reading(Tables):
    """One reading of a playbook."""

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
        if isinstance(raw, Mapping):
            misplaced = [key for key in raw if key in CONDITION_KEYS and key not in STEP_KEYS]
            for key in misplaced:
                self.wrong((*place, key), "of_when", name=key)
            raw = {key: value for key, value in raw.items() if key not in misplaced}
        values = self.table(raw, STEP_KEYS, place)
        when = self.table(values.pop("when", {}), CONDITION_KEYS, (*place, "when"))
        if self.problems:
            return None
        if values.get("variants"):
            values.setdefault("template", values["variants"][0][0])
        return Step(when=Conditions(**when), **values)
