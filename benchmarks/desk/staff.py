"""The business of the benchmark: its ledger, the phone system that delivers to it, and the members who look."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from cryptography.fernet import Fernet
from tests.faults.story import SECRET_KEY

from benchmarks.deliveries.platform import CALL_KEY
from benchmarks.desk.past import ACCOUNT, fill
from benchmarks.desk.past_work import add_work
from decroche.ledger.members import add_member, join_account
from decroche.ledger.sessions import open_session
from decroche.ledger.setting_up import add_endpoint
from decroche.ledger.store import Ledger
from decroche.ledger.tables import sites
from decroche.ledger.tokens import Scope, add_token
from decroche.model.member import Role

#: The address of the phone system with us.
DOOR = "benchmark-desk"
#: Who looks: the supervisor and the agent only see some of the five sites.
ROLES: dict[Role, int | None] = {Role.OWNER: None, Role.SUPERVISOR: 3, Role.AGENT: 1}


@dataclass(frozen=True, slots=True)
class Staff:
    """The sessions of members by role, as many of each as were asked for, and a token for programs."""

    sessions: dict[Role, Sequence[str]]
    token: str


def afternoon(now: datetime) -> str:
    """A zone in which it is three in the afternoon, so that there is a day to look at whenever this runs."""
    ahead = (15 - now.hour + 11) % 24 - 11
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"


def prepare(folder: Path, kept: Path | None, *, calls: int, open_journeys: int) -> Path:
    """A ledger with so many calls until now; ``kept`` holds one made before on the same day."""
    now = datetime.now(UTC)
    made = (kept or folder) / f"desk-{calls}-{open_journeys}-{now:%Y%m%d%H}.db"
    path = folder / "ledger.db"
    if not made.exists():
        unfinished = made.with_suffix(".part")
        unfinished.unlink(missing_ok=True)
        fill(unfinished, calls=calls, now=now, zone=afternoon(now), open_journeys=open_journeys)
        ledger = Ledger(f"sqlite:///{unfinished}")
        with ledger.writing() as connection:
            endpoint = add_endpoint(
                connection, ACCOUNT, connector="ringover", name="Ringover", key=DOOR, box=Fernet(SECRET_KEY), now=now,
                settings={"zone": "Europe/Paris", "country": "FR", "region": "eu"},
                secret={"call_key": CALL_KEY, "after_call_key": CALL_KEY},
            )  # fmt: skip
        ledger.close()
        add_work(unfinished, endpoint=endpoint.id, now=now - timedelta(minutes=2))
        unfinished.rename(made)
    if made != path:
        shutil.copyfile(made, path)
    return path


def hire(path: Path, *, each: int) -> Staff:
    """Let so many members of each role in."""
    now = datetime.now(UTC)
    ledger = Ledger(f"sqlite:///{path}")
    found: dict[Role, Sequence[str]] = {}
    with ledger.writing() as connection:
        places = list(connection.execute(sa.select(sites.c.id).order_by(sites.c.name)).scalars())
        for role, seen in ROLES.items():
            tokens = []
            for number in range(each):
                email = f"{role}{number}-{now:%H%M%S%f}@desk.example"
                member = add_member(
                    connection, name=f"{role} {number}", email=email, password=None, language="fr", now=now
                )
                where = None if seen is None else places[:seen]
                join_account(connection, ACCOUNT, member, role=role, sites=where, now=now)
                tokens.append(
                    open_session(
                        connection, ACCOUNT, member, complete=True, browser="benchmark", client="127.0.0.0/24", now=now
                    )
                )
            found[role] = tokens
        token = add_token(connection, ACCOUNT, name="benchmark", scopes=(Scope.READ,), now=now)
    ledger.close()
    return Staff(found, token)
