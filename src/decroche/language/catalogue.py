"""The sentences of one language, read from the gettext catalogues beside this module: a file for each part."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from babel.messages.pofile import read_po

from decroche.language.typography import typeset

_CATALOGUES = files("decroche.language") / "catalogues"
#: The catalogues behind each language: the later ones override the earlier ones.
LAYERS: Mapping[str, tuple[str, ...]] = {"fr": ("fr",), "fr_CA": ("fr", "fr_CA"), "en": ("en",)}


class SaidTwice(Exception):
    """Two files of a language have a sentence for one key."""


def read(locale: str) -> dict[str, str]:
    """The messages of the files of ``locale`` as written: id to sentence. Raises SaidTwice."""
    found: dict[str, str] = {}
    for path in sorted((_CATALOGUES / locale).iterdir(), key=lambda path: path.name):
        messages = _messages(path, locale)
        if twice := found.keys() & messages.keys():
            raise SaidTwice(f"{sorted(twice)} in {path.name} and before")
        found |= messages
    return found


def read_problems(locale: str) -> dict[str, str]:
    """The problems of phone systems in ``locale``: the English sentence to its translation."""
    return _messages(_CATALOGUES / f"problems_{locale}.po", locale)


def _messages(path: Traversable, locale: str) -> dict[str, str]:
    """What a catalogue says; an untranslated id is left out."""
    with path.open("rb") as source:
        catalogue = read_po(source, locale=locale)
    return {str(message.id): str(message.string) for message in catalogue if message.id and message.string}


@cache
def sentences(locale: str) -> Mapping[str, str]:
    """Every sentence of ``locale``, its own words over those of the language it belongs to, typeset."""
    merged: dict[str, str] = {}
    for layer in LAYERS[locale]:
        merged.update(read(layer))
    return {key: typeset(text, locale) for key, text in merged.items()}
