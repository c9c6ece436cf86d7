"""Ringover's API as far as past calls go, without a network: newest first, 15 days, 204 for nothing, and bad days."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import httpx

HOST = "public-api.ringover.com"
_LONGEST = timedelta(days=15)
#: Rows of a page where the question does not say how many, and before every page: larger than any id.
_USUAL_PAGE, _FIRST = 100, 10**18


class RingoverApi(httpx.BaseTransport):
    """Answers ``GET /v2/calls`` of one region to whoever knows ``key``.

    ``rows`` are those of ``ringover.listed``; with a ``clock``, a row is shown once its call has ended. ``bad_days``
    are answered first, one a question; no page is longer than ``page``. ``asked`` holds every question.
    """

    def __init__(
        self,
        rows: Iterable[dict[str, Any]] = (),
        *,
        key: str,
        clock: Callable[[], datetime] | None = None,
        page: int = 1000,
        host: str = HOST,
        bad_days: Iterable[httpx.Response] = (),
    ) -> None:
        self.rows = list(rows)
        self.key = key
        self.clock = clock
        self.page = page
        self.host = host
        self.bad_days = list(bad_days)
        self.asked: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer to a question."""
        self.asked.append(request)
        if self.bad_days:
            return self.bad_days.pop(0)
        if request.headers.get("authorization") != self.key:
            return httpx.Response(401)
        if request.url.host != self.host or request.url.path != "/v2/calls":
            return httpx.Response(404)
        asked = {name: values[0] for name, values in parse_qs(request.url.query.decode()).items()}
        since, until = (datetime.fromisoformat(asked[name]) for name in ("start_date", "end_date"))
        if since.tzinfo is None or until - since > _LONGEST:
            return httpx.Response(400, json={"error": "invalid dates"})
        size = min(int(asked.get("limit_count", _USUAL_PAGE)), self.page)
        before = int(asked.get("last_id_returned", _FIRST))
        found = [row for row in self._ended() if since <= datetime.fromisoformat(row["start_time"]) <= until]
        found.sort(key=lambda row: -int(row["cdr_id"]))
        shown = [row for row in found if int(row["cdr_id"]) < before][:size]
        if not shown:
            return httpx.Response(204)
        counts = {"total_call_count": len(found), "call_list_count": len(shown), "limit_count_setted": size}
        return httpx.Response(200, json={"user_id": 1, "team_id": 2, **counts, "call_list": shown})

    def _ended(self) -> list[dict[str, Any]]:
        now = None if self.clock is None else self.clock()
        rows = self.rows.copy()
        return [row for row in rows if now is None or datetime.fromisoformat(row["end_time"]).astimezone(UTC) <= now]
