"""Reads in one statement all that a business says about itself: where it is, when it is open, and what it wants."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from decroche.ledger.recovery_tables import playbooks, recovery_settings, words
from decroche.ledger.remembering import memory
from decroche.ledger.tables import accounts, closed_days, endpoints, lines, opening_hours, sites

#: A row of any of the tables, as text.
Row = tuple[str | None, ...]
_WORDS = "words"


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
    known = memory(connection)
    if known is None:
        return _read(connection, account)
    if (_WORDS, account) not in known:
        known[_WORDS, account] = _read(connection, account)
    found: AccountWords | None = known[_WORDS, account]
    return found


def remembered(connection: sa.Connection, account: str) -> AccountWords | None:
    """The same where the connection remembers; else None, and nothing is read."""
    return None if memory(connection) is None else read_words(connection, account)


def read_all_words(connection: sa.Connection, wanted: Iterable[str]) -> None:
    """Have the transaction remember in one question what several accounts say."""
    known = memory(connection)
    missing = [] if known is None else sorted({each for each in wanted if (_WORDS, each) not in known})
    if known is None or len(missing) < 2:
        return
    rows: dict[str, list[sa.Row[Any]]] = {}
    for row in connection.execute(_OF_ALL, {"accounts": missing}):
        rows.setdefault(row.account, []).append(row)
    known |= {(_WORDS, account): _words(rows.get(account, ())) for account in missing}


def _read(connection: sa.Connection, account: str) -> AccountWords | None:
    return _words(connection.execute(_OF_ONE, {"account": account}))


def _words(rows: Iterable[sa.Row[Any]]) -> AccountWords | None:
    found: dict[str, list[Row]] = {}
    connected_at = None
    for row in rows:
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


def _asking(of: Callable[[sa.ColumnElement[str]], sa.ColumnElement[bool]]) -> sa.CompoundSelect[Any]:
    """All that accounts say of whom the condition ``of`` their id holds."""

    def rows(kind: str, table: sa.Table, *columns: sa.ColumnElement[object]) -> sa.Select[*tuple[Any, ...]]:
        """The rows of a table, in the shape that all of them share."""
        told = [sa.cast(column, sa.Text) for column in columns]
        # The type of a column is that of the first of the statements that are put together.
        told += [sa.cast(sa.null(), sa.Text)] * (4 - len(told))
        first = sa.select(sa.func.min(endpoints.c.created_at)).where(endpoints.c.account_id == accounts.c.id)
        at = first.scalar_subquery() if table is accounts else sa.null()
        labelled = [column.label(name) for column, name in zip(told, "abcd", strict=True)]
        id = accounts.c.id if table is accounts else table.c.account_id
        named = (sa.literal_column(f"'{kind}'", sa.Text).label("kind"), id.label("account"))
        return sa.select(*named, *labelled, at.label("at")).where(of(id))

    a, c = accounts.c, closed_days.c
    return sa.union_all(
        rows("account", accounts, a.country, a.zone, a.language, a.short_abandon_s),
        rows("site", sites, sites.c.name, sites.c.zone),
        rows("line", lines, lines.c.number, lines.c.name, lines.c.site, lines.c.department),
        rows("week", opening_hours, opening_hours.c.site, opening_hours.c.department, opening_hours.c.week),
        rows("closed", closed_days, c.day, c.name),
        rows("settings", recovery_settings, recovery_settings.c.body),
        rows("playbook", playbooks, playbooks.c.site, playbooks.c.department, playbooks.c.body),
        rows("words", words, words.c.language, words.c.body),
    )


# Built once: whoever folds, and each step of recovery, asks the first.
_one: sa.BindParameter[str] = sa.bindparam("account")
_some: sa.BindParameter[Any] = sa.bindparam("accounts", expanding=True)
_OF_ONE = _asking(lambda id: id == _one)
_OF_ALL = _asking(lambda id: id.in_(_some))
