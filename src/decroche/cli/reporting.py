"""``decroche report``: the quarterly audit as a paper with its figures beside it, and made again to compare."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from decroche.cli.connecting import AsJson, Data, Database, Lang, Of, Settings, account_of, check_site, told_settings
from decroche.cli.opening import at_ledger, server_speaker
from decroche.cli.reporting_sayings import REPORTING_SAYINGS
from decroche.cli.speaker import Speaker
from decroche.ledger.recovery_settings import settings_of
from decroche.ledger.store import Ledger
from decroche.model.board import Period
from decroche.model.money import Money
from decroche.prove.kpis.quarter import BadQuarter, Quarter
from decroche.prove.letter_page import Letter
from decroche.prove.monday import MondayFigures, MonthFigures
from decroche.prove.monday_words import monday_letter, month_letter, variance_said
from decroche.prove.reports.letter import letter_html
from decroche.prove.reports.quarter import file_name, quarter_name, quarter_pdf
from decroche.prove.service_desk import Desk
from decroche.prove.service_monday import monday_figures, month_figures, variance
from decroche.prove.service_monday import written as figures_written
from decroche.prove.service_quarter import NoCallsThen, QuarterFigures, quarter_figures, read_figures, remake, written
from decroche.prove.service_targets import held, last_week
from decroche.recover.settings import read_settings
from decroche.recover.workflows.post import Mailbox, MaybeHanded, Message, NotHanded
from decroche.server_settings import ServerSettings
from decroche.warehouse.engine import MEMORY
from decroche.warehouse.lake import Lake
from decroche.warehouse.lake_rows import fingerprints
from decroche.warehouse.live_columns import LiveColumns
from decroche.warehouse.refresh import refresh

#: Differences that are named one by one.
_NAMED = 10

report = typer.Typer(
    help="Make reports: the quarterly audit, and what was archived of it made again.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A business whose figures can be asked for."""

    ledger: Ledger
    desk: Desk
    account: str
    name: str
    value: Money | None
    now: datetime


@contextmanager
def opened(
    speaker: Speaker, of: str | None, settings: Path | None, data: Path | None, database: str | None, site: str | None
) -> Iterator[Opened]:
    """The ledger and the lake of a business, the lake brought up to the ledger."""
    told = told_settings(speaker, settings, data, database)
    now = datetime.now(UTC)
    with at_ledger(speaker, told) as ledger:
        row = account_of(speaker, ledger, of)
        if site is not None:
            check_site(speaker, ledger, row, site)
        account, scratch = str(row.id), told.data / "scratch"
        lake = Lake(told.lake_place, partial(fingerprints, told.fingerprint_key()))
        refresh(ledger, lake, account, scratch=scratch)
        with ledger.reading() as connection:
            value = read_settings(settings_of(connection, account)).usual_value
        with LiveColumns(ledger, lake, scratch=scratch, memory=MEMORY) as columns:
            desk = Desk(ledger, columns, clock=lambda: now)
            yield Opened(ledger=ledger, desk=desk, account=account, name=str(row.name), value=value, now=now)


@report.command()
def quarter(
    which: Annotated[str | None, typer.Option("--quarter", help="2026Q3 or 2026T3; else the last whole one.")] = None,
    site: Annotated[str | None, typer.Option(help="Only this site, compared with the others of the group.")] = None,
    hide_names: Annotated[
        bool, typer.Option("--hide-names", help="Letters instead of the names of sites, to show outside the group.")
    ] = False,
    out: Annotated[Path, typer.Option(help="Folder that receives the paper and its figures.")] = Path(
        "decroche-reports"
    ),
    of: Of = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Write the quarterly audit: a paper (PDF) ready to print, and the figures (JSON) it can be made again from."""
    speaker = server_speaker(lang).knowing(REPORTING_SAYINGS)
    try:
        asked = None if which is None else Quarter.read(which)
    except BadQuarter:
        speaker.fail("bad_quarter", text=which)
    with opened(speaker, of, settings, data, database, site) as here:
        zone = here.desk.business(here.account).clocks.clock(site)
        chosen = asked or Quarter.last_whole(here.now.astimezone(zone).date())
        try:
            found = quarter_figures(
                here.desk,
                here.account,
                quarter=chosen,
                business=here.name,
                site=site,
                value=here.value,
                hide_names=hide_names,
                made_at=here.now,
            )
        except NoCallsThen:
            speaker.fail("quarter_empty", begin=chosen.period.start, end=chosen.period.end)
    paths = _written(speaker, found, out)
    totals = found.figures.totals
    speaker.say(
        "quarter_made",
        quarter=quarter_name(found, speaker.language),
        business=found.business,
        missed=totals.missed,
        offered=totals.offered,
        rate=totals.missed / totals.offered,
    )
    for path in paths:
        print(f"  {path}")
    speaker.say("quarter_again", path=paths[-1])


@report.command(name="remake")
def remake_(
    archive: Annotated[Path, typer.Argument(help="The figures (JSON) that a quarterly audit left.")],
    of: Of = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Count an archived audit again, and say which figures differ and why; ends with 1 where any does."""
    speaker = server_speaker(lang).knowing(REPORTING_SAYINGS)
    try:
        archived = read_figures(archive.read_bytes())
    except OSError as error:
        speaker.no_access(error, archive)
    except msgspec.MsgspecError:
        speaker.fail("no_archive", path=archive)
    with opened(speaker, of, settings, data, database, archived.site) as here:
        try:
            found = remake(here.desk, here.account, archived)
        except NoCallsThen:
            speaker.fail("archive_gone", path=archive)
    if found.same:
        speaker.say("remade_same", fingerprint=archived.fingerprint, calls=archived.stamp.calls)
        return
    figures = [path for path in found.differs if path not in {"fingerprint"} and not path.startswith("stamp")]
    speaker.say("remade_other", n=len(figures))
    if found.data_changed:
        old, new = archived.stamp, found.now.stamp
        speaker.say("remade_data", calls=new.calls - old.calls, journeys=new.journeys - old.journeys)
    if found.definitions_changed:
        speaker.say("remade_definitions", old=archived.definitions, new=found.now.definitions)
    for path in figures[:_NAMED]:
        print(f"  {path}")
    if len(figures) > _NAMED:
        speaker.say("remade_more", more=len(figures) - _NAMED)
    raise typer.Exit(1)


@report.command()
def monday(
    send: Annotated[str | None, typer.Option("--send", metavar="EMAIL", help="Send it there now, once more.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The figures, for programs.")] = False,
    of: Of = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Show Monday's letter: three figures of the last whole week and one decision. It goes out before eight."""
    speaker = server_speaker(lang).knowing(REPORTING_SAYINGS)
    with opened(speaker, of, settings, data, database, None) as here:
        found = monday_figures(here.desk, here.ledger, here.account, business=here.name, now=here.now)
    _shown(speaker, found, monday_letter(found, speaker.language), as_json=as_json)
    if send is not None:
        _sent(speaker, told_settings(speaker, settings, data, database), send, monday_letter(found, speaker.language))


@report.command()
def month(
    which: Annotated[str | None, typer.Option("--month", help="2026-10; else the last whole one.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The figures, for programs.")] = False,
    of: Of = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Show the month's variances: every target, what was so, the task it opened and what came of it."""
    speaker = server_speaker(lang).knowing(REPORTING_SAYINGS)
    period = None if which is None else _month(speaker, which)
    with opened(speaker, of, settings, data, database, None) as here:
        found = month_figures(
            here.desk, here.ledger, here.account, business=here.name, now=here.now, period=period
        )  # fmt: skip
    _shown(speaker, found, month_letter(found, speaker.language), as_json=as_json)


@report.command()
def targets(
    on: Annotated[str | None, typer.Option("--on", help="As of this day, such as 2026-11-16; else of today.")] = None,
    as_json: AsJson = False,
    of: Of = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Show every target against the last whole week: what was wanted, what was so, the task, and what came of it."""
    speaker = server_speaker(lang).knowing(REPORTING_SAYINGS)
    with opened(speaker, of, settings, data, database, None) as here:
        zone = here.desk.business(here.account).clocks.clock(None)
        day = here.now.astimezone(zone).date() if on is None else _day(speaker, on)
        now = min(here.now, datetime.combine(day, time(12), zone).astimezone(UTC))
        week = last_week(day)
        found = held(here.desk, here.ledger, here.account, period=week, now=now)
    if as_json:
        from decroche.api.reports import target_out

        print(
            msgspec.json.format(
                msgspec.json.encode([target_out(each).model_dump(mode="json") for each in found])
            ).decode()
        )
        return
    if not found:
        speaker.fail("no_targets")
    speaker.say("targets_week", first=week.start, last=week.end - timedelta(days=1))
    for each in found:
        for line in variance_said(variance(each), speaker.language):
            print(f"  {line}")


def _day(speaker: Speaker, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        speaker.fail("bad_day", text=text)


def _month(speaker: Speaker, text: str) -> Period:
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        speaker.fail("bad_month", text=text)
    return Period(first, (first.replace(day=28) + timedelta(days=4)).replace(day=1))


def _shown(speaker: Speaker, found: MondayFigures | MonthFigures, letter: Letter, *, as_json: bool) -> None:
    if as_json:
        print(figures_written(found).decode())
        return
    speaker.say("letter_subject", subject=letter.subject)
    print()
    print(letter.body, end="")


def _sent(speaker: Speaker, told: ServerSettings, address: str, letter: Letter) -> None:
    if told.mail is None:
        speaker.fail("no_mail")
    mailbox = Mailbox(url=told.mail.get_secret_value(), sender=told.mail_from or "")
    message = Message(
        id=secrets.token_hex(16), subject=letter.subject, body=letter.body, data={}, html=letter_html(letter.page),
        papers=letter.papers,
    )  # fmt: skip
    try:
        mailbox(address, message)
    except (NotHanded, MaybeHanded) as error:
        speaker.fail("not_mailed", problem=error)
    speaker.say("mailed", address=address)


def _written(speaker: Speaker, found: QuarterFigures, out: Path) -> list[Path]:
    """The paper and the figures, each put in place once it is whole."""
    language = speaker.language
    name = file_name(found)
    contents = {f"{name}-{language.code}.pdf": quarter_pdf(found, language), f"{name}.json": written(found)}
    paths = []
    try:
        out.mkdir(parents=True, exist_ok=True)
        for file, content in contents.items():
            unfinished = out / f".{file}.unfinished"
            unfinished.write_bytes(content)
            paths.append(unfinished.replace(out / file))
    except OSError as error:
        speaker.no_access(error, out)
    return paths
