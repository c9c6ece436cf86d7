from __future__ import annotations

import csv
import hashlib
import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from pyarrow import csv as arrow_csv

from decroche.simulate.calls import SimulatedCalls, simulate
from decroche.simulate.dealership import dealership_quebec
from decroche.simulate.export import FORMATS, bulk_csv, export_table, write_csv, write_intents, write_truth
from decroche.simulate.presets import contact_centre, garage_lyon
from decroche.simulate.world import World

MONDAY = date(2026, 3, 2)
WORLDS = [garage_lyon(), dealership_quebec(), contact_centre(calls_per_day=300, agents=5)]


def played(world: World) -> SimulatedCalls:
    return simulate(world, seed=7, days=2, start=MONDAY)


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)
def test_the_export_is_a_plain_table_that_keeps_the_truth_to_itself(world: World, tmp_path: Path) -> None:
    calls = played(world)
    form = FORMATS[world.wording]
    write_csv(calls, tmp_path / "calls.csv")
    with (tmp_path / "calls.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file, delimiter=form.delimiter)
    assert header == list(form.headers.values())
    assert [row[0] for row in rows] == calls.truth["call_id"].to_pylist()
    secret = {word for word in calls.truth["cause"].to_pylist() if word}
    assert secret.isdisjoint(cell for row in rows for cell in row)


def test_truth_and_intents_are_tables_of_their_own(tmp_path: Path) -> None:
    calls = played(WORLDS[0])
    write_truth(calls, tmp_path / "truth.csv")
    write_intents(calls, tmp_path / "intents.csv")
    assert arrow_csv.read_csv(tmp_path / "truth.csv")["call_id"].to_pylist() == calls.calls["call_id"].to_pylist()
    assert arrow_csv.read_csv(tmp_path / "intents.csv").num_rows == calls.intents.num_rows


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)
def test_words_are_those_of_the_phone_system(world: World) -> None:
    form = FORMATS[world.wording]
    table = export_table(played(world))
    assert set(table[form.headers["outcome"]].to_pylist()) <= set(form.words.values())
    assert Counter(table[form.headers["direction"]].to_pylist())[form.words["inbound"]] > 0


def test_french_numbers_come_from_the_ranges_for_fiction() -> None:
    table = export_table(played(WORLDS[0]))
    allowed = re.compile(r"(0|\+33)(63998|19900|26191|35301|46571|53649)\d{4}|Anonyme|1[123]")
    assert [number for number in table["Appelant"].to_pylist() if not allowed.fullmatch(str(number))] == []


def test_local_times_follow_the_zone() -> None:
    calls = played(WORLDS[1])
    table = export_table(calls)
    assert set(table["Date"].to_pylist()) == {"2026-03-02", "2026-03-03"}


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)
def test_the_same_seed_gives_the_same_bytes(world: World, tmp_path: Path) -> None:
    for name in ("first", "second"):
        write_csv(played(world), tmp_path / name)
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()


def test_another_seed_gives_other_calls() -> None:
    other = simulate(WORLDS[0], seed=8, days=2, start=MONDAY)
    assert not other.calls.equals(played(WORLDS[0]).calls)


def test_a_bulk_export_has_the_calls_asked_for_and_the_same_bytes_again(tmp_path: Path) -> None:
    digests = set()
    for name in ("first", "second"):
        bulk_csv(tmp_path / name, calls=3000, seed=3)
        digests.add(hashlib.sha256((tmp_path / name).read_bytes()).hexdigest())
    assert len(digests) == 1
    table = arrow_csv.read_csv(tmp_path / "first")
    assert table.num_rows == 3000
    assert table["Call ID"].to_pylist() == list(range(1, 3001))
    starts = table["Start time"].to_numpy()
    assert (starts[1:] >= starts[:-1]).all()


def test_a_bulk_export_begins_like_a_longer_one(tmp_path: Path) -> None:
    bulk_csv(tmp_path / "short", calls=500, seed=3)
    bulk_csv(tmp_path / "long", calls=900, seed=3)
    assert (tmp_path / "long").read_bytes().startswith((tmp_path / "short").read_bytes())
