"""Pipedrive in this process: deals and people that change, calls, notes and activities that are written; bad days."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import httpx

SETTINGS = {"client_id": "an-app", "client_secret": "a-secret", "refresh_token": "a-refresh-token"}
BEGAN = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)
_WRITTEN = {"/v1/callLogs": "calls", "/v1/notes": "notes", "/api/v2/activities": "tasks"}


def stamp(moment: datetime) -> str:
    """A moment as Pipedrive writes it: to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Pipedrive:
    """Answers the API. ``bad_days`` are answered first; ``lose_answers`` counts writes that are done and not answered.

    It knows no repetition: whoever writes twice has it twice.
    """

    @staticmethod
    def deal_ref(number: int) -> str:
        return str(number)

    @staticmethod
    def contact_ref(number: int) -> str:
        return str(300 + number)

    def __init__(self, *, largest_page: int = 100) -> None:
        self.largest_page = largest_page
        self.deals: dict[str, dict[str, Any]] = {}
        self.people: dict[str, dict[str, Any]] = {}
        self.written: dict[str, list[dict[str, Any]]] = {"calls": [], "notes": [], "tasks": []}
        self.asked: list[httpx.Request] = []
        self.bad_days: list[httpx.Response] = []
        self.lose_answers = 0
        self.logins = 0
        self.good = ""
        self.clock: Callable[[], datetime] = lambda: BEGAN

    def client(self) -> httpx.Client:
        return httpx.Client(transport=httpx.MockTransport(self.answer))

    def expire(self) -> None:
        self.good = "another"

    def slow_down(self) -> httpx.Response:
        return httpx.Response(429, headers={"x-ratelimit-reset": "40"}, json={"success": False})

    def deal(self, ref: str, *contacts: str, state: str = "open", amount: float = 1500) -> None:
        """Make or change a deal."""
        at = stamp(self.clock())
        person = int(contacts[0]) if contacts else self.deals.get(ref, {}).get("person_id")
        self.deals[ref] = {
            "id": int(ref), "title": f"Affaire {ref}", "value": amount, "currency": "EUR", "status": state,
            "stage_id": 5, "pipeline_id": 1, "owner_id": 71, "person_id": person, "add_time": stamp(BEGAN),
            "update_time": at, "won_time": at if state == "won" else None, "lost_time": None, "is_deleted": False,
        }  # fmt: skip

    def delete(self, ref: str) -> None:
        self.deals[ref] |= {"status": "deleted", "is_deleted": True, "update_time": stamp(self.clock())}

    def contact(self, ref: str, *numbers: str) -> None:
        phones = [{"value": number, "primary": not place} for place, number in enumerate(numbers)]
        self.people[ref] = {"id": int(ref), "phones": phones, "emails": []}

    def writes(self, kind: str = "calls") -> int:
        return len(self.written[kind])

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if self.bad_days:
            return self.bad_days.pop(0)
        path = request.url.path
        query = {name: values[0] for name, values in parse_qs(request.url.query.decode()).items()}
        if path == "/oauth/token":
            self.logins += 1
            self.good = f"access-{self.logins}"
            told = {"access_token": self.good, "api_domain": "https://garage.pipedrive.com", "expires_in": 3599}
            return httpx.Response(200, json=told)
        if not self.good or request.headers.get("authorization") != f"Bearer {self.good}":
            return httpx.Response(401, json={"success": False, "error": "unauthorized access"})
        if path == "/api/v2/deals":
            return self._deals(query)
        if path == "/api/v2/persons":
            found = [self.people[ref] for ref in query["ids"].split(",") if ref in self.people]
            return httpx.Response(200, json={"success": True, "data": found})
        if path in _WRITTEN:
            return self._write(request) if request.method == "POST" else self._listed(path, query)
        return httpx.Response(200, json={"success": True, "data": [{"id": 5, "name": "Devis"}]})

    def _deals(self, query: dict[str, str]) -> httpx.Response:
        assert query["status"] == "open,won,lost,deleted"
        since = query.get("updated_since", "")
        rows = [each for each in self.deals.values() if each["update_time"] >= since]
        rows.sort(key=lambda each: (str(each["update_time"]), int(each["id"])))
        begin = int(query.get("cursor", "0"))
        end = begin + min(int(query["limit"]), self.largest_page)
        more = {"next_cursor": str(end) if end < len(rows) else None}
        return httpx.Response(200, json={"success": True, "data": rows[begin:end], "additional_data": more})

    def _write(self, request: httpx.Request) -> httpx.Response:
        rows = self.written[_WRITTEN[request.url.path]]
        rows.append({"id": 800 + len(rows), **json.loads(request.content)})
        if self.lose_answers:
            self.lose_answers -= 1
            raise httpx.ReadTimeout("nothing came", request=request)
        return httpx.Response(201, json={"success": True, "data": rows[-1]})

    def _listed(self, path: str, query: dict[str, str]) -> httpx.Response:
        rows = self.written[_WRITTEN[path]]
        begin = int(query.get("start", "0"))
        end = begin + int(query["limit"])
        pagination = {"more_items_in_collection": end < len(rows)}
        told = {"success": True, "data": rows[begin:end], "additional_data": {"pagination": pagination}}
        return httpx.Response(200, json=told)
