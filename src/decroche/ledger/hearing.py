"""Asks a connector what an observation says, and makes of its words what both databases can keep."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import structlog

from decroche.connector_kit.connector import Record
from decroche.connector_kit.errors import Ignored, Malformed
from decroche.connector_kit.unreadable import UNREADABLE
from decroche.ledger import erased
from decroche.ledger.call_ids import COVERED
from decroche.ledger.file_rows import FILE, hear_file_row
from decroche.ledger.keys import LONGEST, clean, short_key
from decroche.ledger.lost_ends import CLOCK, hear_lost_end
from decroche.ledger.observations import Pending
from decroche.model.fact import AgentFact, Fact, Heard, UnknownWord
from decroche.model.text import TextReceipt, TextReceived
from decroche.understand.numbers import ERASED

#: What a record of a connector says: (connector, record, settings without secrets) -> Heard.
Hear = Callable[[str, Record, Mapping[str, str]], Heard]

_TEXTS = ("leg_key", "caller", "called", "line", "queue", "department", "site", "agent", "raw_reason")
_NUMBERS = ("caller", "called")
#: So many digits may be a phone number, whatever stands between them.
_NUMBER = re.compile(r"\+?[0-9](?:(?:%20|%2B|[ .()/_+-]){0,2}[0-9]){6,}")
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Said:
    """What became of an observation: ``state`` is heard, ignored, malformed or failed; ``bodies`` its facts as kept."""

    pending: Pending
    heard: Heard
    bodies: tuple[bytes, ...]
    state: str


def hear_one(each: Pending, hear: Hear) -> Said:
    """What an observation says. A mistake of ours in a connector fails this observation, and no other."""
    if each.record.kind == erased.KIND:
        kept = erased.hear_erased(each.record)
        return Said(each, kept.heard, tuple(msgspec.json.encode(fact) for fact in kept.facts), kept.state)
    try:
        heard = _heard(each, hear)
        clean_heard = Heard(
            facts=tuple(_fact(fact) for fact in heard.facts),
            agents=tuple(_agent(fact) for fact in heard.agents),
            texts=tuple(_text(told) for told in heard.texts),
            unknown=tuple(UnknownWord(_word(word.field), _numberless(word.word)) for word in heard.unknown),
        )
        bodies = tuple(msgspec.json.encode(fact) for fact in clean_heard.facts)
        return Said(each, clean_heard, bodies, "heard")
    except Ignored:
        return Said(each, Heard(), (), "ignored")
    except Malformed:
        return Said(each, Heard(), (), "malformed")
    except Exception as error:
        return given_up(each, error)


def _heard(each: Pending, hear: Hear) -> Heard:
    if each.source == CLOCK:
        return hear_lost_end(each.record)
    if each.source == FILE:
        return hear_file_row(each.record)
    if each.record.kind == UNREADABLE:
        raise Malformed(each.record.about.get("why", ""))
    return hear(each.connector, each.record, each.settings)


def given_up(each: Pending, error: Exception) -> Said:
    """An observation of which nothing can be made, for a fault of ours. It is kept, and heard again at a rebuild."""
    _log.error("observation_failed", connector=each.connector, observation=each.id, error=type(error).__name__)
    return Said(each, Heard(), (), "failed")


def _fact(fact: Fact) -> Fact:
    changed: dict[str, Any] = {
        name: better for name in _TEXTS if (text := getattr(fact, name)) and (better := clean(text)) != text
    }
    for name in _NUMBERS:
        # Only we write so, in the place of a number.
        if (text := getattr(fact, name)) and ERASED in text:
            changed[name] = changed.get(name, text).replace(ERASED, "erased ")
    keys = (fact.call_key, *fact.same_call)
    kept = tuple(short_key(f"told/{key}" if key.startswith(COVERED) else key) for key in keys)
    if changed or kept != keys:
        return replace(fact, call_key=kept[0], same_call=kept[1:], **changed)
    return fact


def _agent(fact: AgentFact) -> AgentFact:
    queue, reason = fact.queue, fact.reason
    return replace(
        fact,
        agent=_word(fact.agent),
        queue=None if queue is None else _word(queue),
        reason=None if reason is None else clean(reason),
    )


def _text(told: TextReceived | TextReceipt) -> TextReceived | TextReceipt:
    if isinstance(told, TextReceived):
        return replace(
            told,
            ref=short_key(told.ref),
            sender=_word(told.sender).replace(ERASED, "erased "),
            recipient=_word(told.recipient),
            body=clean(told.body),
        )
    raw, reference = told.raw_failure, told.reference
    return replace(
        told,
        ref=short_key(told.ref),
        reference=None if reference is None else short_key(reference),
        raw_failure=None if raw is None else _word(raw),
    )


def _word(text: str) -> str:
    return clean(text)[:LONGEST]


def _numberless(word: str) -> str:
    """A word that we do not know; a phone number in it is nobody's word, and is not counted and shown to all."""
    return _NUMBER.sub("…", _word(word))
