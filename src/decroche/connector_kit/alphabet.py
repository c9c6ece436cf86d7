"""Which texts fit the alphabet of every telephone; a message of the others holds less than half as many characters.

Source: 3GPP TS 23.038, the default alphabet of 7 bits and its extension table.
"""

from __future__ import annotations

#: The basic table, in its own order without the escape; one place each.
BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
#: The extension table: an escape and a character, two places each, never parted.
EXTENSION = frozenset("^{}\\[~]|€\f")


def fits_basic(body: str) -> bool:
    """Whether every character of ``body`` is in the alphabet of 7 bits or in its extension."""
    return all(character in BASIC or character in EXTENSION for character in body)
