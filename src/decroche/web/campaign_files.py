"""Takes the file of a campaign from a page, counts it, and says in words what could not be read."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import Response

from decroche.capture.files.campaign_reading import CampaignReading, CampaignRequest, count_files
from decroche.capture.files.errors import UnreadableFile
from decroche.capture.files.sentences import TEXTS, said
from decroche.language import Language
from decroche.ledger.campaigns import KeptReading
from decroche.model.campaign import CampaignCounts
from decroche.web.uploads import TooLarge, bounded, harmless

#: The largest upload, in bytes; larger files are for ``decroche campaign``.
MOST_BYTES = 100_000_000
_CHUNK = 1 << 20
#: What the engine may take for one upload.
_MEMORY = "400MB"


async def with_form(
    request: Request,
    refused: Callable[[str], Response],
    taken: Callable[[FormData], Response],
    *,
    most: int = MOST_BYTES,
) -> Response:
    """Have ``taken`` answer to the form of a request; ``refused`` says why there is none: too_large or no_file."""
    told = request.headers.get("content-length", "")
    if told.isdigit() and int(told) > most + _CHUNK:
        return await run_in_threadpool(refused, "too_large")
    try:
        form: Awaitable[FormData] = bounded(request, most + _CHUNK).form(max_files=1, max_fields=20)
        known = await form
    except TooLarge:
        return await run_in_threadpool(refused, "too_large")
    except (MultiPartException, HTTPException):
        return await run_in_threadpool(refused, "no_file")
    try:
        return await run_in_threadpool(taken, known)
    finally:
        await known.close()


def counted(upload: object, now: datetime) -> tuple[CampaignCounts, KeptReading]:
    """The counts of an uploaded file. Raises UnreadableFile; the file is forgotten."""
    if not isinstance(upload, UploadFile) or not upload.filename:
        raise UnreadableFile("campaign_no_file")
    with tempfile.TemporaryDirectory(prefix="decroche-") as scratch:
        path = Path(scratch) / "upload" / harmless(upload.filename)
        path.parent.mkdir()
        with path.open("wb") as target:
            shutil.copyfileobj(upload.file, target, _CHUNK)
        reading, counts = count_files(CampaignRequest(paths=[path], scratch=Path(scratch), now=now), memory=_MEMORY)
    if not reading.kept:
        raise UnreadableFile("campaign_no_row")
    return counts, kept_reading(reading)


def kept_reading(reading: CampaignReading) -> KeptReading:
    """What is kept of how a file was read."""
    found = () if reading.guess is None else reading.guess.found
    return KeptReading(
        files=tuple(file.name for file in reading.files),
        rows_read=reading.rows_read,
        kept=reading.kept,
        ignored=reading.ignored,
        rejected=reading.rejected,
        columns=tuple((each.use, each.column) for each in found),
        said=tuple((sentence.word, sentence.values) for sentence in reading.sentences),
    )


def why_not(error: UnreadableFile, language: Language) -> str:
    """Why a file cannot be used."""
    if error.word in TEXTS:
        return language.set(said(error.word, error.values_said, french=language.code != "en"))
    word = error.word.removeprefix("campaign_")
    if language.has(f"campaign.failed.{word}"):
        return language.say(f"campaign.failed.{word}")
    return language.say("campaign.failed.unreadable")


def said_of(reading: KeptReading, language: Language) -> tuple[str, ...]:
    """What was said of how a file was read."""
    french = language.code != "en"
    return tuple(language.set(said(word, {**values}, french=french)) for word, values in reading.said if word in TEXTS)
