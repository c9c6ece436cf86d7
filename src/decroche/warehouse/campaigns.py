"""Counts a campaign's rows in columns: the twin of ``prove.kpis.campaign_fold``, for files of millions of dials."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

import ibis
import ibis.expr.types as ir

from decroche.model.campaign import CampaignCounts, Followed, Group, GroupKind, Row, Rung, Tally, Told, Week
from decroche.warehouse.engine import Engine

#: The stored table of the rows of a campaign, as ``ROW_COLUMNS`` has them.
ROWS = "campaign_rows"
#: What each row says; null: nothing. ``fate`` is why a row is left out ("rejected" or "ignored"), null when it counts.
ROW_COLUMNS: Mapping[str, str] = {
    "file": "int32",
    "row": "int64",
    "person": "string",
    "dials": "int64",
    "at": "timestamp",
    "reached": "boolean",
    "opportunity": "boolean",
    "sale": "boolean",
    "amount": "decimal(18, 2)",
    "margin": "decimal(18, 2)",
    "cost": "decimal(18, 2)",
    "sold_at": "timestamp",
    "script": "string",
    "fate": "string",
    "fate_reason": "string",
}
_DIALLED = "campaign_dials"
_DAY = 86_400


def count_campaign(
    engine: Engine, told: Told, *, segments: Mapping[str, str] | None = None, until: datetime | None = None
) -> CampaignCounts:
    """The counts of the stored table ``ROWS``. ``segments``: columns of it by the names to be shown.

    The rules are those of ``fold``: the first row of a person that says so is the opportunity, or the sale.
    """
    dials = engine.create(_DIALLED, _dialled(engine.table(ROWS), told))
    named = told.person or told.row is Row.PERSON
    span = engine.records(
        dials.agg(
            first=dials["at"].min(),
            last=dials["at"].max(),
            latest=ibis.greatest(dials["at"].max(), ibis.ifelse(dials["sale"], dials["sold_at"], None).max()),
        )
    )[0]
    people = _people(dials)
    return CampaignCounts(
        row=told.row,
        total=_tally(engine.records(dials.agg(**_sums(dials)))[0], told),
        groups=tuple(_groups(engine, dials, told, segments or {})),
        weeks=tuple(_weeks(engine, dials, told)),
        ladder=tuple(_ladder(engine, people)) if named and told.dials and told.opportunity else (),
        followed=tuple(_followed(engine, people, until or span["latest"])) if named and told.sale else (),
        first=_day(span["first"]),
        last=_day(span["last"]),
    )


def _dialled(rows: ir.Table, told: Told) -> ir.Table:
    """The rows that count, each with whether it is its person's first opportunity and sale, and dials until it."""
    kept = rows.filter(rows["fate"].isnull())
    if told.row is Row.PERSON:
        alone = kept["file"].cast("string") + "/" + kept["row"].cast("string")
        kept = kept.mutate(person=ibis.coalesce("p" + kept["person"], "r" + alone))
    sale = kept["sale"].fill_null(False)
    opportunity = kept["opportunity"].fill_null(False) | sale
    kept = kept.mutate(
        sale=sale,
        opportunity=opportunity,
        reached=kept["reached"].fill_null(False) | opportunity,
        dials=kept["dials"].fill_null(1),
    )
    order = [ibis.asc("at", nulls_first=False), "file", "row"]

    def first(what: str) -> ir.BooleanValue:
        number = ibis.row_number().over(ibis.window(group_by=["person", what], order_by=order))
        return kept[what] & (kept["person"].isnull() | (number == 0))

    so_far = ibis.cumulative_window(group_by="person", order_by=order)
    return kept.mutate(
        first_opportunity=first("opportunity"), first_sale=first("sale"), so_far=kept["dials"].sum().over(so_far)
    )


def _sums(rows: ir.Table) -> dict[str, ir.Value]:
    amount, margin = (ibis.ifelse(rows["sale"], rows[name].fill_null(0), None) for name in ("amount", "margin"))
    return {
        "dials": rows["dials"].sum(),
        "contacts": rows["reached"].sum(),
        "people": rows["person"].nunique(),
        "opportunities": rows["first_opportunity"].sum(),
        "sales": rows["first_sale"].sum(),
        "revenue": amount.sum(),
        "revenue_squares": (amount * amount).sum(),
        "margin": margin.sum(),
        "margin_squares": (margin * margin).sum(),
        "cost": rows["cost"].sum(),
    }


def _tally(sums: Mapping[str, Any], told: Told) -> Tally:
    has: dict[str, bool] = {
        "dials": told.dials,
        "contacts": told.reached,
        "people": told.person or told.row is Row.PERSON,
        "opportunities": told.opportunity,
        "sales": told.sale,
        "revenue": told.amount,
        "revenue_squares": told.amount,
        "margin": told.margin,
        "margin_squares": told.margin,
        "cost": told.cost,
    }
    values: dict[str, Any] = {name: (sums[name] or 0) if known else None for name, known in has.items()}
    return Tally(**values)


def _groups(engine: Engine, rows: ir.Table, told: Told, segments: Mapping[str, str]) -> Iterator[Group]:
    by: list[tuple[GroupKind, str, ir.Value]] = [
        (GroupKind.SEGMENT, name, rows[column]) for column, name in segments.items()
    ]
    if told.script:
        by.append((GroupKind.SCRIPT, "", rows["script"]))
    timed = rows.filter(rows["at"].notnull())
    midnight = engine.records(timed.agg(n=timed.count(), timed=(timed["at"].time() != ibis.time(0, 0, 0)).sum()))[0]
    for kind, name, value in by:
        grouped = rows.mutate(value=value.fill_null("")).group_by("value")
        for row in engine.records(grouped.agg(**_sums(rows)).order_by("value")):
            yield Group(kind=kind, column=name, value=row["value"], tally=_tally(row, told))
    if midnight["n"]:
        parts = [(GroupKind.WEEKDAY, timed["at"].day_of_week.index() + 1)]
        # Dates without a time of day are all at midnight: they say nothing of hours.
        if midnight["timed"]:
            parts.append((GroupKind.HOUR, timed["at"].hour()))
        for kind, number in parts:
            grouped = timed.mutate(value=number.cast("int64")).group_by("value")
            for row in engine.records(grouped.agg(**_sums(timed)).order_by("value")):
                value = f"{row['value']:02d}" if kind is GroupKind.HOUR else str(row["value"])
                yield Group(kind=kind, column="", value=value, tally=_tally(row, told))


def _weeks(engine: Engine, rows: ir.Table, told: Told) -> Iterator[Week]:
    timed = rows.filter(rows["at"].notnull())
    grouped = timed.mutate(monday=timed["at"].truncate("W").cast("date")).group_by("monday")
    for row in engine.records(grouped.agg(**_sums(timed)).order_by("monday")):
        yield Week(monday=_day(row["monday"]) or date.min, tally=_tally(row, told))


def _people(rows: ir.Table) -> ir.Table:
    named = rows.filter(rows["person"].notnull())
    return named.group_by("person").agg(
        dials=named["dials"].sum(),
        converted_at=ibis.ifelse(named["first_opportunity"], named["so_far"], None).max(),
        first=named["at"].min(),
        sold=ibis.ifelse(named["first_sale"], ibis.coalesce(named["sold_at"], named["at"]), None).max(),
    )


def _ladder(engine: Engine, people: ir.Table) -> Iterator[Rung]:
    counted = people.group_by("dials", "converted_at").agg(n=people.count())
    ordered = counted.order_by("dials", ibis.asc("converted_at", nulls_first=False))
    for row in engine.records(ordered):
        converted = row["converted_at"]
        yield Rung(int(row["dials"]), None if converted is None else int(converted), row["n"])


def _followed(engine: Engine, people: ir.Table, until: datetime | None) -> Iterator[Followed]:
    if until is None:
        return
    dated = people.filter(people["first"].notnull())
    followed = ibis.greatest(_number(ibis.literal(until, "timestamp")) - _number(dated["first"]), 0)
    sold = ibis.greatest(_number(dated["sold"]) - _number(dated["first"]), 0)
    cells = dated.mutate(
        month=dated["first"].truncate("M").cast("date"),
        days=followed,
        sold_after=ibis.ifelse(dated["sold"].isnull(), None, sold),
    )
    counted = cells.group_by("month", "days", "sold_after").agg(n=cells.count())
    for row in engine.records(counted.order_by("month", "days", ibis.asc("sold_after", nulls_first=False))):
        yield Followed(_day(row["month"]) or date.min, row["days"], row["sold_after"], row["n"])


def _number(at: ir.TimestampValue) -> ir.IntegerValue:
    """The number of a day."""
    return at.truncate("D").epoch_seconds() // _DAY


def _day(value: datetime | date | None) -> date | None:
    return value.date() if isinstance(value, datetime) else value
