"""Ringover's call records as its API lists them (JSON lines or CSV of the same columns): several rows a call.

A transfer or a menu writes further rows with the same ``call_id``. Times carry their zone and become UTC.

Answered means that a row ended in a conversation (ANSWERED, or transferred after one) and was not the menu's: a row
that names a menu and no user is a machine's. Ringover's plain MISSED does not say why; only the queue's timeout, a
transfer that nobody took, a failure and ``OUT_PLANNING`` (closed) do. The list of states is open: a new word stays in
``raw_reason``.
The dashboard's own CSV, whose French headers are not published, is left to the guessed mapping.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from decroche.connector_kit.files import Clock, FileFormat, canonical, column
from decroche.connector_kit.headers import has_columns, header_with
from decroche.connector_kit.legs import first_time
from decroche.connector_kit.nested import member
from decroche.connector_kit.numbers import international
from decroche.connector_kit.stages import further, staged
from decroche.connector_kit.values import one_of, seconds
from decroche.connector_kit.zoned_times import seconds_between, utc_time
from decroche.model.call import Direction, MissedReason

#: States in which somebody talked with the caller.
TALKED = ("ANSWERED", "BLIND_TRANSFERED", "PERMANENT_TRANSFERED")
#: States, on a row that names a user, in which that user's phone had rung.
RANG = ("MISSED", "NOANSWER_TRANSFERED", "VOICEMAIL", "CANCELLED")
#: States that say why nobody did.
REASONS = {
    "QUEUE_TIMEOUT": MissedReason.QUEUE_TIMEOUT,
    "NOANSWER_TRANSFERED": MissedReason.NO_ANSWER,
    "FAILED": MissedReason.TECHNICAL_FAILURE,
}

_is_list = has_columns("cdr_id", "call_id", "direction", "last_state", "start_time")


def translate(table: ir.Table) -> ir.Table:
    """Canonical rows of call records, one a ``cdr_id``."""
    user_json, menu_json = column(table, "user"), column(table, "ivr")
    state, way = column(table, "last_state"), column(table, "direction").lower()
    r = staged(
        table,
        key=column(table, "call_id"),
        started=utc_time(column(table, "start_time")),
        answered_at=utc_time(column(table, "answered_time")),
        ended=utc_time(column(table, "end_time")),
        state=state,
        word=state.upper(),
        why=column(table, "reason"),
        inbound=one_of(way, "in", "inbound"),
        outbound=one_of(way, "out", "outbound"),
        internal=one_of(column(table, "is_internal"), "true", "1"),
        from_=international(column(table, "from_number")),
        to=international(column(table, "to_number")),
        user=ibis.coalesce(
            member(user_json, "concat_name"),
            member(user_json, "email"),
            member(user_json, "user_id"),
            column(
                table, "user.concat_name", "user_concat_name", "user.email", "user_email", "user.user_id", "user_id"
            ),
        ),
        menu=ibis.coalesce(member(menu_json, "name"), column(table, "ivr.name", "ivr_name", "scenario_name")),
        has_menu=menu_json.notnull(),
        fax=state.upper().startswith("FAX_").fill_null(False) | one_of(column(table, "type"), "fax"),
        voicemail=column(table, "voicemail"),
        in_call=seconds(column(table, "incall_duration")),
        total=seconds(column(table, "total_duration")),
    )
    by_menu = r.user.isnull() & (r.menu.notnull() | r.has_menu)
    r = further(
        r,
        by_menu=by_menu,
        answered=r.word.isin(TALKED).fill_null(False) & ~by_menu,
        closed=r.inbound & (r.why.upper() == "OUT_PLANNING").fill_null(False),
    )
    r = further(r, first_answer=first_time(r.key, ibis.coalesce(r.answered_at, r.started), r.answered))
    none, no_time = ibis.null("string"), ibis.null("float64")
    return canonical(
        r,
        fate=ibis.ifelse(r.fax, "ignored", none),
        fate_reason=ibis.ifelse(r.fax, "fax", none),
        call_key=r.key,
        direction=ibis.cases(
            (r.internal, str(Direction.INTERNAL)),
            (r.inbound, str(Direction.INBOUND)),
            (r.outbound, str(Direction.OUTBOUND)),
            else_=str(Direction.UNKNOWN),
        ),
        started=r.started,
        caller=r.from_,
        called=r.to,
        line=ibis.ifelse(r.inbound, r.to, none),
        queue=r.menu,
        agent=r.user,
        answered=r.answered,
        queued=(r.word == "QUEUE_TIMEOUT").fill_null(False),
        rang=r.answered | (r.inbound & r.user.notnull() & ~r.closed & r.word.isin(RANG).fill_null(False)),
        voicemail=r.inbound & (r.word.startswith("VOICEMAIL").fill_null(False) | r.voicemail.notnull()),
        after_hours=r.closed,
        reason=ibis.cases(
            (r.answered, none),
            (r.outbound & (r.word == "CANCELLED"), str(MissedReason.ABANDONED_RINGING)),
            (r.closed, str(MissedReason.AFTER_HOURS)),
            *[(r.word == theirs, str(ours)) for theirs, ours in REASONS.items()],
        ),
        raw_reason=ibis.coalesce(r.why, ibis.ifelse(r.answered, none, r.state)),
        wait_s=ibis.cases(
            (
                r.answered,
                ibis.ifelse(r.answered_at == r.first_answer, seconds_between(r.started, r.answered_at), no_time),
            ),
            (r.by_menu & r.word.isin(TALKED), no_time),
            (r.first_answer.isnull() | (r.started < r.first_answer), seconds_between(r.started, r.ended)),
        ),
        talk_s=ibis.ifelse(r.answered, r.in_call, no_time),
        total_s=r.total,
    )


FORMATS = (
    FileFormat(
        name="ringover_calls",
        title="Ringover call records",
        clock=Clock.UTC,
        translate=translate,
        recognise=header_with(_is_list),
        recognise_columns=_is_list,
    ),
)
