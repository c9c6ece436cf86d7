"""Sends browsers the moving part of a page as it changes: made, and compressed, once for all who are shown the same."""

from __future__ import annotations

import asyncio
import re
import zlib
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import sqlalchemy as sa
import structlog
from fastapi.exceptions import HTTPException
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import StreamingResponse

from decroche.ledger.sessions import Session, digest, sessions_of_account
from decroche.model.member import RIGHTS, Right
from decroche.telemetry import where
from decroche.web.access import Services, Visit, same_rights, visit, whoever_asks
from decroche.web.compressing import understands_gzip

CHANGED, ALIVE = b"data: changed\n\n", b"event: alive\ndata: still here\n\n"
#: So many parts and looks at the sessions are kept; beyond them the oldest goes.
_KEPT = 256
_LEVEL = 5
#: A gzip stream begins so: deflated, without name or time, from any system.
_GZIP_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_LINE_END = re.compile(r"\r\n|\n|\r")

#: When something changed: a number that grows, or None for a sign of life. It ends with the server.
Turns: TypeAlias = AsyncIterator[int | None]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """A part of a page that was true ``age`` seconds ago. The members ``apart`` are shown another: they ask for it."""

    text: Markup
    age: float = 0.0
    apart: frozenset[str] = frozenset()


#: Makes the part for whoever looks, as for everybody who has their rights, sites and language; None: each their own.
Make: TypeAlias = Callable[[Visit], Pushed | None]
_Said: TypeAlias = "tuple[_Message, frozenset[str]]"


@dataclass(frozen=True, slots=True)
class _Message:
    """A message as it goes over the line. Compressed on its own, it may stand anywhere in a compressed stream."""

    plain: bytes
    packed: bytes


@dataclass(frozen=True, slots=True)
class _Made:
    turn: int
    task: asyncio.Task[_Said | None]


class Push:
    """Pushes one kind of part to all browsers that show it."""

    def __init__(self, services: Services, needs: Right) -> None:
        self._services = services
        self._needs = needs
        self._parts: OrderedDict[Hashable, _Made] = OrderedDict()
        self._sessions: OrderedDict[Hashable, asyncio.Task[Mapping[bytes, Session] | None]] = OrderedDict()

    async def answer(self, request: Request, turns: Callable[[Session], Turns], make: Make) -> StreamingResponse:
        """Server-sent events to whoever asks: ``part`` with the age and the text of the part whenever something
        changed, or the word ``changed`` where a browser has to ask for its own, and now and then a sign of life.

        Raises what ``whoever_asks`` raises, and HTTPException 403 for who may not see it.
        """
        request.scope["needs"] = self._needs
        session = await run_in_threadpool(whoever_asks, self._services, request)
        if self._needs not in RIGHTS[session.role]:
            raise HTTPException(403)
        packed = understands_gzip(request.headers)
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", "Vary": "Accept-Encoding"}
        if packed:
            headers["Content-Encoding"] = "gzip"
        messages = self._messages(request, session, turns(session), make)
        written = _gzipped(messages) if packed else _plain(messages)
        return StreamingResponse(written, media_type="text/event-stream", headers=headers)

    async def _messages(self, request: Request, session: Session, turns: Turns, make: Make) -> AsyncIterator[_Message]:
        mark = digest(request.cookies[self._services.cookie()])
        seen_as = (session.account_id, session.role, session.sites, session.language, request.url.query)
        async for turn in turns:
            known = await self._known(session.account_id, turn)
            if known is not None and not same_rights(session, known.get(mark)):
                # The browser asks for the part, and is sent to where it belongs now.
                yield _CHANGED
                return
            if turn is None:
                yield _ALIVE
                continue
            made = await self._part(seen_as, turn, lambda: self._make(request, make))
            yield _CHANGED if made is None or session.member_id in made[1] else made[0]

    async def _known(self, account: str, turn: int | None) -> Mapping[bytes, Session] | None:
        """The sessions of an account by their marks, read once for all whom a change is told.

        None while the store does not answer.
        """
        if turn is None:
            return await asyncio.to_thread(self._read_sessions, account)
        key = (account, turn)
        task = self._sessions.get(key)
        if task is None:
            task = self._sessions[key] = asyncio.create_task(asyncio.to_thread(self._read_sessions, account))
            while len(self._sessions) > _KEPT:
                self._sessions.popitem(last=False)
        return await asyncio.shield(task)

    def _read_sessions(self, account: str) -> Mapping[bytes, Session] | None:
        try:
            with self._services.ledger.reading() as connection:
                return sessions_of_account(connection, account, now=self._services.clock())
        except sa.exc.SQLAlchemyError:
            return None

    async def _part(self, seen_as: Hashable, turn: int, make: Callable[[], _Said | None]) -> _Said | None:
        made = self._parts.get(seen_as)
        if made is None or made.turn < turn:
            made = self._parts[seen_as] = _Made(turn, asyncio.create_task(asyncio.to_thread(make)))
            self._parts.move_to_end(seen_as)
            while len(self._parts) > _KEPT:
                self._parts.popitem(last=False)
        # A browser that leaves takes the part from nobody else.
        return await asyncio.shield(made.task)

    def _make(self, request: Request, make: Make) -> _Said | None:
        try:
            with visit(self._services, request, self._needs) as here:
                found = make(here)
        except Exception as error:
            # Whatever it is, each asks for the part, and is told what is the matter.
            log.warning("part_not_pushed", error=type(error).__name__, where=where(error))
            return None
        return None if found is None else (_message(found), found.apart)


def _message(found: Pushed) -> _Message:
    lines = "".join(f"data: {line}\n" for line in _LINE_END.split(found.text))
    return _of(f"event: part\ndata: {found.age}\n{lines}\n".encode())


def _of(plain: bytes) -> _Message:
    packing = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    return _Message(plain, packing.compress(plain) + packing.flush(zlib.Z_FULL_FLUSH))


async def _plain(messages: AsyncIterator[_Message]) -> AsyncIterator[bytes]:
    async for each in messages:
        yield each.plain


async def _gzipped(messages: AsyncIterator[_Message]) -> AsyncIterator[bytes]:
    checksum, size = 0, 0
    yield _GZIP_HEAD
    async for each in messages:
        checksum, size = zlib.crc32(each.plain, checksum), size + len(each.plain)
        yield each.packed
    # An empty block that is the last, then the checksum and the size.
    yield b"\x03\x00" + checksum.to_bytes(4, "little") + (size % 2**32).to_bytes(4, "little")


_CHANGED, _ALIVE = _of(CHANGED), _of(ALIVE)
