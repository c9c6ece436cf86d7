"""``decroche opportunities``: what may become a sale and what has, read from files, shown, and decided on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from decroche.capture.files.errors import UnreadableFile
from decroche.capture.opportunity_files import import_opportunities
from decroche.cli.connecting import Data, Database, Lang, Settings, account_of, told_settings
from decroche.cli.crm_sayings import CRM_SAYINGS
from decroche.cli.opening import at_ledger, server_speaker
from decroche.cli.speaker import Speaker
from decroche.ledger.audit_log import COMMAND, note
from decroche.ledger.opportunities import NoCandidate, NoSuchOpportunity, decide, list_opportunities
from decroche.ledger.store import Ledger
from decroche.understand.numbers import read_number

_SHOW, _DOUBTS, _IMPORT, _DECIDE = "show", "doubts", "import", "decide"
#: Rejected rows that are shown.
_SHOWN = 20
_NOBODY = frozenset({"nobody", "personne", "none"})


def opportunities(
    what: Annotated[str, typer.Argument(help="show; doubts; import FILE; decide ID PERSON.")] = _SHOW,
    which: Annotated[str, typer.Argument(help="After import: a CSV or Excel file. After decide: the id.")] = "",
    person: Annotated[str, typer.Argument(help="After decide: the number of the person, or nobody.")] = "",
    of: Annotated[str | None, typer.Option("--account", help="The business, where there are several.")] = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Show opportunities and sales; import them from a file; decide whose a doubtful one is."""
    speaker = server_speaker(lang).knowing(CRM_SAYINGS)
    wrong = {
        _SHOW: bool(which),
        _DOUBTS: bool(which),
        _IMPORT: not which or bool(person),
        _DECIDE: not (which and person),
    }
    if wrong.get(what, True):
        speaker.fail("words_of_opportunities")
    told = told_settings(speaker, settings, data, database)
    with at_ledger(speaker, told) as ledger:
        account = account_of(speaker, ledger, of)
        if what == _IMPORT:
            _import(speaker, ledger, str(account.id), Path(which))
        elif what == _DECIDE:
            _decide(speaker, ledger, str(account.id), str(account.country), which, person)
        else:
            _show(speaker, ledger, str(account.id), doubtful=what == _DOUBTS)


def _show(speaker: Speaker, ledger: Ledger, account: str, *, doubtful: bool) -> None:
    with ledger.reading() as connection:
        found, _ = list_opportunities(connection, account, doubtful=doubtful)
    if not found:
        speaker.say("opportunities_none")
    for row in found:
        speaker.say(
            "opportunity_shown",
            id=row["id"],
            state=speaker.text(f"state_{row['state']}"),
            amount=_amount(speaker, row),
            who=_masked(row["person"]) or speaker.text("nobody"),
            title=row["title"],
        )
        if row["doubt"]:
            speaker.say("opportunity_doubt", who=", ".join(f"+{each}" for each in row["candidates"]))


def _import(speaker: Speaker, ledger: Ledger, account: str, path: Path) -> None:
    now = datetime.now(UTC)
    try:
        done = import_opportunities(ledger, account, path, now=now)
    except UnreadableFile as error:
        speaker.unreadable(error)
    except OSError as error:
        speaker.no_access(error, path)
    with ledger.writing() as connection:
        details = {"rows": str(done.rows)}
        note(connection, account, COMMAND, "opportunities.imported", path.name[:100], details, at=now)
    speaker.say(
        "opportunities_imported",
        rows=done.rows,
        new=done.new,
        changed=done.changed,
        same=done.same,
        rejected=len(done.rejected),
    )
    speaker.say("opportunities_matched", doubtful=done.doubtful, nobody=done.nobody)
    if done.unread:
        speaker.say("opportunities_unread", names=", ".join(done.unread))
    if done.unknown:
        speaker.say("opportunities_unknown", words=", ".join(done.unknown))
    for line, reason, text in done.rejected[:_SHOWN]:
        shown = "…" if reason == "number" else text[:40]
        speaker.say("opportunity_rejected", line=line, why=speaker.text(f"rejected_why_{reason}"), text=shown)


def _decide(speaker: Speaker, ledger: Ledger, account: str, country: str, id: str, person: str) -> None:
    now = datetime.now(UTC)
    number = None if person.lower() in _NOBODY else read_number(person, region=country.partition("-")[0]).e164
    if number is None and person.lower() not in _NOBODY:
        speaker.fail("opportunity_no_candidate", who=person[:40])
    try:
        with ledger.writing() as connection:
            decide(connection, account, id, number, by=COMMAND.name or str(COMMAND.kind), now=now)
            note(connection, account, COMMAND, "opportunities.decided", id, at=now)
    except NoSuchOpportunity:
        speaker.fail("opportunity_not_there", id=id[:40])
    except NoCandidate:
        speaker.fail("opportunity_no_candidate", who=person[:40])
    speaker.say("opportunity_decided")


def _amount(speaker: Speaker, row: Mapping[str, Any]) -> str:
    if row["amount"] is None:
        return "–"
    return speaker.language.write("{amount:money}", amount=(float(row["amount"]), row["currency"]))


def _masked(person: int | None) -> str:
    """The end of a number; a pseudonym is no number."""
    return "" if person is None or person < 0 else f"…{str(person)[-4:]}"
