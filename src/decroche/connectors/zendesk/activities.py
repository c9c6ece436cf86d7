"""Writes calls, callbacks and notes into Zendesk: beside an open ticket of the person, else as a ticket of their own.

Everything is a private comment: nothing is ever sent to the person. Our key is the ``external_id`` of a ticket that we
make, and stands in the words of a comment: after a lost answer it is looked for before anything is written again.
"""

from __future__ import annotations

from datetime import UTC
from typing import Any

from decroche.connector_kit.connector import Settings
from decroche.connector_kit.crm import Activities, Activity, ActivityKind, NotWritten
from decroche.connector_kit.http import Http
from decroche.connector_kit.objects import Told, inner, objects, text
from decroche.connector_kit.texts import OutcomeUnknown, answered_object
from decroche.connectors.zendesk.api import ask, hand
from decroche.connectors.zendesk.tickets import OURS
from decroche.model.problem import Problem

_UNSOLVED = frozenset({"new", "open", "pending", "hold"})
#: So many tickets of a person are looked through.
_MOST = 5


def write(http: Http, settings: Settings, activity: Activity) -> str:
    """Write it. Raises as ``Activities`` says."""
    comment = {"body": _words(activity), "public": False}
    beside = None if activity.kind is ActivityKind.TASK else _open_ticket(http, settings, activity)
    if beside is not None:
        answer = hand(http, settings, "PUT", f"/api/v2/tickets/{beside}.json", {"ticket": {"comment": comment}})
    else:
        answer = hand(http, settings, "POST", "/api/v2/tickets.json", {"ticket": ticket_of(activity, comment)})
    said = answered_object(answer)
    if answer.status_code >= 400:
        code = text(said, "error") or str(answer.status_code)
        raise NotWritten(Problem("the CRM refuses what is written ({code})", {"code": code}))
    ref = text(inner(said, "ticket"), "id")
    if ref is None:
        raise OutcomeUnknown("the CRM took what is written and did not name it")
    return ref


def find(http: Http, settings: Settings, activity: Activity) -> str | None:
    """The ticket in which it was written already. Raises Unavailable while that cannot be told."""
    told = ask(http, settings, "/api/v2/tickets.json", params={"external_id": f"{OURS}{activity.key}"})
    if (made := next((ref for row in objects(told, "tickets") if (ref := text(row, "id"))), None)) is not None:
        return made
    if activity.kind is ActivityKind.TASK:
        return None
    for row in _tickets(http, settings, activity):
        ref = text(row, "id")
        path = f"/api/v2/tickets/{ref}/comments.json"
        said = ask(http, settings, path, params={"sort_order": "desc"})
        if any(activity.key in (text(each, "plain_body", "body") or "") for each in objects(said, "comments")):
            return ref
    return None


def ticket_of(activity: Activity, comment: dict[str, Any]) -> dict[str, Any]:
    """A ticket that we make. What is over already needs nobody's attention."""
    task = activity.kind is ActivityKind.TASK
    missed = activity.kind is ActivityKind.CALL and activity.inbound and not activity.answered
    told: dict[str, Any] = {
        "subject": activity.title,
        "comment": comment,
        "external_id": f"{OURS}{activity.key}",
        "tags": ["decroche", f"decroche_{activity.kind}"],
        "status": "open" if task or missed else "solved",
    }
    if activity.contact is not None:
        told["requester_id"] = int(activity.contact)
    if task:
        told |= {
            "type": "task",
            "priority": "high",
            "due_at": activity.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
    return told


def _words(activity: Activity) -> str:
    """What a comment says: title and words, who called whom, and the key."""
    lines = [activity.title, activity.body if activity.body != activity.title else ""]
    if activity.caller and activity.called:
        lines.append(f"{activity.caller} → {activity.called}")
    return "\n".join([*filter(None, lines), f"Décroche {activity.key}"])


def _open_ticket(http: Http, settings: Settings, activity: Activity) -> str | None:
    """The open ticket of the person that changed last: one that they opened before one of ours."""
    rows = [row for row in _tickets(http, settings, activity) if text(row, "status") in _UNSOLVED]
    rows.sort(key=lambda row: (text(row, "external_id") or "").startswith(OURS))
    return next((ref for row in rows if (ref := text(row, "id"))), None)


def _tickets(http: Http, settings: Settings, activity: Activity) -> list[Told]:
    """The tickets of the person that changed last."""
    if activity.contact is None:
        return []
    params: dict[str, str | int] = {"sort_by": "updated_at", "sort_order": "desc", "per_page": _MOST}
    told = ask(http, settings, f"/api/v2/users/{activity.contact}/tickets/requested.json", params=params)
    return objects(told, "tickets")[:_MOST]


ACTIVITIES = Activities(write=write, find=find)
