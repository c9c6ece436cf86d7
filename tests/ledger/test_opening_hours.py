"""The hours that a business tells, for all, for a site or for a department, are those by which its calls are judged."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from decroche.ledger.setting_up import set_week
from decroche.ledger.store import Ledger
from decroche.ledger.tables import lines, opening_hours
from tests.ledger.business import shop
from tests.ledger.stories import LINES, START, Body
from tests.ledger.test_folding import miss

#: The calls come on Thursday at 9 in Paris: one to the workshop in Lyon, one to Bron.


@pytest.mark.parametrize(
    ("weeks", "expected"),
    [
        ([("", "Atelier", "mon-fri 10:00-18:00")], {"Atelier": "closed_weekday", "": None}),
        ([("", "Atelier", "mon-fri 08:00-18:00")], {"Atelier": "open", "": None}),
        ([("Lyon", "", "mon-fri 10:00-18:00")], {"Atelier": "closed_weekday", "": None}),
        ([("Bron", "Atelier", "mon-fri 10:00-18:00")], {"Atelier": None, "": None}),
        (
            [("", "", "mon-fri 08:00-18:00"), ("", "Atelier", "mon-fri 10:00-18:00")],
            {"Atelier": "closed_weekday", "": "open"},
        ),
        ([], {"Atelier": None, "": None}),
    ],
)
def test_hours_hold_where_they_were_told_and_nowhere_else(
    ledger: Ledger, weeks: list[tuple[str, str, str]], expected: dict[str, str | None]
) -> None:
    found = shop(ledger)
    with ledger.writing() as connection:
        connection.execute(sa.delete(opening_hours))
        connection.execute(sa.update(lines).where(lines.c.site == "Lyon").values(department="Atelier"))
        for site, department, week in weeks:
            set_week(connection, found.account, week, site=site, department=department)
    found.keep([Body(facts=(miss("a", START), replace(miss("b", START), called=LINES[1])))])
    found.fold()
    assert {row["department"]: row["hour_class"] for row in found.calls().values()} == expected
