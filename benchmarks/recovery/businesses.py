"""The businesses of the benchmark: each with a phone system, a gateway and a playbook that texts at once."""

from __future__ import annotations

from datetime import UTC, datetime

from cryptography.fernet import Fernet
from tests.faults.story import SECRET_KEY
from tests.reach.garage import AT_ONCE

from benchmarks.deliveries.platform import CALL_KEY
from decroche.ledger.recovery_settings import write_playbook, write_settings
from decroche.ledger.setting_up import add_account, add_endpoint, set_week
from decroche.ledger.store import Ledger
from decroche.recover.settings import RecoverySettings, Way
from decroche.recover.settings import write_settings as settings_text

#: The number of the business that wants no recovery; where the gateway tells what people write; and its secret.
OTHER = 99
GATEWAY, TOKEN = "benchmark-gateway", "benchmarkToken"


def door(number: int) -> str:
    """The address of a business's phone system with us."""
    return f"benchmark-{number}"


def name(number: int) -> str:
    """The account of a business."""
    return f"business-{number}"


def set_up(ledger: Ledger, businesses: int, sendsms_url: str) -> None:
    """So many businesses, and one that wants no recovery. A sender may send 10 texts a second: hence several."""
    now, box = datetime(2026, 1, 1, tzinfo=UTC), Fernet(SECRET_KEY)
    for number in (*range(businesses), OTHER):
        account = name(number)
        with ledger.writing() as connection:
            add_account(
                connection, id=account, name="Benchmark", country="FR", zone="Europe/Paris", language="fr", now=now
            )
            set_week(connection, account, "mon-sun 00:00-24:00")
            add_endpoint(
                connection, account, connector="ringover", name="Ringover", key=door(number), box=box, now=now,
                settings={"zone": "Europe/Paris", "country": "FR", "region": "eu"},
                secret={"call_key": CALL_KEY, "after_call_key": CALL_KEY},
            )  # fmt: skip
            if number == OTHER:
                continue
            gateway = add_endpoint(
                connection, account, connector="smpp", name="Kannel", key=f"{GATEWAY}-{number}", box=box, now=now,
                settings={"sendsms_url": sendsms_url, "username": "benchmark", "sender": "36111"},
                secret={"password": "benchmark", "token": TOKEN},
            )  # fmt: skip
            wanted = RecoverySettings(
                active=True,
                business="Garage Martin",
                phone="01 99 00 00 01",
                ways=(Way(endpoint=gateway.id, sender="36111"),),
            )
            write_settings(connection, account, settings_text(wanted), now)
            write_playbook(connection, account, "", "", AT_ONCE, now)
