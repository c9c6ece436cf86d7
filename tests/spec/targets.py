"""The page on targets: how they are written, when one is missed, and what an action changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from decroche.model.board import Missing
from decroche.model.figures import Durations, Rate
from decroche.prove.kpis import board, satisfaction
from decroche.prove.kpis.targets import (
    ACTIONS,
    TARGETED,
    ActionTemplate,
    BadTarget,
    Band,
    aimed,
    effect,
    read_target,
    standing,
)
from tests.spec.spec import Page, Spec, each


def written(kpi: str, text: str) -> Mapping[str, object]:
    nothing: dict[str, object] = dict.fromkeys(("low", "high", "by", "unit", "refused"))
    try:
        return nothing | asdict(read_target(text, kpi=kpi))
    except BadTarget as error:
        return nothing | {"refused": error.word}


def comes_to(kpi: str, text: str, baseline: float | None) -> Mapping[str, object]:
    found = aimed(read_target(text, kpi=kpi), baseline=baseline, better_up=TARGETED[kpi])
    return asdict(found) if found is not None else {"low": None, "high": None}


def stands(good: int, of: int, low: float | None, high: float | None) -> Mapping[str, object]:
    return asdict(standing(board.share("answer_rate", Rate(good, of)), Band(low=low, high=high)))


def stands_for_seconds(calls: int, mean: float, high: float) -> Mapping[str, object]:
    found = board.seconds(
        "time_to_callback", Durations(n=calls, mean=mean, median=mean, p90=None), of=calls, missing=Missing.NOT_ENOUGH
    )
    return asdict(standing(found, Band(high=high)))


def stands_in_points(promoters: int, passives: int, detractors: int, low: float) -> Mapping[str, object]:
    return asdict(standing(satisfaction.promoters({10: promoters, 8: passives, 0: detractors}), Band(low=low)))


def changed(before: int, of: int, after: int, of_after: int, better_up: bool) -> Mapping[str, object]:
    rates = (board.share("answer_rate", Rate(*each)) for each in ((before, of), (after, of_after)))
    return asdict(effect(*rates, better_up=better_up))


def body() -> str:
    lines = [
        "## Action tables",
        "",
        "| action | KPI | printed | as a target here | days | mission |",
        "|---|---|---|---|---:|---|",
    ]
    for each_action in ACTIONS:
        lines.append(_row(each_action))
    note = (
        "The printed effects have no source: they are where an action begins, not what it will bring. A row whose unit "
        "cannot be told has no target: whoever takes it is asked."
    )
    return "\n".join([*lines, "", note])


def _row(action: ActionTemplate) -> str:
    cells = (
        action.key,
        action.kpi,
        action.printed or "–",
        action.target or "ask: pts or relative?",
        action.days,
        action.mission,
    )
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


PAGE = Page(
    name="targets",
    title="Targets",
    intro="""
        A target of a measure says its unit: “+10 %” of a rate of 60 % may be 70 % (points) or 66 % (relative), and is
        refused until that is said. What is good in the middle only, such as occupancy, takes a band. A deviation is
        told only when the whole interval lies outside.
    """,
    body=body,
    specs=(
        Spec(
            title="How a target is written",
            prose="Rows 19 and 21 of the errors: points or relative, a band where less is not better.",
            given="""
kpi                   | text          || low  | high | by   | unit     | refused
satisfaction          | >= 85 %       || 0.85 |      |      |          |
occupancy             | 75-85 %       || 0.75 | 0.85 |      |          |
speed_of_answer       | <= 30 s       ||      | 30.0 |      |          |
time_to_callback      | ≤ 15 min      ||      | 900.0 |     |          |
satisfaction          | +8 pts        ||      |      | 0.08 | points   |
first_call_resolution | +10 % relatif ||      |      | 0.10 | relative |
first_call_resolution | +10 %         ||      |      |      |          | unit_wanted
first_call_resolution | +10           ||      |      |      |          | unit_wanted
occupancy             | −20 % relatif ||      |      |      |          | band_wanted
occupancy             | <= 85 %       ||      |      |      |          | band_wanted
handle_time           | -10 pts       ||      |      |      |          | points_of_time
speed_of_answer       | <= 30 %       ||      |      |      |          | unit
answer_rate           | >= 30 s       ||      |      |      |          | unit
answer_rate           | 90-80 %       ||      |      |      |          | upside_down
answer_rate           | better        ||      |      |      |          | unreadable
nps                   | > 70          || 70.0 |      |      |          |
nps                   | >= -10 pts    || -10.0 |     |      |          |
nps                   | 30-50         || 30.0 | 50.0 |      |          |
nps                   | +8 pts        ||      |      | 8.0  | points   |
nps                   | +10 % relatif ||      |      |      |          | points_wanted
nps                   | >= 70 %       ||      |      |      |          | points_wanted
answer_rate           | >= 70 pts     ||      |      |      |          | unit
height                | >= 85 %       ||      |      |      |          | kpi
""",
            plain=each(written),
            defines=(read_target,),
        ),
        Spec(
            title="What a change comes to",
            prose="The same “10” on the same 60 %: 70 % in points, 66 % relative. Without a baseline, nothing yet.",
            given="""
kpi                   | text          | baseline || low   | high
first_call_resolution | +10 pts       | 0.60     || 0.70  |
first_call_resolution | +10 % relatif | 0.60     || 0.66  |
abandonment_rate      | -2 pts        | 0.08     ||       | 0.06
handle_time           | -20 % relatif | 300      ||       | 240.0
satisfaction          | +8 pts        |          ||       |
nps                   | +8 pts        | 22       || 30.0  |
""",
            plain=each(comes_to),
            defines=(aimed,),
        ),
        Spec(
            title="Met, off, or not to be told",
            prose="85 of 100 may be 90 % by chance, 850 of 1 000 may not.",
            given="""
good | of    | low  | high || verdict    | distance
92   | 100   | 0.90 |      || met        | 0.00
85   | 100   | 0.90 |      || unsure     | 0.05
850  | 1 000 | 0.90 |      || off        | 0.05
880  | 1 000 | 0.75 | 0.85 || off        | 0.03
3    | 4     | 0.90 |      || not_enough | 0.00
""",
            plain=each(stands),
            defines=(standing,),
        ),
        Spec(
            title="An NPS against its target",
            prose="70 points are wanted of whoever answers: 40 of 50 answers are off, 40 of 30 may be chance for 50.",
            given="""
promoters | passives | detractors | low  || verdict    | distance
30        | 10       | 10         | 70.0 || off        | 30.0
18        | 6        | 6          | 50.0 || unsure     | 10.0
120       | 40       | 40         | 30.0 || met        | 0.0
6         | 2        | 2          | 30.0 || not_enough | 0.0
""",
            plain=each(stands_in_points),
        ),
        Spec(
            title="A duration against its target",
            prose="The mean decides, where there are calls enough for a mean.",
            given="""
calls | mean   | high  || verdict
200   | 640.0  | 900.0 || met
200   | 1250.0 | 900.0 || off
2     | 1250.0 | 900.0 || not_enough
""",
            plain=each(stands_for_seconds),
        ),
        Spec(
            title="What an action changed",
            prose="""
                After less before, with the interval of the difference. An interval that holds 0 says nothing yet. What
                was chosen because it was bad comes back by itself in part: this is no proof.
            """,
            given="""
before | of    | after | of after | better up || change | low    | high  | says
700    | 1 000 | 790   | 1 000    | yes       || 0.09   | 0.052  | 0.128 | better
70     | 100   | 74    | 100      | yes       || 0.04   | -0.084 | 0.162 | not_yet
790    | 1 000 | 700   | 1 000    | yes       || -0.09  | -0.128 | -0.052 | worse
120    | 1 000 | 80    | 1 000    | no        || -0.04  | -0.066 | -0.014 | better
""",
            plain=each(changed),
            defines=(effect,),
        ),
    ),
)
