"""Makes calls and journeys of what platforms said, a batch at a time, each batch wholly or not at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from decroche.ledger.account_words import read_all_words
from decroche.ledger.businesses import business
from decroche.ledger.call_ids import Platform, resolve
from decroche.ledger.call_rows import call_row, stored_call
from decroche.ledger.file_rows import without_hearsay
from decroche.ledger.hearing import Hear, Said, given_up, hear_one
from decroche.ledger.inserting import insert_for, insert_new, put
from decroche.ledger.journeys import refold
from decroche.ledger.lost_ends import CLOCK, end_of
from decroche.ledger.observations import SettledElsewhere, pending, settle
from decroche.ledger.remembering import remembering
from decroche.ledger.searching import In, enter_voicemails, forget
from decroche.ledger.store import Ledger
from decroche.ledger.tables import agent_states, calls, changes, endpoints, facts, observations, unknown_words
from decroche.ledger.telling import next_revision
from decroche.ledger.text_facts import keep_texts
from decroche.model.call import Disposition
from decroche.model.fact import Fact
from decroche.understand.business import judged
from decroche.understand.live import live_call
from decroche.understand.messages import message_of

__all__ = ["Change", "Folded", "Hear", "fold_pending", "refold_calls"]

#: What changed: (account, kind, subject), with the kinds of the table ``changes``.
Change = tuple[str, str, str]

#: The store is busy, full or away: nothing is wrong with what was to be written.
STORE_TROUBLE = (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.InternalError, sa.exc.TimeoutError, OSError)
#: Calls that are made again in one go.
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Folded:
    """What one batch was: observations by what was made of them, and the changes that it made, in order."""

    observations: int
    malformed: int
    changes: tuple[Change, ...] = ()
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Told:
    """A fact with where it came from."""

    fact: Fact
    endpoint: str
    source: str
    received_at: datetime


def fold_pending(ledger: Ledger, hear: Hear, *, now: datetime, limit: int = 500) -> Folded:
    """Make calls and journeys of the oldest pending observations, in ``ledger.folding()``.

    An observation that cannot be folded for a fault of ours fails alone. Raises what SQLAlchemy raises when the store
    is busy, full or away, and SettledElsewhere when somebody else folded too: then nothing of the batch is done.
    """
    with ledger.reading() as connection:
        waiting = pending(connection, limit)
    if not waiting:
        return Folded(0, 0)
    return _fold(ledger, [hear_one(each, hear) for each in waiting], now)


def _fold(ledger: Ledger, said: Sequence[Said], now: datetime) -> Folded:
    try:
        with ledger.writing() as connection, remembering(connection):
            made = fold_said(connection, said, now)
    except (*STORE_TROUBLE, SettledElsewhere):
        raise
    except Exception as error:
        if len(said) == 1:
            if said[0].state == "failed":
                raise
            return _fold(ledger, [given_up(said[0].pending, error)], now)
        half = len(said) // 2
        first, second = _fold(ledger, said[:half], now), _fold(ledger, said[half:], now)
        return Folded(
            first.observations + second.observations,
            first.malformed + second.malformed,
            first.changes + second.changes,
            first.failed + second.failed,
        )
    states = Counter(each.state for each in said)
    return Folded(len(said), states["malformed"], tuple(made), states["failed"])


def fold_said(
    connection: sa.Connection, said: Sequence[Said], now: datetime, *, new_words_of: Container[int] | None = None
) -> list[Change]:
    """Make calls and journeys of observations that have been heard, and note what became of each.

    Unknown words are counted of all of them; or, when they are heard again, of those that ``new_words_of`` names.
    """
    by_account: dict[str, list[Said]] = {}
    for each in said:
        by_account.setdefault(each.pending.account_id, []).append(each)
    by_account = dict(sorted(by_account.items()))
    read_all_words(connection, by_account)
    touched, renamed, rows = _resolved(connection, said)
    insert_new(connection, facts, rows, unique=("observation_id", "number"))
    _keep_agents(connection, said)
    made: list[Change] = []
    for account, mine in by_account.items():
        made += _keep_texts(connection, account, mine, now)
    made += _fold_calls(connection, touched, renamed, now)
    _count_unknown(connection, [each for each in said if new_words_of is None or each.pending.id in new_words_of])
    settle(connection, [(each.pending.id, each.state) for each in said], first=new_words_of is None)
    return made


def refold_calls(connection: sa.Connection, account: str, ids: Iterable[str], now: datetime) -> list[Change]:
    """Make the calls ``ids`` and their journeys again from their facts, after the business changed."""
    wanted = sorted(set(ids))
    made: list[Change] = []
    for start in range(0, len(wanted), _AT_ONCE):
        made += _fold_calls(connection, {account: set(wanted[start : start + _AT_ONCE])}, {}, now)
    return made


def refold_people(connection: sa.Connection, account: str, people: Iterable[int], now: datetime) -> list[Change]:
    """Make the journeys of ``people`` again from their calls, after time passed or somebody reached them."""
    wanted = set(people)
    if not wanted:
        return []
    revision = next_revision(connection, 1)
    return _note(connection, now, refold(connection, {account: wanted}, now, revision=revision, renamed={}))


def _resolved(
    connection: sa.Connection, said: Sequence[Said]
) -> tuple[dict[str, set[str]], dict[str, str], list[dict[str, Any]]]:
    """The calls that were spoken of, by account; those that became others, by their former ids; and facts as rows."""
    spoken: dict[Platform, list[tuple[str, ...]]] = {}
    for each in said:
        told = spoken.setdefault((each.pending.account_id, each.pending.connector), [])
        told += [(fact.call_key, *fact.same_call) for fact in each.heard.facts]
    resolved, renamed = resolve(connection, dict(sorted(spoken.items())))
    touched: dict[str, set[str]] = {account: set() for account, _ in sorted(spoken)}
    rows = []
    for each in said:
        account, connector = each.pending.account_id, each.pending.connector
        for number, (fact, body) in enumerate(zip(each.heard.facts, each.bodies, strict=True)):
            call = resolved[account, connector][fact.call_key]
            touched[account].add(call)
            rows.append({"observation_id": each.pending.id, "number": number, "call_id": call, "body": body})
    return touched, renamed, rows


def _keep_texts(connection: sa.Connection, account: str, said: Sequence[Said], now: datetime) -> list[Change]:
    if not any(each.heard.texts for each in said):
        return []
    # Whoever follows the changes reads them by their ids: as with revisions, nobody else may add some meanwhile.
    next_revision(connection, 1)
    region = business(connection, account, now).country
    return _note(connection, now, keep_texts(connection, account, said, region=region, now=now))


def _fold_calls(
    connection: sa.Connection, touched: Mapping[str, set[str]], renamed: Mapping[str, str], now: datetime
) -> list[Change]:
    """Make the calls ``touched``, by account, again; ``renamed`` are those that became others, by their former ids."""
    wanted = set[str]().union(*touched.values()) | renamed.keys()
    if not wanted:
        return []
    before = {row.id: row for row in connection.execute(_CALLS, {"ids": sorted(wanted)})}
    made_again, said = _made(connection, touched, now)
    left = [row for row in made_again if row["voicemail"] or row["id"] in said]
    rows = [row for row in made_again if row["id"] not in before or stored_call(before[row["id"]]) != row]
    gone = sorted(before.keys() - {row["id"] for row in made_again})
    if not rows and not gone:
        enter_voicemails(connection, left, said)
        return []
    if gone:
        connection.execute(sa.delete(calls).where(calls.c.id.in_(gone)))
        for account in sorted({before[id].account_id for id in gone}):
            forget(connection, account, In.VOICEMAIL, gone)
    first = next_revision(connection, len(rows) + 1)
    enter_voicemails(connection, left, said)
    put(connection, calls, [row | {"revision": first + number} for number, row in enumerate(rows)])
    made = [(before[id].account_id, "call.merged", id) for id in gone]
    made += [(row["account_id"], kind, row["id"]) for row in rows for kind in _call_changes(before.get(row["id"]), row)]
    people: dict[str, set[int]] = {}
    former = [before[id] for id in before.keys() & {*gone, *(row["id"] for row in rows)}]
    for account, person in [
        *((row["account_id"], row["person"]) for row in rows),
        *((row.account_id, row.person) for row in former),
    ]:
        if person is not None:
            people.setdefault(account, set()).add(person)
    return _note(connection, now, made + refold(connection, people, now, revision=first + len(rows), renamed=renamed))


_CALLS = sa.select(calls).where(calls.c.id.in_(sa.bindparam("ids", expanding=True)))


def _note(connection: sa.Connection, now: datetime, made: list[Change]) -> list[Change]:
    """Write the changes down for whoever follows them."""
    if made:
        noted = [{"account_id": account, "at": now, "kind": kind, "subject": id} for account, kind, id in made]
        connection.execute(_CHANGED, noted)
    return made


_CHANGED = sa.insert(changes)


def _made(
    connection: sa.Connection, touched: Mapping[str, set[str]], now: datetime
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The rows of the calls ``touched``, by account, made of all their facts; by call what the voicemail was told."""
    rows: list[dict[str, Any]] = []
    said: dict[str, str] = {}
    told = _told(connection, set[str]().union(*touched.values()))
    sites = _endpoint_sites(connection, {each.endpoint for spoken in told.values() for each in spoken})
    for account, ids in touched.items():
        if not ids:
            continue
        about = business(connection, account, now)
        for call in sorted(ids & told.keys()):
            platform = [each for each in told[call] if each.source != CLOCK]
            if not platform:
                continue
            if (message := message_of(each.fact for each in platform)) is not None and message.text:
                said[call] = message.text
            known, ended_by_clock = what_counts(told[call])
            sources = {each.source for each in platform} | ({CLOCK} if ended_by_clock else set())
            endpoint = min(each.endpoint for each in platform)
            rows.append(
                call_row(
                    judged(live_call(known), about, site=sites[endpoint]),
                    call_id=call,
                    account_id=account,
                    endpoint_id=endpoint,
                    sources=sources,
                    last_heard_at=max(each.received_at for each in platform),
                )
            )
    return rows, said


def what_counts(spoken: Sequence[Told]) -> tuple[list[Fact], bool]:
    """The facts of which a call is made, of all that was told of it; and whether its end is one by the clock."""
    known = [each.fact for each in without_hearsay([each for each in spoken if each.source != CLOCK])]
    end = end_of(known, [each.fact for each in spoken if each.source == CLOCK]) if known else None
    return (known, False) if end is None else ([*known, end], True)


_decoder = msgspec.json.Decoder(Fact)


def _told(connection: sa.Connection, ids: set[str]) -> dict[str, list[Told]]:
    """Everything that was told of the calls ``ids``."""
    told: dict[str, list[Told]] = {}
    for id, body, endpoint, source, received_at in connection.execute(_TOLD, {"ids": sorted(ids)}):
        told.setdefault(id, []).append(Told(_decoder.decode(body), endpoint, source, received_at))
    return told


_TOLD = (
    sa.select(
        facts.c.call_id, facts.c.body, observations.c.endpoint_id, observations.c.source, observations.c.received_at
    )
    .join(observations, observations.c.id == facts.c.observation_id)
    .where(facts.c.call_id.in_(sa.bindparam("ids", expanding=True)))
)
_SITES = sa.select(endpoints.c.id, endpoints.c.site).where(endpoints.c.id.in_(sa.bindparam("ids", expanding=True)))


def facts_of(connection: sa.Connection, ids: set[str]) -> dict[str, list[Fact]]:
    """What platforms told of the calls ``ids``, without what the clock says."""
    return {id: [each.fact for each in spoken if each.source != CLOCK] for id, spoken in _told(connection, ids).items()}


def _endpoint_sites(connection: sa.Connection, ids: set[str]) -> dict[str, str]:
    found = connection.execute(_SITES, {"ids": sorted(ids)})
    return {row.id: row.site for row in found}


def _call_changes(before: sa.Row[Any] | None, row: Mapping[str, Any]) -> list[str]:
    missed = str(Disposition.MISSED)
    new_miss = row["disposition"] == missed and (before is None or before._mapping["disposition"] != missed)
    return ["call.updated", "call.missed"] if new_miss else ["call.updated"]


def _keep_agents(connection: sa.Connection, said: Sequence[Said]) -> None:
    rows = [
        {
            "account_id": each.pending.account_id,
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


def _count_unknown(connection: sa.Connection, said: Sequence[Said]) -> None:
    times = Counter((each.pending.endpoint_id, word.field, word.word) for each in said for word in each.heard.unknown)
    if not times:
        return
    add = insert_for(connection)(unknown_words)
    more = add.on_conflict_do_update(
        index_elements=["endpoint_id", "field", "word"], set_={"times": unknown_words.c.times + add.excluded.times}
    )
    connection.execute(
        more,
        [
            {"endpoint_id": endpoint, "field": field, "word": word, "times": count}
            for (endpoint, field, word), count in sorted(times.items())
        ],
    )
