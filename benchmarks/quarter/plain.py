"""The same figures plainly in pandas: rankings, the week, the classes of hours, the weeks, recovery and callbacks."""

from __future__ import annotations

import sys
from typing import Any

import pandas as pd

from benchmarks.group import ACCOUNT, period
from decroche.warehouse.lake import Lake
from decroche.warehouse.lake_rows import CALLS, JOURNEYS

ZONE = "Europe/Paris"
_NEEDED = ["started", "direction", "disposition", "reason", "hour_class", "person", "site", "department"]


def figures(lake: Lake) -> dict[str, Any]:
    """What the paper needs, without its journeys of calls and its causes: fewer figures than ours."""
    found: dict[str, Any] = {}
    calls = _read(lake, CALLS.name, _NEEDED)
    local = calls["started"].dt.tz_localize("UTC").dt.tz_convert(ZONE)
    calls["day"], calls["weekday"], calls["hour"] = local.dt.date, local.dt.dayofweek, local.dt.hour
    calls["missed"] = calls["disposition"] == "missed"
    offered = calls[calls["missed"] | ((calls["direction"] == "inbound") & (calls["disposition"] == "answered"))]
    start, end = period()
    now = offered[(offered["day"] >= start) & (offered["day"] < end)]
    found["offered"], found["missed"] = len(now), int(now["missed"].sum())
    found["callers"] = int(now["person"].nunique())
    for by in (["site"], ["department"], ["weekday", "hour"], ["hour_class"], ["day"]):
        found["/".join(by)] = now.groupby(by)["missed"].agg(["size", "sum"]).to_dict("index")
    found["reasons"] = now[now["missed"]].groupby("reason").size().to_dict()
    found["last_year"] = offered[offered["day"] < start].groupby("day")["missed"].agg(["size", "sum"]).to_dict("index")
    journeys = _read(lake, JOURNEYS.name, ["opened", "person", "site", "state", "closed", "expires"])
    journeys = journeys[journeys["opened"] >= pd.Timestamp(start)]
    ours = calls[calls["direction"] == "outbound"][["person", "started"]]
    met = journeys.reset_index().merge(ours, on="person")
    until = met["closed"].fillna(met["expires"])
    met = met[(met["started"] > met["opened"]) & (met["started"] <= until)]
    first = met.groupby("index").agg(called=("started", "min"), opened=("opened", "first"))
    found["callback"] = (first["called"] - first["opened"]).dt.total_seconds().quantile([0.5, 0.9]).to_dict()
    found["recovery"] = journeys.groupby("site")["state"].value_counts().to_dict()
    return found


def _read(lake: Lake, name: str, columns: list[str]) -> pd.DataFrame:
    kept = CALLS if name == CALLS.name else JOURNEYS
    snapshot = lake.table(ACCOUNT, kept).snapshot()
    assert snapshot is not None
    return pd.concat([pd.read_parquet(file, columns=columns) for file in snapshot.files], ignore_index=True)


if __name__ == "__main__":
    print(len(figures(Lake(sys.argv[1], lambda _: int))))
