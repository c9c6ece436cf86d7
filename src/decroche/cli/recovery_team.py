"""``decroche recovery team``: who is told of what, who is on call when, and who is told when nobody acts."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any

import msgspec
import tomlkit
import typer

from decroche.cli.connecting import Data, Database, Lang, Of, Settings
from decroche.cli.recovery import at_desk, change, recovery
from decroche.recover.settings import BadSettings, check_settings

_EXAMPLE: dict[str, Any] = {
    "members": [
        {"name": "zoe", "roles": ["owner"], "email": "zoe@garage.example", "text": "+33612345678"},
        {"name": "luc", "roles": ["reception"], "teams": ["atelier"], "email": "luc@garage.example"},
    ],
    "on_call": [{"member": "luc", "week": "mon-fri 18:00-22:00"}],
    "ladder": [{"after_minutes": 30, "to": "role:owner"}],
}


@recovery.command("team")
def team(
    what: Annotated[str, typer.Argument(help="show; check FILE; use FILE.")] = "show",
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="A TOML file.")] = None,
    of: Of = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Show who is told, who is on call and who is told next, to be copied; check a file, or use it."""
    with at_desk(lang, settings, data, database, of) as desk:
        speaker = desk.speaker
        if what not in {"show", "check", "use"} or (file is None) != (what == "show"):
            speaker.fail("words_of_team")
        kept = desk.wishes().settings
        if file is None:
            if not kept.team:
                speaker.say("no_team")
            print(tomlkit.dumps(kept.team or _EXAMPLE).rstrip())
            return
        try:
            told = tomllib.loads(file.read_text("utf-8"))
            wanted = msgspec.structs.replace(kept, team=told)
            check_settings(wanted)
        except OSError as error:
            speaker.no_access(error, Path())
        except UnicodeDecodeError:
            speaker.fail("not_text", file=file)
        except tomllib.TOMLDecodeError as error:
            speaker.fail("settings_not_toml", file=file, problem=error)
        except BadSettings as error:
            speaker.stop(error.said(speaker.language))
        n = len(told.get("members", ()))
        if what == "check":
            speaker.say("team_good", n=n)
            return
        change(desk, wanted)
        speaker.say("team_used", n=n)
