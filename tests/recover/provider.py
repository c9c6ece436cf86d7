"""A provider of texts at the network's door: it accepts, refuses, is away, or loses its answer after it accepted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from decroche.connector_kit.connector import Connector
from decroche.connector_kit.errors import Unavailable
from decroche.connector_kit.http import Http
from decroche.connector_kit.texts import Handed, Message, OutcomeUnknown, Refused, Texts
from decroche.model.text import TextFailure, TextReceipt, TextState


@dataclass
class Provider:
    """``accepted`` is what it will send, in order. ``mood``: well, away, loses (the answer), drops (the request), or a
    failure with which it refuses. ``knows`` whether it can be asked for what it has accepted.
    """

    name: str = "gateway"
    mood: str | TextFailure = "well"
    knows: bool = True
    keyed: bool = False
    receipts_come: bool = True
    #: What became of what it accepted, for who asks.
    became: TextState = TextState.HANDED
    accepted: list[Message] = field(default_factory=list)
    asked: int = 0
    #: Called before it looks at a request, and after it accepted one.
    passes: Callable[[], None] = lambda: None

    def connector(self) -> Connector:
        """It as a connector."""
        texts = Texts(
            send=self.send,
            find=self.find if self.knows else None,
            keyed=self.keyed,
            per_second=100.0,
            receipts_come=self.receipts_come,
        )
        return Connector(name=self.name, title=self.name.title(), texts=texts)

    def send(self, http: Http, settings: Mapping[str, str], message: Message) -> Handed:
        self.asked += 1
        self.passes()
        if isinstance(self.mood, TextFailure):
            raise Refused("no", self.mood, "21")
        if self.mood == "away":
            raise Unavailable("away")
        if self.mood == "drops":
            raise OutcomeUnknown("no answer")
        known = [each.reference for each in self.accepted]
        if not (self.keyed and message.reference in known):
            self.accepted.append(message)
            self.passes()
        if self.mood == "loses":
            raise OutcomeUnknown("no answer")
        return Handed(ref=self.ref(message))

    def find(self, http: Http, settings: Mapping[str, str], message: Message, since: datetime) -> TextReceipt | None:
        found = [each for each in self.accepted if each.reference == message.reference]
        return TextReceipt(ref=self.ref(message), state=self.became, at=since) if found else None

    def ref(self, message: Message) -> str:
        """Its own id of a message."""
        return f"{self.name}-{message.reference[:8]}"
