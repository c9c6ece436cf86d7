"""``decroche explain``: why something was done for a caller whom nobody answered, or was not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from decroche.cli.connecting import Data, Database, Lang, Settings, account_of, told_settings
from decroche.cli.opening import at_ledger, server_speaker
from decroche.cli.recovery_sayings import RECOVERY_SAYINGS
from decroche.cli.speaker import Speaker
from decroche.ledger.account import Account, JourneyFilter
from decroche.recover.explanation_lines import lines
from decroche.recover.workflows.explaining import read_explanation
from decroche.understand.numbers import read_number


def explain(
    journey: Annotated[str | None, typer.Argument(help="The journey: its id, or the beginning of it.")] = None,
    person: Annotated[str | None, typer.Option("--person", help="The last journey of this number.")] = None,
    of: Annotated[str | None, typer.Option("--account", help="The business, where there are several.")] = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Say what was done for a caller whom nobody answered, what was not, and why."""
    speaker = server_speaker(lang).knowing(RECOVERY_SAYINGS)
    if (journey is None) == (person is None):
        speaker.fail("words_of_explain")
    told = told_settings(speaker, settings, data, database)
    with at_ledger(speaker, told) as ledger:
        account = account_of(speaker, ledger, of)
        with ledger.for_account(account.id) as mine:
            id = _beginning(speaker, mine, journey) if journey else _last(speaker, mine, person or "", account.country)
        with ledger.reading() as connection:
            found = read_explanation(
                connection,
                account.id,
                id,
                language=speaker.language,
                key=told.fingerprint_key(),
                now=datetime.now(UTC),
            )
    for line in lines(found, speaker.language, ZoneInfo(account.zone)):
        print("  " * line.depth + line.said)
    speaker.say("times_of", zone=account.zone)


def _beginning(speaker: Speaker, account: Account, told: str) -> str:
    found = account.journeys_beginning(told)
    if len(found) != 1:
        shown = told[:40].encode("utf-8", "replace").decode()
        speaker.fail("journeys_of_one_beginning" if found else "no_such_journey", id=shown)
    return found[0]


def _last(speaker: Speaker, account: Account, told: str, country: str) -> str:
    number = read_number(told, region=country.partition("-")[0]).e164
    if number is None:
        speaker.fail("no_number_read")
    found, _ = account.journeys(JourneyFilter(person=number), limit=1)
    if not found:
        speaker.fail("no_journey_of_person")
    return str(found[0]["id"])
