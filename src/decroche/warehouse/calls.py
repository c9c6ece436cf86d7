"""Joins the rows of each call into one call, for whole files at once. The twin of ``understand.fold``."""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.types as ir

from decroche.model.call import Direction, NumberKind
from decroche.understand.fold import DIRECTION_ORDER, REASON_ORDER
from decroche.warehouse.engine import Engine
from decroche.warehouse.whole_rows import with_every_column

#: What two rows must share to be the same row written twice. Where it stands in which file does not matter.
_IDENTITY = (
    "call_key", "direction", "started", "caller", "called", "line", "queue", "department", "site", "agent", "answered",
    "queued", "rang", "voicemail", "after_hours", "reason", "raw_reason", "wait_s", "ring_s", "talk_s", "hold_s",
    "wrap_s", "total_s",
)  # fmt: skip
_FIRST = ("caller", "called", "line", "queue", "department", "site")
_FLAGS = ("answered", "queued", "rang", "voicemail", "after_hours")

#: The columns of a call.
COLUMNS = (
    "call_key", "started", "direction", "caller", "called", "line", "queue", "department", "site",
    "agent", "answered", "queued", "rang", "voicemail", "after_hours", "reason", "raw_reason", "wait_s", "ring_s",
    "talk_s", "hold_s", "wrap_s", "total_s", "caller_kind", "person", "legs",
)  # fmt: skip


def mark_duplicates(engine: Engine, table: str, *, legs: bool) -> int:
    """Give the fate "ignored: duplicate" to every kept row of the stored ``table`` that repeats an earlier one.

    Returns how many there were. Two rows are the same when all that they say is the same, but within one file rows
    without a key of callers who hide the number are not. ``legs`` says whether ``has_legs``.
    """
    rows = engine.table(table)
    kept = rows.filter(rows.fate.isnull())
    # Rows that are the same have the same key; comparing the keys alone costs a third of comparing all columns.
    keyless = engine.records(kept.filter(kept.call_key.isnull()).select("row").limit(1))
    if not keyless and not legs:
        return 0
    unproved = kept.call_key.isnull() & (kept.caller_kind == NumberKind.ANONYMOUS.value)
    marked = kept.select("file", "row", unproved=unproved, print=_fingerprint(kept))
    twice = marked.group_by("print").having(ibis._.count() > 1).agg(times=ibis._.count())
    repeats = engine.records(twice.agg(rows=ibis._.times.sum() - ibis._.count()))[0]["rows"] or 0
    if repeats:
        in_file = ibis.row_number().over(ibis.window(group_by=["file", "print"], order_by="row"))
        alike = marked.semi_join(twice, "print")
        alike = alike.mutate(nth=ibis.ifelse(alike.unproved, in_file, ibis.literal(0, "int64")))
        window = ibis.window(group_by=["print", "nth"], order_by=["file", "row"])
        again = alike.mutate(place=ibis.row_number().over(window)).filter(ibis._.place > 0).select("file", "row")
        repeats = engine.records(engine.create("_repeats", again).agg(rows=ibis._.count()))[0]["rows"]
        engine.connection.execute(
            f"""UPDATE "{table}" AS t SET fate = 'ignored', fate_reason = 'duplicate'
            FROM _repeats AS r WHERE t.file = r.file AND t.row = r.row"""
        )
        engine.drop("_repeats")
    return int(repeats)


def has_legs(engine: Engine, table: str) -> bool:
    """Whether any call of the stored ``table`` is written in more than one kept row."""
    rows = engine.table(table)
    kept = rows.filter(rows.fate.isnull() & rows.call_key.notnull())
    # A number of 64 bits for each key: counting those that differ costs two thirds of looking for one that comes twice.
    counted = engine.records(kept.agg(rows=kept.count(), calls=kept.call_key.hash().nunique()))[0]
    return bool(counted["rows"] > counted["calls"])


def whole_calls(rows: ir.Table) -> ir.Table:
    """The kept rows as calls, where each row is a whole call."""
    kept = with_every_column(rows.filter(rows.fate.isnull()))
    flags = {name: kept[name].fill_null(False) for name in _FLAGS}
    nothing = ibis.null("float64")
    seconds = {name: ibis.ifelse(flags["answered"], kept[name], nothing) for name in ("talk_s", "hold_s", "wrap_s")}
    return kept.mutate(
        **flags,
        **seconds,
        agent=ibis.ifelse(flags["answered"], kept.agent, ibis.null("string")),
        reason=ibis.ifelse(flags["answered"], ibis.null("string"), kept.reason),
        legs=ibis.literal(1, "int64"),
    ).select(*COLUMNS)


def folded_calls(rows: ir.Table) -> ir.Table:
    """The kept rows as calls, rows with one ``call_key`` joined; a row without a key is a call of its own."""
    kept = rows.filter(rows.fate.isnull())
    kept = kept.mutate(
        # The unit separator keeps these stand-in keys apart from every key that a platform writes.
        _key=ibis.coalesce(kept.call_key, kept.file.cast("string") + "\x1f" + kept.row.cast("string")),
        answered=kept.answered.fill_null(False),
        _rank=_place(kept.reason, [reason.value for reason in REASON_ORDER]),
        _way=_place(kept.direction, [way.value for way in DIRECTION_ORDER]),
    )

    def first(name: str, where: ir.BooleanValue | None = None) -> ir.Value:
        """The value of the earliest row that has one; of several in one moment, the smallest."""
        has = kept[name].notnull() if where is None else kept[name].notnull() & where
        return kept[name].argmin(ibis.struct({"time": kept.started, "value": kept[name]}), where=has)

    number = ibis.ifelse(kept.direction == Direction.OUTBOUND.value, kept.called, kept.caller)

    def party(way: Direction) -> ir.StructValue:
        """Kind and person of ``understand.fold.other_number`` among the rows of one direction."""
        read = ibis.struct({"kind": kept.caller_kind, "person": kept.person})
        by_time = ibis.struct({"time": kept.started, "number": number})
        return read.argmin(by_time, where=(kept._way == DIRECTION_ORDER.index(way)) & number.notnull())

    told = ibis.struct({"rank": kept._rank, "time": kept.started, "word": kept.raw_reason.fill_null("")})
    folded = kept.group_by("_key").agg(
        call_key=kept.call_key.max(),
        started=kept.started.min(),
        way=kept._way.min(),
        rank=kept._rank.min(),
        agent=first("agent", kept.answered),
        told_reason=kept.raw_reason.fill_null("").argmin(told, where=kept._rank.notnull()),
        any_reason=first("raw_reason"),
        **{f"party_{number}": party(way) for number, way in enumerate(DIRECTION_ORDER)},
        **{name: first(name) for name in _FIRST},
        **{name: kept[name].fill_null(False).any() for name in _FLAGS},
        wait_answered=kept.wait_s.min(where=kept.answered),
        wait_missed=kept.wait_s.max(),
        ring_s=kept.ring_s.max(),
        total_s=kept.total_s.max(),
        **{name: kept[name].sum(where=kept.answered) for name in ("talk_s", "hold_s", "wrap_s")},
        legs=kept.count(),
    )
    rank = folded["rank"]
    parties = [folded[f"party_{number}"] for number, _ in enumerate(DIRECTION_ORDER)]
    ways = ibis.cases(*((folded.way == number, mine) for number, mine in enumerate(parties)))
    folded = folded.mutate(party=ibis.coalesce(ways, parties[DIRECTION_ORDER.index(Direction.UNKNOWN)]))
    return folded.mutate(
        caller_kind=folded.party["kind"].fill_null(NumberKind.ANONYMOUS.value),
        person=folded.party["person"],
        direction=_word(folded.way, [way.value for way in DIRECTION_ORDER]),
        reason=ibis.ifelse(folded.answered, ibis.null("string"), _word(rank, [r.value for r in REASON_ORDER])),
        raw_reason=ibis.ifelse(rank.notnull(), folded.told_reason.nullif(""), folded.any_reason),
        wait_s=ibis.ifelse(folded.answered, folded.wait_answered, folded.wait_missed),
    ).select(*COLUMNS)


def _place(word: ir.StringValue, words: list[str]) -> ir.IntegerValue:
    branches: list[tuple[Any, Any]] = [(word == known, number) for number, known in enumerate(words)]
    return ibis.cases(*branches, else_=ibis.null("int8"))


def _word(index: ir.IntegerValue, words: list[str]) -> ir.StringValue:
    branches: list[tuple[Any, Any]] = [(index == number, word) for number, word in enumerate(words)]
    return ibis.cases(*branches, else_=ibis.null("string"))


def _fingerprint(rows: ir.Table) -> ir.IntegerValue:
    """A number of 64 bits that two rows share when all that they say is the same."""
    return ibis.struct({name: rows[name] for name in _IDENTITY}).hash()
