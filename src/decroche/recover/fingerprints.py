"""Keyed fingerprints of numbers: what refusals, decisions and assignments keep in place of them."""

from __future__ import annotations

import hashlib
import hmac

from decroche.rules import chain


def account_key(key: bytes, account: str) -> bytes:
    """The key of one account's fingerprints: those of two accounts cannot be compared."""
    return hmac.digest(key, account.encode(), hashlib.sha256)


def fingerprint(key: bytes, account: str, person: int) -> bytes:
    """The fingerprint of E.164 digits in an account: without ``key``, nobody finds the number by trying them all."""
    return chain.fingerprint(person, key=account_key(key, account))
