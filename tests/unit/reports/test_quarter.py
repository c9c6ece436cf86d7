"""The quarterly audit on paper, and the archive from which it is written again."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from decroche.language import Language
from decroche.prove.kpis.quarter import PlaceCount, unnamed
from decroche.prove.reports.blocks import Table
from decroche.prove.reports.quarter import QuarterReport, build_quarter, file_name, quarter_pdf
from decroche.prove.service_quarter import fingerprint, read_figures, written
from tests.unit.reports.quarter_sample import of_a_site, place, quarter

FRENCH = Language("fr")


def tables(report: QuarterReport, key: str) -> list[Table]:
    section = next(section for section in report.sections if section.key == key)
    return [block for block in section.blocks if isinstance(block, Table)]


def every_text(report: QuarterReport) -> str:
    return msgspec.json.encode(report).decode()


def test_the_archive_is_read_as_it_was_written() -> None:
    assert read_figures(written(quarter())) == quarter()


def test_another_state_of_the_data_has_another_fingerprint() -> None:
    found = quarter()
    later = replace(found, stamp=replace(found.stamp, calls_revisions=11))
    assert fingerprint(found) == found.fingerprint != fingerprint(later)
    assert fingerprint(replace(found, definitions="2")) != found.fingerprint


@pytest.mark.parametrize("code", ["fr", "fr-CA", "en"])
def test_every_section_is_there(code: str) -> None:
    report = build_quarter(quarter(), Language(code))
    keys = [section.key for section in report.sections]
    assert keys == ["departments", "hours", "holidays", "season", "recovery", "reasons", "sites", "data"]
    assert len(report.facts) == 4 and len(report.points) == 6 and report.actions
    assert quarter().fingerprint in report.stamp


def test_departments_have_three_ranks() -> None:
    ranking = tables(build_quarter(quarter(), FRENCH), "departments")[0]
    shown = {row[0].text: [cell.text for cell in row[-3:]] for row in ranking.rows}
    assert shown == {"Atelier": ["1", "2", "1"], "Pièces": ["2", "1", "2"], "Ventes": ["3", "3", "3"]}


def test_a_site_is_compared_and_no_other_is_named() -> None:
    report = build_quarter(of_a_site(), FRENCH)
    own = tables(report, "sites")[0]
    assert [cell.text for cell in own.rows[0][-3:]] == ["11,0\u00a0%", "14,0\u00a0%", "19,0\u00a0%"]
    assert file_name(of_a_site()) == f"audit-2026Q3-lyon-{of_a_site().fingerprint[:8]}"


def test_hidden_names_stand_nowhere() -> None:
    sites = tuple(place(name, 1000 + 37 * number, 100 + 10 * number, 9) for number, name in enumerate("UVWXYZ"))
    letters = unnamed(sites)
    found = replace(
        of_a_site(),
        site=None,
        names_hidden=True,
        sites=tuple(replace(each, name=letters[each.name]) for each in sites),
    )
    table = tables(build_quarter(found, FRENCH), "sites")[0]
    assert [row[0].text for row in table.rows] == [f"Site {letter}" for letter in "ABCDEF"]
    volumes = {row[1].text for row in table.rows}
    assert volumes == {"≈ 1\u202f000"}


def test_without_hours_value_or_last_year_each_is_said() -> None:
    bare: tuple[PlaceCount, ...] = tuple(replace(each, value=None) for each in quarter().departments)
    found = replace(
        quarter(), hours_told=False, value=None, offered_before=None, missed_before=None, departments=bare, holidays=()
    )
    report = build_quarter(found, Language("en"))
    said = every_text(report)
    for sentence in ("Opening hours are not known", "Nothing is known of the same quarter", "no public holiday"):
        assert sentence in said
    assert report.facts[1].value == "–"


@pytest.mark.hard
@pytest.mark.parametrize("code", ["fr", "en"])
def test_the_paper_is_the_same_each_time(code: str) -> None:
    first, again = (quarter_pdf(quarter(), Language(code)) for _ in range(2))
    assert first == again and first.startswith(b"%PDF")
