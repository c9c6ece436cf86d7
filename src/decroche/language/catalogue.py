"""The sentences of one language, read from its gettext catalogue beside this module."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from babel.messages.pofile import read_po

from decroche.language.typography import typeset

#: The catalogues behind each language: the later ones override the earlier ones.
LAYERS: Mapping[str, tuple[str, ...]] = {"fr": ("fr",), "fr_CA": ("fr", "fr_CA"), "en": ("en",)}


def read(name: str) -> dict[str, str]:
    """The messages of the file ``name``.po as written: id to sentence. An untranslated id is left out.

    ``name`` is a locale, with words and an underscore before it where the catalogue is not the usual one.
    """
    with (files("decroche.language") / "catalogues" / f"{name}.po").open("rb") as source:
        catalogue = read_po(source, locale=name.removeprefix("problems_"))
    return {str(message.id): str(message.string) for message in catalogue if message.id and message.string}


@cache
def sentences(locale: str) -> Mapping[str, str]:
    """Every sentence of ``locale``, its own words over those of the language it belongs to, typeset."""
    merged: dict[str, str] = {}
    for layer in LAYERS[locale]:
        merged.update(read(layer))
    return {key: typeset(text, locale) for key, text in merged.items()}
