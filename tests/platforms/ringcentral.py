"""RingCentral in this process: tokens that expire, the call log and its sync, subscriptions that are given up."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import httpx

from decroche.connector_kit.connector import Answer, Delivery

CLIENT_ID, CLIENT_SECRET, JWT = "a-client", "a-client-secret", "eyJ.a-jwt"
SETTINGS = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "jwt": JWT}
_KEY = "Basic " + base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()


def log_record(id_: str, began: datetime, **more: Any) -> dict[str, Any]:
    """A record of the call log as the API writes it."""
    stamp = began.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        "id": id_, "sessionId": "1", "telephonySessionId": f"s-{id_}", "startTime": stamp, "duration": 20,
        "type": "Voice", "direction": "Inbound", "action": "Phone Call", "result": "Missed",
        "to": {"phoneNumber": "+15145550102"}, "from": {"phoneNumber": "+15145550101"}, "extension": {"id": 101},
        "lastModifiedTime": stamp,
    } | more  # fmt: skip


class RingCentral:
    """Answers the API. ``bad_days`` are answered first, one a request; ``expire`` ends every access token."""

    def __init__(
        self,
        records: Iterable[dict[str, Any]] = (),
        *,
        largest_page: int = 1000,
        bad_days: Iterable[httpx.Response] = (),
        hook: Callable[[Delivery], Answer | None] = lambda delivery: Answer(),
    ) -> None:
        self.records = sorted(records, key=lambda record: str(record["startTime"]), reverse=True)
        self.largest_page, self.bad_days, self.hook = largest_page, list(bad_days), hook
        self.asked: list[httpx.Request] = []
        self.subscriptions: dict[str, dict[str, Any]] = {}
        self.logins, self._good, self._given = 0, "", 0
        self._synced: dict[str, int] = {}

    def client(self) -> httpx.Client:
        return httpx.Client(transport=httpx.MockTransport(self.answer))

    def expire(self) -> None:
        self._good = ""

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if self.bad_days:
            return self.bad_days.pop(0)
        path, authorization = request.url.path, request.headers.get("authorization")
        if path == "/restapi/oauth/token":
            return self._log_in(authorization, parse_qs(request.content.decode()))
        if not self._good or authorization != f"Bearer {self._good}":
            return httpx.Response(401, json={"errorCode": "TokenInvalid", "message": "OAuth token is expired"})
        asked = {name: values[0] for name, values in parse_qs(request.url.query.decode()).items()}
        if path == "/restapi/v1.0/account/~/call-log":
            return self._page(asked)
        if path == "/restapi/v1.0/account/~/call-log-sync":
            return self._sync(asked)
        if path.startswith("/restapi/v1.0/subscription"):
            return self._subscription(request, path.removeprefix("/restapi/v1.0/subscription").strip("/").split("/"))
        return httpx.Response(404, json={"errorCode": "CMN-102"})

    def _log_in(self, authorization: str | None, form: dict[str, list[str]]) -> httpx.Response:
        grant = "urn:ietf:params:oauth:grant-type:jwt-bearer"
        if authorization != _KEY or form.get("grant_type") != [grant] or form.get("assertion") != [JWT]:
            return httpx.Response(400, json={"error": "invalid_grant", "error_description": "Invalid JWT"})
        self.logins += 1
        self._good = f"access-{self.logins}"
        return httpx.Response(200, json={"access_token": self._good, "token_type": "bearer", "expires_in": 3600})

    def _page(self, asked: dict[str, str]) -> httpx.Response:
        size, page = min(int(asked["perPage"]), self.largest_page), int(asked["page"])
        found = [
            each for each in self.records
            if asked["dateFrom"] <= each["startTime"] <= asked["dateTo"] and each["type"] == asked["type"]
        ]  # fmt: skip
        shown = found[(page - 1) * size : page * size]
        navigation = {"firstPage": {"uri": "https://…"}}
        if page * size < len(found):
            navigation["nextPage"] = {"uri": "https://elsewhere.example/steal"}
        return httpx.Response(200, json={"records": shown, "navigation": navigation, "paging": {"page": page}})

    def _sync(self, asked: dict[str, str]) -> httpx.Response:
        seen = 0
        if asked["syncType"] == "ISync":
            if asked.get("syncToken") not in self._synced:
                return httpx.Response(400, json={"errorCode": "CMN-101", "message": "Parameter [syncToken] is invalid"})
            seen = self._synced[asked["syncToken"]]
        new = self.records[: len(self.records) - seen][:250]
        token = f"token-{len(self._synced) + 1}"
        self._synced[token] = len(self.records)
        return httpx.Response(200, json={"records": new, "syncInfo": {"syncType": "x", "syncToken": token}})

    def forget_syncs(self) -> None:
        self._synced.clear()

    def _subscription(self, request: httpx.Request, parts: list[str]) -> httpx.Response:
        id_ = parts[0]
        if not id_ and request.method == "GET":
            return httpx.Response(200, json={"records": list(self.subscriptions.values())})
        if not id_:
            return self._subscribe(json.loads(request.content))
        if id_ not in self.subscriptions:
            return httpx.Response(404, json={"errorCode": "CMN-102"})
        if request.method == "DELETE":
            del self.subscriptions[id_]
            return httpx.Response(204)
        known = self.subscriptions[id_]
        if parts[1:] == ["renew"]:
            ends = datetime.fromisoformat(known["expirationTime"]) + timedelta(hours=1)
            known["expirationTime"] = ends.isoformat()
        return httpx.Response(200, json=known)

    def _subscribe(self, told: dict[str, Any]) -> httpx.Response:
        mode = told["deliveryMode"]
        test = Delivery(url=mode["address"], headers={"validation-token": "a-random-word"}, body=b"")
        echoed = self.hook(test)
        if echoed is None or echoed.status != 200 or echoed.headers.get("Validation-Token") != "a-random-word":
            return httpx.Response(400, json={"errorCode": "SUB-525", "message": "WebHook server response is invalid"})
        self._given += 1
        known = {
            "id": f"sub-{self._given}", "status": "Active", "eventFilters": told["eventFilters"],
            "deliveryMode": mode, "expirationTime": "2026-03-11T13:00:00+00:00", "expiresIn": told["expiresIn"],
        }  # fmt: skip
        self.subscriptions[str(known["id"])] = known
        return httpx.Response(200, json=known)
