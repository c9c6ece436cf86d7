"""HubSpot in this process: deals and contacts that change, are deleted and merged; what is written; its bad days."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import httpx

TOKEN = "pat-eu1-a-token"
SETTINGS = {"token": TOKEN}
RENEWED = {"client_id": "an-app", "client_secret": "a-secret", "refresh_token": "a-refresh-token"}
BEGAN = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)
_OPEN, _WON, _LOST = ("false", "false"), ("true", "true"), ("true", "false")
STATES = {"open": _OPEN, "won": _WON, "lost": _LOST}


def stamp(moment: datetime) -> str:
    """A moment as HubSpot writes it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class HubSpot:
    """Answers the API. ``bad_days`` are answered first; ``lose_answers`` counts writes that are done and not answered.

    ``clock`` is the server's own; what is written beside a deal touches it, as HubSpot does.
    """

    def __init__(self, *, largest_page: int = 100, clock: Callable[[], datetime] | None = None) -> None:
        self.largest_page = largest_page
        self.deals: dict[str, dict[str, Any]] = {}
        self.contacts: dict[str, dict[str, Any]] = {}
        self.written: dict[str, dict[str, dict[str, str]]] = {"calls": {}, "notes": {}, "tasks": {}}
        self.beside: list[tuple[str, str, str, str]] = []
        self.properties: dict[str, set[str]] = {"calls": set(), "notes": set(), "tasks": set()}
        self.asked: list[httpx.Request] = []
        self.bad_days: list[httpx.Response] = []
        self.lose_answers = 0
        self.logins = 0
        self.good = TOKEN
        self._clock = clock or (lambda: BEGAN)
        self._numbers = 500

    def client(self) -> httpx.Client:
        return httpx.Client(transport=httpx.MockTransport(self.answer))

    def deal(self, ref: str, *contacts: str, state: str = "open", at: datetime | None = None, **more: str) -> None:
        """Make or change a deal."""
        closed, won = STATES[state]
        at = at or self._clock()
        before = self.deals.get(ref, {"properties": {}})["properties"]
        told = {
            "dealname": f"Affaire {ref}", "amount": "1500.00", "deal_currency_code": "EUR",
            "dealstage": "s1", "pipeline": "default", "createdate": stamp(BEGAN), "closedate": stamp(BEGAN),
            "hubspot_owner_id": "7", "hs_is_closed": closed, "hs_is_closed_won": won,
        }  # fmt: skip
        self.deals[ref] = {
            "id": ref,
            "properties": told | before | {"hs_is_closed": closed, "hs_is_closed_won": won} | more
            | {"hs_lastmodifieddate": stamp(at)},
            "contacts": list(contacts) or self.deals.get(ref, {}).get("contacts", []),
            "archivedAt": None,
        }  # fmt: skip

    def delete(self, ref: str, at: datetime | None = None) -> None:
        self.deals[ref]["archivedAt"] = stamp(at or self._clock())

    def merge(self, ref: str, into: str) -> None:
        """Merge two deals, as HubSpot does: one is archived, the other tells of it."""
        self.delete(ref)
        old = self.deals[into]["properties"].get("hs_merged_object_ids", "")
        self.touch(into, hs_merged_object_ids=";".join(filter(None, (old, ref))))

    def touch(self, ref: str, **more: str) -> None:
        self.deals[ref]["properties"] |= {"hs_lastmodifieddate": stamp(self._clock())} | more

    def contact(self, ref: str, *numbers: str, email: str = "") -> None:
        told = dict(zip(("mobilephone", "phone"), numbers, strict=False)) | {"email": email}
        self.contacts[ref] = {"id": ref, "properties": told}

    def merge_contacts(self, ref: str, into: str) -> None:
        del self.contacts[ref]
        self.contacts[into]["properties"]["hs_calculated_merged_vids"] = f"{ref}:1462216307945"

    def writes(self, kind: str = "calls") -> list[dict[str, str]]:
        return list(self.written[kind].values())

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if self.bad_days:
            return self.bad_days.pop(0)
        path, method = request.url.path, request.method
        if path == "/oauth/v1/token":
            return self._log_in(parse_qs(request.content.decode()))
        if request.headers.get("authorization") != f"Bearer {self.good}":
            return httpx.Response(401, json={"status": "error", "category": "EXPIRED_AUTHENTICATION"})
        told = json.loads(request.content) if request.content else {}
        query = {name: values[0] for name, values in parse_qs(request.url.query.decode()).items()}
        parts = path.strip("/").split("/")
        if path == "/crm/v3/objects/deals":
            return self._list(query)
        if path == "/crm/v3/objects/deals/search":
            return self._search(told)
        if path == "/crm/v4/associations/deals/contacts/batch/read":
            return self._associations(told)
        if path == "/crm/v3/objects/contacts/batch/read":
            wanted = [each["id"] for each in told["inputs"]]
            return httpx.Response(200, json={"results": self._people(wanted)})
        if path == "/crm/v3/pipelines/deals":
            stages = [{"id": "s1", "label": "Devis envoyé"}]
            return httpx.Response(200, json={"results": [{"id": "default", "label": "Ventes", "stages": stages}]})
        if path == "/crm/v3/owners":
            person = {"id": "7", "firstName": "Anne", "lastName": "Martin"}
            return httpx.Response(200, json={"results": [person]})
        if parts[:3] == ["crm", "v3", "properties"]:
            return self._property(method, parts[3], parts[4:], told)
        if parts[:3] == ["crm", "v3", "objects"] and parts[4:] == ["batch", "upsert"]:
            return self._upsert(request, parts[3], told)
        if parts[:3] == ["crm", "v4", "objects"] and method == "PUT":
            return self._beside(parts[3], parts[4], parts[7], parts[8])
        return httpx.Response(404, json={"status": "error", "message": path})

    def _log_in(self, form: dict[str, list[str]]) -> httpx.Response:
        if form != {"grant_type": ["refresh_token"], **{key: [value] for key, value in RENEWED.items()}}:
            return httpx.Response(400, json={"status": "BAD_REFRESH_TOKEN"})
        self.logins += 1
        self.good = f"access-{self.logins}"
        return httpx.Response(200, json={"access_token": self.good, "expires_in": 1800, "token_type": "bearer"})

    def _list(self, query: dict[str, str]) -> httpx.Response:
        archived = query["archived"] == "true"
        rows = [each for each in self.deals.values() if bool(each["archivedAt"]) is archived]
        return self._page(sorted(rows, key=lambda each: int(each["id"])), query.get("after"), int(query["limit"]))

    def _search(self, told: dict[str, Any]) -> httpx.Response:
        [[since]] = [group["filters"] for group in told["filterGroups"]]
        assert (since["propertyName"], since["operator"]) == ("hs_lastmodifieddate", "GTE")
        least = datetime.fromtimestamp(int(since["value"]) / 1000, UTC)
        rows = [
            each
            for each in self.deals.values()
            if each["archivedAt"] is None and datetime.fromisoformat(each["properties"]["hs_lastmodifieddate"]) >= least
        ]
        rows.sort(key=lambda each: str(each["properties"]["hs_lastmodifieddate"]))
        return self._page(rows, told.get("after"), told["limit"])

    def _page(self, rows: list[dict[str, Any]], after: str | None, limit: int) -> httpx.Response:
        begin = int(after or 0)
        end = begin + min(limit, self.largest_page)
        shown = [{name: each[name] for name in ("id", "properties", "archivedAt")} for each in rows[begin:end]]
        more = {"paging": {"next": {"after": str(end)}}} if end < len(rows) else {}
        return httpx.Response(200, json={"results": shown, **more})

    def _associations(self, told: dict[str, Any]) -> httpx.Response:
        rows = [
            {"from": {"id": ref}, "to": [{"toObjectId": int(to), "associationTypes": []} for to in contacts]}
            for each in told["inputs"]
            if (contacts := self.deals.get(ref := each["id"], {}).get("contacts"))
        ]
        return httpx.Response(207 if len(rows) < len(told["inputs"]) else 200, json={"results": rows})

    def _people(self, wanted: Iterable[str]) -> list[dict[str, Any]]:
        """Those asked for; who was merged is answered by the one that remains."""
        found = []
        for ref in wanted:
            if ref in self.contacts:
                found.append(self.contacts[ref])
            found += [
                each
                for each in self.contacts.values()
                if each["properties"].get("hs_calculated_merged_vids", "").startswith(f"{ref}:")
            ]
        return found

    def _property(self, method: str, kind: str, rest: list[str], told: dict[str, Any]) -> httpx.Response:
        if method == "POST":
            assert told["hasUniqueValue"] is True and told["groupName"] == f"{kind}_group"
            self.properties[kind].add(told["name"])
            return httpx.Response(201, json=told)
        if rest == ["hs_timestamp"] or rest[0] in self.properties[kind]:
            return httpx.Response(200, json={"name": rest[0], "groupName": f"{kind}_group"})
        return httpx.Response(404, json={"status": "error", "category": "OBJECT_NOT_FOUND"})

    def _upsert(self, request: httpx.Request, kind: str, told: dict[str, Any]) -> httpx.Response:
        [each] = told["inputs"]
        assert each["idProperty"] in self.properties[kind]
        known = next((ref for ref, row in self.written[kind].items() if row["decroche_key"] == each["id"]), None)
        if known is None:
            self._numbers += 1
            known = str(self._numbers)
        self.written[kind][known] = each["properties"]
        if self.lose_answers:
            self.lose_answers -= 1
            raise httpx.ReadTimeout("nothing came", request=request)
        return httpx.Response(200, json={"status": "COMPLETE", "results": [{"id": known}]})

    def _beside(self, kind: str, ref: str, other: str, id: str) -> httpx.Response:
        if id not in (self.contacts if other == "contacts" else self.deals):
            return httpx.Response(404, json={"status": "error", "category": "OBJECT_NOT_FOUND"})
        self.beside.append((kind, ref, other, id))
        if other == "deals":
            self.touch(id)
        return httpx.Response(200, json={"status": "COMPLETE"})


def slow_down(seconds: int = 10) -> httpx.Response:
    """What HubSpot answers to who asks too often."""
    told = {"status": "error", "errorType": "RATE_LIMIT", "policyName": "TEN_SECONDLY_ROLLING"}
    return httpx.Response(429, headers={"Retry-After": str(seconds)}, json=told)


LATER = timedelta(minutes=5)
