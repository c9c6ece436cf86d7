"""Finds the tables and lists of a page as it is shown: what somebody may see, and nothing besides."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from html.parser import HTMLParser
from typing import Literal

from decroche.language import Language
from decroche.web.sheets import Value

#: What is on a page and not in its tables: what is done there, and pictures.
_SKIPPED = frozenset({"form", "button", "select", "script", "style", "svg", "template", "dialog"})
_WITHOUT_END = frozenset({"br", "img", "input", "hr", "link", "meta", "wbr", "source", "col", "track"})
#: What a cell says that has nothing to say.
_NOTHING = "–"
_SPACES = re.compile(r"[\s\u00a0\u202f]+")
_NUMBER = re.compile(r"[-−]?\d{1,15}(?:\.\d{1,9})?")
#: What stands on a page that has something to take, and on one that has files of its own.
_TABLE = re.compile(r'<table class="cards|<figure class="heat|<ul class="items|hx-trigger="load"')
_OWN_FILES = re.compile(r'class="(?:row )?exports?"')

Kind = Literal["text", "number"]


@dataclass(slots=True)
class Cell:
    """What a cell says; ``at`` is the moment that it tells."""

    text: str = ""
    kind: Kind = "text"
    at: datetime | None = None


@dataclass(slots=True)
class PageTable:
    """A table, or a list, whose ``columns`` are empty: title, state, moment and words of each."""

    title: str
    columns: list[str] = field(default_factory=list)
    rows: list[list[Cell]] = field(default_factory=list)


@dataclass(slots=True)
class Found:
    """What a page holds. ``parts`` are addresses from which the rest of it comes, ``next`` that of its next page."""

    tables: list[PageTable] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    next: str | None = None
    waiting: bool = False


def offers_files(body: str) -> bool:
    """Whether a page has tables or lists that no file of its own gives."""
    return _TABLE.search(body) is not None and _OWN_FILES.search(body) is None


def tables_of(page: str) -> Found:
    """The tables and lists of a page, or of a part of one."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader.found


def value_of(cell: Cell, language: Language) -> Value:
    """A cell as a spreadsheet wants it: a number where it is one by itself, a moment where it tells one."""
    if cell.at is not None:
        return cell.at
    if cell.kind == "number":
        bare = _SPACES.sub("", cell.text).replace("−", "-")
        plain = bare.replace(",", ".") if language.locale.startswith("fr") else bare.replace(",", "")
        if _NUMBER.fullmatch(plain):
            return float(plain) if "." in plain else int(plain)
    return None if cell.text == _NOTHING else cell.text


class _Reader(HTMLParser):
    """Reads our own pages: what templates write is well formed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found = Found()
        self._open: list[tuple[str, str]] = []
        self._skipping = 0
        self._heading = ""
        self._table: PageTable | None = None
        self._header = False
        self._cell: Cell | None = None
        self._list: PageTable | None = None
        self._item: dict[str, Cell] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        told = {name: value or "" for name, value in attrs}
        names = told.get("class", "").split()
        self._notice(told)
        if tag in _WITHOUT_END:
            self._say(" ")
            return
        skipped = tag in _SKIPPED or "item-do" in names or ("unseen" in names and tag != "caption")
        self._open.append((tag, "skipped" if skipped else " ".join(names)))
        self._skipping += skipped
        if self._skipping:
            return
        if tag in {"h1", "h2", "h3"}:
            self._heading = ""
        elif tag == "table":
            self._table = PageTable(title="")
            self.found.tables.append(self._table)
        elif tag == "thead":
            self._header = True
        elif tag == "tr" and self._table is not None and not self._header:
            self._table.rows.append([])
        elif tag in {"th", "td"} and self._table is not None:
            self._cell = Cell(kind="number" if "number" in names else "text")
        elif tag == "ul" and "items" in names:
            self._list = PageTable(title=told.get("aria-label") or self._heading.strip())
            self.found.tables.append(self._list)
        elif tag == "li" and "item" in names and self._list is not None:
            self._item = {}
        elif tag == "time" and self._cell is not None:
            self._cell.at = _moment(told.get("datetime", ""))

    def handle_endtag(self, tag: str) -> None:
        """An element ends."""
        if tag in _WITHOUT_END or not any(each == tag for each, _ in self._open):
            return
        while self._open:
            name, told = self._open.pop()
            self._skipping -= told == "skipped"
            if name == tag:
                break
        if self._skipping:
            return
        if tag == "table":
            self._table = None
        elif tag == "thead":
            self._header = False
        elif tag in {"th", "td"} and self._table is not None and self._cell is not None:
            self._cell.text = _tidy(self._cell.text)
            if self._header:
                self._table.columns.append(self._cell.text)
            elif self._table.rows:
                self._table.rows[-1].append(self._cell)
            self._cell = None
        elif tag == "ul" and self._item is None:
            self._list = None
        elif tag == "li" and self._item is not None and self._list is not None:
            cells = [self._item.get(name, Cell()) for name in ("title", "state", "when", "words")]
            self._list.rows.append([Cell(_tidy(each.text), at=each.at) for each in cells])
            self._item = None
        elif tag == "p":
            self._say(" ")

    def handle_data(self, data: str) -> None:
        """Text."""
        if self._skipping:
            return
        if any(tag in {"h1", "h2", "h3"} for tag, _ in self._open[-3:]):
            self._heading += data
        if self._table is not None and any(tag == "caption" for tag, _ in self._open):
            self._table.title = _tidy(self._table.title + data)
        else:
            self._say(data)

    def _say(self, data: str) -> None:
        if self._skipping:
            return
        if self._cell is not None:
            self._cell.text += data
        elif self._item is not None:
            self._item.setdefault(self._place(), Cell()).text += data

    def _place(self) -> str:
        """To which column of a list a text belongs."""
        for tag, names in reversed(self._open):
            if tag == "li":
                break
            known = names.split()
            if "when" in known:
                return "when"
            if "badge" in known:
                return "state"
            if "item-head" in known:
                return "title"
        return "words"

    def _notice(self, told: dict[str, str]) -> None:
        source, trigger = told.get("hx-get"), told.get("hx-trigger", "")
        if source and trigger in {"load", "load delay:3s"}:
            self.found.parts.append(source)
            self.found.waiting |= "delay" in trigger
        if told.get("rel") == "next" and told.get("href"):
            self.found.next = told["href"]


def _tidy(text: str) -> str:
    """Without breaks; fixed spaces stay."""
    return re.sub(r"[ \t\r\n]+", " ", text).strip()


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None
