"""``decroche members``: who works in the business, from the machine of the server, and links for who is locked out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import sqlalchemy as sa
import typer

from decroche.cli.connecting import Data, Database, Lang, Settings, account_of, told_settings
from decroche.cli.members_sayings import MEMBERS_SAYINGS
from decroche.cli.opening import at_ledger, server_speaker
from decroche.cli.served_at import where_served
from decroche.cli.speaker import Speaker
from decroche.ledger.audit_log import COMMAND, note
from decroche.ledger.invitations import invite
from decroche.ledger.members import (
    BadEmail,
    LastOwner,
    Member,
    anybody,
    change_member,
    email_key,
    members_of,
    remove_member,
)
from decroche.ledger.one_time_links import LinkKind, make_one_time_link
from decroche.ledger.second_factor import drop_second_factor
from decroche.ledger.store import Ledger
from decroche.model.member import Role
from decroche.server_settings import ServerSettings

_LIST, _ADD, _ROLE, _REMOVE, _LINK = "list", "add", "role", "remove", "link"


def members(
    what: Annotated[str, typer.Argument(help="list; add; role; remove; link, for who is locked out.")] = _LIST,
    email: Annotated[str | None, typer.Argument(help="The e-mail address of the member.")] = None,
    role: Annotated[str | None, typer.Argument(help=", ".join(Role))] = None,
    site: Annotated[list[str] | None, typer.Option("--site", help="A site they may see. Repeatable; else all.")] = None,
    without: Annotated[
        bool, typer.Option("--drop-second-factor", help="With `link`: for a phone that was lost.")
    ] = False,
    of: Annotated[str | None, typer.Option("--account", help="The business, where there are several.")] = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """List who works in the business; invite, change or remove them; make a link that opens once."""
    speaker = server_speaker(lang).knowing(MEMBERS_SAYINGS)
    needs_role, needs_email = what in (_ADD, _ROLE), what in (_ADD, _ROLE, _REMOVE)
    if (
        what not in (_LIST, _ADD, _ROLE, _REMOVE, _LINK)
        or (needs_email and email is None)
        or (needs_role != (role is not None))
        or (what == _LIST and email is not None)
        or (without and (what != _LINK or email is None))
    ):
        speaker.fail("words_of_members")
    if role is not None and role not in tuple(Role):
        speaker.fail("unknown_role", known=", ".join(Role))
    told = told_settings(speaker, settings, data, database)
    with at_ledger(speaker, told) as ledger:
        if what == _LINK and email is None:
            _first_link(speaker, ledger, told)
            return
        account = str(account_of(speaker, ledger, of).id)
        if what == _LIST:
            _list(speaker, ledger, account)
        elif what == _ADD:
            _add(speaker, ledger, told, account, email or "", Role(role or ""), site)
        else:
            _change(speaker, ledger, told, account, what, email or "", role, site, without)


def _list(speaker: Speaker, ledger: Ledger, account: str) -> None:
    with ledger.reading() as connection:
        found = members_of(connection, account)
    names = _sites(ledger, account)
    for each in found:
        places = ", ".join(sorted(name for name, id in names.items() if id in (each.sites or ())))
        where = places or speaker.text("all_sites")
        speaker.say("member_known", name=each.name, email=each.email, role=each.role, sites=where)
    if not found:
        speaker.say("no_member")


def _add(
    speaker: Speaker, ledger: Ledger, told: ServerSettings, account: str, email: str, role: Role,
    site: list[str] | None,
) -> None:  # fmt: skip
    wanted, now = _wanted(speaker, ledger, account, site), datetime.now(UTC)
    with ledger.writing() as connection:
        try:
            if email_key(email) in {email_key(each.email) for each in members_of(connection, account)}:
                speaker.fail("member_there", email=email)
            id, token = invite(connection, account, email=email, role=role, sites=wanted, by="Décroche", now=now)
        except BadEmail:
            speaker.fail("no_email", email=email.encode("utf-8", "replace").decode()[:60])
        note(connection, account, COMMAND, "member.invited", id, {"email": email, "role": role}, at=now)
    speaker.say("member_invited", email=email, url=f"{where_served(told)}/invited/{token}")


def _change(
    speaker: Speaker, ledger: Ledger, told: ServerSettings, account: str, what: str, email: str, role: str | None,
    site: list[str] | None, without: bool,
) -> None:  # fmt: skip
    wanted, now = _wanted(speaker, ledger, account, site), datetime.now(UTC)
    with ledger.writing() as connection:
        found = _member(speaker, connection, account, email)
        try:
            if what == _ROLE:
                change_member(connection, account, found.id, role=Role(role or ""), sites=wanted, now=now)
                details = {"name": found.name, "before": found.role, "role": role}
                note(connection, account, COMMAND, "member.changed", found.id, details, at=now)
                speaker.say("member_changed", name=found.name, role=role)
            elif what == _REMOVE:
                remove_member(connection, account, found.id)
                note(connection, account, COMMAND, "member.removed", found.id, {"name": found.name}, at=now)
                speaker.say("member_removed", name=found.name)
            else:
                if without:
                    drop_second_factor(connection, found.id)
                token = make_one_time_link(connection, LinkKind.RESET, found.id, now=now)
                details = {"name": found.name, "second_factor": "dropped" if without else None}
                note(connection, account, COMMAND, "member.link_made", found.id, details, at=now)
                speaker.say("member_link", name=found.name, url=f"{where_served(told)}/reset/{token}")
        except LastOwner:
            speaker.fail("last_owner", name=found.name)


def _first_link(speaker: Speaker, ledger: Ledger, told: ServerSettings) -> None:
    with ledger.writing() as connection:
        if anybody(connection):
            speaker.fail("words_of_members")
        key = make_one_time_link(connection, LinkKind.FIRST_RUN, None, now=datetime.now(UTC))
    speaker.say("first_link", url=f"{where_served(told)}/first-run?key={key}")


def _member(speaker: Speaker, connection: sa.Connection, account: str, email: str) -> Member:
    wanted = email.strip().casefold()
    found = [each for each in members_of(connection, account) if each.email.casefold() == wanted]
    if not found:
        speaker.fail("no_such_member", email=email.encode("utf-8", "replace").decode()[:60])
    return found[0]


def _wanted(speaker: Speaker, ledger: Ledger, account: str, site: list[str] | None) -> list[str] | None:
    """The ids of the sites that are named; None: all."""
    names = _sites(ledger, account)
    for each in site or ():
        if each not in names:
            speaker.fail("unknown_site_of_member", site=each, known=", ".join(names) or speaker.text("no_site"))
    return [names[each] for each in site] if site else None


def _sites(ledger: Ledger, account: str) -> dict[str, str]:
    with ledger.for_account(account) as mine:
        return {str(row["name"]): str(row["id"]) for row in mine.sites()}
