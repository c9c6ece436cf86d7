"""``decroche endpoints`` and ``hours``: what was set up is shown again, changed, renamed and removed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from decroche.ledger.store import Ledger
from decroche.ledger.tables import accounts, closed_days, endpoints, journeys, opening_hours
from tests.cli.test_ledger_commands import plain, run


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    assert run("account", "Garage", "--data", folder).exit_code == 0
    return folder


def say(*words: object, code: int = 0) -> str:
    found = run(*words)
    assert found.exit_code == code, found.stdout + found.stderr
    return plain(found.stdout + found.stderr)


def test_missing_keys_are_said_and_given_later(data: Path) -> None:
    said = say("connect", "ringover", "--name", "Standard", "--data", data)
    assert (
        "Il manque encore : Clé d’API. Sans cela, ne marchent pas : la lecture des appels passés, l’envoi de SMS"
        in said
    )
    assert "--set call_key=" in said
    shown = say("endpoints", "show", "Standard", "--data", data, "--public-url", "https://appels.example/")
    assert "https://appels.example/hooks/ringover/" in shown and "api_key: (manque)" in shown
    before = shown.split("/hooks/ringover/")[1].split()[0]
    assert "C’est noté" in say("endpoints", "set", "ringover", "--set", "api_key=s3cret", "--data", data)
    again = say("endpoints", "show", "Standard", "--data", data)
    assert "api_key: (enregistrée)" in again and "s3cret" not in again and before in again
    say("endpoints", "set", "Standard", "--set", "api_key=", "--data", data)
    assert "api_key: (manque)" in say("endpoints", "show", "Standard", "--data", data)
    assert "n’a pas de réglage « song »" in say(
        "endpoints", "set", "Standard", "--set", "song=1", "--data", data, code=2
    )


def test_a_phone_system_is_renamed_and_removed(data: Path) -> None:
    say("connect", "ringover", "--name", "Standard", "--data", data)
    assert "« Standard » s’appelle maintenant « Accueil »" in say(
        "endpoints", "rename", "Standard", "Accueil", "--data", data
    )
    assert "Standard" in say("endpoints", "show", "Standard", "--data", data, code=2)
    assert "est débranché" in say("endpoints", "remove", "Accueil", "--data", data)
    assert "Aucune téléphonie n’est branchée" in say("endpoints", "--data", data)
    ledger = Ledger(f"sqlite:///{data / 'ledger.db'}")
    with ledger.reading() as connection:
        assert connection.execute(sa.select(endpoints.c.removed_at)).scalar_one() is not None
    ledger.close()
    assert "decroche endpoints list" in say("endpoints", "rename", "Accueil", "--data", data, code=2)


def test_hours_and_days_are_changed(data: Path) -> None:
    assert "Aucun horaire" in say("hours", "--data", data)
    assert "Horaires notés : mon-fri 08:00-18:00" in say("hours", "set", "lun-ven 8:00-18:00", "--data", data)
    say("hours", "set", "lun-sam 7:00-12:00", "--department", "atelier", "--data", data)
    say("hours", "close", "2026-12-24", "Inventaire", "--data", data)
    say("hours", "open", "2026-11-11", "--data", data)
    shown = say("hours", "--data", data)
    assert "partout : mon-fri 08:00-18:00" in shown and "atelier : mon-sat 07:00-12:00" in shown
    assert "fermé (Inventaire)" in shown and "ouvert malgré le jour férié" in shown
    say("hours", "reset", "2026-12-24", "--data", data)
    say("hours", "forget", "--department", "atelier", "--data", data)
    ledger = Ledger(f"sqlite:///{data / 'ledger.db'}")
    with ledger.reading() as connection:
        assert len(connection.execute(sa.select(opening_hours)).all()) == 1
        assert len(connection.execute(sa.select(closed_days)).all()) == 1
    ledger.close()
    assert "Rien n’est réglé ici" in say("hours", "forget", "--department", "atelier", "--data", data, code=2)
    assert "2026-12-24" in say("hours", "close", "Noël", "--data", data, code=2)
    assert "illisibles" in say("hours", "set", "toujours", "--data", data, code=2)


def test_open_journeys_are_listed_where_recovery_is_not_set_up(data: Path) -> None:
    assert "n’est pas réglée" in say("callbacks", "--data", data)
    ledger = Ledger(f"sqlite:///{data / 'ledger.db'}")
    now = datetime.now(UTC)
    with ledger.writing() as connection:
        account = connection.execute(accounts.select()).one().id
        connection.execute(
            journeys.insert().values(
                id="j1", account_id=account, revision=1, site="", person=33639980012, state="open", opened_at=now,
                last_missed_at=now, expires_at=now, attempts=0, missed_calls="[]", calls="[]", learned_at=now,
            )
        )  # fmt: skip
    ledger.close()
    listed = say("callbacks", "--data", data)
    assert "n’est pas réglée" in listed and "•• 12  manqué le" in listed


def test_sites_are_added_shown_and_removed(data: Path) -> None:
    assert "Aucun site" in say("sites", "--data", data)
    say("sites", "add", "Bron", "--zone", "Europe/Paris", "--data", data)
    assert "s’appelle déjà" in say("sites", "add", "Bron", "--data", data, code=2)
    say("hours", "set", "lun 8:00-9:00", "--site", "Bron", "--department", "Ventes", "--data", data)
    assert "Bron : Ventes" in say("sites", "--data", data)
    say("connect", "ringover", "--name", "Standard", "--site", "Bron", "--data", data)
    assert "1 standard branché (Standard)" in say("sites", "remove", "Bron", "--data", data, code=2)
    say("endpoints", "remove", "Standard", "--data", data)
    assert "« Ventes » est retiré" in say("sites", "remove", "Bron", "--department", "Ventes", "--data", data)
    assert "« Bron » est retiré" in say("sites", "remove", "Bron", "--data", data)
    assert "Il n’y a rien" in say("sites", "remove", "Bron", "--data", data, code=2)
    assert "decroche sites show" in say("sites", "sing", "--data", data, code=2)
