"""Makes calls and journeys of what platforms said, a batch at a time, each batch wholly or not at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from decroche.connector_kit.connector import Record
from decroche.connector_kit.errors import Ignored, Malformed
from decroche.ledger.businesses import business
from decroche.ledger.call_ids import resolve
from decroche.ledger.call_rows import call_row, stored_call
from decroche.ledger.inserting import insert_new, put
from decroche.ledger.journeys import refold
from decroche.ledger.observations import Pending, pending, settle
from decroche.ledger.store import Ledger
from decroche.ledger.tables import (
    agent_states,
    call_keys,
    calls,
    changes,
    counters,
    endpoints,
    facts,
    journey_aliases,
    journeys,
    observations,
    unknown_words,
)
from decroche.model.call import Disposition
from decroche.model.fact import Fact, Heard
from decroche.understand.business import Business, judged
from decroche.understand.live import live_call

#: What a record of a connector says: (connector, record, settings without secrets) -> Heard.
Hear = Callable[[str, Record, Mapping[str, str]], Heard]


@dataclass(frozen=True, slots=True)
class Folded:
    """What one batch was: observations by what was made of them, and the changes that it made, in order."""

    observations: int
    malformed: int
    changes: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Said:
    pending: Pending
    heard: Heard
    state: str


def fold_pending(ledger: Ledger, hear: Hear, *, now: datetime, limit: int = 500) -> Folded:
    """Make calls and journeys of the oldest pending observations. ``changes`` are (account, kind, subject)."""
    with ledger.reading() as connection:
        waiting = pending(connection, limit)
    if not waiting:
        return Folded(0, 0)
    said = [_heard(each, hear) for each in waiting]
    with ledger.writing() as connection:
        made: list[tuple[str, str, str]] = []
        for account in sorted({each.pending.account_id for each in said}):
            mine = [each for each in said if each.pending.account_id == account]
            made += _fold_account(connection, account, mine, now)
        _count_unknown(connection, said)
        settle(connection, [(each.pending.id, each.state) for each in said])
    return Folded(len(said), sum(each.state == "malformed" for each in said), tuple(made))


def refold_calls(connection: sa.Connection, account: str, ids: Iterable[str], now: datetime) -> None:
    """Make the calls ``ids`` and their journeys again from their facts, after the business changed or time passed."""
    _fold_calls(connection, account, set(ids), set(), now)


def forget_folded(connection: sa.Connection) -> None:
    """Throw away everything that was made of the observations, and have it made again."""
    for table in (journey_aliases, journeys, calls, call_keys, facts, agent_states, unknown_words):
        connection.execute(sa.delete(table))
    connection.execute(sa.update(observations).values(state="pending"))


def _heard(each: Pending, hear: Hear) -> _Said:
    try:
        return _Said(each, hear(each.connector, each.record, each.settings), "heard")
    except Ignored:
        return _Said(each, Heard(), "ignored")
    except Malformed:
        return _Said(each, Heard(), "malformed")


def _fold_account(
    connection: sa.Connection, account: str, said: Sequence[_Said], now: datetime
) -> list[tuple[str, str, str]]:
    touched: set[str] = set()
    gone: set[str] = set()
    rows = []
    for connector in sorted({each.pending.connector for each in said}):
        mine = [each for each in said if each.pending.connector == connector]
        spoken = [(fact.call_key, *fact.same_call) for each in mine for fact in each.heard.facts]
        resolved, merged = resolve(connection, account, connector, spoken)
        gone |= merged
        for each in mine:
            for number, fact in enumerate(each.heard.facts):
                call = resolved[fact.call_key]
                touched.add(call)
                rows.append(
                    {
                        "observation_id": each.pending.id,
                        "number": number,
                        "call_id": call,
                        "body": msgspec.json.encode(fact),
                    }
                )
    insert_new(connection, facts, rows, unique=("observation_id", "number"))
    _keep_agents(connection, account, said)
    return _fold_calls(connection, account, touched, gone, now)


def _fold_calls(
    connection: sa.Connection, account: str, touched: set[str], gone: set[str], now: datetime
) -> list[tuple[str, str, str]]:
    if not touched and not gone:
        return []
    about = business(connection, account, now)
    before = {row.id: row for row in connection.execute(sa.select(calls).where(calls.c.id.in_(touched)))}
    rows = _made(connection, account, touched, about)
    first = _revisions(connection, len(rows))
    for number, row in enumerate(rows):
        row["revision"] = first + number
    put(connection, calls, rows)
    people = {row["person"] for row in rows} | {row.person for row in before.values()}
    made = [(account, kind, row["id"]) for row in rows for kind in _call_changes(before.get(row["id"]), row)]
    turned = refold(connection, account, {p for p in people if p is not None}, now, revision=first + len(rows))
    made += [(account, kind, subject) for kind, subject in turned]
    noted = [{"account_id": account, "at": now, "kind": kind, "subject": subject} for _, kind, subject in made]
    if noted:
        connection.execute(sa.insert(changes), noted)
    return made


def _made(connection: sa.Connection, account: str, ids: set[str], about: Business) -> list[dict[str, Any]]:
    """The rows of the calls ``ids``, made of all their facts."""
    o = observations.c
    query = (
        sa.select(facts.c.call_id, facts.c.body, o.endpoint_id, o.source)
        .join(observations, o.id == facts.c.observation_id)
        .where(facts.c.call_id.in_(ids))
    )
    told: dict[str, list[tuple[Fact, str, str]]] = {}
    for row in connection.execute(query):
        fact = _decoder.decode(row.body)
        told.setdefault(row.call_id, []).append((fact, row.endpoint_id, row.source))
    sites = _endpoint_sites(connection, {endpoint for facts_ in told.values() for _, endpoint, _ in facts_})
    rows = []
    for call, spoken in sorted(told.items()):
        endpoint = min(endpoint for _, endpoint, _ in spoken)
        live = live_call(fact for fact, _, _ in spoken)
        rows.append(
            call_row(
                judged(live, about, site=sites[endpoint]),
                call_id=call,
                account_id=account,
                endpoint_id=endpoint,
                sources={source for _, _, source in spoken},
            )
        )
    return rows


_decoder = msgspec.json.Decoder(Fact)


def _endpoint_sites(connection: sa.Connection, ids: set[str]) -> dict[str, str]:
    found = connection.execute(sa.select(endpoints.c.id, endpoints.c.site).where(endpoints.c.id.in_(ids)))
    return {row.id: row.site for row in found}


def _call_changes(before: sa.Row[Any] | None, row: Mapping[str, Any]) -> list[str]:
    if before is not None and stored_call(before) == stored_call(row):
        return []
    missed = str(Disposition.MISSED)
    new_miss = row["disposition"] == missed and (before is None or before._mapping["disposition"] != missed)
    return ["call.updated", "call.missed"] if new_miss else ["call.updated"]


def _revisions(connection: sa.Connection, count: int) -> int:
    """The first of ``count`` revisions; nobody else gets one until this transaction ends, so they are in its order."""
    put_first = sa.update(counters).where(counters.c.name == "revision").values(value=counters.c.value + count + 1)
    last = connection.execute(put_first.returning(counters.c.value)).scalar_one_or_none()
    if last is None:
        connection.execute(sa.insert(counters).values(name="revision", value=count + 1))
        last = count + 1
    return int(last) - count


def _keep_agents(connection: sa.Connection, account: str, said: Sequence[_Said]) -> None:
    rows = [
        {
            "account_id": account,
            "endpoint_id": each.pending.endpoint_id,
            "agent": fact.agent,
            "queue": fact.queue or "",
            "at": fact.at,
            "presence": str(fact.presence),
            "reason": fact.reason,
        }
        for each in said
        for fact in each.heard.agents
    ]
    insert_new(connection, agent_states, rows, unique=("endpoint_id", "agent", "queue", "at", "presence"))


def _count_unknown(connection: sa.Connection, said: Sequence[_Said]) -> None:
    times = Counter((each.pending.endpoint_id, word.field, word.word) for each in said for word in each.heard.unknown)
    c = unknown_words.c
    for (endpoint, field, word), count in times.items():
        here = (c.endpoint_id == endpoint) & (c.field == field) & (c.word == word)
        if not connection.execute(sa.update(unknown_words).where(here).values(times=c.times + count)).rowcount:
            row = {"endpoint_id": endpoint, "field": field, "word": word, "times": count}
            connection.execute(sa.insert(unknown_words).values(**row))
