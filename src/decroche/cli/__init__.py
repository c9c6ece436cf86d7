"""The command ``decroche``: one module for each group of commands."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

#: Where each command is defined. A module is imported when its command is called: the audit needs no web server.
_COMMANDS = {
    "audit": "audit:audit",
    "campaign": "campaign:campaign",
    "demo": "demo:demo",
    "simulate": "simulate:simulate",
    "connectors": "connectors:connectors",
    "serve": "serve:serve",
    "account": "connecting:account",
    "connect": "connecting:connect",
    "endpoints": "endpoints:list_endpoints",
    "sites": "sites:sites",
    "hours": "hours:hours",
    "backfill": "backfilling:backfill",
    "import": "importing:import_",
    "callbacks": "callbacks:callbacks",
    "inbox": "inbox:inbox",
    "recovery": "recovery_group:recovery",
    "explain": "explain:explain",
    "proof": "proof:proof",
    "kpis": "kpis:kpis",
    "report": "reporting:report",
    "calculate": "calculating:calculate",
    "attribution": "attribution:attribution",
    "costs": "costs:costs",
    "sources": "sources:sources",
    "experiments": "experiments:experiments",
    "surveys": "surveys:surveys",
    "members": "members:members",
    "feeds": "feeds:feeds",
    "sheets": "sheets:sheets",
    "crm": "crm:crm",
    "opportunities": "opportunities:opportunities",
    "privacy": "privacy:privacy",
    "token": "tokens:token",
    "backup": "ledger:backup",
    "restore": "ledger:restore",
    "rebuild": "ledger:rebuild",
    "rules": "rules:rules",
}


class _Commands(TyperGroup):
    """The commands by name, each read when it is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Their names, in the order in which a newcomer meets them."""
        return list(_COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of a name; None when there is none."""
        if cmd_name not in _COMMANDS:
            return None
        module, _, function = _COMMANDS[cmd_name].partition(":")
        found = getattr(import_module(f"decroche.cli.{module}"), function)
        if isinstance(found, typer.Typer):
            return get_command(found)
        alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
        alone.command(cmd_name)(found)
        return get_command(alone)


app = typer.Typer(
    cls=_Commands,
    name="decroche",
    help="Turns missed calls into kept customers.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    # Boxes cut the names of options short at 80 columns, and paths in messages into pieces.
    rich_markup_mode=None,
)


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
