"""Gives the tables of any page as a file: ``?format=csv`` or ``xlsx`` behind its address, with its filters and rights.

The page is made as for whoever looks at it, and its tables are read from it: so a file holds what they see, masked as
they see it, and no page has to know of it. Parts that a browser would fetch are fetched, and the pages that follow.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from decroche.language import Language
from decroche.ledger.audit_log import note
from decroche.web.access import Services, Visit
from decroche.web.page_tables import Cell, Found, PageTable, tables_of, value_of
from decroche.web.sheets import KINDS, Titled, Value, sheets

FORMAT = "format"
#: The most rows of a file, and the most pages that are read for them.
MOST, _PAGES = 50_000, 1_000
_APART = ("/api/", "/static/", "/hooks/", "/feeds/", "/reach/")


class TableFiles:
    """Answers with a file where ``format`` is asked for, and leaves everything else alone."""

    def __init__(self, app: ASGIApp, services: Services) -> None:
        self._app = app
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it with the tables of the page."""
        kind = _wanted(scope)
        if kind is None:
            await self._app(scope, receive, send)
            return
        answer = await self._file(scope, receive, send, kind)
        if answer is not None:
            await answer(scope, receive, send)

    async def _file(self, scope: Scope, receive: Receive, send: Send, kind: str) -> Response | None:
        """The answer; None where it has been given: what is no page goes out as it comes, and may never end."""
        address = _address(scope)
        answer, page, here = await self._page(scope, receive, address, otherwise=send)
        if page is None or here is None:
            return answer
        found = await run_in_threadpool(tables_of, page)
        tables = found.tables
        for part in found.parts:
            more = await self._part(scope, receive, urljoin(address, part))
            if more.waiting:
                return PlainTextResponse(here.language.say("figures.waiting"), 503, {"Retry-After": "3"})
            tables += more.tables
        await self._go_on(scope, receive, address, found)
        filled = [each for each in tables if each.rows]
        if not filled and not found.parts:
            return answer
        # Whoever takes figures of which there are none yet gets a file without rows.
        tables = filled or tables[:1] or [PageTable(title="")]
        await run_in_threadpool(self._note, here, scope["path"], kind)
        return await run_in_threadpool(_written, tables, here, scope["path"], kind)

    async def _go_on(self, scope: Scope, receive: Receive, address: str, found: Found) -> None:
        """Add the rows of the pages that follow."""
        following, pages = found.next, 0
        known = {each.title: each for each in found.tables}
        told = {title: {_said(row) for row in each.rows} for title, each in known.items()}
        while following is not None and pages < _PAGES and sum(len(each.rows) for each in found.tables) < MOST:
            more = await self._part(scope, receive, urljoin(address, following))
            for each in more.tables:
                said = {_said(row) for row in each.rows}
                # What is the same on every page is there once.
                if each.title in known and not said <= told[each.title]:
                    known[each.title].rows += each.rows
                    told[each.title] |= said
            following, pages = more.next, pages + 1

    async def _part(self, scope: Scope, receive: Receive, address: str) -> Found:
        """What another page of the same visitor holds."""
        _, text, _ = await self._page(scope, receive, address)
        return await run_in_threadpool(tables_of, text or "")

    async def _page(
        self, scope: Scope, receive: Receive, address: str, *, otherwise: Send | None = None
    ) -> tuple[Response | None, str | None, Visit | None]:
        """What this visitor is shown at an address, and who they are; None where it is no page.

        What is no page goes ``otherwise``, part by part, as if nobody had asked for a file.
        """
        parts = urlsplit(address)
        plain = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        asked: Scope = {
            **scope,
            "path": parts.path,
            "raw_path": parts.path.encode(),
            "query_string": parts.query.encode(),
            "headers": plain,
        }
        questions: list[Message] = [{"type": "http.request", "body": b"", "more_body": False}]
        begun: Message = {"status": 500, "headers": []}
        body: list[bytes] = []

        async def question() -> Message:
            # After it comes only that whoever asked has gone.
            return questions.pop() if questions else await receive()

        async def kept(message: Message) -> None:
            if message["type"] == "http.response.start":
                begun.update(message)
            if _is_page(begun):
                body.append(message.get("body", b""))
            elif otherwise is not None:
                await otherwise(message)

        await self._app(asked, question, kept)
        if not _is_page(begun):
            return None, None, None
        content = b"".join(body)
        answer = Response(content, begun["status"])
        answer.raw_headers = list(begun["headers"])
        return answer, content.decode() if begun["status"] == 200 else None, asked.get("visit")

    def _note(self, here: Visit, path: str, kind: str) -> None:
        services = self._services
        with services.ledger.writing() as connection:
            details = {"page": path, "kind": kind}
            note(connection, here.account.id, here.who, "page.exported", details=details, at=services.clock())


def _wanted(scope: Scope) -> str | None:
    if scope["type"] != "http" or scope["method"] != "GET" or scope["path"].startswith(_APART):
        return None
    kind = dict(parse_qsl(scope["query_string"].decode("latin-1"))).get(FORMAT)
    return kind if kind in KINDS else None


def _is_page(begun: Message) -> bool:
    return Headers(raw=begun["headers"]).get("content-type", "").startswith("text/html")


def _address(scope: Scope) -> str:
    """The address of the page, without the wish for a file."""
    told = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    return f"{scope['path']}?{urlencode([(name, value) for name, value in told if name != FORMAT])}"


def _said(row: Sequence[Cell]) -> tuple[object, ...]:
    return tuple((cell.text, cell.at) for cell in row)


def _written(tables: Sequence[PageTable], here: Visit, path: str, kind: str) -> Response:
    return sheets(_name(path, kind), kind, [_titled(each, here) for each in tables], here.language)


def _titled(table: PageTable, here: Visit) -> Titled:
    columns: Sequence[str] = table.columns
    if not columns:
        columns = _of_lists(here.language)
    return Titled(table.title, columns, [[_value(cell, here) for cell in row] for row in table.rows[:MOST]])


def _of_lists(language: Language) -> list[str]:
    return [language.say(f"export.list.{name}") for name in ("title", "state", "when", "words")]


def _value(cell: Cell, here: Visit) -> Value:
    """Moments in the time of the business, without its zone, as spreadsheets want them."""
    if cell.at is not None:
        return cell.at.astimezone(here.zone).replace(tzinfo=None, microsecond=0)
    return value_of(cell, here.language)


def _name(path: str, kind: str) -> str:
    return f"decroche{re.sub(r'[^a-z0-9]+', '-', path.lower()).rstrip('-')}.{kind}"
