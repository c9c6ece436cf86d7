"""``decroche surveys``: what callers are asked by text, what they said, and who is pleased or not."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Annotated, TypeVar

import msgspec
import typer

from decroche.cli.connecting import Data, Database, Lang, Settings, account_of, told_settings
from decroche.cli.opening import at_ledger, server_speaker
from decroche.cli.speaker import Speaker
from decroche.cli.surveys_sayings import SURVEY_SAYINGS
from decroche.ledger.audit_log import COMMAND, note
from decroche.ledger.store import Ledger
from decroche.ledger.survey_reading import surveys_page
from decroche.ledger.surveys import wishes_of
from decroche.model.board import Measure, Missing, Period, Scope, Unit
from decroche.model.survey import Mood, Occasion, Question
from decroche.prove.service_desk import Desk
from decroche.prove.service_satisfaction import Satisfaction, Window, satisfaction, windows
from decroche.recover.survey import BadSurvey, read_wishes
from decroche.recover.workflows.surveying import keep_wishes, wishes_at
from decroche.server_settings import ServerSettings
from decroche.warehouse.lake import Lake
from decroche.warehouse.lake_rows import fingerprints
from decroche.warehouse.live_columns import LiveColumns
from decroche.warehouse.refresh import refresh

_SHOW, _WISHES, _SET, _PEOPLE = "show", "wishes", "set", "people"
_DAYS = 28
_Word = TypeVar("_Word", bound=StrEnum)


def surveys(
    what: Annotated[str, typer.Argument(help="show; wishes; set; people ambassador; people detractor.")] = _SHOW,
    which: Annotated[str, typer.Argument(help="After people: ambassador or detractor.")] = "",
    since: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")] = None,
    until: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day; today.")] = None,
    site: Annotated[str, typer.Option(help="Of this site only; with set: at this site.")] = "",
    on: Annotated[bool | None, typer.Option("--on/--off", help="With set: begin to ask, or stop.")] = None,
    questions: Annotated[
        str, typer.Option(help="With set: satisfaction,recommend,csi,competence,empathy,solved (three at most).")
    ] = "",
    after: Annotated[str, typer.Option(help="With set: call,conversation.")] = "",
    share: Annotated[float | None, typer.Option(help="With set: of 100 contacts, how many are asked.")] = None,
    delay: Annotated[int | None, typer.Option(help="With set: minutes after the contact.")] = None,
    apart: Annotated[int | None, typer.Option(help="With set: days between two surveys of one person.")] = None,
    of: Annotated[str | None, typer.Option("--account", help="The business, where there are several.")] = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Ask callers by text how it went, and show what they say with its n and interval."""
    speaker = server_speaker(lang).knowing(SURVEY_SAYINGS)
    if what not in {_SHOW, _WISHES, _SET, _PEOPLE} or bool(which) != (what == _PEOPLE):
        speaker.fail("surveys_words")
    mood = _words(speaker, which, Mood)[0] if what == _PEOPLE else None
    told = told_settings(speaker, settings, data, database)
    with at_ledger(speaker, told) as ledger:
        account = str(account_of(speaker, ledger, of).id)
        if mood is not None:
            _people(speaker, ledger, account, mood, site)
        elif what == _WISHES:
            _wishes(speaker, ledger, account)
        elif what == _SET:
            changes: dict[str, object] = {
                "active": on,
                "questions": _words(speaker, questions, Question) if questions else None,
                "after": _words(speaker, after, Occasion) if after else None,
                "share": None if share is None else share / 100,
                "delay_minutes": delay,
                "apart_days": apart,
            }
            _set(speaker, ledger, account, site, {name: value for name, value in changes.items() if value is not None})
        else:
            _show(speaker, ledger, told, account, since, until, site or None)


def _show(
    speaker: Speaker, ledger: Ledger, told: ServerSettings, account: str, since: datetime | None,
    until: datetime | None, site: str | None,
) -> None:  # fmt: skip
    now = datetime.now(UTC)
    scratch = told.data / "scratch"
    lake = Lake(told.lake_place, partial(fingerprints, told.fingerprint_key()))
    refresh(ledger, lake, account, scratch=scratch)
    with LiveColumns(ledger, lake, scratch=scratch) as columns:
        desk = Desk(ledger, columns, clock=lambda: now)
        clocks = desk.business(account).clocks
        last = now.astimezone(clocks.clock(site)).date() if until is None else until.date()
        first = last - timedelta(days=_DAYS - 1) if since is None else since.date()
        if first > last:
            speaker.fail("surveys_words")
        period, scope = Period(first, last + timedelta(days=1)), Scope(site=site)
        with ledger.reading() as connection:
            found = satisfaction(connection, account, clocks, period=period, scope=scope, supervise=True)
        resolved = windows(desk, account, period=period, scope=scope)
    _print(speaker, found, resolved, first, last)


def _print(speaker: Speaker, found: Satisfaction, resolved: tuple[Window, ...], first: date, last: date) -> None:
    if found.asked:
        rate = found.measures[-1]
        speaker.say("surveys_head", first=first, last=last, asked=rate.denominator or 0, answered=rate.numerator or 0)
        for measure in found.measures:
            speaker.say("surveys_line", name=speaker.text(f"survey_{measure.key}"), value=_value(speaker, measure))
        for why, n in found.let_be.items():
            speaker.say("surveys_not_asked", why=why_said(speaker, why), n=n)
    else:
        speaker.say("surveys_nobody")
    speaker.say("surveys_resolution")
    for each in resolved:
        gross, net = _value(speaker, each.gross), _value(speaker, each.net)
        speaker.say("surveys_window", days=each.days, gross=gross, net=net)


def why_said(speaker: Speaker, why: str) -> str:
    """Why a contact was not asked about: in words, or the rule that stood against it."""
    language = speaker.language
    return language.say(f"surveys.why.{why}") if language.has(f"surveys.why.{why}") else why


def _value(speaker: Speaker, measure: Measure) -> str:
    if measure.value is None:
        if measure.missing is Missing.OUTCOMES:
            return speaker.text("survey_no_outcomes")
        return speaker.text("survey_few", n=measure.n, least=measure.least)
    if measure.unit is Unit.SHARE:
        shown = speaker.text("survey_share", rate=measure.value, of=measure.numerator, all=measure.denominator)
        return shown + speaker.text("survey_share_between", low=measure.low, high=measure.high)
    word = "survey_points" if measure.unit is Unit.POINTS else "survey_grade"
    return speaker.text(word, value=measure.value, n=measure.n, low=measure.low, high=measure.high)


def _wishes(speaker: Speaker, ledger: Ledger, account: str) -> None:
    with ledger.reading() as connection:
        found = {site: read_wishes(body) for site, body in wishes_of(connection, account).items()}
    if not found:
        speaker.say("surveys_none_wished")
    for site, wishes in sorted(found.items()):
        speaker.say(
            "surveys_wished",
            site=site or speaker.text("surveys_all_sites"),
            state=speaker.text("surveys_on" if wishes.active else "surveys_off"),
            questions=", ".join(wishes.questions),
            after=", ".join(wishes.after),
            share=wishes.share,
            delay=wishes.delay_minutes,
            apart=wishes.apart_days,
        )


def _set(speaker: Speaker, ledger: Ledger, account: str, site: str, changes: dict[str, object]) -> None:
    now = datetime.now(UTC)
    try:
        with ledger.writing() as connection:
            wishes = msgspec.structs.replace(wishes_at(connection, account, site), **changes)
            keep_wishes(connection, account, site, wishes, now)
            note(connection, account, COMMAND, "settings.survey_changed", site, {"active": wishes.active}, at=now)
    except BadSurvey as error:
        speaker.fail("surveys_wrong", problem=error.said(speaker.language))
    speaker.say("surveys_kept")
    _wishes(speaker, ledger, account)


def _people(speaker: Speaker, ledger: Ledger, account: str, mood: Mood, site: str) -> None:
    with ledger.reading() as connection:
        rows, _ = surveys_page(connection, account, mood=mood, site=site or None)
    if not rows:
        speaker.say("surveys_no_people")
    for row in rows:
        speaker.say(
            "surveys_person",
            who=f"…{str(row['person'])[-4:]}",
            answers=", ".join(f"{question} {value}" for question, value in row["values"].items()),
            day=row["answered_at"].date(),
            task=speaker.text("surveys_task") if row["item_state"] == "open" else "",
        )


def _words(speaker: Speaker, text: str, known: type[_Word]) -> tuple[_Word, ...]:
    """Words with commas between them; the command ends at one that is not known."""
    found = []
    for word in (part.strip() for part in text.split(",")):
        if word not in set(known):
            speaker.fail("surveys_unknown_word", word=word[:40], known=", ".join(known))
        found.append(known(word))
    return tuple(found)
