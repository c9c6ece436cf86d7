"""Why something was done for a caller or not, as a person reads it."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from decroche.language import Language
from decroche.ledger.recovery_settings import settings_of, write_settings
from decroche.ledger.recovery_tables import recovery_settings
from decroche.ledger.store import Ledger
from decroche.ledger.tables import endpoints, journeys
from decroche.recover.explanation_lines import lines
from decroche.recover.told import Explanation
from decroche.recover.workflows.explaining import read_explanation
from tests.recover.telling import ANNE, KEY, Story, local, story

WEDNESDAY = "2026-03-04 10:42"


def explained(told: Story, language: str = "fr", person: int = ANNE) -> Explanation:
    with told.ledger.reading() as connection:
        return read_explanation(
            connection, told.account, told.journey(person).id, language=Language(language), key=KEY, now=told.clock.now
        )


def said(told: Story, language: str = "fr") -> str:
    found = lines(explained(told, language), Language(language), ZoneInfo("Europe/Paris"))
    text = "\n".join("  " * line.depth + line.said for line in found)
    return text.translate({0xA0: " ", 0x202F: " ", ord("’"): "'"})


def test_a_run_that_goes_on(ledger: Ledger) -> None:
    garage = story(ledger, WEDNESDAY)
    garage.call(ANNE)
    waiting = said(garage)
    assert "Prochain regard mer. 4 mars 10 h 42:20. L'étape « promise » n'est pas encore venue." in waiting
    garage.wait(seconds=30)
    told = said(garage)
    assert "promise (SMS) : pas fait. Motif : " in told
    assert "missed (SMS) : fait. Toutes les conditions étaient réunies." in told
    assert "à l'appelant (remis au prestataire) : " in told
    garage.wait(minutes=15)
    assert "rappel, attendu mer. 4 mars" in said(garage)
    assert "Next look" in said(garage, "en")
    garage.call(ANNE, ours=True, answered=True)
    over = said(garage, "en")
    assert "recovered Wed" in over and "By our call." in over
    assert "Recovered. Somebody talked or wrote with the caller: there is nothing left to do." in over


def test_a_rule_is_named_with_its_source(ledger: Ledger) -> None:
    garage = story(ledger, WEDNESDAY)
    garage.call(ANNE)
    garage.wait(minutes=1)
    garage.write(ANNE, "STOP")
    garage.days_pass(30)
    garage.call(ANNE)
    garage.wait(minutes=1)
    found = explained(garage, "en")
    step = next(each for each in found.episodes[-1].steps if each.step == "missed")
    assert step.outcome == "refused"
    grounds = step.why[0].grounds
    assert grounds is not None
    assert (grounds.rule, grounds.basis, grounds.source_date, grounds.grade) == ("OPT-01", "law", "2026-11-22", "B")
    assert "CPCE L34-5" in grounds.source
    text = said(garage, "en")
    assert "Rule OPT-01 (law, grade B): CPCE L34-5" in text and "text: refused." in text


def test_held_out_and_switched_off(ledger: Ledger) -> None:
    garage = story(ledger, WEDNESDAY, active=False)
    garage.call(ANNE)
    garage.wait(minutes=1)
    assert (
        "missed (SMS) : pas fait. Les envois étaient éteints : aucun message n'est parti. Le reste du scénario"
        in said(garage)
    )
    assert "callback (rappel à faire) : fait." in said(garage)
    assert "SMS : permis." in said(garage)


@pytest.mark.parametrize(
    ("settings", "code", "sentence"),
    [
        (False, "no_settings", "Aucun scénario n'a commencé. La récupération n'est pas réglée"),
        (True, "not_looked_yet", "Aucun scénario n'a commencé. Le serveur n'a pas encore regardé cet appel."),
    ],
)
def test_nothing_ever_began(ledger: Ledger, settings: bool, code: str, sentence: str) -> None:
    garage = story(ledger, WEDNESDAY)
    _unfollowed(garage, settings=settings)
    assert [why.code for why in explained(garage).never] == [code]
    assert sentence in said(garage)


def test_the_call_was_learned_of_before_recovery_was_set_up(ledger: Ledger) -> None:
    garage = story(ledger, WEDNESDAY)
    body = _unfollowed(garage, settings=False)
    garage.heed()
    assert [why.code for why in explained(garage).never] == ["no_settings"]
    _tell_settings(garage, body)
    assert [why.code for why in explained(garage).never] == ["set_up_later"]
    with ledger.writing() as connection:
        connection.execute(endpoints.update().values(created_at=local("2026-03-05 00:00")))
    assert [why.code for why in explained(garage).never] == ["before_connection"]


def test_the_past_of_the_phone_system_is_left_alone(ledger: Ledger) -> None:
    garage = story(ledger, WEDNESDAY, connected=local("2026-03-04 10:40"))
    garage.call(ANNE, at=local("2026-03-04 09:00"))
    assert "Trop ancien pour agir. L'appel date d'avant le branchement de la téléphonie" in said(garage)


def test_another_business_sees_nothing_of_it(ledger: Ledger) -> None:
    garage = story(ledger, WEDNESDAY)
    garage.call(ANNE)
    with ledger.reading() as connection:
        id = connection.execute(journeys.select()).one().id
        with pytest.raises(KeyError):
            read_explanation(connection, "other", id, language=Language("fr"), key=KEY, now=garage.clock.now)


def _unfollowed(garage: Story, *, settings: bool) -> str:
    """A miss at which recovery has not looked; with ``settings`` or without. Returns the settings."""
    with garage.ledger.writing() as connection:
        body = settings_of(connection, garage.account)
        if not settings:
            connection.execute(recovery_settings.delete())
    garage.heed = lambda: None  # type: ignore[method-assign]
    garage.call(ANNE)
    del garage.heed
    assert body is not None
    return body


def _tell_settings(garage: Story, body: str) -> None:
    with garage.ledger.writing() as connection:
        write_settings(connection, garage.account, body, garage.clock.now)
