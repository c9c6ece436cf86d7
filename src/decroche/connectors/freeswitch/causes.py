"""What FreeSWITCH's hang-up causes and queue words say about a missed call."""

from __future__ import annotations

from decroche.model.call import MissedReason

#: Why nobody answered, by ``hangup_cause``. A cause that says nothing of it (NORMAL_CLEARING, a transfer) is in SILENT.
BY_CAUSE: dict[str, MissedReason] = {
    "USER_BUSY": MissedReason.BUSY,
    "BUSY_EVERYWHERE": MissedReason.BUSY,
    "NO_ANSWER": MissedReason.NO_ANSWER,
    "NO_USER_RESPONSE": MissedReason.NO_ANSWER,
    "ALLOTTED_TIMEOUT": MissedReason.NO_ANSWER,
    "PROGRESS_TIMEOUT": MissedReason.NO_ANSWER,
    "NO_PICKUP": MissedReason.NO_ANSWER,
    "ORIGINATOR_CANCEL": MissedReason.ABANDONED_RINGING,
    "CALL_REJECTED": MissedReason.AGENT_REJECTED,
    "DECLINE": MissedReason.AGENT_REJECTED,
    "USER_NOT_REGISTERED": MissedReason.NO_AGENT_AVAILABLE,
    "SUBSCRIBER_ABSENT": MissedReason.NO_AGENT_AVAILABLE,
    "UNWANTED": MissedReason.BLOCKED_SPAM,
    "REJECT_ALL": MissedReason.BLOCKED_SPAM,
    "UNALLOCATED_NUMBER": MissedReason.TECHNICAL_FAILURE,
    "INVALID_NUMBER_FORMAT": MissedReason.TECHNICAL_FAILURE,
    "NO_ROUTE_DESTINATION": MissedReason.TECHNICAL_FAILURE,
    "GATEWAY_DOWN": MissedReason.TECHNICAL_FAILURE,
    "NORMAL_TEMPORARY_FAILURE": MissedReason.TECHNICAL_FAILURE,
    "SERVICE_UNAVAILABLE": MissedReason.TECHNICAL_FAILURE,
    "RECOVERY_ON_TIMER_EXPIRE": MissedReason.TECHNICAL_FAILURE,
    "MEDIA_TIMEOUT": MissedReason.TECHNICAL_FAILURE,
}

SILENT: tuple[str, ...] = ("NORMAL_CLEARING", "BLIND_TRANSFER", "ATTENDED_TRANSFER")

#: Somebody else took the call: the row is a phone that stopped ringing, not a call.
ELSEWHERE: tuple[str, ...] = ("LOSE_RACE", "PICKED_OFF")

#: In these cases a phone rang until the row ended.
RANG: tuple[str, ...] = ("NO_ANSWER", "NO_PICKUP", "ALLOTTED_TIMEOUT", "ORIGINATOR_CANCEL", "CALL_REJECTED", "DECLINE")

#: Why the caller left mod_callcenter's queue, by ``cc_cancel_reason``. The caller who hangs up is BREAK_OUT.
BY_QUEUE: dict[str, MissedReason] = {
    "BREAK_OUT": MissedReason.ABANDONED_QUEUE,
    "TIMEOUT": MissedReason.QUEUE_TIMEOUT,
    "NO_AGENT_TIMEOUT": MissedReason.NO_AGENT_AVAILABLE,
    "EXIT_WITH_KEY": MissedReason.CALLBACK_REQUESTED,
}
