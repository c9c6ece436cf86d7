"""Google Sheets in this process: signed assertions, tokens that end, tabs with limits, and its bad days."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, unquote

import httpx
import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

ID = "1aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789"
EMAIL = "decroche@projet.iam.gserviceaccount.com"
_PRIVATE = rsa.generate_private_key(public_exponent=65537, key_size=2048)
_RANGE = re.compile(r"'([^']+)'!A(\d+)")
_ROWS = re.compile(r"'([^']+)'!(\d+):(\d+)")


def key_file() -> str:
    """The key as Google hands it out."""
    pem = _PRIVATE.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    told = {
        "type": "service_account", "project_id": "projet", "private_key_id": "k1", "private_key": pem.decode(),
        "client_email": EMAIL, "token_uri": "https://oauth2.googleapis.com/token",
    }  # fmt: skip
    return json.dumps(told)


class Google:
    """Answers both hosts. ``bad_days`` are answered first; ``lose_answers`` counts writes done and not answered."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.tabs: dict[str, dict[str, Any]] = {}
        self.asked: list[tuple[str, Any]] = []
        self.bad_days: list[httpx.Response] = []
        self.lose_answers = 0
        self.shared = True
        self.ended: set[str] = set()
        self._tokens: dict[str, datetime] = {}

    def cells(self, title: str) -> list[list[Any]]:
        """What stands in a tab, without empty rows at its end."""
        rows: list[list[Any]] = [list(row) for row in self.tabs[title]["cells"]]
        while rows and not any(cell != "" for cell in rows[-1]):
            rows.pop()
        return rows

    def writes(self) -> list[Any]:
        return [body for path, body in self.asked if path.endswith("values:batchUpdate")]

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self.answer)

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == "oauth2.googleapis.com":
            return self._token(request)
        path = unquote(request.url.path)
        body = json.loads(request.content) if request.content else None
        self.asked.append((path, body))
        if self.bad_days:
            return self.bad_days.pop(0)
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self._tokens.get(token, self.clock()) <= self.clock() or token in self.ended:
            return httpx.Response(401, json={"error": {"status": "UNAUTHENTICATED"}})
        if not path.startswith(f"/v4/spreadsheets/{ID}"):
            return httpx.Response(404, json={"error": {"status": "NOT_FOUND"}})
        if not self.shared:
            return httpx.Response(403, json={"error": {"status": "PERMISSION_DENIED"}})
        told = self._done(path.removeprefix(f"/v4/spreadsheets/{ID}"), body)
        if body is not None and self.lose_answers and told.status_code == 200:
            self.lose_answers -= 1
            raise httpx.ReadTimeout("lost", request=request)
        return told

    def _token(self, request: httpx.Request) -> httpx.Response:
        form = parse_qs(request.content.decode())
        assert form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
        url = "https://oauth2.googleapis.com/token"
        options: Any = {"verify_exp": False, "verify_iat": False}
        try:
            claims = jwt.decode(
                form["assertion"][0], _PRIVATE.public_key(), algorithms=["RS256"], audience=url, options=options
            )
        except jwt.PyJWTError:
            return httpx.Response(400, json={"error": "invalid_grant"})
        begun = datetime.fromtimestamp(claims["iat"], UTC)
        if (
            claims["iss"] != EMAIL
            or abs(begun - self.clock()) > timedelta(minutes=5)
            or "spreadsheets" not in claims["scope"]
        ):
            return httpx.Response(400, json={"error": "invalid_grant"})
        token = f"ya29.{len(self._tokens)}"
        self._tokens[token] = self.clock() + timedelta(seconds=3599)
        return httpx.Response(200, json={"access_token": token, "expires_in": 3599, "token_type": "Bearer"})

    def _done(self, path: str, body: Any) -> httpx.Response:
        if path == "":
            sheets = [
                {"properties": {"sheetId": tab["id"], "title": title, "gridProperties": tab["grid"]}}
                for title, tab in self.tabs.items()
            ]
            return httpx.Response(200, json={"sheets": sheets})
        if path == ":batchUpdate":
            (request,) = body["requests"]
            return self._changed(request)
        if path == "/values:batchUpdate":
            assert body["valueInputOption"] == "RAW"
            return self._written(body["data"])
        if path == "/values:batchClear":
            for told in body["ranges"]:
                found = _ROWS.fullmatch(told)
                assert found is not None
                for row in self.tabs[found[1]]["cells"][int(found[2]) - 1 : int(found[3])]:
                    row[:] = [""] * len(row)
            return httpx.Response(200, json={})
        return httpx.Response(404, json={})

    def _changed(self, request: Any) -> httpx.Response:
        if "addSheet" in request:
            told = request["addSheet"]["properties"]
            if told["title"] in self.tabs:
                return httpx.Response(400, json={"error": {"message": "already exists"}})
            grid = told["gridProperties"]
            cells = [[""] * grid["columnCount"] for _ in range(grid["rowCount"])]
            self.tabs[told["title"]] = {"id": len(self.tabs) + 7, "grid": dict(grid), "cells": cells}
            return httpx.Response(200, json={})
        told = request["updateSheetProperties"]["properties"]
        tab = next(each for each in self.tabs.values() if each["id"] == told["sheetId"])
        tab["grid"].update(told["gridProperties"])
        for row in tab["cells"]:
            row += [""] * (tab["grid"]["columnCount"] - len(row))
        more = tab["grid"]["rowCount"] - len(tab["cells"])
        tab["cells"] += [[""] * tab["grid"]["columnCount"] for _ in range(more)]
        return httpx.Response(200, json={})

    def _written(self, data: Any) -> httpx.Response:
        for each in data:
            found = _RANGE.fullmatch(each["range"])
            assert found is not None
            cells = self.tabs[found[1]]["cells"]
            first = int(found[2]) - 1
            if first + len(each["values"]) > len(cells) or len(each["values"][0]) > len(cells[0]):
                return httpx.Response(400, json={"error": {"message": "exceeds grid limits"}})
            for at, row in enumerate(each["values"], first):
                for place, value in enumerate(row):
                    if value is not None:  # a null leaves the cell as it is
                        cells[at][place] = value
        return httpx.Response(200, json={})
