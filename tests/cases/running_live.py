"""Runs one case of a live connector: verify, keep, hear, put the call together, judge it.

A case in ``connectors/<name>/cases/live/`` is a JSON object:

- ``situation`` and ``source``: a sentence each; ``provenance``: recorded, vendor-docs or synthetic; ``situations``: the
  numbers of the shared list of situations that it shows.
- ``message``: what a caller left on the voicemail, of cases in which somebody did: {recording, text}.
- ``settings``: what a person typed at set-up; ``now``: an ISO time, where a signature looks at the clock.
- ``deliveries``: a list of {url, headers, body, method, received}, the body a text or a JSON value, ``received`` an
  ISO time (else a fixed one); or ``records``: a list of {kind, body, about}; or ``lines``: {of: the name of a LogFile,
  text: [lines]}.
- ``refused``: the name of the error that every delivery must meet; then nothing else is asked.
- ``call``: fields of the call (an object, or a list in order of start); only those it names are compared, among them
  ``progress``. ``verdict``: ``disposition`` and ``reason`` in open hours (a list for several calls). ``agents`` and
  ``unknown``: what else was heard. ``texts``: receipts and texts of people, in order, each with the fields that
  are to be compared and ``kind`` (receipt or received).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any

from decroche.connector_kit.connector import Connector, Delivery, LogFile, LongPoll, Record, Socket
from decroche.connector_kit.errors import Ignored
from decroche.model.fact import AgentFact, Fact, Heard, UnknownWord
from decroche.model.text import TextReceipt, TextReceived
from decroche.understand.live import LiveCall, live_call
from decroche.understand.missed import judge
from decroche.understand.numbers import read_number
from tests.cases.running import CONNECTORS

DEFAULT_NOW = datetime(2026, 3, 4, 13, 15, tzinfo=UTC)


def paths() -> list[Path]:
    """Every live case, in a stable order."""
    return sorted(CONNECTORS.glob("*/cases/live/*.json"))


def delivery(told: Mapping[str, Any]) -> Delivery:
    """A delivery as a case writes it."""
    body = told.get("body", "")
    raw = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    headers = {name.lower(): value for name, value in told.get("headers", {}).items()}
    received_at = datetime.fromisoformat(told["received"]) if "received" in told else DEFAULT_NOW
    method = told.get("method", "POST")
    return Delivery(url=told["url"], headers=headers, body=raw.encode(), method=method, received_at=received_at)


def records(connector: Connector, case: Mapping[str, Any]) -> list[Record]:
    """What is kept of everything that the case says; what is ignored is left out."""
    found: list[Record] = []
    events = connector.events
    for told in case.get("deliveries", ()):
        assert events is not None, f"{connector.name} has no events"
        one = delivery(told)
        events.verify(one, case["settings"], now(case))
        try:
            found.append(events.record(one))
        except Ignored:
            continue
    for number, told in enumerate(case.get("records", ())):
        body = told["body"] if isinstance(told["body"], str) else json.dumps(told["body"], ensure_ascii=False)
        key = told.get("key", str(number))
        found.append(Record(kind=told["kind"], key=key, body=body.encode(), about=told.get("about", {})))
    if lines := case.get("lines"):
        [part] = [part for part in connector.follow if part.name == lines["of"]]
        found += _followed(part, lines["text"], case.get("settings", {}))
    return found


def _followed(part: LogFile | Socket | LongPoll, lines: Iterable[str], settings: Mapping[str, str]) -> list[Record]:
    """What is kept of lines that stand in a log, or that came over one connection."""
    if isinstance(part, Socket):
        said = part.converse(settings).received("".join(f"{line}\r\n" for line in lines).encode())
        return [each for each in said if isinstance(each, Record)]
    assert isinstance(part, LogFile)
    found: list[Record] = []
    for line in lines:
        try:
            found.append(part.record(line))
        except Ignored:
            continue
    return found


def now(case: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(case["now"]) if "now" in case else DEFAULT_NOW


def heard(connector: Connector, kept: Iterable[Record], case: Mapping[str, Any]) -> Heard:
    """Everything that the records say."""
    assert connector.hear is not None
    settings = connector.open_settings(case.get("settings", {}))
    facts: list[Fact] = []
    agents: list[AgentFact] = []
    texts: list[TextReceived | TextReceipt] = []
    unknown: list[UnknownWord] = []
    for record in kept:
        try:
            said = connector.hear(record, settings)
        except Ignored:
            continue
        facts += said.facts
        agents += said.agents
        texts += said.texts
        unknown += said.unknown
    return Heard(facts=tuple(facts), agents=tuple(agents), texts=tuple(texts), unknown=tuple(unknown))


def calls(facts: Iterable[Fact]) -> list[LiveCall]:
    """The calls of the facts, facts that share an id joined, in order of start."""
    groups: list[tuple[set[str], list[Fact]]] = []
    for fact in facts:
        ids = {fact.call_key, *fact.same_call}
        mine = [fact]
        for group in [group for group in groups if group[0] & ids]:
            groups.remove(group)
            ids |= group[0]
            mine += group[1]
        groups.append((ids, mine))
    return sorted((live_call(mine) for _, mine in groups), key=lambda live: (live.call.started_at, live.call.call_key))


def shown(live: LiveCall) -> dict[str, Any]:
    """A live call as a case writes it."""
    fields = {name: getattr(live.call, name) for name in type(live.call).__slots__}
    fields |= {"progress": live.progress, "answered_at": live.answered_at, "other": live.other}
    return {name: _plain(value) for name, value in fields.items()}


def shown_text(said: TextReceived | TextReceipt) -> dict[str, Any]:
    """A text as a case writes it."""
    fields = {name: _plain(getattr(said, name)) for name in type(said).__slots__}
    return {"kind": "receipt" if isinstance(said, TextReceipt) else "received", **fields}


def verdict(live: LiveCall, country: str) -> dict[str, Any]:
    """Disposition and reason of a live call, in hours in which the business is open."""
    party = read_number(live.call.caller, region=country)
    found = judge(live.call, caller=party.kind, closed=False)
    return {"disposition": str(found.disposition), "reason": None if found.reason is None else str(found.reason)}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Enum) else value
