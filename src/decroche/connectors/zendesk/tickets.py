"""Reads who asked for help: Zendesk's tickets as they change, of which only the people that they name are kept.

A ticket is no opportunity and brings nothing by itself: none is kept. Who opened it can be told of calls.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from decroche.connector_kit.connector import Settings
from decroche.connector_kit.crm import Contact, Contacts, ContactsRead, DealPage, Deals, Gone
from decroche.connector_kit.errors import Misconfigured, Unavailable
from decroche.connector_kit.http import Http
from decroche.connector_kit.objects import flag, objects, text
from decroche.connectors.zendesk.api import NEEDS, ask

#: What our own tickets are called there.
OURS = "decroche-"
#: How far back people are looked for; the export leaves out the last minute.
_REACH = timedelta(days=400)
_REFUSED_PLACE = frozenset({400, 410, 422})


class _Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far we are: Zendesk's word for it, or the second since 1970 from which on is read."""

    since: int = 0
    after: str | None = None


def fetch(http: Http, settings: Settings, cursor: str | None, now: datetime) -> DealPage:
    """The people of the next tickets. Raises Unavailable and Misconfigured."""
    place = _place(cursor, now)
    params: dict[str, str | int] = {"per_page": 1000}
    params |= {"start_time": place.since} if place.after is None else {"cursor": place.after}
    try:
        told = ask(http, settings, "/api/v2/incremental/tickets/cursor.json", params=params)
    except Misconfigured as error:
        if place.after is None or error.status not in _REFUSED_PLACE:
            raise
        # A place that Zendesk knows no more: from the day on which it was given, once.
        anew = msgspec.structs.replace(place, after=None)
        return DealPage(deals=(), next=_written(anew), more=True)
    if not isinstance(told.get("tickets"), list):
        raise Unavailable("the list of tickets cannot be read")
    rows = objects(told, "tickets")
    theirs = [row for row in rows if not (text(row, "external_id") or "").startswith(OURS)]
    named = dict.fromkeys(ref for row in theirs if (ref := text(row, "requester_id")))
    after, over = text(told, "after_cursor"), flag(told, "end_of_stream") is not False
    following = _Place(int(now.timestamp()) if over else place.since, after or place.after)
    return DealPage(deals=(), named=tuple(named), next=_written(following), more=not over and after is not None)


def read_contacts(http: Http, settings: Settings, refs: Sequence[str]) -> ContactsRead:
    """Who these people are. Whom Zendesk does not name any more is gone. Raises Unavailable and Misconfigured."""
    told = ask(http, settings, "/api/v2/users/show_many.json", params={"ids": ",".join(refs)})
    if not isinstance(told.get("users"), list):
        raise Unavailable("the CRM's contacts cannot be read")
    contacts = tuple(
        Contact(
            ref=ref, numbers=(phone,) if _own(row) and (phone := text(row, "phone")) else (), email=text(row, "email")
        )
        for row in objects(told, "users")
        if (ref := text(row, "id")) and flag(row, "active") is not False
    )
    here = {each.ref for each in contacts}
    return ContactsRead(contacts=contacts, gone=tuple(Gone(ref=ref) for ref in refs if ref not in here))


def _own(row: object) -> bool:
    """A number that several people share says nothing of one of them."""
    return isinstance(row, dict) and not flag(row, "shared_phone_number")


def _place(cursor: str | None, now: datetime) -> _Place:
    try:
        if cursor is not None:
            return msgspec.json.decode(cursor, type=_Place)
    except msgspec.DecodeError:
        pass
    return _Place(int((now - _REACH).timestamp()))


def _written(place: _Place) -> str:
    return msgspec.json.encode(place).decode()


#: Zendesk lets tickets be exported ten times a minute.
DEALS = Deals(fetch=fetch, needs=NEEDS, per_minute=10, every=timedelta(minutes=2), of_tickets=True)
CONTACTS = Contacts(read=read_contacts, at_once=100)
