"""Reads what lies packed in the body of an observation: compressed or in base64, as some senders deliver it."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

#: No more is unpacked of one body, nor more often one inside the other.
_MOST_BYTES, _DEEPEST = 16_000_000, 3
_GZIP = b"\x1f\x8b"
#: A stretch in one of the alphabets of base64 that may hold more than a word; a form writes some signs otherwise.
_BASE64 = re.compile(rb"(?:[A-Za-z0-9+/_-]|%2[bBfF]){32,}(?:=|%3[dD]){0,2}")


def readings(body: bytes) -> Iterator[bytes]:
    """The body as it is, then everything that is packed in it and can be unpacked."""
    yield from _readings(body, _DEEPEST)


def _readings(body: bytes, depth: int) -> Iterator[bytes]:
    yield body
    if not depth:
        return
    if (inner := _decompressed(body)) is not None:
        yield from _readings(inner, depth - 1)
        return
    for found in _BASE64.finditer(body):
        if (inner := _decoded(found[0])) is not None:
            yield from _readings(inner, depth - 1)


def _decompressed(body: bytes) -> bytes | None:
    """As much as can be had: a body that was cut short still tells its beginning."""
    if body.startswith(_GZIP):
        bits = zlib.MAX_WBITS | 16
    elif len(body) > 2 and body[0] & 0x0F == 8 and int.from_bytes(body[:2]) % 31 == 0:
        bits = zlib.MAX_WBITS
    else:
        return None
    try:
        return zlib.decompressobj(bits).decompress(body, _MOST_BYTES)
    except zlib.error:
        return None


def _decoded(text: bytes) -> bytes | None:
    bare = unquote_to_bytes(text).rstrip(b"=").replace(b"-", b"+").replace(b"_", b"/")
    try:
        return base64.b64decode(bare + b"=" * (-len(bare) % 4), validate=True)
    except binascii.Error:
        return None
