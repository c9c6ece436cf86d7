"""``decroche callbacks``: the list, a claim and an outcome, in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from decroche.ledger.audit_log import EntryFilter, entries
from decroche.ledger.store import Ledger
from decroche.ledger.tables import accounts
from decroche.ledger.work_items import Kind, Need, open_item
from decroche.recover.workflows.finding import search
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


def ids(data: Path) -> list[str]:
    return [line.split()[0] for line in plain(run("callbacks", "--data", data).stdout).splitlines()]


def done(data: Path, *words: str) -> str:
    answer = run("callbacks", *words, "--who", "Zoé", "--data", data, "--lang", "en")
    assert answer.exit_code == 0, answer.stderr
    return plain(answer.stdout)


def test_what_is_done_with_a_callback_is_noted_in_the_audit_log(data: Path) -> None:
    voicemail, callback = ids(data)
    assert done(data, "claim", voicemail).startswith("Yours until")
    assert done(data, "release", voicemail) == "Given back: somebody else can take it.\n"
    assert done(data, "assign", callback, "Luc") == "Given to Luc.\n"
    assert done(data, "assign", callback, "-") == "Given to nobody in particular.\n"
    assert done(data, "note", callback, "Rappeler sur le fixe") == "Note added.\n"
    assert done(data, "done", voicemail) == "It is done.\n"
    assert done(data, "snooze", callback, "tomorrow").startswith("Put off: it comes back ")
    assert "Personne n’est à rappeler.\n" in plain(run("callbacks", "--data", data).stdout)
    ledger = Ledger(f"sqlite:///{data / 'ledger.db'}")
    with ledger.reading() as connection:
        account = connection.execute(accounts.select()).one().id
        noted, _ = entries(connection, account, EntryFilter(actions="callback."), before=None, limit=20)
        found = search(connection, account, "fixe", sites=None, region="FR", names=False)
    ledger.close()
    assert [each.action.removeprefix("callback.") for each in reversed(noted)] == [
        "claim", "release", "assign", "assign", "note", "done", "snooze",
    ]  # fmt: skip
    assert {each.details["as"] for each in noted} == {"Zoé"} and "fixe" not in repr(noted)
    assert [hit.person for hit in found.hits] == [ANN]


def test_a_refusal_is_settled_and_other_words_are_not_understood(data: Path) -> None:
    ledger = Ledger(f"sqlite:///{data / 'ledger.db'}")
    with ledger.writing() as connection:
        account = connection.execute(accounts.select()).one().id
        need = Need(kind=Kind.REFUSAL, key="r", person=ANN)
        refusal = open_item(connection, account, need, now=datetime.now(UTC))
    ledger.close()
    other = next(id for id in ids(data) if not refusal.startswith(id))
    for words, said in (
        (("refusal", refusal, "perhaps"), "Mots connus : yes, no"),
        (("refusal", other, "yes"), "Ce n’est pas un refus"),
        (("snooze", other, "yesterday"), "Mots connus : half_hour"),
        (("snooze", other, "2020-01-01T10:00"), "Mots connus : half_hour"),
        (("done", other, "word"), "Écrivez decroche callbacks"),
        (("done",), "Écrivez decroche callbacks"),
    ):
        answer = run("callbacks", *words, "--who", "Zoé", "--data", data)
        assert answer.exit_code == 2 and said in plain(answer.stderr), words
    assert done(data, "refusal", refusal, "no") == "Noted: it was no refusal.\n"


def test_promises_are_listed(data: Path) -> None:
    assert plain(run("callbacks", "promises", "--data", data).stdout) == "Rien n’est promis.\n"
    ledger = Ledger(f"sqlite:///{data / 'ledger.db'}")
    at = datetime.now(UTC) - timedelta(hours=3)
    with ledger.writing() as connection:
        account = connection.execute(accounts.select()).one().id
        need = Need(
            kind=Kind.CALLBACK, key="p", person=BOB, site="Lyon", promised_at=at, due_at=at + timedelta(hours=1)
        )
        open_item(connection, account, need, now=at)
    ledger.close()
    said = plain(run("callbacks", "promises", "--data", data).stdout)
    assert "•• 34" in said and "Lyon" in said and "(dépassé)" in said
