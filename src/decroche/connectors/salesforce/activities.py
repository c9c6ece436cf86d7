"""Writes calls, notes and tasks into Salesforce, all of them as tasks: our key is their call object id.

After a lost answer it is asked for by that id before anything is written again.
"""

from __future__ import annotations

import re
from datetime import UTC
from typing import Any

from decroche.connector_kit.connector import Settings
from decroche.connector_kit.crm import Activities, Activity, ActivityKind, NotWritten
from decroche.connector_kit.http import Http
from decroche.connector_kit.objects import text
from decroche.connector_kit.texts import OutcomeUnknown, answered_object
from decroche.connectors.salesforce.api import codes, create, query
from decroche.model.problem import Problem

_KEY = re.compile(r"[0-9a-z]{1,64}")
#: The longest subject and description.
_SUBJECT, _DESCRIPTION = 255, 32_000


def write(http: Http, settings: Settings, activity: Activity) -> str:
    """Write it. Raises as ``Activities`` says."""
    answer = create(http, settings, "Task", task_of(activity))
    if answer.status_code >= 400:
        code = next(iter(sorted(codes(answer))), str(answer.status_code))
        raise NotWritten(Problem("the CRM refuses what is written ({code})", {"code": code}))
    ref = text(answered_object(answer), "id")
    if ref is None:
        raise OutcomeUnknown("the CRM took what is written and did not name it")
    return ref


def find(http: Http, settings: Settings, activity: Activity) -> str | None:
    """Its id where it was written already, deleted since or not. Raises Unavailable and Misconfigured."""
    if not _KEY.fullmatch(activity.key):
        return None
    rows = query(http, settings, f"SELECT Id FROM Task WHERE CallObject = '{_object(activity)}' LIMIT 1")
    return next((ref for row in rows if (ref := text(row, "Id"))), None)


def task_of(activity: Activity) -> dict[str, Any]:
    """The task. Its date has no hour: when the call began stands in the words."""
    at = activity.at.astimezone(UTC)
    told: dict[str, Any] = {
        "Subject": activity.title[:_SUBJECT],
        "Description": f"{activity.body}\n{at:%Y-%m-%d %H:%M:%S} UTC".strip()[:_DESCRIPTION],
        "ActivityDate": f"{at:%Y-%m-%d}",
        "CallObject": _object(activity),
        "Status": "Not Started" if activity.kind is ActivityKind.TASK else "Completed",
    }
    if activity.contact is not None:
        told["WhoId"] = activity.contact
    if activity.deal is not None:
        told["WhatId"] = activity.deal
    if activity.owner is not None:
        told["OwnerId"] = activity.owner
    if activity.kind is ActivityKind.CALL:
        told |= {
            "TaskSubtype": "Call",
            "CallType": "Inbound" if activity.inbound else "Outbound",
            "CallDurationInSeconds": round(activity.duration_s),
            "CallDisposition": "Answered" if activity.answered else "Missed",
        }
    if activity.kind is ActivityKind.TASK:
        told["Priority"] = "High"
    return told


def _object(activity: Activity) -> str:
    return f"decroche:{activity.key}"


ACTIVITIES = Activities(write=write, find=find)
