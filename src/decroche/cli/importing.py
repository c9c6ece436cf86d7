"""``decroche import``: exports of a phone system into the ledger, beside what it tells live."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

from decroche.capture.files.errors import UnreadableFile
from decroche.capture.files.importing import Import, Imported, import_files
from decroche.capture.files.mapping_toml import read_mapping
from decroche.capture.files.rejected import Rejection, write_rejections
from decroche.cli.backfilling import find_endpoint
from decroche.cli.connecting import Data, Database, Lang, Settings, open_ledger, told_settings
from decroche.cli.opening import server_speaker
from decroche.cli.speaker import Speaker
from decroche.cli.telling import accounted
from decroche.warehouse.engine import MEMORY, TOO_LITTLE_MEMORY, BadMemory

REJECTED_FILE = Path("rejected.csv")


def import_(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Exports of calls: CSV, Excel, Parquet, logs.")
    ],
    name: Annotated[str, typer.Option("--endpoint", help="The phone system that wrote them: its name, or its id.")],
    mapping: Annotated[Path | None, typer.Option(help="Mapping file (TOML) for a table of your own.")] = None,
    rejected: Annotated[Path, typer.Option(help="Where the rows that cannot be read are listed.")] = REJECTED_FILE,
    memory: Annotated[str, typer.Option(help="Memory for the engine, such as 3GB.")] = MEMORY,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Import exports of a phone system; rows that are known already change nothing."""
    speaker = server_speaker(lang)
    told = told_settings(speaker, settings, data, database)
    ledger = open_ledger(speaker, told)
    endpoint, _ = find_endpoint(speaker, ledger, told, name)

    def tell_rejected(found: Iterator[Rejection]) -> None:
        first = next(found, None)
        if first is not None:
            write_rejections(rejected, _from(first, found), speaker.language, masked=True)

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn())
    console = Console(stderr=True)
    try:
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
            task = bar.add_task("", total=None)

            def progress(stage: str, name: str, done: int, total: int) -> None:
                bar.update(task, description=speaker.text(stage, name=name), completed=done, total=total or None)

            asked = Import(
                paths=files,
                endpoint=endpoint,
                now=datetime.now(UTC),
                mapping=None if mapping is None else read_mapping(mapping),
                memory=memory,
            )
            done = import_files(ledger, asked, progress, tell_rejected)
    except UnreadableFile as error:
        speaker.unreadable(error)
    except BadMemory as error:
        speaker.fail("bad_memory", memory=error, usual=MEMORY)
    except TOO_LITTLE_MEMORY:
        speaker.fail("too_little_memory", memory=memory)
    except OSError as error:
        speaker.no_access(error, rejected)
    _tell(speaker, done, endpoint.name, rejected)


def _tell(speaker: Speaker, done: Imported, name: str, rejected: Path) -> None:
    for file in done.reading.files:
        title = file.source.title or speaker.text("table")
        speaker.say("file_read", name=file.source.name, title=title, rows=file.source.rows)
        if file.guess is not None:
            speaker.say("mapping_shown", confidence=file.guess.confidence)
            for use in file.guess.per_column:
                print(f"  {use.use:<12} ← {', '.join(use.columns)} ({speaker.language.percent(use.confidence, 0)})")
    for warning in done.reading.warnings:
        print(speaker.language.set(warning.english if speaker.language.code == "en" else warning.french))
    print(accounted(speaker.language, done.accounting))
    if done.accounting.rejected:
        speaker.say("import_rejected", path=rejected)
    known = done.accounting.calls + done.accounting.legs_joined - done.new
    speaker.say("imported", name=name, new=done.new, known=known)


def _from(first: Rejection, rest: Iterator[Rejection]) -> Iterator[Rejection]:
    yield first
    yield from rest
