"""Writes an explanation as lines that people read on a terminal, in the order in which things happened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo

from decroche.language import Language
from decroche.recover.explanation import basis_said
from decroche.recover.told import EpisodeTold, Explanation, StepTold, TextTold, Why
from decroche.understand.live_journeys import RecoveredBy


@dataclass(frozen=True, slots=True)
class Line:
    """A line; ``depth`` 0 is a heading."""

    depth: int
    said: str


def lines(told: Explanation, language: Language, zone: tzinfo) -> Iterator[Line]:
    """The whole explanation; times are those of ``zone``."""
    paper = _Paper(language, zone)
    journey = told.journey
    since, until = paper.moment(journey["opened_at"]), paper.moment(journey["closed_at"])
    yield Line(0, language.say(f"recover.line.journey.{journey['state']}", id=journey["id"], since=since, until=until))
    if journey["recovered_by"]:
        yield Line(1, language.say(f"recover.line.by.{RecoveredBy(journey['recovered_by'])}"))
    if told.never:
        yield Line(1, language.say("recover.line.never", why=_sentences(told.never)))
    for episode in told.episodes:
        yield from paper.episode(episode)
    if told.texts:
        yield Line(0, language.say("recover.line.texts"))
    for text in told.texts:
        yield Line(1, paper.text(text))
    if told.work:
        yield Line(0, language.say("recover.line.work"))
    for item in told.work:
        values = {"at": paper.moment(item.opened_at), "kind": item.said, "state": item.state_said}
        if item.due_at is None:
            yield Line(1, language.say("recover.line.item", **values))
        else:
            yield Line(1, language.say("recover.line.item_due", due=paper.moment(item.due_at), **values))
    if told.rulings:
        yield Line(0, language.say("recover.line.rulings"))
    for ruling in told.rulings:
        values = {"at": paper.moment(ruling.at), "means": ruling.means_said, "verdict": ruling.verdict_said}
        yield Line(1, language.say("recover.line.ruling", why=_sentences(ruling.why), **values).rstrip())
        yield from paper.grounds(ruling.why)


@dataclass(frozen=True, slots=True)
class _Paper:
    language: Language
    zone: tzinfo

    def moment(self, at: datetime | None) -> str:
        if at is None:
            return "–"
        here = at.astimezone(self.zone)
        seconds = "" if not here.second else f":{here.second:02d}"
        return f"{self.language.day(here.date())} {self.language.clock(here.hour + here.minute / 60)}{seconds}"

    def episode(self, told: EpisodeTold) -> Iterator[Line]:
        say = self.language.say
        opened, begun = self.moment(told.opened_at), self.moment(told.begun_at)
        yield Line(
            0,
            say("recover.line.episode", number=str(told.number), opened=opened, begun=begun, playbook=told.playbook),
        )
        if told.arm == "holdout":
            yield Line(1, told.arm_said)
        for step in told.steps:
            yield Line(1, self.step(step))
            yield from self.grounds(step.why)
        if told.ended_at is not None:
            values = {"at": self.moment(told.ended_at), "because": told.ended_said}
            yield Line(1, say("recover.line.ended", why=_sentences(told.ended_why), **values).rstrip())
        elif told.due_at is not None:
            yield Line(1, say("recover.line.waits", due=self.moment(told.due_at), why=_sentences(told.waits)).rstrip())
        else:
            yield Line(1, say("recover.line.waits_for_news", why=_sentences(told.waits)).rstrip())

    def step(self, told: StepTold) -> str:
        say = self.language.say
        return say(
            "recover.line.step",
            at=self.moment(told.at),
            step=told.step,
            act="–" if told.act is None else say(f"recover.act.{told.act}"),
            outcome=say(f"recover.outcome.{told.outcome}"),
            why=_sentences(told.why),
        ).rstrip()

    def text(self, told: TextTold) -> str:
        at, body = self.moment(told.at), " ".join(told.body.split())
        if told.inbound:
            return self.language.say("recover.line.text_in", at=at, body=body)
        state = told.said if told.why is None else f"{told.said}, {told.why}"
        return self.language.say("recover.line.text_out", at=at, state=state, body=body)

    def grounds(self, why: Iterable[Why]) -> Iterator[Line]:
        for each in why:
            if each.grounds is None:
                continue
            ground = each.grounds
            dated = f"{ground.source} ({ground.source_date})" if ground.source_date else ground.source
            basis = basis_said(ground.basis, self.language)
            yield Line(
                2,
                self.language.say("recover.line.rule", rule=ground.rule, basis=basis, grade=ground.grade, source=dated),
            )


def _sentences(why: Iterable[Why]) -> str:
    return " ".join(each.said for each in why)
