"""``decroche hours``: when the business is open, at each place, and the days that differ."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated

import typer

from decroche.cli.connecting import Data, Database, Lang, Settings, account_of, check_site, told_settings
from decroche.cli.opening import at_ledger, server_speaker
from decroche.cli.speaker import Speaker
from decroche.ledger.audit_log import COMMAND, note
from decroche.ledger.changing import NotThere, remove_day, remove_week, set_day
from decroche.ledger.rejudging import ask_again
from decroche.ledger.setting_up import set_week
from decroche.ledger.store import Ledger
from decroche.understand.hours import HoursUnreadable, format_week, parse_week

_DAYS = ("close", "open", "reset")


def hours(
    what: Annotated[str, typer.Argument(help="show; set WEEK; forget; close, open or reset DAY.")] = "show",
    told_of: Annotated[str | None, typer.Argument(metavar="[WEEK|DAY]", help="The week, or a day.")] = None,
    name: Annotated[str, typer.Argument(help="After close: why, such as Inventaire.")] = "",
    site: Annotated[str, typer.Option(help="Of this site; of all when left out.")] = "",
    department: Annotated[str, typer.Option(help="Of this department; of all when left out.")] = "",
    of: Annotated[str | None, typer.Option("--account", help="The business, where there are several.")] = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Show or change the opening hours and the days that differ; recent calls are judged again."""
    speaker = server_speaker(lang)
    if what not in {"show", "set", "forget", *_DAYS} or (told_of is None) != (what in {"show", "forget"}):
        speaker.fail("words_of_hours")
    told, now = told_settings(speaker, settings, data, database), datetime.now(UTC)
    with at_ledger(speaker, told) as ledger:
        account = account_of(speaker, ledger, of)
        if what == "show":
            _show(speaker, ledger, str(account.id))
            return
        check_site(speaker, ledger, account, site)
        day = _day(speaker, told_of or "") if what in _DAYS else now.date()
        with ledger.writing() as connection:
            try:
                if what == "set":
                    week = format_week(parse_week(told_of or ""))
                    set_week(connection, account.id, week, site=site, department=department)
                    ask_again(connection, account.id, now)
                    act, details = "week_set", {"site": site, "department": department, "week": week}
                elif what == "forget":
                    remove_week(connection, account.id, site=site, department=department, now=now)
                    act, details = "week_forgotten", {"site": site, "department": department}
                elif what == "reset":
                    remove_day(connection, account.id, day, now=now)
                    act, details = "day_reset", {"day": day.isoformat()}
                else:
                    closed = (name.strip() or speaker.text("closed_by_hand")) if what == "close" else None
                    set_day(connection, account.id, day, closed, now=now)
                    act, details = f"day_{what}", {"day": day.isoformat(), "name": closed or ""}
                note(connection, account.id, COMMAND, f"hours.{act}", "", details, at=now)
            except HoursUnreadable as error:
                speaker.fail("hours_unreadable", key="decroche hours set", part=error.part)
            except NotThere:
                speaker.fail("hours_not_there")
    if what == "set":
        speaker.say("hours_set", week=week)
    else:
        speaker.say("hours_changed")


def _show(speaker: Speaker, ledger: Ledger, account: str) -> None:
    with ledger.for_account(account) as mine:
        weeks, days = list(mine.opening_hours()), list(mine.closed_days())
    for row in weeks:
        place = ", ".join(each for each in (row["site"], row["department"]) if each)
        speaker.say("hours_shown", place=place or speaker.text("hours_everywhere"), week=row["week"])
    if not weeks:
        speaker.say("hours_none")
    for row in days:
        if row["name"] is None:
            speaker.say("day_open", day=row["day"])
        else:
            speaker.say("day_closed", day=row["day"], name=row["name"])


def _day(speaker: Speaker, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        speaker.fail("day_not_read", text=text)
