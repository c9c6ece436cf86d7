"""A playbook: what is done for a caller whom nobody answered, step by step, and in which situations.

A playbook says what to do, never whether it is allowed: the rules of the country are asked again before each act.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from decroche.language import Language
from decroche.model.call import MissedReason
from decroche.model.hours import HourClass
from decroche.model.money import Money
from decroche.recover.names import same_name


class Act(StrEnum):
    """What a step does. ``wait`` ends when the caller replies or books, or when its time is over."""

    TEXT = "text"
    OFFER_SLOTS = "offer_slots"
    EMAIL = "email"
    WAIT = "wait"
    CALLBACK = "callback"
    ASSIGN = "assign"
    NOTIFY = "notify"
    ESCALATE = "escalate"
    CLOSE = "close"


#: The acts that write to the caller, and therefore need the words of a template.
WRITES = frozenset({Act.TEXT, Act.OFFER_SLOTS, Act.EMAIL})
#: The acts that need somebody to turn to.
TURNS_TO = frozenset({Act.ASSIGN, Act.NOTIFY, Act.ESCALATE})


class Since(StrEnum):
    """From where the delay of a step counts."""

    PREVIOUS = "previous"
    OPENING = "opening"


class Caller(StrEnum):
    """Whether the business had contact with the caller before this episode."""

    FIRST = "first"
    REPEAT = "repeat"


class RecipientKind(StrEnum):
    """What the name of a recipient names."""

    ROLE = "role"
    TEAM = "team"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who gets a task or a notice: ``role:owner``, ``team:service``, ``person:anne@garage.example``."""

    kind: RecipientKind
    name: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """An episode as it is when a step is about to act.

    ``value`` is the expected value of the caller's need; None when nobody knows it. ``voicemail``: the caller left a
    message. ``texted``: a text of this episode was handed to a provider. ``replied``: the caller wrote back.
    ``booked``: the caller chose a time to be called. ``tried``: somebody called the person back, or tried to.
    ``emergency``: a word of the caller, the place that they called or a person of the business says that it is one.
    """

    reason: MissedReason
    hour_class: HourClass
    department: str | None = None
    site: str | None = None
    caller: Caller = Caller.FIRST
    language: str = "fr"
    vip: bool = False
    value: Money | None = None
    spam: bool = False
    voicemail: bool = False
    texted: bool = False
    replied: bool = False
    booked: bool = False
    tried: bool = False
    emergency: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmet:
    """A condition that a situation does not meet: what was ``wanted`` (any of them), and what was ``found``."""

    condition: str
    wanted: tuple[str, ...]
    found: str | None

    def said(self, language: Language) -> str:
        """The reason in a sentence."""
        wanted = language.listing([_word(self.condition, each, language) for each in self.wanted])
        found = "–" if self.found is None else _word(self.condition, self.found, language)
        return language.say(f"playbook.unmet.{self.condition}", wanted=wanted, found=found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """When a step applies: every condition that is given must hold. An empty tuple or None asks for nothing.

    Names of departments and sites are compared without regard to case and accents; the language ``fr`` includes
    ``fr-CA``. A ``min_value`` is not met by a value that is unknown, or in another currency.
    """

    reasons: tuple[MissedReason, ...] = ()
    hour_classes: tuple[HourClass, ...] = ()
    departments: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    caller: Caller | None = None
    languages: tuple[str, ...] = ()
    vip: bool | None = None
    min_value: Money | None = None
    spam: bool | None = False
    has_voicemail: bool | None = None
    texted: bool | None = None
    replied: bool | None = None
    booked: bool | None = None
    tried: bool | None = None
    emergency: bool | None = None

    def unmet(self, situation: Situation) -> tuple[Unmet, ...]:
        """Every reason why the situation does not fit; none when it does."""
        found = [
            _among("reasons", self.reasons, situation.reason),
            _among("hour_classes", self.hour_classes, situation.hour_class),
            _named("departments", self.departments, situation.department),
            _named("sites", self.sites, situation.site),
            _among("caller", () if self.caller is None else (self.caller,), situation.caller),
            None
            if not self.languages or {situation.language, situation.language.partition("-")[0]} & {*self.languages}
            else Unmet(condition="languages", wanted=self.languages, found=situation.language),
            _switch("vip", self.vip, situation.vip),
            self._worth(situation.value),
            _switch("spam", self.spam, situation.spam),
            _switch("has_voicemail", self.has_voicemail, situation.voicemail),
            _switch("texted", self.texted, situation.texted),
            _switch("replied", self.replied, situation.replied),
            _switch("booked", self.booked, situation.booked),
            _switch("tried", self.tried, situation.tried),
            _switch("emergency", self.emergency, situation.emergency),
        ]
        return tuple(reason for reason in found if reason is not None)

    def _worth(self, value: Money | None) -> Unmet | None:
        wanted = self.min_value
        if wanted is None or (value is not None and value.currency == wanted.currency and wanted <= value):
            return None
        return Unmet(condition="min_value", wanted=(str(wanted),), found=None if value is None else str(value))


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step. Steps are walked in their order; one whose conditions do not hold when its time comes is skipped.

    ``after`` is the delay before the act, counted ``since`` the end of the previous step or the opening of the
    episode. ``business``: ``after`` and ``wait`` count minutes in which the business is open. ``within`` is the time,
    in business minutes, in which the person asked promises to act. ``second``: the act is a second touch. ``variants``
    are templates with the shares of the callers who get them, by chance; the others are compared with the first.

    When a step is over: a ``wait`` with a reply, a booking or its time; a ``callback`` when all attempts are used up,
    or when ``within`` has passed and nobody tried; an ``assign`` or ``escalate`` with ``within`` likewise, without it
    at once; every other act when it is done. The whole playbook ends as soon as the caller's need is met.
    """

    name: str
    act: Act
    after: timedelta = timedelta()
    since: Since = Since.PREVIOUS
    business: bool = False
    template: str | None = None
    when: Conditions = field(default_factory=Conditions)
    to: Recipient | None = None
    within: timedelta | None = None
    wait: timedelta | None = None
    second: bool = False
    variants: tuple[tuple[str, float], ...] = ()

    @property
    def needless_in_an_emergency(self) -> bool:
        """Whether an emergency passes it by: it waits, or gives to people what they have already."""
        return self.act in _NOT_IN_AN_EMERGENCY and not self.when.emergency and self.name != "emergency-first"


#: Where a playbook says nothing of emergencies: the owner, or whoever is on call, is told at once. No file can have a
#: step of this name.
EMERGENCY = Step(name="emergency-first", act=Act.ESCALATE, to=Recipient(RecipientKind.ROLE, "owner"))
#: What an emergency does not wait for: people have it already.
_NOT_IN_AN_EMERGENCY = frozenset({Act.WAIT, Act.OFFER_SLOTS, Act.CALLBACK, Act.ASSIGN, Act.ESCALATE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempts:
    """How often one person is called in one episode, and how many hours of the clock lie between two attempts."""

    per_day: int = 2
    in_all: int = 4
    apart: timedelta = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """When people of the business are not disturbed: minutes after local midnight, [start, end), over midnight too."""

    start: int
    end: int

    def holds(self, minute: int) -> bool:
        """Whether ``minute`` after midnight is quiet."""
        if self.start <= self.end:
            return self.start <= minute < self.end
        return minute >= self.start or minute < self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Playbook:
    """What a business does for those whom it missed.

    ``titles`` has the title by language (``fr`` always). ``trade`` chooses words written for a trade. A miss that is
    learned later than ``text_reach`` is not texted, later than ``callback_reach_days`` business days not called.
    ``holdout``: callers may be left out at random, to measure what the playbook is worth. ``second_touch``: steps
    marked ``second`` may act.
    """

    name: str
    titles: Mapping[str, str]
    steps: tuple[Step, ...]
    trade: str | None = None
    text_reach: timedelta = timedelta(minutes=60)
    callback_reach_days: int = 2
    attempts: Attempts = field(default_factory=Attempts)
    quiet_hours: QuietHours = QuietHours(20 * 60, 8 * 60)
    holdout: bool = True
    second_touch: bool = False

    def title(self, language: str) -> str:
        """The title in ``language``, or in the nearest that there is."""
        return self.titles.get(language) or self.titles.get(language.partition("-")[0]) or self.titles["fr"]

    def walked(self, *, emergency: bool) -> tuple[Step, ...]:
        """The steps in the order in which they are looked at: in an emergency, what goes to people comes first."""
        if not emergency:
            return self.steps
        own = tuple(step for step in self.steps if step.when.emergency)
        rest = tuple(step for step in self.steps if not step.when.emergency)
        told = any(step.act in {Act.ASSIGN, Act.ESCALATE} for step in own)
        return (*(() if told else (EMERGENCY,)), *own, *rest)

    def step(self, name: str) -> Step:
        """The step of that name. Raises KeyError."""
        for step in (*self.steps, EMERGENCY):
            if step.name == name:
                return step
        raise KeyError(name)


def _among(condition: str, wanted: Iterable[str], found: str) -> Unmet | None:
    words = tuple(str(word) for word in wanted)
    return None if not words or found in words else Unmet(condition=condition, wanted=words, found=str(found))


def _named(condition: str, wanted: tuple[str, ...], found: str | None) -> Unmet | None:
    if not wanted or same_name(found, wanted):
        return None
    return Unmet(condition=condition, wanted=wanted, found=found)


def _switch(condition: str, wanted: bool | None, found: bool) -> Unmet | None:
    if wanted is None or wanted is found:
        return None
    return Unmet(condition=condition, wanted=("yes" if wanted else "no",), found="yes" if found else "no")


def _word(condition: str, word: str, language: Language) -> str:
    """A value of a condition as people read it."""
    if condition == "reasons":
        return language.say(f"reason.{word}")
    if condition == "hour_classes":
        return language.say(f"hour_class.{word}")
    if condition == "caller":
        return language.say(f"playbook.caller.{word}")
    return language.say(f"playbook.{word}") if word in {"yes", "no"} else word
