"""The same calls are the same figures, however the export was written, named, packed or cut into files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from decroche.connectors.registry import FORMATS
from decroche.model.figures import Figures
from tests.cli import branch
from tests.cli.auditing import audit, counted

CONNECTORS = Path(__file__).parents[2] / "src" / "decroche" / "connectors"


def _counts(figures: Figures) -> Mapping[str, object]:
    """Everything that is counted from calls."""
    left_out = {"accounting", "files", "assumptions"}
    return {name: getattr(figures, name) for name in Figures.__dataclass_fields__ if name not in left_out}


@pytest.mark.hard
def test_every_way_of_writing_a_table_gives_the_same_rows(folder: Path, export: Path) -> None:
    """Read together, each further form of the table is a copy to the last value, and only the first one counts."""
    several = folder / "ways"
    several.mkdir()
    paths = [several / f"export {number}" for number in range(len(branch.WAYS))]
    for path, write in zip(paths, branch.WAYS.values(), strict=True):
        write(path)
    together = counted([export, *paths], folder).figures
    rows, copies = together.accounting, len(paths) + 1
    assert (rows.rows_read, rows.calls, rows.legs_joined) == (15 * copies, 14, 0)
    assert rows.ignored_by_reason == {"duplicate": 14 * (copies - 1)}
    assert rows.rejected_by_reason == {"negative_duration": copies}
    assert _counts(together) == _counts(counted([export], folder).figures)


@pytest.mark.hard
def test_overlapping_exports_count_each_call_once(folder: Path, export: Path) -> None:
    first, second = folder / "week 10.csv", folder / "week 11.csv"
    first.write_text(branch.csv(branch.rows(0, 9)), encoding="utf-8")
    second.write_text(branch.csv(branch.rows(6)), encoding="utf-8")
    figures = counted([second, first], folder).figures
    assert figures.accounting.ignored_by_reason == {"duplicate": 3}
    assert [file.name for file in figures.files] == ["week 11.csv", "week 10.csv"]
    assert _counts(figures) == _counts(counted([export], folder).figures)


def _case(format_: str) -> str:
    """The rows of one call as the phone system wrote them."""
    cases = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(CONNECTORS.glob("*/cases/*.json"))]
    return "\n".join(next(case for case in cases if case["format"] == format_)["input"]) + "\n"


@pytest.mark.hard
def test_a_queue_log_and_a_smdr_file_are_recognised_beside_a_table(folder: Path, export: Path) -> None:
    log, smdr = folder / "log.csv", folder / "notes.txt"
    log.write_text(_case("asterisk_queue_log"), encoding="utf-8")
    smdr.write_text(_case("avaya_ip_office_smdr"), encoding="utf-8")
    figures = counted([log, export, smdr], folder).figures
    assert [file.format for file in figures.files] == ["asterisk_queue_log", "table", "avaya_ip_office_smdr"]
    rows = figures.accounting
    assert rows.rows_read == rows.calls + rows.legs_joined + rows.ignored + rows.rejected
    assert figures.totals.offered > 13


@pytest.mark.hard
def test_phone_systems_are_recognised_by_content_whatever_the_name(folder: Path) -> None:
    """One file of each format that is listed, with names that say nothing, in one audit."""
    several = folder / "systems"
    several.mkdir()
    expected: list[tuple[str, str, str]] = []
    for format_ in FORMATS:
        path = several / f"{len(expected):02d}.old"
        path.write_text(_case(format_.name), encoding="utf-8")
        expected.append((path.name, format_.name, format_.title))
    figures = counted(sorted(several.iterdir()), folder).figures
    assert [(file.name, file.format, file.title) for file in figures.files] == expected
    rows = figures.accounting
    assert rows.rows_read == rows.calls + rows.legs_joined + rows.ignored + rows.rejected
    assert rows.calls >= len(FORMATS) - 1, "the records of call quality hold no call"


@pytest.mark.hard
def test_a_table_of_ones_own_is_read_by_its_mapping(folder: Path) -> None:
    table, mapping = folder / "caisse.csv", folder / "caisse.toml"
    table.write_text(
        "Jour;Heure;Client;Poste;Fin;Secondes\n04/03/2026;9h05;0612345678;201;REP;134\n"
        "04/03/2026;9h12;0698765432;;RACC;0\n04/03/2026;9h30;0478000000;;FAX;0\n",
        encoding="utf-8",
    )
    mapping.write_text(
        '[start]\ndate = "Jour"\ndate_format = "d/m/y"\ntime = "Heure"\ntime_format = "letters"\n'
        '[columns]\ncaller = "Client"\nagent = "Poste"\n[outcome]\ncolumn = "Fin"\n'
        '[outcome.words]\nanswered = ["REP"]\nabandoned = ["RACC"]\n"ignore:fax" = ["FAX"]\n'
        '[durations]\ntalk = { column = "Secondes", unit = "s" }\n[constants]\ndirection = "inbound"\n',
        encoding="utf-8",
    )
    run = audit(table, "--mapping", mapping, "--lang", "en", out=folder / "own")
    assert run.code == 0
    totals = run.report["totals"]
    assert (totals["offered"], totals["answered"], totals["abandoned"]) == (2, 1, 1)
    assert run.report["accounting"]["ignored_by_reason"] == {"fax": 1}
    assert not any(line.startswith("Columns recognised") for line in run.lines)
    assert "mapping_guessed" not in run.assumptions()
