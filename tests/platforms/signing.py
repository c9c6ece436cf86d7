"""Signs deliveries as each platform does, with the secrets of one account or of another. One signer for each scheme."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from twilio.request_validator import RequestValidator

from decroche.connector_kit.connector import Delivery
from decroche.model.call import Direction
from decroche.simulate.ringover import Account, Scheme, event, signed
from decroche.simulate.stories import CallStory, Happening, Step

Secrets = Mapping[str, str]
NOW = datetime(2026, 3, 4, 13, 15, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """One way in which ``platform`` proves who it is; ``sign`` makes a delivery of ours or of ``theirs``.

    The proof is the header ``header``, the key ``field`` of the JSON body, or the parameter ``query``. ``covers`` is
    what is signed of the rest: url, body, time; a secret that is only shown covers nothing.
    """

    platform: str
    scheme: str
    ours: Secrets
    theirs: Secrets
    sign: Callable[[Secrets, str, datetime], Delivery]
    header: str = ""
    field: str = ""
    query: str = ""
    covers: frozenset[str] = frozenset()

    def proof(self, delivery: Delivery) -> str:
        """The proof that a delivery bears."""
        if self.query:
            return dict(parse_qsl(urlsplit(delivery.url).query))[self.query]
        return delivery.headers[self.header] if self.header else str(json.loads(delivery.body)[self.field])

    def with_proof(self, delivery: Delivery, proof: str | None) -> Delivery:
        """The delivery with another proof, or with None."""
        if self.query:
            parts = urlsplit(delivery.url)
            rest = [(name, value) for name, value in parse_qsl(parts.query) if name != self.query]
            shown = rest if proof is None else [(self.query, proof), *rest]
            return replace(delivery, url=urlunsplit(parts._replace(query=urlencode(shown))))
        if self.header:
            others = {name: value for name, value in delivery.headers.items() if name != self.header}
            return replace(delivery, headers=others if proof is None else {**others, self.header: proof})
        told = {name: value for name, value in json.loads(delivery.body).items() if name != self.field}
        return replace(delivery, body=json.dumps(told if proof is None else {**told, self.field: proof}).encode())


def _aircall(secrets: Secrets, url: str, now: datetime) -> Delivery:
    told = {"event": "call.created", "timestamp": int(now.timestamp()), "resource": "call",
            "data": {"id": 7, "direction": "inbound"}, "token": secrets["token"]}  # fmt: skip
    return Delivery(url=url, headers={"content-type": "application/json"}, body=json.dumps(told).encode())


def _freeswitch(secrets: Secrets, url: str, now: datetime) -> Delivery:
    shown = base64.b64encode(f"decroche:{secrets['hook_password']}".encode()).decode()
    body = json.dumps({"variables": {"uuid": "5e3f0c1a-0000-4000-8000-000000000001"}}).encode()
    return Delivery(url=url, headers={"authorization": f"Basic {shown}"}, body=body)


def _ringcentral(secrets: Secrets, url: str, now: datetime) -> Delivery:
    told = {"event": "/restapi/v1.0/account/1/telephony/sessions", "uuid": "u1",
            "body": {"telephonySessionId": "s1", "sequence": 1, "parties": []}}  # fmt: skip
    return Delivery(
        url=url, headers={"validation-token": secrets["verification_token"]}, body=json.dumps(told).encode()
    )


def _ringover(scheme: Scheme | None) -> Callable[[Secrets, str, datetime], Delivery]:
    def sign(secrets: Secrets, url: str, now: datetime) -> Delivery:
        story = CallStory(
            number=7, started_at=now - timedelta(seconds=20), direction=Direction.INBOUND, caller="+33639980001",
            called="+33199000002", steps=(),
        )  # fmt: skip
        account = Account(
            url=url, call_key=secrets["call_key"], after_call_key=secrets["after_call_key"], scheme=scheme or Scheme.V3
        )
        sent = signed(event(story, Step(at=now, happening=Happening.MISSED)), account=account, at=now)
        headers = {name.lower(): value for name, value in sent.headers.items()}
        if scheme is None:
            headers = {"x-ringover-webhook-signature": secrets["call_key"]}
        return Delivery(url=url, headers=headers, body=sent.body)

    return sign


def _smpp(secrets: Secrets, url: str, now: datetime) -> Delivery:
    shown = urlencode({"token": secrets["token"], "reference": "r7f3", "status": "1", "at": "1772629920"})
    return Delivery(url=f"{url}?{shown}", headers={"user-agent": "Kannel/1.4.5"}, body=b"", method="GET")


def _twilio(secrets: Secrets, url: str, now: datetime) -> Delivery:
    fields = {"AccountSid": "AC1", "CallSid": "CA1", "CallStatus": "no-answer", "SequenceNumber": "2"}
    signature = RequestValidator(secrets["auth_token"]).compute_signature(url, fields)
    return Delivery(url=url, headers={"x-twilio-signature": signature}, body=urlencode(fields).encode())


def _vonage(secrets: Secrets, url: str, now: datetime) -> Delivery:
    told = {"message_uuid": "aaaaaaaa-bbbb-cccc-dddd-0123456789a7", "status": "delivered", "channel": "sms"}
    body = json.dumps(told).encode()
    claims = {"iat": int(now.timestamp()), "iss": "Vonage", "payload_hash": hashlib.sha256(body).hexdigest()}
    parts = [json.dumps(each).encode() for each in ({"alg": "HS256", "typ": "JWT"}, claims)]
    signed = ".".join(base64.urlsafe_b64encode(each).decode().rstrip("=") for each in parts)
    proof = hmac.digest(secrets["signature_secret"].encode(), signed.encode(), hashlib.sha256)
    token = f"{signed}.{base64.urlsafe_b64encode(proof).decode().rstrip('=')}"
    return Delivery(url=url, headers={"authorization": f"Bearer {token}"}, body=body)


def _keys(name: str) -> dict[str, str]:
    return {"call_key": f"{name}-call-key-" * 6, "after_call_key": f"{name}-after-call-key-" * 5}


SIGNERS = (
    Signer(
        platform="aircall", scheme="token", ours={"token": "our-token-0123"}, theirs={"token": "their-token-456"},
        sign=_aircall, field="token",
    ),
    Signer(
        platform="freeswitch", scheme="basic", ours={"hook_password": "our-password"},
        theirs={"hook_password": "their-password"}, sign=_freeswitch, header="authorization",
    ),
    Signer(
        platform="ringcentral", scheme="token", ours={"verification_token": "our-token"},
        theirs={"verification_token": "their-token"}, sign=_ringcentral, header="validation-token",
    ),
    Signer(
        platform="ringover", scheme="v1", ours=_keys("our"), theirs=_keys("their"), sign=_ringover(Scheme.V1),
        header="x-ringover-webhook-signature", covers=frozenset({"url"}),
    ),
    Signer(
        platform="ringover", scheme="v3", ours=_keys("our"), theirs=_keys("their"), sign=_ringover(Scheme.V3),
        header="x-ringover-webhook-signature-v3", covers=frozenset({"url", "body", "time"}),
    ),
    Signer(
        platform="ringover", scheme="bare", ours=_keys("our"), theirs=_keys("their"), sign=_ringover(None),
        header="x-ringover-webhook-signature",
    ),
    Signer(
        platform="smpp", scheme="token", ours={"token": "ourToken0123"}, theirs={"token": "theirToken456"},
        sign=_smpp, query="token",
    ),
    Signer(
        platform="twilio", scheme="sha1", ours={"auth_token": "our-token"}, theirs={"auth_token": "their-token"},
        sign=_twilio, header="x-twilio-signature", covers=frozenset({"url", "body"}),
    ),
    Signer(
        platform="vonage", scheme="jwt", ours={"signature_secret": "our-signature-secret-0123456789abcdef"},
        theirs={"signature_secret": "their-signature-secret-0123456789abcd"}, sign=_vonage, header="authorization",
        covers=frozenset({"body", "time"}),
    ),
)  # fmt: skip
