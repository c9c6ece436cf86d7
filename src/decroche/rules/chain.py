"""The log of decisions: append-only, each entry sealed with the one before, over fingerprints instead of numbers.

Who has the key can find a person's decisions; who has not cannot learn a number from them. Erasing a person elsewhere
leaves the chain whole. A chain shows that nothing inside it was changed, removed or put in; that its end was not cut
off is shown by a digest kept elsewhere (``anchor``).
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from decroche.rules.outreach import Outreach
from decroche.rules.ruling import Ruling

#: What the first entry is sealed with.
ORIGIN = bytes(32)
#: Values of findings that may lead to a person.
_PAPERS = frozenset({"evidence", "contract", "about"})


class ShortKey(ValueError):
    """A key that could be guessed: 16 bytes at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One decision. ``number`` counts from 1; ``body`` is canonical JSON; ``digest`` 32 bytes of SHA-256."""

    number: int
    at: datetime
    fingerprint: bytes
    body: str
    digest: bytes


class Fault(StrEnum):
    """What is wrong with a link."""

    NUMBER = "number"
    """An entry is missing, or stands twice."""
    DIGEST = "digest"
    """The entry was changed, or does not follow the one before."""
    ANCHOR = "anchor"
    """The end is not the one that was kept elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """The first broken link: the ``number`` of the entry that was expected there."""

    number: int
    fault: Fault


def fingerprint(person: int, *, key: bytes) -> bytes:
    """HMAC-SHA-256 of a number (E.164 digits): 32 bytes that mean nothing without the key. Raises ``ShortKey``."""
    if len(key) < 16:
        raise ShortKey("a key of 16 bytes at least is needed")
    return hmac.digest(key, str(person).encode("ascii"), hashlib.sha256)


def next_entry(
    last: Entry | None, *, outreach: Outreach, ruling: Ruling, key: bytes, journey: str | None = None
) -> Entry:
    """The entry of this ruling after ``last`` (None begins a chain), at the moment for which it was asked.

    No number stands in it, the sender's apart; references to a person's papers are fingerprints too.
    """
    body = canonical(
        {
            "means": str(outreach.means),
            "purpose": str(outreach.purpose),
            "treated_as": str(outreach.treated_as),
            "country": outreach.country,
            "subdivision": outreach.subdivision,
            "sender": outreach.sender,
            "language": outreach.language,
            "at": _moment(outreach.at),
            "journey": journey,
            "ruling": _without_papers(ruling.record(), key),
        }
    )
    number = last.number + 1 if last else 1
    mark = fingerprint(outreach.recipient, key=key)
    at = outreach.at.astimezone(UTC)
    before = last.digest if last else ORIGIN
    return Entry(
        number=number,
        at=at,
        fingerprint=mark,
        body=body,
        digest=seal(before, number=number, at=at, fingerprint=mark, body=body),
    )


def seal(before: bytes, *, number: int, at: datetime, fingerprint: bytes, body: str) -> bytes:
    """The digest of an entry that follows one with the digest ``before``."""
    sealed = canonical({"number": number, "at": _moment(at), "fingerprint": fingerprint.hex(), "body": body})
    return hashlib.sha256(before + sealed.encode("utf-8")).digest()


def verify(entries: Iterable[Entry], *, after: Entry | None = None, anchor: bytes | None = None) -> Break | None:
    """The first broken link of a chain in order, or None.

    ``after``: the entry before the first, to verify a part. ``anchor``: the digest that the last one must have.
    """
    last = after
    for entry in entries:
        expected = last.number + 1 if last else 1
        if entry.number != expected:
            return Break(number=expected, fault=Fault.NUMBER)
        digest = seal(
            last.digest if last else ORIGIN,
            number=entry.number,
            at=entry.at,
            fingerprint=entry.fingerprint,
            body=entry.body,
        )
        if not hmac.compare_digest(digest, entry.digest):
            return Break(number=expected, fault=Fault.DIGEST)
        last = entry
    if anchor is not None and (last.digest if last else ORIGIN) != anchor:
        return Break(number=last.number + 1 if last else 1, fault=Fault.ANCHOR)
    return None


def canonical(value: Mapping[str, Any]) -> str:
    """JSON in one way only: keys in order, no blanks, letters as they are."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _without_papers(record: Mapping[str, Any], key: bytes) -> Mapping[str, Any]:
    def covered(values: Mapping[str, Any]) -> Mapping[str, Any]:
        return {
            name: hmac.digest(key, str(value).encode("utf-8"), hashlib.sha256).hex() if name in _PAPERS else value
            for name, value in values.items()
        }

    findings = [{**each, "values": covered(each["values"])} for each in record["findings"]]
    return {**record, "findings": findings}


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
