"""Asks the company's identity provider who somebody is (OpenID Connect), and believes only what it can check.

Authorization Code with PKCE. The provider's addresses come from its discovery document, its keys from the address told
there; both are kept for an hour, and keys are fetched again when a token names one that is not known.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

import httpx
import jwt
import structlog

#: What an id token may be signed with, and the keys that do so. Nothing symmetric, and never "none".
_KEYS_OF = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
#: How far the provider's clock may be from ours, and how old an id token may be that was asked for just now.
SKEW, _FRESH = timedelta(minutes=2), timedelta(minutes=10)
#: How long addresses and keys are believed, and for how long a provider that did not answer is not asked again.
_KEPT, _RESTS = timedelta(hours=1), timedelta(seconds=5)
_TIMEOUT_S, _LONGEST_ANSWER, _LONGEST_SUBJECT, _END_OF_TIME = 5.0, 512 * 1024, 255, 1e12

log = structlog.get_logger()


class ProviderDown(Exception):
    """The provider does not answer, or answers something that nothing can be done with."""


class NotVouched(Exception):
    """The provider does not vouch for anybody, or not in a way that can be believed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vouched:
    """For whom the provider vouches. ``by`` is issuer and subject; ``email`` is None unless the provider verified it.

    ``second``: it asked for a second factor.
    """

    by: str
    email: str | None
    name: str
    second: bool


@dataclass(frozen=True, slots=True)
class _Kept:
    """Something fetched, and when."""

    value: Any
    at: datetime


@dataclass(slots=True)
class Provider:
    """An identity provider, to which this installation is known as ``client_id``."""

    issuer: str
    client_id: str
    secret: str = field(repr=False)
    client: httpx.Client = field(repr=False)
    clock: Callable[[], datetime] = field(repr=False)
    _kept: dict[str, _Kept] = field(default_factory=dict, init=False, repr=False)
    _failed_at: datetime | None = field(default=None, init=False, repr=False)

    def address(self, *, state: str, nonce: str, verifier: str, back: str) -> str:
        """Where a browser is sent to sign in; it comes back to ``back``. Raises ProviderDown."""
        asked = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": back,
            "scope": "openid email profile",
            "state": state,
            "nonce": nonce,
            "code_challenge": base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
            .rstrip(b"=")
            .decode(),
            "code_challenge_method": "S256",
        }
        address = str(self._about()["authorization_endpoint"])
        return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(asked)}"

    def vouched(self, answered: Mapping[str, str], *, nonce: str, verifier: str, back: str) -> Vouched:
        """For whom the provider vouches who sent a browser back with ``answered``. Raises ProviderDown, NotVouched."""
        if answered.get("error") in {"server_error", "temporarily_unavailable"}:
            raise ProviderDown(answered["error"])
        # Of two providers, one must not pass off the other's answers as its own.
        told = answered.get("iss")
        if told != self.issuer and (
            told or self._about().get("authorization_response_iss_parameter_supported") is True
        ):
            raise NotVouched("issuer of the answer")
        if not answered.get("code") or "error" in answered:
            raise NotVouched("no code")
        found = self._traded(answered["code"], verifier=verifier, back=back)
        if not isinstance(found.get("id_token"), str):
            raise NotVouched("no id token")
        claims = self._checked(found["id_token"], nonce=nonce)
        subject, email, methods = claims["sub"], claims.get("email"), claims.get("amr")
        verified = claims.get("email_verified") in (True, "true") and isinstance(email, str)
        return Vouched(
            by=f"{self.issuer} {subject}",
            email=str(email) if verified else None,
            name=str(claims.get("name") or ""),
            second=isinstance(methods, list) and "mfa" in methods,
        )

    def _traded(self, code: str, *, verifier: str, back: str) -> dict[str, Any]:
        """What the provider gives for a code."""
        about = self._about()
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier}
        ways = about.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        headers = {"Accept": "application/json"}
        if "client_secret_basic" in ways:
            pair = f"{quote_plus(self.client_id)}:{quote_plus(self.secret)}".encode()
            headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
        else:
            form |= {"client_id": self.client_id, "client_secret": self.secret}
        status, found = self._asked("POST", str(about["token_endpoint"]), data=form, headers=headers)
        if status == 200:
            return found
        error = str(found.get("error"))[:40]
        log.warning("identity_code_refused", status=status, error=error)
        if status == 400 and error == "invalid_grant":
            raise NotVouched("code")
        raise ProviderDown(error)

    def _checked(self, token: str, *, nonce: str) -> dict[str, Any]:
        """The claims of an id token that the provider made for us, now, and for this browser."""
        try:
            header = jwt.get_unverified_header(token)
            key = self._key(header)
            options: Any = {"verify_signature": True} | {
                f"verify_{each}": False for each in ("exp", "nbf", "iat", "aud", "iss", "sub", "jti")
            }
            claims = jwt.decode(token, key, algorithms=[key.algorithm_name], options=options)
        except jwt.PyJWTError as error:
            raise NotVouched(type(error).__name__) from None
        wrong = self._wrong(claims, nonce)
        if wrong:
            raise NotVouched(wrong)
        return claims

    def _wrong(self, claims: Mapping[str, Any], nonce: str) -> str | None:
        """Which claim cannot be believed."""
        if claims.get("iss") != self.issuer:
            return "iss"
        audience = claims.get("aud")
        audiences = [audience] if isinstance(audience, str) else audience if isinstance(audience, list) else []
        if self.client_id not in audiences:
            return "aud"
        if claims.get("azp", self.client_id if len(audiences) == 1 else None) != self.client_id:
            return "azp"
        given = claims.get("nonce")
        if not isinstance(given, str) or not hmac.compare_digest(given.encode("utf-8", "replace"), nonce.encode()):
            return "nonce"
        subject = claims.get("sub")
        if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST_SUBJECT or not subject.isprintable():
            return "sub"
        now, skew = self.clock().timestamp(), SKEW.total_seconds()
        ends, made, begins = (_moment(claims.get(name)) for name in ("exp", "iat", "nbf"))
        if ends is None or ends <= now - skew:
            return "exp"
        if made is None or not now - _FRESH.total_seconds() - skew <= made <= now + skew:
            return "iat"
        if "nbf" in claims and (begins is None or begins > now + skew):
            return "nbf"
        return None

    def _key(self, header: Mapping[str, Any]) -> jwt.PyJWK:
        """The key that a token names. Raises NotVouched."""
        algorithm, id = header.get("alg"), header.get("kid")
        if algorithm not in ALGORITHMS:
            raise NotVouched("algorithm")
        fits = self._fitting(self._keys(), algorithm, id)
        if not fits:
            # The provider has other keys since.
            fits = self._fitting(self._keys(again=True), algorithm, id)
        if len(fits) != 1:
            raise NotVouched("key")
        return jwt.PyJWK(dict(fits[0]), algorithm=algorithm)

    @staticmethod
    def _fitting(keys: Sequence[Any], algorithm: str, id: object) -> list[Mapping[str, Any]]:
        return [
            key
            for key in keys
            if isinstance(key, dict)
            and key.get("kty") == _KEYS_OF[algorithm[:2]]
            and key.get("use", "sig") == "sig"
            and key.get("alg", algorithm) == algorithm
            and (id is None or key.get("kid") == id)
        ]

    def _keys(self, *, again: bool = False) -> Sequence[Any]:
        found = self._fetched(str(self._about()["jwks_uri"]), again=again).get("keys")
        if not isinstance(found, list):
            raise ProviderDown("no keys")
        return found

    def _about(self) -> dict[str, Any]:
        """The provider's discovery document, which must be its own and lead to safe addresses only."""
        about = self._fetched(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
        if about.get("issuer") != self.issuer:
            log.error("identity_other_issuer", told=str(about.get("issuer"))[:200])
            raise ProviderDown("issuer")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not _safe(about.get(name), self.issuer):
                log.error("identity_unsafe_address", name=name)
                raise ProviderDown(name)
        return about

    def _fetched(self, url: str, *, again: bool = False) -> dict[str, Any]:
        now, kept = self.clock(), self._kept.get(url)
        if kept is not None and not again and kept.at <= now < kept.at + _KEPT:
            return dict(kept.value)
        if self._failed_at is not None and self._failed_at <= now < self._failed_at + _RESTS:
            raise ProviderDown("a moment ago")
        status, found = self._asked("GET", url)
        if status != 200:
            raise ProviderDown(str(status))
        self._kept[url] = _Kept(found, now)
        return found

    def _asked(self, method: str, url: str, **more: Any) -> tuple[int, dict[str, Any]]:
        """The status of an answer and the object in it. Raises ProviderDown."""
        try:
            with self.client.stream(method, url, timeout=_TIMEOUT_S, follow_redirects=False, **more) as answer:
                body = b""
                for part in answer.iter_bytes():
                    body += part
                    if len(body) > _LONGEST_ANSWER:
                        raise ValueError("too long")
            found = json.loads(body)
            if not isinstance(found, dict):
                raise ValueError("no object")
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError) as error:
            self._failed_at = self.clock()
            log.warning("identity_provider_down", error=type(error).__name__)
            raise ProviderDown(type(error).__name__) from None
        return answer.status_code, found


def _safe(address: object, issuer: str) -> bool:
    """Whether an address that the provider tells is as safe as its own."""
    if not isinstance(address, str) or not address.isprintable():
        return False
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return bool(parts.hostname) and parts.scheme in {"https", urlsplit(issuer).scheme}


def _moment(value: object) -> float | None:
    """Seconds since 1970, as far as a clock goes; None for what is none, such as NaN."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < _END_OF_TIME:
        return None
    return float(value)
