"""Ringover's API as far as past calls go, in this process: newest first, 15 days, 204 for nothing, and bad days."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import httpx

API_KEY = "an-api-key"


class Ringover:
    """Answers ``GET /v2/calls`` of one region. ``bad_days`` are answered first; no page is longer than ``page``."""

    def __init__(
        self,
        rows: Iterable[dict[str, Any]],
        *,
        page: int = 1000,
        host: str = "public-api.ringover.com",
        bad_days: Iterable[httpx.Response] = (),
    ) -> None:
        self.rows = sorted(rows, key=lambda row: -int(row["cdr_id"]))
        self.page = page
        self.host = host
        self.bad_days = list(bad_days)
        self.asked: list[httpx.Request] = []

    def client(self) -> httpx.Client:
        return httpx.Client(transport=httpx.MockTransport(self.answer))

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if self.bad_days:
            return self.bad_days.pop(0)
        if request.headers.get("authorization") != API_KEY:
            return httpx.Response(401)
        if request.url.host != self.host or request.url.path != "/v2/calls":
            return httpx.Response(404)
        asked = {name: values[0] for name, values in parse_qs(request.url.query.decode()).items()}
        since, until = (datetime.fromisoformat(asked[name]) for name in ("start_date", "end_date"))
        if since.tzinfo is None or until - since > timedelta(days=15):
            return httpx.Response(400, json={"error": "invalid dates"})
        size = min(int(asked.get("limit_count", 100)), self.page)
        before = int(asked.get("last_id_returned", 10**18))
        found = [row for row in self.rows if since <= datetime.fromisoformat(row["start_time"]) <= until]
        shown = [row for row in found if int(row["cdr_id"]) < before][:size]
        if not shown:
            return httpx.Response(204)
        counts = {"total_call_count": len(found), "call_list_count": len(shown), "limit_count_setted": size}
        return httpx.Response(200, json={"user_id": 1, "team_id": 2, **counts, "call_list": shown})
