"""The words of the values that columns of BI tables hold, in each language."""

from __future__ import annotations

from decroche.language import Language
from decroche.model.feed import OWN_WORDS, Column


def said(column: Column, code: str) -> dict[str, str]:
    """The words of the values of a column in a language."""
    language = Language(code)
    if column.says == OWN_WORDS:
        return {value: language.say(f"feeds.word.{value}") for value in column.values}
    return {value: language.say(f"{column.says}.{value}") for value in column.values}
