"""Every case of every CRM."""

from __future__ import annotations

from pathlib import Path

import pytest

from decroche.connectors.crms import CRMS
from decroche.connectors.quality import quality
from tests.cases import running_crm as running
from tests.cases.running import PROVENANCES, read

BY_NAME = {connector.name: connector for connector in CRMS}


@pytest.mark.parametrize("path", running.paths(), ids=lambda path: f"{path.parts[-4]}-{path.stem}")
def test_case(path: Path) -> None:
    case, connector = read(path), BY_NAME[path.parts[-4]]
    assert case["provenance"] in PROVENANCES
    assert case["situation"] and case["source"] and case["situations"]
    found = running.run(connector, case)
    assert running.same(found, case["outcome"]), found
    # Asked again, the same is made of it.
    assert running.run(connector, case) == found


@pytest.mark.parametrize("connector", CRMS, ids=lambda each: each.name)
def test_every_situation_of_a_crm_has_a_case(connector: object) -> None:
    known = quality(connector)  # type: ignore[arg-type]
    assert known.missing == ()
