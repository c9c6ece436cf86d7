"""The figures of an audit written plainly in pandas: what a careful analyst would type into a notebook.

python -m benchmarks.pandas_audit EXPORT.csv ANSWER.json
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.question import (
    ANSWER_WITHIN_S,
    SHORT_ABANDON_S,
    SILENCE_DAYS,
    WINDOWS_H,
    ZONE,
    Answer,
    holidays,
)

_COLUMNS = ["Start time", "Direction", "Caller number", "Called number", "Site", "Outcome", "Wait (s)"]
_SILENCE = pd.Timedelta(days=SILENCE_DAYS)


def read(path: Path) -> pd.DataFrame:
    """The columns that the figures need, with the person at the other end as an E.164 integer."""
    calls = pd.read_csv(
        path,
        engine="pyarrow",
        usecols=_COLUMNS,
        dtype={
            "Direction": "category",
            "Site": "category",
            "Outcome": "category",
            "Caller number": "str",
            "Called number": "str",
        },
        parse_dates=["Start time"],
    ).rename(columns={"Start time": "started", "Site": "site", "Outcome": "outcome", "Wait (s)": "wait"})
    calls["inbound"] = calls["Direction"] == "Inbound"
    number = calls["Caller number"].where(calls["inbound"], calls["Called number"])
    digits = number.str.replace(r"[ ().-]", "", regex=True).str.removeprefix("+")
    person = pd.to_numeric(digits.where(digits.str.fullmatch(r"[0-9]{10,11}"))).astype("Int64")
    calls["person"] = person.where(person >= 10**10, person + 10**10)
    return calls.drop(columns=["Direction", "Caller number", "Called number"])


def judge(calls: pd.DataFrame) -> None:
    """Add what became of each call, and its local weekday and hour."""
    local = calls["started"].dt.tz_convert(ZONE)
    calls["weekday"] = local.dt.day_of_week + 1
    calls["hour"] = local.dt.hour
    holiday = local.dt.normalize().dt.tz_localize(None).isin(pd.to_datetime(holidays()))
    calls["answered"] = calls["outcome"] == "Answered"
    calls["missed"] = calls["inbound"] & ~calls["answered"]
    calls["abandoned"] = calls["missed"] & (calls["outcome"] == "Abandoned")
    calls["short"] = (
        calls["missed"]
        & (calls["wait"] < SHORT_ABANDON_S)
        & (calls["abandoned"] | ((calls["outcome"] == "Missed") & (calls["wait"] > 0)))
    )
    closed = (calls["outcome"] == "Closed") | (holiday & (calls["outcome"] == "Missed") & ~calls["short"])
    calls["unanswered"] = calls["missed"] & ~closed


def counts(calls: pd.DataFrame) -> tuple[dict[str, Any], dict[str, Any]]:
    """Totals, and the five terms of a service level."""
    offered, missed, known = calls["inbound"], calls["missed"], calls["person"].notna()
    answered = offered & calls["answered"]
    within = calls["wait"] <= ANSWER_WITHIN_S
    totals = {
        "calls": len(calls),
        "inbound": offered.sum(),
        "outbound": (~offered).sum(),
        "offered": offered.sum(),
        "answered": answered.sum(),
        "missed": missed.sum(),
        "abandoned": (calls["abandoned"] | calls["short"]).sum(),
        "short_abandoned": calls["short"].sum(),
        "masked": (offered & ~known).sum(),
        "masked_missed": (missed & ~known).sum(),
        "unique_callers": calls.loc[offered & known, "person"].nunique(),
        "unique_callers_missed": calls.loc[missed & known, "person"].nunique(),
    }
    terms = {
        "answered": answered.sum(),
        "unanswered": calls["unanswered"].sum(),
        "answered_within": (answered & within).sum(),
        "unanswered_within": (calls["unanswered"] & within).sum(),
        "unanswered_short": (calls["unanswered"] & calls["short"]).sum(),
    }
    return totals, terms


def week(calls: pd.DataFrame) -> dict[tuple[int, int], tuple[int, int]]:
    """Offered and missed calls by local weekday and hour."""
    grouped = calls[calls["inbound"]].groupby(["weekday", "hour"])["missed"].agg(["size", "sum"])
    cells: dict[Any, dict[Any, Any]] = grouped.to_dict("index")
    return {at: (cell["size"], cell["sum"]) for at, cell in cells.items()}


def journeys(calls: pd.DataFrame) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What became of the people who were missed, and who tried again within an hour, a day and a week."""
    data_end = calls["started"].max()
    known = calls[calls["person"].notna()]
    events = known[known["person"].isin(known.loc[known["missed"], "person"].unique())]
    events = events[["person", "site", "started", "inbound", "answered", "missed"]]
    events = events.assign(unanswered=~events["answered"], contact=events["inbound"] | events["answered"])
    events = events.sort_values(["person", "site", "started", "missed", "inbound", "unanswered"])
    events["pair"] = events.groupby(["person", "site"], observed=True, sort=False).ngroup()
    reached = events["started"].where(events["contact"]).groupby(events["pair"]).ffill().groupby(events["pair"]).shift()
    starts = events["contact"] & (reached.isna() | (events["started"] - reached > _SILENCE))
    events["chain"] = starts.groupby(events["pair"]).cumsum()
    chains = [events["pair"], events["chain"]]
    missed_at = events["started"].where(events["missed"]).groupby(chains)
    events["opened"], events["last_missed"] = missed_at.transform("min"), missed_at.transform("max")
    events = events[events["opened"].notna() & (events["chain"] > 0)]
    at, later = events["started"], events["started"] > events["opened"]
    events = events.assign(
        contact_at=at.where(events["contact"]),
        redialed=at.where(events["inbound"] & later),
        redialed_answered=at.where(events["inbound"] & later & events["answered"]),
        called_back=at.where(~events["inbound"] & later),
        called_back_answered=at.where(~events["inbound"] & later & events["answered"]),
    )
    found = events.groupby(["pair", "chain"]).agg(
        opened=("opened", "first"),
        last_missed=("last_missed", "first"),
        began=("started", "min"),
        last_contact=("contact_at", "max"),
        redialed=("redialed", "min"),
        redialed_answered=("redialed_answered", "min"),
        called_back=("called_back", "min"),
        called_back_answered=("called_back_answered", "min"),
    )
    answers = events[events["answered"] & (events["started"] > events["last_missed"])]
    by_caller = answers.groupby(["pair", "chain"])["inbound"].first().reindex(found.index)
    settled = found["last_missed"] + _SILENCE < data_end
    over = data_end - found["last_contact"] > _SILENCE
    counted = {
        "journeys": len(found),
        "observable": settled.sum(),
        "recovered_by_caller": (settled & (by_caller == True)).sum(),  # noqa: E712
        "recovered_by_us": (settled & (by_caller == False)).sum(),  # noqa: E712
        "lost": (by_caller.isna() & over).sum(),
        "open_at_end": (by_caller.isna() & ~over).sum(),
        "new_callers": ((found.index.get_level_values("chain") == 1) & (found["began"] == found["opened"])).sum(),
    }
    windows = []
    for hours in WINDOWS_H:
        span = pd.Timedelta(hours=hours)
        inside = found["opened"] + span <= data_end
        window: dict[str, Any] = {"hours": hours, "observable": inside.sum()}
        for name in ("redialed", "redialed_answered", "called_back", "called_back_answered"):
            window[name] = (inside & (found[name] - found["opened"] <= span)).sum()
        windows.append(window)
    return counted, windows


def audit(path: Path) -> Answer:
    """All figures of the export ``path``."""
    calls = read(path)
    judge(calls)
    totals, terms = counts(calls)
    cells = week(calls)
    counted, windows = journeys(calls)
    return Answer.of_counts(totals=totals, terms=terms, cells=cells, journeys=counted, windows=windows)


if __name__ == "__main__":
    audit(Path(sys.argv[1])).write(Path(sys.argv[2]))
