"""Twilio's list of calls: one row a leg, newest first, read page by page.

A child's row does not say which way its call went. Where its parent is not on the same page, the parent is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from decroche.connector_kit.connector import Page, Record, Settings
from decroche.connector_kit.errors import Malformed, Misconfigured, Unavailable
from decroche.connector_kit.http import Http
from decroche.connector_kit.objects import Told, encode, objects, text, without
from decroche.connector_kit.versions import by_version
from decroche.connectors.twilio.account import FIELDS, HOST, account_path, authorization
from decroche.connectors.twilio.files import REASONS
from decroche.connectors.twilio.words import (
    OUTBOUND,
    RANG,
    RUNNING,
    agent_of,
    by_machine,
    caller_of,
    direction_of,
    lasted,
    rfc2822,
)
from decroche.model.call import Direction
from decroche.model.fact import Fact, Heard, Stage, UnknownWord

_PAGE_SIZE = 1000


def fetch(http: Http, settings: Settings, begin: datetime, end: datetime, next_: str | None) -> Page:
    """A page of the legs that began in [begin, end). ``next_`` is the path of the page. Raises as ``History`` says."""
    if next_ is None:
        params: dict[str, str | int] = {
            "StartTime>": _stamp(begin), "StartTime<": _stamp(end), "PageSize": _PAGE_SIZE,
        }  # fmt: skip
        told = _ask(http, settings, f"{account_path(settings)}/Calls.json", params)
    else:
        told = _ask(http, settings, next_)
    rows = [row for row in objects(told, "calls") if text(row, "sid")]
    ways = {sid: text(row, "direction") or "" for row in rows if (sid := text(row, "sid"))}
    within = [row for row in rows if (at := _began(row)) is None or begin <= at < end]
    parents = {parent for row in within if (parent := text(row, "parent_call_sid"))}
    for parent in sorted(parents - ways.keys()):
        ways[parent] = _way_of(http, settings, parent)
    records = tuple(_record(row, ways) for row in within)
    return Page(records=records, next=_next_page(told, settings))


def _next_page(told: Told, settings: Settings) -> str | None:
    path = text(told, "next_page_uri")
    if path is not None and not path.startswith(f"{account_path(settings)}/Calls.json?"):
        # The secrets go to nobody else, whatever a page says.
        raise Unavailable("the next page is not in this account's list of calls")
    return path


def _way_of(http: Http, settings: Settings, sid: str) -> str:
    if not sid.isalnum():
        return ""
    try:
        return text(_ask(http, settings, f"{account_path(settings)}/Calls/{sid}.json"), "direction") or ""
    except Misconfigured as error:
        if error.status == 404:
            return ""
        raise


def _ask(http: Http, settings: Settings, path: str, params: dict[str, str | int] | None = None) -> Told:
    host = settings.get("api_host", "").strip() or HOST
    headers = {"authorization": authorization(settings)}
    try:
        told = http.get(f"https://{host}{path}", params=params, headers=headers)
    except Misconfigured as error:
        raise Misconfigured(error.problem, FIELDS, status=error.status) from error
    if not isinstance(told, dict):
        raise Unavailable("the list of calls is not a JSON object")
    return told


def _record(row: Told, ways: dict[str, str]) -> Record:
    """A row; its key changes when the leg goes on, and with the direction of its call."""
    parent = text(row, "parent_call_sid")
    way = ways.get(parent, "") if parent else ""
    kept = without({name: value for name, value in row.items() if name != "subresource_uris"}, ())
    parts = ("call", text(row, "sid"), text(row, "status"), text(row, "date_updated"), way)
    return Record(
        kind="call", key="/".join(part or "" for part in parts), body=encode(kept), about={"way": way} if way else {}
    )


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _began(row: Told) -> datetime | None:
    return rfc2822(row, "start_time", "date_created")


def hear_row(told: Told, about: dict[str, str]) -> Heard:
    """What a row of the list says of its leg. Raises Malformed."""
    sid, parent, began = text(told, "sid"), text(told, "parent_call_sid"), _began(told)
    status = (text(told, "status") or "").lower()
    if sid is None or began is None or not status:
        raise Malformed("a leg without an id, a time or a status")
    machine, unknown = by_machine(text(told, "answered_by"))
    way, odd = direction_of(text(told, "direction"))
    unknown = (*unknown, *(odd if parent is None else ()))
    if status not in RUNNING and status != "completed" and status not in REASONS:
        unknown = (*unknown, UnknownWord("status", status))
    row = _Row(told, status, began, machine)
    facts = row.of_root(sid, way) if parent is None else row.of_child(sid, parent, about.get("way"))
    return Heard(facts=by_version(facts, rfc2822(told, "date_updated")), unknown=unknown)


class _Row:
    """A row of the list, read."""

    def __init__(self, told: Told, status: str, began: datetime, machine: bool) -> None:
        self.status, self.began = status, began
        self.duration = lasted(told, "duration")
        self.ended = rfc2822(told, "end_time") or began + timedelta(seconds=self.duration or 0)
        self.created = min(rfc2822(told, "date_created") or began, began)
        self.talked = status == "completed" and bool(self.duration) and not machine
        self.machine = machine
        self.running = status in RUNNING
        self.over = status == "completed" or status in REASONS
        self.from_, self.to = text(told, "from"), text(told, "to")
        self.trunk = (text(told, "direction") or "").startswith("trunking")

    def of_root(self, sid: str, way: Direction | None) -> Iterable[Fact]:
        """The call's own leg: a person only where the API called one, or where a trunk hands calls to a PBX."""
        incoming = way is Direction.INBOUND
        who: dict[str, Any] = {
            "direction": way,
            "caller": caller_of(self.from_) if incoming else self.from_,
            "called": self.to,
            "line": self.to if incoming else self.from_,
        }
        yield Fact(call_key=sid, stage=Stage.CREATED, at=self.began, complete=self.over, **who)
        talked = self.talked and (self.trunk or way is Direction.OUTBOUND)
        if talked:
            yield self._answer(call_key=sid)
        if self.over:
            yield self._end(call_key=sid, talked=talked, final=True, total_s=self.duration)

    def of_child(self, sid: str, parent: str, way: str | None) -> Iterable[Fact]:
        """A phone that was dialled: a colleague's, or, where the API called a colleague first, the person's."""
        person = way in OUTBOUND
        who: dict[str, Any] = (
            {"direction": Direction.OUTBOUND, "caller": self.from_, "called": self.to}
            if person
            else {"agent": agent_of(self.to)}
        )
        name: dict[str, Any] = {"call_key": parent, "same_call": (sid,)}
        yield Fact(
            stage=Stage.ENRICHED, at=self.began, complete=True, answered=False, **name, **(who if person else {})
        )
        yield Fact(leg_key=sid, stage=Stage.CREATED, at=self.created, complete=self.over, **name, **who)
        if self.talked:
            yield self._answer(leg_key=sid, **name)
        if self.over:
            rang = self.talked or self.status in RANG
            yield self._end(
                leg_key=sid,
                talked=self.talked,
                rang=True if rang else None,
                ringing_at=self.created if rang else None,
                **name,
            )

    def _answer(self, **more: Any) -> Fact:
        at = max(self.began, self.ended - timedelta(seconds=self.duration or 0))
        return Fact(stage=Stage.ANSWERED, at=at, complete=True, answered=True, **more)

    def _end(self, *, talked: bool, **more: Any) -> Fact:
        return Fact(
            stage=Stage.ENDED,
            at=max(self.ended, self.began),
            complete=True,
            ended_at=max(self.ended, self.began),
            reason=REASONS.get(self.status),
            raw_reason=self.status if self.status in REASONS else None,
            talk_s=self.duration if talked else None,
            **more,
        )
