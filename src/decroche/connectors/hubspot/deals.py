"""Reads HubSpot's deals: all of them once, then those that changed, and now and then those that were deleted.

The search gives at most 10,000 answers and lags behind what is written, so that the last minutes are read again. A deal
that was merged into another is told by the one that remains.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from decroche.connector_kit.connector import Settings
from decroche.connector_kit.crm import Contact, Contacts, ContactsRead, Deal, DealPage, Deals, DealState, Gone
from decroche.connector_kit.errors import Misconfigured, Unavailable
from decroche.connector_kit.http import Http
from decroche.connector_kit.objects import Told, exact, flag, inner, moment, objects, text
from decroche.connectors.hubspot.api import NEEDS, ask

_DEALS, _CONTACTS = "/crm/v3/objects/deals", "/crm/v3/objects/contacts"
PROPERTIES = (
    "dealname", "amount", "deal_currency_code", "dealstage", "pipeline", "closedate", "createdate",
    "hs_lastmodifieddate", "hubspot_owner_id", "hs_is_closed", "hs_is_closed_won", "hs_analytics_source",
    "hs_tag_ids", "hs_merged_object_ids",
)  # fmt: skip
_OF_CONTACTS = ("phone", "mobilephone", "email", "hs_merged_object_ids", "hs_calculated_merged_vids")
_PAGE_SIZE = 100
#: The search gives no more than this of one question.
_CAP = 10_000
#: How far the search may lag behind, and how often the deleted are asked for, in milliseconds.
_LAG_MS, _DELETED_EVERY_MS = 120_000, 3_600_000
_REFUSED_PAGE = frozenset({400, 410})


class _Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far we are. ``mode``: all, changed or deleted; times in milliseconds since 1970."""

    mode: str
    since: int
    after: str | None = None
    high: int = 0
    deleted_at: int = 0
    again: bool = False


@dataclass(frozen=True, slots=True)
class _Names:
    """What people call the stages, the pipelines and each other, by id."""

    stages: Mapping[str, str]
    pipelines: Mapping[str, str]
    owners: Mapping[str, str]


def fetch(http: Http, settings: Settings, cursor: str | None, now: datetime) -> DealPage:
    """The next deals. Raises Unavailable and Misconfigured."""
    now_ms = int(now.timestamp() * 1000)
    place = _place(cursor) or _Place("all", now_ms)
    try:
        told = _asked(http, settings, place)
    except Misconfigured as error:
        if place.after is None or place.again or error.status not in _REFUSED_PAGE:
            raise
        # A page that HubSpot knows no more: the same question from its beginning, once.
        anew = msgspec.structs.replace(place, after=None, again=True)
        return DealPage(deals=(), next=_written(anew), more=True)
    rows, after = objects(told, "results"), text(inner(told, "paging", "next"), "after")
    if place.mode == "deleted":
        gone = tuple(Gone(ref=ref, at=moment(row, "archivedAt")) for row in rows if (ref := text(row, "id")))
        following = (
            _Place("deleted", place.since, after) if after else _Place("changed", place.since, deleted_at=now_ms)
        )
        return DealPage(deals=(), gone=gone, next=_written(following), more=after is not None)
    contacts = _contacts_of(http, settings, [ref for row in rows if (ref := text(row, "id"))])
    names = _names(http, settings, anew=place.after is None)
    deals = tuple(deal for row in rows if (deal := deal_of(row, contacts, names)) is not None)
    merged = tuple(each for row in rows for each in _merged(row, "hs_merged_object_ids"))
    following, more = _following(place, deals, after, now_ms)
    return DealPage(deals=deals, gone=merged, next=_written(following), more=more)


def _asked(http: Http, settings: Settings, place: _Place) -> Told:
    if place.mode == "changed":
        since = {"propertyName": "hs_lastmodifieddate", "operator": "GTE", "value": str(place.since)}
        wanted: dict[str, Any] = {
            "filterGroups": [{"filters": [since]}],
            "sorts": [{"propertyName": "hs_lastmodifieddate", "direction": "ASCENDING"}],
            "properties": list(PROPERTIES),
            "limit": _PAGE_SIZE,
        }
        return ask(
            http, settings, "POST", f"{_DEALS}/search", json=wanted | ({"after": place.after} if place.after else {})
        )
    params: dict[str, str | int] = {"limit": _PAGE_SIZE, "archived": str(place.mode == "deleted").lower()}
    if place.mode == "all":
        params["properties"] = ",".join(PROPERTIES)
    return ask(http, settings, "GET", _DEALS, params=params | ({"after": place.after} if place.after else {}))


def _following(place: _Place, deals: Sequence[Deal], after: str | None, now_ms: int) -> tuple[_Place, bool]:
    """Where to go on, and whether at once."""
    if place.mode == "all":
        # What changes meanwhile is found by the search, from when we began.
        return (_Place("all", place.since, after), True) if after else (_Place("deleted", place.since - _LAG_MS), True)
    high = max([place.high, *(int(deal.changed_at.timestamp() * 1000) for deal in deals)])
    if after is not None and after.isdigit() and int(after) + _PAGE_SIZE > _CAP:
        if high > place.since:
            return _Place("changed", high, deleted_at=place.deleted_at), True
        # More deals were changed in one instant than the search gives.
        return _Place("all", now_ms), True
    if after is not None:
        return _Place("changed", place.since, after, high, place.deleted_at), True
    since = max(place.since, min(high, now_ms - _LAG_MS))
    if now_ms - place.deleted_at >= _DELETED_EVERY_MS:
        return _Place("deleted", since), True
    return _Place("changed", since, deleted_at=place.deleted_at), False


def deal_of(row: Told, contacts: Mapping[str, tuple[str, ...]], names: _Names) -> Deal | None:
    """A deal as HubSpot writes it; None for one without an id or without its last change."""
    told = inner(row, "properties")
    ref, changed_at = text(row, "id"), moment(told, "hs_lastmodifieddate") or moment(row, "updatedAt")
    if ref is None or changed_at is None:
        return None
    stage, pipeline, owner = (text(told, name) for name in ("dealstage", "pipeline", "hubspot_owner_id"))
    state, closes = _state(told, stage), moment(told, "closedate")
    closed = state in (DealState.WON, DealState.LOST)
    return Deal(
        ref=ref,
        title=text(told, "dealname") or "",
        state=state,
        changed_at=changed_at,
        opened_at=moment(told, "createdate") or moment(row, "createdAt"),
        closed_at=closes if closed else None,
        expected_on=None if closed or closes is None else closes.date(),
        amount=exact(told, "amount"),
        currency=text(told, "deal_currency_code"),
        owner=names.owners.get(owner or "", owner),
        pipeline=names.pipelines.get(pipeline or "", pipeline),
        stage=names.stages.get(stage or "", stage),
        source=text(told, "hs_analytics_source"),
        tags=tuple(each for each in (text(told, "hs_tag_ids") or "").split(";") if each),
        contacts=contacts.get(ref, ()),
    )


def _state(told: Told, stage: str | None) -> DealState:
    if flag(told, "hs_is_closed_won") or stage == "closedwon":
        return DealState.WON
    closed = flag(told, "hs_is_closed")
    if closed or stage == "closedlost":
        return DealState.LOST
    return DealState.UNKNOWN if closed is None and stage is None else DealState.OPEN


def _merged(row: Told, *names: str) -> Iterable[Gone]:
    """The records that became part of this one."""
    told, ref = inner(row, "properties"), text(row, "id")
    at = moment(told, "hs_lastmodifieddate") or moment(row, "updatedAt")
    old = {each.strip().partition(":")[0] for name in names for each in (text(told, name) or "").split(";")}
    return [Gone(ref=each, at=at, into=ref) for each in sorted(old) if each and each != ref]


def _contacts_of(http: Http, settings: Settings, deals: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The contacts of each deal, by id."""
    if not deals:
        return {}
    wanted = {"inputs": [{"id": ref} for ref in deals]}
    told = ask(http, settings, "POST", "/crm/v4/associations/deals/contacts/batch/read", json=wanted)
    found: dict[str, tuple[str, ...]] = {}
    for row in objects(told, "results"):
        ref = text(inner(row, "from"), "id")
        if ref is not None:
            found[ref] = tuple(to for each in objects(row, "to") if (to := text(each, "toObjectId", "id")))
    return found


def _names(http: Http, settings: Settings, *, anew: bool) -> _Names:
    """What stages and owners are called; ids stay where the token may not read it."""
    known = http.memory.get("hubspot_names")
    if isinstance(known, _Names) and not anew:
        return known
    lines = objects(_allowed(http, settings, "/crm/v3/pipelines/deals"), "results")
    people = objects(_allowed(http, settings, "/crm/v3/owners"), "results")
    found = _Names(
        stages={
            id: label
            for line in lines
            for stage in objects(line, "stages")
            if (id := text(stage, "id")) and (label := text(stage, "label"))
        },
        pipelines={id: label for line in lines if (id := text(line, "id")) and (label := text(line, "label"))},
        owners={
            id: name
            for each in people
            if (id := text(each, "id"))
            and (name := " ".join(filter(None, (text(each, "firstName"), text(each, "lastName")))))
        },
    )
    http.memory["hubspot_names"] = found
    return found


def _allowed(http: Http, settings: Settings, path: str) -> Told:
    try:
        return ask(http, settings, "GET", path)
    except Misconfigured as error:
        if error.status not in (403, 404):
            raise
        return {}


def read_contacts(http: Http, settings: Settings, refs: Sequence[str]) -> ContactsRead:
    """Who these contacts are. Whom HubSpot does not name any more is gone. Raises Unavailable and Misconfigured."""
    wanted = {"properties": list(_OF_CONTACTS), "inputs": [{"id": ref} for ref in refs]}
    told = ask(http, settings, "POST", f"{_CONTACTS}/batch/read", json=wanted)
    if not isinstance(told.get("results"), list):
        raise Unavailable("the CRM's contacts cannot be read")
    rows = objects(told, "results")
    merged = {each.ref: each for row in rows for each in _merged(row, *_OF_CONTACTS[3:]) if each.ref in set(refs)}
    contacts = tuple(
        Contact(
            ref=ref,
            numbers=tuple(
                number for name in ("mobilephone", "phone") if (number := text(inner(row, "properties"), name))
            ),
            email=text(inner(row, "properties"), "email"),
        )
        for row in rows
        if (ref := text(row, "id"))
    )
    here = {each.ref for each in contacts}
    lost = tuple(Gone(ref=ref) for ref in refs if ref not in here and ref not in merged)
    return ContactsRead(contacts=contacts, gone=(*merged.values(), *lost))


def _place(cursor: str | None) -> _Place | None:
    try:
        return None if cursor is None else msgspec.json.decode(cursor, type=_Place)
    except msgspec.DecodeError:
        return None


def _written(place: _Place) -> str:
    return msgspec.json.encode(place).decode()


#: HubSpot allows a private app 100 questions in ten seconds, of the search about five a second; others ask too.
DEALS = Deals(fetch=fetch, needs=NEEDS, per_minute=200)
CONTACTS = Contacts(read=read_contacts, at_once=100)
