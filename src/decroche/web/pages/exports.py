"""``/calls.csv``, ``/journeys.xlsx``: the list that somebody looks at as a file, and a line that they took it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from tempfile import SpooledTemporaryFile
from typing import IO

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from decroche.language import Language
from decroche.ledger.account import Account, Cursor, Row
from decroche.ledger.audit_log import note
from decroche.ledger.looking import Found, find_calls, find_journeys
from decroche.model.call import Direction
from decroche.model.member import Right
from decroche.telemetry import masked
from decroche.web.access import Services, Visit, visit
from decroche.web.filters import Period, period_of
from decroche.web.pages import calls, journeys
from decroche.web.pages.calls import today_of
from decroche.web.shown import number, outcome

#: The most rows of a file, and how many are read at once: each time in a transaction of its own, which a slow reader
#: does not keep open.
MOST, AT_ONCE = 50_000, 1_000
#: What a spreadsheet takes for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_CHUNK = 64 * 1024
_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
#: A workbook of up to so many bytes is made in memory.
_IN_MEMORY = 2_000_000

Value = str | float | int | datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A list as a file: its columns, how a page of it is found, and how a row is written."""

    name: str
    columns: tuple[str, ...]
    find: Callable[[Account, Cursor | None, int], Found]
    written: Callable[[Row, Visit], Sequence[Value]]


def router(services: Services) -> APIRouter:
    """The routes of the files."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/calls.csv")
    def calls_as_csv(request: Request) -> Response:
        return _answer(services, request, "csv", "calls")

    @routes.get("/calls.xlsx")
    def calls_as_xlsx(request: Request) -> Response:
        return _answer(services, request, "xlsx", "calls")

    @routes.get("/journeys.csv")
    def journeys_as_csv(request: Request) -> Response:
        return _answer(services, request, "csv", "journeys")

    @routes.get("/journeys.xlsx")
    def journeys_as_xlsx(request: Request) -> Response:
        return _answer(services, request, "xlsx", "journeys")

    return routes


def _answer(services: Services, request: Request, kind: str, what: str) -> Response:
    with visit(services, request) as here:
        today = today_of(here, services)
        days = calls.DAYS if what == "calls" else journeys.DAYS
        period = period_of(request, here.language, today=today, days=days, zone=here.zone)
        made = of_calls(request, here, period) if what == "calls" else of_journeys(request, here, period)
    words = {name: masked(value) for name, value in request.query_params.items() if name in (*calls.WORDS, "state")}
    details = {"kind": kind, **period.words(), **words}
    with services.ledger.writing() as connection:
        note(connection, here.account.id, here.who, f"{what}.exported", details=details, at=services.clock())
    rows = _rows(services, here, made)
    name = f"{here.language.say(f'export.file.{what}')}-{period.since}-{period.until}.{kind}"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    body = _csv(made.columns, rows, here.language) if kind == "csv" else _xlsx(made.columns, rows, here)
    return StreamingResponse(body, media_type=_TYPES[kind], headers=headers)


def of_calls(request: Request, here: Visit, period: Period) -> Export:
    """The calls of an address."""
    wanted = calls.wanted_of(request, here, period)
    names = ["at", "direction", "caller", "called", "outcome", "reason", "site", "department", "queue", "line"]
    names += ["agent"] if here.may(Right.SUPERVISE) else []
    names += ["waited_s", "talked_s", "held_s", "lasted_s", "voicemail", "id"]
    return Export(
        name="calls",
        columns=tuple(here.language.say(f"export.column.{each}") for each in names),
        find=lambda account, after, limit: find_calls(account, wanted, after=after, limit=limit),
        written=_call,
    )


def of_journeys(request: Request, here: Visit, period: Period) -> Export:
    """The journeys of an address."""
    wanted = journeys.wanted_of(request, here, period)
    names = ("opened", "who", "state", "recovered_by", "site", "missed", "attempts", "last_missed", "closed", "id")
    return Export(
        name="journeys",
        columns=tuple(here.language.say(f"export.column.{each}") for each in names),
        find=lambda account, after, limit: find_journeys(account, wanted, after=after, limit=limit),
        written=_journey,
    )


def _call(row: Row, here: Visit) -> Sequence[Value]:
    verdict = outcome(row, here)
    agent = [masked(row["agent"] or "")] if here.may(Right.SUPERVISE) else []
    direction = row["direction"] if row["direction"] in set(Direction) else str(Direction.UNKNOWN)
    return (
        _local(row["started_at"], here),
        here.language.say(f"calls.direction.{direction}"),
        number(row["caller"], here),
        number(row["called"], here),
        verdict.said,
        verdict.why,
        *(masked(row[name] or "") for name in ("site", "department", "queue", "line")),
        *agent,
        *(row[name] for name in ("wait_s", "talk_s", "hold_s", "total_s")),
        here.language.say("export.yes") if row["voicemail"] else "",
        row["id"],
    )


def _journey(row: Row, here: Visit) -> Sequence[Value]:
    return (
        _local(row["opened_at"], here),
        number(f"+{row['person']}", here),
        here.language.say(f"journeys.state.{row['state']}"),
        journeys.recovered_by(row, here),
        masked(row["site"]),
        len(row["missed_calls"]),
        row["attempts"],
        _local(row["last_missed_at"], here),
        _local(row["closed_at"], here),
        row["id"],
    )


def _local(at: datetime | None, here: Visit) -> datetime | None:
    """A moment in the time of the business, without its zone, as spreadsheets want it."""
    return None if at is None else at.astimezone(here.zone).replace(tzinfo=None, microsecond=0)


def _rows(services: Services, here: Visit, made: Export) -> Iterator[Sequence[Value]]:
    after: Cursor | None = None
    count = 0
    while True:
        with services.ledger.for_account(here.account.id, sites=here.sites) as account:
            found = made.find(account, after, min(AT_ONCE, MOST - count))
        for row in found.rows:
            yield made.written(row, replace(here, account=account))
        count += len(found.rows)
        after = found.next
        if after is None:
            return
        if count >= MOST:
            yield (here.language.say("export.cut", most=MOST),)
            return


def _csv(columns: Sequence[str], rows: Iterator[Sequence[Value]], language: Language) -> Iterator[bytes]:
    """As Excel opens it in the language: in French a semicolon between cells and a comma in numbers."""
    french = language.locale.startswith("fr")
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";" if french else ",", lineterminator="\r\n")
    buffer.write("\ufeff")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(value, french) for value in row])
        if buffer.tell() >= _CHUNK:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def _cell(value: Value, french: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, int | float):
        shown = f"{value:g}" if isinstance(value, int) else f"{value:.3f}".rstrip("0").rstrip(".")
        return shown.replace(".", ",") if french else shown
    return harmless(value)


def harmless(text: str) -> str:
    """``text`` for a cell of a CSV file: what a spreadsheet would take for a formula is marked as text."""
    plain = text.replace("\x00", "")
    return (
        f"'{plain}"
        if plain.lstrip(" \u00a0\u202f\u200e\u200f\u202a\u202b\u202d\u202e\u2066\u2067\u2068").startswith(_FORMULA)
        else plain
    )


def _xlsx(columns: Sequence[str], rows: Iterator[Sequence[Value]], here: Visit) -> Iterator[bytes]:
    """A workbook: moments and durations are values, names and numbers text, nothing a formula."""
    file: IO[bytes] = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - open until all of it is sent
    try:
        _write_book(file, columns, rows)
    except BaseException:
        file.close()
        raise
    return _sent(file)


def _sent(file: IO[bytes]) -> Iterator[bytes]:
    with closing(file):
        file.seek(0)
        while chunk := file.read(_CHUNK):
            yield chunk


_BOOK: Mapping[str, bool] = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def _write_book(file: IO[bytes], columns: Sequence[str], rows: Iterator[Sequence[Value]]) -> None:
    import xlsxwriter  # type: ignore[import-untyped]

    with xlsxwriter.Workbook(file, dict(_BOOK)) as book:
        sheet = book.add_worksheet()
        strong, moment = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(columns) - 1, 18)
        for at, name in enumerate(columns):
            sheet.write_string(0, at, name, strong)
        for line, row in enumerate(rows, 1):
            for at, value in enumerate(row):
                if isinstance(value, datetime):
                    sheet.write_datetime(line, at, value, moment)
                elif isinstance(value, int | float):
                    sheet.write_number(line, at, value)
                elif value:
                    sheet.write_string(line, at, value)
