"""Misses calls of several businesses at once, and delivers what is said of others meanwhile. A process of its own.

    python -m benchmarks.recovery.load PORT BUSINESSES SECONDS RATE OTHERS FIRST OUT

RATE is missed calls a second of all businesses together, OTHERS calls a second of a business that wants no recovery;
each call is two deliveries. OUT receives JSON: when each miss was sent (Unix seconds, by the number of its call).
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import uvloop

from benchmarks.deliveries.load import load
from benchmarks.recovery.businesses import OTHER, door

_OTHER_CALLS = 80_000_000


async def miss(port: int, businesses: int, seconds: int, rate: float, others: float, first: int) -> dict[str, float]:
    """When each miss was sent."""
    each = round(rate * seconds / businesses)
    runs = [load(port, door(number), first + number * each, each, 4, rate / businesses) for number in range(businesses)]
    other = round(others * seconds)
    found = await asyncio.gather(*runs, load(port, door(OTHER), _OTHER_CALLS + first, other, 4, others))
    return {str(number): at for run in found[:-1] for number, at in dict(run["sent_at"]).items()}  # type: ignore[call-overload]


if __name__ == "__main__":
    port, businesses, seconds, rate, others, first, out = sys.argv[1:]
    sent = uvloop.run(miss(int(port), int(businesses), int(seconds), float(rate), float(others), int(first)))
    Path(out).write_text(json.dumps(sent))
