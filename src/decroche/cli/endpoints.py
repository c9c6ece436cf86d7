"""``decroche endpoints``: the phone systems that are connected, how they are, and how far their past calls are read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import sqlalchemy as sa
import typer

from decroche.cli.backfilling import progress_lines
from decroche.cli.connecting import (
    Data,
    Database,
    Lang,
    Settings,
    account_of,
    check_place,
    open_ledger,
    told_settings,
)
from decroche.cli.opening import at_ledger, server_speaker, usable_name
from decroche.cli.served_at import where_served
from decroche.cli.speaker import Speaker
from decroche.connector_kit.connector import Connector
from decroche.connectors.platforms import PLATFORMS
from decroche.language.problems import say_problems
from decroche.ledger.audit_log import COMMAND, note
from decroche.ledger.changing import change_endpoint, remove_endpoint
from decroche.ledger.part_problems import read_problems
from decroche.ledger.reach import read_reach
from decroche.ledger.setting_up import Endpoint, read_endpoints
from decroche.ledger.tables import endpoints
from decroche.server_settings import ServerSettings


def list_endpoints(
    what: Annotated[str, typer.Argument(help="list; show NAME; set NAME; rename NAME NEW; remove NAME.")] = "list",
    name: Annotated[str | None, typer.Argument(help="A phone system by its name, its id or what it is.")] = None,
    new: Annotated[str | None, typer.Argument(help="After rename: its new name.")] = None,
    set_: Annotated[list[str] | None, typer.Option("--set", help="key=value; empty forgets it. Repeatable.")] = None,
    public_url: Annotated[str | None, typer.Option(help="The public address, where the settings tell none.")] = None,
    of: Annotated[str | None, typer.Option("--account", help="The business, where there are several.")] = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """List the phone systems that are connected and how they are; show, change, rename or remove one."""
    speaker = server_speaker(lang)
    wanted = {"list": (False, False), "rename": (True, True)}.get(what, (True, False))
    known = what in {"list", "show", "set", "rename", "remove"}
    if not known or wanted != (name is not None, new is not None) or (what == "set") != bool(set_):
        speaker.fail("words_of_endpoints")
    told = told_settings(speaker, settings, data, database)
    if name is None:
        _list(speaker, told)
        return
    with at_ledger(speaker, told) as ledger:
        account = account_of(speaker, ledger, of)
        with ledger.reading() as connection:
            mine = read_endpoints(connection, told.box(), account=account.id)
        found = [each for each in mine if each.name == name] or [
            each for each in mine if name in {each.id, each.connector}
        ]
        if len(found) != 1:
            speaker.fail("no_such_endpoint", name=name, known=", ".join(each.name for each in mine) or "–")
        endpoint = found[0]
        platform = next((each for each in PLATFORMS if each.name == endpoint.connector), None)
        title = endpoint.connector if platform is None else platform.title
        now = datetime.now(UTC)
        with ledger.writing() as connection:
            if what == "rename":
                given = usable_name(speaker, new or "")
                change_endpoint(connection, endpoint, box=told.box(), name=given)
                details = {"name": given, "before": endpoint.name}
                note(connection, account.id, COMMAND, "endpoint.renamed", endpoint.id, details, at=now)
                speaker.say("endpoint_renamed", name=endpoint.name, new=given)
            elif what == "remove":
                remove_endpoint(connection, endpoint, now=now)
                details = {"name": endpoint.name}
                note(connection, account.id, COMMAND, "endpoint.removed", endpoint.id, details, at=now)
                speaker.say("endpoint_removed", name=endpoint.name, title=title)
            elif what == "set" and platform is not None:
                values = _changed(speaker, endpoint, platform, set_ or [])
                change_endpoint(connection, endpoint, box=told.box(), settings=values[0], secret=values[1])
                changed = ", ".join(each.partition("=")[0].strip() for each in set_ or [])
                details = {"name": endpoint.name, "changed": changed}
                note(connection, account.id, COMMAND, "endpoint.changed", endpoint.id, details, at=now)
                speaker.say("endpoint_changed")
        if what == "show":
            base = (public_url or where_served(told)).rstrip("/")
            speaker.say("endpoint_shown", name=endpoint.name, title=title, account=account.name)
            if platform is not None:
                _show(speaker, endpoint, platform, base)


def _changed(
    speaker: Speaker, endpoint: Endpoint, platform: Connector, given: list[str]
) -> tuple[dict[str, str], dict[str, str]]:
    """The settings and the keys with what was given in place of what was there."""
    secrets = {field.key for field in platform.fields if field.secret}
    known = (*(field.key for field in platform.fields), "zone", "country")
    values = {"settings": dict(endpoint.settings), "secret": dict(endpoint.secret)}
    for text in given:
        key, equals, value = text.partition("=")
        if not equals:
            speaker.fail("setting_without_value", text=f"{text[:3]}…", example=f"{known[0]}=…")
        if key not in known:
            speaker.fail("unknown_field", title=platform.title, key=key, known=", ".join(known))
        if not value.strip() and any(field.key == key and field.required for field in platform.fields):
            speaker.fail("field_missing", names=key)
        values["secret" if key in secrets else "settings"][key] = value.strip()
    check_place(speaker, zone=values["settings"].get("zone"), country=values["settings"].get("country"))
    return values["settings"], values["secret"]


def _show(speaker: Speaker, endpoint: Endpoint, platform: Connector, base: str) -> None:
    if platform.events is not None:
        speaker.say("hook_address", title=platform.title, url=f"{base}/hooks/{platform.name}/{endpoint.key}")
    for field in platform.fields:
        if field.secret:
            value = speaker.text("key_kept" if endpoint.secret.get(field.key) else "key_unset")
        else:
            value = endpoint.settings.get(field.key) or "–"
        print(f"  {field.key}: {value}")


def _list(speaker: Speaker, told: ServerSettings) -> None:
    ledger = open_ledger(speaker, told)
    platforms = {each.name: each for each in PLATFORMS}
    with ledger.reading() as connection:
        rows = connection.execute(
            sa.select(endpoints).where(endpoints.c.removed_at.is_(None)).order_by(endpoints.c.created_at)
        ).all()
        known = {each.id: each for each in read_endpoints(connection, told.box())}
        for row in rows:
            platform = platforms.get(row.connector)
            title = row.connector if platform is None else platform.title
            if row.problem:
                speaker.say(
                    "endpoint_problem",
                    name=row.name,
                    title=title,
                    problem=say_problems(speaker.language, read_problems(row.problem)),
                )
            else:
                speaker.say("endpoint_well" if row.heard_at else "endpoint_silent", name=row.name, title=title)
            if platform is not None and row.id in known:
                for line in progress_lines(speaker, connection, known[row.id], platform):
                    print(line)
        reach = read_reach(connection)
    if not rows:
        speaker.say("no_endpoint")
    elif reach is not None and any((found := platforms.get(row.connector)) and found.events for row in rows):
        speaker.say(f"reach_{reach[0]}", url=told.public_url or "")
