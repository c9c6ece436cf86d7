"""Google Ads in this process: calls and costs that are restated, tokens that expire, answers that break off."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx

SETTINGS = {
    "customer_id": "123-456-7890", "login_customer_id": "999-888-7777", "developer_token": "a-developer-token",
    "client_id": "an-app", "client_secret": "a-secret", "refresh_token": "a-refresh-token",
}  # fmt: skip
BEGAN = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)
_BETWEEN = re.compile(r"segments\.date BETWEEN '([\d-]+)' AND '([\d-]+)'")


def quota(delay: str = "900s") -> httpx.Response:
    """Asked too often: the wait stands within the refusal."""
    failure = {
        "@type": "type.googleapis.com/google.ads.googleads.v26.errors.GoogleAdsFailure",
        "errors": [
            {
                "errorCode": {"quotaError": "RESOURCE_EXHAUSTED"},
                "message": "Too many requests. Retry in 900 seconds.",
                "details": {"quotaErrorDetails": {"rateScope": "ACCOUNT", "retryDelay": delay}},
            }
        ],
    }
    error = {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "Resource exhausted", "details": [failure]}
    return httpx.Response(429, json=[{"error": error}])


def refused(word: str, status: int = 403) -> httpx.Response:
    """Google names what it refuses."""
    failure = {"errors": [{"errorCode": {"authorizationError": word}, "message": "no"}]}
    error = {"code": status, "status": "PERMISSION_DENIED", "message": "no", "details": [failure]}
    return httpx.Response(status, json=[{"error": error}])


class GoogleAds:
    """Answers the API. ``bad_days`` are answered first to any question but the log-in, None: as usual."""

    def __init__(self, *, currency: str = "EUR", zone: str = "Europe/Paris", largest_part: int = 2) -> None:
        self.currency, self.zone, self.largest_part = currency, zone, largest_part
        self.calls: dict[str, dict[str, Any]] = {}
        self.costs: dict[tuple[str, str], tuple[str, int]] = {}
        self.asked: list[str] = []
        self.bad_days: list[httpx.Response | Exception | None] = []
        self.logins = 0
        self.good = ""
        self.refuse_log_in = False
        self.clock: Callable[[], datetime] = lambda: BEGAN

    def client(self) -> httpx.Client:
        return httpx.Client(transport=httpx.MockTransport(self.answer))

    def call(self, ref: str, at: datetime, *, seconds: int = 60, status: str = "RECEIVED", **more: Any) -> None:
        """A call at a moment; Google tells it by the clock of the account."""
        local = at.astimezone(ZoneInfo(self.zone))
        self.calls[ref] = {
            "callView": {
                "resourceName": f"customers/1234567890/callViews/{ref}",
                "startCallDateTime": f"{local:%Y-%m-%d %H:%M:%S}",
                "callDurationSeconds": str(seconds), "callStatus": status, **more,
            },
            "campaign": {"id": "11", "name": "Pneus"},
        }  # fmt: skip

    def cost(self, day: date, micros: int, campaign: str = "11", name: str = "Pneus") -> None:
        self.costs[day.isoformat(), campaign] = (name, micros)

    def expire(self) -> None:
        self.good = "another"

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == "oauth2.googleapis.com":
            if self.refuse_log_in:
                return httpx.Response(400, json={"error": "invalid_grant", "error_description": "Token revoked."})
            self.logins += 1
            self.good = f"access-{self.logins}"
            return httpx.Response(200, json={"access_token": self.good, "expires_in": 3599, "token_type": "Bearer"})
        assert request.url.path == "/v26/customers/1234567890/googleAds:searchStream"
        assert request.headers["developer-token"] == "a-developer-token"
        assert request.headers["login-customer-id"] == "9998887777"
        query = json.loads(request.content)["query"]
        self.asked.append(query)
        if self.bad_days and (bad := self.bad_days.pop(0)) is not None:
            if isinstance(bad, Exception):
                raise bad
            return bad
        if not self.good or request.headers["authorization"] != f"Bearer {self.good}":
            error = {"code": 401, "status": "UNAUTHENTICATED", "message": "Request had invalid credentials."}
            return httpx.Response(401, json=[{"error": error}])
        return self._streamed(list(self._rows(query)))

    def _rows(self, query: str) -> list[dict[str, Any]]:
        if "FROM customer " in query:
            return [{"customer": {"id": "1234567890", "currencyCode": self.currency, "timeZone": self.zone}}]
        found = _BETWEEN.search(query)
        assert found is not None
        first, last = found.groups()
        assert date.fromisoformat(last) - date.fromisoformat(first) <= timedelta(days=30)
        if "FROM call_view" in query:
            return [row for row in self.calls.values() if first <= row["callView"]["startCallDateTime"][:10] <= last]
        return [
            {
                "campaign": {"id": campaign, "name": name},
                "segments": {"date": day},
                "metrics": {"costMicros": str(micros)},
            }
            for (day, campaign), (name, micros) in sorted(self.costs.items())
            if first <= day <= last and micros
        ]

    def _streamed(self, rows: list[dict[str, Any]]) -> httpx.Response:
        """An answer in parts, as it comes; none for no row."""
        size = self.largest_part
        parts = [{"results": rows[begin : begin + size]} for begin in range(0, len(rows), size)]
        return httpx.Response(200, json=parts)
