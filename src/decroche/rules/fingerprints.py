"""Keyed fingerprints of numbers, and pseudonyms: what is kept of a person in place of their number."""

from __future__ import annotations

import hashlib
import hmac

from decroche.rules import chain

#: So many of the first bytes of a fingerprint are the pseudonym: who holds one of the two finds the other.
PREFIX = 7


def account_key(key: bytes, account: str) -> bytes:
    """The key of one account's fingerprints: those of two accounts cannot be compared."""
    return hmac.digest(key, account.encode(), hashlib.sha256)


def fingerprint(key: bytes, account: str, person: int) -> bytes:
    """The fingerprint of E.164 digits in an account: without ``key``, nobody finds the number by trying them all."""
    return chain.fingerprint(person, key=account_key(key, account))


def pseudonym(mark: bytes) -> int:
    """The negative ``person`` under which calls of somebody with this fingerprint stay joined: 56 bits of it."""
    return -int.from_bytes(mark[:PREFIX], "big") or -1


def beginning(person: int) -> bytes:
    """The first bytes of the fingerprint of a pseudonym (negative)."""
    return (-person).to_bytes(PREFIX, "big")
