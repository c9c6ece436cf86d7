"""``/settings/import``: past calls from an export, read as the audit reads them; nothing is ever sent about them."""

from __future__ import annotations

import shutil
from dataclasses import dataclass

import sqlalchemy as sa
from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import Response

from decroche.capture.files.sentences import TEXTS, said
from decroche.language import Language
from decroche.ledger.audit_log import note
from decroche.ledger.import_progress import Failed, ImportProgress
from decroche.ledger.setting_up import Endpoint, read_endpoints
from decroche.model.member import Right
from decroche.web.access import Services, Visit, changing, visit
from decroche.web.addresses import back_to
from decroche.web.first_steps import Stepper, bases, stepper, whole_business
from decroche.web.history_jobs import Jobs, new_folder
from decroche.web.rendering import page
from decroche.web.uploads import TooLarge, bounded, harmless

#: The largest upload, in bytes; larger exports are for ``decroche import``.
MOST_BYTES = 200_000_000
_CHUNK = 1 << 20
_KEEPING = "keep"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobLine:
    """The last import, whichever process ran it. ``percent`` None: not known; ``kind`` and ``said``: what came of it;
    ``read`` says how the file was read; ``reasons`` count rejected rows, ``rejected`` shows some of them (line, why).
    """

    file: str
    runs: bool
    stage: str
    percent: int | None
    kind: str
    said: str
    read: tuple[str, ...]
    ignored: tuple[tuple[str, str], ...]
    reasons: tuple[tuple[str, str], ...]
    rejected: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What the page needs: the phone systems that exports may come from (address of the form, name)."""

    base: str
    stepper: Stepper | None
    systems: tuple[tuple[str, str], ...]
    job: JobLine | None
    most: int
    wrong: str | None


def router(services: Services) -> APIRouter:
    """The routes of the page."""
    routes = APIRouter(include_in_schema=False)
    jobs = Jobs(services.ledger)
    for base in bases("import"):
        _add(routes, services, jobs, base)
    return routes


def _add(routes: APIRouter, services: Services, jobs: Jobs, base: str) -> None:
    def shown(here: Visit, connection: sa.Connection, *, wrong: str | None = None, part: bool = False) -> Response:
        job = jobs.of(connection, here.account.id)
        context = History(
            base=base,
            stepper=None if part else stepper(base, here, connection, services),
            systems=tuple((f"{base}/{row['id']}", row["name"]) for row in here.account.endpoints()),
            job=None if job is None else _line(job, here.language, runs=jobs.runs(job)),
            most=MOST_BYTES // 1_000_000,
            wrong=wrong,
        )
        if part:
            return page("settings_import_now.html", here.language, context)
        return page("settings_import.html", here.frame, context, status=422 if wrong else 200)

    @routes.get(base)
    def show(request: Request) -> Response:
        with visit(services, request, Right.SET_UP) as here, services.ledger.reading() as connection:
            whole_business(here)
            return shown(here, connection)

    @routes.get(f"{base}/now")
    def show_moving_part(request: Request) -> Response:
        with visit(services, request, Right.SET_UP) as here, services.ledger.reading() as connection:
            whole_business(here)
            return shown(here, connection, part=True)

    def refused(request: Request, word: str) -> Response:
        with visit(services, request, Right.SET_UP) as here, services.ledger.reading() as connection:
            return shown(here, connection, wrong=here.language.say(f"import.{word}", most=MOST_BYTES // 1_000_000))

    def endpoint_of(request: Request, id: str) -> Endpoint | None:
        with visit(services, request, Right.SET_UP) as here, services.ledger.reading() as connection:
            whole_business(here)
            known = read_endpoints(connection, services.box, account=here.account.id)
            return next((each for each in known if each.id == id), None)

    def begun(request: Request, endpoint: Endpoint, upload: UploadFile) -> Response:
        with changing(services, request, Right.SET_UP) as (here, connection):
            name = (upload.filename or "export").replace("\\", "/").rpartition("/")[2][:100] or "export"
            path = new_folder() / harmless(name)
            with path.open("wb") as target:
                while chunk := upload.file.read(_CHUNK):
                    target.write(chunk)
            now = services.clock()
            job = jobs.claim(connection, here.account.id, endpoint, path, name=name, now=now)
            if job is not None:
                details = {"name": endpoint.name, "file": name}
                note(connection, here.account.id, here.who, "endpoint.imported", endpoint.id, details, at=now)
        if job is None:
            shutil.rmtree(path.parent, ignore_errors=True)
        else:
            jobs.begin(job)
        return back_to(base)

    @routes.post(f"{base}/{{id}}")
    async def take(request: Request, id: str) -> Response:
        # Who may not is turned away before a byte of the file is read.
        endpoint = await run_in_threadpool(endpoint_of, request, id)
        if endpoint is None:
            return back_to(base)
        told = request.headers.get("content-length", "")
        if told.isdigit() and int(told) > MOST_BYTES + _CHUNK:
            return await run_in_threadpool(refused, request, "too_large")
        try:
            form = await bounded(request, MOST_BYTES + _CHUNK).form(max_files=1, max_fields=5)
        except TooLarge:
            return await run_in_threadpool(refused, request, "too_large")
        except (MultiPartException, HTTPException):
            return await run_in_threadpool(refused, request, "no_file")
        try:
            upload = form.get("file")
            if not isinstance(upload, UploadFile) or not upload.filename:
                return await run_in_threadpool(refused, request, "no_file")
            return await run_in_threadpool(begun, request, endpoint, upload)
        finally:
            await form.close()


def _line(job: ImportProgress, language: Language, *, runs: bool) -> JobLine:
    kind, sentence = "note", ""
    read: tuple[str, ...] = ()
    ignored: tuple[tuple[str, str], ...] = ()
    reasons: tuple[tuple[str, str], ...] = ()
    if job.failed is not None:
        kind, sentence = "bad", _why(job.failed, language)
    elif job.made is not None:
        rows = job.made
        kind = "good"
        sentence = language.say(
            "import.made", rows=rows.rows_read, calls=rows.calls, legs=rows.legs_joined, ignored=rows.ignored,
            rejected=rows.rejected, new=rows.new, known=rows.calls + rows.legs_joined - rows.new,
        )  # fmt: skip
        read = tuple(
            language.say("import.read", name=file.name, rows=file.rows, format=file.title)
            if file.title
            else language.say("import.guessed", name=file.name, rows=file.rows)
            for file in rows.files
        )
        ignored = _reasons(rows.ignored_by_reason, language)
        reasons = _reasons(rows.rejected_by_reason, language)
    elif not runs:
        kind, sentence = "bad", language.say("import.interrupted", done=job.done if job.stage == _KEEPING else 0)
    return JobLine(
        file=job.file,
        runs=runs,
        stage=language.say(f"import.stage.{job.stage}") if runs else "",
        percent=min(100, 100 * job.done // job.total) if job.total else None,
        kind=kind,
        said=sentence,
        read=read,
        ignored=ignored,
        reasons=reasons,
        rejected=tuple((language.number(line), language.say(f"fate.{reason}")) for line, reason in job.rejected),
    )


def _reasons(rows: dict[str, int], language: Language) -> tuple[tuple[str, str], ...]:
    return tuple(
        (language.say(f"fate.{reason}"), language.number(n))
        for reason, n in sorted(rows.items(), key=lambda row: -row[1])
    )


def _why(failed: Failed, language: Language) -> str:
    if failed.word in TEXTS:
        return language.set(said(failed.word, failed.values, french=language.code != "en"))
    if language.has(f"import.failed.{failed.word}"):
        return language.say(f"import.failed.{failed.word}")
    return language.say("import.failed.unreadable")
