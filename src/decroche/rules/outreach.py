"""What is about to leave for a person (a text, a call, an automated voice, an e-mail), and what is known about them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Means(StrEnum):
    """By what a person is contacted. AUTOMATED_CALL: a recorded or synthesized voice speaks, whoever dials."""

    TEXT = "text"
    CALL = "call"
    AUTOMATED_CALL = "automated_call"
    EMAIL = "email"


CALLS = frozenset({Means.CALL, Means.AUTOMATED_CALL})


class Purpose(StrEnum):
    """What the contact is for. Only PROMOTION sells; what is promotional in any other makes it PROMOTION."""

    REPLY = "reply"
    """The one service answer to their missed call."""
    REQUESTED = "requested"
    """A callback or a slot that they asked for."""
    CONFIRMATION = "confirmation"
    """Of an opt-out, or of a booking."""
    REMINDER = "reminder"
    """Of what they booked."""
    CONVERSATION = "conversation"
    """Our next words in a conversation that they keep up."""
    FOLLOW_UP = "follow_up"
    """A second touch after an unanswered reply."""
    SURVEY = "survey"
    """A question on how it went."""
    PROMOTION = "promotion"
    """Anything that promotes goods, services or the image of the business."""
    TEST = "test"
    """A look at our own words: it goes to people of the business, and to nobody else."""
    NOTICE = "notice"
    """Word to people of the business that a caller waits for them."""
    REPORT = "report"
    """Figures that a member of the business asked to be sent to their own number."""


class Scope(StrEnum):
    """What an opt-out stops. STOP stops everything; KW-4 leaves a person's own new call to be answered by a call.
    The values are those of the ledger.
    """

    EVERYTHING = "all"
    TEXTS = "text"
    CALLS = "call"
    EMAILS = "email"
    PROMOTION = "promotion"


class Sector(StrEnum):
    """A business whose prospecting the law treats apart."""

    ORDINARY = "ordinary"
    ENERGY_RENOVATION = "energy_renovation"
    HOME_ADAPTATION = "home_adaptation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outreach:
    """One contact, before it leaves.

    ``recipient``: E.164 digits. ``sender``: the number or name shown, as configured; empty when the provider chooses.
    ``country``, ``subdivision``: the place of the business (``FR``, ``CA`` and ``QC``; ``CA-QC`` is understood); where
    the recipient is, their number says. ``at``: when it would leave, with its zone. ``language``: of its words.
    ``missed_at``: the call that it answers. ``ai_disclosed``: None when no machine takes part in the words; otherwise
    whether the first words say so. ``promotional``: its words were found to promote something. ``expects_reply``: it
    invites an answer. ``confirms_opt_out``: it is the confirmation of a STOP. ``about``: the subject, compared with
    that of the callback request.
    """

    means: Means
    purpose: Purpose
    recipient: int
    at: datetime
    country: str
    subdivision: str | None = None
    sender: str = ""
    language: str = "fr"
    missed_at: datetime | None = None
    ai_disclosed: bool | None = None
    promotional: bool = False
    expects_reply: bool = False
    confirms_opt_out: bool = False
    about: str = ""
    sector: Sector = Sector.ORDINARY

    def __post_init__(self) -> None:
        for moment in (self.at, self.missed_at):
            if moment is not None and moment.tzinfo is None:
                raise ValueError("an outreach is told in moments with a zone")

    @property
    def treated_as(self) -> Purpose:
        """The purpose that the rules look at: promotion, whatever it is called, where the words promote."""
        return Purpose.PROMOTION if self.promotional else self.purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOut:
    """They asked to be left alone."""

    at: datetime
    scope: Scope = Scope.EVERYTHING
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """An express consent. Without ``evidence`` (where its proof lies) it proves nothing and counts for nothing.

    ``means``: empty is every means. ``written``: signed or ticked by the person, as the United States want it for
    telemarketing. ``promotion``: it covers prospecting, not only service messages.
    """

    at: datetime
    evidence: str
    means: frozenset[Means] = frozenset()
    promotion: bool = True
    written: bool = False
    expires_at: datetime | None = None
    withdrawn_at: datetime | None = None

    def covers(self, means: Means, at: datetime, *, promotion: bool) -> bool:
        """Whether it stands at ``at`` for this means, proven, not withdrawn, not past its own end."""
        return (
            bool(self.evidence.strip())
            and self.at <= at
            and (not self.means or means in self.means)
            and (self.promotion or not promotion)
            and (self.expires_at is None or at < self.expires_at)
            and (self.withdrawn_at is None or at < self.withdrawn_at)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """They said no in a conversation, without asking to be left alone for good."""

    at: datetime
    means: Means = Means.CALL


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A contact that left, whether or not it arrived. ``answered``: they wrote back, or took the call."""

    at: datetime
    means: Means
    purpose: Purpose
    answered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackRequest:
    """They asked to be called back. ``within``: the delay that was announced; None takes that of the rules.

    ``slot``: the period that they chose, ``[start, end)``. ``evidence``: the channel and the words shown.
    """

    asked_at: datetime
    within: timedelta | None = None
    about: str = ""
    evidence: str = ""
    slot: tuple[datetime, datetime] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known about the person and the business's dealings with them.

    ``last_heard_at``: their last text or e-mail to us. ``last_inquiry_at``: their last call or question.
    ``last_purchase_at``: a sale or a service that took place. ``contract_in_progress`` counts with ``contract_ref``.
    ``register_checked_at``, ``register_listed``: the national do-not-call list. ``suspicious``: the call failed its
    attestation or looked automated. ``human_conversation``: a person of the business is writing with them.
    ``zones``: where they are, when that is known better than by the number. ``sms_incapable``: a text came back
    because the line takes none.
    """

    opt_outs: tuple[OptOut, ...] = ()
    consents: tuple[Consent, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    request: CallbackRequest | None = None
    last_heard_at: datetime | None = None
    last_inquiry_at: datetime | None = None
    last_purchase_at: datetime | None = None
    contract_in_progress: bool = False
    contract_ref: str = ""
    is_consumer: bool = True
    register_checked_at: datetime | None = None
    register_listed: bool = False
    staff: bool = False
    spam: bool = False
    masked: bool = False
    suspicious: bool = False
    sms_incapable: bool = False
    human_conversation: bool = False
    zones: tuple[str, ...] = ()

    @property
    def has_contract(self) -> bool:
        """Whether a contract in progress is named."""
        return self.contract_in_progress and bool(self.contract_ref.strip())
