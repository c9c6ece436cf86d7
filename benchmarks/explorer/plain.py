"""The same questions plainly in pandas, of the months and columns that each needs: ``… plain LAKE OUT QUESTION…``."""

from __future__ import annotations

import sys
from datetime import timedelta

import pandas as pd

from benchmarks.explorer.questions import ZONE, Answer, Question, answer_all
from benchmarks.group import ACCOUNT
from decroche.warehouse.lake import Lake
from decroche.warehouse.lake_rows import CALLS

_NEEDED = ["started", "direction", "disposition", "site"]
_STEPS = {"day": "D", "week": "W-SUN", "month": "M"}


def answer(lake: Lake, question: Question) -> Answer:
    """The answered and the received calls; nothing of the period before, and no other figure."""
    calls = _read(lake, question)
    local = calls["started"].dt.tz_localize("UTC").dt.tz_convert(ZONE).dt.tz_localize(None)
    days = (pd.Timestamp(question.period.start), pd.Timestamp(question.period.end))
    calls["answered"] = (calls["direction"] == "inbound") & (calls["disposition"] == "answered")
    received = (calls["answered"] | (calls["disposition"] == "missed")) & (local >= days[0]) & (local < days[1])
    if question.site is not None:
        received &= calls["site"] == question.site
    calls, local = calls[received], local[received]
    if question.by is None:
        return {"": (int(calls["answered"].sum()), len(calls))}
    by = calls["site"] if question.by == "site" else local.dt.to_period(_STEPS[question.by]).dt.start_time
    counted = calls.groupby(by)["answered"].agg(["sum", "size"])
    named = counted.index if question.by == "site" else counted.index.strftime("%Y-%m-%d")
    return {
        name: (int(sums), int(size)) for name, sums, size in zip(named, counted["sum"], counted["size"], strict=True)
    }


def _read(lake: Lake, question: Question) -> pd.DataFrame:
    snapshot = lake.table(ACCOUNT, CALLS).snapshot()
    assert snapshot is not None
    first, last = question.period.start - timedelta(days=1), question.period.end + timedelta(days=1)
    files = [file for file in snapshot.files if f"{first:%Y-%m}" <= file.split("month=")[1][:7] <= f"{last:%Y-%m}"]
    return pd.concat([pd.read_parquet(file, columns=_NEEDED) for file in files], ignore_index=True)


def main() -> None:
    """Read anew for each question: what all need at once would need all the memory at once."""
    place, out, *wanted = sys.argv[1:]
    lake = Lake(place, lambda _: int)
    answer_all(lambda question: answer(lake, question), wanted, out)


if __name__ == "__main__":
    main()
