"""Reads Salesforce's opportunities in the order of their last change, those that were deleted among them.

An opportunity closes on a day without an hour: it is taken for noon in UTC, which is the same day almost everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta

import msgspec

from decroche.connector_kit.connector import Settings
from decroche.connector_kit.crm import Contact, Contacts, ContactsRead, Deal, DealPage, Deals, DealState, Gone
from decroche.connector_kit.http import Http
from decroche.connector_kit.objects import Told, day, exact, flag, inner, moment, objects, text
from decroche.connectors.salesforce.api import NEEDS, query

_PAGE_SIZE = 200
#: A change may appear so much later than its time says.
_LAG = timedelta(minutes=2)
_FIELDS = (
    "Id, Name, StageName, Amount, CloseDate, IsClosed, IsWon, IsDeleted, OwnerId, Owner.Name, CampaignId, "
    "Campaign.Name, LeadSource, CreatedDate, SystemModstamp"
)
_ROLES = "(SELECT ContactId FROM OpportunityContactRoles ORDER BY IsPrimary DESC, CreatedDate)"
_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")
_YES = frozenset({"yes", "oui", "true", "1"})


class _Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far we are: everything before ``at``, and at that moment everything up to ``id``, is read."""

    at: datetime | None = None
    id: str = ""
    #: Where this sweep began.
    since: datetime | None = None


def fetch(http: Http, settings: Settings, cursor: str | None, now: datetime) -> DealPage:
    """The next opportunities. Raises Unavailable and Misconfigured."""
    place = _place(cursor)
    currency = ", CurrencyIsoCode" if settings.get("multicurrency", "").strip().lower() in _YES else ""
    soql = f"SELECT {_FIELDS}{currency}, {_ROLES} FROM Opportunity"
    if place.at is not None:
        at = _stamp(place.at)
        same = f" OR (SystemModstamp = {at} AND Id > '{place.id}')" if place.id else f" OR SystemModstamp = {at}"
        soql += f" WHERE (SystemModstamp > {at}{same})"
    rows = query(http, settings, f"{soql} ORDER BY SystemModstamp, Id LIMIT {_PAGE_SIZE}")
    gone = tuple(
        Gone(ref=ref, at=moment(row, "SystemModstamp"))
        for row in rows
        if (ref := text(row, "Id")) and flag(row, "IsDeleted")
    )
    deals = tuple(deal for row in rows if not flag(row, "IsDeleted") and (deal := _deal(row)) is not None)
    last = rows[-1] if rows else {}
    at_last, id_last = moment(last, "SystemModstamp"), text(last, "Id")
    more = len(rows) >= _PAGE_SIZE and at_last is not None and id_last is not None
    if more:
        following = _Place(at_last, id_last or "", place.since or place.at)
    else:
        high = at_last or place.at
        first = place.since or place.at
        back = None if high is None else min(high, now - _LAG)
        following = _Place(max(filter(None, (back, first)), default=None))
    return DealPage(deals=deals, gone=gone, next=_written(following), more=more)


def _deal(row: Told) -> Deal | None:
    ref, changed_at = text(row, "Id"), moment(row, "SystemModstamp", "LastModifiedDate")
    if ref is None or changed_at is None:
        return None
    won, closed = flag(row, "IsWon"), flag(row, "IsClosed")
    state = (
        DealState.WON if won else DealState.LOST if closed else DealState.UNKNOWN if closed is None else DealState.OPEN
    )
    closes = day(row, "CloseDate")
    over = state in (DealState.WON, DealState.LOST)
    roles = objects(inner(row, "OpportunityContactRoles"), "records")
    return Deal(
        ref=ref,
        title=text(row, "Name") or "",
        state=state,
        changed_at=changed_at,
        opened_at=moment(row, "CreatedDate"),
        closed_at=datetime.combine(closes, time(12), UTC) if over and closes is not None else None,
        expected_on=None if over else closes,
        amount=exact(row, "Amount"),
        currency=text(row, "CurrencyIsoCode"),
        owner=text(inner(row, "Owner"), "Name") or text(row, "OwnerId"),
        stage=text(row, "StageName"),
        source=text(row, "LeadSource"),
        campaign=text(inner(row, "Campaign"), "Name") or text(row, "CampaignId"),
        contacts=tuple(dict.fromkeys(contact for each in roles if (contact := text(each, "ContactId")))),
    )


def read_contacts(http: Http, settings: Settings, refs: Sequence[str]) -> ContactsRead:
    """Who these contacts are. Raises Unavailable and Misconfigured."""
    ids = [ref for ref in refs if _ID.fullmatch(ref)]
    listed = ", ".join(f"'{each}'" for each in ids)
    fields = "Id, MobilePhone, Phone, HomePhone, OtherPhone, Email, IsDeleted, MasterRecordId"
    rows = query(http, settings, f"SELECT {fields} FROM Contact WHERE Id IN ({listed})") if ids else []
    known = {ref: row for row in rows if (ref := text(row, "Id"))}
    gone = tuple(
        Gone(ref=ref, into=text(known.get(ref, {}), "MasterRecordId"))
        for ref in refs
        if ref not in known or flag(known[ref], "IsDeleted")
    )
    names = ("MobilePhone", "Phone", "HomePhone", "OtherPhone")
    contacts = tuple(
        Contact(
            ref=ref,
            numbers=tuple(number for name in names if (number := text(row, name))),
            email=text(row, "Email"),
        )
        for ref, row in known.items()
        if not flag(row, "IsDeleted")
    )
    return ContactsRead(contacts=contacts, gone=gone)


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _place(cursor: str | None) -> _Place:
    try:
        found = _Place() if cursor is None else msgspec.json.decode(cursor, type=_Place)
    except msgspec.DecodeError:
        return _Place()
    return found if not found.id or _ID.fullmatch(found.id) else _Place()


def _written(place: _Place) -> str:
    return msgspec.json.encode(place).decode()


#: An organisation has so many questions a day, and other programs ask too.
DEALS = Deals(fetch=fetch, needs=NEEDS, per_minute=60, every=timedelta(minutes=5))
CONTACTS = Contacts(read=read_contacts, at_once=100)
