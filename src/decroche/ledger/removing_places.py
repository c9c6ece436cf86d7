"""Removes a site or a department that nothing needs any more, or says what still needs it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from decroche.language import Language
from decroche.ledger.bookings import BookingState
from decroche.ledger.changing import NotThere
from decroche.ledger.member_tables import invitations, members, memberships
from decroche.ledger.members import read_sites
from decroche.ledger.recovery_tables import bookings, playbooks, work_items
from decroche.ledger.rejudging import ask_again
from decroche.ledger.tables import calls, endpoints, lines, opening_hours, sites

#: What is many is not counted further, and no more names than these are said.
MOST_COUNTED, _MOST_NAMED = 1_000, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What still needs a place. ``kind``: lines, systems, playbooks, members, invitations, work, bookings or calls.

    ``count`` is at most MOST_COUNTED + 1, which stands for more; ``names`` are those that have some.
    """

    kind: str
    count: int
    names: tuple[str, ...] = ()

    def said(self, language: Language) -> str:
        """In words: « 2 lignes (Standard, Atelier) »."""
        told = language.say(f"place.needs.{self.kind}", count=min(self.count, MOST_COUNTED))
        if self.count > MOST_COUNTED:
            return language.say("place.needs.over", what=told)
        if not self.names:
            return told
        shown = ", ".join(self.names[:_MOST_NAMED]) + (", …" if len(self.names) > _MOST_NAMED else "")
        return language.say("place.needs.named", what=told, names=shown)


class StillNeeded(Exception):
    """The place stays: ``needs`` is what needs it."""

    def __init__(self, name: str, needs: Sequence[Need]) -> None:
        super().__init__(name)
        self.name = name
        self.needs = tuple(needs)

    def said(self, language: Language) -> str:
        """Why it stays and what to do, in a sentence."""
        listed = language.listing([each.said(language) for each in self.needs])
        forever = any(each.kind == "calls" for each in self.needs)
        told = language.say("place.still_needed", name=self.name, needs=listed)
        return f"{told} {language.say('place.with_calls' if forever else 'place.move_them')}"


def remove_site(connection: sa.Connection, account: str, id: str, *, now: datetime) -> str:
    """Remove a site with its opening hours. Returns its name. Raises NotThere and StillNeeded."""
    c = sites.c
    here = (c.account_id == account) & (c.id == id)
    name = connection.execute(sa.select(c.name).where(here)).scalar_one_or_none()
    if name is None:
        raise NotThere(id)
    _check(name, _needs_of_site(connection, account, id, name, now))
    hours = (opening_hours.c.account_id == account) & (opening_hours.c.site == name)
    connection.execute(sa.delete(opening_hours).where(hours))
    connection.execute(sa.delete(sites).where(here))
    ask_again(connection, account, now)
    return str(name)


def remove_department(connection: sa.Connection, account: str, *, site: str, department: str, now: datetime) -> None:
    """Remove a department of a site, of all sites when empty, with its opening hours.

    Lines and hours name departments: one that neither names is not there. Raises NotThere and StillNeeded.
    """
    if not department:
        raise NotThere(department)
    _check(department, _needs_of_department(connection, account, site, department, now))
    c = opening_hours.c
    here = (c.account_id == account) & (c.site == site) & (c.department == department)
    if not connection.execute(sa.delete(opening_hours).where(here)).rowcount:
        raise NotThere(department)
    ask_again(connection, account, now)


def _check(name: str, needs: Sequence[Need]) -> None:
    found = [each for each in needs if each.count]
    if found:
        raise StillNeeded(name, found)


def _needs_of_site(connection: sa.Connection, account: str, id: str, name: str, now: datetime) -> list[Need]:
    def at(table: sa.Table) -> sa.ColumnElement[bool]:
        return (table.c.account_id == account) & (table.c.site == name)

    there = [
        _named(connection, "lines", lines.c.name, at(lines)),
        _named(connection, "systems", endpoints.c.name, at(endpoints) & endpoints.c.removed_at.is_(None)),
        _counted(connection, "playbooks", at(playbooks)),
        *_confined(connection, account, id),
        *_waiting(connection, at, now),
    ]
    # The calls are looked through last: where anything else needs the site, the answer is known without them.
    return there if any(each.count for each in there) else [_counted(connection, "calls", at(calls))]


def _needs_of_department(
    connection: sa.Connection, account: str, site: str, department: str, now: datetime
) -> list[Need]:
    def at(table: sa.Table) -> sa.ColumnElement[bool]:
        c = table.c
        return (c.account_id == account) & (c.site == site) & (c.department == department)

    return [
        _named(connection, "lines", lines.c.name, at(lines)),
        _counted(connection, "playbooks", at(playbooks)),
        *_waiting(connection, at, now),
    ]


def _named(connection: sa.Connection, kind: str, name: sa.Column[Any], where: sa.ColumnElement[bool]) -> Need:
    found = list(connection.execute(sa.select(name).where(where).order_by(name)).scalars())
    return Need(kind=kind, count=len(found), names=tuple(found))


def _counted(connection: sa.Connection, kind: str, where: sa.ColumnElement[bool]) -> Need:
    some = sa.select(sa.literal(1)).where(where).limit(MOST_COUNTED + 1).subquery()
    return Need(kind=kind, count=connection.execute(sa.select(sa.func.count()).select_from(some)).scalar_one())


def _confined(connection: sa.Connection, account: str, id: str) -> list[Need]:
    """Who may see this site and not all: without it they would see less, or what is not theirs."""
    m, i = memberships.c, invitations.c
    inside = sa.select(members.c.name, m.sites).join(members, members.c.id == m.member_id)
    rows = connection.execute(inside.where(m.account_id == account, m.sites.is_not(None)).order_by(members.c.name))
    names = tuple(row.name for row in rows if id in (read_sites(row.sites) or ()))
    asked = sa.select(i.sites).where(i.account_id == account, i.used_at.is_(None), i.sites.is_not(None))
    invited = sum(id in (read_sites(kept) or ()) for kept in connection.execute(asked).scalars())
    return [Need(kind="members", count=len(names), names=names), Need(kind="invitations", count=invited)]


def _waiting(connection: sa.Connection, at: Callable[[sa.Table], sa.ColumnElement[bool]], now: datetime) -> list[Need]:
    """What people have to do there, and the times that were promised."""
    # Written into the statement, as the index of open work has it.
    is_open = work_items.c.state == sa.literal_column("'open'")
    promised = (bookings.c.state == str(BookingState.BOOKED)) & (bookings.c.ends_at > now)
    return [
        _counted(connection, "work", at(work_items) & is_open),
        _counted(connection, "bookings", at(bookings) & promised),
    ]
