"""Connects a phone system to a business, or gives it other keys, once all that it needs has been told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from cryptography.fernet import Fernet

from decroche.connector_kit.connector import Connector
from decroche.language import Language
from decroche.ledger.changing import change_endpoint
from decroche.ledger.setting_up import Endpoint, add_endpoint

#: What any phone system may be told besides: the zone of the times in its files, and the country of its numbers.
FREE = ("zone", "country")


class FieldsMissing(ValueError):
    """Something that the phone system needs was not told: ``keys`` of its fields."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        super().__init__(", ".join(keys))
        self.keys = keys


@dataclass(frozen=True, slots=True)
class Told:
    """What was told of a phone system: ``settings`` may be shown again, ``secret`` never."""

    settings: dict[str, str]
    secret: dict[str, str]


def told_of(connector: Connector, given: Mapping[str, str], *, kept: Endpoint | None = None) -> Told:
    """What people typed, sorted, with the defaults; an empty secret leaves the one that was ``kept``.

    Raises FieldsMissing.
    """
    secret_keys = {field.key for field in connector.fields if field.secret}
    settings = dict(kept.settings) if kept is not None else {}
    secret = dict(kept.secret) if kept is not None else {}
    for field in connector.fields:
        value = given.get(field.key, "").strip()
        if field.key in secret_keys:
            if value:
                secret[field.key] = value
        elif field.key in given or kept is None:
            settings[field.key] = value or field.default
    for key in FREE:
        if value := given.get(key, "").strip():
            settings[key] = value
    both = {**settings, **secret}
    missing = tuple(field.key for field in connector.fields if field.required and not both.get(field.key))
    if missing:
        raise FieldsMissing(missing)
    return Told({key: value for key, value in settings.items() if value}, secret)


def lacks_said(connector: Connector, settings: Mapping[str, str], language: Language) -> tuple[str, ...]:
    """What will not work with ``settings``, secrets included, and what must be told for it: one sentence a want."""
    labels = {each.key: each.english if language.code == "en" else each.french for each in connector.fields}
    parts: dict[tuple[str, ...], list[str]] = {}
    for lack in connector.lacking(settings):
        parts.setdefault(lack.keys, []).append(language.say(f"lacking.part.{lack.part}"))
    return tuple(
        language.say(
            "lacking.said",
            keys=language.listing([language.set(labels.get(key, key)) for key in keys]),
            what=language.listing(found),
        )
        for keys, found in parts.items()
    )


def connect(
    connection: sa.Connection,
    account: str,
    connector: Connector,
    given: Mapping[str, str],
    *,
    name: str,
    site: str,
    zone: str,
    country: str,
    box: Fernet,
    now: datetime,
) -> Endpoint:
    """Listen to a phone system from now on. ``country`` as CA-QC. Raises FieldsMissing."""
    told = told_of(connector, {"zone": zone, "country": country.partition("-")[0], **given})
    return add_endpoint(
        connection,
        account,
        connector=connector.name,
        name=name,
        settings=told.settings,
        secret=told.secret,
        box=box,
        now=now,
        site=site,
    )


def change_keys(
    connection: sa.Connection, endpoint: Endpoint, connector: Connector, given: Mapping[str, str], *, box: Fernet
) -> None:
    """Give a phone system other settings and keys; a secret that was not typed stays. Raises FieldsMissing."""
    told = told_of(connector, given, kept=endpoint)
    change_endpoint(connection, endpoint, box=box, settings=told.settings, secret=told.secret)
