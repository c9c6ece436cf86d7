"""Reads in one statement all that a business says about itself: where it is, when it is open, and what it wants."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from decroche.ledger.recovery_tables import playbooks, recovery_settings, words
from decroche.ledger.tables import accounts, closed_days, endpoints, lines, opening_hours, sites

#: A row of any of the tables, as text.
Row = tuple[str | None, ...]
#: The mark of a connection that remembers what it has read.
_REMEMBERED = "account_words"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountWords:
    """What an account says, as it is kept: rows in order, so that what says the same is equal.

    ``places``: accounts (country, zone, language, short_abandon_s), then sites, lines, opening hours and closed days,
    each with its kind before. ``settings``, ``playbooks`` and ``words`` are those of recovery; ``connected_at`` is when
    the first phone system was connected.
    """

    country: str
    zone: str
    language: str
    places: tuple[Row, ...]
    connected_at: datetime | None
    settings: str | None
    playbooks: tuple[Row, ...]
    words: tuple[Row, ...]


def read_words(connection: sa.Connection, account: str) -> AccountWords | None:
    """What the account says; None when there is none."""
    remembered: dict[str, AccountWords | None] | None = connection.info.get(_REMEMBERED)
    if remembered is None:
        return _read(connection, account)
    if account not in remembered:
        remembered[account] = _read(connection, account)
    return remembered[account]


def remembered(connection: sa.Connection, account: str) -> AccountWords | None:
    """The same where the connection remembers; else None, and nothing is read."""
    return read_words(connection, account) if _REMEMBERED in connection.info else None


@contextmanager
def remembering(connection: sa.Connection) -> Iterator[None]:
    """Within the block each account is read once. For transactions that change nothing of what accounts say."""
    # Held from the start: a connection that breaks meanwhile has no such thing any more, and its own error counts.
    info = connection.info
    if _REMEMBERED in info:
        yield
        return
    info[_REMEMBERED] = {}
    try:
        yield
    finally:
        info.pop(_REMEMBERED, None)


def _read(connection: sa.Connection, account: str) -> AccountWords | None:
    found: dict[str, list[Row]] = {}
    connected_at = None
    for row in connection.execute(_ALL, {"account": account}):
        found.setdefault(row.kind, []).append((row.a, row.b, row.c, row.d))
        connected_at = row.at or connected_at
    if "account" not in found:
        return None
    [(country, zone, language, _)] = found["account"]
    [(settings, *_)] = found.get("settings", [(None,)])
    assert country is not None and zone is not None and language is not None
    kinds = ("account", "site", "line", "week", "closed")
    return AccountWords(
        country=country,
        zone=zone,
        language=language,
        places=tuple((kind, *row) for kind in kinds for row in sorted(found.get(kind, []), key=repr)),
        connected_at=connected_at,
        settings=settings,
        playbooks=tuple(sorted(found.get("playbook", []), key=repr)),
        words=tuple(sorted(found.get("words", []), key=repr)),
    )


_account: sa.BindParameter[str] = sa.bindparam("account")


def _rows(kind: str, table: sa.Table, *columns: sa.ColumnElement[object]) -> sa.Select[*tuple[Any, ...]]:
    """The rows of an account in a table, in the shape that all of them share."""
    told = [sa.cast(column, sa.Text) for column in columns]
    # The type of a column is that of the first of the statements that are put together.
    told += [sa.cast(sa.null(), sa.Text)] * (4 - len(told))
    at = (
        sa.select(sa.func.min(endpoints.c.created_at)).where(endpoints.c.account_id == _account).scalar_subquery()
        if table is accounts
        else sa.null()
    )
    labelled = [column.label(name) for column, name in zip(told, "abcd", strict=True)]
    id = accounts.c.id if table is accounts else table.c.account_id
    return sa.select(sa.literal_column(f"'{kind}'", sa.Text).label("kind"), *labelled, at.label("at")).where(
        id == _account
    )


# Built once: whoever folds, and each step of recovery, asks it.
_ALL = sa.union_all(
    _rows("account", accounts, accounts.c.country, accounts.c.zone, accounts.c.language, accounts.c.short_abandon_s),
    _rows("site", sites, sites.c.name, sites.c.zone),
    _rows("line", lines, lines.c.number, lines.c.name, lines.c.site, lines.c.department),
    _rows("week", opening_hours, opening_hours.c.site, opening_hours.c.department, opening_hours.c.week),
    _rows("closed", closed_days, closed_days.c.day, closed_days.c.name),
    _rows("settings", recovery_settings, recovery_settings.c.body),
    _rows("playbook", playbooks, playbooks.c.site, playbooks.c.department, playbooks.c.body),
    _rows("words", words, words.c.language, words.c.body),
)
