"""``decroche recovery``: set up, switched on and off, words and people; what cannot be sent is not switched on."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from decroche.ledger.recovery_tables import consents, opt_outs, people, texts
from decroche.ledger.store import Ledger
from decroche.recover.playbook_toml import shipped_text
from tests.cli.test_ledger_commands import plain, run

ANN = "06 11 11 11 11"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A business with a way to send texts."""
    folder = tmp_path / "data"
    assert run("account", "Garage", "--data", folder).exit_code == 0
    connected = run(
        "connect", "smpp", "--name", "Kannel", "--data", folder,
        "--set", "sendsms_url=http://127.0.0.1:13013/s", "--set", "username=u", "--set", "password=p",
        "--set", "token=abc123",
        "--set", "sender=+33939000001",
    )  # fmt: skip
    assert connected.exit_code == 0, connected.stderr
    return folder


def say(data: Path, *words: object, code: int = 0) -> str:
    found = run("recovery", *words, "--data", data)
    assert found.exit_code == code, found.stdout + found.stderr
    return plain(found.stdout + found.stderr)


SET = (
    "set", "--business", "Garage Martin", "--phone", "01 99 00 00 01", "--way", "Kannel=+33939000001", "--links",
    "https://rappel.example",
)  # fmt: skip


def test_recovery_is_set_up_and_switched_on(data: Path) -> None:
    assert "n’est pas réglée" in say(data, "show")
    refused = say(data, "on", code=2)
    assert "Dites le nom de l’entreprise" in refused and "--way" in refused
    assert say(data, *SET) == "C’est noté.\n"
    assert "On ne sait pas encore" in say(data, "set", "--holdout", "0.2")
    assert say(data, "on") == "La récupération est en marche.\n"
    shown = say(data, "show")
    assert "Part par Kannel, expéditeur +33939000001" in shown and "20" in shown
    off = "La récupération est à l’arrêt : aucun message ne part aux appelants ; la liste à rappeler continue.\n"
    assert say(data, "off") == off


def test_a_sender_that_may_not_be_used_is_refused_in_a_sentence(data: Path) -> None:
    say(data, *SET)
    left = say(data, "set", "--way", "Kannel=+33612345678")
    assert "Avant de la mettre en marche" in left and "+33612345678 est un mobile" in left
    assert "+33612345678 est un mobile" in say(data, "on", code=2)
    assert "Kannel" in say(data, "set", "--way", "Twilio=+33939000001", code=2)
    assert "holdout" in say(data, "set", "--holdout", "0.7", code=2)
    assert "garage" in say(data, "set", "--playbook", "circus", code=2)


def test_playbooks(data: Path, tmp_path: Path) -> None:
    assert "garage: Garage" in say(data, "playbook")
    assert 'name = "clinic"' in say(data, "playbook", "show", "clinic")
    file = tmp_path / "mine.toml"
    file.write_text(shipped_text("garage").replace('name = "garage"', 'name = "mine"'), encoding="utf-8")
    assert "« mine » est bon" in say(data, "playbook", "check", file)
    assert "« mine » s’applique" in say(data, "playbook", "use", file, "--site", "Bron")
    assert "aucun message ne part" in say(data, "show")
    assert "site Bron" in say(data, "playbook")
    file.write_text('name = "mine"\n[[step]]\nname = "a"\nact = "sing"\n', encoding="utf-8")
    assert "Ligne 4" in say(data, "playbook", "use", file, code=2)
    say(data, "playbook", "check", tmp_path / "none.toml", code=2)


def test_words_and_previews(data: Path, tmp_path: Path) -> None:
    say(data, *SET)
    shown = say(data, "preview", "missed", "--language", "fr")
    assert "Garage Martin" in shown and "1 segment (alphabet des opérateurs), 0,080 €" in shown
    assert "missed" in say(data, "preview", "unheard_of", code=2)
    assert "[[text]]" in say(data, "words", "show")
    file = tmp_path / "words.toml"
    file.write_text('[[text]]\nname = "missed"\nbody = "Promo -20 % {business} STOP"\n', encoding="utf-8")
    assert "missed" in say(data, "words", "use", file, code=2)
    file.write_text('[[text]]\nname = "missed"\nbody = "{business} vous rappelle. STOP au {phone}"\n', encoding="utf-8")
    assert say(data, "words", "check", file) == "Ces textes sont bons (fr).\n"
    assert say(data, "words", "use", file) == "Ces textes s’appliquent (fr).\n"
    assert "Garage Martin vous rappelle." in say(data, "preview", "missed", "--language", "fr")


def test_a_test_goes_to_a_colleague_only(data: Path) -> None:
    assert "--way" in say(data, "test", "--to", ANN, code=2)
    say(data, *SET)
    assert "(TEST-01)" in say(data, "test", "--to", ANN, code=2)
    assert say(data, "people", ANN, "--staff", "--name", "Ann") == "C’est noté.\n"
    assert "Essai confié au serveur" in say(data, "test", "--to", ANN, "--who", "zoe")
    (row,) = rows(data, texts)
    assert (row.purpose, row.state, row.author, row.person) == ("test", "intended", "zoe", 33611111111)


def test_refusals_are_written_down_listed_and_taken_back(data: Path, tmp_path: Path) -> None:
    assert "Refus noté" in say(data, "opt-outs", "add", ANN)
    listed = say(data, "opt-outs")
    assert "1 refus en vigueur." in listed and "all  person" in listed and "611111111" not in listed
    assert say(data, "opt-outs", "undo", ANN) == "Refus levé.\n"
    assert "0 refus" in say(data, "opt-outs", "list")
    say(data, "opt-outs", "undo", ANN, code=2)
    file = tmp_path / "stop.csv"
    file.write_text("numéro;stop\n06 11 11 11 11;2026-01-05\n06 22 22 22 22;\nbonjour;\n", encoding="utf-8")
    told = say(data, "opt-outs", "import", file, "--scope", "text")
    assert "2 lignes retenues, 1 rejetée." in told and "ligne 4" in told
    assert {(row.scope, row.source) for row in rows(data, opt_outs) if row.undone_at is None} == {("text", "import")}


def test_people_and_consents(data: Path, tmp_path: Path) -> None:
    say(data, "people", ANN, code=2)
    file = tmp_path / "staff.csv"
    file.write_text("téléphone\n06 22 22 22 22\n06 33 33 33 33\n", encoding="utf-8")
    assert "2 lignes retenues" in say(data, "people", file)
    assert [row.staff for row in rows(data, people)] == [True, True]
    assert "preuve" in say(data, "consents", "add", ANN, code=2)
    assert say(data, "consents", "add", ANN, "--evidence", "form 12") == "Consentement noté.\n"
    file.write_text("téléphone,consentement,preuve\n0622222222,2026-01-05,f1\n0633333333,2026-01-05,\n", "utf-8")
    assert "1 ligne retenue, 1 rejetée." in say(data, "consents", "import", file)
    assert sorted(row.evidence for row in rows(data, consents)) == ["f1", "form 12"]


@pytest.mark.parametrize(
    "words",
    [
        ("playbook", "sing"), ("words", "use"), ("words", "show", "--language", "de"), ("opt-outs", "sing"),
        ("opt-outs", "add"), ("opt-outs", "add", "bonjour"), ("opt-outs", "add", ANN, "--scope", "sing"),
        ("consents", "sing", ANN), ("preview", "missed", "--language", "de"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said(data: Path, words: tuple[str, ...]) -> None:
    assert say(data, *words, code=2).strip()


def rows(data: Path, table: sa.Table) -> list[sa.Row[tuple[object, ...]]]:
    ledger = Ledger(f"sqlite:///{data / 'ledger.db'}")
    with ledger.reading() as connection:
        found = list(connection.execute(sa.select(table)))
    ledger.close()
    return found


def test_slots_sector_and_emergencies_are_set(data: Path) -> None:
    say(data, "set", "--slot", "capacity=4", "--slot", "minutes=20", "--sector", "energy_renovation")
    say(data, "set", "--emergency-word", "dépannage", "--emergency-place", "Urgences", "--slot", "lead_minutes=60")
    shown = say(data, "show")
    assert all(word in shown for word in ("dépannage", "Urgences", "4", "20", "60"))
    assert "un nombre entier de 0 à" in say(data, "set", "--slot", "capacity=5000", code=2)
    assert "Secteurs connus : ordinary" in say(data, "set", "--sector", "crime", code=2)
    assert "--slot capacity=2" in say(data, "set", "--slot", "many", code=2)


def test_the_team_is_shown_checked_and_used(data: Path, tmp_path: Path) -> None:
    example = say(data, "team")
    assert "aucune équipe" in example and "[[members]]" in example
    file = tmp_path / "team.toml"
    file.write_text(example.split("\n", 1)[1], "utf-8")
    assert say(data, "team", "check", file) == "L’équipe est juste : 2 personnes.\n"
    assert "2 personnes prévenues" in say(data, "team", "use", file)
    assert 'name = "luc"' in say(data, "team")
    file.write_text('[[on_call]]\nmember = "max"\nweek = "mon 8-9"\n', "utf-8")
    assert "D’astreinte sans être de l’équipe : max" in say(data, "team", "use", file, code=2)


def test_consents_are_listed_with_their_age_and_taken_back(data: Path) -> None:
    say(data, "consents", "add", ANN, "--evidence", "formulaire 117", "--at", "2026-01-05 10:00")
    assert "formulaire 117" in say(data, "consents", "list", ANN) and "1 consentement" in say(
        data, "consents", "list", ANN
    )
    assert say(data, "consents", "withdraw", ANN) == "1 consentement retiré.\n"
    assert "0 consentement en vigueur" in say(data, "consents", "list", ANN)


def test_a_key_that_was_taken_away_is_said_and_nothing_is_switched_on(data: Path) -> None:
    say(data, *SET)
    connected = run(
        "connect", "ringover", "--name", "Ringover", "--set", "sender=+33939000001", "--data", data,
    )  # fmt: skip
    assert connected.exit_code == 0, connected.stderr
    left = say(data, "set", "--way", "Ringover=+33939000001")
    assert "il manque cette clé à la téléphonie" in left and "Clé d’API" in left
    assert "il manque" in say(data, "on", code=2)
