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
        answer = await self._file(scope, kind)
        await answer(scope, receive, send)

    async def _file(self, scope: Scope, kind: str) -> Response:
        address = _address(scope)
        answer, page, here = await self._page(scope, address)
        if page is None or here is None:
            return answer
        found = tables_of(page)
        tables = found.tables
        for part in found.parts:
            _, text, _ = await self._page(scope, urljoin(address, part))
            more = tables_of(text or "")
            if more.waiting:
                return PlainTextResponse(here.language.say("figures.waiting"), 503, {"Retry-After": "3"})
            tables += more.tables
        await self._go_on(scope, address, found)
        filled = [each for each in tables if each.rows]
        if not filled and not found.parts:
            return answer
        # Whoever takes figures of which there are none yet gets a file without rows.
        tables = filled or tables[:1] or [PageTable(title="")]
        await run_in_threadpool(self._note, here, scope["path"], kind)
        return sheets(_name(scope["path"], kind), kind, [_titled(each, here) for each in tables], here.language)

    async def _go_on(self, scope: Scope, address: str, found: Found) -> None:
        """Add the rows of the pages that follow."""
        following, pages = found.next, 0
        while following is not None and pages < _PAGES and sum(len(each.rows) for each in found.tables) < MOST:
            _, text, _ = await self._page(scope, urljoin(address, following))
            more = tables_of(text or "")
            known = {each.title: each for each in found.tables}
            for each in more.tables:
                # What is the same on every page is there once.
                if each.title in known and [row for row in each.rows if row not in known[each.title].rows]:
                    known[each.title].rows += each.rows
            following, pages = more.next, pages + 1

    async def _page(self, scope: Scope, address: str) -> tuple[Response, str | None, Visit | None]:
        """What this visitor is shown at an address, and who they are; None where it is no page."""
        parts = urlsplit(address)
        plain = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        asked: Scope = {
            **scope,
            "path": parts.path,
            "raw_path": parts.path.encode(),
            "query_string": parts.query.encode(),
            "headers": plain,
        }
        begun: Message = {"status": 500, "headers": []}
        body: list[bytes] = []

        async def nothing() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def kept(message: Message) -> None:
            if message["type"] == "http.response.start":
                begun.update(message)
            elif message["type"] == "http.response.body":
                body.append(message.get("body", b""))

        await self._app(asked, nothing, kept)
        content = b"".join(body)
        answer = Response(content, begun["status"])
        answer.raw_headers = list(begun["headers"])
        is_page = Headers(raw=begun["headers"]).get("content-type", "").startswith("text/html")
        text = content.decode() if begun["status"] == 200 and is_page else None
        return answer, text, asked.get("visit")

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


def _address(scope: Scope) -> str:
    """The address of the page, without the wish for a file."""
    told = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    return f"{scope['path']}?{urlencode([(name, value) for name, value in told if name != FORMAT])}"


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
