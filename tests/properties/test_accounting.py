"""Nothing vanishes: every line of a file is a call, a leg, ignored or rejected, whatever is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from decroche.capture.files.loading import ROWS
from decroche.capture.files.mapping import Duration, Mapping, Moment, Text
from decroche.capture.files.planning import Request, plan
from decroche.capture.files.reading import Known, accounting, read, rejections
from decroche.warehouse.calls import folded_calls, whole_calls
from decroche.warehouse.engine import Engine

HEADER = "id;start;caller;agent;talk"
MAPPING = Mapping(
    start=Moment(date="start"),
    zone="Europe/Paris",
    call_id=("id",),
    texts={"caller": Text(column="caller"), "agent": Text(column="agent")},
    durations={"talk": Duration(column="talk", unit="s")},
    answered_from="talk",
    constants={"direction": "inbound"},
)
#: Enough whole lines that the columns are sure.
SURE = tuple(f"9{n};2026-03-03 10:0{n}:00;0472000000;Paul;60" for n in range(4))
GOOD = "{id};2026-03-02 09:{minute:02d}:00;061234567{id};Anna;{talk}"
WRONG = {
    "malformed": ["{id};2026-03-02 09:00:00;0612345678;Anna;12;more;still more", "{id};2026-03-02 09:00:00"],
    "start_unreadable": ["{id};yesterday;0612345678;Anna;12", "{id};2026-02-30 09:00:00;0612345678;Anna;12"],
    "year_out_of_range": ["{id};1970-01-01 00:00:00;0612345678;Anna;12", "{id};2099-01-01 00:00:00;0612345678;;0"],
    "negative_duration": ["{id};2026-03-02 09:00:00;0612345678;Anna;-5"],
}

good_lines = st.builds(
    lambda **said: (None, GOOD.format(**said)),
    id=st.integers(0, 4),
    minute=st.integers(0, 2),
    talk=st.sampled_from([0, 30]),
)
wrong_lines = st.builds(
    lambda choice, number: (choice[0], choice[1].format(id=number)),
    st.sampled_from([(reason, line) for reason, lines in WRONG.items() for line in lines]),
    st.integers(0, 4),
)
lines = st.lists(st.one_of(good_lines, good_lines, wrong_lines, st.just(("blank", ""))), min_size=1, max_size=14)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with Engine(tmp_path_factory.mktemp("accounting"), threads=1) as opened:
        yield opened


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("exports")


def silent(stage: str, name: str, done: int, total: int) -> None:
    """Nobody watches."""


def account(
    engine: Engine, scratch: Path, texts: list[str]
) -> tuple[dict[str, int], dict[str, int], list[tuple[int, str]]]:
    """The accounting of files with ``texts``, its rejections by reason, and the rejected lines with their reason."""
    paths = []
    for number, text in enumerate(texts):
        path = scratch / f"export{number}.csv"
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    request = Request(paths=paths, scratch=scratch, now=datetime(2026, 6, 1, tzinfo=UTC), formats=(), mapping=MAPPING)
    plans = plan(engine, request, silent)
    reading = read(engine, plans, Known(machine_zone="UTC", region="FR"), request, silent)
    rows = engine.table(ROWS)
    folded = folded_calls(rows) if reading.legs else whole_calls(rows)
    calls = engine.records(folded.count().as_table())[0]
    (count,) = calls.values()
    found = accounting(engine, reading, count)
    wrong = [(rejection.line, rejection.reason) for rejection in rejections(engine, reading)]
    parts = {name: getattr(found, name) for name in ("rows_read", "calls", "legs_joined", "ignored", "rejected")}
    return parts, dict(found.rejected_by_reason), wrong


@pytest.mark.hard
@settings(max_examples=15)
@given(drawn=lines, last_end=st.booleans())
@example(drawn=[("malformed", "1;2026-03-02 09:00:00")], last_end=False)
@example(drawn=[("blank", ""), (None, GOOD.format(id=1, minute=0, talk=0)), ("blank", "")], last_end=True)
def test_every_line_is_accounted_for(
    engine: Engine, scratch: Path, drawn: list[tuple[str | None, str]], last_end: bool
) -> None:
    text = "\n".join([HEADER, *SURE, *(line for _, line in drawn)]) + "\n" * last_end
    parts, by_reason, wrong = account(engine, scratch, [text])
    written = [
        (number, fate, line)
        for number, (fate, line) in enumerate([*((None, line) for line in SURE), *drawn], start=2)
        if line
    ]
    kept = {line for _, fate, line in written if fate is None}
    calls = {line.partition(";")[0] for line in kept}
    rejected = sorted((number, fate) for number, fate, _ in written if fate is not None)
    assert parts == {
        "rows_read": len(written),
        "calls": len(calls),
        "legs_joined": len(kept) - len(calls),
        "ignored": sum(fate is None for _, fate, _ in written) - len(kept),
        "rejected": len(rejected),
    }
    assert sorted(wrong) == rejected
    assert sum(by_reason.values()) == len(rejected)


@pytest.mark.hard
@settings(max_examples=8)
@given(before=lines, after=lines, quoted=st.sampled_from(['"', '1;2026-03-02 09:00:00;"0612345678;Anna;12']))
def test_a_quote_that_is_never_closed_takes_no_line_with_it(
    engine: Engine,
    scratch: Path,
    before: list[tuple[str | None, str]],
    after: list[tuple[str | None, str]],
    quoted: str,
) -> None:
    drawn = [*before, ("malformed", quoted), *after]
    parts, _, wrong = account(engine, scratch, ["\n".join([HEADER, *SURE, *(line for _, line in drawn)]) + "\n"])
    written = [
        (number, fate)
        for number, (fate, line) in enumerate([*((None, line) for line in SURE), *drawn], start=2)
        if line
    ]
    assert parts["rows_read"] == len(written)
    assert sorted(wrong) == sorted((number, fate) for number, fate in written if fate is not None)
    assert parts["rows_read"] == parts["calls"] + parts["legs_joined"] + parts["ignored"] + parts["rejected"]


@pytest.mark.hard
@settings(max_examples=5)
@given(first=st.lists(good_lines, min_size=1, max_size=8), second=st.lists(good_lines, min_size=1, max_size=8))
def test_files_that_overlap_count_each_row_once(
    engine: Engine, scratch: Path, first: list[tuple[None, str]], second: list[tuple[None, str]]
) -> None:
    one, other = ([line for _, line in drawn] for drawn in (first, second))
    parts, _, _ = account(engine, scratch, ["\n".join([HEADER, *SURE, *rows]) + "\n" for rows in (one, [*one, *other])])
    every = {*SURE, *one, *other}
    assert parts["rows_read"] == 2 * len(one) + len(other) + 2 * len(SURE)
    assert parts["ignored"] == parts["rows_read"] - len(every)
    assert parts["calls"] + parts["legs_joined"] == len(every)
