from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from decroche.warehouse.engine import Engine
from tests.cases.running import (
    CONNECTORS,
    PROVENANCES,
    Translations,
    claims,
    described,
    excerpt,
    folded,
    paths,
    read,
    verdict,
)

each_case = pytest.mark.parametrize("path", paths(), ids=lambda path: str(path.relative_to(CONNECTORS).with_suffix("")))


@pytest.fixture(scope="module")
def translated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Translations]:
    with Engine(tmp_path_factory.mktemp("cases"), memory="256MB", threads=1) as engine:
        yield Translations(engine, {path: read(path) for path in paths()})


@each_case
def test_case_reads_as_reviewed(path: Path, translated: Translations) -> None:
    case = read(path)
    assert case["provenance"] in PROVENANCES
    assert set(claims(case["input"])) == {case["format"]}
    rows = translated[path]
    assert described(rows) == case["rows"]
    calls = folded(case, rows)
    for name, of_call in (("call", None), ("verdict", verdict)):
        if name in case:
            expected = [case[name]] if isinstance(case[name], dict) else case[name]
            assert len(calls) == len(expected)
            for call, wanted in zip(calls, expected, strict=True):
                assert (of_call(call) if of_call else excerpt(call, wanted)) == wanted


@pytest.mark.hard
@each_case
def test_case_reads_the_same_alone(path: Path, translated: Translations) -> None:
    assert described(translated.alone(path)) == read(path)["rows"]
