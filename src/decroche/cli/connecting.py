"""``decroche account``, ``connect``: a business, and the phone systems that it listens to."""

from __future__ import annotations

import getpass
import re
import sys
import weakref
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import sqlalchemy as sa
import typer

from decroche.capture.connecting import lacks_said
from decroche.cli import opening
from decroche.cli.opening import at_ledger, saying_why, server_speaker, usable_name
from decroche.cli.served_at import where_served
from decroche.cli.speaker import Speaker
from decroche.connector_kit.connector import Connector
from decroche.connectors.platforms import PLATFORMS
from decroche.connectors.setup_pages import setup_page
from decroche.ledger.audit_log import COMMAND, note
from decroche.ledger.setting_up import add_account, add_endpoint, set_week
from decroche.ledger.store import Ledger
from decroche.ledger.tables import accounts
from decroche.rules.holidays import UnknownPlace, public_holidays
from decroche.server_settings import ServerSettings
from decroche.understand.hours import HoursUnreadable, parse_week
from decroche.warehouse.zones import UnknownZone, offsets

Settings = Annotated[Path | None, typer.Option("--settings", help="Settings file (TOML) of the server.")]
Data = Annotated[Path | None, typer.Option("--data", help="Folder of the embedded ledger.")]
Database = Annotated[str | None, typer.Option("--database", help="PostgreSQL database instead: postgresql://…")]
Lang = Annotated[str, typer.Option("--lang", help="fr, fr-CA or en.")]
Of = Annotated[str | None, typer.Option("--account", help="The business, where there are several.")]
AsJson = Annotated[bool, typer.Option("--json", help="What the API gives, for programs.")]


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
    speaker = server_speaker(lang)
    told = told_settings(speaker, settings, data, database)
    name, now = usable_name(speaker, name), datetime.now(UTC)
    check_place(speaker, zone=zone, country=country)
    try:
        parse_week(hours or "")
    except HoursUnreadable as error:
        speaker.fail("hours_unreadable", key="--hours", part=error.part)
    with at_ledger(speaker, told) as ledger, ledger.writing() as connection:
        if connection.execute(sa.select(accounts.c.id).where(accounts.c.name == name)).first() is not None:
            speaker.fail("name_taken", name=name)
        id = add_account(connection, name=name, country=country, zone=zone, language=speaker.language.code, now=now)
        if hours:
            set_week(connection, id, hours)
        note(connection, id, COMMAND, "settings.business_added", id, {"name": name}, at=now)
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
    speaker = server_speaker(lang)
    told = told_settings(speaker, settings, data, database)
    found = _meant(platform)
    if found is None:
        speaker.fail("unknown_platform", name=platform, known=", ".join(each.name for each in PLATFORMS))
    base = where_served(told)
    if steps:
        print(setup_page(found.name, speaker.language.code, hook_url=f"{base}/hooks/{found.name}/…", public_url=base))
        if found.events is not None:
            speaker.say("address_comes", name=found.name)
        return
    values = values_of(speaker, found, set_ or [])
    check_place(speaker, zone=values.get("zone"), country=values.get("country"))
    secret_keys = {field.key for field in found.fields if field.secret}
    now = datetime.now(UTC)
    with at_ledger(speaker, told) as ledger:
        owner = account_of(speaker, ledger, to)
        check_site(speaker, ledger, owner, site)
        with ledger.writing() as connection:
            endpoint = add_endpoint(
                connection,
                owner.id,
                connector=found.name,
                name=usable_name(speaker, name or found.title),
                settings={
                    "zone": owner.zone,
                    "country": owner.country.partition("-")[0],
                    **{key: value for key, value in values.items() if key not in secret_keys},
                },
                secret={key: value for key, value in values.items() if key in secret_keys},
                box=told.box(),
                now=now,
                site=site,
            )
            details = {"name": endpoint.name, "platform": found.title, "site": site}
            note(connection, owner.id, COMMAND, "endpoint.connected", endpoint.id, details, at=now)
    speaker.say("connected", title=found.title, name=endpoint.name)
    if found.events is not None:
        speaker.say("hook_address", title=found.title, url=f"{base}/hooks/{found.name}/{endpoint.key}")
        if told.public_url is None:
            asked = found.history is not None and not found.history.missing(values)
            polled = speaker.text("polled_meanwhile") if asked else ""
            speaker.say("needs_public_url", title=found.title, polled=polled)
    tell_unset(speaker, found, values, endpoint.name)
    speaker.say("follow_page", name=found.name)


def _meant(name: str) -> Connector | None:
    """The phone system that somebody means: by its name or by what people call it (threecx, 3CX, FreePBX, Kannel)."""
    called = {
        word.strip().casefold(): each for each in PLATFORMS for word in (each.title, *re.split("[,()]", each.title))
    }
    return (called | {each.name: each for each in PLATFORMS}).get(name.strip().casefold())


def tell_unset(speaker: Speaker, platform: Connector, values: Mapping[str, str], name: str) -> None:
    """Say plainly what will not work for want of a key, and how to give it later."""
    for sentence in lacks_said(platform, values, speaker.language):
        print(sentence)
    lacks = platform.lacking(values)
    if lacks:
        speaker.say("keys_later", name=name, key=lacks[0].keys[0])


def told_settings(speaker: Speaker, file: Path | None, data: Path | None, database: str | None) -> ServerSettings:
    """The settings of the server; the command ends when they cannot be used."""
    return opening.told_settings(speaker, file, data=data, database=database)


def open_ledger(speaker: Speaker, told: ServerSettings) -> Ledger:
    """The ledger, its tables up to date; the command ends when it cannot be opened. It closes when it is let go."""
    with saying_why(speaker, told):
        told.prepare()
        ledger = Ledger(told.database_url)
        weakref.finalize(ledger, ledger.engine.dispose)
        ledger.migrate()
    return ledger


def values_of(speaker: Speaker, connector: Connector, given: list[str]) -> dict[str, str]:
    """The settings of a connector: those given, then asked for, then their defaults."""
    known = {field.key: field for field in connector.fields}
    free = ("zone", "country")
    values: dict[str, str] = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not equals:
            # It may be a secret: no more of it than tells which one is meant.
            speaker.fail("setting_without_value", text=f"{text[:3]}…", example=f"{next(iter(known), 'key')}=…")
        if key not in known and key not in free:
            speaker.fail("unknown_field", title=connector.title, key=key, known=", ".join((*known, *free)))
        values[key] = value
    french = speaker.language.code != "en"
    for key, field in known.items():
        if key in values:
            continue
        if sys.stdin.isatty() and sys.stdout.isatty():
            prompt = f"{field.french if french else field.english}" + (f" [{field.default}]" if field.default else "")
            try:
                typed = getpass.getpass(f"{prompt}: ") if field.secret else input(f"{prompt}: ")
            except EOFError:
                typed = ""
            values[key] = typed.strip() or field.default
        elif field.default:
            values[key] = field.default
    missing = [key for key, field in known.items() if field.required and not values.get(key)]
    if missing:
        speaker.fail("field_missing", names=", ".join(missing))
    return {key: value for key, value in values.items() if value}


def check_place(speaker: Speaker, *, zone: str | None, country: str | None) -> None:
    """The command ends where there is no such zone or no calendar of such a country."""
    try:
        if zone is not None:
            offsets(zone)
        if country is not None:
            place, _, part = country.partition("-")
            public_holidays(place, part or None, [datetime.now(UTC).year])
    except UnknownZone:
        speaker.fail("unknown_zone", zone=zone)
    except UnknownPlace:
        speaker.fail("unknown_country", country=country)


def check_site(speaker: Speaker, ledger: Ledger, owner: sa.Row[tuple[object, ...]], site: str) -> None:
    """The command ends where a site is named that nobody set up: its hours and lines would never be found."""
    with ledger.for_account(str(owner.id)) as account:
        known = [row["name"] for row in account.sites()]
    if site and site not in known:
        speaker.fail("unknown_site", site=site, name=owner.name, known=", ".join(known) or speaker.text("no_site"))


def account_of(speaker: Speaker, ledger: Ledger, wanted: str | None) -> sa.Row[tuple[object, ...]]:
    """The business that is meant by its name or id, or the only one; the command ends when that is none."""
    with ledger.reading() as connection:
        rows = connection.execute(sa.select(accounts).order_by(accounts.c.created_at)).all()
    chosen = [row for row in rows if wanted in {None, row.id, row.name}]
    if not rows:
        speaker.fail("no_account")
    if len(chosen) != 1:
        speaker.say("which_account")
        speaker.stop("\n".join(f"  {row.id}  {row.name}" for row in rows))
    return chosen[0]
