"""``decroche callbacks``: the list, a claim and an outcome, in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from decroche.ledger.store import Ledger
from decroche.ledger.tables import accounts
from decroche.ledger.work_items import Kind, Need, open_item
from tests.cli.test_ledger_commands import plain, run

ANN, BOB = 33639980012, 33639980034


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A business that is open day and night, with two people to call back."""
    folder = tmp_path / "data"
    made = run("account", "Garage", "--data", folder)
    assert made.exit_code == 0
    ledger = Ledger(f"sqlite:///{folder / 'ledger.db'}")
    now = datetime.now(UTC)
    with ledger.writing() as connection:
        account = connection.execute(accounts.select()).one().id
        open_item(connection, account, Need(kind=Kind.CALLBACK, key="a", person=ANN), now=now - timedelta(hours=1))
        open_item(connection, account, Need(kind=Kind.VOICEMAIL, key="b", person=BOB), now=now - timedelta(minutes=1))
    ledger.close()
    return folder


def test_who_waits_is_listed_taken_and_told(data: Path) -> None:
    listed = plain(run("callbacks", "--data", data).stdout).splitlines()
    assert len(listed) == 2
    assert "message vocal  •• 34" in listed[0] and "rappel  •• 12" in listed[1]
    assert "06 39 98 00 34" in plain(run("callbacks", "list", "--numbers", "--data", data).stdout)
    id = listed[1].split()[0]
    taken = run("callbacks", "claim", id, "--who", "Zoé", "--data", data, "--lang", "en")
    assert taken.exit_code == 0 and "Yours until" in taken.stdout and "callback, 06 39 98 00 12" in plain(taken.stdout)
    assert "(pris par Zoé)" in plain(run("callbacks", "--data", data).stdout)
    other = run("callbacks", "claim", id, "--who", "Luc", "--data", data)
    assert other.exit_code == 2 and "Zoé l’a pris jusqu’à" in plain(other.stderr)
    again = plain(run("callbacks", "outcome", id, "no_answer", "--who", "Zoé", "--data", data).stdout)
    assert "Noté : pas de réponse. Prochain essai" in again
    over = run("callbacks", "outcome", id, "reached", "--who", "Zoé", "--data", data, "--lang", "en")
    assert plain(over.stdout) == "Noted: reached. It is over.\n"
    closed = run("callbacks", "claim", id, "--who", "Zoé", "--data", data, "--lang", "en")
    assert closed.exit_code == 2 and "It is over already." in plain(closed.stderr)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("claim",), "Dites qui vous êtes"),
        (("sing",), "decroche callbacks list"),
        (("outcome", "abc"), "decroche callbacks list"),
        (("list", "abc"), "decroche callbacks list"),
        (("outcome", "abc", "sung", "--who", "Zoé"), "Résultats connus : reached, "),
        (("claim", "zz", "--who", "Zoé"), "Aucun rappel zz."),
        (("claim", "%", "--who", "Zoé"), "Aucun rappel %."),
    ],
)
def test_what_cannot_be_done_is_said(data: Path, words: tuple[str, ...], said: str) -> None:
    answer = run("callbacks", *words, "--data", data)
    assert answer.exit_code == 2
    assert said in plain(answer.stderr)


def test_nobody_to_call(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    run("account", "Garage", "--data", folder)
    said = plain(run("callbacks", "--data", folder).stdout)
    assert said.startswith("La récupération n’est pas réglée") and said.endswith("Personne n’est à rappeler.\n")
    told = plain(run("callbacks", "claim", "--who", "Zoé", "--data", folder).stdout)
    assert told.startswith("Personne n’est à rappeler maintenant")


def test_what_belongs_to_no_journey_is_no_emergency(data: Path) -> None:
    id = plain(run("callbacks", "--data", data).stdout).splitlines()[1].split()[0]
    marked = run("callbacks", "emergency", id, "--who", "Zoé", "--data", data, "--lang", "en")
    assert marked.exit_code == 2 and "It is over already." in plain(marked.stderr)
