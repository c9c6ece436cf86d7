"""Which message a caller left, as far as a platform tells: the recording often comes before its text."""

from __future__ import annotations

from collections.abc import Iterable

from decroche.model.fact import Fact, Message


def message_of(facts: Iterable[Fact]) -> Message | None:
    """The last recording that ``facts`` of one call tell, and the last text; None when they tell neither.

    The same for every order of them, and for every repetition.
    """
    told = [(fact.at, repr(fact), fact.message) for fact in facts if fact.message is not None]
    found = Message()
    for _, _, each in sorted(told, key=lambda one: one[:2]):
        found = Message(recording=each.recording or found.recording, text=each.text or found.text)
    return None if found == Message() else found
