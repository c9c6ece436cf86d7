"""A playbook's file: what is read from it, and what is said of a wrong one."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from decroche.language import LANGUAGES, Language
from decroche.model.call import MissedReason
from decroche.model.hours import HourClass
from decroche.model.money import Money
from decroche.recover.playbook import Act, Caller, QuietHours, Recipient, RecipientKind, Since
from decroche.recover.playbook_checks import problems
from decroche.recover.playbook_toml import SHIPPED, read_playbook, shipped, shipped_text
from decroche.recover.toml_lines import line_of, lines_of
from decroche.recover.toml_tables import BadFile, Problem

WHOLE = """\
name = "atelier"
title = { fr = "Atelier", "fr-CA" = "Garage" }
trade = "garage"
text_reach = "1,5 h"
callback_reach_days = 3
quiet_hours = { from = "19:30", to = "24:00" }
holdout = false
second_touch = true

[attempts]
per_day = 1
in_all = 5
apart = "90 min"

[[step]]
name = "sms"
act = "text"
after = "30 s"
since = "opening"
template = "missed"
second = true
[step.when]
reasons = [
  "no_answer",
  "queue_timeout",
]
hour_classes = ["open"]
departments = ["Après-vente"]
sites = ["Lyon 3"]
caller = "repeat"
languages = ["fr"]
vip = true
min_value = "300.50 EUR"
spam = true
has_voicemail = false
texted = false
replied = false
booked = false
tried = false

[[step]]
name = "reponse"
act = "wait"
wait = "1 j"
business = true

[[step]]
name = "rappel"
act = "callback"
to = "person:anne@garage.example"
within = "2 h"
"""


def test_every_key_is_read() -> None:
    playbook = read_playbook(WHOLE)
    assert (playbook.name, playbook.trade) == ("atelier", "garage")
    assert [playbook.title(code) for code in ("fr", "fr-CA", "en")] == ["Atelier", "Garage", "Atelier"]
    assert (playbook.text_reach, playbook.callback_reach_days) == (timedelta(minutes=90), 3)
    assert playbook.quiet_hours == QuietHours(19 * 60 + 30, 24 * 60)
    assert (playbook.holdout, playbook.second_touch) == (False, True)
    attempts = playbook.attempts
    assert (attempts.per_day, attempts.in_all, attempts.apart) == (1, 5, timedelta(minutes=90))
    text, wait, callback = playbook.steps
    assert (text.act, text.after, text.since, text.second) == (Act.TEXT, timedelta(seconds=30), Since.OPENING, True)
    assert (text.template, text.to, text.within, text.wait, text.business) == ("missed", None, None, None, False)
    when = text.when
    assert when.reasons == (MissedReason.NO_ANSWER, MissedReason.QUEUE_TIMEOUT)
    assert when.hour_classes == (HourClass.OPEN,)
    assert (when.departments, when.sites, when.languages) == (("Après-vente",), ("Lyon 3",), ("fr",))
    assert (when.caller, when.vip, when.spam, when.has_voicemail) == (Caller.REPEAT, True, True, False)
    assert (when.texted, when.replied, when.booked, when.tried) == (False, False, False, False)
    assert when.min_value == Money.of("300.50", "EUR")
    assert (wait.wait, wait.business, wait.since) == (timedelta(days=1), True, Since.PREVIOUS)
    assert callback.to == Recipient(RecipientKind.PERSON, "anne@garage.example")
    assert str(callback.to) == "person:anne@garage.example"
    assert callback.within == timedelta(hours=2)
    assert playbook.step("rappel") is callback
    with pytest.raises(KeyError):
        playbook.step("autre")


def test_quiet_hours_may_pass_midnight() -> None:
    night, noon = QuietHours(20 * 60, 8 * 60), QuietHours(12 * 60, 14 * 60)
    assert [night.holds(hour * 60) for hour in (0, 7, 8, 19, 20, 23)] == [True, True, False, False, True, True]
    assert [noon.holds(hour * 60) for hour in (11, 12, 13, 14)] == [False, True, True, False]


def english(problem: Problem) -> str:
    return problem.said(Language("en")).replace("\u00a0", " ")


START = 'name = "a"\ntitle = { fr = "A" }\n'
TEXT = '[[step]]\nname = "t"\nact = "text"\ntemplate = "missed"\n'

#: A text, the line that is wrong, its key, and a part of what is said in English.
WRONG: list[tuple[str, int | None, str, str]] = [
    ("name = ", 1, "", "This is not TOML"),
    ('name = "a"\ntitle = "x"\n' + TEXT, 2, "title", "A group of values"),
    ('name = "a"\ntitle = { en = "A" }\n' + TEXT, 2, "title", "“fr” is missing"),
    ('name = "A b"\ntitle = { fr = "A" }\n' + TEXT, 1, "name", "small letters"),
    (START, None, "", "“step” is missing"),
    (START + "step = []", 3, "step", "At least one step"),
    (START + 'step = "x"', 3, "step", "own line [[step]]"),
    (START + 'step = ["x"]', 3, "step[1]", "A group of values"),
    (START + 'holdout = "yes"\n' + TEXT, 3, "holdout", "true or false"),
    (START + "hold_out = true\n" + TEXT, 3, "hold_out", "Did you mean “holdout”?"),
    (START + "zzz = true\n" + TEXT, 3, "zzz", "You can write: name, title"),
    (START + 'callback_reach_days = "2"\n' + TEXT, 3, "callback_reach_days", "whole number"),
    (START + "callback_reach_days = true\n" + TEXT, 3, "callback_reach_days", "whole number"),
    (START + "callback_reach_days = 0\n" + TEXT, 3, "callback_reach_days", "between 1 and 10"),
    (START + 'text_reach = "60"\n' + TEXT, 3, "text_reach", "duration with its unit"),
    (START + "text_reach = 60\n" + TEXT, 3, "text_reach", "duration with its unit"),
    (START + 'text_reach = "3 days"\n' + TEXT, 3, "text_reach", "between 1 min and 1 d"),
    (START + 'quiet_hours = { from = "25:00", to = "8:00" }\n' + TEXT, 3, "quiet_hours.from", 'such as "19:30"'),
    (START + 'quiet_hours = { from = "20:00" }\n' + TEXT, 3, "quiet_hours", "“to” is missing"),
    (START + "[attempts]\nper_day = 3\nin_all = 2\n" + TEXT, 4, "attempts.per_day", "More calls in a day"),
    (START + "[attempts]\nin_all = 99\n" + TEXT, 4, "attempts.in_all", "between 1 and 10"),
    (START + '[attempts]\napart = "13 h"\n' + TEXT, 4, "attempts.apart", "between 0 s and 12 h"),
    (START + '[[step]]\nname = "t"\nact = "txt"\n', 5, "step[1].act", "Did you mean “text”?"),
    (START + '[[step]]\nname = "t"\nact = "fly"\n', 5, "step[1].act", "You can write: text, offer_slots"),
    (START + '[[step]]\nname = "t"\nact = "text"\n', 3, "step[1]", "“template” is missing"),
    (START + '[[step]]\nname = "t"\nact = "text"\ntemplate = "lost"\n', 6, "step[1].template", "There are: missed"),
    (START + TEXT + "spam = true\n", 7, "step[1].spam", "a condition"),
    (START + TEXT + 'to = "role:owner"\n', 7, "step[1].to", "does nothing for text"),
    (START + TEXT + 'wait = "1 h"\n', 7, "step[1].wait", "does nothing for text"),
    (START + TEXT + 'after = "2 h"\n', 7, "step[1].after", "after the reach of texts (1 h)"),
    (START + TEXT + 'after = "8 d"\n', 7, "step[1].after", "between 0 s and 7 d"),
    (START + TEXT + 'within = "9 d"\n', 7, "step[1].within", "between 1 min and 5 d"),
    (START + TEXT + 'when = { reasons = "no_answer" }\n', 7, "step[1].when.reasons", "a list in brackets"),
    (START + TEXT + 'when = { reasons = ["noanswer"] }\n', 7, "step[1].when.reasons", "Did you mean “no_answer”?"),
    (START + TEXT + "[step.when]\nvip = true\nsites = []\n", 9, "step[1].when.sites", "a list in brackets"),
    (START + TEXT + "[step.when]\nsites = [4]\n", 8, "step[1].when.sites", "between straight quotes"),
    (START + TEXT + 'when = { min_value = "300 €" }\n', 7, "step[1].when.min_value", "amount and its currency"),
    (START + TEXT + TEXT, 8, "step[2].name", "Two steps are called “t”"),
    (START + '[[step]]\nname = "w"\nact = "wait"\nwait = "1 h"\n', 3, "step[1]", "no reply to wait for"),
    (START + TEXT + '[[step]]\nname = "w"\nact = "wait"\n', 7, "step[2]", "Say how long"),
    (START + TEXT + '[[step]]\nname = "w"\nact = "wait"\nwait = "5 s"\n', 10, "step[2].wait", "between 1 min and 7 d"),
    (START + '[[step]]\nname = "n"\nact = "notify"\n', 3, "step[1]", "Say to whom"),
    (START + '[[step]]\nname = "n"\nact = "notify"\nto = "owner"\n', 6, "step[1].to", "role:owner"),
    (START + '[[step]]\nname = "c"\nact = "callback"\ntemplate = "missed"\n', 6, "step[1].template", "does nothing"),
    (START + '[[step]]\nname = "c"\nact = "callback"\nsecond = true\n', 6, "step[1].second", "does nothing"),
    (START + '[[step]]\nname = "e"\nact = "close"\n' + TEXT, 6, "step[2]", "comes after the end"),
]


@pytest.mark.parametrize(("text", "line", "key", "part"), WRONG, ids=range(len(WRONG)))
def test_a_wrong_playbook_is_told_with_its_line_and_key(text: str, line: int | None, key: str, part: str) -> None:
    with pytest.raises(BadFile) as refused:
        read_playbook(text, texts=["missed"], emails=[])
    (problem, *_) = [each for each in refused.value.problems if part in english(each)]
    assert (problem.line, problem.key) == (line, key)
    start = f"Line {line}, {key}: " if line and key else f"Line {line}: " if line else ""
    assert english(problem).startswith(start)
    assert all(problem.said(Language(code)) for code in LANGUAGES)


def test_a_playbook_that_came_from_no_file_has_problems_without_lines() -> None:
    playbook = replace(shipped()["garage"], callback_reach_days=0, steps=())
    said = [english(problem) for problem in problems(playbook)]
    assert said == [
        "callback_reach_days: The number must lie between 1 and 10.",
        "step: At least one step is needed.",
    ]
    assert english(Problem(place=(), word="no_step")) == "At least one step is needed."


def test_all_problems_are_told_at_once_in_the_order_of_the_lines() -> None:
    text = START + 'holdout = 1\nsecond_touch = 2\n[[step]]\nname = "N"\nact = "notify"\n'
    with pytest.raises(BadFile) as refused:
        read_playbook(text)
    assert [problem.line for problem in refused.value.problems] == [3, 4, 6]
    assert "Line 6, step[1].name: A name has small letters" in str(refused.value)


def test_templates_of_emails_are_looked_for_among_emails() -> None:
    text = START + '[[step]]\nname = "m"\nact = "email"\ntemplate = "missed"\n'
    assert read_playbook(text, texts=[], emails=["missed"]).steps[0].act is Act.EMAIL
    with pytest.raises(BadFile):
        read_playbook(text, texts=["missed"], emails=[])


def test_the_shipped_playbooks_are_those_named_and_end_with_a_close() -> None:
    assert {playbook.name for playbook in shipped().values()} == set(SHIPPED) == set(shipped())
    assert {playbook.steps[-1].act for playbook in shipped().values()} == {Act.CLOSE}


def test_no_second_text_leaves_unless_it_is_wanted() -> None:
    for playbook in shipped().values():
        assert not playbook.second_touch
        writing = [step for step in playbook.steps if step.act in {Act.TEXT, Act.OFFER_SLOTS} and not step.second]
        first, *others = writing
        assert first.template == "callback_promise"
        assert [step.name for step in others if step.when.texted is not False] == []


def test_nobody_in_a_clinic_is_left_out_by_chance() -> None:
    assert shipped()["clinic"].holdout is False


def _leaves(value: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, (*place, name))
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for number, inner in enumerate(value):
            yield from _leaves(inner, (*place, number))
    else:
        yield place


@pytest.mark.parametrize("text", [WHOLE, *map(shipped_text, SHIPPED)], ids=["whole", *SHIPPED])
def test_every_key_has_the_line_on_which_it_stands(text: str) -> None:
    lines, written = lines_of(text), text.splitlines()
    for place in _leaves(tomllib.loads(text)):
        line = line_of(place, lines)
        assert line is not None and str(place[-1]) in written[line - 1], place


def test_brackets_and_long_texts_hide_what_looks_like_a_key() -> None:
    text = 'a = """\n[b]\nc = 1\n"""\n\nd = [\n  ["x"],\n  # [y]\n]\n"e f".g = \'[\'\nh = 2\n[[i]]\n[i.j]\nk = "]"\n'
    assert lines_of(text) == {
        ("a",): 1, ("d",): 6, ("e f", "g"): 10, ("h",): 11, ("i", 0): 12, ("i", 0, "j"): 13, ("i", 0, "j", "k"): 14,
    }  # fmt: skip
    assert line_of(("nowhere",), lines_of(text)) is None
