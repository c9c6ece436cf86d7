"""Aircall's API as far as past calls go, in this process: pages, a limit of what is reachable, and bad days."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs

import httpx

API_ID, API_TOKEN = "an-id", "a-token"


class Aircall:
    """Answers ``GET /v1/calls``. ``bad_days`` are answered first, one a request.

    Each call stands for ``weight`` calls where they are counted and where what can be reached ends.
    """

    def __init__(
        self, calls: Iterable[dict[str, Any]], *, weight: int = 1, bad_days: Iterable[httpx.Response] = ()
    ) -> None:
        self.calls = sorted(calls, key=lambda call: (call["started_at"], call["id"]))
        self.weight = weight
        self.bad_days = list(bad_days)
        self.asked: list[httpx.Request] = []

    def client(self) -> httpx.Client:
        return httpx.Client(transport=httpx.MockTransport(self.answer))

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if self.bad_days:
            return self.bad_days.pop(0)
        key = base64.b64encode(f"{API_ID}:{API_TOKEN}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {key}":
            return httpx.Response(401, json={"error": "Unauthorized", "troubleshoot": "Check your API key"})
        if request.url.host != "api.aircall.io" or request.url.path != "/v1/calls":
            return httpx.Response(404, json={"error": "Not Found"})
        asked = {name: values[0] for name, values in parse_qs(request.url.query.decode()).items()}
        since, until = int(asked["from"]), int(asked["to"])
        page, size = int(asked.get("page", 1)), min(int(asked.get("per_page", 20)), 50)
        found = [call for call in self.calls if since <= call["started_at"] <= until]
        total, found = len(found) * self.weight, found[: 10_000 // self.weight]
        if asked.get("order", "asc") == "desc":
            found.reverse()
        shown = found[(page - 1) * size : page * size]
        link = str(request.url.copy_set_param("page", page + 1)) if page * size < len(found) else None
        meta = {"count": len(shown), "total": total, "current_page": page, "per_page": size, "next_page_link": link}
        return httpx.Response(200, json={"meta": {**meta, "previous_page_link": None}, "calls": shown})
