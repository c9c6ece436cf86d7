"""What holds at a place of a business: its wishes of recovery, its playbook, its hours and its clock."""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from decroche.ledger import recovery_settings as wishes
from decroche.ledger.tables import journeys
from decroche.model.hours import OpeningHours
from decroche.recover.playbook import Playbook
from decroche.recover.playbook_toml import read_playbook, shipped
from decroche.recover.settings import RecoverySettings, read_settings
from decroche.understand.business import Business
from decroche.understand.hours import NoDefaultHours, hours_of


def settings_for(connection: sa.Connection, account: str) -> RecoverySettings:
    """What the account wants of recovery; the defaults, with which nothing is sent, when it has not said."""
    return read_settings(wishes.settings_of(connection, account))


def playbook_for(
    connection: sa.Connection, account: str, site: str, department: str, settings: RecoverySettings
) -> Playbook:
    """The playbook of a place: the account's own for it, for its department, its site, for all; else a shipped one."""
    own = wishes.playbooks_of(connection, account)
    for place in ((site, department), ("", department), (site, ""), ("", "")):
        if place in own:
            return _parsed(own[place])
    found = shipped()
    return found.get(settings.playbook) or found["garage"]


@lru_cache(maxsize=1024)
def _parsed(body: str) -> Playbook:
    return read_playbook(body)


def hours_at(about: Business, site: str, department: str) -> OpeningHours | None:
    """When a place is open; None when nobody told."""
    try:
        return hours_of(about.hours, site=site or None, department=department or None)
    except NoDefaultHours:
        return None


def zone_at(about: Business, site: str) -> ZoneInfo:
    """The zone of the clocks at a site."""
    return ZoneInfo(about.zones.get(site, about.zone))


def site_of(connection: sa.Connection, journey: str | None) -> str:
    """The site of a journey, by its name; empty where it has none, or where there is no journey."""
    if journey is None:
        return ""
    j = journeys.c
    return connection.execute(sa.select(j.site).where(j.id == journey)).scalar_one_or_none() or ""
