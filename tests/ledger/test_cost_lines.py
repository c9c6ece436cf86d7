"""Cost lines and trials are kept exactly, once, and by one business only."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from decroche.ledger.cost_lines import (
    NoSuchLine,
    add_line,
    add_lines,
    count_lines,
    end_line,
    page_of_lines,
    read_line,
    read_lines,
    remove_line,
)
from decroche.ledger.opener_trials import (
    NameTaken,
    NoSuchTrial,
    NotDrawn,
    TrialOver,
    begin_trial,
    draws_of,
    end_trial,
    note_draw,
    note_hit,
    read_trial,
    trials_of,
)
from decroche.ledger.setting_up import add_account
from decroche.ledger.store import Ledger
from decroche.model.cost import Among, BadCostLine, CostKind, CostLine, Key, Nature, Rhythm, Sharing
from decroche.model.money import Money
from decroche.recover.service_openers import give_opener, it_worked
from tests.ledger.stories import NOW

pytestmark = pytest.mark.hard
LINE = CostLine(
    kind=CostKind.TRAINING,
    label="=HYPERLINK()",
    amount=Money(Decimal("0.10"), "EUR"),
    rhythm=Rhythm.MONTHLY,
    begins=date(2026, 1, 1),
    ends=date(2026, 3, 31),
    nature=Nature.INDIRECT,
    per_call=True,
    sharing=Sharing(among=Among.SITE, key=Key.FIXED, shares={"Lyon": 0.1, "Nice": 0.7}),
)
OPEN = CostLine(
    kind=CostKind.SALARIES,
    label="Accueil",
    amount=Money.of(9000, "EUR"),
    rhythm=Rhythm.MONTHLY,
    begins=date(2026, 2, 1),
)
KEY = b"a key of the fingerprints of this server"


def account(ledger: Ledger, name: str) -> str:
    with ledger.writing() as connection:
        return add_account(connection, name=name, country="FR", zone="Europe/Paris", language="fr", now=NOW)


def test_a_line_comes_back_as_it_was_and_nobody_else_sees_it(ledger: Ledger) -> None:
    mine, other = account(ledger, "mine"), account(ledger, "other")
    with ledger.writing() as connection:
        id = add_line(connection, mine, LINE, now=NOW)
        add_line(connection, mine, OPEN, now=NOW)
    with ledger.reading() as connection:
        assert read_line(connection, mine, id).line == LINE
        assert [each.line for each in read_lines(connection, mine)] == [LINE, OPEN]
        april = read_lines(connection, mine, begin=date(2026, 4, 1), end=date(2026, 5, 1))
        assert [each.line for each in april] == [OPEN]
        january = read_lines(connection, mine, begin=date(2026, 1, 1), end=date(2026, 2, 1))
        assert [each.line for each in january] == [LINE]
        assert read_lines(connection, other) == [] and page_of_lines(connection, other, limit=9) == ([], False)
        first, more = page_of_lines(connection, mine, limit=1)
        assert [each.line for each in first] == [LINE] and more
        second, more = page_of_lines(connection, mine, after=first[0].id, limit=1)
        assert [each.line for each in second] == [OPEN] and not more
        assert (count_lines(connection, mine), count_lines(connection, other)) == (2, 0)
        with pytest.raises(NoSuchLine):
            read_line(connection, other, id)
    with ledger.writing() as connection:
        with pytest.raises(NoSuchLine):
            end_line(connection, other, id, date(2026, 5, 1))
        with pytest.raises(NoSuchLine):
            remove_line(connection, other, id)
        with pytest.raises(BadCostLine):
            end_line(connection, mine, id, date(2025, 12, 31))
        end_line(connection, mine, id, date(2026, 2, 10))
        assert read_line(connection, mine, id).line.ends == date(2026, 2, 10)
        assert remove_line(connection, mine, id).line.label == LINE.label
        assert len(read_lines(connection, mine)) == 1


def test_a_file_that_is_imported_again_adds_nothing(ledger: Ledger) -> None:
    mine, other = account(ledger, "mine"), account(ledger, "other")
    with ledger.writing() as connection:
        assert add_lines(connection, mine, [LINE, OPEN, OPEN], source="a.csv", now=NOW) == 3
        assert add_lines(connection, mine, [OPEN, LINE, OPEN], source="b.csv", now=NOW) == 0
        assert add_lines(connection, mine, [OPEN, OPEN, OPEN], source="c.csv", now=NOW) == 1
        assert add_lines(connection, other, [LINE], source="a.csv", now=NOW) == 1
        assert len(read_lines(connection, mine)) == 4


def test_a_person_gets_one_opener_for_good_and_counts_once(ledger: Ledger) -> None:
    mine, other = account(ledger, "mine"), account(ledger, "other")
    arms = [("today", "Bonjour"), ("question", "Avez-vous une minute ?")]
    given = {"name": "Ouverture", "arms": arms, "base": 0.03, "changed": 0.04, "window_days": 7}
    with ledger.writing() as connection:
        id = begin_trial(connection, mine, **given, now=NOW)  # type: ignore[arg-type]
        with pytest.raises(NameTaken):
            begin_trial(connection, mine, **given, now=NOW)  # type: ignore[arg-type]
        trial = read_trial(connection, mine, "Ouverture")
        assert (trial.id, trial.arms) == (id, tuple(arms))
        people = range(33_639_980_000, 33_639_980_200)
        first = {
            person: give_opener(connection, mine, trial, person, key=KEY, site="Lyon", now=NOW) for person in people
        }
        assert first == {person: give_opener(connection, mine, trial, person, key=KEY, now=NOW) for person in people}
        assert 70 < sum(arm == "today" for arm, _ in first.values()) < 130
        it_worked(connection, mine, trial, people[0], key=KEY, now=NOW)
        with pytest.raises(NotDrawn):
            it_worked(connection, mine, trial, 33_600_000_001, key=KEY, now=NOW)
        with pytest.raises(NotDrawn):
            note_hit(connection, other, trial, b"x", now=NOW)
        drawn = draws_of(connection, mine, id)
        assert len(drawn) == 200 and sum(each.hit_at is not None for each in drawn) == 1
        assert {each.site for each in drawn} == {"Lyon"}
        assert trials_of(connection, other) == [] and draws_of(connection, other, id) == []
        with pytest.raises(NoSuchTrial):
            end_trial(connection, other, id, now=NOW)
        end_trial(connection, mine, id, now=NOW)
        over = read_trial(connection, mine, id)
        assert over.ended_at == NOW
        assert give_opener(connection, mine, over, people[0], key=KEY, now=NOW) == first[people[0]]
        with pytest.raises(TrialOver):
            note_draw(connection, mine, over, b"new", "today", site="", now=NOW)
