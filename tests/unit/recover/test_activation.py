"""What stands against switching recovery on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest

from decroche.language import Language
from decroche.model.sentence import Sentence
from decroche.recover.activation import Obstacle, Place, obstacles, sending_of
from decroche.recover.playbook import Playbook
from decroche.recover.playbook_toml import read_playbook, shipped
from decroche.recover.settings import RecoverySettings, Way
from decroche.recover.templates import Variant
from decroche.recover.words_toml import read_words, shipped_words

NOW = datetime.fromisoformat("2026-03-04T10:42")
SENDERS = {"FR": "+33939000001", "CA-QC": "+15145550100", "BE": "+32470000001", "CH": "+41790000001"}
GOOD: dict[str, Any] = {
    "business": "Garage Martin", "phone": "01 99 00 00 01", "links": "https://rappel.example",
}  # fmt: skip


def found(
    *,
    country: str = "FR",
    language: str = "fr",
    own: Sequence[Variant] = (),
    playbooks: Sequence[Playbook] | None = None,
    sender: str | None = None,
    able: dict[str, bool] | None = None,
    lacking: dict[str, tuple[Sentence, ...]] | None = None,
    **settings: Any,
) -> tuple[Obstacle, ...]:
    ways = (Way(endpoint="e1", sender=SENDERS[country] if sender is None else sender),)
    return obstacles(
        RecoverySettings(**{**GOOD, "ways": ways, **settings}),
        Place(country=country, language=language, able={"e1": True} if able is None else able, lacking=lacking or {}),
        playbooks=[shipped()["garage"]] if playbooks is None else playbooks,
        own=own,
        shipped=shipped_words(),
        now=NOW,
    )


@pytest.mark.parametrize("playbook", shipped())
@pytest.mark.parametrize(("country", "language"), [("FR", "fr"), ("CA-QC", "fr"), ("BE", "fr"), ("CH", "fr")])
def test_what_comes_with_the_program_may_be_sent(playbook: str, country: str, language: str) -> None:
    assert found(country=country, language=language, playbooks=[shipped()[playbook]]) == ()


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"business": " "}, "no_business"),
        ({"phone": ""}, "no_phone"),
        ({"ways": ()}, "no_way"),
        ({"links": ""}, "no_links"),
        ({"sender": ""}, "no_sender"),
        ({"able": {"e2": True}}, "way_unknown"),
    ],
)
def test_what_is_missing_is_asked_for(settings: dict[str, Any], word: str) -> None:
    (obstacle,) = [each for each in found(**settings) if each.word != "words"]
    assert obstacle.word == word
    assert all(obstacle.said(Language(code)).endswith(".") for code in ("fr", "fr-CA", "en"))


def test_a_sender_that_may_not_be_used_is_refused_by_its_rule() -> None:
    refused = found(sender="+33612345678")
    assert {each.word for each in refused} == {"sender"}
    assert [each.said(Language("en"))[:16] for each in refused] == ["+33612345678 is "], "said once"


def test_a_sender_that_nobody_can_answer_refuses_words_that_ask_for_answers() -> None:
    words = {each.word for each in found(sender="GARAGE")}
    assert "words" in words
    settings = RecoverySettings(ways=(Way(endpoint="e1", sender="+33939000001"),))
    assert sending_of(settings, Place(country="FR", language="fr", able={"e1": False})).two_way is False


def test_own_words_are_held_to_the_linter() -> None:
    own = read_words('[[text]]\nname = "missed"\nbody = "{business} : -20 % cette semaine ! STOP"\n', "fr")
    (refused,) = found(own=own)
    assert refused.about == "missed (text, fr)" and "retirez" in refused.said(Language("fr"))


def test_a_step_without_words() -> None:
    playbook = read_playbook(
        'name = "mine"\ntitle = { fr = "Le mien" }\n[[step]]\nname = "a"\nact = "text"\ntemplate = "unheard_of"\n'
    )
    assert [each.word for each in found(playbooks=[playbook])] == ["no_words"]


def test_a_way_without_its_keys_sends_nothing() -> None:
    keys = (Sentence(key="api_key", fr="Clé d’API", en="API key"), Sentence(key="token", fr="Jeton", en="Token"))
    [left] = found(lacking={"e1": keys})
    assert left.word == "keys_missing"
    assert left.said(Language("en")).endswith("the phone system lacks these keys: API key, Token.")
    assert found(lacking={"e2": keys, "e1": ()}) == ()
