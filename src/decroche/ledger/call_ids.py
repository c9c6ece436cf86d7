"""Which call a platform's ids speak of: one id of ours for all the ids under which the platform knows the call."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa

from decroche.ledger.inserting import put
from decroche.ledger.tables import call_keys, facts

#: What stands before the id of a call in the place of a key in which somebody's number stood.
COVERED = "erased:"


def call_id(account: str, connector: str, key: str) -> str:
    """The id of the call that the platform knows by ``key``: the same whenever it is computed."""
    if key.startswith(COVERED):
        return key.removeprefix(COVERED)
    return hashlib.blake2b(f"{account}|{connector}|{key}".encode(), digest_size=16).hexdigest()


def resolve(
    connection: sa.Connection, account: str, connector: str, spoken: Iterable[Sequence[str]]
) -> tuple[dict[str, str], dict[str, str]]:
    """The call of every key in ``spoken`` (groups of keys of one call), and the calls that became another, by old id.

    The id of a call is the smallest that any of its keys would give, so that it does not depend on which key was
    heard first. A key that joins two calls moves the facts of one to the other.
    """
    groups = _joined(spoken)
    old = _known(connection, account, connector, [key for group in groups for key in group])
    # A call may be known by keys that nobody spoke of now.
    siblings = _siblings(connection, set(old.values()))
    old |= {key: found for found, keys in siblings.items() for key in keys}
    resolved: dict[str, str] = {}
    renamed: dict[str, str] = {}
    changed: list[dict[str, str]] = []
    for keys in _joined([*groups, *siblings.values()]):
        mine = min(call_id(account, connector, key) for key in keys)
        renamed |= dict.fromkeys({old[key] for key in keys if key in old} - {mine}, mine)
        resolved |= dict.fromkeys(keys, mine)
        changed += [
            {"account_id": account, "connector": connector, "key": key, "call_id": mine}
            for key in sorted(keys)
            if old.get(key) != mine
        ]
    for other, mine in sorted(renamed.items()):
        connection.execute(sa.update(facts).where(facts.c.call_id == other).values(call_id=mine))
    put(connection, call_keys, changed)
    return resolved, renamed


def _joined(groups: Iterable[Iterable[str]]) -> list[set[str]]:
    """Groups that share a key as one group."""
    of: dict[str, set[str]] = {}
    for group in groups:
        merged = set(group)
        for key in list(merged):
            if key in of:
                merged |= of[key]
        for key in merged:
            of[key] = merged
    return list({id(group): group for group in of.values()}.values())


def _known(connection: sa.Connection, account: str, connector: str, keys: Sequence[str]) -> dict[str, str]:
    c = call_keys.c
    query = sa.select(c.key, c.call_id).where(c.account_id == account, c.connector == connector, c.key.in_(keys))
    return {row.key: row.call_id for row in connection.execute(query)}


def _siblings(connection: sa.Connection, ids: set[str]) -> Mapping[str, set[str]]:
    """The keys of each of the calls ``ids``.

    They are asked for by nothing but the ids, which say the account and the connector too: SQLite would read all keys
    of the account rather than look for each id.
    """
    if not ids:
        return {}
    c = call_keys.c
    query = sa.select(c.call_id, c.key).where(c.call_id.in_(ids))
    groups: dict[str, set[str]] = {}
    for found, key in connection.execute(query):
        groups.setdefault(found, set()).add(key)
    return groups
