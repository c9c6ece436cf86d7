"""What must hold for every mapping and every table: the file says the same as the mapping; no row is lost or added."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decroche.capture.files import mapping as m
from decroche.capture.files.generic import translate
from decroche.capture.files.guess import ColumnNotFound, guess
from decroche.capture.files.mapping_toml import parsed, written
from decroche.connector_kit.files import COLUMNS, Clock
from decroche.connector_kit.moments import DATE_FORMATS, TIME_FORMATS
from decroche.connector_kit.values import DURATION_UNITS
from decroche.warehouse.engine import Engine

NOW = datetime(2027, 1, 1, tzinfo=UTC)
TABLE_COLUMNS = ("Début", "heure", "c d", "e")


def texts(**limits: Any) -> st.SearchStrategy[str]:
    return st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), **limits)


def mappings(columns: st.SearchStrategy[str]) -> st.SearchStrategy[m.Mapping]:
    some = st.lists(texts(min_size=1, max_size=8), max_size=3).map(tuple)
    moments = st.builds(
        m.Moment,
        date=columns,
        date_format=st.sampled_from([*DATE_FORMATS, "%d.%m.%Y %H:%M"]),
        time=st.none() | columns,
        time_format=st.sampled_from(list(TIME_FORMATS)),
    )
    conditions = st.builds(m.Condition, column=columns, equals=some) | st.builds(
        m.Condition, column=columns, not_equals=some
    )
    meanings = st.sampled_from([*m.OUTCOMES, "ignore:phantom"])
    return st.builds(
        m.Mapping,
        start=moments,
        zone=st.sampled_from([None, "Europe/Paris", "America/Toronto"]),
        clock=st.sampled_from(list(Clock)),
        call_id=st.lists(columns, max_size=3).map(tuple),
        end=st.none() | moments,
        answered_at=moments,
        texts=st.dictionaries(
            st.sampled_from(m.TEXT_FIELDS),
            st.builds(m.Text, column=columns, first=st.none() | st.integers(1, 9), unknown=some),
        ),
        caller_kind=st.sampled_from(m.CALLER_KINDS),
        direction=st.none()
        | st.builds(m.Words, column=columns, words=st.dictionaries(st.sampled_from(m.DIRECTIONS), some)),
        outcome=st.builds(m.Words, column=columns, words=st.dictionaries(meanings, some)),
        answered_from=st.sampled_from(m.ANSWERED_FROM),
        flags=st.dictionaries(st.sampled_from(m.FLAG_FIELDS), conditions),
        durations=st.fixed_dictionaries(
            {
                use: st.builds(m.Duration, column=columns, unit=st.sampled_from(list(DURATION_UNITS)))
                for use in m.DURATION_FIELDS
            }
        ),
        wait_from=st.sampled_from(m.WAIT_FROM),
        ignore=st.lists(
            st.builds(m.Ignore, when=conditions, reason=st.sampled_from(sorted(m.IGNORE_REASONS))), max_size=2
        ).map(tuple),
        constants=st.dictionaries(st.sampled_from(("line", "queue", "site", "agent")), texts()),
        empty=some,
        decimal_comma=st.booleans(),
    )


VALUES = st.none() | st.one_of(
    texts(max_size=12),
    st.sampled_from(["04/03/2026 09:00", "12/31/2026 9:00 PM", "2026-03-04 09:00:00", "1772629878", "46085.5"]),
    st.sampled_from(["0:02:14", "2 min 14", "-5", "1e308", "nan", "infinity", "epoch", "13h11", "Répondu", "-"]),
    st.sampled_from(["9999999999999999999999", "-0:00:05", "2026-02-30", "99:99:99", "0000-00-00 00:00:00", "Début"]),
)
TABLES = st.lists(st.tuples(VALUES, VALUES, VALUES, VALUES), min_size=1, max_size=8)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with Engine(tmp_path_factory.mktemp("mapping"), threads=1) as opened:
        yield opened


def table_of(rows: list[tuple[str | None, ...]]) -> pa.Table:
    columns: dict[str, Any] = {
        name: pa.array([row[i] for row in rows], pa.string()) for i, name in enumerate(TABLE_COLUMNS)
    }
    numbers: dict[str, Any] = {
        "_file": pa.array([0] * len(rows), pa.int32()),
        "_row": pa.array(range(len(rows)), pa.int64()),
    }
    return pa.table({**columns, **numbers})


@given(mappings(texts(min_size=1, max_size=12)))
def test_a_mapping_written_and_read_again_is_the_same(mapping: m.Mapping) -> None:
    assert parsed(written(mapping)) == mapping


@pytest.mark.hard
@settings(max_examples=100)
@given(mappings(st.sampled_from(TABLE_COLUMNS)), TABLES)
def test_every_row_comes_out_once_whatever_it_holds(
    engine: Engine, mapping: m.Mapping, rows: list[tuple[str | None, ...]]
) -> None:
    read = engine.records(translate(engine.load("raw", table_of(rows)), mapping, now=NOW))
    assert sorted(row["row"] for row in read) == list(range(len(rows)))
    for row in read:
        assert list(row) == list(COLUMNS)
        assert (row["fate"] is None) == (row["fate_reason"] is None)
        assert row["fate"] is not None or row["started"] is not None
        assert row["answered"] is not None
        assert not (row["answered"] and row["reason"])


@settings(max_examples=60)
@given(
    st.lists(
        st.sampled_from(
            ["Date", "Heure", "Début", "Start", "Appelant", "From", "Statut", "Status", "Type", "Durée", "Wait", "x"]
        ),
        min_size=4,
        max_size=4,
        unique=True,
    ),
    TABLES,
)
def test_a_guess_is_a_mapping_of_the_table_or_says_what_is_missing(
    names: list[str], rows: list[tuple[str | None, ...]]
) -> None:
    table = table_of(rows).select(list(TABLE_COLUMNS)).rename_columns(names)
    try:
        found = guess(names, table)
    except ColumnNotFound as missing:
        assert missing.missing in ("start", "answered")
        assert missing.sentence.english and missing.sentence.french
        return
    assert 0 <= found.confidence <= 1
    assert {name for _, name in found.mapping.columns()} <= set(names)
    assert parsed(written(found.mapping)) == found.mapping
