"""``decroche account``, ``connect``, ``token``: a business, and the phone systems that it listens to."""

from __future__ import annotations

import getpass
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import sqlalchemy as sa
import typer

from decroche.cli.server_sayings import SERVER_SAYINGS
from decroche.cli.speaker import Speaker
from decroche.connector_kit.connector import Connector
from decroche.connectors.platforms import PLATFORMS
from decroche.connectors.setup_pages import setup_page
from decroche.ledger.setting_up import add_account, add_endpoint, set_week
from decroche.ledger.store import Ledger
from decroche.ledger.tables import accounts
from decroche.ledger.tokens import Scope, add_token
from decroche.server_settings import BadServerSettings, ServerSettings, read_server_settings
from decroche.understand.hours import HoursUnreadable
from decroche.warehouse.zones import UnknownZone, offsets

Settings = Annotated[Path | None, typer.Option("--settings", help="Settings file (TOML) of the server.")]
Data = Annotated[Path | None, typer.Option("--data", help="Folder of the embedded ledger.")]
Database = Annotated[str | None, typer.Option("--database", help="PostgreSQL database instead: postgresql://…")]
Lang = Annotated[str, typer.Option("--lang", help="fr, fr-CA or en.")]


def account(
    name: Annotated[str, typer.Argument(help="Name of the business.")],
    country: Annotated[str, typer.Option(help="FR, FR-57, CA-QC, BE, CH-GE…")] = "FR",
    zone: Annotated[str, typer.Option(help="Time zone, such as Europe/Paris.")] = "Europe/Paris",
    hours: Annotated[str | None, typer.Option(help='Opening hours: "mon-fri 08:00-12:00 14:00-18:00".')] = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Set up a business."""
    speaker = Speaker(lang, SERVER_SAYINGS)
    told = told_settings(speaker, settings, data, database)
    try:
        offsets(zone)
    except UnknownZone:
        speaker.fail("unknown_zone", zone=zone)
    ledger = open_ledger(speaker, told)
    try:
        with ledger.writing() as connection:
            id = add_account(connection, name=name, country=country, zone=zone, language=lang, now=datetime.now(UTC))
            if hours:
                set_week(connection, id, hours)
    except HoursUnreadable as error:
        speaker.fail("hours_unreadable", key="--hours", part=error.part)
    speaker.say("account_added", name=name, id=id)


def connect(
    platform: Annotated[str, typer.Argument(help="The phone system: see `decroche connectors`.")],
    set_: Annotated[list[str] | None, typer.Option("--set", help="A setting of it: key=value. Repeatable.")] = None,
    name: Annotated[str | None, typer.Option(help="What you call it.")] = None,
    site: Annotated[str, typer.Option(help="The site where its calls arrive.")] = "",
    to: Annotated[str | None, typer.Option("--account", help="The business, where there are several.")] = None,
    steps: Annotated[bool, typer.Option("--steps", help="Only show what to do at the vendor's.")] = False,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Connect a phone system."""
    speaker = Speaker(lang, SERVER_SAYINGS)
    told = told_settings(speaker, settings, data, database)
    found = {each.name: each for each in PLATFORMS}.get(platform)
    if found is None:
        speaker.fail("unknown_platform", name=platform, known=", ".join(each.name for each in PLATFORMS))
    base = told.public_url or f"http://{told.host}:{told.port}"
    if steps:
        print(setup_page(found.name, speaker.language.code, hook_url=f"{base}/hooks/{found.name}/…", public_url=base))
        return
    values = _values(speaker, found, set_ or [])
    secret_keys = {field.key for field in found.fields if field.secret}
    ledger = open_ledger(speaker, told)
    owner = _account(speaker, ledger, to)
    with ledger.writing() as connection:
        endpoint = add_endpoint(
            connection,
            owner.id,
            connector=found.name,
            name=name or found.title,
            settings={
                "zone": owner.zone,
                "country": owner.country.partition("-")[0],
                **{key: value for key, value in values.items() if key not in secret_keys},
            },
            secret={key: value for key, value in values.items() if key in secret_keys},
            box=told.box(),
            now=datetime.now(UTC),
            site=site,
        )
    speaker.say("connected", title=found.title, name=endpoint.name)
    if found.events is not None:
        speaker.say("hook_address", title=found.title, url=f"{base}/hooks/{found.name}/{endpoint.key}")
        if told.public_url is None:
            asked = found.history is not None and not found.history.missing(values)
            polled = speaker.text("polled_meanwhile") if asked else ""
            speaker.say("needs_public_url", title=found.title, polled=polled)
    speaker.say("follow_page", name=found.name)


def token(
    name: Annotated[str, typer.Argument(help="What it is for.")],
    scope: Annotated[list[str] | None, typer.Option(help="read, numbers, write. Repeatable; read by default.")] = None,
    to: Annotated[str | None, typer.Option("--account", help="The business, where there are several.")] = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Make a token with which a program comes in."""
    speaker = Speaker(lang, SERVER_SAYINGS)
    try:
        scopes = [Scope(word) for word in scope or ["read"]]
    except ValueError:
        speaker.fail("unknown_scope", known=", ".join(Scope))
    ledger = open_ledger(speaker, told_settings(speaker, settings, data, database))
    owner = _account(speaker, ledger, to)
    with ledger.writing() as connection:
        made = add_token(connection, owner.id, name=name, scopes=scopes, now=datetime.now(UTC))
    speaker.say("token_added", name=name, scopes=", ".join(scopes), token=made)


def told_settings(speaker: Speaker, file: Path | None, data: Path | None, database: str | None) -> ServerSettings:
    """The settings of the server; the command ends when they cannot be used."""
    try:
        return read_server_settings(file, data=data, database=database)
    except BadServerSettings as error:
        speaker.fail("bad_server_setting", key=error.key or str(file), problem=error.problem)
    except OSError as error:
        speaker.no_access(error, Path())


def open_ledger(speaker: Speaker, told: ServerSettings) -> Ledger:
    """The ledger, its tables up to date; the command ends when it cannot be opened."""
    try:
        told.prepare()
        ledger = Ledger(told.database_url)
        ledger.migrate()
    except OSError as error:
        speaker.no_access(error, told.data)
    except sa.exc.OperationalError:
        speaker.fail("database_unreachable", database=told.database_shown)
    return ledger


def _values(speaker: Speaker, connector: Connector, given: list[str]) -> dict[str, str]:
    """The settings of a connector: those given, then asked for, then their defaults."""
    known = {field.key: field for field in connector.fields}
    free = ("zone", "country")
    values: dict[str, str] = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not equals:
            speaker.fail("setting_without_value", text=text, example=f"{next(iter(known), 'key')}=…")
        if key not in known and key not in free:
            speaker.fail("unknown_field", title=connector.title, key=key, known=", ".join((*known, *free)))
        values[key] = value
    french = speaker.language.code != "en"
    for key, field in known.items():
        if key in values:
            continue
        if sys.stdin.isatty() and sys.stdout.isatty():
            prompt = f"{field.french if french else field.english}" + (f" [{field.default}]" if field.default else "")
            typed = getpass.getpass(f"{prompt}: ") if field.secret else input(f"{prompt}: ")
            values[key] = typed.strip() or field.default
        elif field.default:
            values[key] = field.default
    missing = [key for key, field in known.items() if field.required and not values.get(key)]
    if missing:
        speaker.fail("field_missing", names=", ".join(missing))
    return {key: value for key, value in values.items() if value}


def _account(speaker: Speaker, ledger: Ledger, wanted: str | None) -> sa.Row[tuple[object, ...]]:
    with ledger.reading() as connection:
        rows = connection.execute(sa.select(accounts).order_by(accounts.c.created_at)).all()
    chosen = [row for row in rows if wanted in {None, row.id, row.name}]
    if not rows:
        speaker.fail("no_account")
    if len(chosen) != 1:
        speaker.say("which_account")
        speaker.stop("\n".join(f"  {row.id}  {row.name}" for row in rows))
    return chosen[0]
