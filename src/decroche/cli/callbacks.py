"""``decroche callbacks``: whom to call back, in which order, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import typer

from decroche.cli.callbacks_sayings import CALLBACKS_SAYINGS
from decroche.cli.connecting import Data, Database, Lang, Settings, account_of, told_settings
from decroche.cli.opening import at_ledger, server_speaker
from decroche.cli.speaker import Speaker
from decroche.ledger.account import JourneyFilter
from decroche.ledger.audit_log import COMMAND
from decroche.ledger.audit_log import note as write_line
from decroche.ledger.recovery_settings import settings_of
from decroche.ledger.recovery_tables import work_items
from decroche.ledger.store import Ledger
from decroche.ledger.work_claims import Taken, claim
from decroche.ledger.work_items import AlreadyClosed, Kind, NoSuchItem, WorkItem, read_item
from decroche.ledger.work_outcomes import Outcome
from decroche.recover.workflows.alarms import mark
from decroche.recover.workflows.working import Listed, read_list, take_next, tell_outcome
from decroche.understand.live_journeys import LiveState
from decroche.web.people import who as shown_number

_LIST, _CLAIM, _OUTCOME, _EMERGENCY = "list", "claim", "outcome", "emergency"
#: So much of an id is shown, and enough to name it.
_SHORT = 8
#: Open journeys that are listed where recovery is not set up.
_SHOWN = 50


def callbacks(
    what: Annotated[str, typer.Argument(help="list; claim; outcome, to say what came of it; emergency.")] = _LIST,
    item: Annotated[str | None, typer.Argument(help="The callback: the beginning of its id.")] = None,
    outcome: Annotated[str | None, typer.Argument(help=", ".join(Outcome))] = None,
    who: Annotated[str | None, typer.Option("--who", help="Who you are.")] = None,
    note: Annotated[str, typer.Option("--note", help="A note beside an outcome.")] = "",
    numbers: Annotated[bool, typer.Option("--numbers", help="List phone numbers in full.")] = False,
    of: Annotated[str | None, typer.Option("--account", help="The business, where there are several.")] = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """List who is to be called back, in order; take one; say what came of it."""
    speaker = server_speaker(lang).knowing(CALLBACKS_SAYINGS)
    if (
        what not in (_LIST, _CLAIM, _OUTCOME, _EMERGENCY)
        or (what == _EMERGENCY and item is None)
        or (what == _OUTCOME) != (outcome is not None)
        or (what == _LIST and item is not None)
    ):
        speaker.fail("words_of_callbacks")
    if what != _LIST and not (who or "").strip():
        speaker.fail("who_needed")
    if outcome is not None and outcome not in tuple(Outcome):
        speaker.fail("unknown_outcome", known=", ".join(Outcome))
    told = told_settings(speaker, settings, data, database)
    now = datetime.now(UTC)
    with at_ledger(speaker, told) as ledger:
        account = account_of(speaker, ledger, of)
        zone, country = ZoneInfo(account.zone), account.country
        if what == _LIST:
            with ledger.reading() as connection:
                listed = read_list(connection, account.id, now=now)
                unset = settings_of(connection, account.id) is None
            if numbers:
                with ledger.writing() as connection:
                    details = {"n": len(listed)}
                    write_line(connection, account.id, COMMAND, "callback.numbers_listed", "", details, at=now)
            for each in listed:
                _say(speaker, each, now, zone, country, whole=numbers)
            if unset and not listed:
                _say_open(speaker, ledger, account.id, zone, country, whole=numbers)
            elif not listed:
                speaker.say("nobody_waits")
            return
        key, me = told.fingerprint_key(), (who or "").strip()
        with ledger.writing() as connection, _saying_why(speaker, zone, item or ""):
            found: WorkItem | None
            if what == _EMERGENCY:
                found = read_item(connection, account.id, _id(connection, account.id, item or ""))
                if found.journey_id is None or found.state != "open":
                    raise AlreadyClosed
                mark(connection, account.id, found.journey_id, who=me, now=now)
            elif what == _OUTCOME:
                id = _id(connection, account.id, item or "")
                found = tell_outcome(
                    connection, account.id, id, Outcome(outcome or ""), who=me, now=now, key=key, note=note
                )
            elif item is not None:
                found = claim(connection, account.id, _id(connection, account.id, item), who=me, now=now)
            else:
                kinds = (Kind.CALLBACK, Kind.VOICEMAIL)
                found = take_next(connection, account.id, who=me, now=now, key=key, kinds=kinds)
    if found is None:
        speaker.say("nobody_now")
    elif what == _EMERGENCY:
        speaker.say("marked_emergency")
    elif what == _CLAIM:
        speaker.say("claimed", **_words(speaker, found, country, whole=True), until=_clock(found.claimed_until, zone))
    elif found.state == "open" and found.snoozed_until is not None:
        day = found.snoozed_until.astimezone(zone).date()
        speaker.say("told_open", outcome=_outcome(speaker, found), day=day, at=_clock(found.snoozed_until, zone))
    else:
        speaker.say("told_closed", outcome=_outcome(speaker, found))


def _say(speaker: Speaker, each: Listed, now: datetime, zone: ZoneInfo, country: str, *, whole: bool) -> None:
    holder = each.item.holder(now)
    at = each.item.promised_at or each.item.opened_at
    local = at.astimezone(zone)
    moment = f"{speaker.language.day(local.date())} {speaker.language.clock(local.hour + local.minute / 60)}"
    speaker.say(
        "waits",
        **_words(speaker, each.item, country, whole=whole),
        since=moment,
        why=", ".join(speaker.text(f"why_{reason}") for reason in each.place.reasons),
        held="" if holder is None else speaker.text("held", who=holder),
    )


def _say_open(speaker: Speaker, ledger: Ledger, account: str, zone: ZoneInfo, country: str, *, whole: bool) -> None:
    """Where recovery is not set up nobody is put on the list: say so, and who waits all the same."""
    with ledger.for_account(account) as mine:
        rows, more = mine.journeys(JourneyFilter(state=LiveState.OPEN), limit=_SHOWN)
    speaker.say("recovery_unset")
    if rows:
        speaker.say("open_journeys")
    for row in rows:
        local = row["last_missed_at"].astimezone(zone)
        at = f"{speaker.language.day(local.date())} {speaker.language.clock(local.hour + local.minute / 60)}"
        person = shown_number(f"+{row['person']}", speaker.language, whole=whole, country=country)
        speaker.say("open_journey", person=person, at=at, site=row["site"])
    if more is not None:
        speaker.say("more_open", n=len(rows))
    elif not rows:
        speaker.say("nobody_waits")


def _words(speaker: Speaker, item: WorkItem, country: str, *, whole: bool) -> dict[str, Any]:
    number = None if item.person is None else f"+{item.person}"
    return {
        "id": item.id[:_SHORT],
        "kind": speaker.text(f"kind_{item.kind}"),
        "person": "–" if number is None else shown_number(number, speaker.language, whole=whole, country=country),
    }


def _outcome(speaker: Speaker, item: WorkItem) -> str:
    return speaker.text(f"outcome_{item.outcome}")


def _clock(moment: datetime | None, zone: ZoneInfo) -> float:
    local = (moment or datetime.now(UTC)).astimezone(zone)
    return local.hour + local.minute / 60


def _id(connection: sa.Connection, account: str, beginning: str) -> str:
    """The one item whose id begins so. Raises NoSuchItem."""
    c = work_items.c
    query = sa.select(c.id).where(c.account_id == account, c.id.startswith(beginning, autoescape=True)).limit(2)
    found = connection.execute(query).scalars().all()
    if len(found) != 1 or not beginning:
        raise NoSuchItem(beginning)
    return str(found[0])


@contextmanager
def _saying_why(speaker: Speaker, zone: ZoneInfo, item: str) -> Iterator[None]:
    try:
        yield
    except NoSuchItem:
        speaker.fail("no_such_callback", id=item[:_SHORT].encode("utf-8", "replace").decode())
    except Taken as error:
        speaker.fail("taken_by", who=error.by, until=_clock(error.until, zone))
    except AlreadyClosed:
        speaker.fail("closed_already")
