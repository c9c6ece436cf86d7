"""Keeps what a business knows of a person: their name and language, whether they matter, and to what they consented."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from decroche.ledger import recovery_settings as wishes
from decroche.ledger import refusals
from decroche.recover.fingerprints import fingerprint

#: What may be noted of a person.
KNOWN = ("name", "language", "email", "vip", "staff", "spam", "value", "contract_ref")


class NoEvidence(ValueError):
    """A consent without proof counts for nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A consent as it stands: ``age`` since it was given, ``holds`` unless it ran out or was withdrawn."""

    means: str
    purpose: str
    obtained_at: datetime
    expires_at: datetime | None
    withdrawn_at: datetime | None
    evidence: str
    age: timedelta
    holds: bool


def known_of(connection: sa.Connection, account: str, person: int) -> dict[str, Any]:
    """What is known of a person besides their calls; nothing is None or False."""
    found = wishes.about_person(connection, account, person) or {}
    return {name: found.get(name) for name in (*KNOWN, "sms_incapable")}


def consents_given(
    connection: sa.Connection, account: str, person: int, *, key: bytes, now: datetime
) -> Sequence[Given]:
    """The consents of a person, the oldest first."""
    rows = refusals.consents_of(connection, account, fingerprint(key, account, person))
    return [_given(row, now) for row in rows]


def keep_consent(
    connection: sa.Connection,
    account: str,
    person: int,
    *,
    means: str,
    purpose: str,
    evidence: str,
    at: datetime,
    key: bytes,
    expires_at: datetime | None = None,
) -> None:
    """Write a consent down with its proof; the same again changes nothing. Raises NoEvidence."""
    if not evidence.strip():
        raise NoEvidence
    mark = fingerprint(key, account, person)
    told = f"{account}|{mark.hex()}|{means}|{purpose}|{at.isoformat()}"
    row = {
        "id": hashlib.blake2b(told.encode(), digest_size=16).hexdigest(),
        "account_id": account,
        "fingerprint": mark,
        "means": means,
        "purpose": purpose,
        "obtained_at": at,
        "expires_at": expires_at,
        "evidence": evidence.strip(),
    }
    refusals.consent(connection, row)


def withdraw_consents(
    connection: sa.Connection, account: str, person: int, *, means: str | None, key: bytes, now: datetime
) -> int:
    """The person takes their consents back, all or those of one means. Returns how many held until now."""
    return refusals.withdraw(connection, account, fingerprint(key, account, person), means=means, at=now)


def _given(row: Mapping[str, Any], now: datetime) -> Given:
    over = (row["withdrawn_at"], row["expires_at"])
    return Given(
        means=row["means"],
        purpose=row["purpose"],
        obtained_at=row["obtained_at"],
        expires_at=row["expires_at"],
        withdrawn_at=row["withdrawn_at"],
        evidence=row["evidence"],
        age=now - row["obtained_at"],
        holds=not any(moment is not None and moment <= now for moment in over),
    )
