"""Ids and words of platforms as both databases can keep them: any text comes in, short and clean text goes out."""

from __future__ import annotations

import hashlib

#: Longer ids are kept as their digest, longer words are cut: an index takes no text of any length.
LONGEST = 255


def clean(text: str) -> str:
    """``text`` without what no database keeps: zero characters, and halves of characters."""
    return text.replace("\0", "").encode("utf-8", "replace").decode() if _odd(text) else text


def short_key(key: str) -> str:
    """``key``, or its digest when it is too long or holds what cannot be kept: different keys stay different."""
    if len(key) <= LONGEST and not _odd(key):
        return key
    return "blake2b:" + hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _odd(text: str) -> bool:
    return "\0" in text or (not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text))
