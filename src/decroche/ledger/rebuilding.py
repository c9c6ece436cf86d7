"""Makes calls and journeys again from the observations, in place, and tells only what comes out otherwise.

After every batch the ledger is whole: what was heard again is made again, the rest is as it was. So the server's
readers never see a half-made history, nobody is told of changes that are none, and a rebuild that was interrupted is
simply started again.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
import structlog

from decroche.ledger.folding import STORE_TROUBLE, Change, fold_said, refold_calls, refold_people
from decroche.ledger.hearing import Hear, hear_one
from decroche.ledger.observations import read_observations
from decroche.ledger.store import Ledger
from decroche.ledger.tables import agent_states, call_keys, calls, facts, journeys, observations, unknown_words

#: Observations, calls or people in one transaction.
_AT_ONCE = 500

_ORPHANS = sa.select(calls.c.account_id, calls.c.id).where(~sa.exists().where(facts.c.call_id == calls.c.id))

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How far a rebuild is: observations heard again, and of this step what came out otherwise and what failed."""

    done: int
    total: int
    changes: tuple[Change, ...] = ()
    failed: int = 0


def rebuild(ledger: Ledger, hear: Hear, *, now: datetime) -> Iterator[Rebuilt]:
    """Hear every observation again, and make everything of it again, in ``ledger.folding()``.

    Gives its progress after each batch. Ids that journeys had before stay their aliases.
    """
    with ledger.writing() as connection:
        for table in (unknown_words, agent_states):
            connection.execute(sa.delete(table))
        total = connection.execute(sa.select(sa.func.count()).select_from(observations)).scalar_one()
    counted: set[int] = set()
    last = done = 0
    while batch := _next(ledger, last):
        todo = {each for each in batch if each not in counted}
        changed, failed = _hear_again(ledger, hear, todo, now, last=last, counted=counted)
        last, done = batch[-1], done + len(batch)
        counted = {each for each in counted if each > last}
        yield Rebuilt(done, total, changed, failed)
    yield Rebuilt(done, done, (*_drop_calls_of_nothing(ledger, now), *_follow_everybody_again(ledger, now)))


def _next(ledger: Ledger, last: int) -> list[int]:
    o = observations.c.id
    with ledger.reading() as connection:
        return list(connection.execute(sa.select(o).where(o > last).order_by(o).limit(_AT_ONCE)).scalars())


def _hear_again(
    ledger: Ledger, hear: Hear, ids: set[int], now: datetime, *, last: int, counted: set[int]
) -> tuple[tuple[Change, ...], int]:
    """Make again what the observations ``ids`` speak of. What cannot be made again stays as it is, and is counted."""
    if not ids:
        return (), 0
    with ledger.reading() as connection:
        together, before = _together(connection, ids)
        said = [hear_one(each, hear) for each in read_observations(connection, together)]
    new = {each for each in together if each > last and each not in counted}
    try:
        with ledger.writing() as connection:
            connection.execute(sa.delete(facts).where(facts.c.observation_id.in_(together)))
            connection.execute(sa.delete(call_keys).where(call_keys.c.call_id.in_(before)))
            made = fold_said(connection, said, now, new_words_of=new)
            made += _drop(connection, before, now)
    except STORE_TROUBLE:
        raise
    except Exception as error:
        if len(ids) == 1:
            log.error("rebuild_failed", observation=min(ids), error=type(error).__name__)
            return (), 1
        ordered = sorted(ids)
        half = len(ordered) // 2
        one, wrong = _hear_again(ledger, hear, set(ordered[:half]), now, last=last, counted=counted)
        rest = {each for each in ordered[half:] if each not in counted}
        two, wrong_too = _hear_again(ledger, hear, rest, now, last=last, counted=counted)
        return one + two, wrong + wrong_too
    counted |= new
    return tuple(made), 0


def _together(connection: sa.Connection, ids: set[int]) -> tuple[set[int], set[str]]:
    """The observations that speak of the same calls as ``ids``, and these calls."""
    found, known = set(ids), set[str]()
    while True:
        f = facts.c
        spoken = set(connection.execute(sa.select(f.call_id).where(f.observation_id.in_(found)).distinct()).scalars())
        if spoken == known:
            return found, known
        known = spoken
        found |= set(connection.execute(sa.select(f.observation_id).where(f.call_id.in_(known)).distinct()).scalars())


def _drop(connection: sa.Connection, ids: Iterable[str], now: datetime) -> list[Change]:
    """Remove those of the calls ``ids`` of which nothing speaks any more."""
    mine: dict[str, list[str]] = {}
    for account, id in connection.execute(_ORPHANS.where(calls.c.id.in_(ids))):
        mine.setdefault(account, []).append(id)
    return [change for account in sorted(mine) for change in refold_calls(connection, account, mine[account], now)]


def _drop_calls_of_nothing(ledger: Ledger, now: datetime) -> list[Change]:
    made: list[Change] = []
    while True:
        with ledger.writing() as connection:
            found = [id for _, id in connection.execute(_ORPHANS.limit(_AT_ONCE))]
            if not found:
                return made
            made += _drop(connection, found, now)


def _follow_everybody_again(ledger: Ledger, now: datetime) -> list[Change]:
    """Make every journey again."""
    known = sa.union(
        sa.select(calls.c.account_id, calls.c.person).where(calls.c.person.is_not(None)),
        sa.select(journeys.c.account_id, journeys.c.person),
    ).subquery()
    made: list[Change] = []
    with ledger.reading() as connection:
        accounts = list(connection.execute(sa.select(known.c.account_id).distinct().order_by("account_id")).scalars())
    for account in accounts:
        mine = sa.select(known.c.person).where(known.c.account_id == account).order_by(known.c.person).limit(_AT_ONCE)
        # Whoever was erased is below zero.
        last = -sys.maxsize
        while True:
            with ledger.writing() as connection:
                people = list(connection.execute(mine.where(known.c.person > last)).scalars())
                made += refold_people(connection, account, people, now)
            if not people:
                break
            last = people[-1]
    return made
