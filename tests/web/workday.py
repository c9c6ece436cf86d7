"""A day's work for the pages on which an agent spends it: people who were missed, who wrote, who were promised."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from decroche.ledger.recovery_settings import note_person
from decroche.ledger.recovery_settings import write_settings as keep_settings
from decroche.ledger.recovery_tables import texts
from decroche.ledger.searching import In, enter
from decroche.ledger.tables import journeys
from decroche.ledger.work_items import Kind, Need, open_item
from decroche.recover.settings import RecoverySettings, Way, write_settings
from tests.ledger.business import Shop
from tests.web.garage import NOW, Garage, missed

ANN, BOB, CARL = 33639980001, 33639980002, 33639980003


def opened(
    here: Garage, key: str, person: int | None, *, minutes: float = 0, kind: Kind = Kind.CALLBACK,
    of: Shop | None = None, **values: Any,
) -> str:  # fmt: skip
    """Somebody of ours has to do it, since so many minutes ago."""
    values.setdefault("site", f"Site {(of or here.mine).account}")
    with here.server.ledger.writing() as connection:
        need = Need(kind=kind, key=key, person=person, **values)
        return open_item(connection, (of or here.mine).account, need, now=here.now - timedelta(minutes=minutes))


def missed_person(here: Garage, key: str, person: int, *, minutes: float = 5, **more: Any) -> str:
    """A miss with its journey and the callback that a playbook makes of it. Returns the item."""
    here.tell(*missed(key, caller=f"+{person}", at=here.now - timedelta(minutes=minutes), **more))
    return opened(here, key, person, minutes=minutes, journey=journey_of(here, person), department="Atelier")


def journey_of(here: Garage, person: int) -> str:
    c = journeys.c
    with here.server.ledger.reading() as connection:
        query = sa.select(c.id).where(c.account_id == here.mine.account, c.person == person)
        return str(connection.execute(query.order_by(c.opened_at.desc())).scalars().first())


def recovery_on(here: Garage, **more: Any) -> None:
    """Recovery is set up, with a way to send texts."""
    wanted: Mapping[str, Any] = {
        "active": True, "business": "Garage Martin", "value": 180.0,
        "ways": (Way(endpoint=here.mine.endpoint, sender="+33939000001"),), **more,
    }  # fmt: skip
    with here.server.ledger.writing() as connection:
        keep_settings(connection, here.mine.account, write_settings(RecoverySettings(**wanted)), NOW)


def wrote(here: Garage, key: str, person: int, body: str, *, minutes: float = 3, item: bool = True, **more: Any) -> str:
    """A person wrote a text, which somebody has to answer. Returns the item, or the text without one."""
    journey = journey_of(here, person)
    with here.server.ledger.writing() as connection:
        row: dict[str, Any] = {
            "id": f"text{key}", "account_id": here.mine.account, "journey_id": journey, "person": person,
            "direction": "in", "body": body, "purpose": "none", "state": "received",
            "created_at": here.now - timedelta(minutes=minutes), **more,
        }  # fmt: skip
        connection.execute(texts.insert().values(**row))
        account, at = here.mine.account, row["created_at"]
        enter(connection, account, In.TEXT, str(row["id"]), person=person, at=at, said=body)
    if not item:
        return str(row["id"])
    about = {"text": row["id"]}
    return opened(here, f"text:{key}", person, minutes=minutes, kind=Kind.REPLY, journey=journey, about=about)


def named(here: Garage, person: int, name: str, **more: Any) -> None:
    with here.server.ledger.writing() as connection:
        note_person(connection, here.mine.account, person, name=name, **more)
