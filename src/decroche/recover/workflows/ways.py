"""Chooses the way by which a text goes out, and keeps to the pace of its provider."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from decroche.connector_kit.texts import Texts
from decroche.ledger import text_routes
from decroche.ledger.setting_up import Endpoint
from decroche.recover.settings import RecoverySettings, Way
from decroche.recover.workflows.tools import Tools

#: A sender's turn that comes so soon is waited for: a timer would ring up to a second later.
SOON = timedelta(seconds=0.5)
#: A turn that was missed by more is given up, so that what was held up for an hour does not go all at once.
_LASTS = timedelta(seconds=5)
#: What a timer of a text says of its sender's turn.
_AT, _BY, _AGAIN = "turn", "way", "again"


@dataclass(frozen=True, slots=True)
class OpenWay:
    """A way that may be tried now. ``fares_well``: its last try went well, or there was none."""

    way: Way
    endpoint: Endpoint
    texts: Texts
    fares_well: bool


def open_ways(
    connection: sa.Connection, tools: Tools, account: str, settings: RecoverySettings, now: datetime
) -> list[OpenWay]:
    """The ways that may be tried now, in the order that the business wants."""
    known = tools.ways()
    routes = text_routes.routes(connection, account)
    found = []
    for way in settings.ways:
        endpoint, connector = known.get(way.endpoint, (None, None))
        if endpoint is None or connector is None or connector.texts is None or endpoint.account_id != account:
            continue
        route = routes.get((way.endpoint, way.sender), text_routes.NEW)
        if not route.rests(now):
            found.append(OpenWay(way, endpoint, connector.texts, route.fares_well))
    return found


@dataclass(frozen=True, slots=True)
class Turn:
    """When a text may be handed over. ``words`` say so in the subject of its timer."""

    at: datetime
    words: Mapping[str, str]


def take_turn(
    connection: sa.Connection, account: str, by: OpenWay, now: datetime, *, before: Mapping[str, str] | None = None
) -> Turn:
    """The next turn of a sender; ``before`` is the subject of a text that had one already, and missed it."""
    at = text_routes.take_turn(
        connection, account, by.endpoint.id, by.way.sender, per_second=by.texts.per_second, now=now
    )
    words = {_AT: at.isoformat(), _BY: by.endpoint.id}
    return Turn(at, words | {_AGAIN: "yes"} if before is not None and _AT in before else words)


def wait_for_turn(tools: Tools, subject: Mapping[str, str]) -> None:
    """Let a turn come that comes soon."""
    if _BY in subject:
        left = datetime.fromisoformat(subject[_AT]) - tools.clock()
        if timedelta() < left <= SOON:
            tools.rest(left)


def has_turn(subject: Mapping[str, str], by: OpenWay, now: datetime) -> bool:
    """Whether it is the turn of this text, which was waited for; a second one is not missed, however late it is."""
    if subject.get(_BY) != by.endpoint.id:
        return False
    at = datetime.fromisoformat(subject[_AT])
    return at - SOON <= now and (now <= at + _LASTS or _AGAIN in subject)
