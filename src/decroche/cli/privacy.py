"""``decroche privacy``: what is known of a number handed over, a person forgotten, and how long things are kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from decroche.cli.connecting import Data, Database, Lang, Of, Settings
from decroche.cli.ledger import hear_known
from decroche.cli.privacy_sayings import PRIVACY_SAYINGS
from decroche.cli.recovery import Desk, at_desk
from decroche.ledger.audit_log import COMMAND, note
from decroche.ledger.erasing import erase_next, erasures_of, request_erasure
from decroche.ledger.keeping import CEILINGS, WHAT, TooLong, keep_for, retention_of
from decroche.recover.workflows.accessing import everything_about
from decroche.understand.numbers import read_number

privacy = typer.Typer(
    help="Answer people who ask what you know of them, or ask to be forgotten.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
_Number = Annotated[str, typer.Argument(metavar="NUMBER", help="The phone number of the person.")]
_Months = Annotated[int | None, typer.Option(help="In months.")]


@privacy.command("access")
def access(
    number: _Number,
    file: Annotated[Path, typer.Argument(metavar="FILE.zip", help="The file to write; it must not exist yet.")],
    of: Of = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Write everything that is known of a number to one file, to be handed to the person."""
    with at_desk(lang, settings, data, database, of) as found:
        desk = _knowing(found)
        person, now = _person(desk, number), datetime.now(UTC)
        if file.exists():
            desk.speaker.fail("file_exists", path=file)
        with desk.ledger.writing() as connection:
            packed = everything_about(
                connection, desk.account, person, key=desk.key, language=desk.speaker.language, now=now
            )
            note(connection, desk.account, COMMAND, "privacy.access_given", at=now)
        try:
            with file.open("xb") as out:
                file.chmod(0o600)
                out.write(packed)
        except OSError as error:
            desk.speaker.no_access(error, file)
        desk.speaker.say("access_written", path=file)


@privacy.command("erase")
def erase(
    number: _Number,
    yes: Annotated[bool, typer.Option("--yes", help="You know what stays, and that it cannot be undone.")] = False,
    of: Of = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Forget a person: at once nothing is sent to them any more; a running server erases the rest."""
    with at_desk(lang, settings, data, database, of) as found:
        desk = _knowing(found)
        person = _person(desk, number)
        if not yes:
            desk.speaker.fail("erase_asks")
        with desk.ledger.writing() as connection:
            asked = request_erasure(connection, desk.account, person, key=desk.key, by=COMMAND, now=desk.now)
        with desk.ledger.folding() as ours:
            if not ours:
                desk.speaker.say("erasing")
                return
            while ours and erase_next(desk.ledger, hear_known, now=datetime.now(UTC)):
                pass
        with desk.ledger.reading() as connection:
            left = [each for each in erasures_of(connection, desk.account) if each.id == asked.id and not each.done_at]
        desk.speaker.say("erase_waits" if left else "erased")


@privacy.command("keep")
def keep(
    numbers: _Months = None,
    texts: _Months = None,
    notes: _Months = None,
    prospects: _Months = None,
    of: Of = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Show or shorten how long numbers, words and notes are kept."""
    with at_desk(lang, settings, data, database, of) as found:
        desk = _knowing(found)
        told = {"numbers": numbers, "texts": texts, "notes": notes, "prospects": prospects}
        changed = {name: months for name, months in told.items() if months is not None}
        with desk.ledger.writing() as connection:
            kept = replace(retention_of(connection, desk.account), **changed)
            if changed:
                try:
                    keep_for(connection, desk.account, kept, desk.now)
                except TooLong as error:
                    desk.speaker.fail("keep_wrong", what=desk.speaker.text(f"keep_{error.what}"), most=error.most)
        for name in WHAT:
            what = desk.speaker.text(f"keep_{name}")
            desk.speaker.say("kept_for", what=what, months=getattr(kept, name), most=getattr(CEILINGS, name))


def _knowing(desk: Desk) -> Desk:
    return replace(desk, speaker=desk.speaker.knowing(PRIVACY_SAYINGS))


def _person(desk: Desk, number: str) -> int:
    found = read_number(number, region=desk.country.partition("-")[0]).e164
    if found is None or found < 0:
        desk.speaker.fail("no_number_read")
    return found
