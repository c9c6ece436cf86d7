"""Ringover's list of past calls: one row for each part of a call, newest first, no more than 15 days at a time.

Rows of one ``call_id`` are one call. A transfer or a menu ends its row before the call ends; every other state is the
last word. The list is followed by the id of its last row, and an empty answer (204) is an end.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from decroche.connector_kit.connector import Page, Record, Settings
from decroche.connector_kit.errors import Ignored, Malformed, Misconfigured, Unavailable
from decroche.connector_kit.http import Http
from decroche.connector_kit.numbers import with_plus
from decroche.connector_kit.objects import Told, encode, flag, inner, moment, number, objects, text, without
from decroche.connectors.ringover.api import host_of
from decroche.connectors.ringover.events import CLOSED, DIRECTIONS, agent_of, leg_of, menu_of
from decroche.connectors.ringover.files import RANG, REASONS, TALKED
from decroche.model.call import Direction, MissedReason
from decroche.model.fact import Fact, Heard, Message, Stage, UnknownWord

_PAGE = 1000
_STATES = frozenset(
    {
        *TALKED, *RANG, *REASONS, "VOICEMAIL_ANSWERED", "INCORRECT_PINCODE", "ANNOUNCE",
        "FAX_RECEIVED", "FAX_FAILED", "FAX_OUT_SENT", "FAX_OUT_NOT_SENT",
    }
)  # fmt: skip
#: States after which the call goes on in another row.
_HANDED_ON = frozenset({"BLIND_TRANSFERED", "PERMANENT_TRANSFERED", "NOANSWER_TRANSFERED"})
#: Members of a row whose change makes another record.
_TELLING = (
    "last_state", "reason", "direction", "start_time", "answered_time", "end_time", "incall_duration",
    "total_duration", "from_number", "to_number", "amd", "tags", "note",
)  # fmt: skip


def fetch(http: Http, settings: Settings, begin: datetime, end: datetime, next_: str | None) -> Page:
    """A page of the rows of [begin, end); ``next_`` is the id of the last row. Raises Unavailable and Misconfigured."""
    host, key = host_of(settings)
    params: dict[str, str | int] = {
        "start_date": _written(begin),
        "end_date": _written(end - timedelta(milliseconds=1)),
        "limit_count": _PAGE,
    }
    if next_ is not None:
        params["last_id_returned"] = next_
    try:
        told = http.get(f"https://{host}/v2/calls", params=params, headers={"authorization": key})
    except Misconfigured as error:
        raise Misconfigured(error.problem, ["api_key", "region"], status=error.status) from error
    if told is None:
        return Page(records=())
    if not isinstance(told, dict):
        raise Unavailable("the list of calls is not a JSON object")
    rows = objects(told, "call_list") or objects(told, "list")
    ids = [int(found) for row in rows if (found := number(row, "cdr_id")) is not None]
    records = tuple(_record(row) for row in rows if text(row, "cdr_id") is not None)
    full = len(rows) >= min(_PAGE, number(told, "limit_count_setted") or _PAGE)
    further = full and ids and (next_ is None or min(ids) < int(next_))
    return Page(records=records, next=str(min(ids)) if further else None)


def hear_row(told: Told) -> Heard:
    """What a row says: its part of the call, and the end of the call unless it was handed on. Raises Malformed."""
    row = _Row.of(told)
    if row.word.startswith("FAX_") or (text(told, "type") or "").upper() == "FAX":
        raise Ignored("a fax")
    facts = (row.whole(), row.leg()) if row.leg_key else (row.whole(),)
    state = text(told, "last_state")
    words = (
        UnknownWord("last_state", state) if state and row.word not in _STATES else None,
        UnknownWord("direction", row.way) if row.way and row.direction is None else None,
        UnknownWord("reason", row.why) if row.why and row.why.upper() != CLOSED else None,
    )
    return Heard(facts=facts, unknown=tuple(each for each in words if each is not None))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A row of the list, read."""

    told: Told
    key: str
    word: str
    way: str
    why: str | None
    direction: Direction | None
    leg_key: str
    menu: str | None
    by_menu: bool
    answered: bool
    closed: bool
    started: datetime
    ended: datetime | None

    @classmethod
    def of(cls, told: Told) -> _Row:
        key, started = text(told, "call_id"), moment(told, "start_time")
        if key is None or started is None:
            raise Malformed("a row without a call or a time")
        way, why = (text(told, name) or "" for name in ("direction", "reason"))
        word = (text(told, "last_state") or "").upper()
        direction = DIRECTIONS.get(way.lower())
        leg_key, menu = leg_of(told), menu_of(told)
        by_menu = not leg_key and (menu is not None or told.get("ivr") is not None)
        to_machine = direction is Direction.OUTBOUND and bool(flag(told, "amd"))
        return cls(
            told=told,
            key=key,
            word=word,
            way=way,
            why=why or None,
            direction=direction,
            leg_key=leg_key,
            menu=menu,
            by_menu=by_menu,
            answered=word in TALKED and not by_menu and not to_machine,
            closed=direction is Direction.INBOUND and why.upper() == CLOSED,
            started=started,
            ended=moment(told, "end_time"),
        )

    def whole(self) -> Fact:
        """What the row says of the call as a whole."""
        inbound, outbound = self.direction is Direction.INBOUND, self.direction is Direction.OUTBOUND
        from_, to = (with_plus(text(self.told, name)) for name in ("from_number", "to_number"))
        timed_out = self.word == "QUEUE_TIMEOUT"
        kept = inbound and bool(self.told.get("voicemail"))
        unanswered = self.ended is not None and not self.answered and not self.by_menu
        return self._fact(
            final=self.ended is not None and self.word not in _HANDED_ON,
            direction=Direction.INTERNAL if flag(self.told, "is_internal") else self.direction,
            caller=from_,
            called=to,
            line=from_ if outbound else to,
            queue=self.menu,
            queued=timed_out or None,
            queued_at=self.started if timed_out else None,
            voicemail=kept or (inbound and self.word.startswith("VOICEMAIL")) or None,
            message=Message(recording=self.key) if kept else None,
            after_hours=self.closed or None,
            reason=self._reason(),
            raw_reason=self.why or (None if self.answered else text(self.told, "last_state")),
            wait_s=(self.ended - self.started).total_seconds() if self.ended is not None and unanswered else None,
            **({} if self.leg_key else self._answer()),
        )

    def leg(self) -> Fact:
        """What the row says of the user's telephone."""
        return self._fact(leg_key=self.leg_key, agent=agent_of(self.told), **self._answer())

    def _fact(self, **said: Any) -> Fact:
        return Fact(
            call_key=self.key,
            stage=Stage.CREATED if self.ended is None else Stage.ENDED,
            at=self.ended or self.started,
            complete=self.ended is not None,
            started_at=self.started,
            ended_at=self.ended,
            total_s=number(self.told, "total_duration"),
            **said,
        )

    def _answer(self) -> dict[str, Any]:
        rung = self.direction is Direction.INBOUND and self.leg_key and not self.closed and self.word in RANG
        rang = self.answered or bool(rung)
        return {
            "answered": self.answered,
            "answered_at": moment(self.told, "answered_time") if self.answered else None,
            "rang": rang or None,
            "ringing_at": self.started if rang else None,
            "talk_s": number(self.told, "incall_duration") if self.answered else None,
        }

    def _reason(self) -> MissedReason | None:
        if self.answered:
            return None
        if self.direction is Direction.OUTBOUND and self.word == "CANCELLED":
            return MissedReason.ABANDONED_RINGING
        return MissedReason.AFTER_HOURS if self.closed else REASONS.get(self.word)


def _record(row: Told) -> Record:
    said = [row.get(name) for name in _TELLING] + [inner(row, "user").get("user_id"), bool(row.get("voicemail"))]
    digest = hashlib.sha256(encode(without(said, ()))).hexdigest()[:16]
    return Record(kind="cdr", key=f"cdr/{text(row, 'cdr_id')}/{digest}", body=encode(without(row, ())))


def _written(moment_: datetime) -> str:
    return moment_.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
