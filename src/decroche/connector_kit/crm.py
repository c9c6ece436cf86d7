"""What a CRM can tell and be told: the parts ``deals``, ``contacts`` and ``activities`` of a connector."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from decroche.connector_kit.errors import ConnectorError
from decroche.connector_kit.http import Http

Settings = Mapping[str, str]


class DealState(StrEnum):
    """What has become of a deal. ``UNKNOWN``: the CRM's word for it is none that we know."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """A deal as the CRM has it now. ``ref`` is its id there, ``contacts`` are ids of people there, the main one first.

    ``owner``, ``pipeline`` and ``stage`` are the CRM's words, names where it tells them. ``closed_at`` is set once it
    is won or lost, ``expected_on`` before. Without a ``currency`` the amount is in that of the connection.
    """

    ref: str
    state: DealState
    changed_at: datetime
    title: str = field(default="", repr=False)
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    expected_on: date | None = None
    amount: Decimal | None = None
    currency: str | None = None
    owner: str | None = None
    pipeline: str | None = None
    stage: str | None = None
    source: str | None = None
    campaign: str | None = None
    tags: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """What the CRM has no more: deleted, or (``into``) made one with another. ``at``: when, where it says so."""

    ref: str
    at: datetime | None = None
    into: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DealPage:
    """Some deals that changed. ``next`` is where to go on, also after a restart; ``more``: there is more at once.

    ``named`` are ids of people whom something else names that is no deal: a ticket.
    """

    deals: tuple[Deal, ...]
    next: str
    more: bool
    gone: tuple[Gone, ...] = ()
    named: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Deals:
    """Reading deals as they change.

    ``fetch`` gets where to go on (None: from the beginning) and the present moment, and gives a page. The same deal
    may come again, later ones before earlier ones. It raises Unavailable and Misconfigured. Who asks keeps to
    ``per_minute`` and asks again ``every`` so often once nothing more is left.
    """

    fetch: Callable[[Http, Settings, str | None, datetime], DealPage]
    needs: tuple[tuple[str, ...], ...] = ()
    per_minute: int = 60
    every: timedelta = timedelta(minutes=1)
    #: What is read are tickets of a help desk: they name people, and none of them is a deal.
    of_tickets: bool = False

    def missing(self, settings: Settings) -> tuple[str, ...]:
        """Which of the settings that it needs are empty: of the first alternative, where none is complete."""
        lacking = [tuple(key for key in keys if not settings.get(key, "").strip()) for keys in self.needs]
        return lacking[0] if lacking and all(lacking) else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Somebody whom the CRM knows: their numbers as people wrote them there, and an e-mail."""

    ref: str
    numbers: tuple[str, ...] = field(default=(), repr=False)
    email: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactsRead:
    """What became of the ids that were asked for: who they are, and who is gone."""

    contacts: tuple[Contact, ...]
    gone: tuple[Gone, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Contacts:
    """Reading only those people whom deals name. ``read`` takes at most ``at_once`` ids; raises as ``Deals.fetch``."""

    read: Callable[[Http, Settings, Sequence[str]], ContactsRead]
    at_once: int = 100


class ActivityKind(StrEnum):
    """What can be written into a CRM."""

    CALL = "call"
    NOTE = "note"
    TASK = "task"


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """Something to write beside a contact or a deal. ``key`` is ours, 32 letters and digits, the same at every try.

    ``at`` is when a call began, a note was made or a task is due. ``caller`` and ``called`` are E.164 with plus sign.
    """

    key: str
    kind: ActivityKind
    at: datetime
    title: str = field(repr=False)
    body: str = field(default="", repr=False)
    inbound: bool = True
    answered: bool = False
    duration_s: float = 0.0
    caller: str = field(default="", repr=False)
    called: str = field(default="", repr=False)
    contact: str | None = None
    deal: str | None = None
    owner: str | None = None


class NotWritten(ConnectorError):
    """The CRM will never take this activity, and has not taken it: its own rules, or what it hangs on is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Activities:
    """Writing calls, notes and tasks.

    ``write`` gives the CRM's id of it. It raises Unavailable when surely nothing was written, ``texts.OutcomeUnknown``
    when an answer was lost, NotWritten, or Misconfigured. Where ``find`` is None the CRM itself knows a repetition by
    our key; otherwise ``find`` is asked first, once ``settled_after`` has passed: its id, or None when there is none.
    """

    write: Callable[[Http, Settings, Activity], str]
    find: Callable[[Http, Settings, Activity], str | None] | None = None
    settled_after: timedelta = timedelta(minutes=1)
