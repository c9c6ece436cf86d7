"""Keeps what a business wants of recovery, and switches nothing on that could not lawfully be sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import sqlalchemy as sa
from cryptography.fernet import Fernet

from decroche.connector_kit.connector import Connector
from decroche.ledger import recovery_settings as wishes
from decroche.ledger.setting_up import read_endpoints
from decroche.ledger.tables import accounts, endpoints, journeys
from decroche.model.figures import Rate
from decroche.model.sentence import Sentence
from decroche.recover.activation import Obstacle, Place, obstacles, words_obstacles
from decroche.recover.holdout_proposal import Proposal, propose
from decroche.recover.playbook import Act, Playbook
from decroche.recover.playbook_toml import read_playbook, shipped, shipped_text
from decroche.recover.previews import example_values
from decroche.recover.settings import RecoverySettings, check_settings, read_settings, write_settings
from decroche.recover.templates import Channel, Values, Variant
from decroche.recover.without_slots import without_slots
from decroche.recover.words_toml import names, read_words, shipped_words
from decroche.recover.workflows.writing import own_words

#: How far back callers are counted for a proposal, and how long an outcome needs.
_LOOK_BACK, _SETTLES = timedelta(days=56), timedelta(days=7)


class NotReady(Exception):
    """Nothing was changed: ``obstacles`` stand against it."""

    def __init__(self, obstacles: Sequence[Obstacle]) -> None:
        super().__init__(*(each.word for each in obstacles))
        self.obstacles = tuple(obstacles)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What an account wants of recovery; ``name`` is its own, ``playbooks`` are its TOML by site and department."""

    name: str
    settings: RecoverySettings
    told: bool
    playbooks: Mapping[tuple[str, str], str]
    own: tuple[Variant, ...]
    place: Place
    zone: ZoneInfo

    @property
    def in_use(self) -> tuple[Playbook, ...]:
        """The playbooks that hold somewhere."""
        own = tuple(read_playbook(body) for body in self.playbooks.values())
        known = shipped()
        rest = () if ("", "") in self.playbooks else (known.get(self.settings.playbook) or known["garage"],)
        return (*own, *rest)

    def local(self, now: datetime) -> datetime:
        """``now`` on the clocks of the business, naive."""
        return now.astimezone(self.zone).replace(tzinfo=None)


def read_wishes(
    connection: sa.Connection, account: str, platforms: Sequence[Connector], *, box: Fernet | None = None
) -> Wishes:
    """What the account wants, as it is kept; the defaults where it never said anything.

    With the ``box`` that seals the keys of phone systems it is seen which of those that send lack one.
    """
    row = connection.execute(sa.select(accounts).where(accounts.c.id == account)).one()
    body = wishes.settings_of(connection, account)
    return Wishes(
        name=row.name,
        settings=read_settings(body),
        told=body is not None,
        playbooks=wishes.playbooks_of(connection, account),
        own=own_words(connection, account),
        place=Place(
            country=row.country,
            language=row.language,
            able=_able(connection, account, platforms),
            lacking={} if box is None else _lacking(connection, account, platforms, box),
        ),
        zone=ZoneInfo(row.zone),
    )


def _able(connection: sa.Connection, account: str, platforms: Sequence[Connector]) -> dict[str, bool]:
    texts = {each.name: each.texts for each in platforms if each.texts is not None}
    c = endpoints.c
    rows = connection.execute(sa.select(c.id, c.connector).where(c.account_id == account, c.removed_at.is_(None)))
    return {row.id: texts[row.connector].two_way for row in rows if row.connector in texts}


def _lacking(
    connection: sa.Connection, account: str, platforms: Sequence[Connector], box: Fernet
) -> dict[str, tuple[Sentence, ...]]:
    """The settings that are missing for sending, by phone system."""
    found: dict[str, tuple[Sentence, ...]] = {}
    known = {each.name: each for each in platforms if each.texts is not None}
    for endpoint in read_endpoints(connection, box, account=account):
        platform = known.get(endpoint.connector)
        if platform is not None and platform.texts is not None:
            missing = platform.texts.missing(endpoint.all_settings)
            found[endpoint.id] = tuple(
                Sentence(key=each.key, fr=each.french, en=each.english)
                for each in platform.fields
                if each.key in missing
            )
    return found


def against(known: Wishes, settings: RecoverySettings, now: datetime) -> tuple[Obstacle, ...]:
    """What stands against switching recovery on with these settings."""
    return obstacles(
        settings,
        known.place,
        playbooks=known.in_use,
        own=known.own,
        shipped=shipped_words(),
        now=known.local(now),
    )


def offers_slots(playbook: Playbook) -> bool:
    """Whether a caller chooses a time on a page of ours, which needs a public address."""
    return any(step.act is Act.OFFER_SLOTS for step in playbook.steps)


def offer_no_slots(
    connection: sa.Connection, account: str, platforms: Sequence[Connector], *, now: datetime
) -> list[tuple[str, str]]:
    """Have every playbook in use send a text where it offered times. Returns the places, as (site, department).

    Raises BadFile, and NotReady while recovery is on.
    """
    known = read_wishes(connection, account, platforms)
    bodies = {("", ""): shipped_text(known.settings.playbook), **known.playbooks}
    changed = {at: without_slots(body) for at, body in bodies.items() if offers_slots(read_playbook(body))}
    for (site, department), body in changed.items():
        use_playbook(connection, account, body, platforms, site=site, department=department, now=now)
    return list(changed)


def change_settings(
    connection: sa.Connection,
    account: str,
    settings: RecoverySettings,
    platforms: Sequence[Connector],
    *,
    now: datetime,
    box: Fernet | None = None,
) -> tuple[Obstacle, ...]:
    """Keep the settings. Returns what still stands against switching recovery on.

    Raises NotReady when they would switch it on, or leave it on, against an obstacle; BadSettings for other nonsense.
    The ``box`` is wanted where it may be switched on: see ``read_wishes``.
    """
    if settings.playbook not in shipped():
        raise NotReady((Obstacle(word="playbook_unknown", values={"known": ", ".join(shipped())}),))
    found = against(read_wishes(connection, account, platforms, box=box), settings, now)
    if settings.active and found:
        raise NotReady(found)
    check_settings(settings)
    wishes.write_settings(connection, account, write_settings(settings), now)
    return found


def check_playbook(known: Wishes, body: str) -> Playbook:
    """The playbook of a TOML text, its templates being there. Raises BadFile."""
    words = (*known.own, *shipped_words())
    return read_playbook(body, texts=names(words, Channel.TEXT), emails=names(words, Channel.EMAIL))


def use_playbook(
    connection: sa.Connection,
    account: str,
    body: str,
    platforms: Sequence[Connector],
    *,
    site: str,
    department: str,
    now: datetime,
) -> Playbook:
    """Have a playbook hold for a place; empty stands for any. Raises BadFile, and NotReady while recovery is on."""
    known = read_wishes(connection, account, platforms)
    found = check_playbook(known, body)
    wishes.write_playbook(connection, account, site, department, body, now)
    if not known.told:
        # From now on missed calls follow it; nothing is sent before that is switched on.
        wishes.write_settings(connection, account, write_settings(known.settings), now)
    _still_ready(connection, account, platforms, now)
    return found


def drop_playbook(
    connection: sa.Connection,
    account: str,
    platforms: Sequence[Connector],
    *,
    site: str,
    department: str,
    now: datetime,
) -> bool:
    """Have the wider playbook hold for a place again. Whether it had its own. Raises NotReady while recovery is on."""
    found = wishes.remove_playbook(connection, account, site, department)
    _still_ready(connection, account, platforms, now)
    return found


def check_words(known: Wishes, body: str, language: str, now: datetime) -> tuple[Obstacle, ...]:
    """What is refused of the words of a TOML text. Raises BadFile."""
    words = read_words(body, language)
    return tuple(words_obstacles(words, known.settings, known.place, known.local(now)))


def use_words(
    connection: sa.Connection,
    account: str,
    body: str,
    language: str,
    platforms: Sequence[Connector],
    *,
    now: datetime,
) -> None:
    """Have the words of a TOML text hold in a language, in place of those before. Raises BadFile and NotReady."""
    refused = check_words(read_wishes(connection, account, platforms), body, language, now)
    if refused:
        raise NotReady(refused)
    wishes.write_words(connection, account, language, body, now)
    _still_ready(connection, account, platforms, now)


def example(known: Wishes, now: datetime) -> Values:
    """Values with which the words of a business are shown before anybody gets them."""
    wanted = known.settings
    return example_values(
        known.local(now),
        business=wanted.business or known.name,
        phone=wanted.phone or "01 99 00 00 00",
        link=f"{wanted.links.rstrip('/') or 'https://exemple.fr'}/r/abcdefghijklmnop",
    )


def _still_ready(connection: sa.Connection, account: str, platforms: Sequence[Connector], now: datetime) -> None:
    known = read_wishes(connection, account, platforms)
    if known.settings.active and (found := against(known, known.settings, now)):
        raise NotReady(found)


def holdout_proposal(connection: sa.Connection, account: str, *, now: datetime, seed: int = 20_260_101) -> Proposal:
    """Whether a hold-out would prove something here, by the callers of the last eight weeks."""
    j = journeys.c
    query = sa.select(
        sa.func.count(sa.distinct(j.person)).label("callers"),
        sa.func.count(sa.case((j.state == "recovered", 1))).label("recovered"),
        sa.func.count().label("journeys"),
        sa.func.min(j.opened_at).label("first"),
    ).where(j.account_id == account, j.opened_at >= now - _LOOK_BACK, j.opened_at < now - _SETTLES)
    row = connection.execute(query.where(j.state != "withdrawn")).one()
    days = max(1.0, (now - _SETTLES - row.first) / timedelta(days=1)) if row.first is not None else 1.0
    return propose(
        callers_per_day=row.callers / days,
        base=Rate(row.recovered, row.journeys),
        rng=np.random.default_rng(seed),
    )
