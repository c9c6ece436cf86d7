"""``decroche members``, and what commands leave in the audit log."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from decroche.cli.served_at import noting_where
from decroche.ledger.invitations import accept
from decroche.ledger.member_tables import audit_log, members
from decroche.ledger.members import add_member, join_account
from decroche.ledger.one_time_links import LinkKind, look_at_link
from decroche.ledger.setting_up import add_site
from decroche.ledger.store import Ledger
from decroche.ledger.tables import accounts
from decroche.model.member import Role
from decroche.server_settings import ServerSettings
from tests.cli.test_changing_commands import data, say

__all__ = ["data"]
LEA = "lea@garage.example"


@pytest.fixture
def ledger(data: Path) -> Iterator[Ledger]:
    found = Ledger(f"sqlite:///{data / 'ledger.db'}")
    yield found
    found.close()


def account(ledger: Ledger) -> str:
    with ledger.reading() as connection:
        return str(connection.execute(sa.select(accounts.c.id)).scalar_one())


def member(ledger: Ledger, role: Role, email: str, name: str) -> str:
    now = datetime.now(UTC)
    with ledger.writing() as connection:
        id = add_member(connection, name=name, email=email, password="x", language="fr", now=now)
        join_account(connection, account(ledger), id, role=role, sites=None, now=now)
    return id


def noted(ledger: Ledger) -> list[tuple[str, str]]:
    with ledger.reading() as connection:
        rows = connection.execute(sa.select(audit_log).order_by(audit_log.c.id)).all()
    assert {row.by_kind for row in rows} <= {"command"}
    return [(row.action, row.details) for row in rows]


def test_who_works_here_is_listed_invited_changed_and_removed(data: Path, ledger: Ledger) -> None:
    assert "Personne ne travaille encore ici" in say("members", "--data", data)
    with ledger.writing() as connection:
        add_site(connection, account(ledger), "Lyon")
    said = say("members", "add", LEA, "agent", "--site", "Lyon", "--data", data)
    token = said.split("/invited/")[1].strip()
    with ledger.writing() as connection:
        found = accept(connection, token, now=datetime.now(UTC))
    assert found is not None and (found.email, found.role, len(found.sites or ())) == (LEA, Role.AGENT, 1)
    member(ledger, Role.AGENT, LEA, "Léa Roy")
    assert "Léa Roy <lea@garage.example> : agent, tous les sites" in say("members", "list", "--data", data)
    assert "travaille déjà ici" in say("members", "add", LEA.upper(), "agent", "--data", data, code=2)
    assert "a maintenant le rôle supervisor" in say("members", "role", LEA, "supervisor", "--data", data)
    assert "Léa Roy <lea@garage.example>: supervisor, Lyon" in (
        say("members", "role", LEA, "supervisor", "--site", "Lyon", "--data", data)
        + say("members", "list", "--lang", "en", "--data", data)
    )
    assert "n’entre plus ici" in say("members", "remove", LEA, "--data", data)
    assert "Personne ici n’a l’adresse" in say("members", "remove", LEA, "--data", data, code=2)
    assert [action for action, _ in noted(ledger)] == [
        "settings.business_added", "member.invited", "member.changed", "member.changed", "member.removed",
    ]  # fmt: skip


def test_the_last_owner_stays(data: Path, ledger: Ledger) -> None:
    member(ledger, Role.OWNER, "ines@garage.example", "Inès")
    for words in (("role", "ines@garage.example", "agent"), ("remove", "ines@garage.example")):
        assert "dernier propriétaire" in say("members", *words, "--data", data, code=2)
    assert len(noted(ledger)) == 1, "what did not happen is not noted"


def test_who_is_locked_out_gets_a_link(data: Path, ledger: Ledger) -> None:
    first = say("members", "link", "--data", data)
    key = first.split("/first-run?key=")[1].strip()
    with ledger.reading() as connection:
        assert look_at_link(connection, LinkKind.FIRST_RUN, key, now=datetime.now(UTC)) is not None
    id = member(ledger, Role.OWNER, "ines@garage.example", "Inès")
    with ledger.writing() as connection:
        connection.execute(sa.update(members).values(totp=b"sealed"))
    assert "decroche members list" in say("members", "link", "--data", data, code=2), "somebody works here now"
    for more, kept in ((), True), (("--drop-second-factor",), False):
        said = say("members", "link", "ines@garage.example", *more, "--data", data)
        found = re.search(r"/reset/(\S+)", said)
        assert found is not None
        with ledger.reading() as connection:
            opened = look_at_link(connection, LinkKind.RESET, found[1], now=datetime.now(UTC))
            assert opened is not None and opened.member == id
            assert (connection.execute(sa.select(members.c.totp)).scalar_one() is not None) == kept
        assert found[1] not in str(noted(ledger)), "the log opens nothing"
    assert noted(ledger)[-1] == ("member.link_made", '{"name":"Inès","second_factor":"dropped"}')


@pytest.mark.parametrize("words", [
    ("dance",), ("add", LEA), ("add",), ("role", LEA), ("list", LEA), ("remove",), ("remove", LEA, "agent"),
    ("link", "--drop-second-factor"), ("list", "--drop-second-factor"),
])  # fmt: skip
def test_words_that_are_none_are_told_the_right_ones(data: Path, words: tuple[str, ...]) -> None:
    assert "Écrivez : decroche members list" in say("members", *words, "--data", data, code=2)


def test_what_is_wrong_is_said(data: Path) -> None:
    assert "Rôles possibles : owner, supervisor, agent, reader" in say("members", "add", LEA, "boss", "--data", data,
                                                                     code=2)  # fmt: skip
    assert "n’est pas une adresse" in say("members", "add", "lea", "agent", "--data", data, code=2)
    assert "pas de site « Lyon »" in say("members", "add", LEA, "agent", "--site", "Lyon", "--data", data, code=2)


def test_commands_say_in_the_log_what_they_changed(data: Path, ledger: Ledger) -> None:
    say("connect", "ringover", "--name", "Standard", "--set", "api_key=s3cret", "--data", data)
    say("endpoints", "rename", "Standard", "Accueil", "--data", data)
    say("endpoints", "set", "Accueil", "--set", "api_key=other-s3cret", "--data", data)
    say("hours", "set", "mon-fri 08:00-18:00", "--data", data)
    say("hours", "close", "2026-12-24", "Fête", "--data", data)
    say("hours", "reset", "2026-12-24", "--data", data)
    token = say("token", "Programme", "--data", data)
    say("token", "revoke", "Programme", "--data", data)
    say("recovery", "opt-outs", "add", "06 39 98 12 34", "--data", data)
    say("recovery", "opt-outs", "undo", "06 39 98 12 34", "--who", "Inès", "--data", data)
    say("callbacks", "--numbers", "--data", data)
    say("endpoints", "remove", "Accueil", "--data", data)
    assert [action for action, _ in noted(ledger)] == [
        "settings.business_added", "endpoint.connected", "endpoint.renamed", "endpoint.changed", "hours.week_set",
        "hours.day_close", "hours.day_reset", "token.made", "token.revoked", "opt_out.added", "opt_out.undone",
        "callback.numbers_listed", "endpoint.removed",
    ]  # fmt: skip
    kept = str(noted(ledger))
    assert "s3cret" not in kept and "639981234" not in kept and "98 12 34" not in kept
    assert token.split()[-1] not in kept


def test_a_link_opens_at_the_port_of_the_server_that_runs(data: Path) -> None:
    told = ServerSettings(data=data, database=None)
    with noting_where(told, "http://localhost:9123"):
        assert "http://localhost:9123/first-run?key=" in say("members", "link", "--data", data)
    assert "http://127.0.0.1:8350/first-run?key=" in say("members", "link", "--data", data)
