"""Reads the XML that mod_xml_cdr writes into the shape that mod_json_cdr has.

A document type is refused, and with it every entity: a small text cannot become a large one here, nor read a file.
"""

from __future__ import annotations

from typing import Any
from xml.parsers import expat

from decroche.connector_kit.errors import Malformed

_DEEPEST = 32
_MANY = 20_000


def read_xml(body: bytes) -> dict[str, Any]:
    """The record as nested texts; what repeats (``callflow``, ``application``) is a list. Raises Malformed."""
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse
    parser.StartElementHandler = reader.begins
    parser.EndElementHandler = reader.ends
    parser.CharacterDataHandler = reader.says
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise Malformed("a call record whose XML cannot be read") from error
    if not isinstance(reader.root, dict):
        raise Malformed("a call record in XML that says nothing")
    return reader.root


def _refuse(*declaration: object) -> None:
    raise Malformed("a call record with a document type")


class _Reader:
    """Puts elements together; attributes stand beside the elements that an element contains."""

    def __init__(self) -> None:
        self.root: dict[str, Any] | str | None = None
        self._open: list[tuple[str, dict[str, Any], list[str]]] = []
        self._count = 0

    def begins(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._open) >= _DEEPEST or self._count > _MANY:
            raise Malformed("a call record in XML that is too deep or too long")
        self._open.append((name, dict(attributes), []))

    def says(self, text: str) -> None:
        if self._open:
            self._open[-1][2].append(text)

    def ends(self, name: str) -> None:
        _, parts, texts = self._open.pop()
        value: dict[str, Any] | str = parts or "".join(texts).strip()
        if not self._open:
            self.root = value
            return
        around = self._open[-1][1]
        known = around.get(name)
        if known is None:
            around[name] = value
        elif isinstance(known, list):
            known.append(value)
        else:
            around[name] = [known, value]
