"""``decroche crm``: the CRMs whose opportunities are read and into which calls and callbacks are written."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from decroche.capture.connecting import FieldsMissing
from decroche.capture.connecting_crm import connect_crm
from decroche.cli.connecting import Data, Database, Lang, Settings, account_of, told_settings, values_of
from decroche.cli.crm_sayings import CRM_SAYINGS
from decroche.cli.opening import at_ledger, server_speaker, usable_name
from decroche.connectors.crms import CRMS
from decroche.connectors.setup_pages import setup_page
from decroche.language.problems import say_problems
from decroche.ledger.audit_log import COMMAND, note
from decroche.ledger.crm_connections import WRITES, read_crms, remove_crm
from decroche.ledger.crm_writes import WriteState, tally

crm = typer.Typer(
    name="crm",
    help="Connect a CRM: its opportunities are read, calls and callbacks are written there.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
To = Annotated[str | None, typer.Option("--account", help="The business, where there are several.")]


@crm.command()
def connect(
    platform: Annotated[str, typer.Argument(help="google_ads, hubspot, pipedrive, salesforce or zendesk.")],
    set_: Annotated[list[str] | None, typer.Option("--set", help="A setting of it: key=value. Repeatable.")] = None,
    name: Annotated[str | None, typer.Option(help="What you call it.")] = None,
    calls: Annotated[str, typer.Option(help="Which calls are written there: none, missed or all.")] = "none",
    tasks: Annotated[bool, typer.Option("--tasks", help="Write callbacks as tasks.")] = False,
    to: To = None,
    steps: Annotated[bool, typer.Option("--steps", help="Only show what to do at the vendor's.")] = False,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Connect a CRM."""
    speaker = server_speaker(lang).knowing(CRM_SAYINGS)
    found = {each.name: each for each in CRMS}.get(platform)
    if found is None:
        speaker.fail("unknown_crm", name=platform, known=", ".join(each.name for each in CRMS))
    if steps:
        print(setup_page(found.name, speaker.language.code, hook_url="", public_url=""))
        return
    if calls not in WRITES:
        speaker.fail("crm_bad_calls")
    told = told_settings(speaker, settings, data, database)
    given = values_of(speaker, found, set_ or [])
    now = datetime.now(UTC)
    with at_ledger(speaker, told) as ledger:
        account = str(account_of(speaker, ledger, to).id)
        try:
            with ledger.writing() as connection:
                made = connect_crm(
                    connection,
                    account,
                    found,
                    given,
                    name=usable_name(speaker, name or found.title),
                    writes_calls=calls,
                    writes_tasks=tasks,
                    box=told.box(),
                    now=now,
                )
                details = {"name": made.name, "platform": found.title}
                note(connection, account, COMMAND, "crm.connected", made.id, details, at=now)
        except FieldsMissing as error:
            speaker.fail("field_missing", names=", ".join(error.keys))
    speaker.say("crm_connected", title=found.title, name=made.name)


@crm.command("list")
def list_crms(
    to: To = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Show the CRMs that are connected, and how they are."""
    speaker = server_speaker(lang).knowing(CRM_SAYINGS)
    told = told_settings(speaker, settings, data, database)
    titles = {each.name: each.title for each in CRMS}
    with at_ledger(speaker, told) as ledger:
        account = str(account_of(speaker, ledger, to).id)
        with ledger.reading() as connection:
            found = read_crms(connection, told.box(), account=account)
            counted = {each.id: tally(connection, each.id) for each in found}
    if not found:
        speaker.say("crm_none")
    for each in found:
        if each.problem is not None:
            state = say_problems(speaker.language, [each.problem])
        elif each.read_at is None:
            state = speaker.text("crm_never_read")
        else:
            state = speaker.text("crm_read_at", at=f"{each.read_at:%Y-%m-%d %H:%M} UTC")
        speaker.say(
            "crm_shown",
            name=each.name,
            title=titles.get(each.crm, each.crm),
            state=state,
            calls=speaker.text(f"crm_writes_{each.writes_calls}"),
            tasks=speaker.text("crm_yes" if each.writes_tasks else "crm_no"),
        )
        counts = counted[each.id]
        waiting = counts.get(WriteState.INTENDED, 0) + counts.get(WriteState.ASKING, 0)
        if counts:
            speaker.say(
                "crm_written",
                written=counts.get(WriteState.WRITTEN, 0),
                waiting=waiting,
                refused=counts.get(WriteState.REFUSED, 0),
            )


@crm.command()
def remove(
    name: Annotated[str, typer.Argument(help="The name of the CRM, or its id.")],
    to: To = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Read a CRM no more; what it told stays."""
    speaker = server_speaker(lang).knowing(CRM_SAYINGS)
    told = told_settings(speaker, settings, data, database)
    now = datetime.now(UTC)
    with at_ledger(speaker, told) as ledger:
        account = str(account_of(speaker, ledger, to).id)
        with ledger.writing() as connection:
            known = read_crms(connection, told.box(), account=account)
            found = next((each for each in known if name in (each.id, each.name)), None)
            if found is None:
                speaker.fail("crm_not_there", name=name)
            remove_crm(connection, account, found.id, now=now)
            note(connection, account, COMMAND, "crm.removed", found.id, {"name": found.name}, at=now)
    speaker.say("crm_removed", name=found.name)
