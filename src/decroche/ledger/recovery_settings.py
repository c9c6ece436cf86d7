"""What an account wants of recovery: its settings, its playbooks, its words, and what it knows of people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from decroche.ledger.account_words import remembered
from decroche.ledger.inserting import insert_new, put
from decroche.ledger.recovery_tables import people, playbooks, recovery_settings, words
from decroche.ledger.searching import NO_MOMENT, In, enter

Row = Mapping[str, Any]

# Built once: each step of recovery asks these.
_account: sa.BindParameter[str] = sa.bindparam("account")
_SETTINGS = sa.select(recovery_settings.c.body).where(recovery_settings.c.account_id == _account)
_PLAYBOOKS = sa.select(playbooks).where(playbooks.c.account_id == _account)
_PERSON = sa.select(people).where(people.c.account_id == _account, people.c.person == sa.bindparam("person"))


def settings_of(connection: sa.Connection, account: str) -> str | None:
    """The settings of recovery as JSON; None: it never acts."""
    if told := remembered(connection, account):
        return told.settings
    return connection.execute(_SETTINGS, {"account": account}).scalar_one_or_none()


def wanted(connection: sa.Connection) -> bool:
    """Whether any account has said what it wants of recovery."""
    return connection.execute(sa.select(recovery_settings.c.account_id).limit(1)).first() is not None


def write_settings(connection: sa.Connection, account: str, body: str, now: datetime) -> None:
    """Keep the settings of recovery."""
    put(connection, recovery_settings, [{"account_id": account, "body": body, "changed_at": now}])


def playbooks_of(connection: sa.Connection, account: str) -> dict[tuple[str, str], str]:
    """The account's own playbooks as TOML, by (site, department); empty stands for any."""
    if told := remembered(connection, account):
        return {(site or "", department or ""): body or "" for site, department, body, _ in told.playbooks}
    rows = connection.execute(_PLAYBOOKS, {"account": account})
    return {(row.site, row.department): row.body for row in rows}


def write_playbook(
    connection: sa.Connection, account: str, site: str, department: str, body: str, now: datetime
) -> None:
    """Keep a playbook for a site and a department."""
    put(
        connection,
        playbooks,
        [{"account_id": account, "site": site, "department": department, "body": body, "changed_at": now}],
    )


def remove_playbook(connection: sa.Connection, account: str, site: str, department: str) -> bool:
    """Forget the playbook of a site and a department. Whether there was one."""
    c = playbooks.c
    here = (c.account_id == account) & (c.site == site) & (c.department == department)
    return connection.execute(sa.delete(playbooks).where(here)).rowcount > 0


def words_of(connection: sa.Connection, account: str) -> dict[str, str]:
    """The account's own words as TOML, by language."""
    if told := remembered(connection, account):
        return {language or "": body or "" for language, body, *_ in told.words}
    rows = connection.execute(sa.select(words).where(words.c.account_id == account))
    return {row.language: row.body for row in rows}


def write_words(connection: sa.Connection, account: str, language: str, body: str, now: datetime) -> None:
    """Keep the account's words in a language."""
    put(connection, words, [{"account_id": account, "language": language, "body": body, "changed_at": now}])


def about_person(connection: sa.Connection, account: str, person: int) -> Row | None:
    """What is known of a person besides their calls."""
    row = connection.execute(_PERSON, {"account": account, "person": person}).one_or_none()
    return None if row is None else dict(row._mapping)


def about_people(connection: sa.Connection, account: str, persons: Iterable[int]) -> dict[int, Row]:
    """What is known of these people besides their calls, of those of whom something is."""
    c = people.c
    query = sa.select(people).where(c.account_id == account, c.person.in_(sorted(set(persons))))
    return {row.person: dict(row._mapping) for row in connection.execute(query)}


def note_person(connection: sa.Connection, account: str, person: int, **known: Any) -> None:
    """Remember something about a person."""
    insert_new(connection, people, [{"account_id": account, "person": person}], unique=("account_id", "person"))
    c = people.c
    connection.execute(sa.update(people).where(c.account_id == account, c.person == person).values(**known))
    if "name" in known:
        enter(connection, account, In.NAME, "", person=person, at=NO_MOMENT, said=known["name"] or "", again=True)
