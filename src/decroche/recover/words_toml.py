"""Reads the words of templates from the files that people edit, those that come with the program among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

from decroche.language import LANGUAGES
from decroche.model.hours import HourClass
from decroche.recover.templates import BadTemplate, Channel, Template, Variant, parse
from decroche.recover.toml_lines import Place
from decroche.recover.toml_tables import BadFile, Key, Tables, Wrong, document, name, one_of, placed, several, tables
from decroche.recover.toml_tables import text as any_text


def read_words(text: str, language: str) -> tuple[Variant, ...]:
    """The words of a TOML text, all in ``language``. Raises BadFile, with every problem."""
    reading = _Reading()
    found = reading.words(document(text), language)
    if reading.problems:
        raise BadFile(placed(reading.problems, text))
    return found


@cache
def shipped_words() -> tuple[Variant, ...]:
    """The words that come with the program, in every language."""
    return tuple(variant for code in LANGUAGES for variant in read_words(shipped_text(code), code))


def shipped_text(language: str) -> str:
    """The file of the words in ``language`` that comes with the program, to be copied and edited."""
    file = resources.files(__package__).joinpath("words").joinpath(f"{LANGUAGES[language]}.toml")
    return file.read_text("utf-8")


def names(words: Sequence[Variant], channel: Channel) -> frozenset[str]:
    """The names of the templates of one channel."""
    return frozenset(variant.name for variant in words if variant.channel is channel)


class _Reading(Tables):
    """One reading of a file of words."""

    def words(self, whole: Mapping[str, Any], language: str) -> tuple[Variant, ...]:
        values = self.table(whole, FILE_KEYS, ())
        found = [
            self.variant(raw, (channel.value, number), channel, language)
            for channel in Channel
            for number, raw in enumerate(values.get(channel.value, []))
        ]
        return tuple(variant for variant in found if variant is not None)

    def variant(self, raw: Any, place: Place, channel: Channel, language: str) -> Variant | None:
        values = self.table(raw, TEXT_KEYS if channel is Channel.TEXT else EMAIL_KEYS, place)
        if self.problems:
            return None
        return Variant(channel=channel, language=language, **values)


def _template(value: Any) -> Template:
    try:
        return parse(any_text(value).strip())
    except BadTemplate as error:
        raise Wrong("template", sentence=error) from error


TEXT_KEYS: Mapping[str, Key] = {
    "name": Key(read=name, form='`"missed"`', meaning="which template these words are for", required=True),
    "body": Key(read=_template, form="text", meaning="the words, with variables in braces", required=True),
    "hour_classes": Key(
        read=several(one_of(HourClass)), form=", ".join(f"`{each}`" for each in HourClass), meaning="when the call came"
    ),
    "departments": Key(read=several(any_text), form='`["service"]`', meaning="only for these departments"),
    "trades": Key(read=several(name), form='`["clinic"]`', meaning="only for playbooks of these trades"),
}
EMAIL_KEYS: Mapping[str, Key] = {
    **TEXT_KEYS,
    "subject": Key(read=_template, form="text", meaning="the subject, with variables in braces", required=True),
}
FILE_KEYS: Mapping[str, Key] = {
    channel.value: Key(read=tables, form="tables", meaning=f"words that go out by {channel}") for channel in Channel
}
