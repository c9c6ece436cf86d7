"""``decroche recovery``: what is done for missed callers is set up, looked at, switched on and off."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, NoReturn

import msgspec
import sqlalchemy as sa
import typer
from cryptography.fernet import Fernet

from decroche.cli.connecting import Data, Database, Lang, Of, Settings, account_of, told_settings
from decroche.cli.opening import at_ledger, server_speaker
from decroche.cli.recovery_sayings import RECOVERY_SAYINGS
from decroche.cli.speaker import Speaker
from decroche.connectors.platforms import PLATFORMS
from decroche.ledger.audit_log import COMMAND, note
from decroche.ledger.store import Ledger
from decroche.ledger.tables import endpoints
from decroche.recover.activation import Obstacle
from decroche.recover.settings import BadSettings, RecoverySettings, Way
from decroche.recover.slots import SlotSettings
from decroche.recover.workflows.configuring import (
    NotReady,
    Wishes,
    against,
    change_settings,
    holdout_proposal,
    read_wishes,
)
from decroche.rules.outreach import Sector

#: What `decroche recovery set` wants against an obstacle.
_OPTIONS = {"no_business": "--business", "no_phone": "--phone", "no_way": "--way", "no_links": "--links"}

recovery = typer.Typer(
    name="recovery",
    help="Set up what is done for missed callers, and switch it on or off.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a command works: the business in its ledger, the key of fingerprints, and the box of other keys."""

    speaker: Speaker
    ledger: Ledger
    account: str
    country: str
    zone: str
    key: bytes
    now: datetime
    box: Fernet

    def wishes(self) -> Wishes:
        """What the business wants."""
        with self.ledger.reading() as connection:
            return read_wishes(connection, self.account, PLATFORMS, box=self.box)

    def stop(self, obstacles: tuple[Obstacle, ...]) -> NoReturn:
        """End the command with what stands against it."""
        self.speaker.stop("\n".join(_said(each, self.speaker) for each in obstacles))


@contextmanager
def at_desk(lang: str, settings: object, data: object, database: object, of: str | None) -> Iterator[Desk]:
    """The business that is meant; the command ends with a sentence where it cannot be worked on."""
    speaker = server_speaker(lang).knowing(RECOVERY_SAYINGS)
    told = told_settings(speaker, settings, data, database)  # type: ignore[arg-type]
    with at_ledger(speaker, told) as ledger:
        row = account_of(speaker, ledger, of)
        yield Desk(
            speaker, ledger, row.id, row.country, row.zone, told.fingerprint_key(), datetime.now(UTC), told.box()
        )


@recovery.command("show")
def show(
    of: Of = None, lang: Lang = "fr", settings: Settings = None, data: Data = None, database: Database = None
) -> None:
    """Show how recovery is set up, what still stands against it, and whether a hold-out would prove something."""
    with at_desk(lang, settings, data, database, of) as desk:
        known, speaker = desk.wishes(), desk.speaker
        wanted = known.settings
        speaker.say("recovery_on" if wanted.active else "recovery_off" if known.told else "recovery_untold")
        for name in RecoverySettings.__struct_fields__:
            if name not in {"active", "ways", "currency", "team"}:
                speaker.say("setting_shown", name=speaker.text(f"set_{name}"), value=_shown(speaker, wanted, name))
        names = _endpoints(desk)
        for way in wanted.ways:
            speaker.say("way_shown", platform=names.get(way.endpoint, way.endpoint), sender=way.sender)
        members = ", ".join(str(each.get("name", "")) for each in wanted.team.get("members", ()))
        speaker.say("setting_shown", name=speaker.text("set_team"), value=members or "–")
        for (site, department), body in sorted(known.playbooks.items()):
            del body
            speaker.say("own_playbook", site=site or "*", department=department or "*")
        for language in sorted({each.language for each in known.own}):
            speaker.say("own_words", language=language)
        _tell_obstacles(speaker, against(known, wanted, desk.now))
        _tell_proposal(desk)


@recovery.command("on")
def on(
    of: Of = None, lang: Lang = "fr", settings: Settings = None, data: Data = None, database: Database = None
) -> None:
    """Switch recovery on; refused as long as the words or the sender could not be used."""
    with at_desk(lang, settings, data, database, of) as desk:
        change(desk, msgspec.structs.replace(desk.wishes().settings, active=True))
        desk.speaker.say("switched_on")


@recovery.command("off")
def off(
    of: Of = None, lang: Lang = "fr", settings: Settings = None, data: Data = None, database: Database = None
) -> None:
    """Switch recovery off: no message goes to callers any more, and the list of callbacks goes on."""
    with at_desk(lang, settings, data, database, of) as desk:
        change(desk, msgspec.structs.replace(desk.wishes().settings, active=False))
        desk.speaker.say("switched_off")


@recovery.command("set")
def set_(
    business: Annotated[str | None, typer.Option(help="The name with which messages begin.")] = None,
    phone: Annotated[str | None, typer.Option(help="The number that they tell.")] = None,
    playbook: Annotated[str | None, typer.Option(help="A playbook that comes with the program.")] = None,
    way: Annotated[list[str] | None, typer.Option(help="PLATFORM=SENDER, in order. Repeatable.")] = None,
    price: Annotated[float | None, typer.Option(help="What one segment costs.")] = None,
    currency: Annotated[str | None, typer.Option(help="EUR, CAD, CHF…")] = None,
    daily_cap: Annotated[float | None, typer.Option(help="The most that the texts of a day may cost.")] = None,
    value: Annotated[float | None, typer.Option(help="What a caller who is won brings.")] = None,
    holdout: Annotated[float | None, typer.Option(help="Share of callers left alone, to measure: 0 to 0.5.")] = None,
    links: Annotated[str | None, typer.Option(help="The public address before /r/…")] = None,
    sector: Annotated[str | None, typer.Option(help=", ".join(Sector))] = None,
    emergency_word: Annotated[list[str] | None, typer.Option(help="What callers write in an emergency.")] = None,
    emergency_place: Annotated[list[str] | None, typer.Option(help="Department, queue or line of emergencies.")] = None,
    slot: Annotated[list[str] | None, typer.Option(help="minutes=30, capacity=2, lead_minutes=30…")] = None,
    of: Of = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Set up recovery; what is left out stays."""
    with at_desk(lang, settings, data, database, of) as desk:
        told = {
            "business": business,
            "phone": phone,
            "playbook": playbook,
            "ways": None if way is None else tuple(_way(desk, each) for each in way),
            "price_per_segment": price,
            "currency": currency,
            "daily_cap": daily_cap,
            "value": value,
            "holdout": holdout,
            "links": links,
            "sector": sector,
            "emergency_words": None if emergency_word is None else tuple(each for each in emergency_word if each),
            "emergency_places": None if emergency_place is None else tuple(each for each in emergency_place if each),
            "slots": None
            if slot is None
            else {**desk.wishes().settings.slots, **dict(_slot(desk, each) for each in slot)},
        }
        given = {name: each for name, each in told.items() if each is not None}
        wanted = msgspec.structs.replace(desk.wishes().settings, **given)
        left = change(desk, wanted)
        desk.speaker.say("recovery_set")
        _tell_obstacles(desk.speaker, left)
        if holdout:
            _tell_proposal(desk)


def change(desk: Desk, wanted: RecoverySettings) -> tuple[Obstacle, ...]:
    """Keep the settings; the command ends with a sentence where they cannot be."""
    try:
        before = desk.wishes().settings
        names = [name for name in wanted.__struct_fields__ if getattr(wanted, name) != getattr(before, name)]
        with desk.ledger.writing() as connection:
            left = change_settings(connection, desk.account, wanted, PLATFORMS, now=desk.now, box=desk.box)
            details = {"changed": ", ".join(names)}
            note(connection, desk.account, COMMAND, "settings.recovery", "", details, at=desk.now)
            return left
    except NotReady as error:
        desk.stop(error.obstacles)
    except BadSettings as error:
        desk.speaker.stop(error.said(desk.speaker.language))


def _shown(speaker: Speaker, wanted: RecoverySettings, name: str) -> str:
    """A setting as people read it."""
    value: Any = wanted.alarm_words if name == "emergency_words" else getattr(wanted, name)
    language = speaker.language
    if value in (None, "", ()):
        return "–"
    if name in {"price_per_segment", "daily_cap", "value"}:
        return language.write("{price:money}", price=(value, wanted.currency))
    if name == "holdout":
        return language.percent(value, 0)
    if name == "slots":
        slots = {**asdict(SlotSettings()), **value}
        return language.listing([f"{key} = {each}" for key, each in slots.items()])
    if name == "sector":
        return speaker.text(f"sector_{value}")
    return language.listing(list(value)) if isinstance(value, tuple) else str(value)


def _way(desk: Desk, told: str) -> Way:
    """``PLATFORM=SENDER``: the platform by its name, its id or what it is."""
    name, equals, sender = told.partition("=")
    c = endpoints.c
    mine = (c.account_id == desk.account) & c.removed_at.is_(None)
    named = sa.or_(c.name == name, c.id == name, c.connector == name)
    with desk.ledger.reading() as connection:
        found = connection.execute(sa.select(c.id).where(mine, named)).scalars().all()
    if len(found) != 1 or not equals or not sender.strip():
        desk.speaker.fail("way_unread", known=", ".join(sorted(_endpoints(desk).values())) or "–")
    return Way(endpoint=found[0], sender=sender.strip())


def _slot(desk: Desk, told: str) -> tuple[str, int]:
    """``capacity=2``."""
    name, _, value = told.partition("=")
    if not value.strip().isdecimal():
        desk.speaker.fail("slot_unread")
    return name.strip(), int(value)


def _endpoints(desk: Desk) -> dict[str, str]:
    c = endpoints.c
    query = sa.select(c.id, c.name).where(c.account_id == desk.account, c.removed_at.is_(None))
    with desk.ledger.reading() as connection:
        return {row.id: row.name for row in connection.execute(query)}


def _said(obstacle: Obstacle, speaker: Speaker) -> str:
    """An obstacle, with the option that removes it."""
    option = _OPTIONS.get(obstacle.word)
    said = obstacle.said(speaker.language)
    return said if option is None else f"{said} ({option})"


def _tell_obstacles(speaker: Speaker, found: tuple[Obstacle, ...]) -> None:
    if found:
        speaker.say("stands_against")
    for each in found:
        print(f"  {_said(each, speaker)}")


def _tell_proposal(desk: Desk) -> None:
    with desk.ledger.reading() as connection:
        found = holdout_proposal(connection, desk.account, now=desk.now)
    language = desk.speaker.language
    shown = {
        "share": "–" if found.share is None else language.percent(found.share, 0),
        "weeks": "–" if found.weeks is None else language.number(found.weeks),
        "effect": language.number(100 * found.effect),
        "held_out": "–" if found.held_out is None else language.number(found.held_out),
    }
    print(language.write(language.text(found.why), **shown))
