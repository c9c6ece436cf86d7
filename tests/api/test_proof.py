"""What recovery brought, through the API: every figure with what it is of, and nothing of another business."""

from __future__ import annotations

from datetime import timedelta

from decroche.ledger.recovery_settings import write_settings as keep
from decroche.recover.settings import RecoverySettings, write_settings
from tests.api.serving import NOW, READ, Served
from tests.recover.quarter import BEGIN, write_quarter

DAY = timedelta(days=1)


def test_the_figures_of_a_period_say_what_they_are_of(api: Served) -> None:
    found = api.get("/recovery/proof")
    assert found["journeys"] == 1 and found["hours_told"]
    assert {each["outcome"]: each["n"] for each in found["outcomes"]}["undecided"] == 1
    assert (found["recovered"]["numerator"], found["recovered"]["denominator"]) == (0, 0)
    assert found["recovered"]["rate"] is None and found["recovered"]["definition"]
    assert found["to_attempt"]["happened"]["denominator"] == 1
    assert (found["promises_kept"]["denominator"], found["voicemails_heard"]["denominator"]) == (0, 0)
    assert found["experiments"] == []
    assert found["proposal"]["decision"] == "not_measured"
    earlier = api.get("/recovery/proof", until=(NOW - DAY).isoformat())
    assert earlier["journeys"] == 0
    assert api.get("/recovery/proof", site="nowhere")["journeys"] == 0


def test_a_hold_out_has_its_interval_its_money_and_its_verdict(api: Served) -> None:
    account = api.mine.account
    write_quarter(api.ledger, account, a_day=25, days=60, base=0.2, changed=0.45, share=0.5)
    with api.ledger.writing() as connection:
        settings = RecoverySettings(holdout=0.5, value=120.0, currency="EUR")
        keep(connection, account, write_settings(settings), NOW)
    api.now = BEGIN + 70 * DAY
    found = api.get("/recovery/proof")
    (experiment,) = found["experiments"]
    assert experiment["verdict"] == "better" == experiment["reached"]["verdict"]
    assert experiment["says"] == "The remedy recovers more callers: that is established."
    assert 0 < experiment["difference"]["low"] < 0.25 < experiment["difference"]["high"]
    assert experiment["control"]["callers"] + experiment["treated"]["callers"] == experiment["n"] == 1500
    assert experiment["money"]["currency"] == "EUR"
    assert experiment["money"]["incremental"]["middle"] > 0
    assert found["proposal"] is None, "one is on"
    theirs = api.client(READ, of=api.other).get("/recovery/proof").json()
    assert (theirs["experiments"], theirs["journeys"]) == ([], 0)


def test_without_a_hold_out_one_is_proposed_with_its_cost(api: Served) -> None:
    write_quarter(api.ledger, api.mine.account, a_day=40, days=20, base=0.0, changed=0.2, share=0)
    api.now = BEGIN + 20 * DAY
    with api.ledger.writing() as connection:
        keep(connection, api.mine.account, write_settings(RecoverySettings(value=120.0)), NOW)
    proposal = api.get("/recovery/proof")["proposal"]
    assert proposal["decision"] == "proposed" and proposal["share"] == 0.1
    assert proposal["recoveries"]["low"] < proposal["recoveries"]["mean"] < proposal["recoveries"]["high"]
    assert proposal["money"]["mean"] > 1000 and proposal["currency"] == "EUR"
    assert "left without a text" in proposal["says"] and "10%" in proposal["says"]
    assert proposal["base"]["denominator"] == 520 and "before the first text" in proposal["base"]["definition"]
