"""Write simulated calls as the export of a small phone system, and their hidden truth into a table of its own."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
from pyarrow import csv as arrow_csv

from decroche.model.call import ABANDONED, MissedReason
from decroche.simulate import bulk
from decroche.simulate.calls import SimulatedCalls
from decroche.simulate.world import Wording

_ABANDONED = {reason.value for reason in ABANDONED}
_WORD_OF_REASON = {
    MissedReason.BLOCKED_SPAM.value: "blocked",
    MissedReason.TECHNICAL_FAILURE.value: "failed",
    MissedReason.BUSY.value: "busy",
    MissedReason.QUEUE_FULL.value: "busy",
    MissedReason.AFTER_HOURS.value: "closed",
    MissedReason.CALLBACK_REQUESTED.value: "callback",
} | dict.fromkeys(_ABANDONED, "abandoned")


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """How one phone system writes: delimiter, headers in order (by our column), words, dates and durations."""

    delimiter: str
    headers: Mapping[str, str]
    words: Mapping[str, str]
    masked: str
    day: str
    time: str
    clock_durations: bool = False


FORMATS: Mapping[Wording, Format] = {
    Wording.FRENCH: Format(
        delimiter=";",
        headers={
            "call_id": "N° appel",
            "date": "Date",
            "time": "Heure",
            "direction": "Sens",
            "caller": "Appelant",
            "called": "Appelé",
            "line": "Ligne",
            "agent": "Poste",
            "outcome": "Résultat",
            "wait_s": "Attente",
            "talk_s": "Conversation",
            "total_s": "Durée totale",
        },
        words={
            "inbound": "Entrant",
            "outbound": "Sortant",
            "internal": "Interne",
            "answered": "Répondu",
            "missed": "Manqué",
            "abandoned": "Abandonné",
            "busy": "Occupé",
            "voicemail": "Messagerie",
            "closed": "Hors horaires",
            "blocked": "Bloqué",
            "failed": "Échec",
            "callback": "Rappel demandé",
            "no_answer": "Sans réponse",
        },
        masked="Anonyme",
        day="%d/%m/%Y",
        time="%H:%M:%S",
        clock_durations=True,
    ),
    Wording.CANADIAN_FRENCH: Format(
        delimiter=",",
        headers={
            "call_id": "ID d'appel",
            "date": "Date",
            "time": "Heure de début",
            "direction": "Direction",
            "site": "Succursale",
            "department": "Département",
            "line": "Ligne",
            "queue": "File",
            "caller": "Numéro de l'appelant",
            "called": "Numéro composé",
            "agent": "Employé",
            "outcome": "Statut",
            "wait_s": "Temps d'attente (s)",
            "talk_s": "Temps de conversation (s)",
            "total_s": "Durée (s)",
        },
        words={
            "inbound": "Entrant",
            "outbound": "Sortant",
            "internal": "Interne",
            "answered": "Répondu",
            "missed": "Manqué",
            "abandoned": "Abandonné",
            "busy": "Occupé",
            "voicemail": "Boîte vocale",
            "closed": "Fermé",
            "blocked": "Bloqué",
            "failed": "Échec",
            "callback": "Rappel demandé",
            "no_answer": "Sans réponse",
        },
        masked="Privé",
        day="%Y-%m-%d",
        time="%H:%M:%S",
    ),
    Wording.ENGLISH: Format(
        delimiter=",",
        headers={
            "call_id": "Call ID",
            "start": "Start time",
            "direction": "Direction",
            "caller": "Caller number",
            "called": "Called number",
            "line": "Line",
            "queue": "Queue",
            "department": "Department",
            "site": "Site",
            "agent": "Agent",
            "outcome": "Outcome",
            "wait_s": "Wait (s)",
            "talk_s": "Talk (s)",
            "total_s": "Duration (s)",
        },
        words={
            "inbound": "Inbound",
            "outbound": "Outbound",
            "internal": "Internal",
            "answered": "Answered",
            "missed": "Missed",
            "abandoned": "Abandoned",
            "busy": "Busy",
            "voicemail": "Voicemail",
            "closed": "Closed",
            "blocked": "Blocked",
            "failed": "Failed",
            "callback": "Callback requested",
            "no_answer": "No answer",
        },
        masked="Anonymous",
        day="%Y-%m-%d",
        time="%H:%M:%S",
    ),
}


def write_csv(simulated: SimulatedCalls, path: Path) -> None:
    """The export, as the world's phone system writes it: UTF-8, one header line, one row a call, local times.

    The truth is not in it. The contact centre writes ISO times in UTC (``2026-03-02T08:15:27Z``).
    """
    table = export_table(simulated)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=FORMATS[simulated.world.wording].delimiter, lineterminator="\n")
        writer.writerow(table.column_names)
        writer.writerows(zip(*(column.to_pylist() for column in table.columns), strict=True))


def write_truth(simulated: SimulatedCalls, path: Path) -> None:
    """The hidden truth, keyed by ``call_id`` (columns: see SimulatedCalls)."""
    arrow_csv.write_csv(simulated.truth, path)


def write_intents(simulated: SimulatedCalls, path: Path) -> None:
    """What became of each intent to call (columns: see SimulatedCalls)."""
    arrow_csv.write_csv(simulated.intents, path)


def bulk_csv(path: Path, *, calls: int = 10_000_000, seed: int, start: date = date(2025, 1, 6)) -> None:
    """Write ``calls`` calls of the invented large contact centre (see ``bulk``) from ``start`` on, in bounded memory.

    ISO times in UTC, 14 columns, about 105 bytes a call. The same arguments give the same bytes.
    """
    options = arrow_csv.WriteOptions(include_header=False, quoting_style="none")
    with path.open("wb") as file, ThreadPoolExecutor(1) as writer:
        file.write((",".join(bulk.HEADERS) + "\n").encode())
        before: Future[None] | None = None
        for day in bulk.tables(seed=seed, start=start):
            wanted = day.slice(0, calls)
            calls -= wanted.num_rows
            if before is not None:
                before.result()
            before = writer.submit(arrow_csv.write_csv, wanted, file, options)
            if calls == 0:
                before.result()
                return


def export_table(simulated: SimulatedCalls) -> pa.Table:
    """The rows of the export as text, with the headers of the world's phone system."""
    form = FORMATS[simulated.world.wording]
    calls = simulated.calls
    zone = ZoneInfo(simulated.world.zone)
    moments = [datetime.fromtimestamp(second, zone) for second in _numbers(calls, "start")]
    columns: dict[str, list[str | None]] = {
        "date": [moment.strftime(form.day) for moment in moments],
        "time": [moment.strftime(form.time) for moment in moments],
        "start": [moment.strftime("%Y-%m-%dT%H:%M:%SZ") for moment in moments],
        "direction": [form.words[word or ""] for word in _texts(calls, "direction")],
        "caller": [number if number is not None else form.masked for number in _texts(calls, "caller")],
        "outcome": _outcomes(calls, form),
    }
    for name in ("call_id", "called", "line", "queue", "department", "site", "agent"):
        columns[name] = _texts(calls, name)
    for name in ("wait_s", "talk_s", "total_s"):
        columns[name] = [_duration(seconds, form) for seconds in _numbers(calls, name)]
    return pa.table({header: pa.array(columns[name], pa.string()) for name, header in form.headers.items()})


def _texts(table: pa.Table, name: str) -> list[str | None]:
    return table[name].to_pylist()


def _numbers(table: pa.Table, name: str) -> list[int]:
    return [int(value) for value in table[name].to_numpy()]


def _outcomes(calls: pa.Table, form: Format) -> list[str | None]:
    rows = zip(*(calls[name].to_pylist() for name in ("direction", "answered", "voicemail", "reason")), strict=True)
    return [form.words[_outcome(*row)] for row in rows]


def _outcome(direction: str, answered: bool, voicemail: bool, reason: str | None) -> str:
    if answered:
        return "answered"
    if direction == "outbound":
        return "no_answer"
    if voicemail:
        return "voicemail"
    return _WORD_OF_REASON.get(reason or "", "missed")


def _duration(seconds: int, form: Format) -> str:
    if not form.clock_durations:
        return str(seconds)
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
