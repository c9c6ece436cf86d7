"""Salesforce in this process: answers the questions in SOQL that we ask, keeps tasks, ends sessions; bad days."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import httpx

SERVER = "https://garage.my.salesforce.com"
SETTINGS = {"server": SERVER, "client_id": "a-key", "client_secret": "a-secret"}
BEGAN = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)
_SINCE = re.compile(
    r"WHERE \(SystemModstamp > (\S+) OR \(?SystemModstamp = \S+?(?: AND Id > '(\w+)'\))?\) ORDER BY SystemModstamp, Id"
)


def stamp(moment: datetime) -> str:
    """A moment as Salesforce writes it: to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


class Salesforce:
    """Answers the API. ``bad_days`` are answered first; ``lose_answers`` counts writes that are done and not answered.

    It knows no repetition: whoever writes twice has it twice. ``largest_page`` cuts what a question may give.
    """

    def __init__(self, *, largest_page: int = 200) -> None:
        self.largest_page = largest_page
        self.opportunities: dict[str, dict[str, Any]] = {}
        self.contacts: dict[str, dict[str, Any]] = {}
        self.tasks: list[dict[str, Any]] = []
        self.asked: list[httpx.Request] = []
        self.bad_days: list[httpx.Response] = []
        self.lose_answers = 0
        self.logins = 0
        self.good = ""
        self.clock: Callable[[], datetime] = lambda: BEGAN

    @staticmethod
    def deal_ref(number: int) -> str:
        return f"006{number:012d}AAA"

    @staticmethod
    def contact_ref(number: int) -> str:
        return f"003{number:012d}AAA"

    def client(self) -> httpx.Client:
        return httpx.Client(transport=httpx.MockTransport(self.answer))

    def expire(self) -> None:
        self.good = "another"

    def slow_down(self) -> httpx.Response:
        told = [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}]
        return httpx.Response(403, headers={"Retry-After": "40"}, json=told)

    def deal(self, ref: str, *contacts: str, state: str = "open", amount: float = 1500) -> None:
        """Make or change an opportunity."""
        before = self.opportunities.get(ref, {}).get("OpportunityContactRoles", {"records": []})
        self.opportunities[ref] = {
            "Id": ref, "Name": f"Affaire {ref}", "StageName": "Devis", "Amount": amount, "CloseDate": "2026-06-30",
            "IsClosed": state != "open", "IsWon": state == "won", "IsDeleted": False, "OwnerId": "005A",
            "Owner": {"Name": "Anne"}, "CreatedDate": stamp(BEGAN), "SystemModstamp": stamp(self.clock()),
            "OpportunityContactRoles": {"records": [{"ContactId": each} for each in contacts]} if contacts else before,
        }  # fmt: skip

    def delete(self, ref: str) -> None:
        self.opportunities[ref] |= {"IsDeleted": True, "SystemModstamp": stamp(self.clock())}

    def contact(self, ref: str, *numbers: str) -> None:
        told = dict(zip(("MobilePhone", "Phone"), numbers, strict=False))
        self.contacts[ref] = {"Id": ref, "Email": None, "IsDeleted": False, **told}

    def writes(self, kind: str = "calls") -> int:
        wanted = {"calls": ("Completed", "Call"), "tasks": ("Not Started", None)}[kind]
        return sum((each["Status"], each.get("TaskSubtype")) == wanted for each in self.tasks)

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if self.bad_days:
            return self.bad_days.pop(0)
        path = request.url.path
        if path == "/services/oauth2/token":
            self.logins += 1
            self.good = f"session-{self.logins}"
            return httpx.Response(200, json={"access_token": self.good, "instance_url": SERVER})
        if not self.good or request.headers.get("authorization") != f"Bearer {self.good}":
            return httpx.Response(401, json=[{"errorCode": "INVALID_SESSION_ID", "message": "Session expired"}])
        if path.endswith("/sobjects/Task"):
            return self._write(request)
        [soql] = parse_qs(request.url.query.decode())["q"]
        if " FROM Opportunity" in soql and " WHERE Id IN" not in soql:
            return self._page(soql)
        rows = self.tasks if " FROM Task " in soql else list(self.contacts.values())
        ids = set(re.findall("'([^']+)'", soql))
        found = [each for each in rows if {each.get("CallObject"), each["Id"]} & ids]
        return httpx.Response(200, json={"done": True, "records": found})

    def _page(self, soql: str) -> httpx.Response:
        limit = int(soql.rpartition("LIMIT ")[2])
        rows = sorted(self.opportunities.values(), key=lambda each: (each["SystemModstamp"], each["Id"]))
        if "WHERE" in soql:
            since = _SINCE.search(soql)
            assert since is not None, soql
            at, id = stamp(datetime.fromisoformat(since[1])), since[2] or ""
            rows = [each for each in rows if (each["SystemModstamp"], each["Id"]) > (at, id)]
        return httpx.Response(200, json={"done": True, "records": rows[: min(limit, self.largest_page)]})

    def _write(self, request: httpx.Request) -> httpx.Response:
        self.tasks.append({"Id": f"00T{len(self.tasks):015d}", **json.loads(request.content)})
        if self.lose_answers:
            self.lose_answers -= 1
            raise httpx.ReadTimeout("nothing came", request=request)
        return httpx.Response(201, json={"id": self.tasks[-1]["Id"], "success": True, "errors": []})
