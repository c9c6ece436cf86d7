"""What stays of an observation in which somebody was erased: what it said, with a pseudonym in place of the number.

It is the only change that is ever made to an observation. What it says now is kept in words of ours instead of the
platform's, so that the ledger made again from its observations is the same as before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import msgspec

from decroche.connector_kit.connector import Record
from decroche.model.fact import AgentFact, Fact, Heard, Message, UnknownWord
from decroche.model.text import TextReceipt, TextReceived
from decroche.understand.numbers import ERASED, read_number

#: The kind of such an observation. No connector has it, and none is asked what it means.
KIND = "erased"
#: The words of a fact in which a number may stand beside the two that are numbers.
_WORDS = ("leg_key", "line", "queue", "department", "site", "agent", "raw_reason")

#: Puts something in the place of a number in a text; the text itself where it holds none.
Cover = Callable[[str], str]
#: The pseudonym for E.164 digits; None for whoever stays.
Whose = Callable[[int], int | None]

_Any = TypeVar("_Any", Fact, AgentFact, TextReceipt, Message)


class Kept(msgspec.Struct, frozen=True, omit_defaults=True):
    """All that is kept. ``state`` is what was made of it before: heard, ignored, malformed or failed."""

    state: str
    facts: tuple[Fact, ...] = ()
    agents: tuple[AgentFact, ...] = ()
    received: tuple[TextReceived, ...] = ()
    receipts: tuple[TextReceipt, ...] = ()
    unknown: tuple[UnknownWord, ...] = ()

    @property
    def heard(self) -> Heard:
        """The same as any observation says it."""
        return Heard(facts=self.facts, agents=self.agents, texts=(*self.received, *self.receipts), unknown=self.unknown)


_decoder = msgspec.json.Decoder(Kept)


def hear_erased(record: Record) -> Kept:
    """What such a record says."""
    return _decoder.decode(record.body)


def kept_of(state: str, heard: Heard, facts: tuple[Fact, ...], *, cover: Cover, whose: Whose, region: str) -> bytes:
    """The body of an observation in which somebody is erased: ``facts`` are those of ``heard``, covered already."""
    texts = heard.texts
    kept = Kept(
        state=state,
        facts=facts,
        agents=tuple(_covered(each, ("agent", "queue", "reason"), cover) for each in heard.agents),
        received=tuple(_received(each, whose=whose, region=region) for each in texts if isinstance(each, TextReceived)),
        receipts=tuple(_covered(each, ("raw_failure",), cover) for each in texts if isinstance(each, TextReceipt)),
        unknown=tuple(each for each in heard.unknown if cover(each.word) == each.word),
    )
    return msgspec.json.encode(kept)


def covered_fact(
    fact: Fact, *, numbers: Callable[[str], str], cover: Cover, key: Callable[[str], str], theirs: bool = False
) -> Fact:
    """A fact with ``numbers`` done to who called and was called, ``cover`` to its words, ``key`` to the call's ids.

    ``theirs``: of what they said to the voicemail nothing stays, not even where it is.
    """
    changed: dict[str, Any] = {
        name: numbers(text) for name in ("caller", "called") if (text := getattr(fact, name)) is not None
    }
    changed["call_key"], changed["same_call"] = key(fact.call_key), tuple(key(each) for each in fact.same_call)
    if fact.message is not None:
        changed["message"] = None if theirs else _covered(fact.message, ("recording", "text"), cover)
    return replace(_covered(fact, _WORDS, cover), **changed)


def token(pseudonym: int, *, after: str = "") -> str:
    """What stands in the place of a number. It sorts behind ``after``, as the number did."""
    return f"{after}!{ERASED}{-pseudonym}" if after else f"{ERASED}{-pseudonym}"


def _received(each: TextReceived, *, whose: Whose, region: str) -> TextReceived:
    """What somebody wrote: nothing, when it is somebody who is erased."""
    person = read_number(each.sender, region=region).e164
    name = None if person is None else whose(person)
    return each if name is None else replace(each, sender=token(name), body="")


def _covered(told: _Any, names: tuple[str, ...], cover: Cover) -> _Any:
    changed: dict[str, Any] = {
        name: better for name in names if (text := getattr(told, name)) is not None and (better := cover(text)) != text
    }
    return replace(told, **changed) if changed else told
