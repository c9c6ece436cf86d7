"""How a call is placed through a phone system: the part ``calls`` of a connector."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from decroche.connector_kit.errors import ConnectorError
from decroche.connector_kit.http import Http

Settings = Mapping[str, str]


class First(StrEnum):
    """Whose phone rings first: ours, so that nobody answers to silence; or theirs, so that nobody of us waits."""

    AGENT = "agent"
    CUSTOMER = "customer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A call to place. ``person`` and ``line``, which they see, are E.164 with their plus sign.

    ``agent`` is who of us talks, as the platform names them (see ``Calls.agent``); empty where it needs no name.
    """

    person: str = field(repr=False)
    line: str = ""
    agent: str = ""
    first: First = First.AGENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """The platform rings: its id of the call, where it tells one."""

    ref: str | None = None


class NotPlaced(ConnectorError):
    """The platform will not place this call now: the one of us who should talk cannot be rung, or a number is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """Placing calls through a platform.

    ``place`` raises Unavailable when nothing rings and another try may help, ``texts.OutcomeUnknown`` when an answer
    was lost (a phone may ring: nobody tries again by themselves), NotPlaced, or Misconfigured. ``agent`` says what
    names one of us: "" (the owner of the key), "user" (an id of the platform) or "number" (E.164). ``firsts`` are the
    orders that it knows, the usual one first.
    """

    place: Callable[[Http, Settings, Wanted], Placed]
    needs: tuple[str, ...]
    agent: str = ""
    firsts: tuple[First, ...] = (First.AGENT,)
