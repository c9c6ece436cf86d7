"""``decroche sheets``: the Google spreadsheets that are kept up to date with the tables of BI tools."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from decroche.capture.sheets_api import BadKey, read_key, spreadsheet_of
from decroche.cli.connecting import Data, Database, Lang, Of, Settings, account_of, told_settings
from decroche.cli.feeds_sayings import FEEDS_SAYINGS
from decroche.cli.opening import at_ledger, server_speaker, usable_name
from decroche.language.problems import say_problems
from decroche.ledger.audit_log import COMMAND, note
from decroche.ledger.sheet_pushes import add_sheet, remove_sheet, sheets_of
from decroche.model.feed import DAILY, FEEDS

sheets = typer.Typer(
    name="sheets",
    help="Google spreadsheets that are kept up to date while `decroche serve` runs.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
#: How far back a spreadsheet begins unless told otherwise.
_DAYS = 92


@sheets.command()
def connect(
    spreadsheet: Annotated[str, typer.Argument(help="Its address: https://docs.google.com/spreadsheets/d/…")],
    key: Annotated[Path, typer.Option(help="The key of the service account that writes there (JSON).")],
    name: Annotated[str, typer.Option(help="What you call it.")] = "Google Sheets",
    table: Annotated[list[str] | None, typer.Option(help="A table; v1_daily_kpi by default. Repeatable.")] = None,
    since: Annotated[str | None, typer.Option("--from", help="First day; 92 days ago by default.")] = None,
    of: Of = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Keep tables up to date in a spreadsheet, a tab for each."""
    speaker = server_speaker(lang).knowing(FEEDS_SAYINGS)
    told, now = told_settings(speaker, settings, data, database), datetime.now(UTC)
    id, tables = spreadsheet_of(spreadsheet), table or [DAILY.name]
    if id is None:
        speaker.fail("sheet_no_address", text=spreadsheet)
    for each in tables:
        if each not in FEEDS:
            speaker.fail("feed_unknown_table", name=each, known=", ".join(FEEDS))
    try:
        first = now.date() - timedelta(days=_DAYS) if since is None else date.fromisoformat(since)
    except ValueError:
        speaker.fail("day_unreadable", text=str(since))
    try:
        found = read_key(key.read_text(encoding="utf-8"))
    except OSError as error:
        speaker.no_access(error, Path())
    except (BadKey, UnicodeError):
        speaker.fail("sheet_bad_key", file=key)
    with at_ledger(speaker, told) as ledger:
        account = str(account_of(speaker, ledger, of).id)
        with ledger.writing() as connection:
            add_sheet(
                connection, account, name=usable_name(speaker, name), spreadsheet=id, tables=tables, since=first,
                key=found, box=told.box(), now=now,
            )  # fmt: skip
            note(connection, account, COMMAND, "sheet.connected", name, {"tables": " ".join(tables)}, at=now)
    speaker.say("sheet_connected", name=name, email=found["client_email"])


@sheets.command("list")
def list_sheets(
    of: Of = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Show the spreadsheets, and how they are."""
    speaker = server_speaker(lang).knowing(FEEDS_SAYINGS)
    told = told_settings(speaker, settings, data, database)
    with at_ledger(speaker, told) as ledger:
        account = str(account_of(speaker, ledger, of).id)
        with ledger.reading() as connection:
            found = sheets_of(connection, told.box(), account=account)
    for each in found:
        if each.problem is not None:
            state = say_problems(speaker.language, [each.problem])
        elif each.pushed_at is None:
            state = speaker.text("sheet_not_yet")
        else:
            state = speaker.text("sheet_pushed_at", at=f"{each.pushed_at:%Y-%m-%d %H:%M} UTC")
        speaker.say("sheet_shown", name=each.name, tables=", ".join(each.tables), state=state)
    if not found:
        speaker.say("sheet_none")


@sheets.command()
def remove(
    name: Annotated[str, typer.Argument(help="The name of the spreadsheet.")],
    of: Of = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Write into a spreadsheet no more; what stands there stays, and the key is forgotten."""
    speaker = server_speaker(lang).knowing(FEEDS_SAYINGS)
    told, now = told_settings(speaker, settings, data, database), datetime.now(UTC)
    with at_ledger(speaker, told) as ledger:
        account = str(account_of(speaker, ledger, of).id)
        with ledger.writing() as connection:
            found = [each for each in sheets_of(connection, told.box(), account=account) if each.name == name.strip()]
            if not found:
                speaker.fail("sheet_not_there", name=name)
            remove_sheet(connection, account, found[0].id, now=now)
            note(connection, account, COMMAND, "sheet.removed", found[0].name, at=now)
    speaker.say("sheet_removed", name=found[0].name)
