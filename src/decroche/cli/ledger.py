"""``decroche backup``, ``restore`` and ``rebuild``: the ledger kept, put back, and made again."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import sqlalchemy as sa
import typer
from cryptography.fernet import InvalidToken

from decroche.cli.connecting import Data, Database, Lang, Settings, open_ledger, told_settings
from decroche.cli.ledger_sayings import LEDGER_SAYINGS
from decroche.cli.server_sayings import SERVER_SAYINGS
from decroche.cli.speaker import Speaker
from decroche.connector_kit.connector import Record
from decroche.connector_kit.errors import Malformed
from decroche.connectors.platforms import PLATFORMS
from decroche.ledger.backups import CannotRestore, back_up, in_use
from decroche.ledger.backups import restore as put_back
from decroche.ledger.rebuilding import rebuild as made_again
from decroche.ledger.setting_up import read_endpoints
from decroche.ledger.store import Ledger
from decroche.model.fact import Heard
from decroche.server_settings import KEY_FILE, ServerSettings

#: How often a rebuild says how far it is, in observations.
_TELL_EVERY = 50_000


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The copy to write; it must not exist yet.")],
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Copy the embedded ledger to a file, while the server runs."""
    speaker = _speaker(lang)
    told = told_settings(speaker, settings, data, database)
    ledger = _embedded(speaker, told)
    if not ledger.exists():
        speaker.fail("no_ledger", path=ledger)
    try:
        found = back_up(ledger, file)
    except FileExistsError:
        speaker.fail("file_exists", path=file)
    except CannotRestore as error:
        speaker.fail(error.word, **{**error.told, "file": ledger})
    except OSError as error:
        speaker.no_access(error, file)
    except sqlite3.Error:
        speaker.fail("backup_damaged", file=ledger)
    speaker.say("backed_up", path=file, observations=found.observations)
    if told.secret_key is None:
        speaker.say("keep_the_key", key=told.data / KEY_FILE)


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A copy that decroche backup wrote.")],
    replace: Annotated[bool, typer.Option("--replace", help="Also when the ledger knows more than the copy.")] = False,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Put a copy of the embedded ledger back, while no server runs."""
    speaker = _speaker(lang)
    told = told_settings(speaker, settings, data, database)
    ledger = _embedded(speaker, told)
    try:
        told.prepare()
        found, kept = put_back(file, ledger, replace=replace)
    except CannotRestore as error:
        speaker.fail(error.word, **error.told)
    except OSError as error:
        speaker.no_access(error, ledger)
    speaker.say("restored", path=ledger, observations=found.observations)
    if kept is not None:
        speaker.say("kept_aside", path=kept)
    if not _key_fits(told):
        speaker.say("other_key", key=told.data / KEY_FILE)


def rebuild(lang: Lang = "fr", settings: Settings = None, data: Data = None, database: Database = None) -> None:
    """Make calls and journeys again from what phone systems said, while no server works on the ledger."""
    speaker = _speaker(lang)
    told = told_settings(speaker, settings, data, database)
    file = told.ledger_file
    if file is not None and not file.exists():
        speaker.fail("no_ledger", path=file)
    if file is not None and in_use(file):
        speaker.fail("ledger_in_use", file=file)
    ledger = open_ledger(speaker, told)
    try:
        with ledger.folding() as ours:
            if not ours:
                speaker.fail("folding_elsewhere")
            _rebuild(speaker, ledger)
    except sa.exc.OperationalError:
        speaker.fail("database_unreachable", database=told.database_shown)
    finally:
        ledger.close()


def _rebuild(speaker: Speaker, ledger: Ledger) -> None:
    done = changes = failed = told = 0
    for step in made_again(ledger, hear_known, now=datetime.now(UTC)):
        done, changes, failed = step.done, changes + len(step.changes), failed + step.failed
        if done - told >= _TELL_EVERY:
            told = done
            speaker.say("rebuilding", done=done, total=step.total)
    speaker.say("rebuilt", done=done, changes=changes)
    if failed:
        speaker.say("rebuild_failed", failed=failed)
        raise typer.Exit(1)


_KNOWN = {each.name: each.hear for each in PLATFORMS}


def hear_known(connector: str, record: Record, settings: Mapping[str, str]) -> Heard:
    """What a record of a platform that we know says. Raises Malformed and Ignored."""
    hear = _KNOWN.get(connector)
    if hear is None:
        raise Malformed(f"{connector} cannot be heard")
    return hear(record, settings)


def _speaker(lang: str) -> Speaker:
    return Speaker(lang, {**SERVER_SAYINGS, **LEDGER_SAYINGS})


def _embedded(speaker: Speaker, told: ServerSettings) -> Path:
    file = told.ledger_file
    if file is None:
        speaker.fail("database_has_its_own")
    return file


def _key_fits(told: ServerSettings) -> bool:
    """Whether the secrets of the ledger open with the key that is there; a ledger that is restored first has none."""
    if told.secret_key is None and not (told.data / KEY_FILE).exists():
        return False
    ledger = Ledger(told.database_url)
    try:
        ledger.migrate()
        with ledger.reading() as connection:
            read_endpoints(connection, told.box())
    except InvalidToken:
        return False
    finally:
        ledger.close()
    return True
