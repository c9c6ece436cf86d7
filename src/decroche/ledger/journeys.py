"""Keeps the journeys of people in step with their calls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
    connection: sa.Connection, account: str, people: Iterable[int], now: datetime, *, revision: int
) -> list[tuple[str, str]]:
    """Make the journeys of ``people`` again from all their calls. Returns the changes as (kind, journey)."""
    wanted = set(people)
    if not wanted:
        return []
    contacts = _contacts(connection, account, wanted)
    stored = _stored(connection, account, wanted)
    rows: list[dict[str, Any]] = []
    changed: list[tuple[str, str]] = []
    for person in sorted(wanted):
        found = live_journeys(contacts.get(person, []), account=account, now=now)
        rows += _updated(connection, account, found, stored.get(person, {}), now, changed)
    put(connection, journeys, [row | {"revision": revision} for row in rows])
    return changed


def _updated(
    connection: sa.Connection,
    account: str,
    found: list[LiveJourney],
    stored: Mapping[str, Mapping[str, Any]],
    now: datetime,
    changed: list[tuple[str, str]],
) -> list[dict[str, Any]]:
    """The rows to write for one person; notes what changed, and keeps the ids of journeys that became another."""
    rows = []
    ids = {journey.id for journey in found}
    heirs: dict[str, Mapping[str, Any]] = {}
    for old_id, old in stored.items():
        if old_id in ids or old["state"] == str(LiveState.WITHDRAWN):
            continue
        missed = set(msgspec.json.decode(old["missed_calls"], type=list[str]))
        heir = next((journey for journey in found if missed & set(journey.calls)), None)
        if heir is None or not missed & set(heir.missed):
            rows.append(dict(old) | {"state": str(LiveState.WITHDRAWN), "closed_at": now})
            changed.append(("journey.withdrawn", old_id))
            continue
        heirs[heir.id] = old
        here = journey_aliases.c.journey_id == old_id
        connection.execute(sa.update(journey_aliases).where(here).values(journey_id=heir.id))
        put(connection, journey_aliases, [{"account_id": account, "old_id": old_id, "journey_id": heir.id}])
        connection.execute(sa.delete(journeys).where(journeys.c.id == old_id))
    for journey in found:
        before = stored.get(journey.id) or heirs.get(journey.id)
        row = _row(account, journey, learned_at=before["learned_at"] if before else now)
        if before is not None and dict(before) | {"id": journey.id} == row and journey.id not in heirs:
            continue
        rows.append(row)
        if kind := _change(before, journey):
            changed.append((kind, journey.id))
    return rows


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


def _contacts(connection: sa.Connection, account: str, people: set[int]) -> dict[int, list[LiveContact]]:
    c = calls.c
    query = sa.select(
        c.id, c.person, c.site, c.started_at, c.direction, c.answered, c.progress, c.disposition
    ).where(c.account_id == account, c.person.in_(people))  # fmt: skip
    found: dict[int, list[LiveContact]] = {}
    for row in connection.execute(query):
        if row.disposition in _NO_CONTACT or row.direction not in {Direction.INBOUND, Direction.OUTBOUND}:
            continue
        found.setdefault(row.person, []).append(
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
    met = sa.select(reached).where(reached.c.account_id == account, reached.c.person.in_(people))
    for row in connection.execute(met):
        found.setdefault(row.person, []).append(
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


def _stored(connection: sa.Connection, account: str, people: set[int]) -> dict[int, dict[str, dict[str, Any]]]:
    query = sa.select(journeys).where(journeys.c.account_id == account, journeys.c.person.in_(people))
    found: dict[int, dict[str, dict[str, Any]]] = {}
    for row in connection.execute(query):
        values = {name: value for name, value in row._mapping.items() if name != "revision"}
        found.setdefault(row.person, {})[row.id] = values
    return found
