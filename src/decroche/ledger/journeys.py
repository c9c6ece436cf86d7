"""Keeps the journeys of people in step with their calls."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from decroche.ledger.inserting import put
from decroche.ledger.tables import calls, journey_aliases, journeys, reached
from decroche.model.call import Direction, Disposition
from decroche.understand.live_journeys import LiveContact, LiveJourney, LiveState, RecoveredBy, live_journeys

#: Calls that are no contact between a person and the business.
_NO_CONTACT = (str(Disposition.INTERNAL), str(Disposition.BLOCKED), str(Disposition.UNKNOWN))


def refold(
    connection: sa.Connection,
    people: Mapping[str, Collection[int]],
    now: datetime,
    *,
    revision: int,
    renamed: Mapping[str, str],
) -> list[tuple[str, str, str]]:
    """Make the journeys of people, by their account, again from all their calls. Returns (account, kind, journey).

    ``renamed`` are calls that became others, by the ids that they had. A journey that becomes part of another leaves
    its id as an alias of that one's.
    """
    wanted = {account: set(theirs) for account, theirs in sorted(people.items()) if theirs}
    if not wanted:
        return []
    contacts, stored = _contacts(connection, wanted), _stored(connection, wanted)
    made: list[dict[str, Any]] = []
    changed: list[tuple[str, str, str]] = []
    heirs: dict[str, list[tuple[str, str]]] = {}
    new: dict[str, list[str]] = {}
    for account, theirs in wanted.items():
        found = [
            journey
            for person in sorted(theirs)
            for journey in live_journeys(contacts.get((account, person), []), account=account, now=now)
        ]
        known = stored.get(account, {})
        rows, turned, merged = _compared(account, found, known, now, renamed)
        made += rows
        changed += [(account, kind, id) for kind, id in turned]
        heirs[account] = sorted(merged.items())
        new[account] = [journey.id for journey in found if journey.id not in known]
    _name_heirs(connection, heirs, new)
    put(connection, journeys, [row | {"revision": revision} for row in made])
    return changed


def _compared(
    account: str,
    found: Sequence[LiveJourney],
    stored: Mapping[str, Mapping[str, Any]],
    now: datetime,
    renamed: Mapping[str, str],
) -> tuple[list[dict[str, Any]], list[tuple[str, str]], dict[str, str]]:
    """The rows to write, what changed, and the journeys that became part of another, with that one's id."""
    rows: list[dict[str, Any]] = []
    changed: list[tuple[str, str]] = []
    heirs: dict[str, str] = {}
    ids = {journey.id for journey in found}
    of_miss = {call: journey.id for journey in found for call in journey.missed}
    for old_id, old in sorted(stored.items()):
        if old_id in ids or old["state"] == str(LiveState.WITHDRAWN):
            continue
        missed = [renamed.get(call, call) for call in msgspec.json.decode(old["missed_calls"], type=list[str])]
        heir = next((of_miss[call] for call in missed if call in of_miss), None)
        if heir is None:
            rows.append({**old, "state": str(LiveState.WITHDRAWN), "closed_at": now})
            changed.append(("journey.withdrawn", old_id))
        else:
            heirs[old_id] = heir
            changed.append(("journey.merged", old_id))
    for journey in found:
        known = [
            stored[id]
            for id in (journey.id, *(old for old, heir in heirs.items() if heir == journey.id))
            if id in stored
        ]
        row = _row(account, journey, learned_at=min((old["learned_at"] for old in known), default=now))
        if known and dict(known[0]) == row:
            continue
        rows.append(row)
        if kind := _change(known[0] if known else None, journey):
            changed.append((kind, journey.id))
    return rows, changed, heirs


def _name_heirs(
    connection: sa.Connection, heirs: Mapping[str, Sequence[tuple[str, str]]], new: Mapping[str, Sequence[str]]
) -> None:
    """Keep the ids that journeys had as aliases of those that they became part of; ``new`` ones are nobody's alias."""
    c = journey_aliases.c
    merged = [(account, old_id, heir) for account, some in heirs.items() for old_id, heir in some]
    for _, old_id, heir in merged:
        connection.execute(sa.update(journey_aliases).where(c.journey_id == old_id).values(journey_id=heir))
    put(connection, journey_aliases, [{"account_id": a, "old_id": o, "journey_id": h} for a, o, h in merged])
    if merged:
        connection.execute(sa.delete(journeys).where(journeys.c.id.in_([old_id for _, old_id, _ in merged])))
    if ids := [id for some in new.values() for id in some]:
        known = connection.execute(
            _ALIASED, {"ids": ids, "accounts": [account for account, some in new.items() if some]}
        )
        for row in known.all():
            connection.execute(sa.delete(journey_aliases).where(c.account_id == row.account_id, c.old_id == row.old_id))


_ALIASED = sa.select(journey_aliases.c.account_id, journey_aliases.c.old_id).where(
    journey_aliases.c.account_id.in_(sa.bindparam("accounts", expanding=True)),
    journey_aliases.c.old_id.in_(sa.bindparam("ids", expanding=True)),
)


def _change(before: Mapping[str, Any] | None, journey: LiveJourney) -> str | None:
    was = LiveState(before["state"]) if before is not None else None
    if was is journey.state:
        return None
    if journey.state is LiveState.OPEN:
        return "journey.opened" if was in {None, LiveState.WITHDRAWN} else "journey.reopened"
    return "journey.closed"


def _row(account: str, journey: LiveJourney, *, learned_at: datetime) -> dict[str, Any]:
    return {
        "id": journey.id,
        "account_id": account,
        "site": journey.site,
        "person": journey.person,
        "state": str(journey.state),
        "opened_at": journey.opened_at,
        "last_missed_at": journey.last_missed_at,
        "expires_at": journey.expires_at,
        "closed_at": journey.closed_at,
        "recovered_by": None if journey.recovered_by is None else str(journey.recovered_by),
        "recovered_ref": journey.recovered_ref,
        "attempts": len(journey.missed),
        "missed_calls": msgspec.json.encode(journey.missed).decode(),
        "calls": msgspec.json.encode(journey.calls).decode(),
        "learned_at": learned_at,
    }


def _contacts(connection: sa.Connection, people: Mapping[str, set[int]]) -> dict[tuple[str, int], list[LiveContact]]:
    """The contacts of people, by account and person."""
    c = calls.c
    query = sa.select(
        c.account_id, c.id, c.person, c.site, c.started_at, c.direction, c.answered, c.progress, c.disposition
    ).where(_of(calls, people))  # fmt: skip
    found: dict[tuple[str, int], list[LiveContact]] = {}
    for row in connection.execute(query):
        if row.disposition in _NO_CONTACT or row.direction not in {Direction.INBOUND, Direction.OUTBOUND}:
            continue
        found.setdefault((row.account_id, row.person), []).append(
            LiveContact(
                person=row.person,
                site=row.site,
                started_at=row.started_at,
                inbound=row.direction == Direction.INBOUND,
                answered=row.answered,
                id=row.id,
                over=row.progress == "ended",
            )
        )
    for row in connection.execute(sa.select(reached).where(_of(reached, people))):
        found.setdefault((row.account_id, row.person), []).append(
            LiveContact(
                person=row.person,
                site="",
                started_at=row.at,
                inbound=True,
                answered=True,
                id=row.id,
                by=RecoveredBy(row.kind),
            )
        )
    return found


def _stored(connection: sa.Connection, people: Mapping[str, set[int]]) -> dict[str, dict[str, dict[str, Any]]]:
    """The journeys of people as they are kept, by account and id, without their revisions."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for row in connection.execute(sa.select(journeys).where(_of(journeys, people))):
        values = row._asdict()
        del values["revision"]
        found.setdefault(row.account_id, {})[row.id] = values
    return found


def _of(table: sa.Table, people: Mapping[str, set[int]]) -> sa.ColumnElement[bool]:
    """The rows of people, by their account."""
    c = table.c
    if len(people) == 1:
        [(account, theirs)] = people.items()
        return (c.account_id == account) & c.person.in_(sorted(theirs))
    pairs = [(account, person) for account, theirs in people.items() for person in sorted(theirs)]
    return sa.tuple_(c.account_id, c.person).in_(pairs)
