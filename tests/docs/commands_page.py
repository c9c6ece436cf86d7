"""Writes the page of commands from the program: ``python -m tests.docs.commands_page``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer.main

from decroche.cli import app

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "commands.md"
_HEAD = """\
# Commands

<!-- Written by `python -m tests.docs.commands_page` from the program. Do not edit. -->

`--lang` is `fr`, `fr-CA` or `en`; without it commands speak French. `--settings`, `--data` and `--database` say which
ledger is meant: [settings of the server](server-settings.md). The exit code is 0 when all went well and 2 when what was
given cannot be used; a sentence on the error stream says why. Secrets are never printed back.
"""


def commands() -> dict[str, Any]:
    """Every command by its name."""
    group: Any = typer.main.get_command(app)
    return {name: group.get_command(None, name) for name in group.list_commands(None)}


def options(command: Any) -> set[str]:
    """The long options of a command."""
    parts = [command, *getattr(command, "commands", {}).values()]
    found = {option for part in parts for each in part.params for option in (*each.opts, *each.secondary_opts)}
    return {option for option in found if option.startswith("--")} | {"--help"}


def markdown() -> str:
    """The whole page."""
    return _HEAD + "".join(_command(name, each) for name, each in commands().items())


def _command(name: str, command: Any) -> str:
    if inner := getattr(command, "commands", None):
        return "".join(_command(f"{name} {word}", each) for word, each in inner.items())
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    named = [each for each in command.params if each.param_type_name == "option" and each.name != "help"]
    words = " ".join((each.metavar or each.name.strip("_").upper()) for each in arguments)
    lines = [f"\n## decroche {name}{' ' if words else ''}{words}\n", command.help.strip().splitlines()[0], ""]
    if arguments or named:
        lines += ["| | default | meaning |", "|---|---|---|"]
    lines += [
        f"| {(each.metavar or each.name.strip('_')).upper()} | {_default(each)} | {each.help or ''} |"
        for each in arguments
    ]
    lines += [f"| `{_option(each)}` | {_default(each)} | {each.help or ''} |" for each in named]
    return "\n".join(lines).rstrip() + "\n"


def _option(option: Any) -> str:
    both = [*option.opts, *option.secondary_opts]
    return " / ".join(each for each in both if each.startswith("--"))


def _default(parameter: Any) -> str:
    default = parameter.default
    if isinstance(default, bool):
        return "yes" if default else "no"
    shown = not parameter.required and isinstance(default, (str, int, float, Path)) and str(default)
    return f"`{default}`" if shown else ""


if __name__ == "__main__":
    PAGE.write_text(markdown(), encoding="utf-8")
