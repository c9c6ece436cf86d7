"""Shows word on the screens of people who asked: web push, encrypted for their browser and signed with our key."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import httpx
import msgspec
import sqlalchemy as sa
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from decroche.ledger.inserting import put
from decroche.ledger.recovery_tables import push_subscriptions as table
from decroche.recover.workflows.post import MaybeHanded, Message, NotHanded

#: The order of the curve P-256: private keys are from 1 to one below it.
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_RECORD = 4096
#: How long a push service keeps word for a browser that is away, and for how long we sign.
_KEPT_S, _SIGNED = 3600, timedelta(hours=12)
_GONE = (404, 410)
_POINT, _SECRET = 65, 16


class BadSubscription(ValueError):
    """What a browser gave is no subscription, or leads somewhere else than to a push service."""


class Gone(NotHanded):
    """The browser does not want to hear from us any more."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """Where a browser is reached: the address of its push service, its public key and its secret."""

    endpoint: str = field(repr=False)
    p256dh: bytes = field(repr=False)
    auth: bytes = field(repr=False)


def vapid_key(secret: bytes) -> ec.EllipticCurvePrivateKey:
    """The key with which we sign for push services: always the same from one ``secret`` of the installation."""
    drawn = HKDF(hashes.SHA256(), 48, salt=None, info=b"decroche web push").derive(secret)
    return ec.derive_private_key(int.from_bytes(drawn, "big") % (_ORDER - 1) + 1, ec.SECP256R1())


def public_key(key: ec.EllipticCurvePrivateKey) -> str:
    """What a page gives a browser that subscribes (``applicationServerKey``)."""
    return _text(_point(key))


def read_subscription(endpoint: str, p256dh: str, auth: str) -> Subscription:
    """A subscription as a browser gives it. Raises BadSubscription.

    Its address leads to a push service of the open internet: https, a name with a dot, the usual port.
    """
    parts = urlsplit(endpoint)
    host = parts.hostname or ""
    named = (
        "." in host and not host.replace(".", "").isdecimal() and ":" not in host and host.rpartition(".")[2].isalpha()
    )
    inside = host.endswith((".local", ".internal", ".localhost", ".lan", ".home"))
    if parts.scheme != "https" or not named or inside or parts.port not in (None, 443) or parts.username:
        raise BadSubscription("endpoint")
    try:
        point, secret = _bytes(p256dh), _bytes(auth)
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError as error:
        raise BadSubscription("keys") from error
    if len(point) != _POINT or len(secret) != _SECRET:
        raise BadSubscription("keys")
    return Subscription(endpoint, point, secret)


def subscribe(connection: sa.Connection, account: str, member: str, given: Subscription, *, now: datetime) -> str:
    """Tell ``member`` of the team on this browser from now on; the same browser again counts once."""
    id = hashlib.blake2b(f"{account}|{given.endpoint}".encode(), digest_size=16).hexdigest()
    row = {
        "id": id,
        "account_id": account,
        "member": member,
        "endpoint": given.endpoint,
        "p256dh": given.p256dh,
        "auth": given.auth,
        "made_at": now,
        "gone_at": None,
    }
    put(connection, table, [row])
    return id


def unsubscribe(connection: sa.Connection, account: str, member: str, endpoint: str) -> bool:
    """Tell nothing on this browser any more. Whether it was told before."""
    c = table.c
    mine = (c.account_id == account) & (c.member == member) & (c.endpoint == endpoint)
    return connection.execute(sa.delete(table).where(mine)).rowcount > 0


def subscriptions(connection: sa.Connection, account: str, member: str) -> list[tuple[str, Subscription]]:
    """The browsers of a member that still want to hear from us, by id."""
    c = table.c
    mine = (c.account_id == account) & (c.member == member) & c.gone_at.is_(None)
    rows = connection.execute(sa.select(table).where(mine).order_by(c.made_at, c.id))
    return [(row.id, Subscription(row.endpoint, bytes(row.p256dh), bytes(row.auth))) for row in rows]


def forget(connection: sa.Connection, id: str, now: datetime) -> None:
    """The push service says that the browser is gone."""
    connection.execute(sa.update(table).where(table.c.id == id).values(gone_at=now))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pusher:
    """Hands messages to push services. ``contact`` is whom they write to about us: ``mailto:…`` or ``https://…``."""

    client: httpx.Client
    key: ec.EllipticCurvePrivateKey = field(repr=False)
    clock: Callable[[], datetime]
    contact: str = "mailto:decroche@localhost.invalid"

    def __call__(self, to: Subscription, message: Message) -> None:
        """Hand it over. Raises Gone, NotHanded and MaybeHanded."""
        told = {"title": message.subject, "body": message.body, **message.data}
        body = encrypted(msgspec.json.encode(told), to)
        headers = {
            "Authorization": self._signed(to.endpoint),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(_KEPT_S),
            "Urgency": "high",
        }
        try:
            answer = self.client.post(to.endpoint, content=body, headers=headers, follow_redirects=False)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise NotHanded(type(error).__name__) from error
        except httpx.HTTPError as error:
            raise MaybeHanded(type(error).__name__) from error
        if answer.status_code in _GONE:
            raise Gone(f"answered {answer.status_code}")
        if not answer.is_success:
            raise NotHanded(f"answered {answer.status_code}")

    def _signed(self, endpoint: str) -> str:
        parts = urlsplit(endpoint)
        claims = {
            "aud": f"{parts.scheme}://{parts.netloc}",
            "exp": int((self.clock() + _SIGNED).timestamp()),
            "sub": self.contact,
        }
        head = _text(msgspec.json.encode({"typ": "JWT", "alg": "ES256"}))
        said = f"{head}.{_text(msgspec.json.encode(claims))}"
        r, s = decode_dss_signature(self.key.sign(said.encode(), ec.ECDSA(hashes.SHA256())))
        return f"vapid t={said}.{_text(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}, k={public_key(self.key)}"


def encrypted(
    plain: bytes,
    to: Subscription,
    *,
    salt: bytes | None = None,
    once: ec.EllipticCurvePrivateKey | None = None,
) -> bytes:
    """What only the browser reads (RFC 8291, one record of RFC 8188). ``salt`` and ``once`` are drawn unless given."""
    salt = salt or os.urandom(16)
    once = once or ec.generate_private_key(ec.SECP256R1())
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), to.p256dh)
    ours = _point(once)
    shared = once.exchange(ec.ECDH(), theirs)
    material = _derive(shared, to.auth, b"WebPush: info\0" + to.p256dh + ours, 32)
    key = _derive(material, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derive(material, salt, b"Content-Encoding: nonce\0", 12)
    sealed = AESGCM(key).encrypt(nonce, plain + b"\x02", None)
    return salt + _RECORD.to_bytes(4, "big") + bytes([len(ours)]) + ours + sealed


def _derive(material: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt=salt, info=info).derive(material)


def _point(key: ec.EllipticCurvePrivateKey) -> bytes:
    form = serialization.PublicFormat.UncompressedPoint
    return key.public_key().public_bytes(serialization.Encoding.X962, form)


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
