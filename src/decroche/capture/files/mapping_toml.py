"""Writes a mapping as a commented TOML file that people can correct, and reads it back, saying what is wrong."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable
from collections.abc import Mapping as Dictionary
from pathlib import Path
from typing import Any, TypeVar

import tomlkit
from tomlkit.items import InlineTable, Item, Table

from decroche.capture.files.mapping import (
    Condition,
    Duration,
    Ignore,
    Mapping,
    MappingError,
    Moment,
    Text,
    Words,
    field_names,
)
from decroche.connector_kit.files import Clock

_Part = TypeVar("_Part")
_ABOUT = (
    "How to read one table of calls. Correct it and pass it with --mapping.",
    "Column names are as in the table. Every key: docs/reference/mapping.md",
)
_SECTIONS = frozenset(
    {
        "zone",
        "clock",
        "caller_kind",
        "empty",
        "decimal_comma",
        "call",
        "start",
        "end",
        "answered_at",
        "columns",
        "direction",
    }
    | {"outcome", "answered", "waiting", "durations", "flags", "ignore", "constants"}
)


def written(mapping: Mapping) -> str:
    """The TOML text of a mapping, with comments."""
    document = tomlkit.document()
    for line in _ABOUT:
        document.add(tomlkit.comment(line))
    document.add(tomlkit.nl())
    if mapping.zone is not None:
        document.add("zone", _noted(mapping.zone, "the time zone in which the table is written"))
    document.add("clock", _noted(mapping.clock.value, '"local" (in the zone) or "utc"'))
    document.add("caller_kind", _noted(mapping.caller_kind, '"number", or "id" when callers are not phone numbers'))
    if mapping.empty:
        document.add("empty", _noted(list(mapping.empty), "texts that mean: nothing"))
    if mapping.decimal_comma:
        document.add("decimal_comma", tomlkit.item(True))
    if mapping.call_id:
        call = _section(document, "call", "What identifies a call: rows with the same values are parts of one call.")
        call.add("id", tomlkit.item(list(mapping.call_id)))
    for name, moment, about in (
        ("start", mapping.start, "When the call began. Formats: docs/reference/mapping.md"),
        ("end", mapping.end, "When it ended."),
        ("answered_at", mapping.answered_at, "When a person answered."),
    ):
        if moment is not None:
            _fill(_section(document, name, about), _moment(moment))
    if mapping.texts:
        columns = _section(document, "columns", "Columns copied as they are.")
        for use, text in mapping.texts.items():
            columns.add(use, _text(text))
    for name, words, about in (
        ("direction", mapping.direction, "Which way the call went. Words not listed here: our own vocabulary."),
        ("outcome", mapping.outcome, "How the call ended. Words not listed here: our own vocabulary."),
    ):
        if words is not None:
            section = _section(document, name, about)
            section.add("column", words.column)
            if words.words:
                listed = tomlkit.table()
                for meaning, texts in words.words.items():
                    listed.add(meaning, list(texts))
                section.add("words", listed)
    answered = _section(document, "answered", "What makes a call answered: outcome, talk (above 0) or answered_at.")
    answered.add("from", mapping.answered_from)
    waiting = _section(document, "waiting", "The wait: none, column, ring, answered_at, total_minus_talk or total.")
    waiting.add("from", mapping.wait_from)
    if mapping.durations:
        durations = _section(document, "durations", "Units: s, ms, min, h:m:s, clock, h:m, text, day.")
        for use, duration in mapping.durations.items():
            durations.add(use, _inline({"column": duration.column, "unit": duration.unit}))
    if mapping.flags:
        flags = _section(document, "flags", "True where the column equals, or does not equal, one of the texts.")
        for use, condition in mapping.flags.items():
            flags.add(use, _inline(_condition(condition)))
    if mapping.constants:
        _fill(_section(document, "constants", "Said of every call, because no column tells."), dict(mapping.constants))
    if mapping.ignore:
        rules = tomlkit.aot()
        for rule in mapping.ignore:
            rules.append(_fill(tomlkit.table(), {**_condition(rule.when), "reason": rule.reason}))
        document.add("ignore", rules)
    return tomlkit.dumps(document)


def read_mapping(path: Path) -> Mapping:
    """The mapping in the file ``path``. Raises MappingError when it is none, OSError when it cannot be read."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise MappingError("mapping.not_toml", detail="UTF-8") from error
    return parsed(text)


def parsed(text: str) -> Mapping:
    """The mapping in a TOML text; of a larger file, its table ``mapping``. Raises MappingError."""
    try:
        document: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MappingError("mapping.not_toml", detail=str(error)) from error
    return from_document(document)


def from_document(document: Dictionary[str, Any]) -> Mapping:
    """The mapping in a TOML document that is read already. Raises MappingError."""
    if isinstance(document.get("mapping"), dict):
        document = document["mapping"]
    _known(document, _SECTIONS, "")
    parts: dict[str, Any] = {}
    for key in ("zone", "caller_kind"):
        if key in document:
            parts[key] = _string(document, key)
    if "clock" in document:
        parts["clock"] = _clock(_string(document, "clock"))
    if "decimal_comma" in document:
        parts["decimal_comma"] = _of(document, "decimal_comma", bool, "true or false")
    if "empty" in document:
        parts["empty"] = _strings(document, "empty")
    if "call" in document:
        parts["call_id"] = _strings(_table(document, "call", {"id"}), "id")
    if "start" not in document:
        raise MappingError("mapping.missing_key", key="start.date")
    for key in ("start", "end", "answered_at"):
        if key in document:
            parts[key] = _read_moment(_table(document, key, field_names(Moment)), key)
    for key in ("direction", "outcome"):
        if key in document:
            parts[key] = _read_words(_table(document, key, field_names(Words)), key)
    parts["texts"] = _each(document, "columns", _read_text)
    parts["flags"] = _each(document, "flags", _read_condition)
    parts["durations"] = _each(document, "durations", _read_duration)
    parts["constants"] = _each(document, "constants", lambda value, key: _string({key: value}, key))
    for section, part in (("answered", "answered_from"), ("waiting", "wait_from")):
        if section in document:
            parts[part] = _string(_table(document, section, {"from"}), "from")
    parts["ignore"] = tuple(_read_ignore(rule) for rule in _of(document, "ignore", list, "[[ignore]] tables", []))
    return Mapping(**parts)


def _noted(value: str | list[str], note: str) -> Item:
    return tomlkit.item(value).comment(note)


def _section(document: tomlkit.TOMLDocument, name: str, about: str) -> Table:
    section = tomlkit.table()
    section.add(tomlkit.comment(about))
    document.add(tomlkit.nl())
    document.add(name, section)
    return section


def _fill(section: Table, values: Dictionary[str, Any]) -> Table:
    for key, value in values.items():
        section.add(key, value)
    return section


def _inline(values: Dictionary[str, Any]) -> InlineTable:
    table = tomlkit.inline_table()
    table.update(values)
    return table


def _moment(moment: Moment) -> dict[str, str]:
    values = {"date": moment.date, "date_format": moment.date_format}
    if moment.time is not None:
        values["time"] = moment.time
    return {**values, "time_format": moment.time_format}


def _text(text: Text) -> Item:
    if text.first is None and not text.unknown:
        return tomlkit.item(text.column)
    values: dict[str, Any] = {"column": text.column}
    if text.first is not None:
        values["first"] = text.first
    if text.unknown:
        values["unknown"] = list(text.unknown)
    return _inline(values)


def _condition(condition: Condition) -> dict[str, Any]:
    values: dict[str, Any] = {"column": condition.column}
    for key, texts in (("equals", condition.equals), ("not_equals", condition.not_equals)):
        if texts:
            values[key] = list(texts)
    return values


def _read_moment(table: Dictionary[str, Any], key: str) -> Moment:
    if "date" not in table:
        raise MappingError("mapping.missing_key", key=f"{key}.date")
    return Moment(**{name: _string(table, name) for name in table})


def _read_words(table: Dictionary[str, Any], key: str) -> Words:
    words = _of(table, "words", dict, "a table of words", {})
    return Words(column=_column(table, key), words={meaning: _strings(words, meaning) for meaning in words})


def _read_text(value: object, key: str) -> Text:
    if isinstance(value, str):
        return Text(column=value)
    table = _table({key: value}, key, field_names(Text))
    first = _of(table, "first", int, "a whole number") if "first" in table else None
    return Text(column=_column(table, key), first=first, unknown=_strings(table, "unknown", ()))


def _read_condition(value: object, key: str) -> Condition:
    table = {"column": value} if isinstance(value, str) else _table({key: value}, key, field_names(Condition))
    return Condition(
        column=_column(table, key),
        equals=_strings(table, "equals", ()),
        not_equals=_strings(table, "not_equals", ()),
    )


def _read_duration(value: object, key: str) -> Duration:
    if isinstance(value, str):
        return Duration(column=value)
    table = _table({key: value}, key, field_names(Duration))
    unit = {"unit": _string(table, "unit")} if "unit" in table else {}
    return Duration(column=_column(table, key), **unit)


def _read_ignore(value: object) -> Ignore:
    table = dict(_table({"ignore": value}, "ignore", field_names(Condition) | {"reason"}))
    reason = {"reason": _string(table, "reason")} if "reason" in table else {}
    table.pop("reason", None)
    return Ignore(when=_read_condition(table, "ignore"), **reason)


def _each(document: Dictionary[str, Any], name: str, read: Callable[[object, str], _Part]) -> dict[str, _Part]:
    section = _of(document, name, dict, "a table", {})
    return {key: read(value, key) for key, value in section.items()}


def _table(document: Dictionary[str, Any], key: str, known: Iterable[str]) -> Dictionary[str, Any]:
    table: Dictionary[str, Any] = _of(document, key, dict, "a table")
    _known(table, known, f"{key}.")
    return table


def _column(table: Dictionary[str, Any], key: str) -> str:
    if "column" not in table:
        raise MappingError("mapping.missing_key", key=f"{key}.column")
    return _string(table, "column")


def _string(table: Dictionary[str, Any], key: str) -> str:
    return str(_of(table, key, str, "a text"))


def _strings(table: Dictionary[str, Any], key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
    value = _of(table, key, (list, str), "a list of texts", list(default))
    texts = [value] if isinstance(value, str) else value
    if not all(isinstance(text, str) for text in texts):
        raise MappingError("mapping.bad_type", key=key, expected="a list of texts")
    return tuple(texts)


def _clock(value: str) -> Clock:
    if value not in [clock.value for clock in Clock]:
        raise MappingError("mapping.bad_value", key="clock", value=value, allowed="local, utc")
    return Clock(value)


def _of(
    table: Dictionary[str, Any], key: str, kind: type | tuple[type, ...], expected: str, default: object = None
) -> Any:
    value = table.get(key, default)
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise MappingError("mapping.bad_type", key=key, expected=expected)
    return value


def _known(table: Dictionary[str, Any], known: Iterable[str], where: str) -> None:
    for key in table:
        if key not in known:
            raise MappingError("mapping.unknown_key", key=f"{where}{key}", allowed=", ".join(sorted(known)))
