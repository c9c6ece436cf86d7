"""report.json: every number under stable names, for programs; docs/reference/report-json.md describes it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from decroche.model.figures import Durations, Figures, Group, HourCount, Rate
from decroche.model.money import MoneyRange
from decroche.prove.kpis.service_level import DEFAULT_FORM, service_levels
from decroche.prove.reports.annex_counts import rates, vendor_levels
from decroche.prove.reports.annex_money import ends
from decroche.prove.reports.inputs import ReportInputs
from decroche.prove.reports.masking import masked

#: Raised when a key changes its meaning or disappears; new keys do not raise it.
SCHEMA_VERSION = 1


def render(inputs: ReportInputs, language: str) -> str:
    """The document as text. Rates are fractions, durations seconds, times local to ``period.zone``."""
    return json.dumps(document(inputs, language), ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def document(inputs: ReportInputs, language: str) -> dict[str, Any]:
    """The document as plain dictionaries and lists."""
    inputs = masked(inputs)
    figures = inputs.figures
    rows = figures.accounting
    return {
        "schema_version": SCHEMA_VERSION,
        "language": language,
        "business": inputs.business,
        "period": {
            "first_day": figures.first_day.isoformat(),
            "last_day": figures.last_day.isoformat(),
            "days": figures.days,
            "zone": figures.zone,
            "country": figures.country,
        },
        "settings": dict(inputs.settings),
        "files": [asdict(file) for file in figures.files],
        "accounting": {
            "rows_read": rows.rows_read,
            "calls": rows.calls,
            "legs_joined": rows.legs_joined,
            "ignored": rows.ignored,
            "rejected": rows.rejected,
            "ignored_by_reason": dict(sorted(rows.ignored_by_reason.items())),
            "rejected_by_reason": dict(sorted(rows.rejected_by_reason.items())),
        },
        "totals": asdict(figures.totals),
        "rates": {name: _rate(rate, rate.denominator) for name, rate in rates(figures).items()},
        "service_level": _service_level(figures),
        "waits": {
            "answered": asdict(figures.wait_answered),
            "abandoned": asdict(figures.wait_abandoned),
            "asa": figures.wait_answered.mean,
        },
        "handle_time": _handle_time(figures),
        "week": {
            "offered": [list(day) for day in figures.week.offered],
            "missed": [list(day) for day in figures.week.missed],
        },
        "hour_classes": [
            {
                "hour_class": str(row.hour_class),
                "offered": row.offered,
                "answered": row.answered,
                "missed": row.missed,
                "missed_rate": Rate(row.missed, row.offered).value,
                "missed_share": Rate(row.missed, figures.totals.missed).value,
            }
            for row in figures.hour_classes
        ],
        "groups": {
            "sites": _groups(figures.sites),
            "departments": _groups(figures.departments),
            "queues": _groups(figures.queues),
            "lines": _groups(figures.lines),
        },
        "reasons": [asdict(row) for row in figures.reasons],
        "daily": [{**asdict(day), "day": day.day.isoformat()} for day in figures.daily],
        "longest_hours": _hours(figures.longest_hours),
        "costliest_hours": _hours(figures.costliest_hours),
        "journeys": {
            **asdict(figures.journeys),
            "recovered_lately": figures.journeys.recovered_lately,
            "windows": [asdict(row) for row in figures.journeys.windows],
        },
        "causes": [{**asdict(row), "evidence": dict(row.evidence)} for row in figures.causes],
        "loss": _loss(inputs),
        "ads": _ads(inputs),
        "assumptions": [{"word": row.word, "values": dict(row.values)} for row in figures.assumptions],
    }


def _rate(rate: Rate, base: int) -> dict[str, float | int | None]:
    return {"value": rate.value, "numerator": rate.numerator, "denominator": rate.denominator, "n": base}


def _service_level(figures: Figures) -> dict[str, Any]:
    profiles = [
        {
            "key": profile.key,
            "vendor": profile.vendor,
            "version": profile.version,
            "formula": profile.formula,
            "value": level.rate.value if level.rate else None,
            "missing": level.missing,
        }
        for profile, level in vendor_levels(figures)
    ]
    levels = {form: rate.value for form, rate in service_levels(figures.terms).items()}
    return {**levels, "default": DEFAULT_FORM, "terms": asdict(figures.terms), "profiles": profiles}


def _handle_time(figures: Figures) -> dict[str, Any]:
    parts: dict[str, Durations] = {
        "talk": figures.handle_time.talk,
        "hold": figures.handle_time.hold,
        "wrap": figures.handle_time.wrap,
        "handle": figures.handle_time.handle,
    }
    return {name: asdict(row) for name, row in parts.items()}


def _groups(rows: tuple[Group, ...]) -> list[dict[str, Any]]:
    return [{**asdict(row), "missed_rate": Rate(row.missed, row.offered).value} for row in rows]


def _hours(rows: tuple[HourCount, ...]) -> list[dict[str, Any]]:
    return [{**asdict(row), "start": row.start.isoformat()} for row in rows]


def _amounts(amounts: MoneyRange | None) -> dict[str, float] | None:
    if amounts is None:
        return None
    return {
        "mean": float(amounts.mean),
        "p10": float(amounts.low),
        "p50": float(amounts.middle),
        "p90": float(amounts.high),
    }


def _loss(inputs: ReportInputs) -> dict[str, Any]:
    journeys, loss, told = inputs.figures.journeys, inputs.loss, inputs.told
    found: dict[str, Any] = {
        "lost_journeys": journeys.lost,
        "missing_inputs": ["margin", "conversion"],
        "currency": None,
    }
    if told is not None:
        given = {
            name: getattr(told.prices, name)
            for name in ("margin", "conversion", "need", "new_customers", "lifetime_value", "referral")
        }
        found["told"] = {name: list(ends(belief)) for name, belief in given.items() if belief is not None}
        if told.remedy_per_month is not None:
            found["remedy_per_month"] = float(told.remedy_per_month)
    if loss is None:
        return found
    found["missing_inputs"] = list(loss.missing)
    if loss.period is not None:
        found["currency"] = loss.period.currency
    for name in ("period", "month", "year", "customer", "lost_journey", "missed_journey"):
        found[name] = _amounts(getattr(loss, name))
    found["departments"] = {name: _amounts(amounts) for name, amounts in loss.departments.items()}
    found["notes"] = list(loss.notes)
    return found


def _ads(inputs: ReportInputs) -> dict[str, Any] | None:
    ads = inputs.ads
    if ads is None:
        return None
    return {
        "spend": float(ads.spend),
        "wasted": float(ads.amount),
        "currency": ads.amount.currency,
        "calls": ads.missed.denominator,
        "missed": ads.missed.numerator,
        "calls_told": ads.told,
    }
