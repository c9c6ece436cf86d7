"""A text message as phone systems and gateways speak of it: what came in, and what became of what went out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class TextState(StrEnum):
    """How far a text of ours came.

    It is ``intended`` before anybody is asked to send it, ``handed`` when a provider accepted it, then ``delivered`` or
    ``failed``. It is ``unknown`` while nobody can tell whether a provider accepted it, and ``given_up`` when a person
    was asked to find out. A ``cancelled`` one was never handed to anybody.
    """

    INTENDED = "intended"
    UNKNOWN = "unknown"
    HANDED = "handed"
    DELIVERED = "delivered"
    FAILED = "failed"
    GIVEN_UP = "given_up"
    CANCELLED = "cancelled"


class NotTaken(StrEnum):
    """Why a provider did not take a text at the last try, that is tried again."""

    #: It did not answer, or said that it is out of order.
    UNAVAILABLE = "unavailable"
    #: It answered that our keys or settings are wrong.
    MISCONFIGURED = "misconfigured"


class TextFailure(StrEnum):
    """Why a text did not arrive, in classes that tell what to do next."""

    #: No such number, or one that cannot have texts: never try again.
    INVALID_NUMBER = "invalid_number"
    LANDLINE = "landline"
    #: The person told the provider or the carrier to stop.
    OPTED_OUT = "opted_out"
    #: The phone is off or away: another time it may arrive.
    UNREACHABLE = "unreachable"
    #: A carrier or the provider filtered it: the words or the sender must change.
    FILTERED = "filtered"
    #: The sender may not write there, or is not registered.
    SENDER_REFUSED = "sender_refused"
    #: No credit, or a limit of the provider's account.
    ACCOUNT_LIMIT = "account_limit"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextReceived:
    """Somebody wrote to us. ``ref`` is the provider's id of the message; numbers are as the provider writes them.

    ``opted_out`` is True when the provider says that it took the message as a refusal and blocks the person by itself.
    """

    ref: str
    sender: str
    recipient: str
    body: str
    at: datetime
    opted_out: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TextReceipt:
    """What became of a text of ours, as its provider says at ``at``.

    ``ref`` is the provider's id; ``reference`` is ours, where the provider repeats it. ``raw_failure`` is the
    provider's own word or code. ``price`` is what one message cost in ``currency``, all its segments together.
    """

    ref: str
    state: TextState
    at: datetime
    reference: str | None = None
    failure: TextFailure | None = None
    raw_failure: str | None = None
    segments: int | None = None
    price: float | None = None
    currency: str | None = None
