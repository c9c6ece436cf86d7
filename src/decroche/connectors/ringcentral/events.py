"""RingCentral's telephony session notifications: what each party of a call does, as it happens.

A notification shows one or more parties of a session; the person outside is none of them. Our parties are legs, named
by their extension as in the call log, so that a notification and a record of the log speak of the same leg. Menus and
queues have extensions too: what they take up is no answer. RingCentral does not say which ones they are, so they may be
told at set-up; and a leg that ends by handing the caller on after a key, or to an agent of the queue, was one.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from hmac import compare_digest
from typing import Any, NamedTuple

from decroche.connector_kit.connector import Answer, Delivery, Record, Settings
from decroche.connector_kit.errors import Ignored, Malformed, NotAuthentic
from decroche.connector_kit.numbers import with_plus
from decroche.connector_kit.objects import Told, decode, encode, flag, inner, moment, number, objects, text, without
from decroche.connectors.ringcentral import texts
from decroche.connectors.ringcentral.subscription import verification_token
from decroche.model.call import Direction, MissedReason
from decroche.model.fact import Fact, Heard, Stage, UnknownWord

_TOKEN_HEADERS = ("validation-token", "verification-token")
#: RingCentral takes no answer above 1,024 bytes with all its headers.
_LONGEST_CHALLENGE = 400
#: SIP dialogs let whoever knows them take the call.
_SECRETS = ("sipData", "validationToken", "verificationToken")

_STAGES = {
    "Setup": Stage.CREATED,
    "Proceeding": Stage.RINGING,
    "Answered": Stage.ANSWERED,
    "Hold": Stage.HELD,
    "Parked": Stage.HELD,
    "VoiceMail": Stage.ENRICHED,
    "Voicemail": Stage.ENRICHED,
    "VoiceMailScreening": Stage.ENRICHED,
    "VMScreening": Stage.ENRICHED,
    "FaxReceive": Stage.ENRICHED,
    "Disconnected": Stage.ENDED,
    "Gone": Stage.ENDED,
}
_TO_VOICEMAIL = frozenset({"VoiceMail", "Voicemail", "VoiceMailScreening", "VMScreening"})
#: Why a party ended -> why nobody answered. None: it tells nothing of that.
_REASONS: dict[str, MissedReason | None] = {
    "NoAnswer": MissedReason.NO_ANSWER,
    "Timeout": MissedReason.NO_ANSWER,
    "TargetBusy": MissedReason.BUSY,
    "Rejected": MissedReason.AGENT_REJECTED,
    "Cancelled": MissedReason.ABANDONED_RINGING,
    "CallDropped": MissedReason.ABANDONED_RINGING,
    "DestinationBlocked": MissedReason.BLOCKED_SPAM,
    **dict.fromkeys(
        ("InternalError", "InvalidNumber", "InternationalDisabled", "NotEnoughFunds", "NoSuchUser"),
        MissedReason.TECHNICAL_FAILURE,
    ),
    **dict.fromkeys(
        (
            "Pickup", "Supervising", "TakeOver", "BlindTransfer", "RccTransfer", "AttendedTransfer", "Conference",
            "CallerInputRedirect", "CallFlip", "ParkLocation", "DtmfTransfer", "AgentAnswered", "AgentDropped",
            "CallRedirected", "CallReplied", "CallFinished", "Voicemail", "Undefined",
        )
    ),
}  # fmt: skip
#: The call goes on with somebody else.
_GOES_ON = frozenset(
    {
        "Pickup", "Supervising", "TakeOver", "BlindTransfer", "RccTransfer", "AttendedTransfer", "Conference",
        "CallerInputRedirect", "CallFlip", "ParkLocation", "DtmfTransfer", "AgentAnswered", "AgentDropped",
        "CallRedirected", "Undefined",
    }
)  # fmt: skip
#: The next rule may try somebody else, unless RingCentral also says that the call was missed.
_MAY_GO_ON = frozenset({"NoAnswer", "Timeout", "TargetBusy", "Rejected"})
#: So ends a menu or a queue, never a person.
_NO_PERSON = frozenset({"CallerInputRedirect", "AgentAnswered"})
_ORIGINS = frozenset({"Call", "RingOut", "RingMe", "Conference"})
_NO_CALLS = frozenset({"GreetingsRecording", "VerificationCall", "TestCall"})


def challenge(delivery: Delivery, settings: Settings) -> Answer | None:
    """The echo with which RingCentral tests an address: a token and no event."""
    token = delivery.headers.get("validation-token", "")
    if not token or delivery.body.strip() or len(token) > _LONGEST_CHALLENGE or not token.isprintable():
        return None
    return Answer(content_type="application/json", headers={"Validation-Token": token})


def verify(delivery: Delivery, settings: Settings, now: datetime) -> None:
    """Raises NotAuthentic unless the delivery shows the token of our subscription. Nothing else is signed."""
    expected = verification_token(settings).encode()
    shown = [delivery.headers.get(name, "").encode("utf-8", "replace") for name in _TOKEN_HEADERS]
    matches = [compare_digest(each, expected) for each in shown]
    if not expected or not any(matches):
        raise NotAuthentic("the token is not the subscription's" if expected else "no token is set")


def record(delivery: Delivery) -> Record:
    """The notification. Raises Ignored for what is not about a session of a call, and Malformed."""
    told = decode(delivery.body)
    body, event = inner(told, "body"), text(told, "event")
    if texts.is_about_text(event):
        return texts.record(told, delivery)
    session = text(body, "telephonySessionId")
    if session is None or "/telephony/sessions" not in (event or "/telephony/sessions"):
        if event is None and "pn_apns" not in told:
            raise Malformed("a notification without an event")
        raise Ignored("not about a session of a call")
    parties = [text(party, "id") or "" for party in objects(body, "parties")]
    parts = [session, text(body, "sequence") or "", text(body, "eventTime") or "", *parties]
    return Record(kind="session", key=text(told, "uuid") or "/".join(parts), body=encode(without(told, _SECRETS)))


class _Session(NamedTuple):
    """What a notification says of the session as a whole."""

    key: str
    at: datetime
    sequence: int | None
    origin: str | None
    services: frozenset[str]


def hear_session(told: Told, settings: Settings) -> Heard:
    """What a kept notification says. Raises Malformed and Ignored."""
    body = inner(told, "body")
    key, at = text(body, "telephonySessionId"), moment(body, "eventTime") or moment(told, "timestamp")
    if key is None or at is None:
        raise Malformed("a session without an id or a time")
    origin = text(inner(body, "origin"), "type")
    if origin in _NO_CALLS:
        raise Ignored("RingCentral's own call")
    sequence = number(body, "sequence")
    services = frozenset(settings.get("service_extensions", "").replace(",", " ").split())
    session = _Session(key, at, None if sequence is None else int(sequence), origin, services)
    unknown = [UnknownWord("origin.type", origin)] if origin is not None and origin not in _ORIGINS else []
    facts: list[Fact] = []
    for party in objects(body, "parties"):
        said = _Party(session, party)
        facts += said.facts()
        unknown += said.unknown
    return Heard(facts=tuple(facts), unknown=tuple(unknown))


class _Party:
    """One party of a notification, read."""

    def __init__(self, session: _Session, party: Told) -> None:
        self.session, self.unknown = session, list[UnknownWord]()
        self.extension = text(party, "extensionId")
        self.leg_key = self.extension or text(party, "id") or ""
        from_, to, status = inner(party, "from"), inner(party, "to"), inner(party, "status")
        self.code = self._known(status, "code", _STAGES)
        self.reason = self._known(status, "reason", _REASONS)
        self.calls = text(party, "direction") == "Outbound"
        self.direction = self._direction(party, from_, to)
        self.caller, self.called = _number(from_), _number(to)
        self.of_queue = flag(party, "queueCall") is True
        self.queue = text(to, "name", "extensionId") if self.of_queue else None
        self.missed = flag(party, "missedCall") is True
        self.service = self.extension in session.services
        peer = text(inner(party, "peerId"), "telephonySessionId")
        self.same_call = (peer,) if peer is not None and peer != session.key else ()

    def facts(self) -> Iterable[Fact]:
        """What the notification says of this party."""
        if not self.leg_key:
            return
        if self.code == "FaxReceive":
            # A fax is no call that somebody misses: the word of the call itself outdoes that of its legs.
            yield self._fact(Stage.ENRICHED, leg_key="", direction=Direction.UNKNOWN, raw_reason="FaxReceive")
            return
        stage = _STAGES.get(self.code or "", Stage.ENRICHED)
        if (stage is Stage.ANSWERED and not self._is_person()) or (stage is Stage.RINGING and not self._rings()):
            stage = Stage.CREATED
        yield self._fact(stage, **self._who(), **(self._end() if stage is Stage.ENDED else {}), **self._voicemail())

    def _fact(self, stage: Stage, **more: Any) -> Fact:
        session = self.session
        more.setdefault("leg_key", self.leg_key)
        return Fact(
            call_key=session.key,
            stage=stage,
            at=session.at,
            sequence=session.sequence,
            same_call=self.same_call,
            **more,
        )

    def _direction(self, party: Told, from_: Told, to: Told) -> Direction | None:
        """The way of the call. The party outside, whom we reach, says nothing of it."""
        word = text(party, "direction")
        if word not in (None, "Inbound", "Outbound"):
            self.unknown.append(UnknownWord("direction", word or ""))
            return None
        if self.extension is None or word is None:
            return None
        if self.session.origin == "RingOut":
            return Direction.OUTBOUND
        if text(to if self.calls else from_, "extensionId") is not None:
            return Direction.INTERNAL
        return Direction.OUTBOUND if self.calls else Direction.INBOUND

    def _is_person(self) -> bool:
        """A colleague who takes a call, or the person outside who takes ours."""
        if self.extension is None:
            return True
        ours_first = self.session.origin == "RingOut" or (self.calls and self.direction is Direction.INTERNAL)
        return not self.service and not ours_first

    def _rings(self) -> bool:
        return self.extension is not None and not self.calls and not self.service

    def _who(self) -> dict[str, Any]:
        if self.extension is None:
            return {}
        line = self.called if self.direction is Direction.INBOUND else None
        return {
            "direction": self.direction,
            "caller": self.caller,
            "called": self.called,
            "line": self.caller if self.direction is Direction.OUTBOUND else line,
            "agent": None if self.service else self.extension,
            "queue": self.queue,
            "queued": True if self.of_queue else None,
        }

    def _voicemail(self) -> dict[str, Any]:
        reached = self.code in _TO_VOICEMAIL or self.reason == "Voicemail"
        return {"voicemail": True} if reached and self.direction is not Direction.OUTBOUND else {}

    def _end(self) -> dict[str, Any]:
        reason = _REASONS.get(self.reason or "")
        if reason is MissedReason.ABANDONED_RINGING and (self.of_queue or self.service):
            reason = MissedReason.ABANDONED_QUEUE
        return {
            "final": self._ends_the_call(),
            "reason": reason,
            "raw_reason": self.reason,
            "answered": False if self.reason in _NO_PERSON else None,
        }

    def _ends_the_call(self) -> bool:
        """Whether nobody else can still take the call. Too late is better than too early: a caller may still wait."""
        if self.code != "Disconnected" or self.extension is None or self.reason in _GOES_ON:
            return False
        if self.of_queue and (self.missed or self.reason in _MAY_GO_ON):
            return False
        known = self.reason is None or self.reason in _REASONS
        return known and (self.reason not in _MAY_GO_ON or self.missed)

    def _known(self, told: Told, name: str, words: Iterable[str]) -> str | None:
        word = text(told, name)
        if word is not None and word not in words:
            self.unknown.append(UnknownWord(f"status.{name}", word))
        return word


def _number(told: Told) -> str | None:
    return with_plus(text(told, "phoneNumber")) or text(told, "extensionNumber")
