"""Opens the ledger for a command, or says in a sentence why it cannot be opened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import sqlalchemy as sa
from alembic.util import CommandError
from cryptography.fernet import InvalidToken

from decroche.cli.server_sayings import SERVER_SAYINGS
from decroche.cli.serving_sayings import SERVING_SAYINGS
from decroche.cli.speaker import Speaker
from decroche.ledger.store import Ledger
from decroche.server_settings import BadServerSettings, ServerSettings, read_server_settings

_LONGEST_NAME = 200


def server_speaker(lang: str) -> Speaker:
    """A speaker that knows what the commands of the server say."""
    return Speaker(lang, {**SERVER_SAYINGS, **SERVING_SAYINGS})


def told_settings(speaker: Speaker, file: Path | None, **flags: object) -> ServerSettings:
    """The settings of the server; the command ends when they cannot be used."""
    try:
        return read_server_settings(file, **flags)
    except BadServerSettings as error:
        bad_setting(speaker, error)
    except OSError as error:
        speaker.no_access(error, Path())


def bad_setting(speaker: Speaker, error: BadServerSettings) -> NoReturn:
    """End the command with what is wanted instead of a setting. What was given may be secret, and is not repeated."""
    key, speaker = error.key, speaker.knowing(SERVING_SAYINGS)
    if not key:
        role = "embedded ledger" in error.problem
        speaker.fail("roles_need_postgresql" if role else "settings_file_unreadable", problem=error.problem)
    if f"wants_{key}" in SERVING_SAYINGS:
        speaker.fail("setting_wanted", key=key, wanted=speaker.text(f"wants_{key}"))
    speaker.fail("wrong_key" if Path(key).suffix == ".key" else "unknown_setting", key=key)


@contextmanager
def saying_why(speaker: Speaker, told: ServerSettings) -> Iterator[None]:
    """Ends the command with a sentence when the store or the key cannot be used in the block."""
    speaker = speaker.knowing({**SERVER_SAYINGS, **SERVING_SAYINGS})
    try:
        yield
    except BadServerSettings as error:
        bad_setting(speaker, error)
    except OSError as error:
        speaker.no_access(error, told.data)
    except CommandError:
        speaker.fail("newer_ledger")
    except InvalidToken:
        speaker.fail("key_of_others")
    except (sa.exc.DBAPIError, sa.exc.TimeoutError):
        speaker.fail("database_unreachable", database=told.database_shown)


@contextmanager
def at_ledger(speaker: Speaker, told: ServerSettings) -> Iterator[Ledger]:
    """The ledger, its tables up to date; the command ends with a sentence when it cannot be opened or written to."""
    with saying_why(speaker, told):
        told.prepare()
        ledger = Ledger(told.database_url)
        try:
            ledger.migrate()
            yield ledger
        finally:
            ledger.close()


def usable_name(speaker: Speaker, name: str) -> str:
    """``name`` without spaces around it; the command ends when it can be none."""
    bare = name.strip()
    if not bare or len(bare) > _LONGEST_NAME or not bare.isprintable():
        speaker.fail("bad_name", name=bare.encode("utf-8", "replace").decode()[:40])
    return bare
