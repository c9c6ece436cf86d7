"""Fills a ledger with the calls and journeys of a year, past everything that listens: only their rows matter here."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from decroche.ledger.setting_up import add_account, add_site, set_week
from decroche.ledger.store import Ledger

ACCOUNT = "desk"
#: The year ends here; figures are asked for at this moment.
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DAYS = 365
SITES, DEPARTMENTS, QUEUES, LINES, AGENTS = 5, 4, 20, 12, 60
OPEN_JOURNEYS = 20_000
#: Days until what is open expires: nothing does while it is measured.
OPEN_FOR = 400
_REASONS = (
    "no_answer",
    "abandoned_queue",
    "short_abandon",
    "after_hours",
    "busy",
    "abandoned_ringing",
    "queue_timeout",
)
_AT_ONCE = 20_000


def fill(
    path: Path,
    *,
    calls: int,
    seed: int = 1,
    now: datetime = NOW,
    zone: str = "Europe/Paris",
    open_journeys: int = OPEN_JOURNEYS,
) -> None:
    """A ledger at ``path`` with the calls of the year before ``now``, a fifth of them missed, and their journeys."""
    ledger = Ledger(f"sqlite:///{path}")
    ledger.migrate()
    with ledger.writing() as connection:
        account = add_account(connection, id=ACCOUNT, name="Desk", country="FR", zone=zone, language="fr", now=now)
        for number in range(SITES):
            add_site(connection, account, f"Site {number}")
        set_week(connection, account, "mon-fri 08:00-18:00; sat 09:00-12:00")
    ledger.close()
    chance = np.random.default_rng(seed)
    with sqlite3.connect(path) as base:
        base.execute("PRAGMA synchronous=OFF")
        base.execute("PRAGMA foreign_keys=OFF")
        _insert(base, "calls", _calls(calls, chance, now.astimezone(ZoneInfo(zone))))
        _insert(base, "journeys", _journeys(base, chance, calls, open_journeys))
        base.execute("INSERT INTO counters VALUES ('revision', ?)", (2 * calls,))
    base.close()


def _insert(base: sqlite3.Connection, table: str, rows: Iterator[list[dict[str, Any]]]) -> None:
    for part in rows:
        names = list(part[0])
        marks = ", ".join("?" for _ in names)
        base.executemany(
            f'INSERT INTO "{table}" ({", ".join(names)}) VALUES ({marks})', [tuple(row.values()) for row in part]
        )


def _calls(calls: int, chance: np.random.Generator, now: datetime) -> Iterator[list[dict[str, Any]]]:
    seconds = _by_day(calls, chance, now)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
    people = max(1, calls // 5)
    for start in range(0, calls, _AT_ONCE):
        part = []
        size = min(_AT_ONCE, calls - start)
        draws = chance.random((size, 4))
        numbers = chance.integers(0, 1 << 30, (size, 8))
        waits = chance.exponential(18, size).round(1)
        talks = chance.exponential(190, size).round(1)
        for place in range(size):
            number = start + place
            moment = midnight + timedelta(seconds=int(seconds[number]))
            outbound, answered = draws[place, 0] < 0.15, bool(draws[place, 1] < 0.8)
            pick = numbers[place]
            part.append(
                _call(number, moment, outbound, answered, pick, float(waits[place]), float(talks[place]), people)
            )
        yield part


def _by_day(calls: int, chance: np.random.Generator, now: datetime) -> np.ndarray[Any, np.dtype[np.int64]]:
    """When the calls came, in seconds after the last midnight: from 8 to 18 each day, today until now."""
    today = now.hour * 3600 + now.minute * 60
    opens, closes = 8 * 3600, 18 * 3600
    day = chance.integers(-DAYS + 1, 1, calls)
    second = chance.integers(opens, closes, calls)
    begins = min(opens, today // 2)
    until_now = chance.integers(begins, max(begins + 1, min(closes, today)), calls)
    return np.sort(day * 86_400 + np.where(day == 0, until_now, second))


def _call(
    number: int, moment: datetime, outbound: bool, answered: bool, pick: Any, wait: float, talk: float, people: int
) -> dict[str, Any]:
    disposition = "answered" if answered else "no_answer" if outbound else "missed"
    missed = disposition == "missed"
    person = 33600000000 + int(pick[0]) % people
    said = _written(moment)
    return {
        "id": f"{number:032x}"[::-1],
        "account_id": ACCOUNT,
        "revision": number + 1,
        "endpoint_id": "none",
        "external_key": str(number),
        "progress": "ended",
        "disposition": disposition,
        "reason": _REASONS[int(pick[1]) % len(_REASONS)] if missed else None,
        "hour_class": "open" if moment.isoweekday() < 6 else "weekend",
        "direction": "outbound" if outbound else "inbound",
        "started_at": said,
        "ended_at": said,
        "last_heard_at": said,
        "caller": f"+{person}",
        "caller_kind": "external",
        "person": person,
        "line": f"Line {int(pick[2]) % LINES}",
        "queue": None if outbound else f"Queue {int(pick[3]) % QUEUES}",
        "department": f"Department {int(pick[4]) % DEPARTMENTS}",
        "site": f"Site {int(pick[5]) % SITES}",
        "agent": f"Agent {int(pick[6]) % AGENTS}" if answered else None,
        "answered": answered,
        "queued": not outbound,
        "rang": True,
        "voicemail": missed and int(pick[7]) % 4 == 0,
        "after_hours": False,
        "wait_s": wait,
        "ring_s": None,
        "talk_s": talk if answered else None,
        "hold_s": None,
        "wrap_s": None,
        "total_s": wait + (talk if answered else 0),
        "legs": "[]",
        "sources": "live",
    }


def _journeys(
    base: sqlite3.Connection, chance: np.random.Generator, calls: int, open_journeys: int
) -> Iterator[list[dict[str, Any]]]:
    """A journey for the latest miss of each month of each person."""
    found = base.execute(
        "SELECT id, site, person, max(started_at) FROM calls WHERE disposition = 'missed'"
        " GROUP BY person, substr(started_at, 1, 7) ORDER BY 4"
    ).fetchall()
    part: list[dict[str, Any]] = []
    still_open = len(found) - min(open_journeys, len(found) // 3)
    for number, (call, site, person, said) in enumerate(found):
        opened = datetime.fromisoformat(said)
        closed = opened + timedelta(hours=float(chance.exponential(20)))
        state = "open" if number >= still_open else "recovered" if chance.random() < 0.6 else "expired"
        part.append(
            {
                "id": f"j{number:031x}",
                "account_id": ACCOUNT,
                "revision": calls + number,
                "site": site,
                "person": person,
                "state": state,
                "opened_at": said,
                "last_missed_at": said,
                "expires_at": _written(opened + timedelta(days=OPEN_FOR if state == "open" else 7)),
                "closed_at": None if state == "open" else _written(closed),
                "recovered_by": "our_call" if state == "recovered" else None,
                "attempts": 1,
                "missed_calls": f'["{call}"]',
                "calls": f'["{call}"]',
                "learned_at": said,
            }
        )
        if len(part) == _AT_ONCE:
            yield part
            part = []
    if part:
        yield part


def _written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")


def last_days(days: int) -> tuple[date, date]:
    """The local days of the last so many, today included."""
    return NOW.date() - timedelta(days=days - 1), NOW.date() + timedelta(days=1)
