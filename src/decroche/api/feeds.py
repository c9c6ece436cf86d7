"""``/api/v1/feeds`` and ``/feeds/<secret>/v1_calls.csv``: the tables that BI tools read, as CSV, Parquet or Arrow."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from email.utils import format_datetime
from typing import IO, Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse

from decroche.api.access import Caller, Services, Writer
from decroche.api.access import Reader as Reading
from decroche.api.errors import RETRY_AFTER_S, NotAcceptable, NotFound, Unavailable, responses
from decroche.api.schemas import Day, Given, Id, Moment, Name
from decroche.ledger.feeds import (
    FeedAddress,
    add_feed,
    feed_of,
    feeds_of,
    names_of_sites,
    note_feed_read,
    reading_is_news,
    revoke_feed,
)
from decroche.ledger.folding import STORE_TROUBLE
from decroche.ledger.tables import sites as sites_table
from decroche.prove.service_desk import NotReady
from decroche.prove.service_feed_files import MEDIA, Format
from decroche.prove.service_feed_meta import meta
from decroche.prove.service_feeds import Answer, BadWish, Feeds, NotShown, Reader, Wish

router = APIRouter(tags=["feeds"], generate_unique_id_function=lambda route: route.name)
#: Addresses of their own, for tools that send no token.
doors = APIRouter(include_in_schema=False)

_MOST = 1_000_000
_CHUNK = 256 * 1024
#: What goes with every answer: it is one business's, and the address is a secret.
_HEADERS = {
    "Cache-Control": "private, no-cache",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "Vary": "Accept-Encoding",
}
_FILES: dict[int | str, dict[str, Any]] = {
    200: {"content": {media.partition(";")[0]: {} for media in MEDIA.values()}, "description": "The rows."}
}

Table = Literal[
    "v1_calls", "v1_journeys", "v1_daily_kpi", "v1_messages", "v1_costs", "v1_campaigns", "v1_opportunities"
]


class AddressIn(Given):
    """An address for a tool that sends no token. `tables` empty: all; `sites` null: all."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Looker Studio", "tables": ["v1_daily_kpi"]}]})

    name: Name
    tables: list[Table] = Field(default_factory=list, max_length=20)
    sites: list[Id] | None = Field(default=None, max_length=200, description="Ids of sites.")
    numbers: bool = Field(default=False, description="Phone numbers in full; needs the right `numbers`.")


class AddressOut(BaseModel):
    """An address that is open. Its secret is told once, when it is made."""

    id: str
    name: str
    tables: list[str]
    sites: list[str] | None
    numbers: bool
    made_by: str
    created_at: Moment
    read_at: Moment | None


class AddressMade(BaseModel):
    """A new address: `/feeds/<secret>/v1_calls.csv`. The secret cannot be read again."""

    secret: str
    path: str


@router.get("/feeds", responses=responses(404))
def describe_feeds(caller: Reading) -> dict[str, Any]:
    """The tables, their columns with types and meanings in French and English, how new they are, and known gaps."""
    return meta(_feeds(caller.services), _reader(caller), now=caller.services.clock())


@router.get("/feeds/{table}", responses={**responses(404), **_FILES}, response_class=Response)
def read_feed(
    caller: Reading,
    request: Request,
    table: Table,
    format: Format = Format.CSV,
    since: Annotated[Day | None, Query(description="The first local day.")] = None,
    until: Annotated[Day | None, Query(description="The local day after the last.")] = None,
    updated_since: Annotated[Moment | None, Query(description="Only rows that changed since then.")] = None,
    cursor: Annotated[str | None, Query(max_length=300, description="`Decroche-Cursor` of an answer before.")] = None,
    limit: Annotated[int | None, Query(ge=1, le=_MOST)] = None,
    separator: Annotated[
        Literal["comma", "semicolon"], Query(description="semicolon: as French Excel wants.")
    ] = "comma",
    bom: Annotated[bool, Query(description="Begin with the mark by which Excel knows UTF-8.")] = False,
) -> Response:
    """A table as a file. `Decroche-Cursor` is where to go on later; `Link: …; rel="next"` when there is more now."""
    wish = Wish(
        format=format,
        since=since,
        until=until,
        updated_since=updated_since,
        cursor=cursor,
        limit=limit,
        separator=";" if separator == "semicolon" else ",",
        bom=bom,
        gzip=_gzip(request, format),
        has=request.headers.get("if-none-match"),
    )
    try:
        return _sent(_feeds(caller.services).read(_reader(caller), table, wish), wish, table, request)
    except NotShown:
        raise NotFound("There is no such table for this token.") from None
    except BadWish as error:
        raise NotAcceptable("This cannot be asked of this table.", error.field) from None
    except NotReady:
        raise Unavailable("Its columns are being made: ask again in a moment.") from None


@router.get("/feed-addresses", responses=responses())
def list_feed_addresses(caller: Reading) -> list[AddressOut]:
    """The addresses that are open, without their secrets."""
    with caller.services.ledger.reading() as connection:
        return [_out(each) for each in feeds_of(connection, caller.account)]


@router.post("/feed-addresses", status_code=201, responses=responses(404, 413))
def make_feed_address(caller: Writer, given: AddressIn) -> AddressMade:
    """Make an address at which whoever knows it reads."""
    if given.numbers:
        caller.needs_numbers("the address would show numbers in full")
    services = caller.services
    with services.ledger.writing() as connection:
        if given.sites is not None:
            known = connection.execute(sites_table.select().where(sites_table.c.account_id == caller.account))
            if not set(given.sites) <= {row.id for row in known}:
                raise NotFound("There is no such site.")
        secret = add_feed(
            connection, caller.account, name=given.name, tables=given.tables, sites=given.sites,
            numbers=given.numbers, by=caller.bearer.name, now=services.clock(),
        )  # fmt: skip
    return AddressMade(secret=secret, path=f"/feeds/{secret}/v1_calls.csv")


@router.delete("/feed-addresses/{id}", status_code=204, responses=responses(404))
def revoke_feed_address(caller: Writer, id: Id) -> None:
    """Show nothing there any more."""
    with caller.services.ledger.writing() as connection:
        if not revoke_feed(connection, caller.account, id, now=caller.services.clock()):
            raise NotFound("There is no such address.")


@doors.api_route("/feeds/{secret}/{file}", methods=["GET", "HEAD"])
def read_at_address(request: Request, secret: str, file: str) -> Response:
    """A table, or what the tables hold (``meta.json``), for whoever knows the address."""
    services: Services = request.app.state.services
    try:
        return _at_address(services, request, secret, file)
    except NotReady:
        return _refused(503, "Not ready yet: ask again in a moment.")
    except STORE_TROUBLE:
        return _refused(503, "The store does not answer now.")


def _at_address(services: Services, request: Request, secret: str, file: str) -> Response:
    now = services.clock()
    with services.ledger.reading() as connection:
        found = feed_of(connection, secret)
        names = None if found is None else names_of_sites(connection, found.account_id, found.sites)
    if found is None or services.feeds is None:
        return _refused(404, "There is nothing here.")
    if reading_is_news(found, now):
        with services.ledger.writing() as connection:
            note_feed_read(connection, found.id, now=now)
    reader = Reader(account=found.account_id, sites=names, tables=found.tables, numbers=found.numbers)
    if file == "meta.json":
        return JSONResponse(meta(services.feeds, reader, now=now), headers=_HEADERS)
    table, _, kind = file.rpartition(".")
    try:
        wish = _wish(request, Format(kind))
        return _sent(services.feeds.read(reader, table, wish), wish, table, request)
    except (NotShown, KeyError):
        return _refused(404, "There is nothing here.")
    except BadWish as error:
        return _refused(422, f"This cannot be asked: {error.field}")
    except ValueError:
        return _refused(404, "Ask for .csv, .parquet or .arrow.")


def _wish(request: Request, format: Format) -> Wish:
    """What an address asks for. Raises BadWish."""
    told = request.query_params
    limit = told.get("limit")
    if limit is not None and not (limit.isascii() and limit.isdigit() and 1 <= int(limit) <= _MOST):
        raise BadWish("limit")
    if told.get("separator", "comma") not in {"comma", "semicolon"}:
        raise BadWish("separator")
    return Wish(
        format=format,
        since=_day(told.get("since"), "since"),
        until=_day(told.get("until"), "until"),
        updated_since=_moment(told.get("updated_since")),
        cursor=told.get("cursor"),
        limit=None if limit is None else int(limit),
        separator=";" if told.get("separator") == "semicolon" else ",",
        bom=told.get("bom", "").lower() in {"1", "true", "yes"},
        gzip=_gzip(request, format),
        has=request.headers.get("if-none-match"),
    )


def _day(text: str | None, field: str) -> date | None:
    try:
        return None if not text else date.fromisoformat(text)
    except ValueError:
        raise BadWish(field) from None


def _moment(text: str | None) -> datetime | None:
    try:
        found = None if not text else datetime.fromisoformat(text)
    except ValueError:
        raise BadWish("updated_since") from None
    return found if found is None or found.tzinfo is not None else found.replace(tzinfo=UTC)


def _gzip(request: Request, format: Format) -> bool:
    """Whether to compress: Parquet is compressed already."""
    return format is not Format.PARQUET and "gzip" in request.headers.get("accept-encoding", "").lower()


def _sent(answer: Answer, wish: Wish, table: str, request: Request) -> Response:
    headers = {**_HEADERS, "ETag": answer.tag}
    if answer.modified is not None:
        headers["Last-Modified"] = format_datetime(answer.modified.astimezone(UTC), usegmt=True)
    if answer.file is None:
        return Response(status_code=304, headers=headers)
    headers["Content-Disposition"] = f'attachment; filename="{table}.{wish.format}"'
    if wish.gzip:
        headers["Content-Encoding"] = "gzip"
    if answer.cursor is not None:
        headers["Decroche-Cursor"] = answer.cursor
        if answer.more:
            # Relative: the address holds a secret, and is known to whoever asks.
            query = request.url.include_query_params(cursor=answer.cursor).query
            headers["Link"] = f'<?{query}>; rel="next"'
    return StreamingResponse(_chunks(answer.file), media_type=MEDIA[wish.format], headers=headers)


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    with closing(file):
        while chunk := file.read(_CHUNK):
            yield chunk


def _refused(status: int, said: str) -> Response:
    headers = {**_HEADERS, **({"Retry-After": str(RETRY_AFTER_S)} if status == 503 else {})}
    return PlainTextResponse(said, status_code=status, headers=headers)


def _feeds(services: Services) -> Feeds:
    if services.feeds is None:
        raise NotFound("No tables are made here.")
    return services.feeds


def _reader(caller: Caller) -> Reader:
    return Reader(account=caller.account, numbers=caller.whole_numbers)


def _out(found: FeedAddress) -> AddressOut:
    return AddressOut(
        id=found.id,
        name=found.name,
        tables=list(found.tables),
        sites=None if found.sites is None else list(found.sites),
        numbers=found.numbers,
        made_by=found.made_by,
        created_at=found.created_at,
        read_at=found.read_at,
    )
