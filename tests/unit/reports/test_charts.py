"""Charts are pictures that read without colour, without a network and without eyes."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from decroche.language import Language
from decroche.model.figures import WeekMap
from decroche.prove.reports.audit import all_charts
from decroche.prove.reports.blocks import AuditReport, Chart, Days, HeatMap, Table
from decroche.prove.reports.charts import EMPTY, STEPS, WIDEST_DAY, draw
from decroche.prove.reports.heat import missed_map
from decroche.prove.reports.pdf import PAPER_MM, width_on_paper
from tests.unit.reports import sample

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def drawn(report: AuditReport) -> dict[str, tuple[Chart, str]]:
    return {chart.key: (chart, draw(chart)) for chart in all_charts(report)}


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_darker_is_always_more_even_in_black_and_white() -> None:
    light = [luminance(colour) for colour in (EMPTY, *STEPS)]
    assert light == sorted(light, reverse=True)


@pytest.mark.hard
def test_every_chart_says_its_title_and_description(drawn: dict[str, tuple[Chart, str]]) -> None:
    for chart, svg in drawn.values():
        root = ET.fromstring(svg)
        assert root.get("role") == "img"
        title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
        assert title is not None and description is not None
        assert (title.text, description.text) == (chart.title, chart.description)
        assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"


@pytest.mark.hard
def test_a_screen_reader_hears_one_picture_not_its_hundred_marks(drawn: dict[str, tuple[Chart, str]]) -> None:
    for _, svg in drawn.values():
        marks = [mark for mark in ET.fromstring(svg).iter() if mark.get("role") or mark.get("aria-label")]
        assert [mark.tag for mark in marks] == [f"{SVG}svg"]


@pytest.mark.hard
def test_no_chart_needs_anything_from_elsewhere(drawn: dict[str, tuple[Chart, str]]) -> None:
    for _, svg in drawn.values():
        assert not re.search(r"<(script|style|image|foreignObject)|href|url\(|\sstyle=|@import", svg)


@pytest.mark.hard
def test_the_figures_stand_in_the_cells(drawn: dict[str, tuple[Chart, str]]) -> None:
    chart, svg = drawn["heat_missed"]
    assert isinstance(chart.drawing, HeatMap)
    written = sorted(text.text or "" for text in ET.fromstring(svg).iter(f"{SVG}text"))
    cells = [cell.text for row in chart.drawing.cells for cell in row if cell.text]
    assert sorted([*cells, *chart.drawing.rows, *chart.drawing.columns]) == sorted(filter(None, written))


@pytest.mark.hard
def test_a_phone_gets_the_map_upright(report: AuditReport) -> None:
    wide, tall = (ET.fromstring(draw(report.page.heat, tall=tall)) for tall in (False, True))
    assert float(wide.get("width", 0)) > float(wide.get("height", 0))
    assert float(tall.get("width", 0)) < 430
    assert len(list(tall.iter(f"{SVG}text"))) == len(list(wide.iter(f"{SVG}text")))
    assert not [text for text in tall.iter(f"{SVG}text") if "rotate(-90)" in text.get("transform", "")]


@pytest.mark.hard
def test_a_name_with_markup_stays_a_name(report: AuditReport) -> None:
    days = next(chart for chart in all_charts(report) if isinstance(chart.drawing, Days))
    assert isinstance(days.drawing, Days)
    name = "</text><script>alert(1)</script>&"
    hostile = replace(
        days,
        title=name,
        drawing=replace(days.drawing, names=(name, *days.drawing.names[1:]), labels=(name, *days.drawing.labels[1:])),
    )
    root = ET.fromstring(draw(hostile))
    assert not list(root.iter(f"{SVG}script"))
    assert name in [text.text for text in root.iter(f"{SVG}text")]


@pytest.mark.parametrize(("open_hours", "calls"), [((9,), 30), ((9, 10), 30), (tuple(range(6, 22)), 300)])
def test_the_squares_of_the_week_never_grow_beyond_a_fixed_size(open_hours: tuple[int, ...], calls: int) -> None:
    offered = tuple(tuple(calls * (hour in open_hours) for hour in range(24)) for _ in range(7))
    chart = missed_map(replace(sample.figures(), week=WeekMap(offered, offered)), Language("fr"))
    assert isinstance(chart.drawing, HeatMap)
    assert len(chart.drawing.columns) == len(open_hours)
    svg = ET.fromstring(draw(chart))
    paper = PAPER_MM * width_on_paper(chart.drawing) / float(svg.get("width", "0"))
    assert 44 * paper <= 16  # the width of one square on paper, in millimetres
    assert width_on_paper(chart.drawing) <= 1


def test_a_single_day_is_a_bar_and_not_a_wall() -> None:
    one = Days(days=("2.3.",), labels=("2.3.",), values=(8,), usual=(None,), names=("",), marked=(False,))
    table = Table(title="", columns=("",), rows=())
    svg = draw(Chart(key="days", title="t", description="d", drawing=one, table=table))
    widths = [float(width) for width in re.findall(r'd="M[\d.]+,[\d.]+h(\d+(?:\.\d+)?)v[\d.]+h-[\d.]+Z"', svg)]
    assert [width for width in widths if width not in (640, 0)] != [] and max(
        w for w in widths if w < 640
    ) <= WIDEST_DAY
