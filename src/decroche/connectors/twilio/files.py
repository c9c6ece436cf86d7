"""Twilio's list of calls (CSV of the console, or the API's records as JSON lines): one row a leg.

An incoming call is a parent leg; each phone that the flow dials is a child leg with ``parent_call_sid``. A parent that
``completed`` was taken by the flow (menu, queue, announcement, recorder), never necessarily by a person, so its
children decide: a person answered when a child completed with a duration and no answering machine. So do the children
of a call that the API placed to a colleague first, to put him through to the person named in the child.

A completed parent without children was not put through to anyone, when the file has children elsewhere. When the file
has no child leg at all (a console filter, a conference, a contact centre built on conferences), it cannot tell who
answered: such calls are taken as answered, without a talk time, and ``raw_reason`` says ``completed (no child legs)``.
The list knows neither opening hours, queues nor voicemail. Legs still running are rejected: their outcome is unknown.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from decroche.connector_kit.files import Clock, FileFormat, canonical, column
from decroche.connector_kit.headers import has_columns, header_with
from decroche.connector_kit.legs import any_of_call, first_time, told_by_call
from decroche.connector_kit.stages import further, staged
from decroche.connector_kit.values import one_of, seconds
from decroche.connector_kit.zoned_times import rfc2822_time, seconds_between, utc_time
from decroche.model.call import Direction, MissedReason

#: Final status of a leg that nobody answered -> reason.
REASONS = {
    "no-answer": MissedReason.NO_ANSWER,
    "busy": MissedReason.BUSY,
    "failed": MissedReason.TECHNICAL_FAILURE,
    "canceled": MissedReason.ABANDONED_RINGING,
}
#: What the file says of a completed call when it lists no child leg anywhere.
NO_CHILD_LEGS = "completed (no child legs)"

_is_api = has_columns("sid", "direction", "status", "start_time", "from", "to")
_is_console = has_columns("Call Sid", "Direction", "Status", "Start Time", "From", "To")
_is_console_underscored = has_columns("call_sid", "direction", "status", "start_time", "from", "to")


def _time(text: ir.StringValue) -> ir.TimestampValue:
    return ibis.coalesce(rfc2822_time(text), utc_time(text))


def translate(table: ir.Table) -> ir.Table:
    """Canonical rows of Twilio's legs; times are UTC."""
    parent = column(table, "parent_call_sid", "Parent Call Sid")
    way, status = column(table, "direction").lower(), column(table, "status").lower()
    r = staged(
        table,
        key=ibis.coalesce(parent, column(table, "sid", "Call Sid", "call_sid")),
        child=parent.notnull(),
        way=way,
        status=status,
        started=ibis.coalesce(
            _time(column(table, "start_time", "Start Time")), _time(column(table, "date_created", "Date Created"))
        ),
        ended=_time(column(table, "end_time", "End Time")),
        duration=seconds(column(table, "duration", "Duration")),
        from_=column(table, "from"),
        to=column(table, "to"),
        trunk=way.startswith("trunking").fill_null(False),
        incoming=parent.isnull() & one_of(way, "inbound", "trunking-originating"),
        completed=one_of(status, "completed"),
        machine=column(table, "answered_by").lower().re_search(r"^(machine|fax)").fill_null(False),
    )
    r = further(r, talked=r.completed & (r.duration > 0).fill_null(False) & ~r.machine)
    r = further(
        r,
        children_somewhere=r.child.any().over(ibis.window()),
        of_incoming=any_of_call(r.key, r.incoming),
        of_outgoing=any_of_call(
            r.key, ~r.child & one_of(r.way, "outbound-api", "outbound-dial", "trunking-terminating")
        ),
        has_children=any_of_call(r.key, r.child),
        child_talked=any_of_call(r.key, r.child & r.talked),
        first_dialled=first_time(r.key, r.started, r.child),
    )
    untold = r.incoming & r.completed & ~r.trunk & ~r.children_somewhere
    r = further(
        r,
        untold=untold,
        answered=ibis.cases((r.incoming & ~r.trunk, untold), (~r.child & r.has_children, False), else_=r.talked),
        put_through=r.child & r.of_incoming,
        dialled_for=~r.child & r.of_outgoing & r.has_children,
        running=one_of(r.status, "queued", "ringing", "in-progress", "initiated"),
    )
    r = further(r, rang=r.put_through & (r.talked | one_of(r.status, "no-answer", "canceled")))
    told = ibis.cases(*[(r.status == theirs, str(ours)) for theirs, ours in REASONS.items()])
    none, no_time = ibis.null("string"), ibis.null("float64")
    lost = r.incoming & ~r.answered & ~r.child_talked
    return canonical(
        r,
        fate=ibis.ifelse(r.running, "rejected", none),
        fate_reason=ibis.ifelse(r.running, "outcome_unknown", none),
        call_key=r.key,
        direction=ibis.cases(
            (r.of_incoming, str(Direction.INBOUND)),
            (r.of_outgoing, str(Direction.OUTBOUND)),
            else_=str(Direction.UNKNOWN),
        ),
        started=r.started,
        caller=ibis.ifelse(r.put_through | r.dialled_for, none, r.from_),
        called=ibis.ifelse(r.put_through | r.dialled_for, none, r.to),
        line=ibis.ifelse(r.incoming, r.to, none),
        agent=ibis.ifelse(r.put_through, r.to.re_replace(r"^(client|sip):", ""), none),
        answered=r.answered,
        rang=r.rang,
        reason=ibis.ifelse(r.answered, none, told_by_call(r.key, told, r.rang)),
        raw_reason=ibis.cases((r.untold, NO_CHILD_LEGS), (r.answered, none), else_=r.status),
        wait_s=ibis.ifelse(
            lost, ibis.ifelse(r.has_children, seconds_between(r.first_dialled, r.ended), r.duration), no_time
        ),
        talk_s=ibis.ifelse(r.answered & ~r.untold, r.duration, no_time),
        total_s=r.duration,
    )


def _is_list(names: frozenset[str]) -> bool:
    return _is_api(names) or _is_console(names) or _is_console_underscored(names)


FORMATS = (
    FileFormat(
        name="twilio_calls",
        title="Twilio calls",
        clock=Clock.UTC,
        translate=translate,
        recognise=header_with(_is_api, _is_console, _is_console_underscored),
        recognise_columns=_is_list,
    ),
)
