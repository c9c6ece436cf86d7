"""A garage with its phone system and a real gateway: people are missed, and a telephone shows what they are sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import sqlalchemy as sa
from cryptography.fernet import Fernet

from decroche.connector_kit.http import Http
from decroche.connector_kit.texts import Message
from decroche.connectors.smpp.texts import send
from decroche.ledger import recovery_settings as wishes
from decroche.ledger.recovery_tables import texts, work_items
from decroche.ledger.setting_up import add_account, add_endpoint, add_line, set_week
from decroche.ledger.store import Ledger
from decroche.model.call import Direction
from decroche.recover.settings import RecoverySettings, Way, write_settings
from decroche.simulate.ringover import Account, Scheme, Sent, deliveries
from decroche.simulate.stories import CallStory, Colleague, Happening, Step
from tests.faults.serving import free_port
from tests.faults.story import ACCOUNT, AFTER_CALL_KEY, CALL_KEY, DOOR, HOOK, SECRET_KEY
from tests.kannel import Kannel, Shown

GATEWAY = "the-gateway-s-door-that-nobody-guesses"
GARAGE = 33199000001
#: Nothing is waited for before the text; then people have the list.
AT_ONCE = """
name = "at_once"
title = { fr = "Tout de suite", en = "At once" }

[[step]]
name = "missed"
act = "text"
after = "0 s"
since = "opening"
template = "missed"

[[step]]
name = "reply"
act = "wait"
wait = "2 h"

[[step]]
name = "callback"
act = "callback"
to = "role:reception"
within = "30 min"
"""


@contextmanager
def gateway() -> Iterator[tuple[Kannel, int]]:
    """A gateway, and the port on which it expects the server that it tells everything."""
    port = free_port()
    kannel = Kannel(f"http://127.0.0.1:{port}/hooks/smpp/{GATEWAY}")
    try:
        yield kannel, port
    finally:
        kannel.close()


def set_up(ledger: Ledger, sending: dict[str, str], *, sender: str, playbook: str = AT_ONCE) -> None:
    """The garage, always open, with its phone system and its gateway, of which ``sending`` are the settings."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    box = Fernet(SECRET_KEY)
    with ledger.writing() as connection:
        add_account(connection, id=ACCOUNT, name="Garage", country="FR", zone="Europe/Paris", language="fr", now=now)
        set_week(connection, ACCOUNT, "mon-sun 00:00-24:00")
        add_line(connection, ACCOUNT, name="Atelier", number=GARAGE)
        add_endpoint(
            connection, ACCOUNT, connector="ringover", name="Ringover", key=DOOR, now=now,
            settings={"zone": "Europe/Paris", "country": "FR", "region": "eu"}, box=box,
            secret={"call_key": CALL_KEY, "after_call_key": AFTER_CALL_KEY},
        )  # fmt: skip
        secret = {name: sending[name] for name in ("password", "token")}
        open_to_all = {name: value for name, value in sending.items() if name not in secret}
        sends = add_endpoint(
            connection, ACCOUNT, connector="smpp", name="Kannel", key=GATEWAY, now=now, settings=open_to_all, box=box,
            secret=secret,
        )  # fmt: skip
        wanted = RecoverySettings(
            active=True, business="Garage Martin", phone="01 99 00 00 01", ways=(Way(endpoint=sends.id, sender=sender),)
        )
        wishes.write_settings(connection, ACCOUNT, write_settings(wanted), now)
        wishes.write_playbook(connection, ACCOUNT, "", "", playbook, now)


def missed(person: int, number: int, base: str, *, ended: datetime) -> list[Sent]:
    """What the phone system delivers about a call of ``person`` that rang and that nobody answered."""
    account = Account(
        url=base + HOOK, call_key=CALL_KEY, after_call_key=AFTER_CALL_KEY, scheme=Scheme.V1
    )  # fmt: skip
    began = ended - timedelta(seconds=25)
    story = CallStory(
        number=1_920_000_000_000_000_000 + number,
        direction=Direction.INBOUND,
        caller=f"+{person}",
        called=f"+{GARAGE}",
        started_at=began,
        menu=None,
        closed=False,
        steps=(
            Step(at=began, happening=Happening.RINGING, colleague=Colleague(number=11_330_000, first_name="Camille")),
            Step(at=ended, happening=Happening.MISSED),
        ),
    )
    return list(deliveries(story, account))


def shown_by(kannel: Kannel) -> list[Shown]:
    """All that the telephone has shown and nobody looked at. What is under way to it comes before our last text."""
    last = Message(reference="last", sender="36111", recipient="+33639989999", body="C'est tout", hook_url="")
    with httpx.Client() as client:
        send(Http(client), kannel.settings, last)
    return list(iter(kannel.shown, Shown("36111", last.recipient, "text", last.body)))


def sent(ledger: Ledger, **wanted: object) -> list[Any]:
    """The texts in the ledger, the oldest first."""
    return _rows(ledger, texts, (texts.c.created_at, texts.c.id), wanted)


def work(ledger: Ledger, **wanted: object) -> list[Any]:
    """What people have to do, or had."""
    return _rows(ledger, work_items, (work_items.c.opened_at, work_items.c.id), wanted)


def _rows(ledger: Ledger, table: sa.Table, order: Iterable[Any], wanted: dict[str, object]) -> list[Any]:
    query = sa.select(table).order_by(*order)
    for name, value in wanted.items():
        query = query.where(table.c[name] == value)
    with ledger.reading() as connection:
        return list(connection.execute(query))
