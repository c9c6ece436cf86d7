"""What pages of settings say plainly: what a phone system cannot do for want of a key, and whom a word wakes."""

from __future__ import annotations

import html
from pathlib import Path

import pytest
import sqlalchemy as sa

from decroche.ledger.recovery_tables import recovery_settings
from decroche.model.member import Role
from tests.web.garage import Garage, garage

EMERGENCIES = "/settings/recovery"


def words(here: Garage, path: str) -> str:
    """The page as its owner reads it."""
    text = html.unescape(here.browser(Role.OWNER).get(path).text)
    return text.replace("\u00a0", " ").replace("\u202f", " ").replace("’", "'")


def kept(here: Garage) -> str:
    with here.server.ledger.reading() as connection:
        return str(connection.execute(sa.select(recovery_settings.c.body)).scalar_one())


@pytest.mark.hard
def test_a_phone_system_says_what_it_cannot_do_and_a_trade_whom_a_word_wakes(tmp_path: Path) -> None:
    with garage(tmp_path) as here:
        owner = here.browser(Role.OWNER)
        owner.post("/settings/phone-systems/ringover", data={"name": "Standard", "call_key": "k"})
        wants = (
            "Il manque encore : Clé d'API. Sans cela, ne marchent pas : l'envoi de SMS, l'appel d'un clic et l'écoute"
        )
        for path in ("/settings/phone-systems", "/settings/phone-systems/ringover"):
            assert wants in words(here, path)
        assert "Aucun mot ne réveille personne" in words(here, EMERGENCIES)
        owner.post("/settings/playbooks", data={"name": "clinic"})
        page = words(here, EMERGENCIES)
        assert "urgence, urgences, saigne" in page and "mots usuels de votre métier" in page and "la nuit aussi" in page
        owner.post(EMERGENCIES, data={"emergency_words": "urgence, urgences"})
        assert '"emergency_words":["urgence","urgences"]' in kept(here)
        assert "usuels" not in words(here, EMERGENCIES)
        owner.post(EMERGENCIES, data={"emergency_words": ""})
        assert "Aucun mot ne réveille personne" in words(here, EMERGENCIES)
