"""Connects a CRM to a business, or gives it other keys, once all that it needs has been told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from cryptography.fernet import Fernet

from decroche.capture.connecting import FieldsMissing
from decroche.connector_kit.connector import Connector
from decroche.ledger.crm_connections import CrmConnection, add_crm, change_crm


def connect_crm(
    connection: sa.Connection,
    account: str,
    connector: Connector,
    given: Mapping[str, str],
    *,
    name: str,
    writes_calls: str,
    writes_tasks: bool,
    box: Fernet,
    now: datetime,
) -> CrmConnection:
    """Read a CRM's deals from now on. Raises FieldsMissing."""
    settings, secret = _sorted(connector, given)
    return add_crm(
        connection,
        account,
        crm=connector.name,
        name=name,
        settings=settings,
        secret=secret,
        box=box,
        now=now,
        writes_calls=writes_calls,
        writes_tasks=writes_tasks,
    )


def change_crm_keys(
    connection: sa.Connection,
    crm: CrmConnection,
    connector: Connector,
    given: Mapping[str, str],
    *,
    writes_calls: str,
    writes_tasks: bool,
    box: Fernet,
) -> None:
    """Give a CRM other settings and keys; a secret that was not typed stays. Raises FieldsMissing."""
    settings, secret = _sorted(connector, given, kept=crm)
    change_crm(
        connection,
        crm.account_id,
        crm.id,
        box=box,
        settings=settings,
        secret=secret,
        writes_calls=writes_calls,
        writes_tasks=writes_tasks,
    )


def _sorted(
    connector: Connector, given: Mapping[str, str], *, kept: CrmConnection | None = None
) -> tuple[dict[str, str], dict[str, str]]:
    """What may be shown again, and what never is. Raises FieldsMissing."""
    settings = {} if kept is None else dict(kept.settings)
    secret = {} if kept is None else dict(kept.secret)
    for field in connector.fields:
        value = given.get(field.key, "").strip()
        if field.secret:
            secret |= {field.key: value} if value else {}
        elif field.key in given or kept is None:
            settings[field.key] = value or field.default
    both = {**settings, **secret}
    missing = {each.key for each in connector.fields if each.required and not both.get(each.key)}
    if connector.deals is not None:
        missing |= set(connector.deals.missing(both))
    if connector.ads is not None:
        missing |= set(connector.ads.missing(both))
    if missing:
        raise FieldsMissing(tuple(each.key for each in connector.fields if each.key in missing))
    return {key: value for key, value in settings.items() if value}, secret
