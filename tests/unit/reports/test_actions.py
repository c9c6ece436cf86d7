"""The three actions follow the counts: where most lost customers could have been reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from decroche.language import Language
from decroche.model.figures import ClassCount, DayCount, Durations, Figures, ReasonCount, WeekMap
from decroche.model.hours import HourClass
from decroche.prove.reports.actions import candidates, peak_window, per_month, three_actions
from tests.unit.reports import sample

FR = Language("fr")
Grid = dict[tuple[int, int], tuple[int, int]]


def week(cells: Mapping[tuple[int, int], tuple[int, int]]) -> WeekMap:
    """(ISO weekday, hour) -> (offered, missed)."""
    grid = [[cells.get((day, hour), (0, 0)) for hour in range(24)] for day in range(1, 8)]
    return WeekMap(
        tuple(tuple(cell[0] for cell in row) for row in grid), tuple(tuple(cell[1] for cell in row) for row in grid)
    )


def bare(cells: Mapping[tuple[int, int], tuple[int, int]], *, lost: int = 40) -> Figures:
    """Figures with calls in these cells only, and nothing else that could call for action."""
    figures = sample.figures()
    offered = sum(cell[0] for cell in cells.values())
    missed = sum(cell[1] for cell in cells.values())
    return replace(
        figures,
        week=week(cells),
        totals=replace(figures.totals, offered=offered, missed=missed, answered=offered - missed),
        journeys=replace(figures.journeys, lost=lost, windows=()),
        hour_classes=(),
        reasons=(),
        daily=(),
        wait_abandoned=Durations(n=0, mean=None, median=None, p90=None),
    )


def kinds(figures: Figures) -> list[str]:
    found = sorted(candidates(figures, FR), key=lambda candidate: -candidate.reach)
    return [candidate.kind for candidate in found]


def test_the_peak_is_the_densest_run_of_staffed_hours() -> None:
    cells = {(1, 9): (50, 20), (1, 10): (50, 18), (1, 11): (50, 2), (3, 15): (50, 9)}
    window = peak_window(bare(cells))
    assert window is not None
    assert (window.weekday, window.first, window.last, window.missed, window.offered) == (1, 9, 11, 38, 100)


def test_an_hour_in_which_nobody_answers_is_no_peak_to_staff() -> None:
    cells = {(1, 20): (60, 60), (2, 9): (50, 10)}
    window = peak_window(bare(cells))
    assert window is not None
    assert (window.weekday, window.first) == (2, 9)


def test_a_handful_of_missed_calls_is_no_peak() -> None:
    assert peak_window(bare({(2, 9): (50, 4)})) is None


def test_the_overflow_line_is_advised_with_its_hours_and_its_count_a_month() -> None:
    (advice,) = three_actions(bare({(1, 9): (100, 51), (1, 10): (100, 51)}), FR)
    assert advice.title == "Ouvrez une ligne de débordement le lundi de 9\u00a0h à 11\u00a0h."
    assert advice.evidence.startswith("34\u00a0appels manqués par mois s’y concentrent (100\u00a0% du total)")
    assert advice.evidence.endswith("Jusqu’à 40\u00a0clients perdus à rattraper sur la période.")


def test_a_short_period_is_not_stretched_to_a_month() -> None:
    figures = replace(bare({(1, 9): (100, 51)}), days=20)
    assert per_month(figures, 51) is None
    (advice,) = three_actions(figures, FR)
    assert "51\u00a0appels manqués sur la période" in advice.evidence


def test_nothing_missed_asks_for_nothing() -> None:
    assert three_actions(bare({(1, 9): (100, 0)}), FR) == ()


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"reasons": (ReasonCount(reason="busy", missed=30, within=0, after_hours=0, voicemail=0),)}, "lines"),
        (
            {
                "reasons": (ReasonCount(reason="abandoned_queue", missed=30, within=0, after_hours=0, voicemail=0),),
                "wait_abandoned": Durations(n=30, mean=40.0, median=35.0, p90=90.0),
            },
            "queue_callback",
        ),
        ({"hour_classes": (ClassCount(hour_class=HourClass.WEEKEND, offered=30, answered=0, missed=30),)}, "weekend"),
        (
            {"hour_classes": (ClassCount(hour_class=HourClass.CLOSED_WEEKDAY, offered=30, answered=0, missed=30),)},
            "closed_weekday",
        ),
        (
            {
                "daily": (
                    DayCount(
                        day=sample.figures().first_day,
                        weekday=1,
                        offered=60,
                        missed=30,
                        usual_offered=30.0,
                        usual_missed=10.0,
                        after_holiday="Pâques",
                    ),
                )
            },
            "after_holiday",
        ),
    ],
)
def test_each_sign_brings_its_action(changes: dict[str, object], kind: str) -> None:
    base = bare({(2, 9): (100, 30), (3, 9): (100, 30)})
    assert kind not in kinds(base)
    assert kind in kinds(replace(base, **changes))  # type: ignore[arg-type]


def test_a_bad_lunch_is_advised_only_when_it_is_worse_than_the_rest() -> None:
    even: Grid = {(day, hour): (20, 5) for day in range(1, 6) for hour in (9, 12, 13, 15)}
    worse: Grid = {**even, **{(day, 12): (20, 15) for day in range(1, 6)}}
    assert "lunch" not in kinds(bare(even))
    assert "lunch" in kinds(bare(worse))


def test_calling_back_is_worth_what_our_own_calls_reached() -> None:
    figures = bare({(2, 9): (100, 30)})
    windows = sample.figures().journeys.windows
    known = replace(figures, journeys=replace(figures.journeys, windows=windows))
    few = replace(windows[-1], called_back=4, called_back_answered=4)
    unknown = replace(figures, journeys=replace(figures.journeys, windows=(few,)))
    reach = {
        name: next(found.reach for found in candidates(case, FR) if found.kind == "call_back")
        for name, case in (("known", known), ("unknown", unknown))
    }
    assert reach == {"known": pytest.approx(40 * 66 / 96), "unknown": 20}


def test_three_at_most_and_the_widest_reach_first() -> None:
    figures = sample.figures()
    found = sorted(candidates(figures, FR), key=lambda candidate: -candidate.reach)
    assert len(found) > 3
    assert three_actions(figures, FR) == tuple(candidate.advice for candidate in found[:3])


def test_a_closed_lunch_is_not_advised_twice() -> None:
    cells: Grid = {**{(day, 9): (40, 4) for day in range(1, 6)}, **{(day, 12): (20, 20) for day in range(1, 6)}}
    closed = ClassCount(hour_class=HourClass.CLOSED_WEEKDAY, offered=100, answered=0, missed=100)
    assert "closed_weekday" not in kinds(replace(bare(cells), hour_classes=(closed,)))
    evening = replace(closed, offered=130, missed=130)
    assert "closed_weekday" in kinds(replace(bare(cells), hour_classes=(evening,)))
