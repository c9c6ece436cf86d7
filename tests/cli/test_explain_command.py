"""``decroche explain``: by the beginning of an id, or by a number."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from decroche.ledger.store import Ledger
from tests.cli.test_ledger_commands import plain, run
from tests.recover.telling import ANNE, PAUL, Story, story


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def garage(data: Path) -> Iterator[Story]:
    data.mkdir()
    ledger = Ledger(f"sqlite:///{data / 'ledger.db'}")
    ledger.migrate()
    told = story(ledger, "2026-03-04 10:42")
    told.call(ANNE)
    told.wait(minutes=1)
    yield told
    ledger.close()


def test_a_journey_is_explained(data: Path, garage: Story) -> None:
    id = garage.journey(ANNE).id
    by_id = run("explain", id[:6], "--data", data, "--lang", "en")
    by_number = run("explain", "--person", f"0{str(ANNE)[2:]}", "--data", data, "--lang", "en")
    assert by_id.exit_code == 0 and by_id.stdout == by_number.stdout
    text = plain(by_id.stdout)
    assert text.startswith(f"Journey {id}, open since Wed")
    assert "missed (text): done. All conditions held." in text
    assert text.endswith("Times of Europe/Paris.\n")
    assert "Messages" in text and "to the caller (handed to the provider):" in text


def test_what_cannot_be_explained_is_said(data: Path, garage: Story) -> None:
    garage.call(PAUL)
    for words, said in (
        ((), "decroche explain SUIVI"),
        (("abc", "--person", "0611111111"), "decroche explain SUIVI"),
        (("zz",), "Aucun suivi zz."),
        (("%",), "Aucun suivi %."),
        (("--person", "bonjour"), "Ce numéro ne se lit pas."),
        (("--person", "0699999999"), "Aucun appel manqué de ce numéro."),
    ):
        answer = run("explain", *words, "--data", data)
        assert answer.exit_code == 2 and said in plain(answer.stderr), words
