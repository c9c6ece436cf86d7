"""``decroche inbox``: who wrote, a search by right, a conversation and an answer, in words."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from decroche.ledger.audit_log import EntryFilter, entries
from decroche.ledger.recovery_settings import note_person
from decroche.ledger.store import Ledger
from decroche.ledger.tables import accounts
from decroche.ledger.texts import intend
from decroche.ledger.work_items import Kind, Need, open_item
from tests.cli.test_ledger_commands import plain, run

ANN = 33639980012


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A business to which somebody wrote."""
    folder = tmp_path / "data"
    assert run("account", "Garage", "--data", folder).exit_code == 0
    ledger = Ledger(f"sqlite:///{folder / 'ledger.db'}")
    now = datetime.now(UTC)
    with ledger.writing() as connection:
        account = connection.execute(accounts.select()).one().id
        row: dict[str, Any] = {
            "id": "a" * 32, "account_id": account, "person": ANN, "direction": "in", "purpose": "none",
            "body": "L’échéance, au 06 39 98 00 77 ?", "state": "received", "created_at": now,
        }  # fmt: skip
        intend(connection, row)
        need = Need(kind=Kind.REPLY, key="a", person=ANN, about={"text": row["id"]})
        open_item(connection, account, need, now=now)
        note_person(connection, account, ANN, name="Anne Morel")
    ledger.close()
    return folder


def said(data: Path, *words: str) -> str:
    answer = run("inbox", *words, "--data", data)
    assert answer.exit_code == 0, answer.stderr
    return plain(answer.stdout)


def test_who_wrote_is_listed_found_and_read(data: Path) -> None:
    listed = said(data)
    assert "•• 12" in listed and "L’échéance, au …77 ?" in listed and "(réponse à donner)" in listed
    assert said(data, "--find", "ECHE").startswith(listed.split()[0])
    assert said(data, "--find", "morel").startswith("Rien de tel.")
    assert "Anne Morel, 06 39 98 00 12" in said(data, "--find", "morel", "--numbers")
    read = said(data, "read", listed.split()[0], "--numbers", "--lang", "en")
    assert read.startswith("With Anne Morel, 06 39 98 00 12:") and "them: L’échéance, au 06 39 98 00 77 ?" in read
    ledger = Ledger(f"sqlite:///{data / 'ledger.db'}")
    with ledger.reading() as connection:
        account = connection.execute(accounts.select()).one().id
        noted, _ = entries(connection, account, EntryFilter(actions="text."), before=None, limit=20)
    ledger.close()
    assert [each.action for each in noted] == ["text.numbers_shown"] * 2


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("sing",), "Écrivez decroche inbox"),
        (("read",), "Écrivez decroche inbox"),
        (("reply", "aaaa"), "Écrivez decroche inbox"),
        (("reply", "aaaa", "Oui"), "Dites qui répond"),
        (("reply", "aaaa", " ", "--who", "Zoé"), "Une réponse a de 1 à 1 000 caractères."),
        (("read", "zz"), "Aucune conversation zz."),
        (("reply", "a" * 32, "Oui", "--who", "Zoé"), "rien à quoi répondre par écrit"),
    ],
)
def test_what_cannot_be_done_is_said(data: Path, words: tuple[str, ...], why: str) -> None:
    answer = run("inbox", *words, "--data", data)
    assert answer.exit_code == 2 and why in plain(answer.stderr)
