"""What is written into a CRM of a call, and of a caller who is to be called back: in the words of the business."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from decroche.connector_kit.crm import Activity, ActivityKind
from decroche.language import Language

#: The kinds of changes of which something may be written.
OF_CALLS, OF_CALLBACKS, OF_RECOVERY = "call.updated", "journey.opened", "journey.closed"


def call_written(row: Mapping[str, Any], language: Language, *, key: str) -> Activity:
    """A call that has ended, as a record of the CRM."""
    inbound = row["direction"] == "inbound"
    answered = row["disposition"] == "answered"
    kind = ("answered" if answered else "missed") if inbound else "made"
    where = row["department"] or row["site"] or row["queue"] or ""
    title = language.say(f"crm.call_{kind}")
    seconds = float(row["talk_s"] or 0.0) if answered else 0.0
    said = [title + (f" – {where}" if where else "")]
    if inbound and not answered and row["wait_s"]:
        said.append(language.say("crm.waited", wait=float(row["wait_s"])))
    if row["voicemail"]:
        said.append(language.say("crm.voicemail"))
    return Activity(
        key=key,
        kind=ActivityKind.CALL,
        at=row["started_at"],
        title=said[0],
        body=" ".join(said[1:]),
        inbound=inbound,
        answered=answered,
        duration_s=seconds,
        caller=_number(row["person"]) if inbound else str(row["caller"] or ""),
        called=str(row["called"] or "") if inbound else _number(row["person"]),
    )


def callback_written(row: Mapping[str, Any], language: Language, *, key: str, now: datetime) -> Activity:
    """A caller whom nobody answered, as a task: call them back."""
    place = f" – {row['site']}" if row["site"] else ""
    return Activity(
        key=key,
        kind=ActivityKind.TASK,
        at=now,
        title=language.say("crm.call_back") + place,
        body=language.say("crm.call_back_why", calls=len(row["missed_calls"])),
        caller=_number(row["person"]),
    )


def recovery_written(row: Mapping[str, Any], language: Language, *, key: str) -> Activity:
    """A caller who was reached again, as a note."""
    body = language.say("crm.recovered")
    return Activity(key=key, kind=ActivityKind.NOTE, at=row["closed_at"], title=body, body=body)


def _number(person: int) -> str:
    return f"+{person}"
