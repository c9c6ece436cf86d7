"""Zendesk Talk: full pages are followed, the last one ends it, people are asked for once, refusals are told."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from decroche.connector_kit.errors import Misconfigured, Unavailable
from decroche.connector_kit.http import Http
from decroche.connectors.zendesk_talk.history import fetch

SETTINGS = {"subdomain": "garage", "email": "bot@garage.example", "api_token": "a-token"}
BEGIN = datetime(2026, 3, 4, tzinfo=UTC)
END = BEGIN + timedelta(days=1)


def row(number: int) -> dict[str, Any]:
    at = BEGIN + timedelta(seconds=number)
    return {"id": number, "created_at": at.isoformat(), "updated_at": at.isoformat(), "customer_id": number % 3}


class Talk:
    """Answers from so many calls, a thousand at a time, from the second on that is asked for."""

    def __init__(self, count: int) -> None:
        self.rows = [row(number) for number in range(count)]
        self.asked: list[str] = []
        self.bad: list[httpx.Response] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        if self.bad:
            return self.bad.pop(0)
        if request.url.path.endswith("show_many.json"):
            ids = request.url.params["ids"].split(",")
            return httpx.Response(200, json={"users": [{"id": int(id), "phone": f"+3363998000{id}"} for id in ids]})
        start = int(request.url.params["start_time"]) - int(BEGIN.timestamp())
        rows = self.rows[start : start + 1000]
        told = {"calls": rows, "next_page": "https://garage.zendesk.com/again", "count": len(rows)}
        return httpx.Response(200, json=told)

    def http(self) -> Http:
        return Http(httpx.Client(transport=httpx.MockTransport(self.answer)))


def test_all_pages_are_read_once_with_who_called() -> None:
    server, place = Talk(1500), None
    found: dict[str, Any] = {}
    http = server.http()
    for _ in range(5):
        page = fetch(http, SETTINGS, BEGIN, END, place)
        found |= {record.key: json.loads(record.body) for record in page.records}
        if (place := page.next) is None:
            break
    assert place is None and len(found) == 1500
    assert {told["caller"]["number"] for told in found.values()} == {f"+3363998000{id}" for id in range(3)}
    assert server.asked.count("/api/v2/users/show_many.json") == 2


def test_calls_outside_of_the_period_are_left_out() -> None:
    page = fetch(Talk(10).http(), SETTINGS, BEGIN + timedelta(seconds=4), BEGIN + timedelta(seconds=6), None)
    assert [json.loads(record.body)["id"] for record in page.records] == [4, 5] and page.next is None


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(429, headers={"retry-after": "40"}), Unavailable),
        (httpx.Response(200, content=b"<html>"), Unavailable),
        (httpx.Response(200, json={"calls": None}), Unavailable),
        (httpx.Response(401, json={"error": "no"}), Misconfigured),
    ],
)
def test_refusals_are_told(answer: httpx.Response, error: type[Exception]) -> None:
    server = Talk(1)
    server.bad = [answer]
    with pytest.raises(error):
        fetch(server.http(), SETTINGS, BEGIN, END, None)
