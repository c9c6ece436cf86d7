"""Reads JSON that a phone system wrote: every access is checked, and what is not there or not readable is None."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from decroche.connector_kit.errors import Malformed
from decroche.connector_kit.instants import from_epoch

#: A JSON object as somebody else wrote it.
Told = Mapping[str, Any]

_NOTHING: Told = {}
#: Epochs above this are milliseconds: as seconds they would lie in the year 5138.
_MILLISECONDS_FROM = 1e11
#: No call began in another, and durations may be added to what lies in it.
_CENTURY = range(2000, 2100)
_YES, _NO = frozenset({"true", "1", "yes"}), frozenset({"false", "0", "no"})


def decode(body: bytes | str) -> Told:
    """The object that ``body`` is. Raises Malformed."""
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise Malformed("the body is not JSON") from error
    if not isinstance(value, dict):
        raise Malformed("the body is not a JSON object")
    return value


def encode(value: Any) -> bytes:
    """``value`` as compact JSON, its members in the order in which they were told."""
    return msgspec.json.encode(value)


def inner(told: Told, *path: str) -> Told:
    """The object at ``path``; an empty one when there is none."""
    for name in path:
        value = told.get(name)
        told = value if isinstance(value, dict) else _NOTHING
    return told


def objects(told: Told, name: str) -> list[Told]:
    """The objects of the list ``name``; whatever else is in it is left out."""
    value = told.get(name)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def text(told: Told, *names: str) -> str | None:
    """The first of ``names`` that holds a text or a whole number, as text without outer spaces; empty is none."""
    for name in names:
        value = told.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if isinstance(value, str) and (found := value.replace("\0", "").strip()):
            return found
    return None


def number(told: Told, *names: str) -> float | None:
    """The first of ``names`` that holds a finite number, or a text that is one."""
    for name in names:
        value = told.get(name)
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            continue
        try:
            found = float(value)
        except (ValueError, OverflowError):
            continue
        if math.isfinite(found):
            return found
    return None


def exact(told: Told, *names: str) -> Decimal | None:
    """The first of ``names`` that holds an amount, as a number or a text: exact, as it is written."""
    for name in names:
        value = told.get(name)
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            continue
        try:
            found = Decimal(str(value).strip())
        except InvalidOperation:
            continue
        if found.is_finite():
            return found
    return None


def day(told: Told, *names: str) -> date | None:
    """The first of ``names`` that holds a day, or a moment that begins with one (ISO 8601)."""
    for name in names:
        try:
            return date.fromisoformat((text(told, name) or "")[:10])
        except ValueError:
            continue
    return None


def flag(told: Told, name: str) -> bool | None:
    """Yes or no, written as a truth value, as 1 or 0, or as a word."""
    value = told.get(name)
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower() if isinstance(value, (int, str)) else ""
    return True if word in _YES else False if word in _NO else None


def moment(told: Told, *names: str) -> datetime | None:
    """The first of ``names`` that holds a time, in UTC: seconds or milliseconds since 1970, or ISO 8601 (else UTC)."""
    for name in names:
        epoch = number(told, name)
        if epoch is not None:
            found = from_epoch(f"{epoch:.6f}", per_second=1000 if epoch >= _MILLISECONDS_FROM else 1)
        else:
            found = _iso(text(told, name))
        if found is not None:
            return found
    return None


def _iso(written: str | None) -> datetime | None:
    try:
        if written is None:
            return None
        found = datetime.fromisoformat(written)
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return found if found.year in _CENTURY else None


def without(value: Any, secrets: Iterable[str]) -> Any:
    """``value`` without members of these names, at any depth, and with addresses cut before their query.

    Storage addresses carry a signature in their query that opens them to whoever has it. Raises Malformed when
    ``value`` is nested too deeply.
    """
    try:
        return _without(value, frozenset(secrets))
    except RecursionError as error:
        raise Malformed("the body is nested too deeply") from error


def _without(value: Any, hidden: frozenset[str]) -> Any:
    if isinstance(value, dict):
        return {name: _without(each, hidden) for name, each in value.items() if name not in hidden}
    if isinstance(value, list):
        return [_without(each, hidden) for each in value]
    if isinstance(value, str) and value.startswith(("https://", "http://")):
        return value.partition("?")[0]
    return value
