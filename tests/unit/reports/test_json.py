"""report.json keeps its keys, says exactly what was counted, and every key is documented."""

from __future__ import annotations

import json as standard_json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from decroche.prove.reports import json
from decroche.prove.reports.inputs import ReportInputs
from decroche.understand.loss_inputs import LossInputs
from tests.unit.reports import sample

REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "report-json.md"


@pytest.fixture(scope="module")
def document(inputs: ReportInputs) -> dict[str, Any]:
    found = standard_json.loads(json.render(inputs, "fr"))
    assert isinstance(found, dict)
    return found


#: Objects that occur often: documented once, their keys are not listed at each place.
SHAPES = ({"value", "numerator", "denominator", "n"}, {"n", "mean", "median", "p90"}, {"mean", "p10", "p50", "p90"})
#: Objects whose keys are data.
FREE = ("by_reason", "evidence", "values", "settings", "loss.departments", "loss.told", "groups")


def keys(value: Any, path: str = "") -> Iterator[str]:
    """The path of every key, items of a list as ``[]``, keys that are data as ``*``."""
    if isinstance(value, dict) and set(value) not in SHAPES:
        for key, inner in value.items():
            here = f"{path}.{'*' if path.endswith(FREE) else key}".lstrip(".")
            yield here
            yield from keys(inner, here)
    elif isinstance(value, list):
        for inner in value[:1]:
            yield from keys(inner, path + "[]")


def test_the_rows_add_up(document: dict[str, Any]) -> None:
    rows = document["accounting"]
    assert rows["rows_read"] == rows["calls"] + rows["legs_joined"] + rows["ignored"] + rows["rejected"]
    assert sum(rows["ignored_by_reason"].values()) == rows["ignored"]
    assert sum(rows["rejected_by_reason"].values()) == rows["rejected"]


def test_totals_are_those_counted(document: dict[str, Any]) -> None:
    totals = sample.figures().totals
    assert document["totals"]["offered"] == totals.offered == totals.answered + totals.missed
    assert document["totals"]["abandoned"] == totals.abandoned


def test_abandonment_leaves_short_ones_out_of_both_sides(document: dict[str, Any]) -> None:
    totals = sample.figures().totals
    rate = document["rates"]["abandonment_rate"]
    assert rate["numerator"] == totals.abandoned - totals.short_abandoned
    assert rate["denominator"] == rate["n"] == totals.offered - totals.short_abandoned
    assert rate["value"] == pytest.approx(rate["numerator"] / rate["denominator"])


def test_the_five_service_levels_are_plain_fractions(document: dict[str, Any]) -> None:
    terms = sample.figures().terms
    levels = document["service_level"]
    assert levels["F3"] == pytest.approx(terms.answered_within / (terms.answered + terms.unanswered))
    assert all(0 <= levels[form] <= 1 for form in ("F1", "F2", "F3", "F4", "F5"))
    assert levels["terms"]["threshold_s"] == 20.0


def test_what_was_told_stands_there_as_it_was_told() -> None:
    told = LossInputs.from_mapping(
        {"margin": [250, 600], "conversion": "20-30 %", "need": [0.85, 0.95], "referral": 0.1}
    )
    found = json.document(replace(sample.inputs(), told=told), "fr")["loss"]["told"]
    assert found == {"margin": [250, 600], "conversion": [0.2, 0.3], "need": [0.85, 0.95], "referral": [0.1, 0.1]}


def test_a_loss_has_its_interval_and_without_inputs_names_what_is_missing(document: dict[str, Any]) -> None:
    period = document["loss"]["period"]
    assert period["p10"] < period["p50"] < period["p90"]
    assert document["loss"]["missing_inputs"] == []
    unpriced = json.document(sample.without_money(), "fr")["loss"]
    assert unpriced["missing_inputs"] == ["margin", "conversion"]
    assert unpriced["period"] is None
    figures_only = json.document(ReportInputs(figures=sample.figures()), "fr")
    assert figures_only["loss"]["missing_inputs"] == ["margin", "conversion"]
    assert figures_only["ads"] is None


def test_heat_maps_are_seven_days_of_24_hours(document: dict[str, Any]) -> None:
    for name in ("offered", "missed"):
        assert [len(day) for day in document["week"][name]] == [24] * 7


def test_every_key_is_documented(document: dict[str, Any]) -> None:
    text = REFERENCE.read_text(encoding="utf-8")
    assert [key for key in dict.fromkeys(keys(document)) if f"`{key}`" not in text] == []


def test_every_documented_key_exists(document: dict[str, Any]) -> None:
    documented = [
        line.split("`")[1] for line in REFERENCE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")
    ]
    found = set(keys(document))
    assert documented
    assert [key for key in documented if key not in found] == []
