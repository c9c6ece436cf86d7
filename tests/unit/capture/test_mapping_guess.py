"""Guessing how invented exports are to be read, and reading them: what a person would say of each row."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from decroche.capture.files.generic import translate
from decroche.capture.files.guess import ColumnNotFound, Guess, guess
from decroche.capture.files.mapping import Mapping
from decroche.capture.files.mapping_toml import parsed, written
from decroche.connector_kit.files import COLUMNS, Clock
from decroche.warehouse.engine import Engine
from tests.unit.capture.exports import EXPORTS, Export

NOW = datetime(2027, 1, 1, tzinfo=UTC)
DIRECTIONS = {"in": "inbound", "out": "outbound", "int": "internal", "?": "unknown"}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with Engine(tmp_path_factory.mktemp("mapping"), threads=1) as opened:
        yield opened


def table_of(text: str, delimiter: str) -> pa.Table:
    names, *rows = csv.reader(io.StringIO(text), delimiter=delimiter)
    padded = [row + [""] * (len(names) - len(row)) for row in rows]
    return pa.table({name: pa.array([row[i] or None for row in padded], pa.string()) for i, name in enumerate(names)})


def guessed(text: str, delimiter: str = ";") -> Guess:
    table = table_of(text, delimiter)
    return guess(table.column_names, table)


def read(engine: Engine, table: pa.Table, mapping: Mapping) -> Sequence[Any]:
    numbered = table.append_column("_file", pa.array([0] * table.num_rows, pa.int32()))
    numbered = numbered.append_column("_row", pa.array(range(table.num_rows), pa.int64()))
    rows = engine.records(translate(engine.load("raw", numbered), mapping, now=NOW).order_by("row"))
    assert [row["row"] for row in rows] == list(range(table.num_rows))
    return rows


def check(row: Any, expected: str) -> None:
    if ":" in (first := expected.split(" ")[0]):
        assert f"{row['fate']}:{row['fate_reason']}" == first
        return
    day, time, direction, verdict, *values = expected.split(" ")
    assert (row["fate"], row["fate_reason"]) == (None, None)
    assert row["started"] == datetime.fromisoformat(f"{day} {time}")
    assert row["direction"] == DIRECTIONS[direction]
    assert row["answered"] is (verdict == "yes")
    for name, value in (each.split("=", 1) for each in values):
        assert name in COLUMNS
        got = row[name]
        if isinstance(got, float):
            assert got == pytest.approx(float(value)), name
        else:
            assert str(got) == value.replace("_", " " if name != "reason" else "_"), name


@pytest.mark.parametrize("export", EXPORTS, ids=lambda each: each.name)
def test_export_is_read_as_a_person_reads_it(engine: Engine, export: Export) -> None:
    table = table_of(export.text, export.delimiter)
    found = guess(table.column_names, table)
    rows = read(engine, table, found.mapping)
    for row, expected in zip(rows, export.expected.splitlines(), strict=True):
        check(row, expected)
    assert set(export.warns) <= {each.word for each in found.warnings}
    assert 0 < found.confidence <= 1
    assert parsed(written(found.mapping)) == found.mapping
    for warning in found.warnings:
        assert warning.english and warning.french


def test_words_that_nobody_knows_are_quoted_as_each_language_does() -> None:
    found = guessed(
        "Date;Appelant;Statut\n2026-03-13 09:00;0612345678;Répondu\n2026-03-13 09:10;0698765432;Zor, glub\n"
    )
    unknown = next(each for each in found.warnings if each.word == "guess.words_unknown")
    assert '"Zor, glub"' in unknown.english
    assert "«" not in unknown.english
    assert "« Zor, glub »" in unknown.french


def test_a_table_without_a_start_names_what_it_looked_at() -> None:
    with pytest.raises(ColumnNotFound) as raised:
        guessed("Appelant;Statut\n0612345678;Répondu\n0698765432;Manqué\n")
    assert raised.value.missing == "start"
    assert raised.value.candidates[0] == ("Appelant", ("0612345678", "0698765432"))
    assert "Statut (Répondu, Manqué)" in str(raised.value)
    assert "Aucune colonne" in raised.value.sentence.french


def test_a_date_without_a_time_of_day_is_no_start() -> None:
    with pytest.raises(ColumnNotFound) as raised:
        guessed("Date;Statut\n13/03/2026;Répondu\n14/03/2026;Manqué\n")
    assert (raised.value.missing, raised.value.candidates[0][0]) == ("start", "Date")


def test_a_table_that_does_not_say_who_answered_names_what_it_looked_at() -> None:
    with pytest.raises(ColumnNotFound) as raised:
        guessed("Date et heure;Appelant\n13/03/2026 09:00;0612345678\n14/03/2026 09:00;0698765432\n")
    assert raised.value.missing == "answered"
    assert [name for name, _ in raised.value.candidates] == ["Appelant"]


def test_no_column_and_no_row_are_no_start() -> None:
    for text in ("a\n", "a\n1\n", "Date;Heure;Statut\n"):
        with pytest.raises(ColumnNotFound):
            guessed(text)


def test_our_own_columns_are_not_guessed() -> None:
    found = guess(
        ["Start", "Status", "_file", "_row"],
        pa.table(
            {
                "Start": ["2026-03-04 09:00:00"],
                "Status": ["Answered"],
                "_file": pa.array([0], pa.int32()),
                "_row": pa.array([0], pa.int64()),
            }
        ),
    )
    assert {name for _, name in found.mapping.columns()} == {"Start", "Status"}


@pytest.mark.parametrize(
    ("heading", "value", "clock"),
    [
        ("Start (UTC)", "2026-03-04 09:00:00", Clock.UTC),
        ("Start", "2026-03-04 09:00:00", Clock.LOCAL),
        ("Start", "2026-03-04T09:00:00Z", Clock.UTC),
        ("Start", "1772629878", Clock.UTC),
        ("Début", "04/03/2026 09:00", Clock.LOCAL),
    ],
)
def test_times_that_carry_their_offset_are_utc(heading: str, value: str, clock: Clock) -> None:
    assert guessed(f"{heading};Status\n{value};Answered\n").mapping.clock is clock


@pytest.mark.parametrize(
    ("heading", "dates", "order", "told"),
    [
        ("Start", ("03/04/2026 09:00", "13/04/2026 09:00"), "d/m/y", None),
        ("Début", ("03/04/2026 09:00", "04/13/2026 09:00"), "m/d/y", None),
        ("Début", ("03/04/2026 09:00", "03/04/2026 09:05"), "d/m/y", "guess.date_order_unsure"),
        ("Start", ("03/04/2026 09:00", "03/04/2026 09:05"), "m/d/y", "guess.date_order_unsure"),
        ("Start", ("03.04.2026 09:00", "03.04.2026 09:05"), "d/m/y", "guess.date_order_unsure"),
        ("Start", ("01/04/2026 09:00", "06/04/2026 09:05"), "d/m/y", "guess.date_order_unsure"),
        ("Début", ("04/01/2026 09:00", "04/06/2026 09:05"), "m/d/y", "guess.date_order_unsure"),
        ("Début", ("12/31/2026 9:00", "12/30/2026 9:05", "31/12/2026 9:00"), "m/d/y", "guess.date_orders_mixed"),
    ],
)
def test_order_of_day_and_month_follows_the_evidence(
    heading: str, dates: tuple[str, ...], order: str, told: str | None
) -> None:
    found = guessed(f"{heading};Status\n" + "".join(f"{date};Answered\n" for date in dates))
    assert found.mapping.start.date_format == order
    assert [each.word for each in found.warnings if "order" in each.word] == ([told] if told else [])
    start = next(each for each in found.per_column if each.use == "start")
    assert (start.confidence < 0.9) is (told is not None)


def test_each_use_says_how_sure_it_is_and_what_else_it_could_be() -> None:
    found = guessed("Date et heure;Appelant;Numéro client;Statut\n13/03/2026 09:00;0612345678;0612345678;Répondu\n")
    caller = next(each for each in found.per_column if each.use == "caller")
    assert caller.columns == ("Appelant",)
    assert caller.confidence == 1
    assert caller.alternatives == (("Numéro client", 1.0),)


def test_marks_for_nothing_are_listed_only_when_seen() -> None:
    text = "Date et heure;Statut;Poste\n13/03/2026 09:00;Répondu;{}\n13/03/2026 09:00;Manqué;201\n"
    assert guessed(text.format("N/A")).mapping.empty == ("N/A",)
    assert guessed(text.format("202")).mapping.empty == ()


def test_a_large_sample_is_looked_at_here_and_there() -> None:
    rows = "".join(f"2026-03-04 09:{i % 60:02d}:00;{'Répondu' if i % 2 else 'Manqué'}\n" for i in range(10_001))
    assert guessed("Début;Statut\n" + rows).confidence > 0.9
