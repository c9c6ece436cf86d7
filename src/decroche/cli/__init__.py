"""The command ``decroche``: one module for each group of commands."""

from __future__ import annotations

import sys

import typer

from decroche.cli.audit import audit
from decroche.cli.connectors import connectors
from decroche.cli.demo import demo
from decroche.cli.simulate import simulate

app = typer.Typer(
    name="decroche",
    help="Turns missed calls into kept customers.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(audit)
app.command()(demo)
app.command()(simulate)
app.command()(connectors)


@app.callback()
def _commands() -> None:
    """Décroche listens to a phone system, counts what was missed, and says what to do about it."""


def main() -> None:
    """Run the command line. A closed pipe or Ctrl-C ends it without a traceback."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(141)
