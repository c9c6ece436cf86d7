"""First-call resolution within any number of days: of all needs, and of those that a first call could meet."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import ibis

from decroche.model.board import NetResolution, Period
from decroche.model.figures import Rate
from decroche.warehouse.counting import Counting, about_the_same
from decroche.warehouse.prepared import first_contacts


def resolution(counting: Counting, asked: Period, *, days: int) -> tuple[Rate, NetResolution]:
    """Resolved first contacts of the local days ``asked``, gross and net, as ``prove.kpis.first_contact`` defines them.

    ``counting`` is of all calls from ``days`` before those days up to now, of one site or of all. Only contacts count
    of which the days since are over.
    """
    calls = counting.call_rows()
    firsts = first_contacts(calls.mutate(row=calls.id), days=days)
    found = calls.drop("resolved").join(firsts, calls.id == firsts.number)
    begin, end = (datetime.combine(day, time()) for day in (asked.start, asked.end))
    latest = counting.now.astimezone(UTC).replace(tzinfo=None) - timedelta(days=days)
    here = (found.local_started >= begin) & (found.local_started < end) & (found.started <= latest)
    found = found.filter(here).select("id", "person", "site", "started", "resolved")
    notes = counting.notes()
    unmet = notes.filter(~notes.resolvable)
    engine = counting.columns.engine
    rows = {
        name: engine.records(
            table.agg(every=table.count(), resolved=table.resolved.cast("int64").sum().fill_null(ibis.literal(0)))
        )[0]
        for name, table in (
            ("gross", found),
            ("net", found.anti_join(unmet, about_the_same(found, unmet, days=days))),
            ("coded", found.semi_join(notes, about_the_same(found, notes, days=days))),
        )
    }
    gross, net = (Rate(int(rows[name]["resolved"]), int(rows[name]["every"])) for name in ("gross", "net"))
    return gross, NetResolution(rate=net, coded=int(rows["coded"]["every"]))
