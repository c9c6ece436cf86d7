"""Keyed fingerprints of numbers: what refusals, decisions and assignments keep in place of them."""

from __future__ import annotations

from decroche.rules.fingerprints import account_key, fingerprint

__all__ = ["account_key", "fingerprint"]
