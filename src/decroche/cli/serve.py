"""``decroche serve``: the server, in one process, until it is told to stop."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.exc import OperationalError

from decroche.cli.running import run
from decroche.cli.server_sayings import SERVER_SAYINGS
from decroche.server import build_server
from decroche.server_settings import BadServerSettings, Role, read_server_settings
from decroche.telemetry import configure_logging


def serve(
    settings: Annotated[Path | None, typer.Option(help="Settings file (TOML).")] = None,
    data: Annotated[Path | None, typer.Option(help="Folder of the embedded ledger.")] = None,
    database: Annotated[str | None, typer.Option(help="PostgreSQL database instead: postgresql://…")] = None,
    public_url: Annotated[str | None, typer.Option(help="Address under which platforms reach us.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    role: Annotated[Role | None, typer.Option(help="all, web or worker (the last two on PostgreSQL).")] = None,
) -> None:
    """Listen to phone systems, and show what they say."""
    try:
        told = read_server_settings(
            settings, data=data, database=database, public_url=public_url, host=host, port=port, role=role
        )
        configure_logging(told.log_level)
        server = build_server(told)
    except (BadServerSettings, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    except OperationalError as error:
        typer.echo(SERVER_SAYINGS["database_unreachable"].en.format(database=told.database_shown), err=True)
        raise typer.Exit(2) from error
    run(server, host=told.host, port=told.port)
