"""The SQL of the views for BI tools: what each column is made of, and of which rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from decroche.model.feed import CALLS, CAMPAIGNS, COSTS, DAILY, JOURNEYS, MESSAGES, OPPORTUNITIES, Feed


@dataclass(frozen=True, slots=True, kw_only=True)
class Select:
    """A view: the expression of each column without words, and what follows ``SELECT …``."""

    columns: Mapping[str, str]
    rows: str


_READER = "JOIN decroche_bi.readers r ON r.role = current_user AND r.account_id ="
_SITES = "(r.sites IS NULL OR {site} = ANY (r.sites))"
#: Eight digits and more: all but the last two are hidden.
_NUMBER = r"'\+?\d(?:[\W_]{0,4}\d){5,}[\W_]{0,4}(\d)[\W_]{0,4}(\d)', '…\1\2', 'g'"


def _masked(text: str) -> str:
    return f"CASE WHEN r.numbers THEN {text} ELSE regexp_replace({text}, {_NUMBER}) END"


def _whole(seconds: str) -> str:
    """Halves go up, as in the files."""
    return f"floor({seconds} + 0.5)::bigint"


def _flag(condition: str) -> str:
    return f"coalesce({condition}, false)::int::bigint"


def _person(person: str) -> dict[str, str]:
    keyed = f"sha256(r.outer_key || sha256(r.inner_key || convert_to({person}::text, 'UTF8')))"
    return {
        "caller_hash": f"CASE WHEN {person} IS NOT NULL THEN 'p' || left(encode({keyed}, 'hex'), 16) END",
        "caller": f"CASE WHEN r.numbers AND {person} > 0 THEN '+' || {person} END",
    }


def _timed(begin: str, at: str, local: str) -> dict[str, str]:
    return {
        f"{begin}_at": at,
        f"{begin}_local": local,
        "tz": "z.tz",
        "local_hour": f"extract(hour FROM {local})::bigint",
        **_calendar(f"({local})::date"),
    }


def _calendar(day: str) -> dict[str, str]:
    return {
        "local_date": day,
        "iso_week": f"to_char({day}, 'IYYY-\"W\"IW')",
        "dow": f"extract(isodow FROM {day})::bigint",
    }


def _updated(revision: str) -> str:
    first = f"SELECT m.at FROM revision_marks m WHERE m.revision >= {revision} ORDER BY m.revision LIMIT 1"
    return f"coalesce(({first}), now())"


def _zone(table: str, site: str) -> str:
    return (
        f"JOIN accounts a ON a.id = {table}.account_id\n"
        f"LEFT JOIN sites s ON s.account_id = {table}.account_id AND s.name = {site}\n"
        "CROSS JOIN LATERAL (SELECT coalesce(s.zone, a.zone) AS tz) z"
    )


_MISSED = "coalesce(c.disposition = 'missed', false)"
_TAKEN = "coalesce(c.direction = 'inbound' AND c.disposition = 'answered', false)"
_WAITED = "coalesce(c.wait_s, c.ring_s, CASE WHEN c.answered THEN NULL ELSE c.total_s END)"
_STARTED = "(c.started_at AT TIME ZONE z.tz)"
_OPENED = "(j.opened_at AT TIME ZONE z.tz)"
_CREATED = "(t.created_at AT TIME ZONE z.tz)"

_CALLS = Select(
    columns={
        "call_id": "c.id",
        "updated_at": _updated("c.revision"),
        **_timed("started", "c.started_at", _STARTED),
        "direction": "c.direction",
        "disposition": "c.disposition",
        "missed_reason": f"CASE WHEN {_MISSED} THEN c.reason END",
        "hour_class": "c.hour_class",
        "caller_kind": "c.caller_kind",
        **_person("c.person"),
        "line": "c.line",
        **{name: f"coalesce({_masked(f'c.{name}')}, '')" for name in ("queue", "department", "site")},
        "agent": _masked("c.agent"),
        "is_offered": _flag(f"{_MISSED} OR {_TAKEN}"),
        "is_answered": _flag(f"{_TAKEN} AND NOT {_MISSED}"),
        "is_missed": _flag(_MISSED),
        "is_short_abandon": _flag(f"{_MISSED} AND c.reason = 'short_abandon'"),
        "is_voicemail": _flag("c.voicemail"),
        "is_after_hours": _flag("c.after_hours"),
        "wait_s": _whole(_WAITED),
        **{name: _whole(f"c.{name}") for name in ("ring_s", "talk_s", "hold_s", "wrap_s", "total_s")},
    },
    rows=f"FROM calls c\n{_READER} c.account_id\n{_zone('c', 'c.site')}\nWHERE {_SITES.format(site='c.site')}",
)
_JOURNEYS = Select(
    columns={
        "journey_id": "j.id",
        "updated_at": _updated("j.revision"),
        **_timed("opened", "j.opened_at", _OPENED),
        "site": _masked("j.site"),
        **_person("j.person"),
        "first_call_id": "j.missed_calls::json ->> 0",
        "state": "j.state",
        "recovered_by": "j.recovered_by",
        **{name: f"j.{name}" for name in ("last_missed_at", "closed_at", "expires_at")},
        "attempts": "j.attempts::bigint",
        **{f"is_{name}": _flag(f"j.state = '{name}'") for name in ("open", "recovered", "expired", "withdrawn")},
        "recovery_s": "CASE WHEN j.state = 'recovered' THEN"
        " trunc(extract(epoch FROM j.closed_at))::bigint - trunc(extract(epoch FROM j.opened_at))::bigint END",
    },
    rows=f"FROM journeys j\n{_READER} j.account_id\n{_zone('j', 'j.site')}\nWHERE {_SITES.format(site='j.site')}",
)
_COUNTED: Mapping[str, str] = {
    "offered": f"count(*) FILTER (WHERE {_MISSED} OR {_TAKEN})",
    "answered": f"count(*) FILTER (WHERE {_TAKEN})",
    "missed": f"count(*) FILTER (WHERE {_MISSED})",
    "short_abandons": f"count(*) FILTER (WHERE {_MISSED} AND c.reason = 'short_abandon')",
    "answered_within": f"count(*) FILTER (WHERE {_TAKEN} AND {_WAITED} <= a.answer_within_s)",
    "voicemails": f"count(*) FILTER (WHERE {_MISSED} AND c.voicemail)",
    "missed_after_hours": f"count(*) FILTER (WHERE {_MISSED} AND c.reason = 'after_hours')",
    "waits": f"count({_WAITED}) FILTER (WHERE {_TAKEN})",
    "wait_s": _whole(f"coalesce(sum({_WAITED}) FILTER (WHERE {_TAKEN}), 0)"),
    "talks": f"count(c.talk_s) FILTER (WHERE {_TAKEN})",
    **{name: _whole(f"coalesce(sum(c.{name}) FILTER (WHERE {_TAKEN}), 0)") for name in ("talk_s", "hold_s", "wrap_s")},
    "outbound": "count(*) FILTER (WHERE c.direction = 'outbound')",
    "outbound_reached": "count(*) FILTER (WHERE c.direction = 'outbound' AND c.disposition = 'answered')",
}
_OF_JOURNEYS: Mapping[str, str] = {
    "journeys_opened": "count(*)",
    **{f"journeys_{name}": f"count(*) FILTER (WHERE j.state = '{name}')" for name in ("open", "recovered", "expired")},
}


def _days() -> str:
    """A row for each day and place that calls or journeys name."""
    calls = ", ".join(
        [f"{sql} AS {name}" for name, sql in _COUNTED.items()] + [f"0 AS {name}" for name in _OF_JOURNEYS]
    )
    journeys = ", ".join(
        [f"0 AS {name}" for name in _COUNTED] + [f"{sql} AS {name}" for name, sql in _OF_JOURNEYS.items()]
    )
    place = ", ".join(f"coalesce(c.{name}, '') AS {name}" for name in ("department", "queue"))
    seen = f"{_MISSED} OR {_TAKEN} OR c.direction = 'outbound'"
    return f"""FROM (
    SELECT c.account_id, {_STARTED}::date AS day, coalesce(c.site, '') AS site, {place}, max(c.revision) AS revision,
        a.answer_within_s, {calls}
    FROM calls c {_READER} c.account_id {_zone("c", "c.site")}
    WHERE {_SITES.format(site="c.site")} AND ({seen})
    GROUP BY 1, 2, 3, 4, 5, a.answer_within_s
    UNION ALL
    SELECT j.account_id, {_OPENED}::date, j.site, {place}, max(j.revision), a.answer_within_s, {journeys}
    FROM journeys j {_READER} j.account_id {_zone("j", "j.site")}
    LEFT JOIN calls c ON c.id = j.missed_calls::json ->> 0 AND c.account_id = j.account_id
    WHERE {_SITES.format(site="j.site")} AND j.state <> 'withdrawn'
    GROUP BY 1, 2, 3, 4, 5, a.answer_within_s
) d
{_READER} d.account_id
GROUP BY d.day, d.site, d.department, d.queue, r.numbers, d.answer_within_s"""


_DAILY = Select(
    columns={
        **_calendar("d.day"),
        **{name: _masked(f"d.{name}") for name in ("site", "department", "queue")},
        "updated_at": _updated("max(d.revision)"),
        **{name: f"sum(d.{name})::bigint" for name in (*_COUNTED, *_OF_JOURNEYS)},
        "answer_within_s": "d.answer_within_s",
    },
    rows=_days(),
)
_MESSAGES = Select(
    columns={
        "message_id": "t.id",
        "updated_at": "greatest(t.created_at, t.tried_at, t.handed_at, t.settled_at)",
        **_timed("created", "t.created_at", _CREATED),
        "journey_id": "t.journey_id",
        "site": f"coalesce({_masked('j.site')}, '')",
        **_person("t.person"),
        **{name: f"t.{name}" for name in ("direction", "channel", "purpose", "state", "handed_at", "settled_at")},
        **{name: _masked(f"t.{name}") for name in ("template", "failure")},
        "author": "CASE WHEN t.direction = 'out' THEN CASE WHEN t.author IS NULL THEN 'playbook' ELSE 'person' END END",
        "segments": "t.segments::bigint",
        "price": "t.price",
        "currency": "t.currency",
        "is_out": _flag("t.direction = 'out'"),
        "is_delivered": _flag("t.state = 'delivered'"),
        "is_failed": _flag("t.state = 'failed'"),
    },
    rows=f"FROM texts t\n{_READER} t.account_id\n"
    "LEFT JOIN journeys j ON j.id = t.journey_id AND j.account_id = t.account_id\n"
    f"{_zone('t', 'j.site')}\nWHERE {_SITES.format(site='j.site')}",
)
_MONEY = "WHERE r.sites IS NULL"
_COSTS = Select(
    columns={
        "cost_line_id": "l.id",
        "updated_at": "l.made_at",
        **{name: f"l.{name}" for name in ("kind", "nature", "currency", "rhythm", "begins", "ends", "among")},
        "label": _masked("l.label"),
        "amount": "l.amount::double precision",
        "per_call": _flag("l.per_call"),
        "share_key": "l.share_key",
    },
    # Who is paid what is for the owner: BI has costs without salaries.
    rows=f"FROM cost_lines l\n{_READER} l.account_id\n{_MONEY} AND l.kind <> 'salaries'",
)
_TOTAL = "g.counts::json -> 'total' ->> "
_CAMPAIGNS = Select(
    columns={
        "campaign_id": "g.id",
        "name": _masked("g.name"),
        "updated_at": "g.counted_at",
        "created_at": "g.created_at",
        **{name: f"({_TOTAL}'{name}')::bigint" for name in ("dials", "contacts", "people", "opportunities", "sales")},
        **{name: f"({_TOTAL}'{name}')::double precision" for name in ("revenue", "margin", "cost")},
        "currency": "g.terms::json ->> 'currency'",
    },
    rows=f"FROM campaigns g\n{_READER} g.account_id\n{_MONEY}",
)
_OPPORTUNITIES = Select(
    columns={
        "opportunity_id": "o.id",
        **{name: f"o.{name}" for name in ("origin", "opened_at", "closed_at", "expected_on", "state", "matched_by")},
        "updated_at": "o.kept_at",
        **{name: _masked(f"o.{name}") for name in ("ref", "stage", "pipeline", "owner", "campaign", "source")},
        **_person("o.person"),
        "amount": "o.amount::double precision",
        "margin": "o.margin::double precision",
        "currency": "o.currency",
        **{f"is_{state}": _flag(f"o.state = '{state}'") for state in ("open", "won", "lost")},
        "is_gone": _flag("o.gone_at IS NOT NULL"),
    },
    rows=f"FROM opportunities o\n{_READER} o.account_id\n{_MONEY}",
)
SELECTS: Mapping[Feed, Select] = {
    CALLS: _CALLS,
    JOURNEYS: _JOURNEYS,
    DAILY: _DAILY,
    MESSAGES: _MESSAGES,
    COSTS: _COSTS,
    CAMPAIGNS: _CAMPAIGNS,
    OPPORTUNITIES: _OPPORTUNITIES,
}
