"""A site or a department goes when nothing needs it, with its opening hours; else it is said what needs it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from decroche.language import Language
from decroche.ledger.changing import NotThere
from decroche.ledger.invitations import invite
from decroche.ledger.members import add_member, join_account
from decroche.ledger.recovery_tables import bookings, playbooks, work_items
from decroche.ledger.removing_places import MOST_COUNTED, Need, StillNeeded, remove_department, remove_site
from decroche.ledger.setting_up import add_endpoint, add_line, add_site, set_week
from decroche.ledger.store import Ledger
from decroche.ledger.tables import opening_hours, rejudging, sites
from decroche.model.member import Role
from tests.ledger.business import BOX, shop
from tests.ledger.stories import LINES, NOW
from tests.ledger.test_sites_of_an_account import missed

Setter = Callable[[sa.Connection, str, str], object]


def _member(connection: sa.Connection, account: str, site: str) -> None:
    id = add_member(connection, name="Zoé", email="zoe@garage.example", password=None, language="fr", now=NOW)
    join_account(connection, account, id, role=Role.AGENT, sites=[site], now=NOW)


def _playbook(connection: sa.Connection, account: str, site: str) -> None:
    row = {"account_id": account, "site": "Sud", "department": "", "body": "", "changed_at": NOW}
    connection.execute(sa.insert(playbooks).values(**row))


def _work(connection: sa.Connection, account: str, site: str) -> None:
    row = {"id": "w", "account_id": account, "site": "Sud", "kind": "callback", "state": "open", "opened_at": NOW}
    connection.execute(sa.insert(work_items).values(**row))
    connection.execute(sa.insert(work_items).values(**{**row, "id": "w2", "state": "done"}))


def _booking(connection: sa.Connection, account: str, site: str) -> None:
    row = {"id": "b", "account_id": account, "journey_id": "j", "person": 33639981234, "site": "Sud", "made_at": NOW}
    soon = {"starts_at": NOW + timedelta(hours=1), "ends_at": NOW + timedelta(hours=2), "state": "booked"}
    over = {"starts_at": NOW - timedelta(hours=2), "ends_at": NOW - timedelta(hours=1), "state": "booked"}
    connection.execute(sa.insert(bookings), [{**row, **soon}, {**row, **over, "id": "b2"}])


NEEDS: dict[str, tuple[Setter, Need]] = {
    "a line": (
        lambda connection, account, site: add_line(connection, account, name="Ventes", number=None, site="Sud"),
        Need(kind="lines", count=1, names=("Ventes",)),
    ),
    "a phone system": (
        lambda connection, account, site: add_endpoint(
            connection, account, connector="ringover", name="Accueil", settings={}, secret={}, box=BOX, now=NOW,
            site="Sud",
        ),
        Need(kind="systems", count=1, names=("Accueil",)),
    ),
    "a playbook": (_playbook, Need(kind="playbooks", count=1)),
    "a member": (_member, Need(kind="members", count=1, names=("Zoé",))),
    "an invitation": (
        lambda connection, account, site: invite(
            connection, account, email="x@garage.example", role=Role.AGENT, sites=[site], by="", now=NOW
        ),
        Need(kind="invitations", count=1),
    ),
    "something to do": (_work, Need(kind="work", count=1)),
    "a promise": (_booking, Need(kind="bookings", count=1)),
}  # fmt: skip


@pytest.mark.parametrize("what", NEEDS)
def test_what_needs_a_site_keeps_it(ledger: Ledger, what: str) -> None:
    account = shop(ledger).account
    put, need = NEEDS[what]
    with ledger.writing() as connection:
        site = add_site(connection, account, "Sud")
        put(connection, account, site)
        with pytest.raises(StillNeeded) as stopped:
            remove_site(connection, account, site, now=NOW)
        assert stopped.value.needs == (need,)
        assert stopped.value.said(Language("fr")).startswith("«\u202fSud\u202f» sert encore\u00a0: 1\u00a0")


def test_a_site_that_nothing_needs_goes_with_its_hours_and_calls_are_judged_again(ledger: Ledger) -> None:
    account = shop(ledger).account
    with ledger.writing() as connection:
        site = add_site(connection, account, "Sud")
        set_week(connection, account, "mon 8:00-9:00", site="Sud")
        set_week(connection, account, "mon 8:00-9:00", site="Sud", department="Atelier")
        connection.execute(sa.delete(rejudging))
        assert remove_site(connection, account, site, now=NOW) == "Sud"
        assert connection.execute(sa.select(sites.c.name).where(sites.c.id == site)).first() is None
        assert "Sud" not in set(connection.execute(sa.select(opening_hours.c.site)).scalars())
        assert connection.execute(sa.select(rejudging.c.account_id)).scalars().all() == [account]
        with pytest.raises(NotThere):
            remove_site(connection, account, site, now=NOW)


def test_calls_keep_their_site_and_another_business_never_matters(ledger: Ledger) -> None:
    mine = shop(ledger)
    mine.keep([missed("a", LINES[1], "+33639985678")])
    mine.fold()
    with ledger.writing() as connection:
        [site] = connection.execute(sa.select(sites.c.id).where(sites.c.name == "Bron")).scalars()
        for table in ("lines", "endpoints", "opening_hours"):
            connection.execute(sa.text(f"UPDATE {table} SET site = ''"))
        with pytest.raises(StillNeeded) as stopped:
            remove_site(connection, mine.account, site, now=NOW)
        assert stopped.value.needs == (Need(kind="calls", count=1),)
        assert "rename it" in stopped.value.said(Language("en"))
        with pytest.raises(NotThere):
            remove_site(connection, "another", site, now=NOW)


def test_a_department_goes_when_only_its_hours_name_it(ledger: Ledger) -> None:
    account = shop(ledger).account
    with ledger.writing() as connection:
        set_week(connection, account, "mon 8:00-9:00", department="Pièces")
        line = add_line(connection, account, name="Pièces", number=None, department="Pièces")
        with pytest.raises(StillNeeded, match="Pièces"):
            remove_department(connection, account, site="", department="Pièces", now=NOW)
        connection.execute(sa.text("DELETE FROM lines WHERE id = :id"), {"id": line})
        remove_department(connection, account, site="", department="Pièces", now=NOW)
        for name in ("Pièces", ""):
            with pytest.raises(NotThere):
                remove_department(connection, account, site="", department=name, now=NOW)


def test_what_is_many_is_said_as_many() -> None:
    error = StillNeeded("Bron", [Need(kind="calls", count=MOST_COUNTED + 1)])
    assert "more than 1,000\u00a0calls" in error.said(Language("en"))
    many = Need(kind="lines", count=6, names=tuple("abcdef"))
    assert many.said(Language("fr")) == "6\u00a0lignes (a, b, c, d, e, …)"
