"""``decroche feeds``: the tables that BI tools read, and the addresses at which they read them."""

from __future__ import annotations

import secrets
import shutil
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from decroche.cli.connecting import Data, Database, Lang, Of, Settings, account_of, told_settings
from decroche.cli.feeding import feeds_here
from decroche.cli.feeds_sayings import FEEDS_SAYINGS
from decroche.cli.opening import at_ledger, server_speaker, usable_name
from decroche.cli.served_at import where_served
from decroche.cli.speaker import Speaker
from decroche.ledger.audit_log import COMMAND, note
from decroche.ledger.bi_views import (
    BadRole,
    BiReader,
    add_reader,
    make_views,
    readers,
    remove_reader,
    view_statements,
)
from decroche.ledger.feeds import add_feed, feeds_of, revoke_feed
from decroche.model.feed import FEEDS
from decroche.prove.service_feed_files import Format
from decroche.prove.service_feeds import BadWish, Reader, Wish

feeds = typer.Typer(
    name="feeds",
    help="Tables for BI tools: read them, and make the addresses at which tools read them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
#: The memory of the engine that makes a file.
_MEMORY = "250MB"


@feeds.command()
def read(
    table: Annotated[str, typer.Argument(help="v1_calls, v1_journeys, v1_daily_kpi, v1_messages, v1_costs…")],
    out: Annotated[Path | None, typer.Option(help="The file; its end is the format. Else: CSV here.")] = None,
    since: Annotated[str | None, typer.Option("--from", help="First day, such as 2026-01-31.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="The day after the last.")] = None,
    numbers: Annotated[bool, typer.Option("--numbers", help="Phone numbers in full.")] = False,
    french: Annotated[bool, typer.Option("--french-excel", help="Semicolons, and the mark that Excel wants.")] = False,
    of: Of = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Write a table as a file: CSV, Parquet or Arrow."""
    speaker = server_speaker(lang).knowing(FEEDS_SAYINGS)
    told = told_settings(speaker, settings, data, database)
    _known(speaker, [table])
    end = "csv" if out is None else out.suffix.removeprefix(".")
    if end not in set(Format):
        speaker.fail("feed_unknown_format", name=end)
    wish = Wish(
        format=Format(end),
        since=_day(speaker, since),
        until=_day(speaker, until),
        separator=";" if french else ",",
        bom=french,
    )
    with at_ledger(speaker, told) as ledger:
        account = str(account_of(speaker, ledger, of).id)
        with feeds_here(ledger, told, account) as made:
            try:
                answer = made.read(Reader(account=account, numbers=numbers), table, wish)
            except BadWish as error:
                speaker.fail("feed_bad_wish", field=error.field)
            assert answer.file is not None
            with answer.file as file:
                if out is None:
                    sys.stdout.flush()
                    shutil.copyfileobj(file, sys.stdout.buffer)
                    return
                try:
                    with out.open("wb") as written:
                        shutil.copyfileobj(file, written)
                except OSError as error:
                    speaker.no_access(error, out)
    speaker.say("feed_written", path=out, rows=answer.rows, table=table)


@feeds.command()
def make(
    name: Annotated[str, typer.Argument(help="What the address is for, such as « Looker Studio ».")],
    table: Annotated[list[str] | None, typer.Option(help="A table that is shown; all by default. Repeatable.")] = None,
    site: Annotated[list[str] | None, typer.Option(help="A site that is shown; all by default. Repeatable.")] = None,
    numbers: Annotated[bool, typer.Option("--numbers", help="Phone numbers in full.")] = False,
    of: Of = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Make an address at which a tool reads that sends no token. Whoever knows it reads."""
    speaker = server_speaker(lang).knowing(FEEDS_SAYINGS)
    told = told_settings(speaker, settings, data, database)
    name, now = usable_name(speaker, name), datetime.now(UTC)
    _known(speaker, table or [])
    with at_ledger(speaker, told) as ledger:
        account = str(account_of(speaker, ledger, of).id)
        with ledger.for_account(account) as mine:
            ids = {row["name"]: row["id"] for row in mine.sites()}
        for each in site or []:
            if each not in ids:
                speaker.fail("feed_unknown_site", name=each)
        with ledger.writing() as connection:
            secret = add_feed(
                connection, account, name=name, tables=table or (), numbers=numbers, by="decroche feeds", now=now,
                sites=None if site is None else [ids[each] for each in site],
            )  # fmt: skip
            note(connection, account, COMMAND, "feed.made", name, {"tables": " ".join(table or ())}, at=now)
    shown = ", ".join(table or ()) or speaker.text("feed_every_table")
    speaker.say("feed_made", name=name, secret=secret, url=where_served(told) or "http://localhost:8350", tables=shown)


@feeds.command("list")
def list_feeds(
    of: Of = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Show the addresses that are open, and when each was read last."""
    speaker = server_speaker(lang).knowing(FEEDS_SAYINGS)
    told = told_settings(speaker, settings, data, database)
    with at_ledger(speaker, told) as ledger:
        account = str(account_of(speaker, ledger, of).id)
        with ledger.reading() as connection:
            found = feeds_of(connection, account)
    for each in found:
        at = None if each.read_at is None else f"{each.read_at:%Y-%m-%d %H:%M} UTC"
        speaker.say(
            "feed_known",
            name=each.name,
            tables=", ".join(each.tables) or speaker.text("feed_every_table"),
            made=each.created_at.date(),
            read=speaker.text("feed_never_read") if at is None else speaker.text("feed_read_at", at=at),
            id=each.id,
        )
    if not found:
        speaker.say("feed_none")


@feeds.command()
def revoke(
    name: Annotated[str, typer.Argument(help="The name of the address, or its number.")],
    of: Of = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Close an address: nothing is read there any more."""
    speaker = server_speaker(lang).knowing(FEEDS_SAYINGS)
    told, now = told_settings(speaker, settings, data, database), datetime.now(UTC)
    with at_ledger(speaker, told) as ledger:
        account = str(account_of(speaker, ledger, of).id)
        with ledger.writing() as connection:
            found = [each for each in feeds_of(connection, account) if name.strip() in (each.id, each.name)]
            if not found:
                speaker.fail("feed_not_there", name=name)
            revoke_feed(connection, account, found[0].id, now=now)
            note(connection, account, COMMAND, "feed.revoked", found[0].name, at=now)
    speaker.say("feed_revoked", name=found[0].name)


@feeds.command()
def views(
    role: Annotated[str | None, typer.Argument(help="A role to make or change, such as bi_garage; else: list.")] = None,
    site: Annotated[list[str] | None, typer.Option(help="A site that is shown; all by default. Repeatable.")] = None,
    numbers: Annotated[bool, typer.Option("--numbers", help="Phone numbers in full.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Take the role away.")] = False,
    as_sql: Annotated[bool, typer.Option("--print", help="Only show the SQL of the views.")] = False,
    of: Of = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Show the tables as read-only views of PostgreSQL, each role those of one business."""
    speaker = server_speaker(lang).knowing(FEEDS_SAYINGS)
    if as_sql:
        print(";\n\n".join(view_statements()) + ";")
        return
    told, now = told_settings(speaker, settings, data, database), datetime.now(UTC)
    with at_ledger(speaker, told) as ledger:
        if ledger.embedded:
            speaker.fail("views_need_postgresql")
        account = str(account_of(speaker, ledger, of).id)
        with ledger.writing() as connection:
            if role is None:
                make_views(connection)
                _list_roles(speaker, readers(connection, account))
            elif remove:
                if not remove_reader(connection, role, account):
                    speaker.fail("views_no_role", role=role)
                note(connection, account, COMMAND, "views.removed", role, at=now)
                speaker.say("views_removed", role=role)
            else:
                password = secrets.token_urlsafe(24)
                key = told.fingerprint_key()
                try:
                    add_reader(
                        connection, role, account, password=password, key=key, sites=site, numbers=numbers
                    )  # fmt: skip
                except BadRole:
                    speaker.fail("views_bad_role", role=role)
                note(connection, account, COMMAND, "views.made", role, at=now)
                speaker.say("views_made", role=role, password=password)


def _list_roles(speaker: Speaker, found: list[BiReader]) -> None:
    for each in found:
        speaker.say(
            "views_role",
            role=each.role,
            sites=speaker.text("feed_every_site") if each.sites is None else ", ".join(each.sites),
            numbers=speaker.text("feed_whole_numbers" if each.numbers else "feed_masked"),
        )
    if not found:
        speaker.say("views_none")


def _known(speaker: Speaker, tables: list[str]) -> None:
    for each in tables:
        if each not in FEEDS:
            speaker.fail("feed_unknown_table", name=each, known=", ".join(FEEDS))


def _day(speaker: Speaker, text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        speaker.fail("day_unreadable", text=str(text))
