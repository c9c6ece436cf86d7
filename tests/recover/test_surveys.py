"""Surveys, told in frozen time: somebody is asked once, answers in their own words, and is counted or called."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from decroche.ledger import recovery_settings
from decroche.ledger.audit_log import COMMAND
from decroche.ledger.decisions import rulings
from decroche.ledger.erasing import request_erasure
from decroche.ledger.store import Ledger
from decroche.ledger.survey_reading import SurveyScope, counted, let_be_by_reason, surveys_page
from decroche.ledger.survey_tables import surveys
from decroche.ledger.surveys import write_wishes
from decroche.model.survey import Mood, Occasion, Question
from decroche.recover.settings import write_settings
from decroche.recover.survey import SurveyWishes
from decroche.recover.survey import write_wishes as written
from decroche.recover.workflows.places import settings_for
from decroche.recover.workflows.surveying import keep_wishes
from tests.databases import database
from tests.recover.telling import ANNE, KEY, PAUL, Story, local, story

WEDNESDAY = "2026-03-04 10:42"


def asking(ledger: Ledger, moment: str = WEDNESDAY, **wishes: Any) -> Story:
    """A garage that asks everybody how satisfied they are, half an hour after a call."""
    garage = story(ledger, moment)
    wish(garage, **wishes)
    return garage


def wish(garage: Story, site: str = "", **wishes: Any) -> None:
    chosen: dict[str, Any] = {"active": True, "questions": (Question.SATISFACTION,), "share": 1.0}
    with garage.ledger.writing() as connection:
        body = written(SurveyWishes(**chosen | wishes))
        write_wishes(connection, garage.account, site, body, garage.clock.now)


def rows(garage: Story) -> list[Any]:
    with garage.ledger.reading() as connection:
        return list(connection.execute(sa.select(surveys).order_by(surveys.c.ended_at, surveys.c.id)))


def values(garage: Story, **scope: Any) -> Mapping[Question, Mapping[int, int]]:
    now = garage.clock.now
    with garage.ledger.reading() as connection:
        found = counted(
            connection, garage.account, since=now - timedelta(days=60), until=now + timedelta(days=1),
            scope=SurveyScope(**scope),
        )  # fmt: skip
    return found[""].values if found else {}


def ruled(garage: Story) -> dict[str, Any]:
    """The last ruling of the log."""
    with garage.ledger.reading() as connection:
        *_, last = rulings(connection, garage.account)
    found: dict[str, Any] = json.loads(last.body)
    return found


def talk(garage: Story, person: int = ANNE) -> None:
    garage.call(person, answered=True, lasts=90)


def test_asked_answered_counted(ledger: Ledger) -> None:
    garage = asking(ledger)
    talk(garage)
    garage.wait(minutes=29)
    assert garage.sent == []
    garage.wait(minutes=1)
    (text,) = garage.sent
    assert text.startswith("Garage Martin : ") and "De 1 à 5" in text and "STOP" in text
    garage.write(ANNE, "5 merci")
    assert values(garage) == {Question.SATISFACTION: {5: 1}}
    (survey,) = rows(garage)
    assert (survey.state, survey.mood, survey.after) == ("answered", "ambassador", "call")
    assert garage.work() == []
    assert ruled(garage)["purpose"] == "survey"
    garage.write(ANNE, "1")
    assert values(garage) == {Question.SATISFACTION: {5: 1}}
    assert [item.kind for item in garage.work()] == ["reply"]


@pytest.mark.hard
def test_a_business_that_never_asked_for_it_asks_nobody(ledger: Ledger) -> None:
    garage = story(ledger, WEDNESDAY)
    talk(garage)
    garage.wait(days=2)
    wish(garage, active=False)
    talk(garage, PAUL)
    garage.wait(days=2)
    assert garage.sent == [] and rows(garage) == []


@pytest.mark.hard
def test_a_bad_answer_is_work_for_a_person_and_no_other_text(ledger: Ledger) -> None:
    garage = asking(ledger, questions=(Question.RECOMMEND,))
    talk(garage)
    garage.wait(minutes=31)
    garage.write(ANNE, "3/10")
    (item,) = garage.work()
    assert (item.kind, item.person, item.state) == ("callback", ANNE, "open") and item.due_at is not None
    (survey,) = rows(garage)
    assert (survey.mood, survey.item_id) == ("detractor", item.id)
    garage.wait(days=10)
    assert len(garage.sent) == 1
    with ledger.reading() as connection:
        (found,), more = surveys_page(connection, garage.account, mood=Mood.DETRACTOR)
        assert (found["person"], found["values"], more) == (ANNE, {Question.RECOMMEND: 3}, None)
        assert found["item_state"] == "open"
        assert surveys_page(connection, garage.account, mood=Mood.AMBASSADOR)[0] == []


@pytest.mark.hard
def test_stop_is_heard_before_any_answer(ledger: Ledger) -> None:
    garage = asking(ledger)
    talk(garage)
    garage.wait(minutes=31)
    garage.write(ANNE, "STOP")
    assert len(garage.sent) == 2 and "REPRENDRE" in garage.sent[1]
    assert values(garage) == {}
    garage.wait(days=100)
    talk(garage)
    garage.wait(days=1)
    assert len(garage.sent) == 2
    assert rows(garage)[-1].why == "OPT-01"


@pytest.mark.hard
@pytest.mark.parametrize(
    ("said", "kinds", "counts"),
    [
        ("5 mais rappelez-moi", ["reply"], True),
        ("4 RAPPEL", ["callback"], True),
        ("5 arret", [], True),
        ("ne m'écrivez plus", ["refusal"], False),
        ("RAPPEL", ["callback"], False),
        ("Je veux un rdv à 9 h", ["reply"], False),
        ("oui", ["reply"], False),
    ],
)
def test_nothing_that_a_person_asks_for_is_swallowed(ledger: Ledger, said: str, kinds: list[str], counts: bool) -> None:
    garage = asking(ledger)
    talk(garage)
    garage.wait(minutes=31)
    garage.write(ANNE, said)
    assert [item.kind for item in garage.work()] == kinds
    assert bool(values(garage)) is counts
    if said.endswith("arret"):
        assert "REPRENDRE" in garage.sent[-1]


@pytest.mark.hard
def test_quiet_hours_wait_for_the_morning(ledger: Ledger) -> None:
    garage = asking(ledger, "2026-03-04 21:15")
    talk(garage)
    garage.until("2026-03-05 07:59")
    assert garage.sent == []
    garage.until("2026-03-05 08:01")
    assert len(garage.sent) == 1


@pytest.mark.hard
def test_a_second_survey_is_refused_for_ninety_days(ledger: Ledger) -> None:
    garage = asking(ledger)
    talk(garage)
    garage.wait(days=1)
    assert len(garage.sent) == 1
    garage.days_pass(40)
    talk(garage)
    garage.wait(days=1)
    assert len(garage.sent) == 1
    assert [row.why for row in rows(garage)] == [None, "asked_lately"]
    account, until = garage.account, garage.clock.now
    since, elsewhere = until - timedelta(days=60), SurveyScope(within=("Elsewhere",))
    with ledger.reading() as connection:
        assert let_be_by_reason(connection, account, since=since, until=until) == {"asked_lately": 1}
        assert let_be_by_reason(connection, account, since=since, until=until, scope=elsewhere) == {}
    garage.days_pass(60)
    talk(garage)
    garage.wait(days=1)
    assert len(garage.sent) == 2


@pytest.mark.hard
def test_chance_chooses_a_stated_share_for_ever(ledger: Ledger) -> None:
    garage = asking(ledger, share=0.3)
    people = range(33611111111, 33611111171)
    for person in people:
        talk(garage, person)
    garage.wait(hours=2)
    asked = {text.person for text in garage.texts()}
    assert 8 <= len(asked) <= 30
    with ledger.reading() as connection:
        assert let_be_by_reason(connection, garage.account, since=garage.clock.now, until=garage.clock.now) == {}


@pytest.mark.hard
def test_never_on_top_of_a_recovery_text(ledger: Ledger) -> None:
    """Missed, texted at 10:42, reached at 10:50: she is asked a day after the text, and not before."""
    garage = asking(ledger)
    garage.call(ANNE)
    garage.wait(minutes=8)
    assert len(garage.sent) == 1
    garage.call(ANNE, ours=True, answered=True, lasts=60)
    assert garage.journey().recovered_by == "our_call"
    garage.until("2026-03-05 10:41")
    assert len(garage.sent) == 1
    garage.until("2026-03-05 10:45")
    assert len(garage.sent) == 2 and "De 1 à 5" in garage.sent[1]


@pytest.mark.hard
def test_who_waits_for_us_is_asked_nothing(ledger: Ledger) -> None:
    garage = asking(ledger)
    talk(garage)
    garage.wait(minutes=10)
    garage.call(ANNE)
    garage.wait(days=4)
    assert not any("De 1 à 5" in text for text in garage.sent)
    assert [row.why for row in rows(garage)] == ["waits"]


@pytest.mark.hard
def test_calls_that_we_place_count_only_when_they_met_a_need(ledger: Ledger) -> None:
    garage = asking(ledger)
    garage.call(PAUL, ours=True, answered=True, lasts=60)
    garage.call(ANNE, answered=True, lasts=25)
    garage.wait(days=1)
    assert garage.sent == [] and rows(garage) == []


@pytest.mark.hard
def test_several_questions_in_one_text_and_the_rest_later(ledger: Ledger) -> None:
    garage = asking(ledger, questions=(Question.SATISFACTION, Question.COMPETENCE, Question.SOLVED))
    talk(garage)
    garage.wait(minutes=31)
    assert "1) " in garage.sent[0] and "3) " in garage.sent[0]
    garage.write(ANNE, "4 5")
    assert rows(garage)[0].state == "asked"
    garage.write(ANNE, "non")
    assert values(garage) == {
        Question.SATISFACTION: {4: 1}, Question.COMPETENCE: {5: 1}, Question.SOLVED: {0: 1},
    }  # fmt: skip
    assert rows(garage)[0].mood == "detractor"
    assert [item.kind for item in garage.work()] == ["callback"]


@pytest.mark.hard
def test_after_a_conversation_with_a_machine(ledger: Ledger) -> None:
    """She answers RAPPEL, is promised a call, and gets it: then she is asked about the exchange."""
    garage = asking(ledger, after=(Occasion.CONVERSATION,))
    garage.call(ANNE)
    garage.wait(minutes=2)
    garage.write(ANNE, "RAPPEL")
    garage.wait(minutes=20)
    garage.call(ANNE, ours=True, answered=True, lasts=60)
    garage.wait(days=2)
    (survey,) = rows(garage)
    assert (survey.after, survey.state) == ("conversation", "asked")
    assert "De 1 à 5" in garage.sent[-1]


@pytest.mark.hard
def test_words_that_sell_make_no_survey(ledger: Ledger) -> None:
    garage = asking(ledger)
    body = '[[text]]\nname = "survey"\nbody = "{business} : -10 % dès demain ! {questions} STOP = plus de SMS."\n'
    with ledger.writing() as connection:
        recovery_settings.write_words(connection, garage.account, "fr", body, garage.clock.now)
    talk(garage)
    garage.wait(days=1)
    assert garage.sent == []
    assert [row.why for row in rows(garage)] == ["promotional"]
    assert ruled(garage)["treated_as"] == "promotion"


@pytest.mark.hard
def test_a_site_may_ask_something_else_or_nothing(ledger: Ledger) -> None:
    garage = asking(ledger)
    wish(garage, site="Lyon", active=False)
    talk(garage)
    garage.wait(hours=1)
    assert len(garage.sent) == 1
    assert values(garage, site="Lyon") == {}


@pytest.mark.hard
def test_switched_off_meanwhile(ledger: Ledger) -> None:
    garage = asking(ledger)
    talk(garage)
    wish(garage, active=False)
    garage.wait(days=1)
    assert garage.sent == [] and rows(garage)[0].why == "off"


@pytest.mark.hard
@pytest.mark.parametrize(("connected", "why"), [("09:00", "before_connection"), ("07:00", "before_on")])
def test_what_was_before_is_not_asked_about(ledger: Ledger, connected: str, why: str) -> None:
    """The phone system tells at 10:42 of a call of 8:30; surveys were switched on at 8:00, or at 10:42."""
    garage = story(ledger, WEDNESDAY, connected=local(f"2026-03-04 {connected}"))
    garage.clock.now = local("2026-03-04 08:00" if why == "before_connection" else WEDNESDAY)
    wish(garage)
    garage.clock.now = local(WEDNESDAY)
    garage.call(ANNE, answered=True, lasts=90, at=local("2026-03-04 08:30"))
    garage.wait(days=1)
    assert garage.sent == []
    since, until = garage.clock.now - timedelta(days=3), garage.clock.now
    with ledger.reading() as connection:
        assert let_be_by_reason(connection, garage.account, since=since, until=until) == {why: 1}


@pytest.mark.hard
def test_other_wishes_do_not_begin_anew_and_switching_on_does(ledger: Ledger) -> None:
    garage = story(ledger, WEDNESDAY)

    def keep(*, active: bool, apart: int) -> None:
        wanted = SurveyWishes(active=active, share=1.0, apart_days=apart)
        with ledger.writing() as connection:
            keep_wishes(connection, garage.account, "", wanted, garage.clock.now)

    keep(active=True, apart=90)
    talk(garage)
    garage.wait(minutes=10)
    keep(active=True, apart=60)
    garage.wait(hours=1)
    assert len(garage.sent) == 1
    talk(garage, PAUL)
    garage.wait(minutes=5)
    keep(active=False, apart=60)
    garage.wait(minutes=5)
    keep(active=True, apart=60)
    garage.wait(hours=1)
    assert len(garage.sent) == 1 and rows(garage)[-1].why == "before_on"


@pytest.mark.hard
def test_who_calls_between_writing_and_sending_is_asked_later(ledger: Ledger) -> None:
    """The question waits for a provider; meanwhile she calls and is missed: she is asked a day after our text."""
    garage = asking(ledger)
    with ledger.reading() as connection:
        whole = settings_for(connection, garage.account)
    nobody_sends = msgspec.structs.replace(whole, ways=())
    with ledger.writing() as connection:
        recovery_settings.write_settings(connection, garage.account, write_settings(nobody_sends), garage.clock.now)
    talk(garage)
    garage.wait(minutes=35)
    assert rows(garage)[0].state == "asked" and garage.sent == []
    garage.call(ANNE)
    with ledger.writing() as connection:
        recovery_settings.write_settings(connection, garage.account, write_settings(whole), garage.clock.now)
    garage.wait(minutes=20)
    assert not any("De 1 à 5" in text for text in garage.sent) and rows(garage)[0].state == "planned"
    garage.call(ANNE, ours=True, answered=True, lasts=60)
    garage.wait(days=2)
    assert [("De 1 à 5" in text) for text in garage.sent] == [False, True]


@pytest.mark.hard
def test_after_another_text_of_ours_an_answer_is_one_to_that(ledger: Ledger) -> None:
    garage = asking(ledger)
    talk(garage)
    garage.wait(minutes=31)
    garage.call(ANNE)
    garage.wait(minutes=1)
    assert len(garage.sent) == 2
    garage.write(ANNE, "2")
    assert values(garage) == {}


@pytest.mark.hard
def test_who_asks_to_be_forgotten_is_asked_nothing_and_stays_a_figure(ledger: Ledger) -> None:
    garage = asking(ledger)
    talk(garage)
    talk(garage, PAUL)
    garage.wait(minutes=31)
    garage.write(ANNE, "5")
    with ledger.writing() as connection:
        for person in (ANNE, PAUL):
            request_erasure(connection, garage.account, person, key=KEY, by=COMMAND, now=garage.clock.now)
    assert all(row.person < 0 for row in rows(garage))
    assert values(garage) == {Question.SATISFACTION: {5: 1}}
    with ledger.reading() as connection:
        assert surveys_page(connection, garage.account, mood=Mood.AMBASSADOR)[0] == []
    talk(garage)
    garage.wait(days=1)
    assert len(garage.sent) == 3


@pytest.mark.hard
def test_whatever_dies_she_is_asked_once() -> None:
    """The process dies at every boundary of every step: one survey, one answer, one thing to do."""
    from tests.recover.test_crash_matrix import Died, Mortal, forget_all

    with database("sqlite") as url:
        ledger = Mortal(url)

        def live(dies_at: int) -> Story:
            garage = asking(ledger)
            garage.provider.passes = ledger.boundary
            ledger.passed, ledger.dies_at = 0, dies_at
            scenes: tuple[Callable[[], None], ...] = (
                lambda: talk(garage),
                lambda: garage.until("2026-03-04 11:20"),
                lambda: garage.write(ANNE, "1"),
                lambda: garage.until("2026-03-05 12:00"),
            )
            for scene in scenes:
                told = garage.told
                try:
                    scene()
                except Died:
                    garage.start()
                    garage.told = told
                    scene()
            return garage

        live(-1)
        boundaries = ledger.passed
        assert boundaries > 8
        kept = sa.MetaData()
        kept.reflect(ledger.engine, only=lambda name, _: name != "alembic_version")
        for dies_at in range(1, boundaries + 1):
            forget_all(ledger, kept)
            garage = live(dies_at)
            assert len(garage.sent) == 1, dies_at
            assert values(garage) == {Question.SATISFACTION: {1: 1}}, dies_at
            assert [item.kind for item in garage.work(state="open")] == ["callback"], dies_at
        ledger.close()
