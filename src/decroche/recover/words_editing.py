"""Changes one wording in the file of a business's own words, and leaves the rest of the file as people wrote it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tomlkit
from tomlkit.items import AoT, Table

from decroche.recover.templates import Channel, Variant
from decroche.recover.words_toml import read_words

_FOR = ("hour_classes", "departments", "trades")


def key_of(variant: Variant) -> str:
    """For whom a wording is, as one word: the same for that of the business and the shipped one that it stands for."""
    return "|".join(",".join(map(str, getattr(variant, name))) for name in _FOR)


def family(name: str, language: str, own: Sequence[Variant], shipped: Sequence[Variant]) -> tuple[Variant, ...]:
    """The wordings of a text in a language: the business's own where it has any, else those that come with us."""
    for layer in (own, shipped):
        found = tuple(
            each for each in layer if (each.name, each.language, each.channel) == (name, language, Channel.TEXT)
        )
        if found:
            return found
    return ()


def with_wording(body: str | None, variants: Sequence[Variant], key: str, text: str) -> str:
    """The file with ``text`` as the wording ``key`` among ``variants`` of one text; all of them are the business's own
    from then on, since its own words stand before those that come with us. ``body`` None: there is no file yet.
    """
    document = tomlkit.parse(body or "")
    entries = _entries(document)
    for variant in variants:
        place = next((each for each in entries if _same(each, variant)), None)
        words = text if key_of(variant) == key else variant.body.source
        if place is None:
            entries.append(_entry(variant, words))
        elif key_of(variant) == key:
            place["body"] = words
    return tomlkit.dumps(document)


def without_text(body: str, name: str) -> str:
    """The file without the wordings of one text: those that come with us hold again."""
    document = tomlkit.parse(body)
    kept = [each for each in _entries(document) if each.get("name") != name]
    document.pop("text", None)
    if kept:
        entries = tomlkit.aot()
        for each in kept:
            entries.append(each)
        document["text"] = entries
    return tomlkit.dumps(document)


def one_wording(variant: Variant, text: str) -> str:
    """A file with a single wording, to be looked over before it is kept."""
    document = tomlkit.document()
    entries = tomlkit.aot()
    entries.append(_entry(variant, text))
    document["text"] = entries
    return tomlkit.dumps(document)


def _entries(document: tomlkit.TOMLDocument) -> AoT:
    if "text" not in document:
        document["text"] = tomlkit.aot()
    found: Any = document["text"]
    return found  # type: ignore[no-any-return]


def _entry(variant: Variant, text: str) -> Table:
    entry = tomlkit.table()
    entry["name"] = variant.name
    for name in _FOR:
        if values := [str(each) for each in getattr(variant, name)]:
            entry[name] = values
    entry["body"] = text
    return entry


def _same(entry: Any, variant: Variant) -> bool:
    told = ["|".join(",".join(map(str, entry.get(name, ()))) for name in _FOR), str(entry.get("name"))]
    return told == [key_of(variant), variant.name]


def read_one(variant: Variant, text: str) -> Variant:
    """``variant`` with other words. Raises BadFile."""
    [found] = read_words(one_wording(variant, text), variant.language)
    return found
