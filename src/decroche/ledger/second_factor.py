"""The second factor of a member: codes that a phone makes every half minute, and ten on paper for when it is lost."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime
from enum import StrEnum

import pyotp
import sqlalchemy as sa
from cryptography.fernet import Fernet

from decroche.ledger.member_tables import members, recovery_codes

_STEP_S, _DIGITS = 30, 6
#: How many steps the clock of a phone may be off, either way.
_OFF = 1
_CODES = 10
#: Of a recovery code: no letter looks like another.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_CODE_LETTERS = 12


class Taken(StrEnum):
    """Which kind of code was right."""

    TOTP = "totp"
    RECOVERY = "recovery"


def propose_secret(connection: sa.Connection, box: Fernet, member: str) -> str:
    """A new secret, in base32, that holds once a code of it is confirmed."""
    secret = pyotp.random_base32()
    sealed = box.encrypt(secret.encode())
    connection.execute(sa.update(members).where(members.c.id == member).values(totp_proposed=sealed))
    return secret


def proposed_secret(connection: sa.Connection, box: Fernet, member: str) -> str | None:
    """The secret that waits for its first code."""
    found = connection.execute(sa.select(members.c.totp_proposed).where(members.c.id == member)).scalar_one_or_none()
    return None if found is None else box.decrypt(found).decode()


def confirm_secret(
    connection: sa.Connection, box: Fernet, member: str, code: str, *, now: datetime
) -> tuple[str, ...] | None:
    """Have the proposed secret hold when ``code`` is of it. Returns new recovery codes, told this once; else None."""
    secret = proposed_secret(connection, box, member)
    step = None if secret is None else _step_of(secret, code, now)
    if secret is None or step is None:
        return None
    values = {"totp": box.encrypt(secret.encode()), "totp_proposed": None, "totp_step": step}
    connection.execute(sa.update(members).where(members.c.id == member).values(**values))
    return new_recovery_codes(connection, member)


def drop_second_factor(connection: sa.Connection, member: str) -> None:
    """Let a member in with their password alone."""
    values = {"totp": None, "totp_proposed": None, "totp_step": None}
    connection.execute(sa.update(members).where(members.c.id == member).values(**values))
    connection.execute(sa.delete(recovery_codes).where(recovery_codes.c.member_id == member))


def take_code(connection: sa.Connection, box: Fernet, member: str, code: str, *, now: datetime) -> Taken | None:
    """Whether a code is right; it is so once only. None when it is wrong or was taken before."""
    m = members.c
    row = connection.execute(sa.select(m.totp, m.totp_step).where(m.id == member).with_for_update()).one_or_none()
    if row is None or row.totp is None:
        return None
    step = _step_of(box.decrypt(row.totp).decode(), code, now)
    if step is not None:
        if row.totp_step is not None and step <= row.totp_step:
            return None
        connection.execute(sa.update(members).where(m.id == member).values(totp_step=step))
        return Taken.TOTP
    c = recovery_codes.c
    mine = (c.member_id == member) & (c.digest == _digest(member, code)) & c.used_at.is_(None)
    used = connection.execute(sa.update(recovery_codes).where(mine).values(used_at=now)).rowcount
    return Taken.RECOVERY if used else None


def new_recovery_codes(connection: sa.Connection, member: str) -> tuple[str, ...]:
    """Ten new codes, each good for once; the former ones open nothing any more."""
    connection.execute(sa.delete(recovery_codes).where(recovery_codes.c.member_id == member))
    codes = tuple("".join(secrets.choice(_LETTERS) for _ in range(_CODE_LETTERS)) for _ in range(_CODES))
    rows = [{"member_id": member, "digest": _digest(member, code)} for code in codes]
    connection.execute(sa.insert(recovery_codes), rows)
    return tuple(f"{code[:4]}-{code[4:8]}-{code[8:]}" for code in codes)


def recovery_codes_left(connection: sa.Connection, member: str) -> int:
    """How many of them were not used."""
    c = recovery_codes.c
    query = sa.select(sa.func.count()).where(c.member_id == member, c.used_at.is_(None))
    return int(connection.execute(query).scalar_one())


def address_of_secret(secret: str, *, email: str) -> str:
    """What a phone reads from the QR code."""
    return pyotp.TOTP(secret, digits=_DIGITS, interval=_STEP_S).provisioning_uri(name=email, issuer_name="Décroche")


def _step_of(secret: str, code: str, now: datetime) -> int | None:
    """The time step whose code it is."""
    bare, made, at = "".join(code.split()), pyotp.TOTP(secret), int(now.timestamp()) // _STEP_S
    found = None
    for step in range(at - _OFF, at + _OFF + 1):
        if hmac.compare_digest(made.generate_otp(step).encode(), bare.encode("utf-8", "surrogatepass")):
            found = step
    return found


def _digest(member: str, code: str) -> bytes:
    # Twelve letters of thirty-one have 59 bits: a digest that takes its time would add little.
    bare = "".join(sign for sign in code.casefold() if sign.isalnum())
    return hashlib.sha256(f"{member} {bare}".encode("utf-8", "surrogatepass")).digest()
