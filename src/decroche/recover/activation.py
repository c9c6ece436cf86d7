"""What stands against switching recovery on: a name, a way or an address that is missing, a sender or words refused."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from decroche.language import Language
from decroche.model.hours import HourClass
from decroche.model.money import Money
from decroche.model.sentence import Sentence
from decroche.recover.lint import QUEBEC, Sending, Severity
from decroche.recover.playbook import WRITES, Act, Playbook
from decroche.recover.previews import example_values, preview
from decroche.recover.settings import RecoverySettings, Way
from decroche.recover.templates import Channel, Variant, Wanted, choose
from decroche.rules import sender as senders
from decroche.rules.outreach import Means, Purpose
from decroche.rules.ruling import Verdict

#: What the playbooks and the answers to callers send.
_PURPOSES = frozenset({Purpose.REPLY, Purpose.CONFIRMATION, Purpose.CONVERSATION, Purpose.REMINDER})
#: The templates that answer a caller, whatever the playbook.
ANSWERS = ("opted_out", "opted_in", "callback_promise", "callback_turn", "help", "unclear")


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """Something that stands against it. ``about``: the way or the template, empty for the settings themselves.

    ``said_by`` says the sentence itself: a finding of a rule or of the linter; else ``word`` names one of ours.
    """

    word: str
    about: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    said_by: Any = None

    def said(self, language: Language) -> str:
        """The obstacle in a sentence, with what it is about."""
        if self.said_by is None:
            sentence = language.say(f"activation.{self.word}", **self.values)
        elif hasattr(self.said_by, "sentence"):
            sentence = self.said_by.sentence(language)
        else:
            sentence = self.said_by.said(language)
        # Some sentences begin with what they are about.
        told = self.about and not sentence.startswith(self.about)
        return language.say("activation.about", about=self.about, sentence=sentence) if told else sentence


@dataclass(frozen=True, slots=True)
class KeysMissing:
    """The phone system that sends has not all the keys that sending needs."""

    keys: tuple[Sentence, ...]

    def said(self, language: Language) -> str:
        """Which, by their labels."""
        labels = [language.text(each) for each in self.keys]
        return language.say("activation.keys_missing", keys=", ".join(labels), n=len(labels))


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The business: ``country`` as CA-QC, ``language`` of its callers. ``able``: the endpoints that send texts, and
    whether what people answer comes back through them. ``lacking``: the settings without which one of them sends
    nothing, and which it has not; where nobody looked, none.
    """

    country: str
    language: str
    able: Mapping[str, bool]
    lacking: Mapping[str, tuple[Sentence, ...]] = field(default_factory=dict)

    @property
    def spoken(self) -> str:
        """The language of its words; French is that of Québec in Canada."""
        return "fr-CA" if self.language == "fr" and self.country.startswith("CA") else self.language


def obstacles(
    settings: RecoverySettings,
    place: Place,
    *,
    playbooks: Sequence[Playbook],
    own: Sequence[Variant],
    shipped: Sequence[Variant],
    now: datetime,
) -> tuple[Obstacle, ...]:
    """Everything that stands against texts going out by these settings; ``now`` is local and naive."""
    return (
        *sending_obstacles(settings, place, playbooks),
        *_words(settings, place, playbooks, own, shipped, now),
    )


def sending_obstacles(settings: RecoverySettings, place: Place, playbooks: Sequence[Playbook]) -> tuple[Obstacle, ...]:
    """What stands against texts going out, be their words as they may: a name, a number, a way, an address."""
    return (
        *_settings(settings, playbooks),
        *(each for way in settings.ways for each in sender_obstacles(way, place)),
    )


def sender_obstacles(way: Way, place: Place) -> Iterator[Obstacle]:
    """What stands against one way."""
    if way.endpoint not in place.able:
        yield Obstacle(word="way_unknown", about=way.sender or way.endpoint)
        return
    if lacking := place.lacking.get(way.endpoint):
        yield Obstacle(word="keys_missing", about=way.sender or way.endpoint, said_by=KeysMissing(lacking))
    if not way.sender.strip():
        yield Obstacle(word="no_sender")
        return
    sending = senders.Sending(means=Means.TEXT, purposes=_PURPOSES, expects_reply=True)
    said = set()
    for finding in senders.check_sender(way.sender, country=place.country, sending=sending):
        # Two rules may say the same of it.
        if finding.verdict is Verdict.REFUSE and finding.reason not in said:
            said.add(finding.reason)
            yield Obstacle(word="sender", about=way.sender, said_by=finding)


def sending_of(settings: RecoverySettings, place: Place) -> Sending:
    """From whom and to where words go, as the linter asks; without a way, as if answers came back."""
    two_way = all(
        place.able.get(way.endpoint, True)
        and senders.sender_kind(way.sender, place.country.partition("-")[0]).takes_replies
        for way in settings.ways
    )
    return Sending(
        two_way=two_way,
        region=QUEBEC if place.country == QUEBEC else place.country.partition("-")[0],
        business=settings.business or None,
        per_segment=Money.of(settings.price_per_segment, settings.currency),
    )


def _settings(settings: RecoverySettings, playbooks: Sequence[Playbook]) -> Iterator[Obstacle]:
    if not settings.business.strip():
        yield Obstacle(word="no_business")
    if not settings.phone.strip():
        yield Obstacle(word="no_phone")
    if not settings.ways:
        yield Obstacle(word="no_way")
    if not settings.links and any(step.act is Act.OFFER_SLOTS for each in playbooks for step in each.steps):
        yield Obstacle(word="no_links")


def _words(
    settings: RecoverySettings,
    place: Place,
    playbooks: Sequence[Playbook],
    own: Sequence[Variant],
    shipped: Sequence[Variant],
    now: datetime,
) -> Iterator[Obstacle]:
    used: dict[int, Variant] = {id(variant): variant for variant in own}
    for playbook in playbooks:
        for step in playbook.steps:
            if step.act not in WRITES:
                continue
            channel = Channel.EMAIL if step.act is Act.EMAIL else Channel.TEXT
            found = [*chosen(step.template or step.name, channel, place.spoken, playbook.trade, own, shipped)]
            if not found:
                yield Obstacle(word="no_words", about=step.template or step.name)
            used |= {id(variant): variant for variant in found}
    for name in ANSWERS:
        used |= {id(each): each for each in chosen(name, Channel.TEXT, place.spoken, None, own, shipped)}
    yield from words_obstacles(used.values(), settings, place, now)


def chosen(
    name: str, channel: Channel, language: str, trade: str | None, own: Sequence[Variant], shipped: Sequence[Variant]
) -> list[Variant]:
    """The variants of a template that callers may get, one for each class of hour at most."""
    found = [
        choose(
            Wanted(name=name, channel=channel, language=language, hour_class=each, trade=trade),
            own,
            shipped,
        )
        for each in HourClass
    ]
    return list({id(each): each for each in found if each is not None}.values())


def words_obstacles(
    words: Collection[Variant], settings: RecoverySettings, place: Place, now: datetime
) -> Iterator[Obstacle]:
    """What the linter refuses of ``words``."""
    sending = sending_of(settings, place)
    values = example_values(
        now,
        business=settings.business or "Entreprise",
        phone=settings.phone or "01 99 00 00 00",
        link=f"{settings.links.rstrip('/') or 'https://exemple.fr'}/r/abcdefghijklmnop",
    )
    for variant in words:
        for finding in preview(variant, values, sending, plain=True).findings:
            if finding.severity is Severity.REFUSED:
                about = f"{variant.name} ({variant.channel}, {variant.language})"
                yield Obstacle(word="words", about=about, said_by=finding)
