"""An identity provider for tests: it does what OpenID Connect asks of it, until a test has it misbehave."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

ISSUER, CLIENT, SECRET = "https://login.garage.example/realm", "décroche", "s3:cr+t%"


class IdentityProvider(httpx.BaseTransport):
    """``claims`` change what its next id token says (None leaves a claim out), ``about`` its discovery document.

    ``sign`` makes the token of its claims; ``down`` is what it answers to everything instead.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.claims: dict[str, Any] = {}
        self.about: dict[str, Any] = {}
        self.down: Callable[[httpx.Request], httpx.Response] | None = None
        self.sign = self.signed
        self.codes: dict[str, dict[str, str]] = {}
        self.asked: list[str] = []
        self.rotate("first")

    def rotate(self, id: str) -> None:
        """Sign with another key from now on, and publish that one only."""
        self.kid, self.key = id, ec.generate_private_key(ec.SECP256R1())

    def signed(self, claims: dict[str, Any]) -> str:
        return jwt.encode(claims, self.key, algorithm="ES256", headers={"kid": self.kid})

    def visit(self, address: str) -> str:
        """Somebody signs in at the address that their browser was sent to. Gives the address they come back to."""
        parts = urlsplit(address)
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{ISSUER}/authorize"
        asked = dict(parse_qsl(parts.query))
        assert (asked["response_type"], asked["client_id"]) == ("code", CLIENT)
        assert asked["code_challenge_method"] == "S256" and asked["scope"].startswith("openid ")
        code = f"code{len(self.codes)}"
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer the server."""
        path = str(request.url).removeprefix(ISSUER)
        self.asked.append(path)
        if self.down is not None:
            return self.down(request)
        if path == "/.well-known/openid-configuration":
            return httpx.Response(200, json=self._about())
        if path == "/keys":
            public = json.loads(ECAlgorithm.to_jwk(self.key.public_key()))
            secret = {"kty": "oct", "kid": self.kid, "k": "AAAA"}
            return httpx.Response(200, json={"keys": [{**public, "kid": self.kid, "use": "sig"}, secret, "nonsense"]})
        assert path == "/token", path
        return self._trade(request)

    def _about(self) -> dict[str, Any]:
        return {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/authorize",
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/keys",
            **self.about,
        }

    def _trade(self, request: httpx.Request) -> httpx.Response:
        form = {name: value[0] for name, value in parse_qs(request.read().decode()).items()}
        basic = base64.b64encode(b"d%C3%A9croche:s3%3Acr%2Bt%25").decode()
        known = request.headers.get("authorization") == f"Basic {basic}" or (
            (form.get("client_id"), form.get("client_secret")) == (CLIENT, SECRET)
        )
        if not known:
            return httpx.Response(401, json={"error": "invalid_client"})
        asked = self.codes.pop(form["code"], None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).decode()
        if asked is None or challenge.rstrip("=") != asked["code_challenge"]:
            return httpx.Response(400, json={"error": "invalid_grant"})
        assert form["redirect_uri"] == asked["redirect_uri"]
        now = self.clock()
        claims = {
            "iss": ISSUER,
            "aud": CLIENT,
            "sub": "subject-1",
            "iat": int(now.timestamp()),
            "exp": int((now + timedelta(minutes=5)).timestamp()),
            "nonce": asked["nonce"],
            "email": "lea@garage.example",
            "email_verified": True,
            "name": "Léa Roy",
            **self.claims,
        }
        told = {name: value for name, value in claims.items() if value is not None}
        return httpx.Response(200, json={"id_token": self.sign(told), "token_type": "Bearer", "access_token": "x"})
