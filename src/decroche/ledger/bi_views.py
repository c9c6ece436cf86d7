"""The tables of BI tools as views in PostgreSQL, and for each business roles that can read them and nothing else.

A view shows the rows of the business of whoever asks: ``readers`` says of which that is, and only its owner sees it.
People are told by keyed fingerprints. Twin of ``warehouse.feed_rows`` and ``ledger.feed_rows``.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from decroche.ledger.bi_selects import SELECTS
from decroche.ledger.feed_words import said
from decroche.model.feed import FEEDS, TOLD_IN, Feed

SCHEMA = "decroche_bi"
#: A view, and the statement that lets a role read it.
Grant = tuple[str, str]
_ROLE = re.compile(r"[a-z][a-z0-9_]{2,62}")
#: What every reader's session is held to.
_HELD = ("default_transaction_read_only = on", "statement_timeout = '2min'", f"search_path = {SCHEMA}")
#: The block of SHA-256, and the two pads of its keyed form (RFC 2104).
_BLOCK, _INNER, _OUTER = 64, 0x36, 0x5C


class NotPostgresql(Exception):
    """The ledger is no PostgreSQL database."""


class BadRole(ValueError):
    """Not a name for a role, or somebody else's role: small letters, digits and underscores are a name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BiReader:
    """A role that reads the views."""

    role: str
    account: str
    numbers: bool
    sites: tuple[str, ...] | None


def view_statements() -> list[str]:
    """What makes the schema and the views anew. Whoever may read them is told again by ``grants``."""
    made = [
        f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}",
        f"REVOKE ALL ON SCHEMA {SCHEMA} FROM PUBLIC",
        f"""CREATE TABLE IF NOT EXISTS {SCHEMA}.readers (
    role name PRIMARY KEY, account_id text NOT NULL, sites text[], numbers boolean NOT NULL DEFAULT false,
    inner_key bytea NOT NULL, outer_key bytea NOT NULL)""",
        f"REVOKE ALL ON {SCHEMA}.readers FROM PUBLIC",
    ]
    for feed in FEEDS.values():
        made += [
            f"DROP VIEW IF EXISTS {SCHEMA}.{feed.name}",
            # A barrier: no function of a reader is called with a row before it is known to be theirs.
            f"CREATE VIEW {SCHEMA}.{feed.name} WITH (security_barrier) AS\n{_select(feed)}",
            f"REVOKE ALL ON {SCHEMA}.{feed.name} FROM PUBLIC",
        ]
    return made


def make_views(connection: sa.Connection, *, granted: Sequence[Grant] = ()) -> None:
    """Make the views anew; whoever might read them still may, and whom ``granted`` names. Raises NotPostgresql."""
    if connection.dialect.name != "postgresql":
        raise NotPostgresql
    granted = [*granted, *drop_views(connection)]
    for statement in view_statements():
        connection.exec_driver_sql(_literal(statement))
    for reader in readers(connection):
        for statement in grants(reader.role):
            connection.exec_driver_sql(statement)
    for view, right in granted:
        if view in FEEDS:
            connection.exec_driver_sql(_literal(right))
    connection.exec_driver_sql(f"COMMENT ON SCHEMA {SCHEMA} IS '{_digest()}'")


def renew_views(connection: sa.Connection, *, granted: Sequence[Grant] = ()) -> None:
    """Make the views anew where they were made once, are ours, and are not as they should be."""
    if not _are_ours(connection):
        return
    said = connection.exec_driver_sql(f"SELECT obj_description('{SCHEMA}'::regnamespace, 'pg_namespace')").scalar()
    if said != _digest():
        make_views(connection, granted=granted)


def drop_views(connection: sa.Connection) -> list[Grant]:
    """Take the views away, for tables to change below them; readers and roles stay. Returns what roles might do."""
    if not _are_ours(connection):
        return []
    there = (
        "FROM pg_class c WHERE c.relnamespace = to_regnamespace(:schema) AND c.relkind = 'v' AND c.relname ~ '^v[0-9]'"
    )
    views = connection.execute(sa.text(f"SELECT quote_ident(c.relname) {there}"), {"schema": SCHEMA}).scalars().all()
    might = sa.text(
        "SELECT c.relname::text AS view, a.privilege_type AS may, quote_ident(g.rolname) AS role, a.is_grantable "
        + there.replace("WHERE", "CROSS JOIN aclexplode(c.relacl) a JOIN pg_roles g ON g.oid = a.grantee WHERE", 1)
        + " AND a.grantee <> c.relowner"
    )
    found = [
        (row.view, f"GRANT {row.may} ON {SCHEMA}.{row.view} TO {row.role}{' WITH GRANT OPTION' * row.is_grantable}")
        for row in connection.execute(might, {"schema": SCHEMA})
    ]
    if views:
        connection.exec_driver_sql("DROP VIEW " + ", ".join(f"{SCHEMA}.{view}" for view in views))
        connection.exec_driver_sql(f"COMMENT ON SCHEMA {SCHEMA} IS NULL")
    return found


def _are_ours(connection: sa.Connection) -> bool:
    """Whether views were made here, by a role that we may act as."""
    query = "SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = to_regclass(:readers)"
    return bool(connection.execute(sa.text(query), {"readers": f"{SCHEMA}.readers"}).scalar())


def _digest() -> str:
    """What tells views of this version from others."""
    return hashlib.sha256("\n".join(view_statements()).encode()).hexdigest()


def add_reader(
    connection: sa.Connection,
    role: str,
    account: str,
    *,
    password: str,
    key: bytes,
    sites: Collection[str] | None = None,
    numbers: bool = False,
) -> None:
    """A role that reads the views of an account; of one that it has already, the password and what it sees change.

    ``key`` is that of fingerprints. Raises BadRole (also for a role of another account), NotPostgresql, and what the
    database raises when the ledger's own role may make no roles.
    """
    _known_role(role)
    make_views(connection)
    there = connection.execute(sa.text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role}).first()
    owner = next((reader.account for reader in readers(connection) if reader.role == role), None)
    if owner != account and (there is not None or owner is not None):
        # Somebody else's role must not become ours.
        raise BadRole(role)
    if there is None:
        connection.exec_driver_sql(f"CREATE ROLE {role}")
    told = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT NOREPLICATION CONNECTION LIMIT 10"
    connection.exec_driver_sql(_literal(f"ALTER ROLE {role} {told} PASSWORD '{_sealed(connection, role, password)}'"))
    for held in _HELD:
        connection.exec_driver_sql(f"ALTER ROLE {role} SET {held}")
    inner, outer = hash_keys(key, account)
    row = {
        "role": role, "account": account, "sites": None if sites is None else sorted(sites), "numbers": numbers,
        "inner": inner, "outer": outer,
    }  # fmt: skip
    connection.execute(
        sa.text(
            f"INSERT INTO {SCHEMA}.readers VALUES (:role, :account, :sites, :numbers, :inner, :outer) "
            "ON CONFLICT (role) DO UPDATE SET account_id = excluded.account_id, sites = excluded.sites, "
            "numbers = excluded.numbers, inner_key = excluded.inner_key, outer_key = excluded.outer_key"
        ),
        row,
    )
    for statement in grants(role):
        connection.exec_driver_sql(statement)


def grants(role: str) -> list[str]:
    """What a reader may do: see the views."""
    views = ", ".join(f"{SCHEMA}.{name}" for name in FEEDS)
    return [f"GRANT USAGE ON SCHEMA {SCHEMA} TO {role}", f"GRANT SELECT ON {views} TO {role}"]


def readers(connection: sa.Connection, account: str | None = None) -> list[BiReader]:
    """The roles that read the views, of one account or of all. Raises NotPostgresql."""
    if connection.dialect.name != "postgresql":
        raise NotPostgresql
    if connection.execute(sa.text(f"SELECT to_regclass('{SCHEMA}.readers')")).scalar() is None:
        return []
    query = f"SELECT role::text AS role, account_id, sites, numbers FROM {SCHEMA}.readers ORDER BY role"
    found = [
        BiReader(
            role=row.role,
            account=row.account_id,
            numbers=row.numbers,
            sites=None if row.sites is None else tuple(row.sites),
        )
        for row in connection.execute(sa.text(query))
    ]
    return [each for each in found if account in (None, each.account)]


def remove_reader(connection: sa.Connection, role: str, account: str) -> bool:
    """Take a role of an account away; whether there was one."""
    if role not in {each.role for each in readers(connection, account)}:
        return False
    connection.execute(sa.text(f"DELETE FROM {SCHEMA}.readers WHERE role = :role"), {"role": role})
    connection.exec_driver_sql(f"DROP OWNED BY {role}")
    connection.exec_driver_sql(f"DROP ROLE {role}")
    return True


def hash_keys(key: bytes, account: str) -> tuple[bytes, bytes]:
    """The two keys with which PostgreSQL computes a keyed fingerprint by itself: HMAC with SHA-256, of an account."""
    own = hmac.digest(key, b"bi views " + account.encode(), hashlib.sha256).ljust(_BLOCK, b"\0")
    return bytes(byte ^ _INNER for byte in own), bytes(byte ^ _OUTER for byte in own)


def _select(feed: Feed) -> str:
    source = SELECTS[feed]
    told: dict[str, str] = dict(source.columns)
    for each in feed.told:
        for code in TOLD_IN if each.says else ():
            told[f"{each.name}_{code}"] = _case(told[each.name], said(each, code))
    columns = ",\n    ".join(f"{told[each.name]} AS {each.name}" for each in feed.columns)
    return f"SELECT\n    {columns}\n{source.rows}"


def _case(value: str, words: Mapping[str, str]) -> str:
    whens = " ".join(f"WHEN '{word}' THEN '{_quoted(text)}'" for word, text in words.items())
    return f"CASE {value} {whens} END"


def _quoted(text: str) -> str:
    return text.replace("'", "''")


def _literal(statement: str) -> str:
    """A statement without parameters as the driver wants it."""
    return statement.replace("%", "%%")


def _known_role(role: str) -> None:
    if not _ROLE.fullmatch(role) or role.startswith("pg_"):
        raise BadRole(role)


def _sealed(connection: sa.Connection, role: str, password: str) -> str:
    """What the server keeps of a password, made here: the password itself is in no log of it."""
    driver: Any = connection.connection.driver_connection
    found: Sequence[int] | bytes = driver.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
    return bytes(found).decode()
