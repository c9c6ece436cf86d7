"""An OVH in the process: its signed API with lines and consumption records, and its stream of events in both dialects.

It misbehaves as told: clocks that differ, 429 and 5xx, sessions that are forgotten, records that vanish.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import unquote

import httpx

from decroche.connector_kit.http import Http
from decroche.connectors.ovh.api import signature

KEY, SECRET, CONSUMER, ACCOUNT = "app-key", "app-secret", "consumer-key", "ab12345-ovh-1"
SETTINGS = {
    "application_key": KEY,
    "application_secret": SECRET,
    "consumer_key": CONSUMER,
    "billing_account": ACCOUNT,
}
NOW = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)


class Ovh:
    """``services``: consumption records by line and list; ``events``: what each poll tells, in order."""

    def __init__(self) -> None:
        self.services: dict[str, dict[str, list[dict[str, Any]]]] = {}
        self.events: list[list[dict[str, Any]]] = []
        self.tokens: set[str] = {"known-token"}
        self.account_tokens: dict[str, str] = {}
        self.sessions: dict[str, set[str]] = {}
        self.asked: list[str] = []
        self.now = NOW
        #: Answers to give instead of one's own, first come first served.
        self.instead: list[httpx.Response] = []
        self.vanished: set[int] = set()

    def client(self) -> Http:
        """A client that speaks to this OVH only."""
        return Http(httpx.Client(transport=httpx.MockTransport(self.answer)))

    def answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.asked.append(f"{request.method} {path}")
        if self.instead and path != "/1.0/auth/time":
            return self.instead.pop(0)
        if request.url.host == "events.voip.ovh.net":
            return self._stream(request)
        assert request.url.host == "eu.api.ovh.com"
        self.now += timedelta(seconds=20)
        dated = {"date": format_datetime(self.now, usegmt=True)}
        if path == "/1.0/auth/time":
            return httpx.Response(200, text=str(int(self.now.timestamp())), headers=dated)
        if not self._is_signed(request):
            return httpx.Response(403, json={"message": "Invalid signature"}, headers=dated)
        status, told = self._api(request)
        return httpx.Response(status, json=told, headers=dated)

    def _is_signed(self, request: httpx.Request) -> bool:
        timestamp = int(request.headers["x-ovh-timestamp"])
        wanted = signature(
            secret=SECRET,
            consumer=CONSUMER,
            method=request.method,
            url=str(request.url),
            body=request.content.decode(),
            timestamp=timestamp,
        )
        fresh = abs(self.now.timestamp() - timestamp) <= 30
        return fresh and request.headers["x-ovh-signature"] == wanted and request.headers["x-ovh-application"] == KEY

    def _api(self, request: httpx.Request) -> tuple[int, Any]:
        parts = [unquote(part) for part in request.url.path.split("/")[2:]]
        if parts[:2] != ["telephony", ACCOUNT]:
            return 404, {"message": "This service does not exist"}
        rest = parts[2:]
        if rest[-1] == "eventToken":
            name = "/".join(rest[:-1])
            if request.method == "POST":
                assert json.loads(request.content)["expiration"] in ("1 day", "30 days", "unlimited")
                self.account_tokens[name] = f"made-{len(self.account_tokens)}"
                self.tokens.add(self.account_tokens[name])
            token = self.account_tokens.get(name)
            return (200, token) if token else (404, {"message": "The requested object does not exist"})
        if rest == ["service"]:
            return 200, list(self.services)
        kept = self.services.get(rest[1], {}).get(rest[2], [])
        if len(rest) == 3:
            begin, end = (datetime.fromisoformat(request.url.params[f"creationDatetime.{x}"]) for x in ("from", "to"))
            found = [each for each in kept if begin <= datetime.fromisoformat(each["creationDatetime"]) <= end]
            return 200, [each["consumptionId"] for each in reversed(found)]
        for each in kept:
            if each["consumptionId"] == int(rest[3]) and int(rest[3]) not in self.vanished:
                return 200, each
        return 404, {"message": "The requested object does not exist"}

    def _stream(self, request: httpx.Request) -> httpx.Response:
        parts = request.url.path.strip("/").split("/")
        if parts == [""]:
            if request.url.params["token"] not in self.tokens:
                return httpx.Response(403, json={"Message": "Invalid token"})
            session = request.url.params.get("session", "first-1")
            if session not in ("first-1",):
                return httpx.Response(404, json={"Message": "Unknown session"})
            return httpx.Response(200, json={"Session": session, "Message": "", "Events": self._next()})
        if parts == ["v2", "session"]:
            name = f"second-{len(self.sessions)}"
            self.sessions[name] = set()
            return httpx.Response(200, json={"id": name, "creation": "2026-05-20T12:00:00Z"})
        if parts[2] not in self.sessions:
            return httpx.Response(404, json={"message": "session not found"})
        if parts[3] == "subscribe":
            if unquote(parts[4]) not in self.tokens:
                return httpx.Response(401, json={"message": "token refused"})
            self.sessions[parts[2]].add(unquote(parts[4]))
            return httpx.Response(200, text=f"Successfully subscribed on token {parts[4]}")
        told = self._next()
        return httpx.Response(200, json=told) if told else httpx.Response(204)

    def _next(self) -> list[dict[str, Any]]:
        return self.events.pop(0) if self.events else []


def consumption(
    id: int, began: datetime, *, lasted: int = 0, line: str = "0033199000002", **more: Any
) -> dict[str, Any]:
    """A record of an incoming call."""
    return {
        "consumptionId": id,
        "creationDatetime": began.isoformat(),
        "calling": "0033639980001",
        "called": line,
        "dialed": line,
        "duration": lasted,
        "wayType": "incoming",
        **more,
    }


def event(name: str, *, token: str = "known-token", second: int = 1777885925, **data: str) -> dict[str, Any]:
    """An event of the second dialect."""
    return {
        "event": name,
        "token": token,
        "service": "queues",
        "ressource": "0033199000010",
        "timestamp": second,
        "data": {"Action": name, "QueueMemberSessionUUID": "uuid-session", "Ts": str(second), **data},
    }


def capitalised(told: dict[str, Any]) -> dict[str, Any]:
    """An event as the first dialect writes it."""
    return {name.capitalize(): value for name, value in told.items()} | {"Timestamp": told["timestamp"] * 1_000_000_000}


def busy(*statuses: int, seconds: str | None = None) -> Sequence[httpx.Response]:
    """Refusals that pass by themselves."""
    headers = {"retry-after": seconds} if seconds is not None else {}
    return [httpx.Response(status, headers=headers) for status in statuses]
