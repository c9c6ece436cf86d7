"""Call stories for the ledger: what a phone system says, fact by fact, from a transfer to an end that never comes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import msgspec
from hypothesis import strategies as st

from decroche.connector_kit.connector import Record
from decroche.connector_kit.errors import Ignored, Malformed
from decroche.model.call import Direction, MissedReason
from decroche.model.fact import AgentFact, Fact, Heard, Stage, UnknownWord

START = datetime(2026, 3, 26, 8, tzinfo=UTC)
NOW = START + timedelta(days=20)
LINES = ("+33199000001", "+33199000002")
PEOPLE = ("+33611111111", "0622222222", "+33 6 33 33 33 33", "anonymous", None)


class Body(msgspec.Struct, frozen=True):
    """What an observation of these tests holds."""

    facts: tuple[Fact, ...] = ()
    agents: tuple[AgentFact, ...] = ()
    unknown: tuple[tuple[str, str], ...] = ()
    trouble: str = ""


_encode, _decode = msgspec.json.Encoder().encode, msgspec.json.Decoder(Body).decode


def record(body: Body) -> Record:
    """A record of ``body``; the same key for the same body."""
    content = _encode(body)
    return Record(kind="event", key=hashlib.blake2b(content, digest_size=8).hexdigest(), body=content)


def hear(connector: str, heard: Record, settings: Mapping[str, str]) -> Heard:
    """The connector of these tests."""
    body = _decode(heard.body)
    if body.trouble == "ignored":
        raise Ignored
    if body.trouble == "malformed":
        raise Malformed
    return Heard(facts=body.facts, agents=body.agents, unknown=tuple(UnknownWord(*word) for word in body.unknown))


@dataclass(frozen=True, slots=True)
class _Said:
    """Says facts of one call, seconds after its beginning."""

    key: str
    at: datetime

    def __call__(self, after: float, stage: Stage, **more: object) -> Fact:
        fields: dict[str, object] = {"call_key": self.key, "stage": stage, "at": self.at + timedelta(seconds=after)}
        return Fact(**{**fields, **more})  # type: ignore[arg-type]


def _arrives(said: _Said, draw: st.DrawFn) -> Fact:
    caller, called = draw(st.sampled_from(PEOPLE)), draw(st.sampled_from(LINES))
    return said(0, Stage.CREATED, direction=Direction.INBOUND, caller=caller, called=called)


def _ends(after: float, said: _Said, **more: object) -> Fact:
    return said(after, Stage.ENDED, final=True, **more)


def _transfer(said: _Said, draw: st.DrawFn) -> list[Fact]:
    return [
        _arrives(said, draw),
        said(1, Stage.RINGING, leg_key="a"),
        said(6, Stage.ANSWERED, leg_key="a", agent="Ana"),
        said(40, Stage.RINGING, leg_key="b"),
        said(45, Stage.ANSWERED, leg_key="b", agent="Bob"),
        said(46, Stage.ENDED, leg_key="a"),
        said(90, Stage.ENDED, leg_key="b"),
        _ends(90, said),
    ]


def _ring_group(said: _Said, draw: st.DrawFn) -> list[Fact]:
    found = [_arrives(said, draw)]
    for leg in "abc":
        found.append(said(1, Stage.RINGING, leg_key=leg))
    found += [
        said(9, Stage.ANSWERED, leg_key="b", agent="Bob"),
        said(9, Stage.ENDED, leg_key="a", reason=MissedReason.NO_ANSWER),
        said(9, Stage.ENDED, leg_key="c", reason=MissedReason.AGENT_REJECTED),
        _ends(60, said),
    ]
    return found


def _overflow(said: _Said, draw: st.DrawFn) -> list[Fact]:
    answered = draw(st.booleans())
    found = [
        _arrives(said, draw),
        said(2, Stage.QUEUED, queue="sales"),
        said(62, Stage.QUEUED, queue="reception", leg_key="2"),
        said(63, Stage.RINGING, leg_key="2"),
    ]
    if answered:
        return [*found, said(70, Stage.ANSWERED, leg_key="2", agent="Ana"), _ends(100, said)]
    return [*found, _ends(100, said, reason=MissedReason.QUEUE_TIMEOUT, raw_reason="timeout")]


def _voicemail(said: _Said, draw: st.DrawFn) -> list[Fact]:
    late = said(draw(st.sampled_from((50, 4000))), Stage.ENRICHED, voicemail=True)
    return [_arrives(said, draw), said(1, Stage.RINGING, leg_key="a"), _ends(40, said, raw_reason="voicemail"), late]


def _missed(said: _Said, draw: st.DrawFn) -> list[Fact]:
    return [_arrives(said, draw), said(1, Stage.RINGING, leg_key="a"), _ends(draw(st.sampled_from((3, 30))), said)]


def _no_end(said: _Said, draw: st.DrawFn) -> list[Fact]:
    return draw(st.sampled_from((_missed, _transfer)))(said, draw)[:-1]


def _late_end(said: _Said, draw: st.DrawFn) -> list[Fact]:
    return [*_missed(said, draw)[:-1], _ends(9000, said, ended_at=said.at + timedelta(seconds=30))]


def _callback(said: _Said, draw: st.DrawFn) -> list[Fact]:
    person = draw(st.sampled_from(PEOPLE))
    begin = said(0, Stage.CREATED, direction=Direction.OUTBOUND, caller=LINES[0], called=person)
    if draw(st.booleans()):
        return [begin, said(8, Stage.ANSWERED), _ends(60, said)]
    return [begin, _ends(25, said, reason=MissedReason.NO_ANSWER)]


def _two_ids(said: _Said, draw: st.DrawFn) -> list[Fact]:
    """The queue speaks of one id, the trunk of another; what joins them may come last, and they may disagree."""
    other = replace(said, key=f"{said.key}-trunk")
    caller, done = draw(st.sampled_from(PEOPLE)), draw(st.booleans())
    return [
        said(1, Stage.QUEUED, queue="sales", direction=Direction.INBOUND, caller=caller, final=done),
        _arrives(other, draw),
        said(20, Stage.ANSWERED, leg_key="a", agent="Ana") if draw(st.booleans()) else said(20, Stage.RINGING),
        _ends(30, other),
        said(31, Stage.ENRICHED, same_call=(other.key,)),
    ]


def _late_number(said: _Said, draw: st.DrawFn) -> list[Fact]:
    """Who called is told after the end."""
    caller = draw(st.sampled_from(PEOPLE))
    return [
        said(0, Stage.CREATED, direction=Direction.INBOUND, called=LINES[0]),
        _ends(20, said),
        said(25, Stage.ENRICHED, caller=caller),
    ]


def _finished_row(said: _Said, draw: st.DrawFn) -> list[Fact]:
    """Live facts, and the row of the history that has the last word."""
    live = _missed(said, draw)
    answered = draw(st.booleans())
    row = replace(live[0], stage=Stage.ENDED, at=said.at + timedelta(seconds=33), complete=True, final=True)
    return [*live, replace(row, answered=answered, total_s=33.0, wait_s=12.0, started_at=said.at, ended_at=row.at)]


_STORIES = (
    _transfer, _ring_group, _overflow, _voicemail, _missed, _no_end, _late_end, _callback, _two_ids, _late_number,
    _finished_row,
)  # fmt: skip


@st.composite
def _story(draw: st.DrawFn, number: int) -> list[Fact]:
    minutes = draw(st.one_of(st.integers(0, 3), st.integers(0, 12 * 24 * 60)))
    said = _Said(f"c{number}", START + timedelta(minutes=minutes))
    return draw(st.sampled_from(_STORIES))(said, draw)


@st.composite
def bodies(draw: st.DrawFn, most: int = 7) -> list[Body]:
    """What is delivered, each once and in the order in which it happened: calls, agents, unknown words, nonsense."""
    found = [
        Body(facts=(fact,))
        for number in range(draw(st.integers(1, most)))
        for fact in draw(_story(number))
    ]  # fmt: skip
    if draw(st.booleans()):
        found.append(Body(facts=tuple(fact for body in found[:3] for fact in body.facts)))
    words = draw(st.lists(st.sampled_from((("reason", "?"), ("state", "Ж"), ("reason", "\0x"))), max_size=3))
    found += [Body(unknown=(word,), trouble=f"{number}") for number, word in enumerate(words)]
    found += [Body(trouble=trouble) for trouble in draw(st.sets(st.sampled_from(("ignored", "malformed"))))]
    return sorted(found, key=lambda body: body.facts[0].at if body.facts else START)


@st.composite
def deliveries(draw: st.DrawFn, said: Sequence[Body]) -> list[list[Body]]:
    """``said`` in another order, some of it several times, cut into batches anywhere."""
    again = draw(st.lists(st.sampled_from(said), max_size=len(said)))
    mixed = draw(st.permutations([*said, *again]))
    cuts = sorted(draw(st.lists(st.integers(0, len(mixed)), max_size=6)))
    return [list(mixed[begin:end]) for begin, end in zip([0, *cuts], [*cuts, len(mixed)], strict=True)]
