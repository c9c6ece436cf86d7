"""Zendesk in this process: tickets and people that change, tickets and comments that are written; bad days."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import httpx

SETTINGS = {"subdomain": "garage", "email": "bot@garage.example", "api_token": "a-token"}
BEGAN = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)
_KEY = "Basic " + base64.b64encode(b"bot@garage.example/token:a-token").decode()


class Zendesk:
    """Answers the API. ``bad_days`` are answered first; ``lose_answers`` counts writes that are done and not answered.

    What is written changes a ticket, so that the export tells it again.
    """

    def __init__(self, *, largest_page: int = 1000) -> None:
        self.largest_page = largest_page
        self.tickets: dict[int, dict[str, Any]] = {}
        self.comments: dict[int, list[dict[str, Any]]] = {}
        self.people: dict[str, dict[str, Any]] = {}
        self.feed: list[int] = []
        self.asked: list[httpx.Request] = []
        self.bad_days: list[httpx.Response] = []
        self.lose_answers = 0
        self.good = True
        self.clock: Callable[[], datetime] = lambda: BEGAN

    def client(self) -> httpx.Client:
        return httpx.Client(transport=httpx.MockTransport(self.answer))

    def person(self, ref: str, number: str, **more: Any) -> None:
        self.people[ref] = {"id": int(ref), "phone": number, "active": True, "shared_phone_number": False} | more

    def ticket(self, requester: str, *, status: str = "open", **more: Any) -> int:
        """Make a ticket of somebody."""
        id = 9000 + len(self.tickets)
        self.tickets[id] = {"id": id, "requester_id": int(requester), "status": status} | more
        self.comments[id] = []
        self.feed.append(id)
        return id

    def written(self) -> list[str]:
        """What stands in all comments."""
        return [str(each["body"]) for comments in self.comments.values() for each in comments]

    def answer(self, request: httpx.Request) -> httpx.Response:
        assert request.url.host == "garage.zendesk.com"
        self.asked.append(request)
        if self.bad_days:
            return self.bad_days.pop(0)
        if not self.good or request.headers["authorization"] != _KEY:
            return httpx.Response(401, json={"error": "Couldn't authenticate you"})
        path = request.url.path.removeprefix("/api/v2")
        query = {name: values[0] for name, values in parse_qs(request.url.query.decode()).items()}
        if request.method in ("POST", "PUT"):
            return self._write(request, path)
        if path == "/incremental/tickets/cursor.json":
            return self._exported(query)
        if path == "/users/show_many.json":
            found = [self.people[ref] for ref in query["ids"].split(",") if ref in self.people]
            return httpx.Response(200, json={"users": found})
        if path == "/tickets.json":
            mine = [each for each in self.tickets.values() if each.get("external_id") == query["external_id"]]
            return httpx.Response(200, json={"tickets": mine})
        if path.endswith("/comments.json"):
            return httpx.Response(200, json={"comments": self.comments[int(path.split("/")[2])]})
        requester = int(path.split("/")[2])
        theirs = [each for each in reversed(self.tickets.values()) if each["requester_id"] == requester]
        return httpx.Response(200, json={"tickets": theirs[: int(query["per_page"])]})

    def _exported(self, query: dict[str, str]) -> httpx.Response:
        if "cursor" in query and not query["cursor"].isdigit():
            return httpx.Response(400, json={"error": "InvalidValue"})
        begin = int(query.get("cursor", "0"))
        end = min(begin + self.largest_page, len(self.feed))
        rows = [self.tickets[id] for id in self.feed[begin:end]]
        told = {"tickets": rows, "after_cursor": str(end), "end_of_stream": end >= len(self.feed)}
        return httpx.Response(200, json=told)

    def _write(self, request: httpx.Request, path: str) -> httpx.Response:
        given = json.loads(request.content)["ticket"]
        comment = given.pop("comment")
        assert comment["public"] is False
        if request.method == "POST":
            id = self.ticket(str(given.pop("requester_id")), **given)
        else:
            id = int(path.split("/")[2].removesuffix(".json"))
            self.feed.append(id)
        self.comments[id].append(comment)
        if self.lose_answers:
            self.lose_answers -= 1
            raise httpx.ReadTimeout("nothing came", request=request)
        return httpx.Response(201, json={"ticket": self.tickets[id]})
