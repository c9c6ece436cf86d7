"""Tells who is at each end of one live call, and why it was missed: the rule of ``channels`` for one row.

Several dials of one call may end differently. What reached the caller's wish best tells why the call was missed: a
phone that rang says more than a busy one, a busy one more than one that is switched off, and the caller's own hang-up
says most. ``Rank`` is that order.
"""

from __future__ import annotations

import re
from datetime import datetime
from enum import IntEnum

from decroche.connector_kit.instants import from_epoch
from decroche.connectors.asterisk.cdr import CLOSED_CONTEXT, NOT_NUMBERS
from decroche.connectors.asterisk.channels import ENDPOINT, INSIDE_CONTEXT, LONG, OUTSIDE_CONTEXT, SHORT
from decroche.model.call import Direction, MissedReason
from decroche.model.fact import Fact, Stage

_ENDPOINT = re.compile(ENDPOINT)
_SHORT, _LONG = re.compile(SHORT, re.ASCII), re.compile(LONG, re.ASCII)
_OUTSIDE, _INSIDE, _CLOSED = re.compile(OUTSIDE_CONTEXT), re.compile(INSIDE_CONTEXT), re.compile(CLOSED_CONTEXT)
_EPOCH = re.compile(r"(?:^|-)([0-9]{9,11})\.[0-9]+$")


class Rank(IntEnum):
    """How much the end of a dial says about why the call was missed."""

    MENU = 0
    FAILED = 1
    SWITCHED_OFF = 2
    QUEUED = 3
    BUSY = 4
    NO_ANSWER = 5
    GAVE_UP = 6


def endpoint(channel: str | None) -> str | None:
    """The phone or trunk of a channel: ``101`` in ``PJSIP/101-0000002b`` and in ``Local/101@queue-1;1``."""
    found = _ENDPOINT.match(channel or "")
    return (found.group(1) or None) if found else None


def agent_name(written: str | None) -> str | None:
    """The agent of a queue, as a member's name (``Alice``) or a channel (``SIP/101``, that is ``101``)."""
    return endpoint(written) if written and "/" in written else written or None


def is_local(channel: str | None) -> bool:
    """Whether the channel is one of Asterisk's internal couplings."""
    return (channel or "").lower().startswith("local/")


def is_short(number: str | None) -> bool:
    """Whether this is an extension's number."""
    return _SHORT.search(number or "") is not None


def is_long(number: str | None) -> bool:
    """Whether this is a number of the public network."""
    return _LONG.search(number or "") is not None


def is_closed(context: str | None) -> bool:
    """Whether a context's name says that the business is closed."""
    return _CLOSED.search((context or "").lower()) is not None


def dialled_number(exten: str | None) -> str | None:
    """The extension of the dial plan where it is a number; ``s``, ``h`` and the like are none."""
    return None if not exten or exten in NOT_NUMBERS else exten


def is_inside(*, channel: str | None, context: str | None, number: str | None) -> bool:
    """Whether a calling end is one of our own phones."""
    if is_short(endpoint(channel)):
        return True
    context = (context or "").lower()
    if _OUTSIDE.search(context):
        return False
    return _INSIDE.search(context) is not None or is_short(number)


def direction(
    *, channel: str | None, context: str | None, number: str | None, destination: str | None, exten: str | None
) -> Direction:
    """Which way a call went: see ``channels``. ``destination`` is the called channel, where it is known."""
    if not is_inside(channel=channel, context=context, number=number):
        return Direction.INBOUND
    outward = not is_short(endpoint(destination)) and is_long(exten)
    return Direction.OUTBOUND if outward else Direction.INTERNAL


def call_start(call_key: str) -> datetime | None:
    """When the call's first channel was made, which its id says to the second."""
    found = _EPOCH.search(call_key)
    return from_epoch(found.group(1)) if found else None


def why_missed(
    call_key: str, rank: Rank, reason: MissedReason, *, raw: str | None, at: datetime, same_call: tuple[str, ...] = ()
) -> Fact:
    """One dial's word on why the call was missed: of several the one of the highest rank stands, whenever it came."""
    return Fact(
        call_key=call_key,
        same_call=same_call,
        stage=Stage.ENRICHED,
        at=call_start(call_key) or at,
        sequence=int(rank),
        reason=reason,
        raw_reason=raw,
    )
