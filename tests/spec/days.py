"""The page on usual days: what a weekday brings, and the days around a holiday."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date

from decroche.understand.days import with_usual
from tests.spec.spec import Page, Spec
from tests.spec.table import Rows

SPRING = {
    date(2026, 4, 6): "Lundi de Pâques",
    date(2026, 5, 1): "Fête du Travail",
    date(2026, 5, 8): "Victoire 1945",
    date(2026, 5, 14): "Ascension",
    date(2026, 8, 15): "Assomption",
    date(2026, 12, 25): "Noël",
    date(2026, 12, 26): "Saint-Étienne",
}


def counted(rows: Rows) -> list[Mapping[str, object]]:
    counts = {row["day"]: (row.get("offered", 0), row.get("missed", 0)) for row in rows}
    return [asdict(day) for day in with_usual(counts, SPRING)]  # type: ignore[arg-type]


SPECS = (
    Spec(
        title="A day against its weekday",
        prose="""
            Usual is the median of the same weekday's ordinary days, so that one mad Monday moves nothing. Holidays and
            the working days beside them are not ordinary: Easter Monday, 6 April, and Tuesday the 7th are compared with
            the others but not among them. With fewer than three ordinary days nothing is called usual.
        """,
        given="""
            day        | offered | missed
            -----------+---------+-------
            2026-03-16 | 100     | 10
            2026-03-23 | 400     | 90
            2026-03-30 | 120     | 14
            2026-04-06 | 3       | 3
            2026-04-07 | 180     | 40
            2026-04-13 | 110     | 12
            2026-04-14 | 90      | 8
            2026-04-21 | 94      | 9
        """,
        expected="""
            day        | offered | missed | usual offered | usual missed | holiday         | after holiday
            -----------+---------+--------+---------------+--------------+-----------------+----------------
            2026-03-16 | 100     | 10     | 115.0         | 13.0         |                 |
            2026-03-23 | 400     | 90     | 115.0         | 13.0         |                 |
            2026-03-30 | 120     | 14     | 115.0         | 13.0         |                 |
            2026-04-06 | 3       | 3      | 115.0         | 13.0         | Lundi de Pâques |
            2026-04-07 | 180     | 40     |               |              |                 | Lundi de Pâques
            2026-04-13 | 110     | 12     | 115.0         | 13.0         |                 |
            2026-04-14 | 90      | 8      |               |              |                 |
            2026-04-21 | 94      | 9      |               |              |                 |
        """,
        plain=counted,
        defines=(with_usual,),
    ),
    Spec(
        title="The days beside a holiday",
        prose="""
            People who met a closed door call on the next working day. That is the Monday after a Friday, the Friday
            after Ascension, the Monday after Christmas and Boxing Day. A holiday on a Saturday or a Sunday
            shuts no working day, so that no day stands beside it; a week-end in between is passed over.
        """,
        given="""
            day        || weekday | holiday         | before holiday  | after holiday
            -----------++---------+-----------------+-----------------+----------------
            2026-04-03 || 5       |                 | Lundi de Pâques |
            2026-04-06 || 1       | Lundi de Pâques |                 |
            2026-04-07 || 2       |                 |                 | Lundi de Pâques
            2026-05-01 || 5       | Fête du Travail |                 |
            2026-05-02 || 6       |                 |                 |
            2026-05-04 || 1       |                 |                 | Fête du Travail
            2026-05-07 || 4       |                 | Victoire 1945   |
            2026-05-11 || 1       |                 |                 | Victoire 1945
            2026-05-13 || 3       |                 | Ascension       |
            2026-05-15 || 5       |                 |                 | Ascension
            2026-08-14 || 5       |                 |                 |
            2026-08-17 || 1       |                 |                 |
            2026-12-24 || 4       |                 | Noël            |
            2026-12-26 || 6       | Saint-Étienne   |                 |
            2026-12-28 || 1       |                 |                 | Noël
        """,
        plain=counted,
    ),
)

PAGE = Page(
    name="days",
    title="Usual days, and the day after a holiday",
    intro="""
        A day is only high or low against the days that are like it. Holidays empty their own day and fill the next.
    """,
    specs=SPECS,
)
