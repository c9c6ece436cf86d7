"""Writes calls, notes and tasks into HubSpot, once each: our key stands in a property that HubSpot keeps unique.

The property ``decroche_key`` is made at the first writing. Writing again with the same key changes the same record, so
that a lost answer may be followed by another try.
"""

from __future__ import annotations

from datetime import UTC
from typing import Any

from decroche.connector_kit.connector import Settings
from decroche.connector_kit.crm import Activities, Activity, ActivityKind, NotWritten
from decroche.connector_kit.errors import Misconfigured
from decroche.connector_kit.http import Http, answered
from decroche.connector_kit.objects import objects, text
from decroche.connector_kit.texts import OutcomeUnknown, answered_object
from decroche.connectors.hubspot.api import ask, hand
from decroche.model.problem import Problem

KEY = "decroche_key"
_OBJECTS = {ActivityKind.CALL: "calls", ActivityKind.NOTE: "notes", ActivityKind.TASK: "tasks"}
#: Outcomes of calls that every HubSpot account has.
_CONNECTED, _NO_ANSWER = "f240bbac-87c9-4f6e-bf70-924b57d47db7", "73a0d17f-1163-4015-bdd5-ec830791da20"


def write(http: Http, settings: Settings, activity: Activity) -> str:
    """Write it, or change what was written with the same key. Raises as ``Activities`` says."""
    kind = _OBJECTS[activity.kind]
    _make_sure_of_key(http, settings, kind)
    told = {"inputs": [{"idProperty": KEY, "id": activity.key, "properties": properties_of(activity)}]}
    answer = hand(http, settings, "POST", f"/crm/v3/objects/{kind}/batch/upsert", told)
    said = answered_object(answer)
    ref = next((ref for row in objects(said, "results") if (ref := text(row, "id"))), None)
    if ref is None:
        if answer.status_code >= 400 or objects(said, "errors"):
            reason = text(said, "category") or next(
                (word for each in objects(said, "errors") if (word := text(each, "category"))), str(answer.status_code)
            )
            raise NotWritten(Problem("the CRM refuses what is written ({code})", {"code": reason}))
        raise OutcomeUnknown("the CRM took what is written and did not name it")
    for other, id in (("contacts", activity.contact), ("deals", activity.deal)):
        if id is not None:
            # Beside somebody who is gone meanwhile, it stands alone.
            hand(http, settings, "PUT", f"/crm/v4/objects/{kind}/{ref}/associations/default/{other}/{id}")
    return ref


def properties_of(activity: Activity) -> dict[str, str]:
    """The record as HubSpot wants it: every value is a text, durations are in milliseconds."""
    told: dict[str, str] = {KEY: activity.key, "hs_timestamp": _stamp(activity)}
    if activity.owner:
        told["hubspot_owner_id"] = activity.owner
    if activity.kind is ActivityKind.NOTE:
        return told | {"hs_note_body": activity.body or activity.title}
    if activity.kind is ActivityKind.TASK:
        return told | {
            "hs_task_subject": activity.title,
            "hs_task_body": activity.body,
            "hs_task_type": "CALL",
            "hs_task_status": "NOT_STARTED",
            "hs_task_priority": "HIGH",
        }
    return told | {
        "hs_call_title": activity.title,
        "hs_call_body": activity.body,
        "hs_call_direction": "INBOUND" if activity.inbound else "OUTBOUND",
        "hs_call_status": "COMPLETED" if activity.answered else "NO_ANSWER",
        "hs_call_disposition": _CONNECTED if activity.answered else _NO_ANSWER,
        "hs_call_duration": str(round(activity.duration_s * 1000)),
        "hs_call_from_number": activity.caller,
        "hs_call_to_number": activity.called,
        "hs_call_source": "INTEGRATIONS_PLATFORM",
    }


def _stamp(activity: Activity) -> str:
    return activity.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _make_sure_of_key(http: Http, settings: Settings, kind: str) -> None:
    """Have the property there, unique, in the group in which HubSpot itself keeps the time."""
    known: dict[str, bool] = http.memory.setdefault("hubspot_keys", {})
    if known.get(kind):
        return
    path = f"/crm/v3/properties/{kind}"
    try:
        ask(http, settings, "GET", f"{path}/{KEY}")
    except Misconfigured as error:
        if error.status != 404:
            raise
        group = text(ask(http, settings, "GET", f"{path}/hs_timestamp"), "groupName") or kind.removesuffix("s")
        made: dict[str, Any] = {
            "name": KEY, "label": "Décroche", "type": "string", "fieldType": "text", "groupName": group,
            "hasUniqueValue": True, "description": "Décroche",
        }  # fmt: skip
        answer = hand(http, settings, "POST", path, made)
        # Another of ours may have made it meanwhile.
        if answer.status_code >= 400 and answer.status_code != 409:
            raise Misconfigured(answered(answer), ["token"], status=answer.status_code) from None
    known[kind] = True


ACTIVITIES = Activities(write=write)
