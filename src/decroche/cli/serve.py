"""``decroche serve``: the server, in one process, until it is told to stop."""

from __future__ import annotations

import errno
import socket
import sys
from contextlib import closing
from datetime import UTC, datetime
from typing import Annotated

import typer

from decroche.cli.connecting import Data, Database, Lang, Settings
from decroche.cli.opening import saying_why, server_speaker, told_settings
from decroche.cli.running import run
from decroche.cli.served_at import noting_where
from decroche.cli.speaker import Speaker
from decroche.ledger.members import anybody
from decroche.ledger.one_time_links import LinkKind, make_one_time_link
from decroche.ledger.store import Ledger
from decroche.server import build_server
from decroche.server_settings import Role, ServerSettings
from decroche.telemetry import configure_logging

_ANYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared with, not listened on


def serve(
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
    public_url: Annotated[str | None, typer.Option(help="Address under which platforms reach us.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[str | None, typer.Option(help="Port to listen on.")] = None,
    role: Annotated[Role | None, typer.Option(help="all, web or worker (the last two on PostgreSQL).")] = None,
    lang: Lang = "fr",
) -> None:
    """Listen to phone systems, and show what they say."""
    speaker = server_speaker(lang)
    told = told_settings(
        speaker, settings, data=data, database=database, public_url=public_url, host=host, port=port, role=role
    )
    configure_logging(told.log_level)
    with closing(_listening(speaker, told)) as listening:
        address = address_of(told, listening.getsockname()[1])
        with saying_why(speaker, told):
            server = build_server(told)
            greet(speaker, server.ledger, told, address, watched=sys.stdout.isatty())
        with noting_where(told, address):
            run(server, host=told.host, port=told.port, listening=listening)


def greet(speaker: Speaker, ledger: Ledger, told: ServerSettings, address: str, *, watched: bool) -> None:
    """Say where the pages are; as long as nobody works here, with a link that makes whoever opens it the first owner.

    A link is shown only to somebody who watches: what a service prints is kept in a log.
    """
    if told.role is Role.WORKER:
        speaker.say("working")
        return
    speaker.say("serving", url=address)
    with ledger.reading() as connection:
        somebody = anybody(connection)
    if somebody:
        return
    if not watched:
        speaker.say("sign_in_with")
        return
    with ledger.writing() as connection:
        key = make_one_time_link(connection, LinkKind.FIRST_RUN, None, now=datetime.now(UTC))
    speaker.say("first_link", url=f"{address}/first-run?key={key}")


def address_of(told: ServerSettings, port: int) -> str:
    """What to type into a browser."""
    if told.public_url is not None:
        return told.public_url
    host = "localhost" if told.host in _ANYWHERE else told.host
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _listening(speaker: Speaker, told: ServerSettings) -> socket.socket:
    """A socket on the address that was told; the command ends when it cannot be had."""
    try:
        found = socket.getaddrinfo(told.host, told.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, address = found[0]
        return socket.create_server(address[:2], family=family, backlog=2048)
    except (OSError, UnicodeError) as error:
        taken = getattr(error, "errno", None) == errno.EADDRINUSE
        problem = speaker.text("port_in_use") if taken else getattr(error, "strerror", None) or str(error)
        speaker.fail("address_taken", host=told.host, port=str(told.port), problem=problem)
