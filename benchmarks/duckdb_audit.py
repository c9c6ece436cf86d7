"""The figures of an audit as a bare DuckDB script: what the engine alone can do with a known export.

python -m benchmarks.duckdb_audit EXPORT.csv ANSWER.json
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

from benchmarks.question import (
    ANSWER_WITHIN_S,
    SHORT_ABANDON_S,
    SILENCE_DAYS,
    WINDOWS_H,
    ZONE,
    Answer,
    holidays,
)

_CALLS = """
CREATE TABLE calls AS
WITH export AS (
    SELECT "Start time" AS started, timezone('{zone}', "Start time") AS local, Direction = 'Inbound' AS inbound,
        Outcome AS outcome, Site AS site, "Wait (s)" AS wait,
        ltrim(regexp_replace(CASE WHEN Direction = 'Inbound' THEN "Caller number" ELSE "Called number" END,
            '[ ().-]', '', 'g'), '+') AS digits
    FROM read_csv('{path}', types = {{'Caller number': 'VARCHAR', 'Called number': 'VARCHAR'}})
), read AS (
    SELECT * EXCLUDE (digits),
        CASE length(digits) WHEN 10 THEN 10000000000 + TRY_CAST(digits AS BIGINT)
            WHEN 11 THEN TRY_CAST(digits AS BIGINT) END AS person,
        inbound AND outcome <> 'Answered' AS missed,
        wait < {short} AND inbound
            AND (outcome = 'Abandoned' OR (outcome = 'Missed' AND wait > 0)) AS short
    FROM export
)
SELECT started, isodow(local) AS weekday, hour(local) AS hour, inbound, outcome = 'Answered' AS answered, missed, short,
    outcome = 'Abandoned' AND missed AS abandoned,
    missed AND outcome <> 'Closed'
        AND NOT (outcome = 'Missed' AND NOT short AND local::DATE IN ({holidays})) AS unanswered,
    wait, site, person
FROM read
"""

_TOTALS = """
SELECT count(*) AS calls, count(*) FILTER (inbound) AS inbound, count(*) FILTER (NOT inbound) AS outbound,
    count(*) FILTER (inbound) AS offered,
    count(*) FILTER (inbound AND answered) AS answered, count(*) FILTER (missed) AS missed,
    count(*) FILTER (abandoned OR short) AS abandoned, count(*) FILTER (short) AS short_abandoned,
    count(*) FILTER (inbound AND person IS NULL) AS masked,
    count(*) FILTER (missed AND person IS NULL) AS masked_missed,
    count(DISTINCT person) FILTER (inbound) AS unique_callers,
    count(DISTINCT person) FILTER (missed) AS unique_callers_missed
FROM calls
"""

_TERMS = """
SELECT count(*) FILTER (inbound AND answered) AS answered, count(*) FILTER (unanswered) AS unanswered,
    count(*) FILTER (inbound AND answered AND wait <= {within}) AS answered_within,
    count(*) FILTER (unanswered AND wait <= {within}) AS unanswered_within,
    count(*) FILTER (unanswered AND short) AS unanswered_short
FROM calls
"""

_WEEK = "SELECT weekday, hour, count(*), count(*) FILTER (missed) FROM calls WHERE inbound GROUP BY weekday, hour"

_JOURNEYS = """
CREATE TABLE journeys AS
WITH events AS (
    SELECT person, site, started, inbound, answered, missed, inbound OR answered AS contact
    FROM calls WHERE person IN (SELECT person FROM calls WHERE missed)
), seen AS (
    SELECT *, max(CASE WHEN contact THEN started END) OVER (PARTITION BY person, site
        ORDER BY started, missed, inbound, NOT answered ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reached
    FROM events
), linked AS (
    SELECT *, sum((contact AND (reached IS NULL OR started > reached + INTERVAL {silence} DAY))::INTEGER)
        OVER (PARTITION BY person, site
        ORDER BY started, missed, inbound, NOT answered ROWS UNBOUNDED PRECEDING) AS chain
    FROM seen
), bounds AS (
    SELECT *, min(started) FILTER (missed) OVER (PARTITION BY person, site, chain) AS opened,
        max(started) FILTER (missed) OVER (PARTITION BY person, site, chain) AS last_missed
    FROM linked
)
SELECT opened, last_missed, chain, min(started) AS began, max(started) FILTER (contact) AS last_contact,
    arg_min(inbound, (started, inbound)) FILTER (answered AND started > last_missed) AS by_caller,
    min(started) FILTER (inbound AND started > opened) AS redialed,
    min(started) FILTER (inbound AND answered AND started > opened) AS redialed_answered,
    min(started) FILTER (NOT inbound AND started > opened) AS called_back,
    min(started) FILTER (NOT inbound AND answered AND started > opened) AS called_back_answered
FROM bounds WHERE opened IS NOT NULL AND chain > 0
GROUP BY person, site, chain, opened, last_missed
"""

_OUTCOMES = """
WITH data AS (SELECT max(started) AS ends FROM calls),
settled AS (
    SELECT *, last_missed + INTERVAL {silence} DAY < ends AS settled,
        last_contact + INTERVAL {silence} DAY < ends AS over
    FROM journeys, data
)
SELECT count(*) AS journeys, count(*) FILTER (settled) AS observable,
    count(*) FILTER (settled AND by_caller) AS recovered_by_caller,
    count(*) FILTER (settled AND NOT by_caller) AS recovered_by_us,
    count(*) FILTER (by_caller IS NULL AND over) AS lost,
    count(*) FILTER (by_caller IS NULL AND NOT over) AS open_at_end,
    count(*) FILTER (chain = 1 AND began = opened) AS new_callers
FROM settled
"""

_WINDOW = """
WITH data AS (SELECT max(started) AS ends FROM calls)
SELECT {hours} AS hours, count(*) AS observable,
    count(*) FILTER (redialed <= opened + INTERVAL {hours} HOUR) AS redialed,
    count(*) FILTER (redialed_answered <= opened + INTERVAL {hours} HOUR) AS redialed_answered,
    count(*) FILTER (called_back <= opened + INTERVAL {hours} HOUR) AS called_back,
    count(*) FILTER (called_back_answered <= opened + INTERVAL {hours} HOUR) AS called_back_answered
FROM journeys, data WHERE opened + INTERVAL {hours} HOUR <= ends
"""


def audit(path: Path, scratch: Path) -> Answer:
    """All figures of the export ``path``."""
    with duckdb.connect(config={"temp_directory": str(scratch / "spill")}) as connection:
        connection.execute("SET TimeZone = 'UTC'")

        def counts(query: str, **values: object) -> dict[str, int]:
            found = connection.execute(query.format(**values))
            return dict(zip((column[0] for column in found.description), found.fetchone() or (), strict=True))

        days = ", ".join(f"DATE '{day}'" for day in holidays())
        connection.execute(_CALLS.format(path=path, zone=ZONE, short=SHORT_ABANDON_S, holidays=days))
        totals, terms = counts(_TOTALS), counts(_TERMS, within=ANSWER_WITHIN_S)
        cells = {(row[0], row[1]): (row[2], row[3]) for row in connection.execute(_WEEK).fetchall()}
        connection.execute(_JOURNEYS.format(silence=SILENCE_DAYS))
        outcomes = counts(_OUTCOMES, silence=SILENCE_DAYS)
        windows = [counts(_WINDOW, hours=hours) for hours in WINDOWS_H]
    return Answer.of_counts(totals=totals, terms=terms, cells=cells, journeys=outcomes, windows=windows)


if __name__ == "__main__":
    audit(Path(sys.argv[1]), Path(sys.argv[2]).parent).write(Path(sys.argv[2]))
