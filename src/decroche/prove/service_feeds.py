"""Gives BI tools the tables of an account as files, and tells what the tables hold and how new they are."""

from __future__ import annotations

import base64
import binascii
import gzip
import hashlib
import io
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute
import sqlalchemy as sa

from decroche.ledger.feed_rows import ledger_rows
from decroche.ledger.feed_words import said
from decroche.ledger.feeds import mark, marks, revision_before
from decroche.ledger.store import Ledger
from decroche.ledger.tables import calls, journeys
from decroche.model.feed import CALLS, DAILY, FEEDS, JOURNEYS, TOLD_IN, Feed
from decroche.prove.service_desk import Business, Desk
from decroche.prove.service_feed_files import Format, schema_of, write_file
from decroche.telemetry import masked
from decroche.warehouse.feed_rows import PERSON, REVISION, Asked, feed_rows
from decroche.warehouse.live_columns import Columns, LiveColumns

#: Its types know less than it can do.
_compute: Any = pyarrow.compute
#: Increases when what is written of the same rows changes: files of another version are not taken for the same.
_VERSION = 1
#: Rows that are in memory at once.
_AT_ONCE = 20_000
#: Behind every id.
_LAST = "~"
#: Texts of people's own in which a number may stand.
_NAMES = frozenset({
    "queue", "department", "site", "agent", "label", "name", "owner", "ref", "stage", "pipeline", "source", "campaign",
    "template", "failure",
})  # fmt: skip
_PAGED = (CALLS, JOURNEYS)

Mark = tuple[int, datetime]


class BadWish(ValueError):
    """Something that cannot be asked of a table; ``field`` says what."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class NotShown(KeyError):
    """There is no such table for this reader."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who reads: of which account, which sites (names; None: all), which tables (empty: all), and whole numbers."""

    account: str
    sites: frozenset[str] | None = None
    tables: tuple[str, ...] = ()
    numbers: bool = False

    def sees(self, feed: Feed) -> bool:
        """Whether a table is shown to them."""
        return (not self.tables or feed.name in self.tables) and (self.sites is None or not feed.whole)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked of a table. ``since`` and ``until`` are local days, ``cursor`` is one of an answer before."""

    format: Format = Format.CSV
    since: date | None = None
    until: date | None = None
    updated_since: datetime | None = None
    cursor: str | None = None
    limit: int | None = None
    separator: str = ","
    bom: bool = False
    gzip: bool = False
    #: The tag of the file that the reader has.
    has: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A file, to be closed by whoever reads it; None: the reader has it. ``cursor`` is where to go on, ``more`` now."""

    tag: str
    modified: datetime | None
    file: IO[bytes] | None
    rows: int = 0
    cursor: str | None = None
    more: bool = False


class Feeds:
    """The tables of every account. ``columns`` are its own, so that a long file keeps nobody of the desk waiting."""

    def __init__(
        self, ledger: Ledger, columns: LiveColumns, desk: Desk, *, scratch: Path, clock: Callable[[], datetime]
    ) -> None:
        self.ledger = ledger
        self._columns = columns
        self._desk = desk
        self._scratch = scratch
        self._clock = clock

    def close(self) -> None:
        """Give back the memory."""
        self._columns.close()

    def shown(self, reader: Reader) -> list[Feed]:
        """The tables that a reader may see."""
        return [each for each in FEEDS.values() if reader.sees(each)]

    def read(self, reader: Reader, name: str, wish: Wish) -> Answer:
        """A table as a file. Raises NotShown, BadWish, NotReady while columns are made; KeyError without account."""
        feed = FEEDS.get(name)
        if feed is None or not reader.sees(feed):
            raise NotShown(name)
        if not feed.dated and (wish.since or wish.until):
            raise BadWish("since")
        if feed not in _PAGED and (wish.limit is not None or (wish.cursor is not None and feed is not DAILY)):
            raise BadWish("limit" if wish.limit is not None else "cursor")
        about, now = self._desk.business(reader.account), self._clock()
        with self.ledger.writing() as connection:
            mark(connection, now=now)
        if feed in (*_PAGED, DAILY):
            return self._of_columns(reader, feed, wish, about, now)
        return self._of_ledger(reader, feed, wish, about)

    def rows(self, reader: Reader, name: str, *, since: date | None) -> Iterator[pa.Table]:
        """The rows of a table since a local day, by its key, in parts: for whoever writes them elsewhere."""
        answer = self.read(reader, name, Wish(format=Format.ARROW, since=since if FEEDS[name].dated else None))
        assert answer.file is not None
        with answer.file, pa.ipc.open_stream(cast("io.IOBase", answer.file)) as stream:
            for batch in stream:
                yield pa.Table.from_batches([batch])

    def _of_columns(self, reader: Reader, feed: Feed, wish: Wish, about: Business, now: datetime) -> Answer:
        with self.ledger.reading() as connection:
            known = marks(connection)
        after = _after(wish, known)
        # Numbers are read beside the rows, in the order in which these changed.
        asked = Asked(
            since=wish.since, until=wish.until, sites=reader.sites, after=after, limit=wish.limit,
            ordered=reader.numbers,
        )  # fmt: skip

        def find(columns: Columns) -> Answer:
            tag = _tag(feed, reader, replace(wish, has=None, gzip=False), columns.revision, about)
            modified = next((at for revision, at in known if revision >= columns.revision), now)
            if wish.has == tag:
                return Answer(tag=tag, modified=modified, file=None)
            rows = feed_rows(columns, feed, about.clocks, asked, answer_within_s=about.answer_within_s)
            last = [after]

            def parts() -> Iterator[pa.Table]:
                for batch in columns.engine.batches(rows, at_once=_AT_ONCE):
                    if not batch.num_rows:
                        continue
                    last[0] = max(last[0], _newest(batch, feed))
                    yield self._shown(batch, feed, reader, known, now)

            file, count = self._written(parts(), feed, wish)
            if feed is DAILY:
                last[0] = (columns.revision, _LAST)
            return Answer(
                tag=tag,
                modified=modified,
                file=file,
                rows=count,
                cursor=_cursor_text(last[0]) if last[0][0] else None,
                more=wish.limit is not None and count == wish.limit,
            )

        return self._columns.ask(reader.account, find)

    def _of_ledger(self, reader: Reader, feed: Feed, wish: Wish, about: Business) -> Answer:
        found = ledger_rows(
            self.ledger, reader.account, feed, about.clocks.clock, since=wish.since, until=wish.until,
            sites=reader.sites, changed=wish.updated_since,
        )  # fmt: skip
        fingerprint = self._columns.lake.fingerprints(reader.account)
        newest: list[datetime] = []
        schema = schema_of(feed)
        said_of = [(each.name, code, said(each, code)) for each in feed.told if each.says for code in TOLD_IN]

        def parts() -> Iterator[pa.Table]:
            for rows in found:
                newest[:] = [max([*newest, *(row["updated_at"] for row in rows)])]
                for row in rows:
                    person = row.pop(PERSON, None)
                    row |= {"caller_hash": None if person is None else _hash(fingerprint(person))}
                    row |= {"caller": _number(person) if reader.numbers else None}
                    row |= {f"{name}_{code}": words.get(row[name]) for name, code, words in said_of}
                yield _masked(pa.Table.from_pylist(rows, schema=schema), reader)

        # The tag is that of the content, whatever carries it.
        file, count = self._written(parts(), feed, wish)
        tag = _digest(_chunks(file), wish.format, wish.gzip)
        modified = newest[0] if newest else None
        if wish.has == tag:
            file.close()
            return Answer(tag=tag, modified=modified, file=None)
        file.seek(0)
        return Answer(tag=tag, modified=modified, file=file, rows=count)

    def _written(self, parts: Iterator[pa.Table], feed: Feed, wish: Wish) -> tuple[IO[bytes], int]:
        """The file, at its beginning: on disk, without a name, so that nothing of it stays."""
        self._scratch.mkdir(parents=True, exist_ok=True)
        file: IO[bytes] = tempfile.TemporaryFile(dir=self._scratch)  # noqa: SIM115 - open until it is sent
        try:
            packed = gzip.GzipFile(fileobj=file, mode="wb", compresslevel=5, mtime=0) if wish.gzip else None
            out = file if packed is None else cast("IO[bytes]", packed)
            count = write_file(
                out, parts, schema_of(feed), wish.format, separator=wish.separator, bom=wish.bom
            )  # fmt: skip
            if packed is not None:
                packed.close()
            file.seek(0)
        except BaseException:
            file.close()
            raise
        return file, count

    def _shown(
        self, batch: pa.RecordBatch, feed: Feed, reader: Reader, known: Sequence[Mark], now: datetime
    ) -> pa.Table:
        """Rows of the columns as the feed has them."""
        schema = schema_of(feed)
        told: dict[str, Any] = {name: batch.column(name) for name in batch.schema.names if name in schema.names}
        revisions = batch.column(REVISION).to_numpy()
        moments = np.array([*(_micro(at) for _, at in known), _micro(now)], dtype="datetime64[us]")
        places = np.searchsorted(np.array([revision for revision, _ in known], dtype=np.int64), revisions)
        told["updated_at"] = pa.array(moments[places])
        if PERSON in batch.schema.names:
            people = batch.column(PERSON)
            unsigned = pa.array(people.fill_null(0).to_numpy().view(np.uint64)).cast(pa.string())
            hashes = _compute.binary_join_element_wise("p", unsigned, "")
            told["caller_hash"] = _compute.if_else(people.is_null(), pa.scalar(None, pa.string()), hashes)
            told["caller"] = self._numbers(batch, feed, reader)
        arrays = [_cast(told[field.name], field.type) for field in schema]
        return _masked(pa.table(arrays, schema=schema), reader)

    def _numbers(self, batch: pa.RecordBatch, feed: Feed, reader: Reader) -> Any:
        if not reader.numbers:
            return pa.nulls(batch.num_rows, pa.string())
        c = (calls if feed is CALLS else journeys).c
        revisions = batch.column(REVISION)
        first, last = revisions[0].as_py(), revisions[-1].as_py()
        query = sa.select(c.id, c.person).where(c.account_id == reader.account, c.revision.between(first, last))
        with self.ledger.reading() as connection:
            known = {row.id: row.person for row in connection.execute(query)}
        ids = batch.column(feed.key[0]).to_pylist()
        return pa.array([_number(known.get(id)) for id in ids], pa.string())


def _after(wish: Wish, known: Sequence[Mark]) -> tuple[int, str]:
    after = (0, "") if wish.cursor is None else _read_cursor(wish.cursor)
    if wish.updated_since is None:
        return after
    return max(after, (revision_before(known, wish.updated_since), _LAST))


def _cursor_text(place: tuple[int, str]) -> str:
    return base64.urlsafe_b64encode(f"{place[0]}|{place[1]}".encode()).decode().rstrip("=")


def _read_cursor(text: str) -> tuple[int, str]:
    try:
        revision, _, id = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().partition("|")
        if not (revision.isascii() and revision.isdigit() and len(revision) < 19) or len(id) > 100:
            raise ValueError
    except (binascii.Error, ValueError):
        raise BadWish("cursor") from None
    return int(revision), id


def _newest(batch: pa.RecordBatch, feed: Feed) -> tuple[int, str]:
    """The place of the row that changed last."""
    revision = _compute.max(batch.column(REVISION))
    if feed is DAILY:
        return int(revision.as_py()), ""
    ids = batch.column(feed.key[0]).filter(_compute.equal(batch.column(REVISION), revision))
    return int(revision.as_py()), str(_compute.max(ids).as_py())


def _micro(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(tzinfo=None)


def _cast(values: Any, kind: pa.DataType) -> Any:
    if pa.types.is_timestamp(values.type) and pa.types.is_timestamp(kind) and kind.tz and not values.type.tz:
        return values.cast(pa.timestamp("us")).cast(kind)
    return values.cast(kind)


def _masked(rows: pa.Table, reader: Reader) -> pa.Table:
    """Names in which a number stands are told without it, unless the reader may see numbers."""
    if reader.numbers:
        return rows
    for at, name in enumerate(rows.schema.names):
        if name in _NAMES:
            coded = rows.column(name).combine_chunks().dictionary_encode()
            words = pa.array(
                [None if word is None else masked(word) for word in coded.dictionary.to_pylist()], pa.string()
            )
            rows = rows.set_column(at, rows.schema.field(at), words.take(coded.indices))
    return rows


def _number(person: int | None) -> str | None:
    """E.164; nothing for whoever was erased."""
    return f"+{person}" if person is not None and person > 0 else None


def _hash(fingerprint: int) -> str:
    return f"p{fingerprint & 0xFFFF_FFFF_FFFF_FFFF}"


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(1 << 16):
        yield chunk


def _digest(parts: Iterator[bytes], *more: object) -> str:
    found = hashlib.sha256(repr(more).encode())
    for part in parts:
        found.update(part)
    return f'W/"{found.hexdigest()[:32]}"'


def _tag(feed: Feed, reader: Reader, wish: Wish, revision: int, about: Business) -> str:
    sites = None if reader.sites is None else sorted(reader.sites)
    clocks = (about.clocks.zone, sorted(about.clocks.zones.items()), about.answer_within_s)
    told = (_VERSION, feed.name, reader.account, sites, reader.numbers, wish, revision, clocks)
    return _digest(iter(()), *told)
