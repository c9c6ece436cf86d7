"""Every error of the seeds and every ready test vector is drawn by a spec: one that goes missing is missed here."""

from __future__ import annotations

import re

import pytest

from decroche.prove.seed_errors import SEED_ERRORS
from tests.spec.pages import pages
from tests.spec.spec import Spec

#: Row of the errors: (page, title, what its tables must draw), at least one each.
ROWS: dict[int, tuple[tuple[str, str, str], ...]] = {
    1: (
        ("calculators", "Return on the investment", "120000 | 180000 | 12 | || 50 % | 150 % | 50 % |"),
        ("kpis", "Return on investment, both readings", "150 % | 50 % | 8.0"),
    ),
    2: (("loss", "Lifetime value", "3 000 | 3 000 | 750"),),
    3: (("loss", "Loss of a period", "40 % | 4000 | 2800 | 5600"),),
    4: (("loss", "Advertising already paid", "60.0 % | 600"),),
    5: (
        ("loss", "The sector table, recomputed", "12 600 | 50 400"),
        ("loss", "The sector table over a year", "126 000 | 161 520"),
    ),
    6: (("seed_rows", "What the ledger says of them", "unanswered-62"),),
    7: (("loss", "A waste that does not add up", "193 200 | 0.274"),),
    8: (("seed_rows", "What the ledger says of them", "never-call-again"),),
    9: (("seed_rows", "What the ledger says of them", "leave-after-one"),),
    10: (("kpis", "A peak against its base", "2.7 % | 1.667 % | 1.62"),),
    11: (("hours", "The four hour classes", "weekend"),),
    12: (("quarter", "First by count, last by rate", "service | 12 % | 1 | 2"),),
    13: (("seed_rows", "Ten million missed calls", "30.8"),),
    14: (
        ("kpis", "Threshold of the cost per opportunity", "400 | 10 % | 0 % || 40"),
        ("kpis", "Campaign", "200 % | 3.0 | 0 %"),
    ),
    15: (("kpis", "Conversion of calls (TCO), three denominators", "3 % | 15 % | 7.5 %"),),
    16: (("campaigns", "Quality of the lists before their quantity", "bought | 1.0 % | 8.0 % | no | 3200.00"),),
    17: (("kpis", "Months an experiment takes", "17.0"), ("trials", "What a trial needs before it starts", "5 301")),
    18: (
        ("campaigns", "Sales still to come", "90"),
        ("attribution", "How long leads take, with those still to come", "37.5 %"),
    ),
    19: (("targets", "How a target is written", "unit_wanted"), ("targets", "How a target is written", "band_wanted")),
    20: (("kpis", "Offered, answered, missed", "offered"),),
    21: (("kpis", "Net promoter score", "22.2"),),
    22: (("missed_reasons", "Picked up by a machine", "machine | || missed | 0 | 1 | 1"),),
    23: (("machines", "The tone of a caller’s words", "agent | words || refuse"),),
    24: (("kpis", "Demand above capacity", "300 | 180 || 40 %"),),
    25: (("seed_rows", "Euros and dollars", "100 EUR | 20 USD || refused"),),
    26: (("seed_rows", "“Nearly two thirds”", "62,2 %"),),
}  # fmt: skip

#: The ready test vectors, by their name in the definitions.
VECTORS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "Service level": (("kpis", "Service level, five formulas", "83.02 % | 86.00 % | 81.13 % | 82.69 % | 82.08 %"),),
    "VOKAI": (
        ("loss", "The naive sum of seed 000", "500 | 25 % | 5 || 125 | 625"),
        ("loss", "Lifetime value", "500 | 2 | 3 | 25 % | 0 % || 3 000 | 3 000 | 750"),
    ),
    "Sector table": (
        *(("loss", "The sector table, recomputed", each) for each in ("12 600", "16 150", "11 250", "9 800", "17 500")),
        ("loss", "The sector table over a year", "161 520"),
    ),
    "Ads waste": (("loss", "Advertising already paid", "1 000 | 50 | 30 || 60.0 % | 600"),),
    "Invoca auto": (("loss", "A waste that does not add up", "193 200 | 0.274"),),
    "Guide ROI": (("kpis", "Return on investment, both readings", "120 000 | 180 000 || 150 % | 50 %"),),
    "Campaign": (
        ("kpis", "Campaign", "4 000 | 80 | 12.5 % | 1 200 | 400 || 50 | 50 | 10 | 200 % | 3.0 | 0 %"),
    ),
    "CPQ threshold": (("kpis", "Threshold of the cost per opportunity", "400 | 10 % | 0 % || 40"),),
    "TCO": (("kpis", "Conversion of calls (TCO), three denominators", "300 | 10 000 | | || 3 %"),),
    "Talksoon": (
        ("kpis", "A peak against its base", "2.7 % | 75 % | 45 || 2.7 % | 1.667 % | 1.62"),
        ("kpis", "A peak against its base", "8.1 %"),
    ),
    "Capacity": (("kpis", "Demand above capacity", "300 | 180 || 40 %"),),
    "NPS": tuple(("kpis", "Net promoter score", f"40.0 | {each}") for each in ("28.6", "22.2", "11.1")),
    "A/B": tuple(
        ("kpis", "Calls an experiment needs", each)
        for each in (
            "3 % | 4 % || 5 301", "3 % | 3.6 % || 13 914", "1 % | 2 % || 2 319", "30 % | 40 % || 356",
            "30 % | 35 % || 1 377",
        )
    ),
    "Time decay": tuple(("kpis", "Attribution by age", each) for each in ("1.000", "0.500", "0.250", "0.125")),
    "U-shape": tuple(
        ("kpis", "Attribution by position", each)
        for each in ("1 || 100 %", "2 || 50 % | 50 %", "4 || 40 % | 10 % | 10 % | 40 %")
    ),
}  # fmt: skip
SPECS: dict[tuple[str, str], Spec] = {(page.name, spec.title): spec for page in pages() for spec in page.specs}


def test_every_row_of_the_errors_is_here() -> None:
    assert sorted(ROWS) == [error.number for error in SEED_ERRORS] == list(range(1, 27))
    assert not [error.number for error in SEED_ERRORS if error.later or not error.shown_by]


@pytest.mark.parametrize(
    ("page", "title", "drawn"), sorted({each for known in (*ROWS.values(), *VECTORS.values()) for each in known})
)
def test_a_spec_draws_it(page: str, title: str, drawn: str) -> None:
    spec = SPECS[page, title]
    # Half a spec has its answer beside what is given, half below it: both are drawn line by line.
    assert drawn in _plain(f"{spec.given}\n{spec.expected}")


def _plain(text: str) -> str:
    return re.sub(r" +", " ", text)
