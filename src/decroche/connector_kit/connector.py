"""What a phone system can be asked and can tell: the contract that every connector fills, part by part.

A connector is a value made of functions. A capability exists when its part is present; nothing is declared by hand.
Connectors never see a database, a clock or an open socket: they are handed what they read, and say what it means.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from decroche.connector_kit.ads import Ads
from decroche.connector_kit.calls import Calls
from decroche.connector_kit.crm import Activities, Contacts, Deals
from decroche.connector_kit.files import FileFormat
from decroche.connector_kit.http import Http
from decroche.connector_kit.texts import Texts
from decroche.connector_kit.voicemails import Voicemails
from decroche.model.fact import Heard

#: What a person typed at set-up, by the key of its Field, secrets included; and ``zone`` and ``country``.
Settings = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Something a person must tell at set-up. ``secret`` values are stored encrypted and never shown again."""

    key: str
    french: str
    english: str
    secret: bool = False
    required: bool = True
    default: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A request that a platform made to us. ``url`` is the public address it called; header names are lower-case.

    ``received_at`` (UTC) is when it arrived: the time of what a platform tells without saying when. What of it is
    needed later, ``record`` keeps in ``about``.
    """

    url: str
    headers: Mapping[str, str]
    body: bytes
    method: str = "POST"
    received_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What is kept of a delivery, a line or a row: enough to say again what it means, without any secret.

    ``kind`` is the connector's own word for what ``body`` is ("event", "call", "queue_log"…). ``key`` is the same for
    every repetition of the same thing, and for nothing else of this endpoint. ``about`` keeps what is not in the body
    and is needed later, such as a tag in the address or the content type.
    """

    kind: str
    key: str
    body: bytes
    about: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a platform wants to hear back."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """Deliveries that the platform makes to ``/hooks/<connector>/<endpoint key>``.

    ``verify`` raises NotAuthentic unless the delivery is the platform's (constant time; ``now`` has a zone). ``record``
    gives what is kept of it: secrets removed, with its idempotency key; raises Ignored or Malformed. Of what is
    Malformed only size, type and a digest are kept, and it is answered as any other, so that the platform goes on.
    ``challenge`` answers a platform that tests the address before it speaks, and gives None for every other delivery;
    it is asked before ``verify``. ``answer`` is what an accepted delivery is answered. Of a known key only the first is
    kept.
    ``opened_by`` are sets of settings: without one of them complete, no call that is delivered can be trusted.
    """

    verify: Callable[[Delivery, Settings, datetime], None]
    record: Callable[[Delivery], Record]
    challenge: Callable[[Delivery, Settings], Answer | None] = lambda delivery, settings: None
    answer: Answer = Answer()
    opened_by: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscribed:
    """A platform's promise to deliver: its name there, and until when it stands (None: until it is cancelled)."""

    id: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """For a platform that must be asked through its API before it delivers, and asked again before it stops.

    ``create`` asks for deliveries to our hook's address, the only ones to it afterwards, so that it may be repeated.
    ``renew`` gets the id too and prolongs; where the platform has stopped or forgotten the subscription, it creates
    another. ``cancel`` ends it. While one is created the platform tests the address: the door must be open. All raise
    Unavailable or Misconfigured. ``every`` is how often ``renew`` is due, well before ``until``.
    """

    create: Callable[[Http, Settings, str], Subscribed]
    renew: Callable[[Http, Settings, str, str], Subscribed]
    cancel: Callable[[Http, Settings, str], None]
    every: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some records of a period, and how to go on: ``next`` is handed to the next ``fetch``; None when all is read."""

    records: tuple[Record, ...]
    next: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The calls of a past period, asked of the platform's API.

    ``fetch`` gets the client, the settings, the beginning and end of the period (UTC, end excluded, never longer than
    ``longest``) and the ``next`` of the page before. It raises Unavailable or Misconfigured, with the ``status`` of a
    page that is refused. Where one of the settings ``needs`` is empty, past calls are not asked for; endpoints that
    have the same share the ``per_minute`` requests. A record's key changes with what the platform tells of the call.
    """

    fetch: Callable[[Http, Settings, datetime, datetime, str | None], Page]
    needs: tuple[str, ...] = ()
    longest: timedelta = timedelta(days=7)
    per_minute: int = 60
    #: How far back the platform keeps calls.
    reach: timedelta = timedelta(days=180)

    def missing(self, settings: Settings) -> tuple[str, ...]:
        """Which of the settings that it needs are empty."""
        return tuple(key for key in self.needs if not settings.get(key, "").strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFile:
    """A file to which the phone system adds lines. ``record`` gives what is kept of one line; raises Ignored."""

    name: str
    path: str
    record: Callable[[str], Record]


class Conversation(Protocol):
    """One connection to a phone system, without the connection: bytes in, bytes and records out."""

    def opened(self) -> bytes:
        """What to say first."""

    def received(self, data: bytes) -> Iterator[bytes | Record]:
        """What to say back, and what was heard. Raises Misconfigured when the log-in is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Socket:
    """A TCP connection: ours to the phone system, or (``listens``) the phone system's to us.

    Host and port are the settings ``<name>_host`` and ``<name>_port``. ``silence`` is how long a healthy connection
    may say nothing before it is closed and opened again; after each third of it ``keep_alive`` is said, where there is
    one, so that a quiet phone system shows that it is there.
    """

    name: str
    port: int
    converse: Callable[[Settings], Conversation]
    listens: bool = False
    silence: timedelta | None = None
    keep_alive: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class LongPoll:
    """An address that answers when something happens. ``position`` is what the poll before gave, None at first.

    One that answers at once is asked again after ``pause``. ``opened_by`` are sets of settings: without one of them
    complete, nothing is heard.
    """

    name: str
    poll: Callable[[Http, Settings, str | None], tuple[tuple[Record, ...], str | None]]
    pause: timedelta = timedelta()
    opened_by: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Lack:
    """A part that cannot work for want of ``keys``: live, history, texts, calls, voicemails, deals or ads."""

    part: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Connector:
    """Everything that one platform offers.

    ``hear`` says what a record means: pure, always the same for the same record. It raises Malformed or Ignored, and
    never anything else, whatever the body holds. ``settings`` has no secrets. ``wants_address`` is True when events
    can only come to a public HTTPS address. The pages ``setup.fr.md`` and ``setup.en.md`` of the connector's folder
    tell a person what to do.
    """

    name: str
    title: str
    fields: tuple[Field, ...] = ()
    files: tuple[FileFormat, ...] = ()
    hear: Callable[[Record, Settings], Heard] | None = None
    events: Events | None = None
    subscription: Subscription | None = None
    history: History | None = None
    follow: tuple[LogFile | Socket | LongPoll, ...] = ()
    texts: Texts | None = None
    calls: Calls | None = None
    voicemails: Voicemails | None = None
    deals: Deals | None = None
    contacts: Contacts | None = None
    activities: Activities | None = None
    ads: Ads | None = None

    def lacking(self, settings: Settings) -> tuple[Lack, ...]:
        """What cannot work with ``settings``, secrets included: parts that need what nobody told."""

        def missing(keys: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(key for key in keys if not settings.get(key, "").strip())

        live = (*((self.events,) if self.events else ()), *(each for each in self.follow if isinstance(each, LongPoll)))
        ways = [each.opened_by for each in live if each.opened_by]
        shut = bool(ways) and all(missing(keys) for way in ways for keys in way)
        needs = {
            "live": missing(ways[0][0]) if shut else (),
            "history": self.history.missing(settings) if self.history else (),
            "texts": self.texts.missing(settings) if self.texts else (),
            "calls": missing(self.calls.needs) if self.calls else (),
            "voicemails": missing(self.voicemails.needs) if self.voicemails else (),
            "deals": self.deals.missing(settings) if self.deals else (),
            "ads": self.ads.missing(settings) if self.ads else (),
        }
        return tuple(Lack(part, keys) for part, keys in needs.items() if keys)

    def open_settings(self, settings: Settings) -> dict[str, str]:
        """``settings`` without the secret ones."""
        secret = {each.key for each in self.fields if each.secret}
        return {key: value for key, value in settings.items() if key not in secret}
