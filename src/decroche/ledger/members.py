"""Who works in a business: members, their roles and the sites that they may see."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import msgspec
import sqlalchemy as sa

from decroche.ledger.member_tables import members, memberships, sessions
from decroche.ledger.report_tables import report_readers
from decroche.ledger.setting_up import new_id
from decroche.ledger.tables import accounts
from decroche.ledger.tables import sites as all_sites
from decroche.model.member import Role

_LONGEST_EMAIL, _LONGEST_NAME = 254, 120


class BadEmail(ValueError):
    """What was given is no e-mail address."""


class EmailTaken(ValueError):
    """Somebody has this e-mail address already."""


class NoSuchMember(LookupError):
    """Nobody of this id or e-mail works in the business."""


class LastOwner(ValueError):
    """Without this owner nobody could let people in any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A member of a business. ``sites`` are the ids of those they may see; None: all."""

    id: str
    name: str
    email: str
    language: str
    role: Role
    sites: frozenset[str] | None
    has_password: bool
    has_second: bool
    created_at: datetime


def email_key(email: str) -> str:
    """What two spellings of one e-mail address have in common. Raises BadEmail."""
    bare = unicodedata.normalize("NFKC", email).strip()
    local, at, domain = bare.rpartition("@")
    wrong = not at or not local or "." not in domain or domain.startswith(".") or domain.endswith(".")
    if wrong or len(bare) > _LONGEST_EMAIL or not bare.isprintable() or any(sign in bare for sign in " ,;<>\"'()"):
        raise BadEmail(email)
    return bare.casefold()


def name_of(name: str) -> str:
    """A name as it is kept: on one line, not too long; empty when nothing is left."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in name).split())[:_LONGEST_NAME]


def add_member(
    connection: sa.Connection, *, name: str, email: str, password: str | None, language: str, now: datetime
) -> str:
    """A new member, of no business yet. ``password`` is a digest. Returns their id. Raises BadEmail and EmailTaken."""
    key = email_key(email)
    if connection.execute(sa.select(members.c.id).where(members.c.email_key == key)).first() is not None:
        raise EmailTaken(email)
    row = {
        "id": new_id(),
        "name": name_of(name) or key.partition("@")[0],
        "email": email.strip(),
        "email_key": key,
        "password": password,
        "language": language,
        "created_at": now,
    }
    connection.execute(sa.insert(members).values(**row))
    return str(row["id"])


def join_account(
    connection: sa.Connection, account: str, member: str, *, role: Role, sites: Iterable[str] | None, now: datetime
) -> None:
    """Have a member work in a business; who does already gets this role and these sites."""
    values = {"role": str(role), "sites": written_sites(role, sites)}
    c = memberships.c
    here = (c.account_id == account) & (c.member_id == member)
    if connection.execute(sa.update(memberships).where(here).values(**values)).rowcount == 0:
        row = {"account_id": account, "member_id": member, "created_at": now, **values}
        connection.execute(sa.insert(memberships).values(**row))


def written_sites(role: Role, sites: Iterable[str] | None) -> str | None:
    """The sites of a membership as they are kept. An owner sees all."""
    return None if sites is None or role is Role.OWNER else msgspec.json.encode(sorted(set(sites))).decode()


def read_sites(kept: str | None) -> frozenset[str] | None:
    """The sites of a membership, by their ids."""
    return None if kept is None else frozenset(msgspec.json.decode(kept, type=list[str]))


def site_names(connection: sa.Connection, account: str, ids: frozenset[str] | None) -> frozenset[str] | None:
    """The names of sites, as calls are kept with them; None: all."""
    if ids is None:
        return None
    c = all_sites.c
    query = sa.select(c.name).where(c.account_id == account, c.id.in_(sorted(ids)))
    return frozenset(connection.execute(query).scalars())


def members_of(connection: sa.Connection, account: str) -> list[Member]:
    """Who works in a business, by name."""
    return sorted(_found(connection, memberships.c.account_id == account), key=lambda each: each.name.casefold())


def member_of(connection: sa.Connection, account: str, id: str) -> Member:
    """One of them. Raises NoSuchMember."""
    found = _found(connection, (memberships.c.account_id == account) & (members.c.id == id))
    if not found:
        raise NoSuchMember(id)
    return found[0]


def change_member(
    connection: sa.Connection, account: str, id: str, *, role: Role, sites: Iterable[str] | None, now: datetime
) -> Member:
    """Give a member another role or other sites; they sign in again. Raises NoSuchMember and LastOwner."""
    before = _held(connection, account, id, stays=role is Role.OWNER)
    join_account(connection, account, id, role=role, sites=sites, now=now)
    if (before.role, before.sites) != (role, read_sites(written_sites(role, sites))):
        _shut_out(connection, account, id)
    return before


def remove_member(connection: sa.Connection, account: str, id: str) -> Member:
    """Have somebody work in a business no more. Raises NoSuchMember and LastOwner."""
    before = _held(connection, account, id, stays=False)
    c = memberships.c
    connection.execute(sa.delete(memberships).where(c.account_id == account, c.member_id == id))
    r = report_readers.c
    connection.execute(sa.delete(report_readers).where(r.account_id == account, r.member_id == id))
    _shut_out(connection, account, id)
    return before


def other_businesses(connection: sa.Connection, member: str, but: str) -> tuple[tuple[str, str], ...]:
    """The id and name of each other business that a member works in, by name."""
    a, s = accounts.c, memberships.c
    query = sa.select(a.id, a.name).join(memberships, s.account_id == a.id).where(s.member_id == member, a.id != but)
    return tuple((row.id, row.name) for row in connection.execute(query.order_by(a.name, a.id)))


def anybody(connection: sa.Connection) -> bool:
    """Whether there is a member at all."""
    return connection.execute(sa.select(members.c.id).limit(1)).first() is not None


def _held(connection: sa.Connection, account: str, id: str, *, stays: bool) -> Member:
    """The member, whom others cannot remove meanwhile. Raises NoSuchMember and LastOwner."""
    c = memberships.c
    # Two owners who remove each other at the same moment must not both succeed.
    lock = sa.select(c.member_id).where(c.account_id == account, c.role == str(Role.OWNER)).with_for_update()
    owners = set(connection.execute(lock).scalars())
    before = member_of(connection, account, id)
    if not stays and owners == {id}:
        raise LastOwner(id)
    return before


def _shut_out(connection: sa.Connection, account: str, member: str) -> None:
    c = sessions.c
    connection.execute(sa.delete(sessions).where(c.account_id == account, c.member_id == member))


def _found(connection: sa.Connection, which: sa.ColumnElement[bool]) -> list[Member]:
    m, s = members.c, memberships.c
    query = sa.select(
        m.id, m.name, m.email, m.language, m.created_at, s.role, s.sites,
        m.password.is_not(None).label("has_password"), m.totp.is_not(None).label("has_second"),
    ).join(memberships, s.member_id == m.id)  # fmt: skip
    return [
        Member(
            id=row.id,
            name=row.name,
            email=row.email,
            language=row.language,
            role=Role(row.role),
            sites=read_sites(row.sites),
            has_password=bool(row.has_password),
            has_second=bool(row.has_second),
            created_at=row.created_at,
        )
        for row in connection.execute(query.where(which, m.disabled_at.is_(None)))
    ]
