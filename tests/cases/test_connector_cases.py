from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from decroche.warehouse.engine import Engine
from tests.cases.running import (
    CONNECTORS,
    PROVENANCES,
    claims,
    described,
    excerpt,
    folded,
    paths,
    read,
    translated,
    verdict,
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with Engine(tmp_path_factory.mktemp("cases"), memory="256MB", threads=1) as opened:
        yield opened


@pytest.mark.parametrize("path", paths(), ids=lambda path: str(path.relative_to(CONNECTORS).with_suffix("")))
def test_case_reads_as_reviewed(path: Path, engine: Engine) -> None:
    case = read(path)
    assert case["provenance"] in PROVENANCES
    assert set(claims(case["input"])) == {case["format"]}
    rows = translated(case, engine)
    assert described(rows) == case["rows"]
    calls = folded(case, rows)
    for name, of_call in (("call", None), ("verdict", verdict)):
        if name in case:
            expected = [case[name]] if isinstance(case[name], dict) else case[name]
            assert len(calls) == len(expected)
            for call, wanted in zip(calls, expected, strict=True):
                assert (of_call(call) if of_call else excerpt(call, wanted)) == wanted
