"""The business of the fault tests: a garage, what its phone system says in a day, and what must come of it."""

from __future__ import annotations

import base64
import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

import numpy as np
import sqlalchemy as sa
from cryptography.fernet import Fernet

from decroche.connector_kit.connector import Delivery, Record
from decroche.connectors.platforms import platform
from decroche.ledger.folding import fold_pending
from decroche.ledger.observations import Observation, append
from decroche.ledger.setting_up import add_account, add_endpoint, add_line, set_week
from decroche.ledger.store import Ledger
from decroche.ledger.tables import calls, endpoints, journeys, observations
from decroche.simulate.calls import SimulatedCalls, simulate
from decroche.simulate.presets import garage_lyon
from decroche.simulate.ringover import Account, Scheme, Sent, deliveries
from decroche.simulate.stories import stories
from tests.databases import opened

ACCOUNT, ENDPOINT, DOOR = "garage", "pbx", "a-door-that-nobody-guesses"
HOOK = f"/hooks/ringover/{DOOR}"
CALL_KEY, AFTER_CALL_KEY = "call-key-" * 8, "after-call-key-" * 5
#: The same in every process.
SECRET_KEY = base64.urlsafe_b64encode(b"thirty-two bytes of no secrecy..").decode()
RINGOVER = platform("ringover")


@functools.cache
def _a_week() -> SimulatedCalls:
    return simulate(garage_lyon(), seed=3, days=7, start=date(2026, 3, 2))


def told(base: str, count: int, *, scheme: Scheme = Scheme.V1, ended: datetime | None = None) -> list[Sent]:
    """All that is delivered of ``count`` calls to the door at ``base``, in order of time; they end before ``ended``."""
    account = Account(url=base + HOOK, call_key=CALL_KEY, after_call_key=AFTER_CALL_KEY, scheme=scheme)
    some = list(islice(stories(_a_week()), count))
    last = max(step.at for story in some for step in story.steps)
    shift = (ended or datetime.now(UTC)) - timedelta(minutes=1) - last
    sent = [each for story in islice(stories(_a_week(), shift=shift), count) for each in deliveries(story, account)]
    return sorted(sent, key=lambda each: each.at)


def record(sent: Sent) -> Record:
    """What is kept of a delivery."""
    assert RINGOVER.events is not None
    headers = {name.lower(): value for name, value in sent.headers.items()}
    return RINGOVER.events.record(Delivery(url=sent.url, headers=headers, body=sent.body))


def shuffled(sent: Sequence[Sent], seed: int, *, again: float = 0.3) -> list[Sent]:
    """Out of order, and some of it more than once."""
    chance = np.random.default_rng(seed)
    more = [each for each in sent if chance.random() < again]
    return [([*sent, *more])[place] for place in chance.permutation(len(sent) + len(more))]


def set_up(ledger: Ledger) -> None:
    """The garage with its phone system; the same ids every time."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    with ledger.writing() as connection:
        add_account(connection, id=ACCOUNT, name="Garage", country="FR", zone="Europe/Paris", language="fr", now=now)
        set_week(connection, ACCOUNT, "mon-sun 08:00-19:00")
        add_line(connection, ACCOUNT, name="Atelier", number=33199000001)
        made = add_endpoint(
            connection, ACCOUNT, connector="ringover", name="Ringover", key=DOOR, now=now,
            settings={"zone": "Europe/Paris", "country": "FR", "region": "eu"}, box=Fernet(SECRET_KEY),
            secret={"call_key": CALL_KEY, "after_call_key": AFTER_CALL_KEY},
        )  # fmt: skip
        connection.execute(sa.update(endpoints).where(endpoints.c.id == made.id).values(id=ENDPOINT))


def keys(ledger: Ledger) -> list[str]:
    """The keys of all that is kept, each as often as it is kept."""
    with ledger.reading() as connection:
        return sorted(connection.execute(sa.select(observations.c.key)).scalars())


def fold_rest(ledger: Ledger) -> None:
    """What the server does at its next start."""
    assert RINGOVER.hear is not None
    hear = RINGOVER.hear
    with ledger.folding() as ours:
        assert ours
        while fold_pending(ledger, lambda _, kept, settings: hear(kept, settings), now=datetime.now(UTC)).observations:
            pass


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it all: observations by their keys, calls and journeys by their ids, states of observations."""

    keys: list[str]
    calls: dict[str, dict[str, Any]]
    journeys: dict[str, dict[str, Any]]
    states: dict[str, int]


def outcome(ledger: Ledger) -> Outcome:
    """The ledger without what depends on when and how often it was told."""
    with ledger.reading() as connection:
        by_state = sa.select(observations.c.state, sa.func.count()).group_by(observations.c.state)
        states = {row[0]: row[1] for row in connection.execute(by_state)}
        found = [
            {
                row.id: {name: value for name, value in row._asdict().items() if name not in without}
                for row in connection.execute(sa.select(table))
            }
            for table, without in ((calls, {"revision", "last_heard_at"}), (journeys, {"revision", "learned_at"}))
        ]
    lasting = {id: row for id, row in found[1].items() if row["state"] != "withdrawn"}
    return Outcome(keys(ledger), found[0], lasting, states)


def undisturbed(sent: Iterable[Sent]) -> Outcome:
    """What comes of deliveries that arrive once and in order, and nothing fails."""
    with opened("sqlite") as ledger:
        set_up(ledger)
        found = [
            Observation(endpoint_id=ENDPOINT, record=record(each), source="live", received_at=each.at) for each in sent
        ]
        with ledger.writing() as connection:
            append(connection, found)
        fold_rest(ledger)
        return outcome(ledger)
