"""Google Sheets: an access token by the key of a service account, the tabs of a spreadsheet, and their cells.

Facts: developers.google.com, OAuth 2.0 for service accounts and Sheets API v4. Values are written RAW: what looks like
a formula stays text. A null would leave a cell as it was, so an empty one is an empty text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import jwt
import msgspec

from decroche.connector_kit.errors import Misconfigured, Unavailable
from decroche.connector_kit.http import Http, answered, retry_after
from decroche.model.problem import Problem

TOKEN_URL = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
API = "https://sheets.googleapis.com/v4/spreadsheets"
SCOPE = "https://www.googleapis.com/auth/spreadsheets"
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_ADDRESS = re.compile(r"https://docs\.google\.com/spreadsheets/d/([A-Za-z0-9_-]{20,100})(?:/.*)?")
_ID = re.compile(r"[A-Za-z0-9_-]{20,100}")
_LASTS = timedelta(hours=1)

Cell = str | int | float
Rows = Sequence[Sequence[Cell]]


class BadKey(ValueError):
    """Not the key of a service account, as Google hands it out (JSON)."""


def read_key(text: str) -> dict[str, str]:
    """The parts of a key that are used. Raises BadKey."""
    try:
        told = json.loads(text)
        found = {name: str(told[name]) for name in ("client_email", "private_key", "private_key_id")}
        if told.get("type") != "service_account" or "@" not in found["client_email"]:
            raise BadKey
        _assertion(found, datetime.fromisoformat("2026-01-01T00:00:00+00:00"))
    except (ValueError, KeyError, TypeError, jwt.PyJWTError):
        raise BadKey from None
    return found


def spreadsheet_of(text: str) -> str | None:
    """The id of a spreadsheet by its address, or by itself; None for anything else."""
    bare = text.strip()
    found = _ADDRESS.fullmatch(bare)
    if found is not None:
        return found[1]
    return bare if _ID.fullmatch(bare) else None


class Spreadsheet:
    """One spreadsheet, as the service account sees it. Every method raises Unavailable and Misconfigured."""

    def __init__(self, http: Http, key: Mapping[str, str], id: str, *, now: datetime) -> None:
        self._http = http
        self._key = key
        self._id = id
        self._now = now

    def tabs(self) -> dict[str, tuple[int, int, int]]:
        """The tabs by their titles: id, rows, columns."""
        told = self._ask("GET", "", params={"fields": "sheets.properties(sheetId,title,gridProperties)"})
        found = {}
        for each in told.get("sheets", []):
            properties = each.get("properties", {})
            grid = properties.get("gridProperties", {})
            sizes = (int(grid.get("rowCount", 0)), int(grid.get("columnCount", 0)))
            found[str(properties.get("title", ""))] = (int(properties.get("sheetId", 0)), *sizes)
        return found

    def add_tab(self, title: str, *, rows: int, columns: int) -> None:
        """A new tab, whose first row stays in sight."""
        grid = {"rowCount": rows, "columnCount": columns, "frozenRowCount": 1}
        self._change({"addSheet": {"properties": {"title": title, "gridProperties": grid}}})

    def resize(self, tab: int, *, rows: int, columns: int) -> None:
        """Give a tab so many rows and columns."""
        properties = {"sheetId": tab, "gridProperties": {"rowCount": rows, "columnCount": columns}}
        fields = "gridProperties.rowCount,gridProperties.columnCount"
        self._change({"updateSheetProperties": {"properties": properties, "fields": fields}})

    def write(self, title: str, blocks: Mapping[int, Rows]) -> None:
        """Put rows into a tab, each block from its first row on (1 is the top). The same again changes nothing."""
        data = [
            {"range": f"'{title}'!A{first}", "majorDimension": "ROWS", "values": [list(row) for row in rows]}
            for first, rows in blocks.items()
        ]
        self._ask("POST", "/values:batchUpdate", json={"valueInputOption": "RAW", "data": data})

    def clear(self, title: str, first: int, last: int) -> None:
        """Empty these rows of a tab."""
        self._ask("POST", "/values:batchClear", json={"ranges": [f"'{title}'!{first}:{last}"]})

    def _change(self, request: Mapping[str, Any]) -> None:
        self._ask("POST", ":batchUpdate", json={"requests": [request]})

    def _ask(self, method: str, path: str, *, params: Mapping[str, str] | None = None, json: Any = None) -> Any:
        url = f"{API}/{quote(self._id, safe='')}{path}"
        for last in (False, True):
            headers = {"Authorization": f"Bearer {self._token()}"}
            answer = self._http.exchange(method, url, params=params, headers=headers, json=json)
            if answer.status_code == 401 and not last:
                # It ended earlier than it said.
                self._http.memory.pop("token", None)
                continue
            break
        if answer.status_code in {403, 404}:
            values = {"email": self._key["client_email"]}
            raise Misconfigured(Problem("share the spreadsheet with {email}, which may edit it", values))
        if answer.status_code == 429 or answer.status_code >= 500:
            raise Unavailable(answered(answer), retry_after(answer.headers))
        if answer.status_code >= 400:
            raise Misconfigured(answered(answer), status=answer.status_code)
        return _json(answer.content)

    def _token(self) -> str:
        known = self._http.memory.get("token")
        if known is not None and known[1] > self._now:
            return str(known[0])
        form = {"grant_type": _GRANT, "assertion": _assertion(self._key, self._now)}
        answer = self._http.exchange("POST", TOKEN_URL, form=form)
        if answer.status_code in {400, 401, 403}:
            raise Misconfigured("Google refuses the key of the service account")
        if answer.status_code >= 400:
            raise Unavailable(answered(answer))
        told = _json(answer.content)
        token, lasts = told.get("access_token"), told.get("expires_in")
        if not isinstance(token, str) or not isinstance(lasts, int):
            raise Unavailable("Google gave no access token")
        self._http.memory["token"] = (token, self._now + timedelta(seconds=lasts) - timedelta(minutes=2))
        return token


def _assertion(key: Mapping[str, str], now: datetime) -> str:
    claims = {"iss": key["client_email"], "scope": SCOPE, "aud": TOKEN_URL, "iat": now, "exp": now + _LASTS}
    return jwt.encode(claims, key["private_key"], algorithm="RS256", headers={"kid": key["private_key_id"]})


def _json(content: bytes) -> dict[str, Any]:
    try:
        told = msgspec.json.decode(content) if content else {}
    except msgspec.DecodeError:
        raise Unavailable("Google answered with something that is not JSON") from None
    return told if isinstance(told, dict) else {}
