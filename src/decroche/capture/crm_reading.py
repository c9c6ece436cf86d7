"""Reads a page of a CRM's deals with the people they name, and keeps it together with the place where to go on."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from decroche.connector_kit.connector import Connector
from decroche.connector_kit.crm import ContactsRead, Deal, DealPage
from decroche.connector_kit.http import Http
from decroche.ledger.crm_connections import CrmConnection, note_read
from decroche.ledger.crm_links import erased_contacts, keep_contacts, matches, note_used, oldest, unread
from decroche.ledger.erasing import region_of
from decroche.ledger.opportunities import Kept, Told, keep_gone, keep_told, rematch
from decroche.ledger.store import Ledger
from decroche.model.money import currency_of
from decroche.understand.matching import together

#: Who a contact is may have changed after so long; whom no deal has named for so long is asked about no more.
FRESH, DAILY, STILL_USED = timedelta(hours=1), timedelta(days=1), timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Read:
    """What a CRM told: a page of deals, and who the people are that it names."""

    page: DealPage
    people: Sequence[ContactsRead]


def read_page(ledger: Ledger, crm: CrmConnection, connector: Connector, http: Http, *, now: datetime) -> Read:
    """Ask for the next page. Raises Unavailable and Misconfigured."""
    if connector.deals is None:
        raise ValueError(f"{connector.name} has no deals")
    page = connector.deals.fetch(http, crm.all_settings, crm.cursor, now)
    named = _named(page)
    with ledger.reading() as connection:
        wanted = unread(connection, crm.id, named, before=now - FRESH)
    return Read(page, _asked(connector, crm, http, wanted))


def read_people(
    ledger: Ledger, crm: CrmConnection, connector: Connector, http: Http, *, now: datetime
) -> ContactsRead | None:
    """Ask again who some contacts are, once a day; None when none is due. Raises Unavailable and Misconfigured."""
    contacts = connector.contacts
    if contacts is None:
        return None
    with ledger.reading() as connection:
        wanted = oldest(connection, crm.id, before=now - DAILY, used_since=now - STILL_USED, most=contacts.at_once)
    return contacts.read(http, crm.all_settings, wanted) if wanted else None


def keep_page(ledger: Ledger, crm: CrmConnection, read: Read, *, now: datetime) -> Kept:
    """Keep all of it, or nothing. Who asked to be forgotten is not brought back."""
    page = read.page
    with ledger.writing() as connection:
        named = _named(page)
        note_used(connection, crm.account_id, crm.id, named, now)
        region = region_of(connection, crm.account_id)
        changed: set[str] = set()
        for each in read.people:
            changed |= keep_contacts(connection, crm.account_id, crm.id, each, region=region, now=now)
        known = matches(connection, crm.id, named)
        erased = erased_contacts(connection, crm.id, named)
        told = [
            Told(
                deal=_without_name(deal) if erased.intersection(deal.contacts) else deal,
                match=together(known[ref] for ref in deal.contacts if ref in known),
            )
            for deal in page.deals
        ]
        currency = crm.settings.get("currency", "").strip() or currency_of(region)
        kept = keep_told(connection, crm.account_id, crm.id, told, now=now, currency=currency)
        keep_gone(connection, crm.account_id, crm.id, page.gone, now=now)
        if changed:
            rematch(connection, crm.account_id, crm.id, changed, now=now)
        note_read(connection, crm.id, page.next, read_at=None if page.more else now)
    return kept


def keep_people(ledger: Ledger, crm: CrmConnection, read: ContactsRead, *, now: datetime) -> None:
    """Keep who these contacts are now, and whose their opportunities are."""
    with ledger.writing() as connection:
        region = region_of(connection, crm.account_id)
        changed = keep_contacts(connection, crm.account_id, crm.id, read, region=region, now=now)
        changed |= {each.ref for each in read.gone if each.into is not None}
        rematch(connection, crm.account_id, crm.id, changed, now=now)


def _named(page: DealPage) -> set[str]:
    """The people whom a page names."""
    return {*page.named, *(ref for deal in page.deals for ref in deal.contacts)}


def _asked(connector: Connector, crm: CrmConnection, http: Http, refs: Collection[str]) -> list[ContactsRead]:
    contacts = connector.contacts
    if contacts is None:
        return []
    wanted = sorted(refs)
    return [
        contacts.read(http, crm.all_settings, wanted[begin : begin + contacts.at_once])
        for begin in range(0, len(wanted), contacts.at_once)
    ]


def _without_name(deal: Deal) -> Deal:
    """What stays of a deal of somebody who is forgotten: its title often names them."""
    return replace(deal, title="")
