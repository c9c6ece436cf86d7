"""Files that people damage, mix up or export twice: every row is a call, ignored or rejected, by its true line."""

from __future__ import annotations

import gzip
import io
import json
import tracemalloc
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from decroche.capture.files.opening import Limits
from decroche.capture.files.planning import Request, plan
from decroche.capture.files.reading import Known, read, rejections
from decroche.connectors.registry import FORMATS
from decroche.warehouse.engine import Engine
from tests.capture.made_files import (
    HEADINGS,
    NOW,
    ROWS_MADE,
    dated_rows,
    lines_with,
    outcome,
    row_text,
    silent,
    table,
    undated,
    workbook,
    zipped,
)

ALL = len(ROWS_MADE)
MARCH_16_AT_8 = datetime(2026, 3, 16, 7, 0)  # noqa: DTZ001


@pytest.mark.hard
def test_every_encoding_and_line_end_gives_the_same_calls_and_lines(tmp_path: Path) -> None:
    spoilt = lines_with(l6=row_text(4) + ";one;more", l9="16/03/2026 12:00;0612345678", l12=undated(10))
    written = {
        "utf8.csv": spoilt.encode(),
        "bom.csv": spoilt.encode("utf-8-sig"),
        "windows.csv": spoilt.replace("\n", "\r\n").encode("cp1252"),
        "utf16.csv": spoilt.replace("\n", "\r\n").encode("utf-16"),
        "utf16le.csv": spoilt.encode("utf-16-le"),
        "utf16be.csv": spoilt.encode("utf-16-be"),
        "utf32.csv": spoilt.encode("utf-32"),
        "mac.csv": spoilt.replace("\n", "\r").encode("mac_roman"),
        "mixed.csv": spoilt.replace("\n", "\r\n", 9).encode(),
        "zeros.csv": spoilt.replace("Entrant", "Ent\0rant", 1).encode(),
    }
    got = outcome(tmp_path, *written.items())
    expected = [(name, line, why) for name in written for line, why in ((6, "malformed"), (9, "malformed"))]
    expected += [(name, 12, "start_unreadable") for name in written]
    assert sorted(got.rejected) == sorted(expected)
    # All but the zeros say the same: they are the same calls, once. The spoilt word makes one row another one.
    assert got.accounting.calls == ALL - 3 + 1
    assert got.starts[0] == MARCH_16_AT_8


@pytest.mark.hard
def test_an_accent_after_300_kilobytes_of_ascii_is_read_in_its_encoding(tmp_path: Path) -> None:
    plain = [[cell.replace("é", "e") for cell in row] for row in ROWS_MADE]
    text = table((plain * 200)[:-1], [heading.replace("é", "e") for heading in HEADINGS])
    late = text + ";".join((*ROWS_MADE[5][:4], "Répondu", "1", "1")) + "\n"
    assert late.encode("cp1252").index("é".encode("cp1252")) > 300_000
    got = outcome(tmp_path, ("late.csv", late.encode("cp1252")))
    assert (got.accounting.calls, got.rejected) == (ALL + 1, ())


def test_rejected_lines_are_those_of_the_original_file(tmp_path: Path) -> None:
    in_quotes = row_text(3).replace("Entrant", '"Ent\nrant\n"')
    text = "Export de mars\nSociété X\n\n" + lines_with(l5=in_quotes, l8=row_text(6) + ";x", l9="\n" + undated(7))
    got = outcome(tmp_path, ("titles.csv", text))
    assert got.rejected == (("titles.csv", 13, "malformed"), ("titles.csv", 15, "start_unreadable"))
    assert got.texts == (row_text(6) + ";x", undated(7))


@pytest.mark.hard
def test_lines_hold_below_titles_blanks_and_headings_of_two_lines(tmp_path: Path) -> None:
    got = outcome(
        tmp_path,
        ("blanks.csv", lines_with(l4="\n" + row_text(2) + "\n\n", l9=undated(7))),
        ("padded.csv", "Rapport;;;;;;\n;;;;;;\n" + lines_with(l9=undated(7))),
        ("heading.csv", lines_with(l9=undated(7)).replace("Attente (s)", '"Attente\n(s)"')),
    )
    assert got.rejected == (
        ("blanks.csv", 12, "start_unreadable"),
        ("padded.csv", 11, "start_unreadable"),
        ("heading.csv", 10, "start_unreadable"),
    )
    assert set(got.texts) == {undated(7)}


def test_a_stray_quote_costs_its_own_line_only(tmp_path: Path) -> None:
    changed = {f"l{line}": row_text(line - 2).replace("Entrant", '"Entrant') for line in (5, 6, 9, 25)}
    changed |= {"l4": row_text(2).replace("Entrant", 'Ent"rant'), "l12": undated(10)}
    got = outcome(tmp_path, ("stray.csv", lines_with(**changed)))
    reasons = {5: "malformed", 6: "malformed", 9: "malformed", 12: "start_unreadable", 25: "malformed"}
    assert got.rejected == tuple(("stray.csv", line, reason) for line, reason in reasons.items())
    assert all("\n" not in text for text in got.texts)


def test_a_line_without_end_is_left_out_and_the_lines_after_keep_their_numbers(tmp_path: Path) -> None:
    endless = lines_with(l5=row_text(3).replace("Entrant", "x" * 40_000), l9=undated(7))
    limits = Limits(line_bytes=20_000)
    got = outcome(tmp_path, ("a.csv", endless + "y" * 90_000), limits=limits)
    assert got.rejected == (
        ("a.csv", 5, "line_too_long"),
        ("a.csv", 9, "start_unreadable"),
        ("a.csv", 26, "line_too_long"),
    )
    assert max(map(len, got.texts)) <= 500


def test_what_was_exported_twice_is_counted_once(tmp_path: Path) -> None:
    january, both = table(ROWS_MADE[:10]), table((*ROWS_MADE, *ROWS_MADE[:2]))
    got = outcome(tmp_path, ("january.csv", january), ("january-february.csv", both))
    assert got.accounting.calls == ALL
    assert got.accounting.ignored_by_reason == {"duplicate": 12}


@pytest.mark.hard
def test_times_that_cannot_be_are_rejected_and_doubtful_ones_counted(tmp_path: Path) -> None:
    def at(*moments: str) -> str:
        return table([(moment, *ROWS_MADE[number][1:]) for number, moment in enumerate(moments)])

    wrong = at("01/01/1970 00:00:00", "01/01/2099 10:00:00", "12/31/2025 10:00:00", "31/12/2025 10:00:00")
    backwards = table([(*ROWS_MADE[9][:6], "-5"), *ROWS_MADE[:2]])
    autumn = at("26/10/2025 01:59:59", "26/10/2025 02:00:00", "26/10/2025 02:59:59", "26/10/2025 03:00:00")
    spring = at("29/03/2026 01:59:59", "29/03/2026 02:30:00", "29/03/2026 03:00:00")
    files = (("wrong.csv", wrong), ("backwards.csv", backwards), ("autumn.csv", autumn), ("spring.csv", spring))
    got = outcome(tmp_path, *files)
    assert got.rejected == (
        ("wrong.csv", 2, "year_out_of_range"),
        ("wrong.csv", 3, "year_out_of_range"),
        ("wrong.csv", 4, "start_unreadable"),
        ("backwards.csv", 2, "negative_duration"),
    )
    assert (got.hours_repeated, got.hours_missing) == (2, 1)
    assert "guess.date_orders_mixed" in got.warned


@pytest.mark.hard
def test_headings_of_any_name_are_columns(tmp_path: Path) -> None:
    names = ("File", "Row", "_file", "_row", "_ROW", *HEADINGS, "Date", "", "")
    rows = [("a", "b", "c", "d", "e", *row, "f", "", "=1+1") for row in ROWS_MADE]
    again = lines_with(l10=table().splitlines()[0] + "\n" + row_text(8))
    got = outcome(tmp_path, ("names.csv", table(rows, names)), ("again.csv", again), ("bare.csv", table(headings=())))
    assert got.accounting.calls == 3 * ALL
    assert got.accounting.ignored_by_reason == {"header_again": 1}
    assert got.rejected == ()


@pytest.mark.hard
def test_archives_are_read_member_by_member_and_no_name_becomes_a_path(tmp_path: Path) -> None:
    halves = [("jan.csv", table(ROWS_MADE[:9]).encode()), ("fev.csv", table(ROWS_MADE[9:]).encode())]
    outside = [("../../escaped.csv", table().encode()), (f"{tmp_path}/absolute.csv", table().encode())]
    two_members = gzip.compress(table(ROWS_MADE[:9]).encode()) + gzip.compress(table(ROWS_MADE[9:], ()).encode())
    got = outcome(
        tmp_path,
        ("several.zip", zipped([*halves, ("__MACOSX/._jan.csv", b"\0")])),
        ("outside.zip", zipped(outside)),
        ("nested.zip", zipped([("inner.zip", zipped(halves))])),
        ("two.csv.gz", two_members),
    )
    assert (got.accounting.calls, got.accounting.rows_read, got.rejected) == (ALL, 5 * ALL, ())
    assert not (tmp_path.parent.parent / "escaped.csv").exists()
    assert not (tmp_path / "absolute.csv").exists()


@pytest.mark.hard
def test_every_sheet_of_calls_is_read_by_its_own_rows(tmp_path: Path) -> None:
    rows = dated_rows()
    rows[12][0] = "31/02/2026"
    cover = [["Société", "X"], ["Période", "mars"], ["Page", "1"]]
    titled = [["Rapport d'appels"], ["du 1 au 3"], [], list(HEADINGS), *rows[10:]]
    book = workbook([("Garde", cover), ("Jan", [list(HEADINGS), *rows[:10]]), ("Fev", titled)])
    got = outcome(tmp_path, ("book.xlsx", book), ("one.xlsx", workbook([("Calls", [list(HEADINGS), *rows])])))
    assert got.rejected == (("book.xlsx/Fev", 7, "start_unreadable"), ("one.xlsx", 14, "start_unreadable"))
    assert got.accounting.calls == ALL - 1
    assert "sheets_left_out" in got.warned
    assert got.starts[0] == MARCH_16_AT_8


def test_columns_of_a_zone_keep_their_moment(tmp_path: Path) -> None:
    rows = dated_rows()
    others = {name: pa.array([str(row[place]) for row in rows]) for place, name in enumerate(HEADINGS) if place}
    packed = {}
    for name, zone in (("zoned.parquet", "Europe/Paris"), ("naive.parquet", None)):
        written = io.BytesIO()
        moments = pa.array([row[0] for row in rows], pa.timestamp("us"))
        if zone:
            moments = pa.compute.assume_timezone(moments, zone)
        pq.write_table(pa.table({"Date": moments, **others}), written)
        packed[name] = written.getvalue()
    got = outcome(tmp_path, *packed.items())
    assert (got.accounting.calls, got.starts[0]) == (ALL, MARCH_16_AT_8)


def test_json_lines_are_rejected_one_by_one(tmp_path: Path) -> None:
    lines = [json.dumps(dict(zip(HEADINGS, row, strict=True)), ensure_ascii=False) for row in ROWS_MADE]
    lines[3] = '{"Date": "broken'
    lines[5] = "\n" + lines[5]
    lines[7] = "[1, 2]"
    odd = {**dict(zip(HEADINGS, ROWS_MADE[8], strict=True)), "x": {"a": [1]}, "": 1, 'a"b': 2, "date": 3, "_row": 4}
    lines[8] = json.dumps(odd)
    lines[9] = lines[9].replace(ROWS_MADE[9][0], "never")
    lines[10] = lines[10].replace("Entrant", "E\x01ntrant")
    got = outcome(tmp_path, ("calls.jsonl", "\n".join(lines)))
    assert got.rejected == (
        ("calls.jsonl", 4, "malformed"),
        ("calls.jsonl", 9, "malformed"),
        ("calls.jsonl", 11, "start_unreadable"),
        ("calls.jsonl", 12, "malformed"),
    )
    assert got.accounting.calls == ALL - 4


@pytest.mark.hard
def test_lines_of_rejected_rows_hold_across_the_pieces_in_which_a_large_file_is_read(tmp_path: Path) -> None:
    written, wanted, line = [table().splitlines()[0]], [], 1
    for number in range(700_000):
        text = row_text(number % ALL)
        if number % 90_000 == 5:
            written.append("")
            line += 1
        if number % 70_000 == 9:
            text = text.replace("Entrant", '"Ent\nrant"')
        elif number % 100_000 == 99_999:
            text = text + ";extra"
            wanted.append((line + 1, "malformed"))
        elif number % 150_000 == 149_998:
            text = "never" + text[10:]
            wanted.append((line + 1, "start_unreadable"))
        written.append(text)
        line += 1 + text.count("\n")
    got = outcome(tmp_path, ("large.csv", "\n".join(written) + "\n"))
    assert [(line, why) for _, line, why in got.rejected] == wanted


@pytest.mark.hard
@pytest.mark.parametrize("spoil", ["cut", "dated", "quoted"])
def test_bad_rows_take_no_memory_of_ours_however_many_they_are(tmp_path: Path, spoil: str) -> None:
    wide = "x" * 200
    spoilt = {
        "cut": f"{row_text(0)};{wide}",
        "dated": undated(0).replace("Manqué", wide),
        "quoted": row_text(0).replace("Entrant", f'"{wide}'),
    }
    count = 100_000
    # Once with few rows: modules that are loaded and questions that are written are not memory of rows.
    for rows in (10, count):
        path = tmp_path / f"bad-{rows}.csv"
        path.write_text(table(ROWS_MADE * 40) + (spoilt[spoil] + "\n") * rows, encoding="utf-8")
        request = Request(paths=[path], scratch=tmp_path, now=NOW, formats=FORMATS)
        known = Known(machine_zone="Europe/Paris", zone="Europe/Paris", region="FR")
        with Engine(tmp_path, threads=1) as engine:
            plans = plan(engine, request, silent)
            tracemalloc.start()
            reading = read(engine, plans, known, request, silent)
            rejected = sum(1 for _ in rejections(engine, reading))
            _, most = tracemalloc.get_traced_memory()
            tracemalloc.stop()
    assert rejected == count
    assert most < 32_000_000  # the pieces in which files are read, and a few numbers a row
