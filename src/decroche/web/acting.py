"""Under which name a member claims, notes and writes: their own, told apart from another member of the same name."""

from __future__ import annotations

import sqlalchemy as sa

from decroche.ledger.members import Member, members_of
from decroche.web.access import Visit


def acting(here: Visit, connection: sa.Connection) -> str:
    """The name of whoever looks, as claims and notes keep it."""
    return acting_names(members_of(connection, here.account.id)).get(here.member.id, here.member.name)


def acting_names(members: list[Member]) -> dict[str, str]:
    """By member, the name that claims keep; two members of one name are told apart by their e-mails."""
    names = [each.name.casefold() for each in members]
    return {
        each.id: each.name if names.count(each.name.casefold()) == 1 else f"{each.name} ({each.email})"
        for each in members
    }
