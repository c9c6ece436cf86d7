"""OVH telephony: the consumption records of a line, and the stream of call events of lines and queues.

Consumption records (JSON lines or CSV of the API's columns) tell a call, its way and its duration, not who answered:
an incoming call of 0 seconds is missed, one with a duration is taken as answered, although a voicemail may have it.
``hangupNature`` is kept word for word: its values are not published. A ``transfer`` record is a diverted leg, whose
direction is left unknown. Unanswered incoming calls may not be billed at all, and then this file does not have them.

Events (JSON lines, both dialects) tell more: a caller joins a queue, agents are offered the call, one is bridged or
none. One event is one row; the events of a session or a call id are one call. Numbers are written ``0033…``.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from decroche.connector_kit.files import Clock, FileFormat, canonical, column
from decroche.connector_kit.headers import has_columns, header_with
from decroche.connector_kit.legs import any_of_call, first_time
from decroche.connector_kit.nested import member
from decroche.connector_kit.stages import further, staged
from decroche.connector_kit.values import epoch_seconds, one_of, seconds
from decroche.connector_kit.zoned_times import seconds_between, utc_time
from decroche.model.call import Direction, MissedReason

#: Why a queue let a caller go, in the words of FreeSWITCH's mod_callcenter; a caller who hangs up is BREAK_OUT or NONE.
CANCEL_REASONS = {
    "NONE": MissedReason.ABANDONED_QUEUE,
    "BREAK_OUT": MissedReason.ABANDONED_QUEUE,
    "TIMEOUT": MissedReason.QUEUE_TIMEOUT,
    "NO_AGENT_TIMEOUT": MissedReason.NO_AGENT_AVAILABLE,
    "EXIT_WITH_KEY": MissedReason.CALLBACK_REQUESTED,
}
QUEUE_EVENTS = ("member-queue-start", "agent-offering", "bridge-agent-start", "bridge-agent-fail", "bridge-agent-end",
                "member-queue-end")  # fmt: skip
LINE_EVENTS = ("start_ringing", "end_ringing", "start_calling", "end_calling")

_is_consumption = has_columns("creationDatetime", "calling", "called", "duration", "wayType")
_is_event = has_columns("event", "service", "ressource", "data")


def translate_consumption(table: ir.Table) -> ir.Table:
    """Canonical rows of consumption records, one a call; offsets in the times become UTC."""
    way = column(table, "wayType").lower()
    inbound = (way == "incoming").fill_null(False)
    duration = seconds(column(table, "duration"))
    answered = (duration > 0).fill_null(False)
    called = column(table, "called")
    return canonical(
        table,
        call_key=column(table, "consumptionId"),
        direction=ibis.cases(
            (inbound, str(Direction.INBOUND)),
            (way == "outgoing", str(Direction.OUTBOUND)),
            else_=str(Direction.UNKNOWN),
        ),
        started=utc_time(column(table, "creationDatetime")),
        caller=column(table, "calling"),
        called=ibis.coalesce(column(table, "dialed"), called) if "dialed" in table.columns else called,
        line=ibis.ifelse(inbound, called, ibis.null("string")),
        answered=answered,
        raw_reason=column(table, "hangupNature"),
        talk_s=ibis.ifelse(answered, duration, ibis.null("float64")),
        total_s=duration,
    )


def translate_events(table: ir.Table) -> ir.Table:
    """Canonical rows of call events, one an event; times are UTC."""
    data = column(table, "data")
    event, resource = column(table, "event").lower(), column(table, "ressource")

    def field(name: str) -> ir.StringValue:
        return member(data, name)

    r = staged(
        table,
        event=event,
        resource=resource,
        in_queue=event.isin(QUEUE_EVENTS).fill_null(False),
        on_line=event.isin(LINE_EVENTS).fill_null(False),
        at=ibis.coalesce(epoch_seconds(field("Ts")), _stamp(column(table, "timestamp"))),
        key=ibis.coalesce(field("QueueMemberSessionUUID"), field("QueueMemberUUID"), field("CallId")),
        joined=epoch_seconds(field("QueueMemberJoinedTime")),
        leaving=epoch_seconds(field("QueueMemberLeavingTime")),
        agent_answered=epoch_seconds(field("QueueAgentAnsweredTime")),
        agent=field("Agent"),
        queue=ibis.coalesce(field("Queue"), resource),
        queue_line=field("QueueMemberDNIS"),
        cancel=field("QueueCancelReason"),
        hangup=field("QueueHangupCause"),
        cause=field("QueueCause"),
        caller_id=field("QueueMemberCIDNumber"),
        calling=field("Calling"),
        called=field("Called"),
        dialled=field("Dialed"),
    )
    r = further(
        r,
        starts=r.event.isin(["bridge-agent-start", "start_calling"]).fill_null(False),
        finishes=r.event.isin(["bridge-agent-end", "end_calling"]).fill_null(False),
        offers=r.event.isin(["member-queue-start", "start_ringing"]).fill_null(False),
        leaves=one_of(r.event, "member-queue-end"),
        stops=one_of(r.event, "end_ringing"),
        answer_time=ibis.coalesce(r.agent_answered, r.at),
    )
    r = further(
        r,
        answered_at=first_time(r.key, r.answer_time, r.starts),
        offered_at=ibis.coalesce(r.joined, first_time(r.key, r.at, r.offers)),
        unanswered=~any_of_call(r.key, r.starts | r.finishes),
        talk_from=ibis.coalesce(r.agent_answered, first_time(r.key, r.answer_time, r.starts)),
    )
    none, kept = ibis.null("string"), r.in_queue | r.on_line
    told = ibis.cases(
        *[(r.cancel == theirs, str(ours)) for theirs, ours in CANCEL_REASONS.items()],
        (r.cancel.isnull(), str(MissedReason.ABANDONED_QUEUE)),
    )
    inward = r.called == r.resource
    return canonical(
        r,
        fate=ibis.ifelse(kept, none, "ignored"),
        fate_reason=ibis.ifelse(kept, none, "system_event"),
        call_key=r.key,
        direction=ibis.cases(
            (r.in_queue | inward, str(Direction.INBOUND)),
            (r.calling == r.resource, str(Direction.OUTBOUND)),
            else_=str(Direction.UNKNOWN),
        ),
        started=ibis.ifelse(r.in_queue, ibis.coalesce(r.joined, r.at), r.at),
        caller=ibis.coalesce(r.calling, r.caller_id),
        called=ibis.coalesce(r.queue_line, r.dialled, r.called),
        line=ibis.ifelse(r.in_queue, r.queue_line, ibis.ifelse(inward, r.resource, none)),
        queue=ibis.ifelse(r.in_queue, r.queue, none),
        agent=r.agent,
        answered=r.starts | r.finishes,
        queued=r.in_queue,
        rang=kept & ~one_of(r.event, "member-queue-start") & ~r.leaves,
        reason=ibis.ifelse(r.leaves & r.unanswered, told, none),
        raw_reason=ibis.coalesce(r.cancel, r.hangup, ibis.ifelse(r.leaves, r.cause, none)),
        wait_s=ibis.cases(
            (r.starts & (r.answer_time == r.answered_at), seconds_between(r.offered_at, r.answered_at)),
            (r.leaves & r.unanswered, seconds_between(r.offered_at, ibis.coalesce(r.leaving, r.at))),
            (r.stops & r.unanswered, seconds_between(r.offered_at, r.at)),
        ),
        talk_s=ibis.ifelse(r.finishes, seconds_between(r.talk_from, r.at), ibis.null("float64")),
        total_s=ibis.ifelse(r.leaves | r.finishes | r.stops, seconds_between(r.offered_at, r.at), ibis.null("float64")),
    )


def _stamp(text: ir.StringValue) -> ir.TimestampValue:
    """The event's own stamp: seconds in the second dialect, nanoseconds (19 digits) in the first."""
    return epoch_seconds(ibis.ifelse(text.length() > 12, text.substr(0, 10), text))


FORMATS = (
    FileFormat(
        name="ovh_voice_consumption",
        title="OVH voice consumption",
        clock=Clock.UTC,
        translate=translate_consumption,
        recognise=header_with(_is_consumption),
        recognise_columns=_is_consumption,
    ),
    FileFormat(
        name="ovh_call_events",
        title="OVH call events",
        clock=Clock.UTC,
        translate=translate_events,
        recognise_columns=_is_event,
    ),
)
