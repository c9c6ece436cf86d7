"""Twilio's list of calls in this process: pages with a token, newest first, and bad days."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qs

import httpx

ACCOUNT, AUTH_TOKEN = "AC00000000000000000000000000000000", "12345"
_CALLS = f"/2010-04-01/Accounts/{ACCOUNT}/Calls"


def row(sid: str, began: datetime, **more: Any) -> dict[str, Any]:
    """A row of the list as the API writes it."""
    started = format_datetime(began.astimezone(UTC))
    return {
        "sid": sid, "parent_call_sid": None, "direction": "inbound", "from": "+33639980001", "to": "+33199000002",
        "status": "completed", "start_time": started, "end_time": started, "duration": "0", "answered_by": None,
        "date_created": started, "date_updated": started, "subresource_uris": {"events": "/…"},
    } | more  # fmt: skip


class Twilio:
    """Answers ``GET …/Calls.json`` and ``…/Calls/{sid}.json``. ``bad_days`` are answered first, one a request."""

    def __init__(
        self,
        rows: Iterable[dict[str, Any]],
        *,
        largest_page: int = 1000,
        bad_days: Iterable[httpx.Response] = (),
        user: str = ACCOUNT,
        password: str = AUTH_TOKEN,
    ) -> None:
        self.rows = sorted(rows, key=lambda row: parsedate_to_datetime(row["start_time"]), reverse=True)
        self.largest_page = largest_page
        self.bad_days = list(bad_days)
        self.key = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        self.asked: list[httpx.Request] = []

    def client(self) -> httpx.Client:
        return httpx.Client(transport=httpx.MockTransport(self.answer))

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if self.bad_days:
            return self.bad_days.pop(0)
        if request.headers.get("authorization") != self.key:
            return httpx.Response(401, json={"code": 20003, "message": "Authenticate", "status": 401})
        path = request.url.path
        if path == f"{_CALLS}.json":
            return self._page({name: values[0] for name, values in parse_qs(request.url.query.decode()).items()})
        one = [row for row in self.rows if path == f"{_CALLS}/{row['sid']}.json"]
        return httpx.Response(200, json=one[0]) if one else httpx.Response(404, json={"code": 20404, "status": 404})

    def _page(self, asked: dict[str, str]) -> httpx.Response:
        since, until = (datetime.fromisoformat(asked[name]) for name in ("StartTime>", "StartTime<"))
        # Both bounds are met by the call at the bound itself.
        found = [row for row in self.rows if since <= parsedate_to_datetime(row["start_time"]) <= until]
        size, page = min(int(asked["PageSize"]), self.largest_page), int(asked.get("Page", 0))
        uri = None
        if (page + 1) * size < len(found):
            bounds = f"StartTime%3E={asked['StartTime>']}&StartTime%3C={asked['StartTime<']}"
            uri = f"{_CALLS}.json?{bounds}&PageSize={size}&Page={page + 1}&PageToken=PA{page + 1}"
        shown = found[page * size : (page + 1) * size]
        return httpx.Response(200, json={"calls": shown, "page": page, "page_size": size, "next_page_uri": uri})
