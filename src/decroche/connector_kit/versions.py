"""Puts what a platform says of a finished call twice in order: the version that it changed last is its last word."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from decroche.model.fact import Fact


def by_version(facts: Iterable[Fact], changed_at: datetime | None) -> tuple[Fact, ...]:
    """``facts`` of a row that the platform changed last at ``changed_at`` (None: it does not say).

    Two versions of a row tell the same end of the call: only their times of change tell which one holds.
    """
    if changed_at is None:
        return tuple(facts)
    version = int(changed_at.timestamp() * 1000)
    return tuple(replace(fact, sequence=version) if fact.complete else fact for fact in facts)
