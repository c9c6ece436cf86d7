"""A department with its own prices is ranked by what it loses, not by how many people it loses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from decroche.language import Language
from decroche.model.figures import Group
from decroche.prove.reports.annex_when import groups
from decroche.prove.reports.blocks import Table
from decroche.prove.reports.inputs import ReportInputs
from decroche.understand.loss import LossCounts, estimate
from decroche.understand.loss_inputs import LossInputs
from tests.unit.reports import sample

LOST = {"Atelier": 60, "Pièces": 30, "Vente": 20}


def inputs(departments: dict[str, object]) -> ReportInputs:
    told = LossInputs.from_mapping({"margin": 100, "conversion": "30 %", "departments": departments})
    figures = replace(
        sample.figures(),
        departments=tuple(
            Group(name=name, offered=500, answered=400, missed=100, lost_journeys=lost) for name, lost in LOST.items()
        ),
    )
    counts = LossCounts.of(figures.journeys, LOST)
    loss = estimate(counts, told, days=90, rng=np.random.default_rng(1), draws=2_000)
    return ReportInputs(figures=figures, told=told, loss=loss)


def tables(found: ReportInputs) -> dict[str, Table]:
    return {block.title: block for block in groups(found, Language("fr")).blocks if isinstance(block, Table)}


def ranks(found: ReportInputs) -> dict[str, str]:
    return {row[0].text: row[8].text for row in tables(found)["Par service"].rows}


def test_at_one_price_the_most_people_cost_the_most() -> None:
    assert ranks(inputs({})) == {"Atelier": "1", "Pièces": "2", "Vente": "3"}


def test_own_margins_change_the_ranking_by_value() -> None:
    found = inputs({"Vente": {"margin": 900}, "Pièces": {"margin": 20}})
    assert ranks(found) == {"Vente": "1", "Atelier": "2", "Pièces": "3"}
    values = {row[0].text: row[5].value for row in tables(found)["Par service"].rows}
    assert values == {"Atelier": 60 * 0.3 * 100, "Vente": 20 * 0.3 * 900, "Pièces": 30 * 0.3 * 20}


def test_other_tables_say_that_they_use_the_usual_price() -> None:
    assert "sans les marges" in (tables(inputs({"Vente": {"margin": 900}}))["Par ligne"].note or "")
    assert tables(inputs({}))["Par ligne"].note is None
