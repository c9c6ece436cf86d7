"""Counts journeys for the desk, whole or split by anything. The twin of ``prove.kpis.first_contact.journey_tally``."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

import ibis
import ibis.expr.types as ir

from decroche.model.board import JourneyTally
from decroche.model.figures import Durations, Rate
from decroche.understand.counted import RECOVERED_BY, JourneySet
from decroche.understand.live_journeys import RecoveredBy
from decroche.warehouse.engine import Engine
from decroche.warehouse.sets import in_journey_set
from decroche.warehouse.tallies import STEPS

#: What is asked of journeys: those of now, and those of the period before; see ``prepared.JOURNEYS_SCHEMA``.
PART_SCHEMA = {
    "now": "boolean", "local_opened": "timestamp(6)", "site": "string", "department": "string", "queue": "string",
    "line": "string", "hour_class": "string", "state": "string", "recovered_by": "string", "ripe": "boolean",
    "callback_s": "float64",
}  # fmt: skip
_PART = "asked_part"
_COUNTS = (JourneySet.OPEN, JourneySet.EXPIRED, JourneySet.DECIDED, JourneySet.KEPT)
#: What became of these journeys is known without the moment of now.
_NEVER = datetime(1970, 1, 1)  # noqa: DTZ001


def journey_tallies(engine: Engine, part: str, *, by: str | None) -> dict[tuple[bool, Any], JourneyTally]:
    """The counts of the journeys ``part`` by (now, value)."""
    found = {}
    for row in engine.records_of(_question(by).replace(f'"{_PART}"', f'"{part}"')):
        median, p90 = row["callback_quantiles"] or (None, None)
        found[row["now"], row["key"]] = JourneyTally(
            opened=row["opened"],
            open=row["open"] or 0,
            expired=row["expired"] or 0,
            recovered_by={each.value: row[each.value] or 0 for each in RecoveredBy},
            decided=Rate(row["kept"] or 0, row["decided"] or 0),
            to_callback=Durations(n=row["callback_n"], mean=row["callback_mean"], median=median, p90=p90),
        )
    return found


@lru_cache(maxsize=64)
def _question(by: str | None) -> str:
    journeys = ibis.table(PART_SCHEMA, name=_PART)

    def those(which: JourneySet) -> ir.BooleanValue:
        return in_journey_set(journeys, which, now=_NEVER)

    if by is None:
        key = ibis.null("string")
    elif by in STEPS:
        key = journeys.local_opened.truncate(STEPS[by]).cast("timestamp")
    else:
        key = journeys[by].fill_null("")
    return Engine.sql(
        journeys.group_by("now", key=key).agg(
            opened=journeys.count(),
            **{each.value: those(each).sum() for each in _COUNTS},
            callback_n=journeys.callback_s.count(),
            callback_mean=journeys.callback_s.mean(),
            callback_quantiles=journeys.callback_s.quantile([0.5, 0.9]),
            **{by_.value: those(which).sum() for which, by_ in RECOVERED_BY.items()},
        )
    )


def no_journeys() -> JourneyTally:
    """The tally of no journeys."""
    return JourneyTally(
        opened=0,
        open=0,
        expired=0,
        recovered_by={each.value: 0 for each in RecoveredBy},
        decided=Rate(0, 0),
        to_callback=Durations(n=0, mean=None, median=None, p90=None),
    )
