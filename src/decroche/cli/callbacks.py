"""``decroche callbacks``: whom to call back, in which order, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from decroche.cli.callback_acts import ACTS, Act, BadWord, item_beginning, perform, told, words_of
from decroche.cli.callbacks_sayings import CALLBACKS_SAYINGS
from decroche.cli.connecting import Data, Database, Lang, Settings, account_of, told_settings
from decroche.cli.opening import at_ledger, server_speaker
from decroche.cli.speaker import Speaker
from decroche.ledger.account import JourneyFilter
from decroche.ledger.audit_log import COMMAND
from decroche.ledger.audit_log import note as write_line
from decroche.ledger.looking import promises_due
from decroche.ledger.recovery_settings import settings_of
from decroche.ledger.store import Ledger
from decroche.ledger.work_claims import Taken
from decroche.ledger.work_items import AlreadyClosed, Kind, NoSuchItem, WorkItem
from decroche.ledger.work_outcomes import Outcome
from decroche.recover.workflows.refusing import NoRefusal
from decroche.recover.workflows.working import Listed, read_list, take_next
from decroche.understand.live_journeys import LiveState
from decroche.web.people import who as shown_number

_LIST, _PROMISES, _CLAIM, _OUTCOME = "list", "promises", "claim", "outcome"
#: So much of an id is shown, and enough to name it.
_SHORT = 8
#: Open journeys that are listed where recovery is not set up, and promises.
_SHOWN = 50
#: Promises are listed from so long ago on, and so far ahead.
_BACK, _AHEAD = timedelta(days=7), timedelta(days=7)


def callbacks(
    what: Annotated[str, typer.Argument(help=f"{_LIST}; {_PROMISES}; or {', '.join(ACTS)}.")] = _LIST,
    item: Annotated[str | None, typer.Argument(help="The callback: the beginning of its id.")] = None,
    word: Annotated[
        str | None,
        typer.Argument(
            help=f"Of an outcome: {', '.join(Outcome)}. Of a refusal: yes, no. Of snooze: "
            "half_hour, afternoon, tomorrow or a moment. Of assign: a name, or - for nobody. Of a note: its words."
        ),
    ] = None,
    who: Annotated[str | None, typer.Option("--who", help="Who you are.")] = None,
    note: Annotated[str, typer.Option("--note", help="A note beside an outcome, or why it is put off.")] = "",
    numbers: Annotated[bool, typer.Option("--numbers", help="List phone numbers in full.")] = False,
    of: Annotated[str | None, typer.Option("--account", help="The business, where there are several.")] = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """List who is to be called back, in order, or what was promised; take one; say what came of it; put it off."""
    speaker = server_speaker(lang).knowing(CALLBACKS_SAYINGS)
    lists = what in (_LIST, _PROMISES)
    if (
        not (lists or what in ACTS)
        or (lists and item is not None)
        or (not lists and ACTS[what] != (word is not None))
        or (not lists and what != _CLAIM and item is None)
    ):
        speaker.fail("words_of_callbacks")
    if not lists and not (who or "").strip():
        speaker.fail("who_needed")
    if what == _OUTCOME and word not in tuple(Outcome):
        speaker.fail("unknown_outcome", known=", ".join(Outcome))
    settings_told = told_settings(speaker, settings, data, database)
    now = datetime.now(UTC)
    with at_ledger(speaker, settings_told) as ledger:
        account = account_of(speaker, ledger, of)
        zone, country = ZoneInfo(account.zone), account.country
        if lists:
            show = _say_list if what == _LIST else _say_promises
            found_n = show(speaker, ledger, account.id, now, zone, country, whole=numbers)
            if numbers:
                with ledger.writing() as connection:
                    details = {"n": found_n}
                    write_line(connection, account.id, COMMAND, "callback.numbers_listed", "", details, at=now)
            return
        me = (who or "").strip()
        act = Act(
            account=account.id, what=what, word=word or "", note=note, who=me, key=settings_told.fingerprint_key(),
            now=now,
        )  # fmt: skip
        with ledger.writing() as connection, _saying_why(speaker, zone, act, item or ""):
            found: WorkItem | None
            if item is not None:
                found = perform(connection, act, item_beginning(connection, account.id, item))
            else:
                kinds = (Kind.CALLBACK, Kind.VOICEMAIL)
                found = take_next(connection, account.id, who=me, now=now, key=act.key, kinds=kinds)
                if found is not None:
                    told(connection, act, found.id)
    _say_done(speaker, act, found, zone, country)


def _say_done(speaker: Speaker, act: Act, found: WorkItem | None, zone: ZoneInfo, country: str) -> None:
    if found is None:
        speaker.say("nobody_now")
    elif act.what == _CLAIM:
        speaker.say("claimed", **_words(speaker, found, country, whole=True), until=_clock(found.claimed_until, zone))
    elif act.what in ("outcome", "snooze") and found.state == "open" and found.snoozed_until is not None:
        day, at = found.snoozed_until.astimezone(zone).date(), _clock(found.snoozed_until, zone)
        if act.what == "snooze":
            speaker.say("put_off", day=day, at=at)
        else:
            speaker.say("told_open", outcome=_outcome(speaker, found), day=day, at=at)
    elif act.what == _OUTCOME:
        speaker.say("told_closed", outcome=_outcome(speaker, found))
    elif act.what == "assign":
        speaker.say("given_to" if found.assigned_to else "given_to_nobody", who=found.assigned_to)
    elif act.what == "refusal":
        speaker.say(f"refusal_{act.word}")
    else:
        speaker.say(f"act_{act.what}")


def _say_list(
    speaker: Speaker, ledger: Ledger, account: str, now: datetime, zone: ZoneInfo, country: str, *, whole: bool
) -> int:
    """The callbacks in their order. Returns how many there are."""
    with ledger.reading() as connection:
        listed = read_list(connection, account, now=now)
        unset = settings_of(connection, account) is None
    for each in listed:
        _say(speaker, each, now, zone, country, whole=whole)
    if unset and not listed:
        _say_open(speaker, ledger, account, zone, country, whole=whole)
    elif not listed:
        speaker.say("nobody_waits")
    return len(listed)


def _say_promises(
    speaker: Speaker, ledger: Ledger, account: str, now: datetime, zone: ZoneInfo, country: str, *, whole: bool
) -> int:
    """What was promised and is owed, the earliest first. Returns how much there is."""
    with ledger.for_account(account) as mine:
        found = promises_due(mine, since=now - _BACK, until=now + _AHEAD, limit=_SHOWN)
    for each in found:
        number = None if each.person is None else f"+{each.person}"
        person = "–" if number is None else shown_number(number, speaker.language, whole=whole, country=country)
        local = each.at.astimezone(zone)
        late = speaker.text("promise_late") if each.until < now else ""
        speaker.say(
            "promise_booked" if each.booked else "promise_asked",
            day=local.date(), at=_clock(each.at, zone), until=_clock(each.until, zone), person=person, site=each.site,
            late=late,
        )  # fmt: skip
    if not found:
        speaker.say("no_promise")
    return len(found)


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


@contextmanager
def _saying_why(speaker: Speaker, zone: ZoneInfo, act: Act, item: str) -> Iterator[None]:
    try:
        yield
    except BadWord:
        speaker.fail("unknown_word", known=", ".join(words_of(act.what)))
    except NoRefusal:
        speaker.fail("no_refusal")
    except NoSuchItem:
        speaker.fail("no_such_callback", id=item[:_SHORT].encode("utf-8", "replace").decode())
    except Taken as error:
        speaker.fail("taken_by", who=error.by, until=_clock(error.until, zone))
    except AlreadyClosed:
        speaker.fail("closed_already")
