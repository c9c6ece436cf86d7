"""The pages of the settings and of the first run, gathered for the door."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import APIRouter

from decroche.web.access import Services
from decroche.web.pages import (
    settings_business,
    settings_crm,
    settings_feeds,
    settings_hours,
    settings_hub,
    settings_import,
    settings_lines,
    settings_phones,
    settings_playbooks,
    settings_recovery,
    settings_rules,
    settings_sites,
    settings_team,
    settings_texts,
    settings_webhooks,
)

_PAGES = (
    settings_hub,
    settings_business,
    settings_sites,
    settings_hours,
    settings_lines,
    settings_phones,
    settings_import,
    settings_crm,
    settings_recovery,
    settings_team,
    settings_playbooks,
    settings_texts,
    settings_rules,
    settings_webhooks,
    settings_feeds,
)


def settings_routers(services: Services) -> Iterator[APIRouter]:
    """The routes of each."""
    for page in _PAGES:
        yield page.router(services)
