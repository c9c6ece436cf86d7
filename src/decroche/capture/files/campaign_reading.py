"""Reads the file of a campaign into the engine: its columns are recognised, and every row of it is accounted for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import ibis
import ibis.expr.types as ir
import msgspec

from decroche.capture.files import lost_lines, tables
from decroche.capture.files.campaign_guess import CampaignGuess, Looked, guess_campaign
from decroche.capture.files.campaign_mapping import CampaignMapping
from decroche.capture.files.campaign_rows import campaign_rows, same_again, same_person_again
from decroche.capture.files.errors import UnreadableFile
from decroche.capture.files.loading import cut_file
from decroche.capture.files.opening import Kind, Limits, OpenedFile, open_files
from decroche.capture.files.planning import Plan, damage_told, machine_told
from decroche.capture.files.profile import Column
from decroche.capture.files.sentences import Sentence
from decroche.capture.files.workbooks import read_workbook
from decroche.connector_kit.files import column
from decroche.model.campaign import CampaignCounts, Told
from decroche.warehouse.campaigns import ROWS, count_campaign
from decroche.warehouse.engine import MEMORY, Engine

_RAW = "campaign_raw"
_SAMPLE = 4000
#: Different texts of one column that are looked at.
_WORDS = 400
#: A row is one dial when at least so many rows belong to a person who has another.
_REPEATED = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignFile:
    """One input, and how many rows it had, those that could not be cut included."""

    name: str
    rows: int
    encoding: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignReading:
    """How the files were read: rows_read = kept + ignored + rejected. ``segments`` are columns of ``ROWS`` by name.

    ``guess`` is None where a mapping was given.
    """

    files: tuple[CampaignFile, ...]
    mapping: CampaignMapping
    guess: CampaignGuess | None
    told: Told
    segments: Mapping[str, str]
    rows_read: int
    kept: int
    ignored: Mapping[str, int]
    rejected: Mapping[str, int]
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignRequest:
    """What to read. ``mapping`` is how, None to recognise the columns; ``given`` names the columns of some uses."""

    paths: Sequence[Path]
    scratch: Path
    now: datetime
    mapping: CampaignMapping | None = None
    given: Mapping[str, Sequence[str]] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)


def read_campaign(engine: Engine, request: CampaignRequest) -> CampaignReading:
    """Read the files into the stored table ``ROWS``. Raises UnreadableFile, MappingError and OSError.

    Files with the headings of the first one are read together; others are not a part of the same table.
    """
    lost_lines.none_yet(engine)
    files: list[CampaignFile] = []
    names: tuple[str, ...] = ()
    lost: dict[str, int] = {}
    left_out: list[str] = []
    opened_files = open_files(list(request.paths), request.scratch, limits=request.limits)
    for opened in opened_files:
        with damage_told(opened):
            for table, of_book in _tables(engine, opened, len(files)):
                left_out += of_book
                if names and table.names != names:
                    left_out.append(opened.name)
                    continue
                names = table.names
                files.append(_store(engine, request, opened, table, len(files), lost))
    raw = tables.relation(tables.Table(_RAW, names, 1))
    if not engine.records(raw.agg(n=raw.count()))[0]["n"]:
        raise UnreadableFile("no_rows", file=files[0].name)
    said: list[Sentence] = []
    if left_out:
        said.append(Sentence("sheets_left_out", {"file": files[0].name, "sheets": ", ".join(left_out)}))
    guess = None
    if request.mapping is not None:
        mapping = request.mapping.checked(names)
    else:
        guess = guess_campaign(Looked(_sample(engine, raw, names), _Words(engine, raw).of, request.given))
        mapping, shape = _shaped(engine, raw, guess.mapping)
        said += [*guess.told, shape]
    said += _limits_of(mapping)
    engine.create(ROWS, campaign_rows(raw, mapping, now=request.now))
    if mapping.person is not None and (mapping.rows == "person" or mapping.dialed is not None):
        apart = same_again if mapping.rows == "dial" else same_person_again
        engine.create(f"{ROWS}_told_apart", apart(engine.table(ROWS)))
        engine.create(ROWS, engine.table(f"{ROWS}_told_apart"))
        engine.drop(f"{ROWS}_told_apart")
    engine.drop(_RAW)
    counted = _fates(engine)
    rejected = lost | {reason: n for (fate, reason), n in counted.items() if fate == "rejected"}
    return CampaignReading(
        files=tuple(files),
        mapping=mapping,
        guess=guess,
        told=mapping.told(),
        segments={f"segment_{place}": name for place, name in enumerate(mapping.segments)},
        rows_read=sum(file.rows for file in files),
        kept=sum(n for (fate, _), n in counted.items() if fate is None),
        ignored={reason: n for (fate, reason), n in counted.items() if fate == "ignored"},
        rejected=rejected,
        sentences=tuple(said),
    )


def _tables(engine: Engine, opened: OpenedFile, index: int) -> Iterator[tuple[tables.Table, list[str]]]:
    """The tables of a file, and of a workbook the sheets that are none of them."""
    name = f"campaign_{index}"
    if opened.kind is Kind.PARQUET:
        yield tables.parquet(engine, opened, name=name), []
        return
    if opened.kind is Kind.XLSX:
        book = read_workbook(opened.path, opened.name)
        for place, sheet in enumerate(book.sheets):
            yield tables.spreadsheet(engine, sheet, name=f"{name}_{place}"), [] if place else list(book.left_out)
        return
    sample = tables.sample_of(opened)
    kind = tables.kind_of_text(sample)
    if kind == "json_whole":
        raise UnreadableFile("json_not_lines", file=opened.name)
    if kind == "json":
        yield tables.json_lines(engine, opened, sample, name=name), []
        return
    dialect = tables.sniff(sample)
    if dialect is None:
        raise UnreadableFile("not_a_campaign", file=opened.name)
    yield tables.delimited(engine, opened, dialect, tables.header_names(sample, dialect), name=name), []


def _store(
    engine: Engine, request: CampaignRequest, opened: OpenedFile, table: tables.Table, index: int, lost: dict[str, int]
) -> CampaignFile:
    into = tables.Table(_RAW, table.names, table.first_line)
    plan = Plan(opened=opened, table=table, dialect=table.dialect, format=None, mapping=None, guess=None, index=index)

    def take() -> None:
        tables.store(engine, table, into=into, file=index)

    taken, malformed = cut_file(
        engine, plan, request.scratch, take=take, undo=f'DELETE FROM "{_RAW}" WHERE "_file" = {index}'
    )
    rows = tables.number(engine, into, file=index)
    for reason, n in (("malformed", malformed), ("line_too_long", len(taken.dropped_lines))):
        if n:
            lost[reason] = lost.get(reason, 0) + n
    return CampaignFile(name=opened.name, rows=rows + malformed + len(taken.dropped_lines), encoding=opened.encoding)


def _sample(engine: Engine, raw: ir.Table, names: Sequence[str]) -> list[Column]:
    """Some rows from all over the table, by column: not every so many, for what alternates would look the same."""
    n = engine.records(raw.agg(n=raw.count()))[0]["n"]
    step = max(1, n // _SAMPLE)
    some = engine.arrow(raw.filter(raw["_row"].hash() % step == 0).limit(_SAMPLE).select(*names))
    return [Column(name, some.column(name).to_pylist()) for name in names]


class _Words:
    """What stands in a column of the whole table, asked once for each column."""

    def __init__(self, engine: Engine, raw: ir.Table) -> None:
        self.engine = engine
        self.raw = raw
        self.known: dict[str, Sequence[tuple[str, int]]] = {}

    def of(self, name: str) -> Sequence[tuple[str, int]]:
        """(text, rows) of a column, the most frequent first."""
        if name not in self.known:
            told = self.raw.select(word=column(self.raw, name)).filter(ibis._["word"].notnull())
            counted = told.group_by("word").agg(n=told.count()).order_by(ibis.desc("n"), "word").limit(_WORDS)
            self.known[name] = [(row["word"], row["n"]) for row in self.engine.records(counted)]
        return self.known[name]


def _shaped(engine: Engine, raw: ir.Table, mapping: CampaignMapping) -> tuple[CampaignMapping, Sentence]:
    """Whether a row is a person or a dial, told by how often people come back in the whole table."""
    person = None if mapping.person is None else column(raw, mapping.person).lower()
    repeated = counts = 0.0
    if person is not None:
        number = column(raw, mapping.dials).try_cast("int64") if mapping.dials is not None else ibis.null("int64")
        # What stands twice word for word was joined twice, and says nothing of who was dialled again.
        whole = ibis.struct({name: raw[name] for name in raw.columns if name not in ("_file", "_row")}).hash()
        named = raw.select(person=person, dials=number, whole=whole).filter(ibis._["person"].notnull()).distinct()
        people = named.group_by("person").agg(n=named.count(), most=named["dials"].max())
        found = engine.records(
            people.agg(
                rows=people["n"].sum(),
                repeated=ibis.ifelse(people["n"] > 1, people["n"], 0).sum(),
                numbered=ibis.ifelse((people["n"] > 1) & (people["most"] > people["n"]), people["n"], 0).sum(),
            )
        )[0]
        repeated = (found["repeated"] or 0) / found["rows"] if found["rows"] else 0.0
        counts = (found["numbered"] or 0) / (found["repeated"] or 1)
    if mapping.person is not None and repeated >= _REPEATED and counts < 0.5:
        # A column of numbers beside repeated people says which dial it is.
        return (
            msgspec.structs.replace(mapping, rows="dial", dials=None),
            Sentence("campaign.rows_dial", {"column": mapping.person}),
        )
    if mapping.dials is not None:
        return (
            msgspec.structs.replace(mapping, rows="person"),
            Sentence("campaign.rows_person", {"column": mapping.dials}),
        )
    if mapping.person is not None:
        return msgspec.structs.replace(mapping, rows="person"), Sentence("campaign.rows_person_once")
    if mapping.reached is not None and mapping.dialed is not None:
        return msgspec.structs.replace(mapping, rows="dial"), Sentence("campaign.rows_dial_alone")
    return msgspec.structs.replace(mapping, rows="person"), Sentence("campaign.rows_person_once")


def _limits_of(mapping: CampaignMapping) -> Iterator[Sentence]:
    """What the table cannot tell, said before anybody looks for it."""
    if mapping.reached is None:
        yield Sentence("campaign.no_reached")
    elif mapping.rows == "person" and mapping.dials is not None:
        yield Sentence("campaign.reached_last_only")
    if mapping.dialed is None:
        yield Sentence("campaign.no_dates")
    elif mapping.rows == "person":
        yield Sentence("campaign.dates_of_last_dial")
    if mapping.sale is None:
        yield Sentence("campaign.no_sale")


def _fates(engine: Engine) -> dict[tuple[str | None, str], int]:
    rows = engine.table(ROWS)
    counted = rows.group_by("fate", "fate_reason").agg(n=rows.count())
    return {(row["fate"], row["fate_reason"] or ""): row["n"] for row in engine.records(counted)}


def count_files(
    request: CampaignRequest, *, memory: str = MEMORY, until: datetime | None = None
) -> tuple[CampaignReading, CampaignCounts]:
    """Read the files of a campaign and count it, in an engine of its own. Raises what ``read_campaign`` raises.

    ``until`` is the moment to which sales are known; else the last moment in the files.
    """
    with machine_told(), Engine(request.scratch, memory=memory) as engine:
        reading = read_campaign(engine, request)
        return reading, count_campaign(engine, reading.told, segments=reading.segments, until=until)
