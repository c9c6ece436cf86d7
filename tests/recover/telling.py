"""Tells a story of recovery in frozen time: calls come, minutes pass, texts go out, people answer or do not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import msgspec
import sqlalchemy as sa

from decroche.connector_kit.connector import Connector, Record
from decroche.connector_kit.http import Http
from decroche.ledger import recovery_settings as wishes
from decroche.ledger.decisions import broken_link, rulings
from decroche.ledger.episodes import acts_of, episode
from decroche.ledger.folding import fold_pending, refold_people
from decroche.ledger.observations import Observation, append
from decroche.ledger.recovery_tables import bookings, texts, work_items
from decroche.ledger.setting_up import Endpoint, add_account, add_endpoint, add_line, set_week
from decroche.ledger.slot_links import link_of
from decroche.ledger.store import Ledger
from decroche.ledger.tables import journeys
from decroche.model.call import Direction, MissedReason
from decroche.model.fact import Fact, Heard, Stage
from decroche.model.text import TextFailure, TextReceipt, TextReceived, TextState
from decroche.recover.service import STEPS
from decroche.recover.settings import RecoverySettings, Way, write_settings
from decroche.recover.workflows.choosing import choose
from decroche.recover.workflows.following import follow
from decroche.recover.workflows.places import settings_for
from decroche.recover.workflows.post import Message
from decroche.recover.workflows.tools import Tools
from tests.ledger.business import BOX
from tests.recover.frozen_timers import FrozenTimers
from tests.recover.provider import Provider

PARIS = ZoneInfo("Europe/Paris")
ANNE, PAUL = 33611111111, 33622222222
LINE, OTHER_LINE = 33199000001, 33199000002
KEY = b"k" * 32
_calls, _texts = "call", "text"


def local(text: str) -> datetime:
    """``2026-03-04 18:05`` on the clocks of Lyon."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=PARIS)


@dataclass
class Clock:
    """The only clock of a story."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Story:
    """A business, its callers, its provider and its clock."""

    ledger: Ledger
    clock: Clock
    providers: list[Provider] = field(default_factory=lambda: [Provider()])
    timers: FrozenTimers = field(init=False)
    account: str = "garage"
    phone: str = field(init=False)
    ways: dict[str, tuple[Endpoint, Connector]] = field(default_factory=dict)
    told: int = 0
    mailed: list[tuple[str, str]] = field(default_factory=list)
    mail_mood: Exception | None = None
    #: While True, what is told is folded, and recovery does not look at it.
    recovery_rests: bool = False
    #: What steps raised: a story in which nobody dies has none.
    trouble: list[Exception] = field(default_factory=list)

    @property
    def provider(self) -> Provider:
        """The first of them."""
        return self.providers[0]

    def open(
        self,
        *,
        playbook: str = "garage",
        own: str | None = None,
        week: str = "mon-fri 08:00-18:00",
        country: str = "FR",
        language: str = "fr",
        connected: datetime = datetime(2026, 1, 1, tzinfo=UTC),
        **settings: Any,
    ) -> Story:
        """The business opens its doors."""
        zone = "Europe/Paris" if country == "FR" else "America/Montreal"
        with self.ledger.writing() as connection:
            add_account(
                connection, id=self.account, name="Garage Martin", country=country, zone=zone, language=language,
                now=connected,
            )  # fmt: skip
            set_week(connection, self.account, week)
            for name, number in (("Accueil", LINE), ("Atelier", OTHER_LINE)):
                add_line(connection, self.account, name=name, number=number)
            phone = add_endpoint(
                connection, self.account, connector="told", name="PBX", settings={}, secret={}, box=BOX, now=connected
            )
            self.phone = phone.id
            for provider in self.providers:
                made = add_endpoint(
                    connection, self.account, connector=provider.name, name=provider.name, settings={}, secret={},
                    box=BOX, now=connected,
                )  # fmt: skip
                self.ways[made.id] = (made, provider.connector())
            chosen: dict[str, Any] = {
                "active": True,
                "business": "Garage Martin",
                "phone": "01 99 00 00 01",
                "playbook": playbook,
                "ways": tuple(Way(endpoint=id, sender="+33939000001") for id in self.ways),
                "links": "https://rappel.example",
                "value": 120.0,
            }
            wishes.write_settings(
                connection, self.account, write_settings(RecoverySettings(**chosen | settings)), connected
            )
            if own is not None:
                wishes.write_playbook(connection, self.account, "", "", own, connected)
        self.timers = FrozenTimers(self.ledger)
        self.timers.migrate()
        self.start()
        return self

    @property
    def tools(self) -> Tools:
        """What the steps are handed."""
        client = httpx.Client(transport=httpx.MockTransport(lambda request: httpx.Response(500)))
        return Tools(
            ledger=self.ledger,
            timers=self.timers,
            clock=self.clock,
            rest=lambda lasting: None,
            key=KEY,
            ways=lambda: self.ways,
            http=lambda endpoint: Http(client),
            mail=self._mail,
        )

    def _mail(self, address: str, message: Message) -> None:
        if self.mail_mood is not None:
            raise self.mail_mood
        self.mailed.append((address, message.body))

    def know(self, person: int, **known: Any) -> None:
        """The business knows something of a person."""
        with self.ledger.writing() as connection:
            wishes.note_person(connection, self.account, person, **known)

    def switch(self, *, on: bool) -> None:
        """The business switches sending on or off."""
        with self.ledger.writing() as connection:
            wanted = msgspec.structs.replace(settings_for(connection, self.account), active=on)
            wishes.write_settings(connection, self.account, write_settings(wanted), self.clock.now)

    def start(self) -> None:
        """A worker begins, or begins again."""
        tools = self.tools
        steps = {**STEPS, "tell": lambda tools, subject: None}
        self.timers.start({name: partial(self._run, step, tools) for name, step in steps.items()})

    def _run(self, step: Callable[[Tools, Mapping[str, str]], None], tools: Tools, subject: Mapping[str, str]) -> None:
        try:
            step(tools, subject)
        except Exception as error:
            self.trouble.append(error)
            raise

    # --- what happens

    def call(
        self,
        person: int | None,
        *,
        answered: bool = False,
        ours: bool = False,
        line: int = LINE,
        lasts: float = 25,
        reason: MissedReason | None = None,
        at: datetime | None = None,
        voicemail: bool = False,
    ) -> None:
        """A call, from its beginning to its end; it ends now, or at ``at``."""
        self.told += 1
        end = at or self.clock.now
        begin = end - timedelta(seconds=lasts)
        key = f"c{self.told}"
        them = "anonymous" if person is None else f"+{person}"
        caller, called = (f"+{line}", them) if ours else (them, f"+{line}")
        direction = Direction.OUTBOUND if ours else Direction.INBOUND
        facts = [
            Fact(call_key=key, stage=Stage.CREATED, at=begin, direction=direction, caller=caller, called=called),
            Fact(call_key=key, stage=Stage.RINGING, at=begin + timedelta(seconds=1)),
        ]
        if answered:
            facts.append(Fact(call_key=key, stage=Stage.ANSWERED, at=begin + timedelta(seconds=9)))
        facts.append(
            Fact(
                call_key=key, stage=Stage.ENDED, at=end, final=True, reason=reason,
                voicemail=voicemail or None,
            )
        )  # fmt: skip
        self._keep(self.phone, _calls, msgspec.json.encode(facts))

    def tell(self, *facts: Fact) -> None:
        """The phone system says more of its calls: `c1` is what was told first, and so on."""
        self.told += 1
        self._keep(self.phone, _calls, msgspec.json.encode(list(facts)))

    def write(self, person: int, body: str, *, opted_out: bool = False, at: datetime | None = None) -> None:
        """A person writes to the business, or wrote at that time and it is told only now."""
        self.told += 1
        received = TextReceived(
            ref=f"in{self.told}", sender=f"+{person}", recipient="+33939000001", body=body,
            at=at or self.clock.now, opted_out=opted_out,
        )  # fmt: skip
        self._keep(next(iter(self.ways)), "received", msgspec.json.encode(received))

    def choose(self, at: str) -> None:
        """She opens the address of the newest text, and chooses a time."""
        found = next(word for body in reversed(self.sent) for word in body.split() if "/r/" in word)
        with self.ledger.writing() as connection:
            link = link_of(connection, found.rpartition("/")[2], now=self.clock.now)
            choose(connection, link, local(at).astimezone(UTC), now=self.clock.now)
        self.heed()

    def bookings(self) -> list[str]:
        """What became of the promises, in the order in which they were made."""
        with self.ledger.reading() as connection:
            return list(connection.execute(sa.select(bookings.c.state).order_by(bookings.c.made_at)).scalars())

    def receipt(self, state: TextState, *, failure: TextFailure | None = None, number: int = -1) -> None:
        """A provider says what became of a text."""
        message = self.provider.accepted[number]
        found = TextReceipt(
            ref=self.provider.ref(message), reference=message.reference, state=state, at=self.clock.now,
            failure=failure,
        )  # fmt: skip
        self.told += 1
        self._keep(next(iter(self.ways)), "receipt", msgspec.json.encode(found))

    def _keep(self, endpoint: str, kind: str, body: bytes) -> None:
        record = Record(kind=kind, key=f"{kind}{self.told}", body=body)
        with self.ledger.writing() as connection:
            append(
                connection,
                [Observation(endpoint_id=endpoint, record=record, source="live", received_at=self.clock.now)],
            )
        self.look()

    def look(self) -> None:
        """The folder and the follower look, and what is due now is done."""
        while fold_pending(self.ledger, _hear, now=self.clock.now).observations:
            pass
        if not self.recovery_rests:
            self.heed()

    def heed(self) -> None:
        """The follower looks, and what is due now is done."""
        while follow(self.tools):
            pass
        self.timers.run_due(self.clock.now)
        if self.trouble:
            raise self.trouble[0]

    def until(self, moment: datetime | str) -> None:
        """Time passes; what is due is done at its time."""
        end = local(moment) if isinstance(moment, str) else moment
        while (due := self.timers.next_due()) is not None and due <= end:
            self.clock.now = max(self.clock.now, due)
            self.timers.run_due(self.clock.now)
            self.heed()
        self.clock.now = end

    def wait(self, **lasting: float) -> None:
        """Some time passes."""
        self.until(self.clock.now + timedelta(**lasting))

    def days_pass(self, days: float) -> None:
        """Days pass, and the sweeper sees which journeys expired."""
        self.wait(days=days)
        with self.ledger.writing() as connection:
            people = connection.execute(sa.select(journeys.c.person).distinct()).scalars().all()
            refold_people(connection, self.account, people, self.clock.now)
        self.heed()

    # --- what is seen

    @property
    def sent(self) -> list[str]:
        """The bodies of what providers accepted."""
        return [message.body for provider in self.providers for message in provider.accepted]

    def texts(self) -> list[Any]:
        """Every text in the ledger, in order."""
        with self.ledger.reading() as connection:
            return list(connection.execute(sa.select(texts).order_by(texts.c.created_at, texts.c.id)))

    def work(self, **wanted: object) -> list[Any]:
        """What people have to do, or had."""
        query = sa.select(work_items).order_by(work_items.c.opened_at, work_items.c.id)
        for name, value in wanted.items():
            query = query.where(work_items.c[name] == value)
        with self.ledger.reading() as connection:
            return list(connection.execute(query))

    def journey(self, person: int = ANNE) -> Any:
        """The last journey of a person."""
        query = sa.select(journeys).where(journeys.c.person == person).order_by(journeys.c.opened_at.desc())
        with self.ledger.reading() as connection:
            return connection.execute(query).first()

    def ended(self, person: int = ANNE) -> str | None:
        """Why the last run of a person's journey ended; None while it goes on."""
        with self.ledger.reading() as connection:
            found = episode(connection, self.journey(person).id, hold=False)
        assert found is not None
        because = found["ended_because"]
        return None if because is None else str(because)

    def acts(self, person: int = ANNE) -> dict[str, str]:
        """What became of each step of the person's journey, by step; the last run wins."""
        with self.ledger.reading() as connection:
            rows = acts_of(connection, self.journey(person).id)
        return {row["step"]: row["outcome"] for row in rows}

    def why(self, step: str, person: int = ANNE) -> list[str]:
        """The codes of the reasons of a step."""
        with self.ledger.reading() as connection:
            rows = acts_of(connection, self.journey(person).id)
        found = next(row for row in reversed(rows) if row["step"] == step)
        return [reason.get("reason") or reason["code"] for reason in found["reasons"]]

    def decisions(self) -> int:
        """How many rulings were logged; their chain is whole."""
        with self.ledger.reading() as connection:
            assert broken_link(connection, self.account) is None
            return len(list(rulings(connection, self.account)))


def _hear(connector: str, record: Record, settings: Mapping[str, str]) -> Heard:
    if record.kind == _calls:
        return Heard(facts=tuple(msgspec.json.decode(record.body, type=list[Fact])))
    kinds: dict[str, Any] = {"received": TextReceived, "receipt": TextReceipt}
    return Heard(texts=(msgspec.json.decode(record.body, type=kinds[record.kind]),))


def story(ledger: Ledger, at: str, *providers: Provider, **settings: Any) -> Story:
    """A story that begins at ``at``, local time."""
    found = Story(ledger, Clock(local(at)), list(providers) or [Provider()])
    return found.open(**settings)
