"""What the phone systems of several businesses say is folded together, and each keeps what is its own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from decroche.ledger.folding import fold_pending
from decroche.ledger.setting_up import add_account, add_endpoint, add_line, set_week
from decroche.ledger.store import Ledger
from decroche.ledger.tables import calls, changes, journey_aliases, journeys
from tests.databases import opened
from tests.ledger.business import BOX, Shop
from tests.ledger.stories import LINES, START, Body, hear
from tests.ledger.test_folding import HOUR, answered, join, miss

#: The same keys and the same people everywhere: nothing but the account tells them apart.
DAY = (
    (miss("a"), miss("b", START + HOUR, caller="0622222222")),
    (answered("c", START + 2 * HOUR), miss("d", START + 2 * HOUR, caller="0633333333")),
    (join("b", "d"),),
    (miss("e", START + 3 * HOUR),),
)


def shop(ledger: Ledger, name: str) -> Shop:
    """A business with one line and one phone system."""
    with ledger.writing() as connection:
        add_account(connection, id=name, name=name, country="FR", zone="Europe/Paris", language="fr", now=START)
        set_week(connection, name, "mon-fri 08:00-18:00")
        add_line(connection, name, name="Accueil", number=int(LINES[0][1:]))
        endpoint = add_endpoint(
            connection, name, connector="told", name="PBX", settings={}, secret={}, box=BOX, now=START
        )
    return Shop(ledger, name, endpoint.id)


def live(*found: Shop) -> None:
    """They have the same day; what is said of it is folded together."""
    for number, said in enumerate(DAY):
        for each in found:
            each.keep([Body(facts=(fact,)) for fact in said])
        batch = fold_pending(found[0].ledger, hear, now=START + timedelta(hours=4 + number))
        assert batch.observations == len(said) * len(found)
        assert not batch.failed


def kept(found: Shop) -> dict[str, list[Any]]:
    """What the ledger holds of a business, without what counts the changes of all."""
    rows: dict[str, list[Any]] = {}
    with found.ledger.reading() as connection:
        for table in (calls, journeys, journey_aliases, changes):
            hidden = {"revision", "endpoint_id", *(("id",) if table is changes else ())}
            shown = [column for column in table.c if column.name not in hidden]
            query = sa.select(*shown).where(table.c.account_id == found.account)
            order = changes.c.id if table is changes else shown[0]
            rows[table.name] = [tuple(row) for row in connection.execute(query.order_by(order, *shown))]
    return rows


def test_a_business_that_is_folded_with_others_is_as_if_alone(ledger: Ledger) -> None:
    several = [shop(ledger, name) for name in ("bakery", "garage", "surgery")]
    live(*several)
    for found in several:
        with opened("sqlite") as other:
            alone = shop(other, found.account)
            live(alone)
            assert kept(found) == kept(alone)
    kinds = {row[2] for row in kept(several[0])["changes"]}
    assert {"journey.opened", "journey.closed", "journey.reopened", "call.merged", "journey.merged"} <= kinds
