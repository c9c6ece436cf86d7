"""Runs one case of a CRM's connector: what is asked, what the CRM answers, and what we make of it.

A case in ``connectors/<name>/cases/crm/`` is a JSON object:

- ``situation`` and ``source``: a sentence each; ``provenance``: recorded, vendor-docs or synthetic; ``situations``: the
  numbers of the shared list of situations that it shows.
- ``settings``: what a person typed at set-up; ``now``: an ISO time.
- ``do``: deals or ads (with ``cursor``), contacts (with ``refs``), write or find (with ``activity``).
- ``exchanges``: a list of ``ask`` {method, path, query, json, form, headers} and ``answer`` {status, headers, json}, in
  order; of an ``ask`` only what it names is compared, of query and headers only the names that are there.
- ``outcome``: of deals and contacts only the fields that it names are compared; ``ref`` of what is written or found;
  ``error`` the name of the error, with ``retry_after`` in seconds and ``fields``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx

from decroche.connector_kit.connector import Connector
from decroche.connector_kit.crm import Activity, ActivityKind
from decroche.connector_kit.errors import ConnectorError
from decroche.connector_kit.http import Http
from tests.cases.running import CONNECTORS
from tests.cases.running_live import now


def paths() -> list[Path]:
    """Every case of a CRM, in a stable order."""
    return sorted(CONNECTORS.glob("*/cases/crm/*.json"))


class Script:
    """Answers as the case says, and to nothing else."""

    def __init__(self, exchanges: list[Mapping[str, Any]]) -> None:
        self.left = list(exchanges)

    def http(self) -> Http:
        return Http(httpx.Client(transport=httpx.MockTransport(self.answer)))

    def answer(self, request: httpx.Request) -> httpx.Response:
        assert self.left, f"asked for more: {request.method} {request.url}"
        exchange = self.left.pop(0)
        ask, answer = exchange["ask"], exchange["answer"]
        assert (request.method, request.url.path) == (ask["method"], ask["path"])
        query = {name: values[0] for name, values in parse_qs(request.url.query.decode()).items()}
        assert {name: query.get(name) for name in ask.get("query", {})} == ask.get("query", {})
        assert {name: request.headers.get(name) for name in ask.get("headers", {})} == ask.get("headers", {})
        if "json" in ask:
            assert json.loads(request.content) == ask["json"]
        if "form" in ask:
            form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
            assert form == ask["form"]
        return httpx.Response(answer["status"], headers=answer.get("headers"), json=answer.get("json"))


def run(connector: Connector, case: Mapping[str, Any]) -> dict[str, Any]:
    """What becomes of the case, in the words of its ``outcome``."""
    script = Script(case["exchanges"])
    http, settings = script.http(), case["settings"]
    try:
        outcome = _done(connector, case, http, settings)
    except ConnectorError as error:
        outcome = {"error": type(error).__name__}
        for name in ("retry_after", "fields"):
            if value := getattr(error, name, None):
                outcome[name] = _plain(value)
    assert script.left == [], "asked for less than the case says"
    return outcome


def _done(connector: Connector, case: Mapping[str, Any], http: Http, settings: Mapping[str, str]) -> dict[str, Any]:
    if case["do"] == "deals":
        assert connector.deals is not None
        page = connector.deals.fetch(http, settings, case.get("cursor"), now(case))
        return {
            "deals": [_fields(each) for each in page.deals],
            "gone": [_fields(each) for each in page.gone],
            "more": page.more,
            "next": json.loads(page.next),
        }
    if case["do"] == "ads":
        assert connector.ads is not None
        days = connector.ads.fetch(http, settings, case.get("cursor"), now(case))
        rows = {"calls": [_fields(each) for each in days.calls], "spend": [_fields(each) for each in days.spend]}
        return {**_fields(days), **rows, "next": json.loads(days.next)}
    if case["do"] == "contacts":
        assert connector.contacts is not None
        read = connector.contacts.read(http, settings, case["refs"])
        return {"contacts": [_fields(each) for each in read.contacts], "gone": [_fields(each) for each in read.gone]}
    assert connector.activities is not None
    told = dict(case["activity"])
    activity = Activity(kind=ActivityKind(told.pop("kind")), at=datetime.fromisoformat(told.pop("at")), **told)
    if case["do"] == "find":
        assert connector.activities.find is not None
        return {"ref": connector.activities.find(http, settings, activity)}
    return {"ref": connector.activities.write(http, settings, activity)}


def same(found: Any, wanted: Any) -> bool:
    """Whether ``found`` is what is ``wanted``, of objects only in what is named."""
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(same(found.get(name), value) for name, value in wanted.items())
    if isinstance(wanted, list):
        return (
            isinstance(found, list)
            and len(found) == len(wanted)
            and all(same(one, other) for one, other in zip(found, wanted, strict=True))
        )
    return bool(found == wanted)


def _fields(value: Any) -> dict[str, Any]:
    return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return value.total_seconds() if hasattr(value, "total_seconds") else value
