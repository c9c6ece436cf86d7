"""A quarter of missed callers written into the ledger directly: too many to be lived through one by one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa

from decroche.ledger.recovery_tables import assignments, episodes, texts
from decroche.ledger.setting_up import add_account, add_site, set_week
from decroche.ledger.store import Ledger
from decroche.ledger.tables import journeys, reached
from decroche.recover.fingerprints import fingerprint

KEY = b"k" * 32
BEGIN = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
_DAY = timedelta(days=1)


def garage(ledger: Ledger, account: str = "garage") -> str:
    """A business that opens from Monday to Friday."""
    with ledger.writing() as connection:
        add_account(connection, id=account, name=account, country="FR", zone="Europe/Paris", language="fr", now=BEGIN)
        set_week(connection, account, "mon-fri 08:00-18:00")
        add_site(connection, account, "Lyon")
    return account


def write_quarter(
    ledger: Ledger,
    account: str,
    *,
    a_day: int,
    days: int,
    base: float,
    changed: float,
    share: float,
    begin: datetime = BEGIN,
    first_person: int = 33600000000,
    seed: int = 1,
    key: bytes = KEY,
) -> None:
    """People who are missed evenly; ``share`` of them are left alone, and nobody is drawn when it is 0.

    Those acted on are texted after half a minute. Who is recovered is reached three hours after the miss: by our call
    where we acted, else by a reply, which stands for their own return.
    """
    rng = np.random.default_rng(seed)
    rows: dict[sa.Table, list[dict[str, Any]]] = {
        table: [] for table in (journeys, episodes, assignments, texts, reached)
    }
    for number in range(a_day * days):
        at, person = begin + number * _DAY / a_day, first_person + number
        id, begun = f"{account}-{person}", at + timedelta(seconds=40)
        held = bool(rng.random() < share)
        recovered = bool(rng.random() < (base if held else changed))
        met = at + timedelta(hours=3)
        by = "our_call" if not held else "reply"
        rows[journeys].append(
            {
                "id": id, "account_id": account, "revision": number, "site": "Lyon" if number % 2 else "",
                "person": person, "state": "recovered" if recovered else "expired", "opened_at": at,
                "last_missed_at": at, "expires_at": at + 7 * _DAY, "closed_at": met if recovered else at + 7 * _DAY,
                "recovered_by": by if recovered else None, "recovered_ref": None, "attempts": 1,
                "missed_calls": "[]", "calls": "[]", "learned_at": begun,
            }
        )  # fmt: skip
        if recovered:
            rows[reached].append({"id": id, "account_id": account, "person": person, "at": met, "kind": by})
        if not share:
            continue
        arm = "holdout" if held else "act"
        rows[episodes].append(
            {
                "account_id": account, "journey_id": id, "number": 1, "opened_at": at, "begun_at": begun,
                "playbook": "garage", "arm": arm,
            }
        )  # fmt: skip
        rows[assignments].append(
            {
                "account_id": account, "experiment": f"holdout-{share:g}", "arm": arm, "share": share, "at": begun,
                "fingerprint": fingerprint(key, account, person),
            }
        )  # fmt: skip
        if not held:
            rows[texts].append(
                {
                    "id": id, "account_id": account, "journey_id": id, "person": person, "direction": "out",
                    "body": "…", "purpose": "text_back", "state": "delivered", "created_at": begun,
                    "handed_at": at + timedelta(seconds=70),
                }
            )  # fmt: skip
    with ledger.writing() as connection:
        for table, each in rows.items():
            if each:
                connection.execute(sa.insert(table), each)
