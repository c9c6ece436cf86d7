"""Writes calls, notes and activities into Pipedrive, which knows no id of ours: our key stands in the words.

After a lost answer what is there is looked through for the key before anything is written again.
"""

from __future__ import annotations

import html
from datetime import UTC, timedelta
from typing import Any

from decroche.connector_kit.connector import Settings
from decroche.connector_kit.crm import Activities, Activity, ActivityKind, NotWritten
from decroche.connector_kit.errors import Unavailable
from decroche.connector_kit.http import Http
from decroche.connector_kit.objects import flag, inner, objects, text
from decroche.connector_kit.texts import OutcomeUnknown, answered_object
from decroche.connectors.pipedrive.api import ask, hand
from decroche.model.problem import Problem

_PATHS = {
    ActivityKind.CALL: "/v1/callLogs",
    ActivityKind.NOTE: "/v1/notes",
    ActivityKind.TASK: "/api/v2/activities",
}
#: Pipedrive gives at most so many call logs at once.
_CALL_LOGS, _MOST = 50, 100
#: So many pages are looked through for one that may have been written a moment ago.
_PAGES = 20


def write(http: Http, settings: Settings, activity: Activity) -> str:
    """Write it. Raises as ``Activities`` says."""
    answer = hand(http, settings, _PATHS[activity.kind], told_of(activity))
    said = answered_object(answer)
    if answer.status_code >= 400:
        code = text(said, "errorCode", "error_code") or str(answer.status_code)
        raise NotWritten(Problem("the CRM refuses what is written ({code})", {"code": code}))
    ref = text(inner(said, "data"), "id")
    if ref is None:
        raise OutcomeUnknown("the CRM took what is written and did not name it")
    return ref


def find(http: Http, settings: Settings, activity: Activity) -> str | None:
    """Its id where it was written already. Raises Unavailable while that cannot be told."""
    if activity.kind is ActivityKind.CALL:
        return _find_call(http, settings, activity)
    params: dict[str, str | int] = {"limit": _MOST}
    if activity.kind is ActivityKind.NOTE:
        params["sort"] = "add_time DESC"
    else:
        since = (activity.at - timedelta(days=1)).astimezone(UTC)
        params |= {
            "sort_by": "add_time",
            "sort_direction": "desc",
            "updated_since": since.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
    if activity.deal is not None:
        params["deal_id"] = activity.deal
    elif activity.contact is not None:
        params["person_id"] = activity.contact
    rows = objects(ask(http, settings, _PATHS[activity.kind], params=params), "data")
    for row in rows:
        if activity.key in (text(row, "content", "note") or ""):
            return text(row, "id")
    if len(rows) >= _MOST:
        raise Unavailable("the CRM's list is longer than what is looked through")
    return None


def _find_call(http: Http, settings: Settings, activity: Activity) -> str | None:
    for page in range(_PAGES):
        told = ask(http, settings, "/v1/callLogs", params={"start": page * _CALL_LOGS, "limit": _CALL_LOGS})
        for row in objects(told, "data"):
            if activity.key in (text(row, "note") or ""):
                return text(row, "id")
        if not flag(inner(told, "additional_data", "pagination"), "more_items_in_collection"):
            return None
    raise Unavailable("the CRM's list is longer than what is looked through")


def told_of(activity: Activity) -> dict[str, Any]:
    """What Pipedrive is told. A call has no direction there: who called whom, and the subject, say it."""
    words = f"<p>{html.escape(activity.body or activity.title)}</p><p>Décroche {activity.key}</p>"
    beside: dict[str, Any] = {}
    if activity.deal is not None:
        beside["deal_id"] = int(activity.deal)
    at = activity.at.astimezone(UTC)
    if activity.kind is ActivityKind.TASK:
        if activity.contact is not None:
            beside["participants"] = [{"person_id": int(activity.contact), "primary": True}]
        return beside | {
            "subject": activity.title, "type": "call", "due_date": at.strftime("%Y-%m-%d"),
            "due_time": at.strftime("%H:%M"), "done": False, "note": words,
        }  # fmt: skip
    if activity.contact is not None:
        beside["person_id"] = int(activity.contact)
    if activity.kind is ActivityKind.NOTE:
        return beside | {"content": words}
    end = at + timedelta(seconds=round(activity.duration_s))
    return beside | {
        "outcome": "connected" if activity.answered else "no_answer",
        "from_phone_number": activity.caller,
        "to_phone_number": activity.called,
        "start_time": at.strftime("%Y-%m-%d %H:%M:%S"),
        "end_time": end.strftime("%Y-%m-%d %H:%M:%S"),
        "duration": str(round(activity.duration_s)),
        "subject": activity.title,
        "note": words,
    }


ACTIVITIES = Activities(write=write, find=find)
