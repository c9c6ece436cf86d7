"""An experiment whose hits are opportunities or sales of the CRM: within the window, and only after the draw."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from decroche.connector_kit.crm import Deal, DealState
from decroche.ledger.opener_trials import Success, begin_trial, read_trial
from decroche.ledger.opportunities import Told, keep_told
from decroche.ledger.store import Ledger
from decroche.prove.experiments import Verdict
from decroche.prove.service_trials import trial_shown
from decroche.recover.service_openers import give_opener
from decroche.understand.matching import Doubt, How, Match
from tests.ledger.business import shop
from tests.ledger.stories import NOW, START

pytestmark = pytest.mark.hard
KEY = b"k" * 32
DAY = timedelta(days=1)
FIRST = 33639980000
ARMS = (("today", "Bonjour"), ("question", "Une minute ?"))


def deal(ref: str, person: int | None, days: float, *, won: bool = False, doubt: bool = False) -> Told:
    opened = START + days * DAY
    match = Match(doubt=next(iter(Doubt))) if doubt else Match(person=person, how=How.NUMBER)
    return Told(
        deal=Deal(
            ref=ref, changed_at=opened, opened_at=opened, state=DealState.WON if won else DealState.OPEN,
            closed_at=opened + DAY if won else None, amount=Decimal(100),
        ),
        match=match,
    )  # fmt: skip


def test_opportunities_are_the_hits(ledger: Ledger) -> None:
    place = shop(ledger)
    arm_of: dict[int, str] = {}
    with ledger.writing() as connection:
        for success in Success:
            begin_trial(
                connection, place.account, name=success.value, arms=ARMS, base=0.1, changed=0.4, window_days=7,
                success=success, now=START,
            )  # fmt: skip
        for success in Success:
            trial = read_trial(connection, place.account, success.value)
            assert trial.success is success
            for person in range(FIRST, FIRST + 400):
                arm, _ = give_opener(connection, place.account, trial, person, key=KEY, now=START + DAY)
                if success is Success.OPPORTUNITY:
                    arm_of[person] = arm
        told = []
        for place_of, (person, arm) in enumerate(sorted(arm_of.items())):
            # One in two of the new opener, one in ten of today's, two days after the draw; half of them buy.
            if place_of % (2 if arm == "question" else 10) == 0:
                told.append(deal(f"a{person}", person, 3, won=place_of % 4 == 0))
            else:
                # Before the draw, too late, or nobody's for certain: no hits.
                told.append(deal(f"b{person}", person, (0.5, 9, 3)[place_of % 3], doubt=place_of % 3 == 2))
        keep_told(connection, place.account, "file", told, now=NOW, currency="EUR")
    with ledger.reading() as connection:
        shown = {
            success: trial_shown(
                connection, place.account, read_trial(connection, place.account, success.value), now=START + 20 * DAY,
                key=KEY,
            )
            for success in Success
        }  # fmt: skip
    opened = {arm.name: arm for arm in shown[Success.OPPORTUNITY].standing.arms}
    expected = {
        name: sum(
            arm == name and place_of % (2 if arm == "question" else 10) == 0
            for place_of, (_, arm) in enumerate(sorted(arm_of.items()))
        )
        for name in opened
    }
    assert {name: arm.rate.numerator for name, arm in opened.items()} == expected
    assert sum(arm.rate.denominator for arm in opened.values()) == 400
    first = shown[Success.OPPORTUNITY].first
    assert first is not None and first.verdict is Verdict.BETTER
    sold = sum(arm.rate.numerator for arm in shown[Success.SALE].standing.arms)
    assert 0 < sold < sum(expected.values())
    assert all(arm.rate.numerator == 0 for arm in shown[Success.TOLD].standing.arms)
