"""What is done next for a missed caller, and why: the policy, step by step, on one simple playbook."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decroche.model.call import MissedReason
from decroche.model.hours import HourClass, OpeningHours
from decroche.recover.playbook import Act, Playbook, Situation
from decroche.recover.playbook_toml import read_playbook, shipped
from decroche.recover.policy import Do, End, Ending, Office, Outcome, Past, Skip, Standing, Wait, next_action
from decroche.rules.outreach import Known, OptOut
from decroche.understand.hours import parse_week

PARIS = ZoneInfo("Europe/Paris")
OFFICE = Office(
    country="FR",
    zone="Europe/Paris",
    hours=OpeningHours(week=parse_week("mon-fri 08:00-18:00")),
    connected_at=datetime(2026, 1, 1, tzinfo=UTC),
)
PLAYBOOK = read_playbook("""
name = "short"
title = { fr = "Court" }

[[step]]
name = "missed"
act = "text"
after = "30 s"
template = "missed"

[[step]]
name = "reply"
act = "wait"
wait = "10 min"
business = true
when = { texted = true }

[[step]]
name = "callback"
act = "callback"
to = "role:reception"
within = "30 min"

[[step]]
name = "owner"
act = "escalate"
to = "role:owner"
when = { tried = false }

[[step]]
name = "end"
act = "close"
""")
#: Wednesday 4 March 2026, 10:42 in Lyon.
MISSED = datetime(2026, 3, 4, 9, 42, tzinfo=UTC)
CALM = Situation(reason=MissedReason.NO_ANSWER, hour_class=HourClass.OPEN)


def standing(**more: Any) -> Standing:
    found: dict[str, Any] = {
        "missed_at": MISSED,
        "learned_at": MISSED + timedelta(seconds=1),
        "due_at": MISSED + timedelta(seconds=1),
        "person": 33611111111,
        "situation": CALM,
        "known": Known(),
    }
    return Standing(**found | more)


def after(seconds: float) -> datetime:
    return MISSED + timedelta(seconds=seconds)


def ask(found: Standing, now: datetime, playbook: Playbook = PLAYBOOK, office: Office = OFFICE) -> Any:
    return next_action(found, playbook, office, now=now)


def done(seconds: float, **more: Any) -> Past:
    found: dict[str, Any] = {"outcome": Outcome.DONE, "over_at": after(seconds)}
    return Past(**found | more)


def codes(action: Any) -> list[str]:
    return [reason.code for reason in action.reasons]


def test_a_step_waits_for_its_time_and_is_then_taken() -> None:
    waits = ask(standing(), after(1))
    assert (type(waits), waits.until, codes(waits)) == (Wait, after(30), ["not_yet"])
    acts = ask(standing(), after(30))
    assert isinstance(acts, Do)
    assert acts.step.act is Act.TEXT
    assert acts.ruled is not None and acts.ruled.ruling.allowed


def test_nothing_is_done_for_a_need_that_was_met() -> None:
    for ended in (Ending.RECOVERED, Ending.WITHDRAWN, Ending.EXPIRED):
        assert ask(standing(ended=ended), after(30)) == End(because=ended, reasons=ask(
            standing(ended=ended), after(30)).reasons)  # fmt: skip


@pytest.mark.parametrize(
    ("more", "because"),
    [
        ({"person": None}, Ending.NOBODY),
        ({"held_out": True}, Ending.HELD_OUT),
        ({"missed_at": datetime(2025, 12, 31, tzinfo=UTC)}, Ending.TOO_OLD),
    ],
)
def test_whom_nothing_is_done_for_at_all(more: dict[str, Any], because: Ending) -> None:
    assert ask(standing(**more), after(30)).because is because


def test_a_miss_that_is_learned_too_late_is_not_texted_but_called() -> None:
    late = standing(learned_at=after(61 * 60), due_at=after(61 * 60))
    text = ask(late, after(61 * 60))
    assert (type(text), text.outcome, codes(text)) == (Skip, Outcome.REFUSED, ["too_old"])
    past = {"missed": Past(outcome=Outcome.REFUSED, over_at=after(61 * 60)), "reply": done(61 * 60)}
    assert isinstance(ask(replace(late, past=past), after(61 * 60)), Do)


def test_a_miss_of_friday_learned_on_thursday_is_not_called() -> None:
    """Two business days after Wednesday 10:42 are Friday 10:42."""
    past = {"missed": done(60), "reply": done(60)}
    for learned, taken in ((timedelta(days=2), True), (timedelta(days=2, minutes=1), False)):
        late = standing(learned_at=MISSED + learned, due_at=MISSED + learned, past=past)
        action = ask(late, MISSED + learned)
        assert isinstance(action, Do) is taken
        assert taken or codes(action) == ["too_old"]


def test_what_is_too_old_to_be_called_is_nobodys_task_either_but_an_emergency_is() -> None:
    learned = MISSED + timedelta(days=2, minutes=1)
    past = {"missed": done(60), "reply": done(60), "callback": Past(outcome=Outcome.REFUSED, over_at=learned)}
    late = standing(learned_at=learned, due_at=learned, past=past)
    refused = ask(late, learned)
    assert (refused.step.name, type(refused), codes(refused)) == ("owner", Skip, ["too_old"])
    assert isinstance(ask(replace(late, situation=replace(CALM, emergency=True)), learned), Do)


def test_a_step_that_comes_too_late_by_our_own_fault_is_left_out() -> None:
    """The server was down for three hours: the text that was due is not welcome any more."""
    found = standing(due_at=after(30))
    assert codes(ask(found, after(3 * 3600))) == ["too_old"]
    held = standing(due_at=after(3 * 3600))
    assert isinstance(ask(held, after(3 * 3600)), Do)


def test_a_refusal_of_the_rules_is_told_with_its_rule() -> None:
    known = Known(opt_outs=(OptOut(at=MISSED - timedelta(days=3)),))
    action = ask(standing(known=known), after(30))
    assert (type(action), action.outcome) == (Skip, Outcome.REFUSED)
    assert action.ruled is not None and not action.ruled.ruling.allowed
    assert action.reasons[0].values["reason"] == "opted_out"


def test_a_text_of_the_night_waits_for_the_morning() -> None:
    """22:00, half an hour after the miss: the caller is not waiting any more, and may sleep."""
    missed = datetime(2026, 3, 4, 20, 30, tzinfo=UTC)
    night = standing(missed_at=missed, learned_at=missed, due_at=missed)
    action = ask(night, missed + timedelta(minutes=31))
    assert isinstance(action, Wait)
    assert action.until is not None
    assert action.until.astimezone(PARIS).strftime("%a %H:%M") == "Thu 08:00"


def test_a_wait_ends_with_an_answer_or_its_time() -> None:
    texted = replace(CALM, texted=True)
    past = {"missed": done(30)}
    waiting = standing(situation=texted, past=past)
    assert ask(waiting, after(60)).until == after(30 + 600)
    answered = ask(replace(waiting, answered_at=after(90)), after(90))
    assert (type(answered), answered.outcome, codes(answered)) == (Skip, Outcome.DONE, ["caller_answered"])
    assert codes(ask(waiting, after(630))) == ["nobody_answered"]
    assert codes(ask(standing(past=past), after(60))) == ["unmet"]


def test_business_minutes_are_open_minutes() -> None:
    """Texted at 17:55: five minutes are left today, five more tomorrow at 8:00."""
    missed = datetime(2026, 3, 4, 16, 55, tzinfo=UTC)
    past = {"missed": Past(outcome=Outcome.DONE, over_at=missed)}
    waiting = standing(
        missed_at=missed, learned_at=missed, due_at=missed, situation=replace(CALM, texted=True), past=past
    )
    until = ask(waiting, missed).until
    assert until.astimezone(PARIS).strftime("%a %H:%M") == "Thu 08:05"


def test_what_people_do_is_awaited_and_escalated_when_nobody_does_it() -> None:
    past = {
        "missed": done(30),
        "reply": done(630),
        "callback": Past(outcome=Outcome.DONE, over_at=None, over_by=after(2430)),
    }
    waits = ask(standing(past=past), after(700))
    assert (waits.until, codes(waits)) == (after(2430), ["step_goes_on"])
    nobody = {**past, "callback": done(2430)}
    assert ask(standing(past=nobody), after(2430)).step.act is Act.ESCALATE
    tried = standing(past=nobody, situation=replace(CALM, tried=True))
    assert codes(ask(tried, after(2430))) == ["unmet"]
    all_done = {**nobody, "owner": done(2430)}
    assert ask(standing(past=all_done), after(2430)) == End(
        because=Ending.CLOSED, reasons=ask(standing(past=all_done), after(2430)).reasons
    )


def test_a_skipped_step_takes_no_time() -> None:
    past = {"missed": Past(outcome=Outcome.SKIPPED, over_at=after(9999))}
    assert ask(standing(past=past), after(31)).step.name == "reply"


situations = st.builds(
    Situation,
    reason=st.sampled_from(MissedReason),
    hour_class=st.sampled_from(HourClass),
    department=st.sampled_from([None, "service", "ventes", "pièces"]),
    voicemail=st.booleans(),
    texted=st.booleans(),
    replied=st.booleans(),
    booked=st.booleans(),
    tried=st.booleans(),
    spam=st.booleans(),
)


@given(name=st.sampled_from(sorted(shipped())), situation=situations, minute=st.integers(0, 7 * 24 * 60))
def test_every_shipped_playbook_comes_to_an_end_and_takes_each_step_at_most_once(
    name: str, situation: Situation, minute: int
) -> None:
    playbook = shipped()[name]
    missed = MISSED + timedelta(minutes=minute)
    now, past, looks = missed, dict[str, Past](), 0
    due = missed
    while True:
        looks += 1
        assert looks <= 3 * len(playbook.steps) + 3
        found = standing(
            missed_at=missed, learned_at=missed, due_at=due, situation=situation, past=past
        )  # fmt: skip
        action = next_action(found, playbook, OFFICE, now=now)
        assert action.reasons
        match action:
            case End():
                return
            case Wait():
                assert action.until is not None and action.until > now
                now = due = action.until
            case Skip() | Do():
                assert action.step.name not in past
                outcome = action.outcome if isinstance(action, Skip) else Outcome.DONE
                past[action.step.name] = Past(outcome=outcome, over_at=now)
