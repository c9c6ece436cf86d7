"""Which call a platform's ids speak of: one id of ours for all the ids under which the platform knows the call."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa

from decroche.ledger.inserting import put
from decroche.ledger.tables import call_keys, facts

#: An account and a connector of its.
Platform = tuple[str, str]
#: What stands before the id of a call in the place of a key in which somebody's number stood.
COVERED = "erased:"


def call_id(account: str, connector: str, key: str) -> str:
    """The id of the call that the platform knows by ``key``: the same whenever it is computed."""
    if key.startswith(COVERED):
        return key.removeprefix(COVERED)
    return hashlib.blake2b(f"{account}|{connector}|{key}".encode(), digest_size=16).hexdigest()


def resolve(
    connection: sa.Connection, spoken: Mapping[Platform, Iterable[Sequence[str]]]
) -> tuple[dict[Platform, dict[str, str]], dict[str, str]]:
    """The call of every key in ``spoken`` (groups of keys of one call, by account and connector), and the calls that
    became another, by old id.

    The id of a call is the smallest that any of its keys would give, so that it does not depend on which key was
    heard first. A key that joins two calls moves the facts of one to the other.
    """
    groups = {platform: _joined(told) for platform, told in spoken.items()}
    known = _known(connection, {platform: sorted(set().union(*keys)) for platform, keys in groups.items() if keys})
    resolved: dict[Platform, dict[str, str]] = {}
    renamed: dict[str, str] = {}
    changed: list[dict[str, str]] = []
    for platform, told in groups.items():
        account, connector = platform
        calls = known.get(platform, {})
        old = {key: found for found, keys in calls.items() for key in keys}
        mine = resolved.setdefault(platform, {})
        # A call may be known by keys that nobody spoke of now.
        for keys in _joined([*told, *calls.values()]):
            id = min(call_id(account, connector, key) for key in keys)
            renamed |= dict.fromkeys({old[key] for key in keys if key in old} - {id}, id)
            mine |= dict.fromkeys(keys, id)
            changed += [
                {"account_id": account, "connector": connector, "key": key, "call_id": id}
                for key in sorted(keys)
                if old.get(key) != id
            ]
    for other, id in sorted(renamed.items()):
        connection.execute(sa.update(facts).where(facts.c.call_id == other).values(call_id=id))
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


def _known(connection: sa.Connection, keys: Mapping[Platform, Sequence[str]]) -> dict[Platform, dict[str, set[str]]]:
    """The calls that are known by any of the keys, each with all of its keys, by account and connector.

    The keys of a call are asked for by nothing but its id, which says the account and the connector too: SQLite would
    read all keys of the account rather than look for each id.
    """
    if not keys:
        return {}
    c = call_keys.c
    if len(keys) == 1:
        [((account, connector), mine)] = keys.items()
        ids = sa.select(c.call_id).where(c.account_id == account, c.connector == connector, c.key.in_(mine))
    else:
        wanted = [(*platform, key) for platform, mine in keys.items() for key in mine]
        ids = sa.select(c.call_id).where(sa.tuple_(c.account_id, c.connector, c.key).in_(wanted))
    found: dict[Platform, dict[str, set[str]]] = {}
    query = sa.select(c.account_id, c.connector, c.call_id, c.key).where(c.call_id.in_(ids))
    for account, connector, call, key in connection.execute(query):
        found.setdefault((account, connector), {}).setdefault(call, set()).add(key)
    return found
