"""Says a playbook in words: what will happen, when, and for whom, step by step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from decroche.language import Language
from decroche.recover.playbook import EMERGENCY, Act, Conditions, Playbook, Recipient, RecipientKind, Since, Step

#: The conditions that are met or not.
_SWITCHES = ("vip", "spam", "has_voicemail", "texted", "replied", "booked", "tried", "emergency")
#: The roles that have a name in words; a business may make others up.
ROLES = (
    "owner", "supervisor", "reception", "agent", "service_manager", "sales_manager", "coordinator", "assistant",
    "lawyer",
)  # fmt: skip
#: What a step can ask of people.
_DUTIES = frozenset({Act.CALLBACK, Act.ASSIGN, Act.NOTIFY, Act.ESCALATE})


@dataclass(frozen=True, slots=True)
class ToldStep:
    """A step: what happens with its moment, and under which conditions; empty where always."""

    what: str
    when: str


def told(playbook: Playbook, language: Language) -> tuple[ToldStep, ...]:
    """The steps in their order."""
    return tuple(
        ToldStep(_begun(_what(step, language)), " · ".join(_conditions(step.when, language)))
        for step in playbook.steps
        if step.act is not Act.CLOSE and (not step.second or playbook.second_touch)
    )


def _begun(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _what(step: Step, language: Language) -> str:
    after = _span(step.after, language, business=step.business and step.act is not Act.WAIT)
    if not step.after:
        moment = language.say("telling.then")
    elif step.since is Since.OPENING:
        moment = language.say("telling.after_miss", span=after)
    else:
        moment = language.say("telling.after_last", span=after)
    values = {"moment": moment, "to": _recipient(step, language)}
    if step.act is Act.WAIT:
        span = _span(step.wait or timedelta(), language, business=step.business)
        return language.say("telling.wait", span=span)
    sentence = language.say(f"telling.{step.act}", **values)
    if step.within is not None:
        span = _span(step.within, language, business=True)
        sentence = language.say("telling.within", sentence=sentence, span=span)
    return sentence


def duties(playbooks: Iterable[Playbook], role: str) -> tuple[str, ...]:
    """What falls to a role of the team by these playbooks: words of acts, and ``emergency``, in their order."""
    steps = [EMERGENCY, *(step for playbook in playbooks for step in playbook.steps)]
    whom = Recipient(RecipientKind.ROLE, role)
    meant = [step for step in steps if step.to == whom and step.act in _DUTIES]
    return tuple(dict.fromkeys("emergency" if step is EMERGENCY else str(step.act) for step in meant))


def role_said(role: str, language: Language) -> str:
    """A role of the team in words: « le patron »; one that a business made up as it is."""
    return language.say(f"telling.role.{role}") if role in ROLES else role


def _recipient(step: Step, language: Language) -> str:
    if step.to is None:
        return language.say("telling.team")
    return role_said(step.to.name, language) if step.to.kind is RecipientKind.ROLE else step.to.name


def _span(span: timedelta, language: Language, *, business: bool) -> str:
    shown = language.duration(span.total_seconds())
    return language.say("telling.business", span=shown) if business else shown


def _conditions(when: Conditions, language: Language) -> Iterator[str]:
    """Each condition in some words."""
    if when.reasons:
        yield language.listing([language.say(f"reason.{each}").lower() for each in when.reasons])
    if when.hour_classes:
        yield language.listing([language.say(f"hour_class.{each}").lower() for each in when.hour_classes])
    for names in (when.departments, when.sites, when.languages):
        if names:
            yield language.listing(list(names))
    if when.caller is not None:
        yield language.say(f"playbook.caller.{when.caller}")
    if when.min_value is not None:
        yield language.say("telling.min_value", value=(float(when.min_value), when.min_value.currency))
    for name in _SWITCHES:
        wanted = getattr(when, name)
        # That unwanted callers are left out goes without saying.
        if wanted is not None and (name, wanted) != ("spam", False):
            yield language.say(f"telling.{'if' if wanted else 'unless'}.{name}")
