"""``decroche backfill``: has the past calls of a phone system read, as far back as its platform keeps them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import typer

from decroche.capture.history.poller import ask_for, backfill_of
from decroche.cli.connecting import Data, Database, Lang, Settings, open_ledger, told_settings
from decroche.cli.opening import server_speaker
from decroche.cli.speaker import Speaker
from decroche.connector_kit.connector import Connector
from decroche.connectors.platforms import PLATFORMS
from decroche.ledger.audit_log import COMMAND, note
from decroche.ledger.setting_up import Endpoint, read_endpoints
from decroche.ledger.store import Ledger
from decroche.server_settings import ServerSettings


def backfill(
    name: Annotated[str, typer.Argument(metavar="ENDPOINT", help="The phone system: its name, or its id.")],
    since: Annotated[str, typer.Option("--from", help="First day, such as 2026-01-31.")],
    until: Annotated[str | None, typer.Option("--to", help="Last day; today by default.")] = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Have the past calls of a phone system read by the server."""
    speaker = server_speaker(lang)
    told = told_settings(speaker, settings, data, database)
    ledger = open_ledger(speaker, told)
    endpoint, connector = find_endpoint(speaker, ledger, told, name)
    history = connector.history
    if history is None:
        speaker.fail("no_history", title=connector.title)
    if missing := history.missing(endpoint.all_settings):
        speaker.fail("history_without_key", name=endpoint.name, missing=", ".join(missing))
    zone = ZoneInfo(endpoint.settings.get("zone") or "UTC")
    now = datetime.now(UTC)
    begin = _midnight(speaker, since, zone)
    end = now if until is None else min(now, _midnight(speaker, until, zone, after=True))
    reach = now - history.reach
    if begin >= end or end <= reach:
        speaker.fail("backfill_nothing", title=connector.title, days=history.reach.days)
    if begin < reach:
        begin = reach
        speaker.say("backfill_limited", title=connector.title, days=history.reach.days, begin=str(_day(begin, zone)))
    with ledger.writing() as connection:
        before = backfill_of(connection, endpoint.id)
        ask_for(connection, endpoint.id, begin, end)
        details = {"name": endpoint.name, "since": begin.date().isoformat(), "until": end.date().isoformat()}
        note(connection, endpoint.account_id, COMMAND, "endpoint.history_asked", endpoint.id, details, at=now)
    if before is not None and before[1].reading is not None:
        speaker.say("backfill_replaced", begin=str(_day(before[0].begin, zone)), end=str(_day(before[0].end, zone)))
    first, last = str(_day(begin, zone)), str(_day(end - timedelta(microseconds=1), zone))
    speaker.say("backfill_asked", name=endpoint.name, begin=first, end=last)


def find_endpoint(speaker: Speaker, ledger: Ledger, told: ServerSettings, name: str) -> tuple[Endpoint, Connector]:
    """The phone system that a person named; the command ends when there is none, or several."""
    platforms = {each.name: each for each in PLATFORMS}
    with ledger.reading() as connection:
        known = [each for each in read_endpoints(connection, told.box()) if each.connector in platforms]
    found = [each for each in known if name in {each.id, each.name}] or [
        each for each in known if name.casefold() in {each.name.casefold(), each.connector}
    ]
    if len(found) != 1:
        speaker.fail(
            "which_endpoint" if found else "unknown_endpoint",
            name=name,
            known=", ".join(f"{each.name} ({each.id})" for each in found or known) or "—",
        )
    return found[0], platforms[found[0].connector]


def progress_lines(speaker: Speaker, connection: sa.Connection, endpoint: Endpoint, connector: Connector) -> list[str]:
    """What there is to say of the past calls of an endpoint."""
    history = connector.history
    if history is None:
        return []
    if history.missing(endpoint.all_settings):
        return [speaker.text("history_unread", title=connector.title)]
    found = backfill_of(connection, endpoint.id)
    if found is None:
        return []
    asked, state = found
    zone = ZoneInfo(endpoint.settings.get("zone") or "UTC")
    days = {"begin": str(_day(asked.begin, zone)), "end": str(_day(asked.end - timedelta(microseconds=1), zone))}
    if state.reading is None:
        return [speaker.text("backfill_done", records=state.records, **days)]
    percent = speaker.language.percent(state.done(asked), 0)
    return [speaker.text("backfill_going", share=percent, records=state.records, **days)]


def _midnight(speaker: Speaker, text: str, zone: ZoneInfo, *, after: bool = False) -> datetime:
    """The beginning of a day, or (``after``) its end, by the clocks of the business."""
    try:
        day = date.fromisoformat(text)
        return datetime.combine(day + timedelta(days=after), time(), zone).astimezone(UTC)
    except (ValueError, OverflowError):
        speaker.fail("day_unreadable", text=text)


def _day(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()
