"""A door with an invented platform behind it: what it is told and what it keeps can be seen."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hmac import compare_digest
from typing import Any

import sqlalchemy as sa
from starlette.applications import Starlette

from decroche.capture.receive.door import Doors, HookDoor, Outcome, Received
from decroche.capture.receive.journal import LARGEST_QUEUE, LONGEST_QUEUE, Journal
from decroche.capture.receive.late_doors import LateDoors
from decroche.capture.receive.public_address import PublicAddress
from decroche.connector_kit.connector import Answer, Connector, Delivery, Events, Record, Settings
from decroche.connector_kit.errors import Ignored, Malformed, NotAuthentic
from decroche.ledger.setting_up import Endpoint
from decroche.ledger.store import Ledger
from decroche.ledger.tables import observations
from tests.ledger.business import shop
from tests.receive.asking import Answered, ask

NOW = datetime(2026, 3, 26, 9, tzinfo=UTC)
KEY, PROOF = "a-key", "a-proof"
HOOK = f"/hooks/told/{KEY}"
GOOD = (("X-Proof", PROOF),)


def _verify(delivery: Delivery, settings: Settings, now: datetime) -> None:
    assert now == NOW
    if "breaks" in delivery.headers:
        raise RuntimeError("a mistake of ours")
    if not compare_digest(delivery.headers.get("x-proof", "").encode(), settings["proof"].encode()):
        raise NotAuthentic("not the proof")


def _record(delivery: Delivery) -> Record:
    if delivery.body == b"ignored":
        raise Ignored
    if delivery.body == b"malformed":
        raise Malformed("not what is documented")
    about = {"url": delivery.url, "type": delivery.headers.get("content-type", ""), "method": delivery.method}
    return Record(kind="event", key=delivery.body.decode("latin-1"), body=delivery.body, about=about)


def _challenge(delivery: Delivery, settings: Settings) -> Answer | None:
    echo = delivery.headers.get("x-echo")
    return None if echo is None else Answer(body=echo.encode(), headers={"X-Echo": echo})


TOLD = Connector(
    name="told",
    title="Told",
    events=Events(
        verify=_verify,
        record=_record,
        challenge=_challenge,
        answer=Answer(status=202, body=b"<thanks/>", content_type="text/xml"),
    ),
)
DEAF = Connector(name="deaf", title="Deaf")


@dataclass(slots=True)
class Door:
    """The application, what it noted, and what the ledger holds."""

    app: HookDoor
    journal: Journal
    ledger: Ledger
    endpoint: Endpoint
    doors: Doors
    with_doors: Callable[[Doors, LateDoors | None], HookDoor]
    noted: list[Outcome] = field(default_factory=list)

    async def ask(self, body: Any = b"one", *, path: str = HOOK, headers: Any = GOOD, **more: Any) -> Answered:
        """Deliver something."""
        return await ask(self.app, path, body, headers=headers, **more)

    def results(self) -> list[Received]:
        """What became of the deliveries."""
        return [each.result for each in self.noted]

    def kept(self) -> list[str]:
        """The keys of the observations, in order."""
        with self.ledger.reading() as connection:
            return list(connection.execute(sa.select(observations.c.key).order_by(observations.c.id)).scalars())

    def about(self) -> dict[str, str]:
        """What is kept beside the body of the only observation."""
        with self.ledger.reading() as connection:
            found: dict[str, str] = json.loads(connection.execute(sa.select(observations.c.about)).scalar_one())
        return found


@contextmanager
def door(
    ledger: Ledger,
    *,
    address: PublicAddress = PublicAddress("https://calls.example.com"),  # noqa: B008
    patience_s: float = 20,
    started: bool = True,
    longest: int = LONGEST_QUEUE,
    largest: int = LARGEST_QUEUE,
) -> Iterator[Door]:
    """A door with a journal that writes to ``ledger``."""
    account = shop(ledger)
    endpoint = Endpoint(
        id=account.endpoint, account_id=account.account, connector="told", name="PBX", key=KEY, settings={},
        secret={"proof": PROOF},
    )  # fmt: skip
    doors = Doors({("told", KEY): (endpoint, TOLD), ("deaf", KEY): (endpoint, DEAF)})
    journal = Journal(ledger, longest=longest, largest=largest)
    noted: list[Outcome] = []

    def note(outcome: Outcome, seconds: float) -> None:
        assert seconds >= 0
        noted.append(outcome)

    def with_doors(these: Doors, late: LateDoors | None = None) -> HookDoor:
        return HookDoor(
            Starlette(), these, journal, address, clock=lambda: NOW, note=note, late=late, patience_s=patience_s
        )

    if started:
        journal.start()
    try:
        yield Door(with_doors(doors), journal, ledger, endpoint, doors, with_doors, noted)
    finally:
        journal.stop()
