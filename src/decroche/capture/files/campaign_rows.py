"""Turns any campaign's table into rows of one shape, as its mapping says: whole columns at a time."""

from __future__ import annotations

from datetime import datetime

import ibis
import ibis.expr.types as ir

from decroche.capture.files.campaign_mapping import CampaignMapping, Flag, When
from decroche.capture.files.generic import AHEAD, EARLIEST
from decroche.connector_kit.files import column
from decroche.connector_kit.moments import joined, moment
from decroche.warehouse.campaigns import ROW_COLUMNS

#: Why a row is left out. Each has a sentence ("campaign.fate.<word>").
REASONS = (
    "blank", "header_again", "total_row", "duplicate", "never_dialled", "dials_unreadable", "date_unreadable",
    "year_out_of_range", "amount_unreadable", "malformed", "line_too_long",
)  # fmt: skip
_REJECTED = frozenset({"dials_unreadable", "date_unreadable", "year_out_of_range", "amount_unreadable"})
_TOTALS = ("total", "totaux", "total général", "total general", "grand total", "sous-total", "subtotal", "totals")
_MOST_DIALS = 100_000


def campaign_rows(table: ir.Table, mapping: CampaignMapping, *, now: datetime) -> ir.Table:
    """A row for each row of ``table`` (strings, with ``_file`` and ``_row``): ``ROW_COLUMNS`` and the segments.

    The segments are ``segment_0``, ``segment_1`` and so on, in the order of the mapping. ``now`` bounds the years.
    """
    read = _Reader(table, mapping)
    dials = _whole(read.text(mapping.dials)) if mapping.dials is not None and mapping.rows == "person" else None
    at, sold = read.moment(mapping.dialed), read.moment(mapping.sold)
    amounts = {use: read.amount(getattr(mapping, use)) for use in ("amount", "margin", "cost")}
    values: dict[str, ir.Value] = {
        "file": table["_file"],
        "row": table["_row"],
        "person": read.text(mapping.person).lower(),
        "dials": ibis.literal(1, "int64") if dials is None else dials,
        "at": at,
        **{use: read.flag(getattr(mapping, use)) for use in ("reached", "opportunity", "sale")},
        **amounts,
        "sold_at": sold,
        "script": read.text(mapping.script),
        **{f"segment_{place}": read.text(name) for place, name in enumerate(mapping.segments)},
        "fate_reason": _reason(read, mapping, dials=dials, at=at, amounts=amounts, now=now),
    }
    rows = table.select(**values)
    rejected = rows["fate_reason"].isin(_REJECTED)
    fate = ibis.cases((rows["fate_reason"].isnull(), ibis.null("string")), (rejected, "rejected"), else_="ignored")
    order = [*ROW_COLUMNS, *(f"segment_{place}" for place in range(len(mapping.segments)))]
    return rows.mutate(fate=fate).select(*order)


def same_again(rows: ir.Table) -> ir.Table:
    """Dials of one person at one moment with one result are one dial: what stands twice in a table is told apart."""
    what = ["person", "at", "opportunity", "sale", "amount", "script", "reached"]
    window = ibis.window(group_by=[*what, "fate_reason"], order_by=["file", "row"])
    known = rows["person"].notnull() & rows["at"].notnull() & rows["fate"].isnull()
    timed = known & (rows["at"] != rows["at"].truncate("D"))
    again = timed & (ibis.row_number().over(window) > 0)
    return rows.mutate(
        fate=ibis.ifelse(again, "ignored", rows["fate"]),
        fate_reason=ibis.ifelse(again, "duplicate", rows["fate_reason"]),
    )


def same_person_again(rows: ir.Table) -> ir.Table:
    """Rows by person that say the very same of the same person are one: lists are joined more than once."""
    what = [name for name in rows.columns if name not in ("file", "row", "fate")]
    window = ibis.window(group_by=what, order_by=["file", "row"])
    again = rows["person"].notnull() & rows["fate"].isnull() & (ibis.row_number().over(window) > 0)
    return rows.mutate(
        fate=ibis.ifelse(again, "ignored", rows["fate"]),
        fate_reason=ibis.ifelse(again, "duplicate", rows["fate_reason"]),
    )


class _Reader:
    """Reads the columns of a table of strings as a mapping says."""

    def __init__(self, table: ir.Table, mapping: CampaignMapping) -> None:
        self.table = table
        self.mapping = mapping

    def text(self, name: str | None) -> ir.StringValue:
        if name is None:
            return ibis.null("string")
        text = column(self.table, name)
        return ibis.ifelse(text.isin(self.mapping.empty), ibis.null("string"), text) if self.mapping.empty else text

    def moment(self, when: When | None) -> ir.TimestampValue:
        if when is None:
            return ibis.null("timestamp")
        at = when.moment()
        date = self.text(at.date)
        if at.time is None:
            found = moment(date, at.date_format, at.time_format)
            if when.also is not None:
                return ibis.coalesce(found, moment(date, when.also, at.time_format))
            if at.date_format in ("d/m/y", "m/d/y"):
                # Sheets in which some cells are dates and others texts.
                program = ibis.ifelse(date.re_search(r"^\d{4}-\d{2}-\d{2}"), date, ibis.null("string"))
                return ibis.coalesce(found, moment(program, "iso"))
            return found
        timed = joined(date, self.text(at.time), date_format=at.date_format, time_format=at.time_format)
        return ibis.coalesce(timed, moment(date, at.date_format))

    def amount(self, name: str | None) -> ir.DecimalValue:
        return _amount(self.text(name), decimal_comma=self.mapping.decimal_comma)

    def flag(self, flag: Flag | None) -> ir.BooleanValue:
        if flag is None:
            return ibis.null("boolean")
        text = self.text(flag.column)
        if flag.above is not None:
            number = _amount(text, decimal_comma=self.mapping.decimal_comma)
            return (number > flag.above).fill_null(False)
        if flag.words:
            return text.lower().isin([word.strip().lower() for word in flag.words]).fill_null(False)
        return text.notnull()


def _reason(
    read: _Reader,
    mapping: CampaignMapping,
    *,
    dials: ir.IntegerValue | None,
    at: ir.TimestampValue,
    amounts: dict[str, ir.DecimalValue],
    now: datetime,
) -> ir.StringValue:
    """Why a row is left out; null when it counts."""
    names = list(dict.fromkeys(name for _, name in mapping.columns()))
    texts = {name: read.text(name) for name in names}
    everything = [column(read.table, name) for name in read.table.columns if name not in ("_file", "_row")]
    branches: list[tuple[ir.BooleanValue, str]] = [
        (ibis.and_(*(text.isnull() for text in everything)), "blank"),
        (ibis.and_(*((text.lower() == name.strip().lower()).fill_null(False) for name, text in texts.items())),
         "header_again"),
        (everything[0].lower().isin(_TOTALS).fill_null(False), "total_row"),
    ]  # fmt: skip
    if dials is not None and mapping.dials is not None:
        branches += [
            ((dials == 0).fill_null(False), "never_dialled"),
            (dials.isnull() | (dials < 0) | (dials > _MOST_DIALS), "dials_unreadable"),
        ]
    if mapping.dialed is not None:
        latest = now.replace(tzinfo=None) + AHEAD
        written = read.text(mapping.dialed.date).notnull()
        branches += [
            (written & at.isnull(), "date_unreadable"),
            ((~at.between(ibis.literal(EARLIEST), ibis.literal(latest))).fill_null(False), "year_out_of_range"),
        ]
    for use, amount in amounts.items():
        if (name := getattr(mapping, use)) is not None:
            branches.append((texts[name].notnull() & amount.isnull(), "amount_unreadable"))
    return ibis.cases(*branches, else_=ibis.null("string"))


def _whole(text: ir.StringValue) -> ir.IntegerValue:
    plain = text.replace(" ", "").re_replace(r"[.,]0+$", "")
    return plain.try_cast("int64")


def _amount(text: ir.StringValue, *, decimal_comma: bool) -> ir.DecimalValue:
    """An amount as people write it: 1 234,56 €, 1,234.56, 1.234,56, -12; null when it is none."""
    kept = text.re_replace(r"[^0-9.,\-]", "")
    # Whatever stands last with one or two digits behind it is the decimal sign; the other one groups thousands.
    comma, point = kept.replace(".", "").replace(",", "."), kept.replace(",", "")
    last_comma, last_point = kept.re_search(r",\d{1,2}$"), kept.re_search(r"\.\d{1,2}$")
    plain = ibis.cases((last_comma, comma), (last_point, point), else_=comma if decimal_comma else point)
    # A decimal of the engine rounds what has more than two places.
    return plain.try_cast("decimal(18, 2)")
