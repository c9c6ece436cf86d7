"""Recovery proved from the ledger: figures of a period, a hold-out with its verdict, and what a next one would cost."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from decroche.ledger.recovery_tables import people
from decroche.ledger.store import Ledger
from decroche.model.figures import Rate
from decroche.model.money import Money
from decroche.prove.experiments import Verdict
from decroche.prove.outcomes import Outcome
from decroche.prove.service import Proof, prove
from decroche.recover.fingerprints import account_key
from tests.recover.quarter import BEGIN, KEY, garage, write_quarter
from tests.recover.telling import ANNE, PAUL, local, story

DAY = timedelta(days=1)


def proved(
    ledger: Ledger,
    account: str,
    *,
    now: datetime,
    since: datetime = BEGIN - 400 * DAY,
    site: str | None = None,
    value: Money | None = None,
) -> Proof:
    key = account_key(KEY, account)
    return prove(ledger, account, since=since, until=now, now=now, key=key, site=site, value=value)


def test_a_quarter_with_a_hold_out_has_its_verdict(ledger: Ledger) -> None:
    account = garage(ledger)
    write_quarter(ledger, account, a_day=25, days=60, base=0.2, changed=0.4, share=0.5)
    found = proved(ledger, account, now=BEGIN + 70 * DAY, value=Money.of(120, "EUR"))
    (experiment,) = found.experiments
    standing = experiment.standing
    assert (experiment.log.name, experiment.left_out) == ("holdout-0.5", 0)
    assert standing.people.n == 1500 == found.figures.journeys
    assert standing.reached is not None and standing.reached.verdict is Verdict.BETTER
    assert BEGIN + 7 * DAY < standing.reached.at < BEGIN + 60 * DAY
    assert standing.people.difference.low is not None and standing.people.difference.high is not None
    assert standing.people.difference.low < 0.2 < standing.people.difference.high
    assert set(standing.people.control.by) == {"reply"} and set(standing.people.treated.by) == {"our_call"}
    money = standing.money
    assert money is not None
    assert money.per_caller.middle == pytest.approx(120 * standing.people.difference.middle)
    recovered = standing.people.control.recovered + standing.people.treated.recovered
    assert found.figures.recovered == Rate(recovered, 1500)
    assert found.figures.counts[Outcome.BY_US] == standing.people.treated.recovered


def test_nothing_went_out_to_some_and_they_still_count_where_they_were_drawn(ledger: Ledger) -> None:
    """A landline was drawn for a text, and got none: it stays in the arm of the texted."""
    told = story(ledger, "2026-03-04 10:42", holdout=0.5)
    landlines = range(33478000000, 33478000008)
    for person in landlines:
        told.call(person)
    told.days_pass(9)
    assert told.sent == []
    (experiment,) = proved(ledger, told.account, now=told.clock.now).experiments
    people_ = experiment.standing.people
    assert people_.treated.callers + people_.control.callers == 8
    assert people_.treated.callers == experiment.log.drawn["act"] > 0
    assert people_.verdict is Verdict.NOT_YET and people_.difference.low is None


def test_what_the_real_workflows_did_is_counted_and_timed(ledger: Ledger) -> None:
    """Wednesday 17:40: Anne is texted at once and reached on Thursday at 9; Paul comes back; another never does."""
    told = story(ledger, "2026-03-04 17:40")
    for person in (ANNE, PAUL, 33633333333):
        told.call(person, lasts=60)
    told.until("2026-03-04 17:50")
    told.call(PAUL, answered=True, lasts=60)
    told.until("2026-03-05 09:00")
    told.call(ANNE, ours=True, answered=True, lasts=60)
    told.days_pass(8)
    told.call(33644444444, lasts=60)
    found = proved(ledger, told.account, now=told.clock.now + timedelta(seconds=1))
    counts = {kind: n for kind, n in found.figures.counts.items() if n}
    assert counts == {Outcome.BY_US: 1, Outcome.BY_THEIR_OWN_RETURN: 1, Outcome.NOT: 1, Outcome.UNDECIDED: 1}
    assert found.figures.recovered == Rate(2, 3)
    assert found.figures.to_attempt.happened == Rate(3, 4)
    assert found.figures.to_attempt.elapsed_min == pytest.approx(1.5, rel=1e-3)
    contact = found.figures.to_contact
    # Paul after 10 minutes; Anne after 15 h 20, of which 21 minutes of Wednesday and 59 of Thursday were open.
    assert contact.elapsed_min == pytest.approx((10 + 920) / 2)
    assert contact.business_min == pytest.approx((10 + 80) / 2)
    assert found.hours_told and found.experiments == ()
    assert (found.promises.n, found.listening.left) == (0, 0)
    begin = local("2026-03-05 00:00")
    assert proved(ledger, told.account, now=told.clock.now, since=begin).figures.journeys == 1


def test_a_site_narrows_the_journeys_and_not_the_experiment(ledger: Ledger) -> None:
    account = garage(ledger)
    write_quarter(ledger, account, a_day=10, days=20, base=0.2, changed=0.4, share=0.5)
    found = proved(ledger, account, now=BEGIN + 30 * DAY, site="Lyon")
    assert found.figures.journeys == 100
    assert found.experiments[0].standing.people.n == 200


def test_the_pace_is_of_those_before_recovery_where_they_are_enough(ledger: Ledger) -> None:
    account = garage(ledger)
    write_quarter(ledger, account, a_day=10, days=28, base=0.0, changed=0.3, share=0, begin=BEGIN - 40 * DAY)
    before = proved(ledger, account, now=BEGIN - 12 * DAY).pace
    assert before.before and before.base.denominator == 210 and before.callers_per_day == pytest.approx(10)
    write_quarter(
        ledger, account, a_day=10, days=28, base=0.3, changed=0.6, share=0.1, first_person=33700000000, seed=2
    )
    after = proved(ledger, account, now=BEGIN + 28 * DAY).pace
    assert after.before and after.base.denominator == 280
    other = garage(ledger, "clinic")
    assert proved(ledger, other, now=BEGIN).pace.base == Rate(0, 0)
    write_quarter(ledger, other, a_day=10, days=28, base=0.3, changed=0.6, share=0.1, first_person=33800000000, seed=2)
    lately = proved(ledger, other, now=BEGIN + 28 * DAY).pace
    assert not lately.before and lately.base.value is not None and lately.base.value > 0.5


def test_a_person_has_their_own_value(ledger: Ledger) -> None:
    account = garage(ledger)
    write_quarter(ledger, account, a_day=10, days=20, base=1.0, changed=1.0, share=0.5)
    with ledger.writing() as connection:
        row = {"account_id": account, "person": 33600000000, "value": 5000.0}
        connection.execute(sa.insert(people).values(**row))
    money = proved(ledger, account, now=BEGIN + 30 * DAY, value=Money.of(100, "EUR")).experiments[0].standing.money
    plain = proved(ledger, account, now=BEGIN + 30 * DAY).experiments[0].standing
    assert money is not None and plain.money is None
    arms = plain.people
    amounts = [money.per_caller.middle * arms.treated.callers, money.per_caller.middle * arms.control.callers]
    assert any(abs(amount) == pytest.approx(4900) for amount in amounts)


def test_nobody_is_an_account(ledger: Ledger) -> None:
    with pytest.raises(KeyError):
        proved(ledger, "nobody", now=BEGIN)
