"""What can be wrong with a playbook that reads well: words that do not exist, waits that make no sense, loose ends."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import timedelta

from decroche.recover.playbook import TURNS_TO, WRITES, Act, Playbook, Since, Step
from decroche.recover.toml_lines import Place
from decroche.recover.toml_tables import Problem

LONGEST_WAIT = timedelta(days=7)
LONGEST_PROMISE = timedelta(days=5)
LONGEST_TEXT_REACH = timedelta(hours=24)
MOST_CALLBACK_REACH_DAYS = 10
MOST_ATTEMPTS = 10
MOST_ATTEMPTS_A_DAY = 3


def problems(
    playbook: Playbook, *, texts: Collection[str] | None = None, emails: Collection[str] | None = None
) -> tuple[Problem, ...]:
    """Everything that is wrong with ``playbook``. ``texts`` and ``emails`` are the names of the templates that exist;
    None does not look.
    """
    return (*_whole(playbook), *_steps(playbook, texts, emails), *_order(playbook))


def _whole(playbook: Playbook) -> Iterator[Problem]:
    attempts = playbook.attempts
    for place, value, least, most in (
        (("text_reach",), playbook.text_reach, timedelta(minutes=1), LONGEST_TEXT_REACH),
        (("attempts", "apart"), attempts.apart, timedelta(), timedelta(hours=12)),
    ):
        if not least <= value <= most:
            yield Problem(place=place, word="span", values={"least": _span(least), "most": _span(most)})
    for place, number, highest in (
        (("callback_reach_days",), playbook.callback_reach_days, MOST_CALLBACK_REACH_DAYS),
        (("attempts", "per_day"), attempts.per_day, MOST_ATTEMPTS_A_DAY),
        (("attempts", "in_all"), attempts.in_all, MOST_ATTEMPTS),
    ):
        if not 1 <= number <= highest:
            yield Problem(place=place, word="number", values={"least": 1, "most": highest})
    if attempts.per_day > attempts.in_all:
        yield Problem(place=("attempts", "per_day"), word="attempts", values={"in_all": attempts.in_all})
    if not playbook.steps:
        yield Problem(place=("step",), word="no_step")


def _steps(playbook: Playbook, texts: Collection[str] | None, emails: Collection[str] | None) -> Iterator[Problem]:
    names: set[str] = set()
    for number, step in enumerate(playbook.steps):
        place: Place = ("step", number)
        if step.name in names:
            yield Problem(place=(*place, "name"), word="same_name", values={"name": step.name})
        names.add(step.name)
        yield from _words(step, place, emails if step.act is Act.EMAIL else texts)
        yield from _times(step, place)
        if step.to is None and step.act in TURNS_TO:
            yield Problem(place=place, word="nobody", values={"act": step.act.value})
        if step.to is not None and step.act not in TURNS_TO | {Act.CALLBACK}:
            yield Problem(place=(*place, "to"), word="not_of_act", values={"key": "to", "act": step.act.value})
        if step.second and step.act not in WRITES:
            yield Problem(place=(*place, "second"), word="not_of_act", values={"key": "second", "act": step.act.value})


def _words(step: Step, place: Place, known: Collection[str] | None) -> Iterator[Problem]:
    if step.act not in WRITES:
        for key in ("template", "variants"):
            if getattr(step, key):
                yield Problem(place=(*place, key), word="not_of_act", values={"key": key, "act": step.act.value})
    elif step.template is None:
        yield Problem(place=place, word="no_words", values={"act": step.act.value})
    elif known is not None:
        for template in dict.fromkeys((step.template, *(name for name, _ in step.variants))):
            if template not in known:
                values = {"name": template, "known": ", ".join(sorted(known))}
                yield Problem(place=(*place, "template"), word="unknown_template", values=values)


def _times(step: Step, place: Place) -> Iterator[Problem]:
    if not timedelta() <= step.after <= LONGEST_WAIT:
        values = {"least": "0 s", "most": _span(LONGEST_WAIT)}
        yield Problem(place=(*place, "after"), word="span", values=values)
    if step.act is Act.WAIT and step.wait is None:
        yield Problem(place=place, word="how_long")
    if step.wait is not None and step.act is not Act.WAIT:
        yield Problem(place=(*place, "wait"), word="not_of_act", values={"key": "wait", "act": step.act.value})
    elif step.wait is not None and not timedelta(minutes=1) <= step.wait <= LONGEST_WAIT:
        values = {"least": "1 min", "most": _span(LONGEST_WAIT)}
        yield Problem(place=(*place, "wait"), word="span", values=values)
    if step.within is not None and not timedelta(minutes=1) <= step.within <= LONGEST_PROMISE:
        values = {"least": "1 min", "most": _span(LONGEST_PROMISE)}
        yield Problem(place=(*place, "within"), word="span", values=values)


def _order(playbook: Playbook) -> Iterator[Problem]:
    """Waits with nothing to wait for, steps behind the end, and first texts that come later than texts may."""
    written, closed, passed = False, False, timedelta()
    for number, step in enumerate(playbook.steps):
        place: Place = ("step", number)
        if closed:
            yield Problem(place=place, word="behind_close", values={"name": step.name})
        if step.act is Act.WAIT and not written:
            yield Problem(place=place, word="nothing_to_wait_for")
        passed = step.after if step.since is Since.OPENING else passed + step.after
        passed += step.wait or timedelta()
        if step.act in {Act.TEXT, Act.OFFER_SLOTS} and not written and passed > playbook.text_reach:
            values = {"reach": _span(playbook.text_reach)}
            yield Problem(place=(*place, "after"), word="too_late", values=values)
        written = written or step.act in WRITES
        closed = closed or (step.act is Act.CLOSE and step.when == type(step.when)())


def _span(duration: timedelta) -> str:
    """A duration as playbooks write it: ``90 min``, ``7 d``."""
    seconds = round(duration.total_seconds())
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds and seconds % length == 0:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"
