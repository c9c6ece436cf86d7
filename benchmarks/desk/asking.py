"""Asks a server as a browser does: by one connection that stays open, compressed, signed in as a member."""

from __future__ import annotations

import gzip
import http.client
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from html import unescape

from decroche.web.access import COOKIE

_HREF = re.compile(r'href="(/[^"#]*)"')
_LIVE = re.compile(r'data-live-from="([^"]+)"')
_WORD = re.compile(r'data-live-when="([^"]+)"')
_FETCHED = re.compile(r"<[a-z]+\b[^>]*\bhx-get=\"([^\"]+)\"[^>]*>")
_AT_ONCE = re.compile(r"hx-trigger=\"[^\"]*\b(?:load|revealed|intersect)\b")
_LOADED = re.compile(
    r'<(?:img|script|source)\b[^>]*\bsrc="(/[^"]+)"|<link\b[^>]*\brel="(?:stylesheet|icon|manifest|preload)"[^>]*>'
)
_LINKED = re.compile(r'href="(/[^"]+)"')
_OF_CSS = re.compile(r"url\([\"']?(/[^)\"']+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came: ``seconds`` until its last byte, ``sent`` bytes with the head, and the text."""

    status: int
    seconds: float
    sent: int
    text: str
    kind: str


class Member:
    """A browser of one member, or a program with a token."""

    def __init__(self, port: int, *, session: str = "", token: str = "") -> None:
        self._port = port
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self._headers = {"Accept-Encoding": "gzip", "Accept": "text/html"}
        if session:
            self._headers |= {"Cookie": f"{COOKIE}={session}", "Accept-Language": "fr"}
        if token:
            self._headers |= {"Authorization": f"Bearer {token}"}

    def get(self, path: str) -> Answer:
        """The answer to a question; redirections are not followed."""
        began = time.perf_counter()
        try:
            self._connection.request("GET", path, headers=self._headers)
            answer = self._connection.getresponse()
        except (http.client.HTTPException, ConnectionError):
            # The server lets go of connections that are silent for some seconds.
            self._connection.close()
            began = time.perf_counter()
            self._connection.request("GET", path, headers=self._headers)
            answer = self._connection.getresponse()
        body = answer.read()
        seconds = time.perf_counter() - began
        head = sum(len(name) + len(value) + 4 for name, value in answer.getheaders()) + 17
        whole = gzip.decompress(body) if answer.headers.get("Content-Encoding") == "gzip" else body
        return Answer(
            status=answer.status,
            seconds=seconds,
            sent=len(body) + head,
            text=whole.decode("utf-8", errors="replace"),
            kind=answer.headers.get("Content-Type", ""),
        )

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


def parts_of(text: str) -> tuple[list[str], list[str]]:
    """The live parts of a page, and the fragments and pictures that it asks for by itself."""
    live = [unescape(each) for each in _LIVE.findall(text)]
    fragments = [unescape(found[1]) for found in _FETCHED.finditer(text) if _AT_ONCE.search(found[0])]
    pictures = [each for each in _loaded(text) if not each.startswith("/static/")]
    return list(dict.fromkeys(live)), list(dict.fromkeys([*fragments, *pictures]))


def words_of(text: str) -> list[str]:
    """Where a page hears that something changed."""
    return list(dict.fromkeys(unescape(each) for each in _WORD.findall(text)))


def links_of(text: str) -> list[str]:
    """Where a page leads to."""
    return list(dict.fromkeys(unescape(each) for each in _HREF.findall(text)))


def weight(member: Member, page: Answer) -> int:
    """The bytes of the first load of a page: itself, its files, its live parts and what it asks for by itself."""
    live, fragments = parts_of(page.text)
    wanted, seen, total = [*_loaded(page.text), *fragments, *live], set[str](), page.sent
    while wanted:
        path = wanted.pop()
        if path in seen:
            continue
        seen.add(path)
        found = member.get(path)
        total += found.sent
        if found.kind.startswith("text/css"):
            wanted += _OF_CSS.findall(found.text)
        elif found.kind.startswith("text/html"):
            wanted += _loaded(found.text)
    return total


def _loaded(text: str) -> list[str]:
    found: list[str] = []
    for each in _LOADED.finditer(text):
        found += [each[1]] if each[1] else _LINKED.findall(each[0])
    return [unescape(path) for path in found]


def example(template: str, links: Iterable[str]) -> str | None:
    """A link that fits an address with a gap."""
    pattern = re.compile(re.sub(r"\\\{[^}]*\\\}", "[^/?]+", re.escape(template)))
    return next((each for each in links if pattern.fullmatch(each) and each != template), None)
