"""Reads Pipedrive's deals in the order of their last change, those that were deleted among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec

from decroche.connector_kit.connector import Settings
from decroche.connector_kit.crm import Contact, Contacts, ContactsRead, Deal, DealPage, Deals, DealState, Gone
from decroche.connector_kit.errors import Misconfigured
from decroche.connector_kit.http import Http
from decroche.connector_kit.objects import Told, day, exact, flag, inner, moment, objects, text
from decroche.connectors.pipedrive.api import NEEDS, ask

_PAGE_SIZE = 100
#: The last changes are read again: they are not all there at once.
_LAG = timedelta(minutes=1)
_STATES = {"open": DealState.OPEN, "won": DealState.WON, "lost": DealState.LOST}
_REFUSED_PAGE = frozenset({400, 410})


class _Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far we are: all changes before ``since`` are read, and of those after it the pages before ``after``."""

    since: datetime | None = None
    after: str | None = None
    high: datetime | None = None
    again: bool = False


@dataclass(frozen=True, slots=True)
class _Names:
    """What people call the stages, the pipelines and each other, by id."""

    stages: Mapping[str, str]
    pipelines: Mapping[str, str]
    owners: Mapping[str, str]


def fetch(http: Http, settings: Settings, cursor: str | None, now: datetime) -> DealPage:
    """The next deals. Raises Unavailable and Misconfigured."""
    place = _place(cursor)
    params: dict[str, str | int] = {
        "limit": _PAGE_SIZE, "sort_by": "update_time", "sort_direction": "asc", "status": "open,won,lost,deleted",
    }  # fmt: skip
    if place.since is not None:
        params["updated_since"] = place.since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if place.after is not None:
        params["cursor"] = place.after
    try:
        told = ask(http, settings, "/api/v2/deals", params=params)
    except Misconfigured as error:
        if place.after is None or place.again or error.status not in _REFUSED_PAGE:
            raise
        anew = msgspec.structs.replace(place, after=None, again=True)
        return DealPage(deals=(), next=_written(anew), more=True)
    rows, after = objects(told, "data"), text(inner(told, "additional_data"), "next_cursor")
    names = _names(http, settings, anew=place.after is None)
    gone = tuple(found for row in rows if (found := _gone(row)) is not None)
    deals = tuple(deal for row in rows if _gone(row) is None and (deal := _deal(row, names)) is not None)
    times = [at for row in rows if (at := moment(row, "update_time")) is not None]
    high = max([*([place.high] if place.high else []), *times], default=None)
    if after is not None:
        following = _Place(place.since, after, high)
    else:
        following = _Place(max(filter(None, (place.since, min(high, now - _LAG) if high else None)), default=None))
    return DealPage(deals=deals, gone=gone, next=_written(following), more=after is not None)


def _deal(row: Told, names: _Names) -> Deal | None:
    ref, changed_at = text(row, "id"), moment(row, "update_time", "add_time")
    if ref is None or changed_at is None:
        return None
    owner, stage, pipeline = (text(row, name) for name in ("owner_id", "stage_id", "pipeline_id"))
    state = _STATES.get(text(row, "status") or "", DealState.UNKNOWN)
    closed = state in (DealState.WON, DealState.LOST)
    labels = row.get("label_ids")
    person = text(row, "person_id")
    return Deal(
        ref=ref,
        title=text(row, "title") or "",
        state=state,
        changed_at=changed_at,
        opened_at=moment(row, "add_time"),
        closed_at=moment(row, "won_time" if state is DealState.WON else "lost_time", "close_time") if closed else None,
        expected_on=None if closed else day(row, "expected_close_date"),
        amount=exact(row, "value"),
        currency=text(row, "currency"),
        owner=names.owners.get(owner or "", owner),
        pipeline=names.pipelines.get(pipeline or "", pipeline),
        stage=names.stages.get(stage or "", stage),
        source=text(row, "origin"),
        tags=tuple(str(each) for each in labels) if isinstance(labels, list) else (),
        contacts=() if person is None else (person,),
    )


def _gone(row: Told) -> Gone | None:
    ref = text(row, "id")
    if ref is None or not (flag(row, "is_deleted") or text(row, "status") == "deleted"):
        return None
    return Gone(ref=ref, at=moment(row, "update_time"), into=text(row, "merged_to_id"))


def _names(http: Http, settings: Settings, *, anew: bool) -> _Names:
    """What stages and owners are called; ids stay where the token may not read it."""
    known = http.memory.get("pipedrive_names")
    if isinstance(known, _Names) and not anew:
        return known
    found = _Names(
        stages=_named(http, settings, "/api/v2/stages"),
        pipelines=_named(http, settings, "/api/v2/pipelines"),
        owners=_named(http, settings, "/v1/users"),
    )
    http.memory["pipedrive_names"] = found
    return found


def _named(http: Http, settings: Settings, path: str) -> dict[str, str]:
    try:
        rows = objects(ask(http, settings, path), "data")
    except Misconfigured as error:
        if error.status not in (403, 404):
            raise
        return {}
    return {id: name for row in rows if (id := text(row, "id")) and (name := text(row, "name"))}


def read_contacts(http: Http, settings: Settings, refs: Sequence[str]) -> ContactsRead:
    """Who these people are. Whom Pipedrive does not name any more is gone. Raises Unavailable and Misconfigured."""
    params: dict[str, str | int] = {"ids": ",".join(refs), "limit": _PAGE_SIZE}
    rows = objects(ask(http, settings, "/api/v2/persons", params=params), "data")
    contacts = tuple(
        Contact(ref=ref, numbers=_values(row, "phones"), email=next(iter(_values(row, "emails")), None))
        for row in rows
        if (ref := text(row, "id")) and not flag(row, "is_deleted")
    )
    here = {each.ref for each in contacts}
    return ContactsRead(contacts=contacts, gone=tuple(Gone(ref=ref) for ref in refs if ref not in here))


def _values(row: Told, name: str) -> tuple[str, ...]:
    """The values of a list of phones or e-mails, the main one first."""
    found = sorted(objects(row, name), key=lambda each: not flag(each, "primary"))
    return tuple(value for each in found if (value := text(each, "value")))


def _place(cursor: str | None) -> _Place:
    try:
        return _Place() if cursor is None else msgspec.json.decode(cursor, type=_Place)
    except msgspec.DecodeError:
        return _Place()


def _written(place: _Place) -> str:
    return msgspec.json.encode(place).decode()


#: The smallest plan allows 20 questions in two seconds, and so many a day.
DEALS = Deals(fetch=fetch, needs=NEEDS, per_minute=120)
CONTACTS = Contacts(read=read_contacts, at_once=_PAGE_SIZE)
