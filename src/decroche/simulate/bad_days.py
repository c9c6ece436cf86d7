"""A phone system on a bad day: it repeats itself, is late, loses ends of calls, has a wrong clock, sends rubbish."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np

from decroche.simulate.ringover import Account, Sent, retried, signed

_ENDS = frozenset({"hangup", "missed", "voicemail"})
#: What arrives at a webhook's address and is no delivery.
RUBBISH = (
    b"",
    b"null",
    b"[]",
    b"{",
    b'{"event": "ringing", "resource": "call"}',
    b'{"event": "hangup", "resource": "call", "timestamp": "soon", "data": {"call_id": []}}',
    b"\xff\xfe<?xml version='1.0'?><call/>",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BadDay:
    """What goes wrong. Shares are between 0 and 1: of deliveries (``repeated``, ``late``, ``rubbish``) or of calls.

    What is ``late`` comes up to ``latest`` after its time, so that the order is lost. ``clock_off`` is added to every
    time that the platform writes.
    """

    repeated: float = 0.0
    late: float = 0.0
    latest: timedelta = timedelta(minutes=2)
    ends_lost: float = 0.0
    clock_off: timedelta = timedelta()
    rubbish: float = 0.0


def on_a_bad_day(sent: Iterable[Sent], *, account: Account, day: BadDay, chance: np.random.Generator) -> list[Sent]:
    """The deliveries as they are really made, in order of time. The same ``chance`` makes the same day."""
    made: list[Sent] = []
    silent: dict[object, bool] = {}
    for one in sent:
        told = json.loads(one.body)
        call = told["data"]["call_id"]
        if silent.setdefault(call, bool(chance.random() < day.ends_lost)) and told["event"] in _ENDS:
            continue
        at = one.at
        if chance.random() < day.late:
            at += day.latest * float(chance.random())
        kept = signed(_mistimed(told, day.clock_off.total_seconds()), account=account, at=at + day.clock_off)
        made.append(replace(kept, at=at))
        if chance.random() < day.repeated:
            later = at + day.latest * float(chance.random())
            again = retried(kept, account=account, at=later + day.clock_off)
            made.append(replace(again, at=later))
        if chance.random() < day.rubbish:
            body = RUBBISH[int(chance.integers(len(RUBBISH)))]
            made.append(replace(kept, at=at, body=body, headers={"Content-Type": "application/json"}, genuine=False))
    return sorted(made, key=lambda each: each.at)


def _mistimed(told: dict[str, object], seconds: float) -> dict[str, object]:
    """The event with the times in epoch seconds moved; those that are text say the same moment and are left out."""
    if not seconds:
        return told
    data = told["data"]
    assert isinstance(data, dict)
    moved = {
        name: value + seconds if name.endswith("_time") and isinstance(value, int | float) else value
        for name, value in data.items()
        if not name.endswith("_atom")
    }
    stamp = told["timestamp"]
    assert isinstance(stamp, int | float)
    return {**told, "timestamp": stamp + seconds, "data": moved}
