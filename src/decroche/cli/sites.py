"""``decroche sites``: the places of the business and their departments, shown, added and removed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import available_timezones

import sqlalchemy as sa
import typer

from decroche.cli.connecting import Data, Database, Lang, Settings, account_of, told_settings
from decroche.cli.opening import at_ledger, server_speaker, usable_name
from decroche.cli.sites_sayings import SITES_SAYINGS
from decroche.cli.speaker import Speaker
from decroche.ledger.audit_log import COMMAND, note
from decroche.ledger.changing import NotThere
from decroche.ledger.rejudging import ask_again
from decroche.ledger.removing_places import StillNeeded, remove_department, remove_site
from decroche.ledger.setting_up import add_site
from decroche.ledger.store import Ledger

_SHOW, _ADD, _REMOVE = "show", "add", "remove"


def sites(
    what: Annotated[str, typer.Argument(help="show; add NAME; remove NAME.")] = _SHOW,
    name: Annotated[str, typer.Argument(help="The name of the site.")] = "",
    department: Annotated[
        str, typer.Option(help="With remove: only this department of it; of all, without a name.")
    ] = "",
    zone: Annotated[
        str | None, typer.Option(help="With add: its time zone, where it is not that of the business.")
    ] = None,
    of: Annotated[str | None, typer.Option("--account", help="The business, where there are several.")] = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Show the sites of the business; add one, or remove one, or a department, that nothing needs any more."""
    speaker = server_speaker(lang).knowing(SITES_SAYINGS)
    wrong = {
        _SHOW: bool(name or department or zone),
        _ADD: not name or bool(department),
        _REMOVE: not (name or department) or bool(zone),
    }
    if wrong.get(what, True):
        speaker.fail("words_of_sites")
    if zone is not None and zone not in available_timezones():
        speaker.fail("unknown_zone", zone=zone)
    told = told_settings(speaker, settings, data, database)
    with at_ledger(speaker, told) as ledger:
        account = str(account_of(speaker, ledger, of).id)
        if what == _SHOW:
            _show(speaker, ledger, account)
        elif what == _ADD:
            _add(speaker, ledger, account, usable_name(speaker, name), zone)
        else:
            _remove(speaker, ledger, account, name, department)


def _show(speaker: Speaker, ledger: Ledger, account: str) -> None:
    with ledger.for_account(account) as mine:
        known, rows = mine.sites(), [*mine.lines(), *mine.opening_hours()]
    if not known:
        speaker.say("sites_none")
    for site in ("", *(row["name"] for row in known)):
        names = sorted({row["department"] for row in rows if row["site"] == site and row["department"]})
        if site or names:
            shown = ", ".join(names) or speaker.text("sites_no_department")
            speaker.say("site_shown", name=site or speaker.text("sites_all"), departments=shown)


def _add(speaker: Speaker, ledger: Ledger, account: str, name: str, zone: str | None) -> None:
    now = datetime.now(UTC)
    try:
        with ledger.writing() as connection:
            id = add_site(connection, account, name, zone=zone)
            ask_again(connection, account, now)
            note(connection, account, COMMAND, "settings.site_added", id, {"name": name}, at=now)
    except sa.exc.IntegrityError:
        speaker.fail("site_taken", name=name)
    speaker.say("site_added", name=name)


def _remove(speaker: Speaker, ledger: Ledger, account: str, name: str, department: str) -> None:
    now = datetime.now(UTC)
    with ledger.for_account(account) as mine:
        known = {row["name"]: row["id"] for row in mine.sites()}
    if name and name not in known:
        speaker.fail("sites_not_there", name=name)
    try:
        with ledger.writing() as connection:
            if department:
                remove_department(connection, account, site=name, department=department, now=now)
                details = {"name": department, "site": name}
                note(connection, account, COMMAND, "settings.department_removed", department, details, at=now)
            else:
                remove_site(connection, account, known[name], now=now)
                note(connection, account, COMMAND, "settings.site_removed", known[name], {"name": name}, at=now)
    except NotThere:
        speaker.fail("sites_not_there", name=department or name)
    except StillNeeded as error:
        speaker.stop(error.said(speaker.language))
    speaker.say("site_removed", name=department or name)
