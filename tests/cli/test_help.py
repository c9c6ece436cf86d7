"""The list of options can be read on a terminal of 80 columns."""

from __future__ import annotations

import pytest
import typer.main
from typer.testing import CliRunner

from decroche.cli import app

GROUP = typer.main.get_command(app)
COMMANDS = GROUP.list_commands(None)  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_reads_whole_at_80_columns(name: str) -> None:
    shown = CliRunner().invoke(app, [name, "--help"], env={"COLUMNS": "80", "TERMINAL_WIDTH": "80"}).stdout
    words = set(shown.replace(",", " ").replace("/", " ").split())
    command = GROUP.get_command(None, name)  # type: ignore[attr-defined]
    options = {each for parameter in command.params for each in (*parameter.opts, *parameter.secondary_opts)}
    assert {each for each in options if each.startswith("--")} - words == set()
    assert max(map(len, shown.splitlines())) <= 80
