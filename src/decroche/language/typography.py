"""The invisible spaces that French readers expect, which differ between France and Québec."""

from __future__ import annotations

import re

NARROW = "\u202f"
FIXED = "\u00a0"

#: France: a narrow fixed space before ; ! ? and inside guillemets, a fixed space before the colon.
#: Québec: nothing before ; ! ?, a fixed space before the colon and inside guillemets (Office québécois, BDL).
_BEFORE_STRONG = re.compile(r"[ \u00a0\u202f]+([;!?])")
_BEFORE_COLON = re.compile(r"[ \u202f]+:(?=\s|$)")
_OPENING = re.compile(r"«[ \u00a0\u202f]*")
_CLOSING = re.compile(r"[ \u00a0\u202f]*»")
#: A number placeholder, or a number, followed by its noun or unit: they stay on one line.
_NUMBER_AND_WORD = re.compile(r"((?:\{[^{}]*:(?:n|n1)\}|(?<![\w,.:])\d+)) (?=[\w{%])")


def typeset(text: str, locale: str) -> str:
    """``text`` with the fixed spaces of ``locale`` (fr, fr_CA, en); only existing spaces and guillemets change."""
    text = _NUMBER_AND_WORD.sub(rf"\1{FIXED}", text)
    if not locale.startswith("fr"):
        return text
    canada = locale == "fr_CA"
    inside = FIXED if canada else NARROW
    text = _OPENING.sub(f"«{inside}", text)
    text = _CLOSING.sub(f"{inside}»", text)
    text = _BEFORE_STRONG.sub(r"\1" if canada else rf"{NARROW}\1", text)
    text = _BEFORE_COLON.sub(f"{FIXED}:", text)
    return text.replace("'", "’")
