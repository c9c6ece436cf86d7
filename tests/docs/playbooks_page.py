"""Writes the page of playbooks from the keys that are read: ``python -m tests.docs.playbooks_page``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from decroche.language import Language
from decroche.recover.playbook_keys import (
    ATTEMPTS_KEYS,
    CONDITION_KEYS,
    PLAYBOOK_KEYS,
    QUIET_KEYS,
    STEP_KEYS,
    TITLE_KEYS,
)
from decroche.recover.playbook_toml import shipped
from decroche.recover.toml_tables import Key

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "playbooks.md"
_HEAD = """\
# Playbooks

<!-- Written by `python -m tests.docs.playbooks_page` from the program. Do not edit. -->

A playbook says what is done for a caller whom nobody answered: one TOML file, to be copied and edited. Steps are walked
in their order. When the time of a step comes its conditions are looked at again; a step whose conditions do not hold is
skipped, and the reason is kept. The playbook ends as soon as the caller's need is met. Whether an act is allowed is not
the playbook's affair: the rules of the country are asked before each act.

A step is over: `wait` with a reply, a booking or its time; `callback` when all attempts are used up, or when `within`
has passed and nobody tried; `assign` and `escalate` with `within` likewise, without it at once; every other act when
it is done.

| playbook | for | steps | left out at random to measure |
|---|---|---|---|
"""
_TABLES: tuple[tuple[str, str, Mapping[str, Key]], ...] = (
    ("The playbook", "At the top of the file.", PLAYBOOK_KEYS),
    ("title", 'By language: `title = { fr = "Garage", en = "Garage" }`.', TITLE_KEYS),
    ("attempts", "Under `[attempts]`.", ATTEMPTS_KEYS),
    ("quiet_hours", 'As `quiet_hours = { from = "19:30", to = "07:30" }`.', QUIET_KEYS),
    ("A step", "Each under its own `[[step]]`.", STEP_KEYS),
    ("when", "Under `[step.when]`, or in braces. All that is given must hold.", CONDITION_KEYS),
)


def markdown() -> str:
    """The whole page."""
    english = Language("en")
    page = _HEAD
    for name, playbook in shipped().items():
        steps = " → ".join(step.act.value for step in playbook.steps)
        page += f"| `{name}` | {playbook.title(english.code)} | {steps} | {'yes' if playbook.holdout else 'never'} |\n"
    for title, sentence, keys in _TABLES:
        page += f"\n## {title}\n\n{sentence}\n\n| key | written | without it | meaning |\n|---|---|---|---|\n"
        page += "".join(
            f"| `{name}` | {key.form} | {'needed' if key.required else key.default} | {key.meaning} |\n"
            for name, key in keys.items()
        )
    return page


if __name__ == "__main__":
    PAGE.write_text(markdown(), encoding="utf-8")
