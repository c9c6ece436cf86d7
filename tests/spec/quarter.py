"""The page on the quarterly audit: seasons, holidays, and sites compared without naming any."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date

from decroche.model.figures import Durations, Rate
from decroche.prove.kpis.quarter import (
    PlaceCount,
    Quarter,
    compared,
    holiday_effects,
    seasonal_shift,
    unnamed,
    week_pairs,
)
from decroche.understand.days import with_usual
from tests.spec.spec import Page, Spec, each
from tests.spec.table import Rows

NOBODY = Durations(n=0, mean=None, median=None, p90=None)


def days_of(quarter: str) -> Mapping[str, object]:
    found = Quarter.read(quarter)
    return {"start": found.period.start, "end": found.period.end, "a_year_before": str(found.last_year)}


def shifted(rows: Rows) -> list[Mapping[str, object]]:
    found = seasonal_shift([(row["calls"], row["last_year"]) for row in rows])  # type: ignore[misc]
    return [asdict(found)]


def weeks(rows: Rows) -> list[Mapping[str, object]]:
    now = {row["day"]: (row["offered"], row["missed"]) for row in rows if row["day"] >= date(2026, 1, 1)}  # type: ignore[operator]
    before = {row["day"]: (row["offered"], row["missed"]) for row in rows if row["day"] < date(2026, 1, 1)}  # type: ignore[operator]
    found = week_pairs(Quarter(2026, 3).period, now, before)  # type: ignore[arg-type]
    return [asdict(week) for week in found[:2]]


def effects(rows: Rows) -> list[Mapping[str, object]]:
    counts = {row["day"]: (row["offered"], row["missed"]) for row in rows}
    daily = with_usual(counts, {date(2025, 9, 1): "Labour Day"})  # type: ignore[arg-type]
    return [asdict(effect) for effect in holiday_effects(daily)]


def places(rows: Rows) -> list[PlaceCount]:
    return [
        PlaceCount(
            name=str(row["site"]),
            offered=int(row["offered"]),  # type: ignore[arg-type]
            missed=int(row["missed"]),  # type: ignore[arg-type]
            lost=0,
            recovered=Rate(0, 0),
            to_callback=NOBODY,
        )
        for row in rows
    ]


def ranked(rows: Rows) -> list[Mapping[str, object]]:
    sites = places(rows)
    by_count = sorted(sites, key=lambda site: -site.missed)
    by_rate = sorted(sites, key=lambda site: -(site.missed_rate.value or 0))
    return [
        {
            "site": site.name,
            "rate": site.missed_rate.value,
            "by_count": by_count.index(site) + 1,
            "by_rate": by_rate.index(site) + 1,
        }
        for site in sites
    ]


def spread(rows: Rows) -> list[Mapping[str, object]]:
    found = compared(places(rows))
    if found is None:
        return [dict.fromkeys(("sites", "left_out", "first", "middle", "third"))]
    return [{"sites": found.sites, "left_out": found.left_out, **asdict(found.missed_rate)}]


def letters(rows: Rows) -> list[Mapping[str, object]]:
    found = unnamed(places(rows))
    return [{"site": row["site"], "letter": found[str(row["site"])]} for row in rows]


PAGE = Page(
    name="quarter",
    title="The quarterly audit",
    intro="""
        What `decroche report quarter` counts beside what an audit counts: the days of a quarter, how its season moved
        against last year's, what holidays did to the days around them, and how sites compare when none may be named.
    """,
    specs=(
        Spec(
            title="A quarter",
            prose="Written with Q or, in French, with T.",
            given="""
quarter || start      | end        | a year before
2026Q3  || 2026-07-01 | 2026-10-01 | 2025Q3
2025T4  || 2025-10-01 | 2026-01-01 | 2024Q4
""",
            plain=each(days_of),
            defines=(Quarter.read,),
        ),
        Spec(
            title="Weeks beside last year's",
            prose="""
                Whole weeks of the quarter, each beside the week of the same ISO number. A week of last year without
                any call is not told: nobody listened yet.
            """,
            given="""
day        | offered | missed
-----------+---------+-------
2025-07-07 | 90      | 20
2026-07-01 | 50      | 9
2026-07-06 | 100     | 10
2026-07-12 | 20      | 5
2026-07-13 | 80      | 4
""",
            expected="""
week | monday     | offered | missed | offered before | missed before
28   | 2026-07-06 | 120     | 15     | 90             | 20
29   | 2026-07-13 | 80      | 4      |                |
""",
            plain=weeks,
            defines=(week_pairs,),
        ),
        Spec(
            title="A season that came later",
            prose="""
                The tyre peak of spring: three weeks later after a storm. Week by week both years look unlike each
                other; moved by three weeks they are the same.
            """,
            given="""
calls | last year
------+----------
100   | 101
101   | 110
99    | 140
102   | 200
111   | 180
141   | 130
199   | 108
181   | 100
131   | 99
107   | 101
100   | 100
98    | 102
""",
            expected="""
weeks | likeness | unmoved | over
3     | 1.0      | -0.2    | 9
""",
            plain=shifted,
            defines=(seasonal_shift,),
        ),
        Spec(
            title="A season that did not move",
            prose="Both years alike as they are: no shift is looked for in what is left.",
            given="""
calls | last year
------+----------
100   | 98
120   | 121
180   | 176
150   | 149
110   | 114
100   | 103
99    | 98
101   | 100
""",
            expected="""
weeks | over
0     | 8
""",
            plain=shifted,
        ),
        Spec(
            title="Weeks that differ by chance",
            prose="No season in either year: the best of nine moves is a coincidence, and none is told.",
            given="""
calls | last year
------+----------
1 061 | 1 077
1 086 | 1 105
1 106 | 1 075
1 047 | 1 001
1 033 | 1 127
997   | 1 102
1 071 | 1 037
1 043 | 1 035
1 042 | 1 021
1 020 | 1 071
1 107 | 1 022
1 098 | 1 070
""",
            expected="""
weeks | over
0     | 12
""",
            plain=shifted,
        ),
        Spec(
            title="Too few weeks to tell",
            prose="With fewer than eight weeks of both years nothing is said.",
            given="""
calls | last year
------+----------
100   | 98
120   |
180   | 176
""",
            expected="""
weeks | likeness | over
      |          | 2
""",
            plain=shifted,
        ),
        Spec(
            title="What a holiday moves",
            prose="""
                Labour Day, Monday 1 September 2025: the Friday before and the Tuesday after receive what Monday does
                not. Each against the median of its own weekday, never against the day beside it.
            """,
            given="""
day        | offered | missed
-----------+---------+-------
2025-08-08 | 100     | 10
2025-08-12 | 80      | 8
2025-08-15 | 104     | 12
2025-08-18 | 140     | 30
2025-08-19 | 82      | 7
2025-08-22 | 96      | 9
2025-08-25 | 150     | 33
2025-08-26 | 78      | 9
2025-08-29 | 130     | 21
2025-09-01 | 6       | 6
2025-09-02 | 160     | 44
2025-09-08 | 145     | 31
""",
            expected="""
around  | day        | offered | usual offered | change  | name
eve     | 2025-08-29 | 130     | 100.0         | 30 %    | Labour Day
holiday | 2025-09-01 | 6       | 145.0         | -95.9 % | Labour Day
after   | 2025-09-02 | 160     | 80.0          | 100 %   | Labour Day
""",
            plain=effects,
            defines=(holiday_effects,),
        ),
        Spec(
            title="First by count, last by rate",
            prose="""
                Row 12 of the errors: the department with most missed calls is not the one where calling is most in
                vain. Both ranks are printed, and the rank by value beside them.
            """,
            given="""
site    | offered | missed
--------+---------+-------
service | 8 000   | 960
parts   | 900     | 180
sales   | 1 100   | 121
""",
            expected="""
site    | rate | by count | by rate
service | 12 % | 1        | 2
parts   | 20 % | 2        | 1
sales   | 11 % | 3        | 3
""",
            plain=ranked,
            defines=(PlaceCount,),
        ),
        Spec(
            title="Sites compared without their names",
            prose="The quartiles of six sites; the seventh has too few calls for a rate. No extreme is shown.",
            given="""
site | offered | missed
-----+---------+-------
a    | 100     | 10
b    | 100     | 12
c    | 100     | 16
d    | 100     | 20
e    | 100     | 24
f    | 100     | 90
g    | 29      | 29
""",
            expected="""
sites | left out | first | middle | third
6     | 1        | 13 %  | 18 %   | 23 %
""",
            plain=spread,
            defines=(compared,),
        ),
        Spec(
            title="Too few sites to compare",
            prose="With four sites each could be guessed.",
            given="""
site | offered | missed
-----+---------+-------
a    | 100     | 10
b    | 100     | 12
c    | 100     | 16
d    | 100     | 20
""",
            expected="""
sites | left out | first | middle | third
      |          |       |        |
""",
            plain=spread,
        ),
        Spec(
            title="Letters instead of names",
            prose="By their rates, the highest first: a letter tells the rank and nothing else.",
            given="""
site    | offered | missed
--------+---------+-------
Lyon    | 100     | 10
Nantes  | 50      | 40
Québec  | 200     | 30
""",
            expected="""
site   | letter
Lyon   | C
Nantes | A
Québec | B
""",
            plain=letters,
            defines=(unnamed,),
        ),
    ),
)
