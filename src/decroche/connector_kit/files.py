"""How a connector reads the files its platform writes: recognise a sample, translate its columns.

``translate`` gives exactly one row for each row that it received (``file`` and ``row`` pass through), because every
row of an export is accounted for: it is a call, a leg joined to a call, ignored with a reason, or rejected with one.
Joining legs into calls is not a connector's work: rows with the same ``call_key`` are folded later, by one rule.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import ibis
import ibis.expr.types as ir

#: The canonical columns of a translated row, with their Ibis types. A column left out by a connector is null.
COLUMNS: dict[str, str] = {
    "file": "int32",  # which input file, counted from 0
    "row": "int64",  # which data row of it, counted from 0
    "fate": "string",  # null = kept, "ignored", "rejected"
    "fate_reason": "string",  # a stable snake_case word, see FATE_REASONS
    "call_key": "string",  # the platform's id of the call; null = the row is a whole call
    "direction": "string",  # model.Direction
    "started": "timestamp",  # naive, in the file's clock (UTC or the export's zone); null = unreadable, rejected later
    "caller": "string",  # the calling number as written
    "called": "string",  # the number that was called, as written
    "line": "string",  # our number or line that was called (name or number)
    "queue": "string",
    "department": "string",
    "site": "string",
    "agent": "string",
    "answered": "boolean",  # a person answered: an IVR, queue, voicemail or announcement picking up is not
    "queued": "boolean",  # the call waited in a queue
    "rang": "boolean",  # somebody's phone rang
    "voicemail": "boolean",  # a message was left
    "after_hours": "boolean",  # the platform itself says "closed"
    "reason": "string",  # model.MissedReason when the platform tells it; null = to be derived
    "raw_reason": "string",  # the platform's own word, verbatim
    "wait_s": "float64",  # from being offered (queue entry, or start of ringing) to the answer or the end of waiting
    "ring_s": "float64",  # how long a person's phone rang
    "talk_s": "float64",  # conversation with a person
    "hold_s": "float64",
    "wrap_s": "float64",  # work after the call
    "total_s": "float64",  # whole duration of the row
}

#: Why a row is ignored or rejected. Each has a sentence in every language (``language`` catalogues, "fate.<word>").
FATE_REASONS: frozenset[str] = frozenset(
    {
        # ignored
        "duplicate",
        "agent_state",
        "system_event",
        "fax",
        "message",
        "phantom",
        "local_channel",
        "quality_record",
        "by_mapping",
        "test_call",
        "header_again",
        "not_a_call",
        # rejected
        "malformed",
        "line_too_long",
        "no_start",
        "start_unreadable",
        "year_out_of_range",
        "negative_duration",
        "duration_unreadable",
        "hour_does_not_exist",
        "direction_unknown",
        "outcome_unknown",
        "bad_encoding",
    }
)


class Clock(StrEnum):
    """In which time the ``started`` column of a format is written."""

    UTC = "utc"
    LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Sample:
    """The beginning of a file, decoded to text: at most 256 KiB, whole lines only, ``\\n`` line ends."""

    text: str

    def lines(self, count: int) -> list[str]:
        """The first ``count`` lines, without their ends (fewer when the sample is shorter)."""
        return self.text.split("\n", count)[:count]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How a delimited text file is cut into columns.

    ``names`` are the column names when the file has no header line. ``header_line`` counts from 0;
    ``skip_after_header`` is how many lines follow the header before the data (Cisco writes its column types there).
    ``ragged`` files leave out the last columns of a line when they are empty or do not apply: such a line is whole, its
    missing columns are null.
    """

    delimiter: str = ","
    quote: str = '"'
    header_line: int | None = 0
    skip_after_header: int = 0
    names: tuple[str, ...] = ()
    ragged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFormat:
    """One kind of export of one platform.

    ``recognise`` looks at text samples: it returns the dialect when the file is surely of this kind, else None.
    ``recognise_columns`` looks at the column names of a table that has them already (XLSX, Parquet, JSON lines, or a
    delimited file with a header): names are given as written; True when the table is surely of this kind.
    ``translate`` receives a table of strings (columns named as in the file, stripped; plus ``file`` and ``row``) and
    gives the canonical COLUMNS. A column that only some versions of the platform write may be absent: use ``column``.
    """

    name: str
    title: str
    clock: Clock
    translate: Callable[[ir.Table], ir.Table]
    recognise: Callable[[Sample], Dialect | None] = lambda sample: None
    recognise_columns: Callable[[frozenset[str]], bool] = lambda names: False


def column(table: ir.Table, *names: str) -> ir.StringValue:
    """The first of ``names`` that ``table`` has, trimmed, empty text as null; a null string when it has none.

    Names are compared without regard to case.
    """
    return trimmed(written(table, *names))


def written(table: ir.Table, *names: str) -> ir.StringValue:
    """Like ``column``, as it stands in the file: with the blanks around it, the empty text as it is."""
    by_folded = {name.casefold(): name for name in table.columns}
    for name in names:
        if (found := by_folded.get(name.casefold())) is not None:
            return table[found]
    return ibis.null("string")


def trimmed(text: ir.StringValue) -> ir.StringValue:
    """``text`` without blanks around it, null when nothing is left.

    Looking at the two ends costs a sixth of trimming, and hardly any text of an export needs it. Every blank, and the
    empty text, sorts before the exclamation mark.
    """
    return ibis.ifelse((text < "!") | (text.reverse() < "!"), text.strip().nullif(""), text)


def canonical(table: ir.Table, **columns: ir.Value) -> ir.Table:
    """``table`` reduced to the canonical COLUMNS: those given, cast to their types; the others null."""
    unknown = columns.keys() - COLUMNS.keys()
    if unknown:
        raise KeyError(f"not canonical columns: {sorted(unknown)}")
    source = ("_file", "_row") if "_file" in table.columns else ("file", "row")
    given = {"file": table[source[0]], "row": table[source[1]], **columns}
    return table.select(
        **{name: (given[name].cast(kind) if name in given else ibis.null(kind)) for name, kind in COLUMNS.items()}
    )
