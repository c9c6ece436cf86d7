"""What leaves the machine: no phone number in full unless asked, and nothing that a spreadsheet would calculate."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from pathlib import Path

import pytest
from pypdf import PdfReader
from typer.testing import CliRunner

from decroche.capture.files.rejected import Rejection, write_rejections
from decroche.capture.files.tables import sniff
from decroche.capture.files.workbooks import read_workbook
from decroche.cli import app
from decroche.connector_kit.files import Sample
from decroche.language import Language
from tests.capture.made_files import HEADINGS, ROWS_MADE, table, workbook


def written(folder: Path, *texts: str, masked: bool = True, file: str = "calls.csv") -> list[dict[str, str]]:
    """rejected.csv with these texts, as a spreadsheet sees it."""
    path = folder / "rejected.csv"
    found = [Rejection(file, line, "malformed", text) for line, text in enumerate(texts, start=2)]
    write_rejections(path, found, Language("fr"), masked=masked)
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


NUMBERS = (
    "0612345678",
    "06 12 34 56 78",
    "06.12.34.56.78",
    "06-12-34-56-78",
    "06/12/34/56/78",
    "06 12345678",
    "+33 6 12 34 56 78",
    "0033612345678",
    "(514) 555-0199",
    "+1 (514) 555-0199",
    "514-555-0199",
    "tel:+15145550199",
    "26123456",
    "555-0199",
    "555 01 99",
    "06\u201012\u201134\u201356\u201478",
    "06\u221212\u221234\u221256\u221278",
    "06\u00a012\u202f34\u200956\u200778",
    "\u202a+33 6 12 34 56 78\u202c",
    "06\u00b712\u00b734\u00b756\u00b778",
    "06/12/34 56 78",
    "06-12-34 56 78",
    "06.12.34 5678",
    "2012-12-34 56",
)


@pytest.mark.parametrize("number", NUMBERS)
def test_no_number_is_listed_in_full_unless_asked(tmp_path: Path, number: str) -> None:
    digits = re.sub(r"\D", "", number)
    (row,) = written(tmp_path, f"31/02/2026 10:00;{number};x")
    shown = len(re.sub(r"\D", "", row["text"].partition(";")[2]))
    assert shown <= 5 and len(digits) - shown >= 5
    assert row["text"].startswith("31/02/2026 10:00;")
    (row,) = written(tmp_path, f"a;{number};x", masked=False)
    assert digits in re.sub(r"\D", "", row["text"])


@pytest.mark.parametrize(
    "date",
    ["2026-03-16 08:00:00", "16/03/2026 08:00", "16.03.26", "2026/03/16T08:00:00", "16/03/26 08h05", "3/16/2026 8:05"],
)
def test_dates_stay_readable_beside_hidden_numbers(tmp_path: Path, date: str) -> None:
    (row,) = written(tmp_path, f"{date};0612345678")
    assert row["text"] == f"{date};061•••••78"


@pytest.mark.parametrize("number", [*NUMBERS, "tel:+33612345678", "sip:514@example.net", "sips:lea", "lea@example.net"])
@pytest.mark.parametrize("kind", ["text", "workbook"])
def test_a_row_with_a_number_is_no_heading(tmp_path: Path, kind: str, number: str) -> None:
    rows = [("Entrant", number, "Manqué", "8 h"), *(("Entrant", "0612345678", "Répondu", "9 h") for _ in range(3))]
    if kind == "text":
        names = sniffed.names if (sniffed := sniff(Sample(table(rows[1:], rows[0])))) else ()
    else:
        path = tmp_path / "calls.xlsx"
        path.write_bytes(workbook([("Appels", rows)]))
        (sheet,) = read_workbook(path, "calls.xlsx").sheets
        assert (sheet.rows.num_rows, sheet.first_row) == (4, 1)
        names = sheet.names
    assert names == ("column_1", "column_2", "column_3", "column_4")


@pytest.mark.parametrize("heading", ["N° appelé", "Durée (s)", "@timestamp", "Rappel < 24 h", "Leg 2", "Coût (€)"])
def test_headings_with_signs_are_headings(heading: str) -> None:
    found = sniff(Sample(table([("0612345678", "1")] * 3, (heading, "Sens"))))
    assert found is not None and found.names == (heading, "Sens")


@pytest.mark.parametrize("formula", ["=cmd|' /C calc'!A0", "+1+1", "-1+cmd", "@SUM(A1)", "\t=1+1", " =1+1"])
def test_no_cell_of_the_list_is_a_formula(tmp_path: Path, formula: str) -> None:
    for row in written(tmp_path, formula, f"a;{formula};b", file=f"{formula}.csv"):
        for cell in row.values():
            assert not any(part.lstrip().startswith(("=", "+", "-", "@")) for part in re.split("[;,\t\r\n]", cell))


@pytest.mark.hard
def test_a_whole_audit_shows_no_number_and_calculates_nothing(tmp_path: Path) -> None:
    formula = '=HYPERLINK("http://x","y")'
    rows = [(*row, formula if number % 2 else "@SUM(1)", "-1+1") for number, row in enumerate(ROWS_MADE * 3)]
    rows = [(row[0].replace("/03/", f"/0{1 + number % 3}/"), *row[1:]) for number, row in enumerate(rows)]
    rows.append(("31/02/2026 10:00", *ROWS_MADE[0][1:], "a", "b"))
    quoted = [['"' + cell.replace('"', '""') + '"' for cell in row] for row in rows]
    text = table(quoted, (*HEADINGS, "Agent", "Service"))
    (tmp_path / "=calls.csv").write_text(text, encoding="utf-8")
    out = tmp_path / "out"
    done = CliRunner().invoke(app, ["audit", str(tmp_path / "=calls.csv"), "--out", str(out), "--zone", "Europe/Paris"])
    assert done.exit_code == 0, done.output
    seen = {path.name: path.read_bytes().decode("utf-8", "replace") for path in out.iterdir()}
    seen["stdout"] = done.output
    seen["report.pdf"] = "\n".join(page.extract_text() for page in PdfReader(out / "report.pdf").pages)
    with zipfile.ZipFile(io.BytesIO((out / "report.xlsx").read_bytes())) as book:
        seen["report.xlsx"] = "\n".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml"))
    assert "<f>" not in seen["report.xlsx"]
    for name, content in seen.items():
        digits = re.sub(r"[\s.\u00a0\u202f()-]", "", content)
        for row in ROWS_MADE:
            assert row[1] not in digits and row[1][1:] not in digits, name
        assert ROWS_MADE[0][2][1:] not in digits, name
    assert {path.name for path in out.iterdir()} == {
        "report.html", "report.pdf", "report.xlsx", "report.json", "rejected.csv", "audit.toml",
    }  # fmt: skip
