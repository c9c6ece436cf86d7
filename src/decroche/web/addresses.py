"""Filters, order and page of a list stand in its address, so that whoever is sent the address sees the same list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.responses import RedirectResponse

#: Says what was just done, and where a list goes on: neither belongs to another view of the list.
_PASSING = frozenset({"done", "after", "before"})


def changed(address: str, **values: str | None) -> str:
    """``address`` with these parameters of its query set, or left out where None. What passes is left out too."""
    parts = urlsplit(address)
    kept = [pair for pair in parse_qsl(parts.query) if pair[0] not in values and pair[0] not in _PASSING]
    query = urlencode(kept + [(name, value) for name, value in values.items() if value])
    return parts.path + (f"?{query}" if query else "")


def back_to(address: str, *, done: str | None = None) -> RedirectResponse:
    """The answer to a form: go to ``address``, which then says ``done.<done>``. Addresses elsewhere lead to ``/``."""
    to = changed(own(address), done=done)
    return RedirectResponse(to, status_code=303, headers={"Cache-Control": "no-store"})


def own(address: str) -> str:
    """``address`` when it is one of ours, else ``/``: a form never sends anybody elsewhere."""
    ours = address.startswith("/") and not address.startswith("//") and "\\" not in address and address.isprintable()
    return address if ours else "/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sort:
    """By which column a table is sorted, and the address of each order that its heads lead to."""

    column: str
    down: bool
    to: Mapping[str, str]


def sort_of(address: str, columns: Iterable[str], *, asked: str | None, default: str) -> Sort:
    """Reads ``asked`` (a column, with ``-`` before it when downwards), or ``default``; unknown words are ignored."""
    columns = tuple(columns)
    word = asked if asked and asked.removeprefix("-") in columns else default
    column, down = word.removeprefix("-"), word.startswith("-")
    return Sort(
        column=column,
        down=down,
        to={each: changed(address, sort=each if each == column and down else f"-{each}") for each in columns},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pager:
    """Where a list goes on. ``total`` is None where nobody counted; the addresses are None where there is nothing."""

    shown: int
    total: int | None = None
    first: str | None = None
    next: str | None = None
