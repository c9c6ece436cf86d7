"""People are told by a real mail server and a signed webhook, once, and not when the matter is in hand."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import httpx
import msgspec
import pytest
import sqlalchemy as sa

from decroche.connector_kit.outgoing import signature
from decroche.ledger.recovery_tables import notices, recovery_settings
from decroche.ledger.store import Ledger
from decroche.ledger.work_claims import claim
from decroche.ledger.work_items import Kind, Need, open_item
from decroche.recover.notices import Channel
from decroche.recover.workflows.post import Hook, Mailbox, MaybeHanded, Message, NotHanded
from decroche.recover.workflows.telling import NOTIFY, notify, tell
from decroche.recover.workflows.tools import Tools
from tests.databases import DATABASES, opened
from tests.ledger.business import Shop, shop
from tests.ledger.callers import ANN, journeyed

#: A Wednesday morning in Lyon.
NOW = datetime(2026, 4, 15, 8, tzinfo=UTC)
TEAM = {
    "members": [
        {"name": "anne", "roles": ["owner"], "email": "anne@garage.example", "webhook": "http://chat.example/a"}
    ]
}
MESSAGE = Message(id="n1", subject="Garage : appel", body="Quelqu’un attend.\n", data={"item": "i1"})


class Post(socketserver.StreamRequestHandler):
    """As much of an SMTP server as a client asks for."""

    def handle(self) -> None:
        """Take messages, or answer as the server is told to."""
        office: PostOffice = self.server  # type: ignore[assignment]
        self.wfile.write(b"220 post office\r\n")
        for line in self.rfile:
            word = line[:4].upper().strip()
            if word in (b"EHLO", b"HELO"):
                self.wfile.write(b"250 hello\r\n")
            elif word == b"RCPT" and office.refuses:
                self.wfile.write(b"550 nobody here\r\n")
            elif word == b"DATA":
                if office.dies:
                    return
                self.wfile.write(b"354 go on\r\n")
                lines = []
                while (part := self.rfile.readline()) != b".\r\n":
                    lines.append(part)
                office.letters.append(message_from_bytes(b"".join(lines), policy=default))
                self.wfile.write(b"250 taken\r\n")
            elif word == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                self.wfile.write(b"250 ok\r\n")


class PostOffice(socketserver.ThreadingTCPServer):
    """A mail server on a port of this machine."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Post)
        self.letters: list[EmailMessage] = []
        self.refuses = self.dies = False

    @property
    def mailbox(self) -> Mailbox:
        return Mailbox(url=f"smtp://127.0.0.1:{self.server_address[1]}", sender="decroche@garage.example")


@contextmanager
def post_office() -> Iterator[PostOffice]:
    with PostOffice() as office:
        thread = threading.Thread(target=office.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield office
        finally:
            office.shutdown()
            thread.join()


def test_a_mail_arrives_whole() -> None:
    with post_office() as office:
        office.mailbox("anne@garage.example", MESSAGE)
    (letter,) = office.letters
    assert (letter["to"], letter["subject"], letter["from"]) == (
        "anne@garage.example",
        "Garage : appel",
        "decroche@garage.example",
    )
    assert letter.get_content().strip() == "Quelqu’un attend."
    assert letter["message-id"] == "<n1@garage.example>"


def test_a_server_that_refuses_or_is_lost_is_told_apart() -> None:
    with post_office() as office:
        office.refuses = True
        with pytest.raises(NotHanded, match="refuses the recipient"):
            office.mailbox("anne@garage.example", MESSAGE)
        office.refuses, office.dies = False, True
        with pytest.raises(MaybeHanded):
            office.mailbox("anne@garage.example", MESSAGE)
        gone = office.mailbox
        asks = Mailbox(url=gone.url.replace("//", "//me:secret@"), sender="x@y.example")
        with pytest.raises(NotHanded, match="no encryption"):
            asks("anne@garage.example", MESSAGE)
        assert "secret" not in repr(asks)
    with pytest.raises(NotHanded, match="ConnectionRefusedError"):
        gone("anne@garage.example", MESSAGE)


def test_a_webhook_is_signed_and_its_refusal_told() -> None:
    asked: list[httpx.Request] = []
    status = [204]

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if status[0] == 0:
            raise httpx.ReadTimeout("slow")
        return httpx.Response(status[0])

    hook = Hook(client=httpx.Client(transport=httpx.MockTransport(answer)), secret="s", clock=lambda: NOW)
    hook("http://chat.example/a", MESSAGE)
    (request,) = asked
    assert request.headers["decroche-signature"] == signature("s", int(NOW.timestamp()), request.content)
    assert msgspec.json.decode(request.content) == {"kind": "notice", "subject": "Garage : appel", "item": "i1"}
    status[0] = 500
    with pytest.raises(NotHanded, match="answered 500"):
        hook("http://chat.example/a", MESSAGE)
    status[0] = 0
    with pytest.raises(MaybeHanded):
        hook("http://chat.example/a", MESSAGE)


class Timers:
    """What steps have asked for, in the hand of the test."""

    def __init__(self) -> None:
        self.waiting: dict[str, tuple[str, dict[str, str], datetime]] = {}

    def set(self, connection: sa.Connection, key: str, step: str, subject: Any, *, at: datetime, now: datetime) -> None:
        """Keep it."""
        self.waiting.setdefault(key, (step, dict(subject), at))

    def bring_forward(self, connection: sa.Connection, key: str) -> None:
        """Nobody asks."""

    def cancel(self, connection: sa.Connection, key: str) -> None:
        """Nobody asks."""


@pytest.fixture(params=DATABASES)
def ledger(request: pytest.FixtureRequest) -> Iterator[Ledger]:
    with opened(request.param) as found:
        yield found


class Office:
    """A garage whose playbook tells the owner of a journey that nobody took in hand."""

    def __init__(self, ledger: Ledger) -> None:
        self.shop: Shop = shop(ledger)
        self.timers = Timers()
        self.now = NOW
        self.sent: list[tuple[Channel, str, str]] = []
        self.broken: dict[Channel, Exception] = {}
        self.tools = Tools(
            ledger=ledger,
            timers=self.timers,
            clock=lambda: self.now,
            key=b"k" * 32,
            ways=dict,
            http=lambda _: None,  # type: ignore[arg-type, return-value]
        )
        journeyed(self.shop, "j1", ANN, "open", at=0)
        with ledger.writing() as connection:
            body = msgspec.json.encode({"playbook": "garage", "team": TEAM}).decode()
            row = {"account_id": self.shop.account, "body": body, "changed_at": NOW}
            connection.execute(sa.insert(recovery_settings).values(**row))
            need = Need(kind=Kind.TASK, key="t", person=ANN, journey="j1")
            self.item = open_item(connection, self.shop.account, need, now=NOW)

    def tell(self) -> None:
        tell(self.tools, {"journey": "j1", "episode": "1", "step": "owner", "item": self.item})

    def ring(self) -> None:
        """Let every timer that waits ring, as often as it is there."""
        waiting, self.timers.waiting = self.timers.waiting, {}
        for step, subject, at in waiting.values():
            assert step == NOTIFY
            self.now = max(self.now, at)
            notify(
                self.tools, subject, {channel: self._sender(channel) for channel in (Channel.EMAIL, Channel.WEBHOOK)}
            )

    def _sender(self, channel: Channel) -> Any:
        def send(address: str, message: Message) -> None:
            if channel in self.broken:
                raise self.broken[channel]
            self.sent.append((channel, address, message.body))

        return send

    def states(self) -> list[tuple[str, str, int]]:
        with self.tools.ledger.reading() as connection:
            rows = connection.execute(sa.select(notices)).all()
        return [(row.state, row.channel, row.tries) for row in rows]


def test_the_owner_is_told_once(ledger: Ledger) -> None:
    office = Office(ledger)
    office.tell()
    office.tell()
    office.ring()
    office.ring()
    assert [(channel, address) for channel, address, _ in office.sent] == [("email", "anne@garage.example")]
    assert office.item[:8] in office.sent[0][2] and str(ANN) not in office.sent[0][2]
    assert office.states() == [("handed", "email", 1)]


def test_another_way_is_tried_when_the_first_fails_and_none_when_nobody_knows(ledger: Ledger) -> None:
    office = Office(ledger)
    office.broken[Channel.EMAIL] = NotHanded("the mail server answered 451")
    office.tell()
    office.ring()
    assert office.states() == [("intended", "email", 1)]
    before = office.now
    office.ring()
    assert office.now == before + timedelta(minutes=2)
    assert [channel for channel, _, _ in office.sent] == ["webhook"]
    assert office.states() == [("handed", "webhook", 2)]


def test_an_unknown_outcome_is_never_sent_again(ledger: Ledger) -> None:
    office = Office(ledger)
    office.broken = {Channel.EMAIL: MaybeHanded("lost")}
    office.tell()
    office.ring()
    assert office.states() == [("unknown", "email", 1)] and not office.timers.waiting
    assert office.sent == []


def test_who_cannot_be_told_is_given_up_after_a_few_tries(ledger: Ledger) -> None:
    office = Office(ledger)
    office.broken = {channel: NotHanded("no") for channel in (Channel.EMAIL, Channel.WEBHOOK)}
    office.tell()
    for _ in range(6):
        office.ring()
    assert office.states() == [("failed", "webhook", 4)]


def test_nobody_is_told_of_what_is_in_hand(ledger: Ledger) -> None:
    office = Office(ledger)
    office.tell()
    with ledger.writing() as connection:
        claim(connection, office.shop.account, office.item, who="Zoé", now=NOW)
    office.ring()
    assert office.sent == [] and office.states() == [("cancelled", "email", 0)]


def test_a_sender_that_breaks_leaves_nobody_untold(ledger: Ledger) -> None:
    office = Office(ledger)
    office.broken[Channel.EMAIL] = ValueError("a fault of ours")
    office.tell()
    office.ring()
    assert office.states() == [("intended", "email", 1)]
    office.ring()
    assert [channel for channel, _, _ in office.sent] == ["webhook"]
