"""``decroche sources``: where calls come from, what each source costs and brings, and the numbers that tell it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from decroche.api.sources import ad_call_out, sources_out, tracking_out
from decroche.capture.cost_files import BadCell
from decroche.capture.google_ads_files import import_google_file
from decroche.capture.sheet_rows import UnusableSheet
from decroche.capture.tracked_files import read_day, read_tracked_file, read_tracked_row
from decroche.cli.connecting import AsJson, Data, Database, Lang, Of, Settings, account_of, told_settings
from decroche.cli.opening import at_ledger, server_speaker
from decroche.cli.sources_sayings import SOURCES_SAYINGS
from decroche.cli.speaker import Speaker
from decroche.connector_kit.errors import Misconfigured
from decroche.language.problems import say_problems
from decroche.ledger.ad_calls import NoCandidate, NoSuchAdCall, decide_ad_call, list_ad_calls
from decroche.ledger.audit_log import COMMAND, note
from decroche.ledger.recovery_settings import settings_of
from decroche.ledger.store import Ledger
from decroche.ledger.tracked_numbers import (
    KeptTracking,
    TooManyTracked,
    add_tracking,
    add_trackings,
    end_tracking,
    read_trackings,
    remove_tracking,
)
from decroche.model.board import Period
from decroche.model.money import CurrencyMismatch, Money
from decroche.model.source import BadTracking
from decroche.prove.kpis.credits import USUAL_WINDOW, WINDOWS, Rule
from decroche.prove.kpis.sources import SourceFigures
from decroche.prove.service_sources import Sources
from decroche.prove.service_sources import sources as sources_of
from decroche.recover.settings import read_settings

#: The days that are shown unless told otherwise, today included.
_DAYS = 30
_NONE = frozenset({"none", "aucun"})
#: Refused rows that are shown.
_SHOWN = 20

sources = typer.Typer(
    name="sources",
    help="Where calls come from: tracked numbers, Google Ads, and what each source costs and brings.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a command works."""

    speaker: Speaker
    ledger: Ledger
    account: str
    name: str
    zone: ZoneInfo
    region: str
    now: datetime

    def kept(self, beginning: str) -> KeptTracking:
        """The only number whose id begins so; the command ends when there is none."""
        with self.ledger.reading() as connection:
            found = [each for each in read_trackings(connection, self.account) if each.id.startswith(beginning)]
        if len(found) != 1:
            self.speaker.fail("sources_no_number", id=beginning[:40])
        return found[0]

    @property
    def currency(self) -> str:
        """The currency in which the business counts."""
        with self.ledger.reading() as connection:
            return read_settings(settings_of(connection, self.account)).currency

    def source(self, word: str) -> str:
        """A source in the language of who asks."""
        if not word:
            return self.speaker.text("sources_unknown")
        say = self.speaker.language
        return say.say(f"source.{word}") if say.has(f"source.{word}") else word


@contextmanager
def _place(
    lang: str, of: str | None, settings: Path | None, data: Path | None, database: str | None
) -> Iterator[_Place]:  # fmt: skip
    speaker = server_speaker(lang).knowing(SOURCES_SAYINGS)
    told = told_settings(speaker, settings, data, database)
    with at_ledger(speaker, told) as ledger:
        account = account_of(speaker, ledger, of)
        region = str(account.country).partition("-")[0]
        try:
            yield _Place(
                speaker, ledger, str(account.id), str(account.name), ZoneInfo(str(account.zone)), region,
                datetime.now(UTC),
            )  # fmt: skip
        except BadCell as error:
            speaker.fail("sources_bad", text=error.text[:60], column=_column(speaker, error.column))
        except BadTracking as error:
            if error.why in ("taken", "other_source"):
                speaker.fail(f"sources_{error.why}")
            column = _column(speaker, error.why)
            speaker.fail("sources_bad", text=column, column=column)
        except TooManyTracked:
            speaker.fail("sources_too_many")
        except CurrencyMismatch:
            speaker.fail("sources_currency")


@sources.command()
def show(
    since: Annotated[str | None, typer.Option("--from", help="First day, such as 2026-01-31.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Last day; today by default.")] = None,
    rule: Annotated[Rule, typer.Option(help="How a sale is divided among the contacts before it.")] = Rule.POSITION,
    window: Annotated[int, typer.Option(help="Days before a sale: 30, 60, 90 or 180.")] = USUAL_WINDOW,
    as_json: AsJson = False,
    of: Of = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Show what each source of calls costs and brings, and beside it what paid calls nobody answered cost."""
    with _place(lang, of, settings, data, database) as place:
        speaker = place.speaker
        if window not in WINDOWS:
            speaker.fail("sources_window")
        last = place.now.astimezone(place.zone).date() if until is None else read_day(until, "--to")
        first = last - timedelta(days=_DAYS - 1) if since is None else read_day(since, "--from")
        if first > last:
            speaker.fail("period_empty")
        currency = place.currency
        with place.ledger.reading() as connection:
            found = sources_of(
                connection,
                place.account,
                period=Period(first, last + timedelta(days=1)),
                zone=place.zone,
                currency=currency,
                rule=rule,
                window_days=window,
            )
        if as_json:
            print(json.dumps(sources_out(found).model_dump(mode="json"), ensure_ascii=False, indent=2))
            return
        speaker.say("sources_head", name=place.name, begin=first, end=last)
        _print(place, found)


def _print(place: _Place, found: Sources) -> None:
    speaker = place.speaker
    if not found.groups:
        speaker.say("sources_none")
    for group in found.groups:
        _print_figures(place, group.whole, place.source(group.whole.source), "")
        for part in group.campaigns:
            _print_figures(place, part, part.campaign, "  ")
            told = found.platform.get((part.source, part.campaign))
            if told is not None:
                values = {"told": told.told, "found": told.found, "doubtful": told.doubtful}
                print("    " + speaker.text("sources_platform", **values))
    if found.untied.amount:
        speaker.say("sources_untied", untied=_pair(found.untied))
    if found.foreign or found.unknown:
        speaker.say("sources_left_out", foreign=found.foreign, unknown=found.unknown)


def _print_figures(place: _Place, one: SourceFigures, name: str, before: str) -> None:
    speaker = place.speaker
    parts = [speaker.text("sources_calls", calls=one.calls, missed=one.missed)]
    if one.cost.amount:
        parts.append(speaker.text("sources_cost", cost=_pair(one.cost)))
    print(f"{before}{name}  " + " · ".join(parts))
    if one.opportunities or one.sales:
        values = {
            "opportunities": one.opportunities, "sales": one.sales, "revenue": _pair(one.revenue),
            "margin": _pair(one.margin), "of": one.margin_of,
        }  # fmt: skip
        print(f"{before}    " + speaker.text("sources_brought", **values))
    won = one.won
    if one.cost.amount and won.each is not None and won.low is not None:
        high = (
            speaker.text("sources_no_upper")
            if won.high is None
            else speaker.language.money(float(won.high.rounded()), won.high.currency, 2)
        )
        print(f"{before}    " + speaker.text("sources_won", each=_pair(won.each), low=_pair(won.low), high=high))
    paid = one.paid
    if one.missed and paid.wasted is not None and paid.per_call is not None and paid.wasted.amount:
        values = {"wasted": _pair(paid.wasted), "missed": one.missed, "each": _pair(paid.per_call)}
        print(f"{before}    " + speaker.text("sources_wasted", **values))


@sources.command("list")
def list_numbers(
    as_json: AsJson = False,
    of: Of = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """List what the numbers of the business stand for, with their ids."""
    with _place(lang, of, settings, data, database) as place:
        with place.ledger.reading() as connection:
            kept = read_trackings(connection, place.account)
        if as_json:
            print(
                json.dumps([tracking_out(each).model_dump(mode="json") for each in kept], ensure_ascii=False, indent=2)
            )
            return
        if not kept:
            place.speaker.say("sources_none")
        for each in kept:
            told, language = each.tracking, place.speaker.language
            ends = "" if told.ends is None else f" → {language.date(told.ends)}"
            name = place.source(told.source) + (f" · {told.campaign}" if told.campaign else "")
            print(f"{each.id[:8]}  +{told.number}  {name}  {language.date(told.begins)}{ends}")


@sources.command()
def add(
    number: Annotated[str, typer.Argument(help="A number of the business.")],
    source: Annotated[str, typer.Argument(help="google_ads, website, print, partner, organic…, or your own word.")],
    campaign: Annotated[str, typer.Option(help="The campaign; all of the source by default.")] = "",
    begins: Annotated[str | None, typer.Option("--from", help="First day; today by default.")] = None,
    ends: Annotated[str, typer.Option("--to", help="Last day; open by default.")] = "",
    of: Of = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Say what a number stands for."""
    with _place(lang, of, settings, data, database) as place:
        today = place.now.astimezone(place.zone).date().isoformat()
        row = {"number": number, "source": source, "campaign": campaign, "begins": begins or today, "ends": ends}
        tracking = read_tracked_row(row, region=place.region)
        with place.ledger.writing() as connection:
            id = add_tracking(connection, place.account, tracking, now=place.now)
            name = _name(tracking.source, tracking.campaign)
            note(connection, place.account, COMMAND, "settings.tracked_added", id, {"name": name}, at=place.now)
        place.speaker.say(
            "sources_added", number=f"+{tracking.number}", source=place.source(tracking.source), begins=tracking.begins
        )


@sources.command()
def end(
    id: Annotated[str, typer.Argument(help="How the id of the number begins.")],
    last: Annotated[str, typer.Argument(help="Its last day.")],
    of: Of = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Say which day is the last on which a number stands for its source."""
    with _place(lang, of, settings, data, database) as place:
        found, day = place.kept(id), read_day(last, "ends")
        with place.ledger.writing() as connection:
            end_tracking(connection, place.account, found.id, day)
            told = {"name": found.tracking.source}
            note(connection, place.account, COMMAND, "settings.tracked_ended", found.id, told, at=place.now)
        number, source = f"+{found.tracking.number}", place.source(found.tracking.source)
        place.speaker.say("sources_ended", number=number, source=source, ends=day)


@sources.command()
def remove(
    id: Annotated[str, typer.Argument(help="How the id of the number begins.")],
    of: Of = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Take away what a number stands for, as if nobody had told it."""
    with _place(lang, of, settings, data, database) as place:
        found = place.kept(id)
        with place.ledger.writing() as connection:
            remove_tracking(connection, place.account, found.id)
            told = {"name": found.tracking.source}
            note(connection, place.account, COMMAND, "settings.tracked_removed", found.id, told, at=place.now)
        place.speaker.say("sources_removed", number=f"+{found.tracking.number}")


@sources.command("import")
def import_file(
    file: Annotated[
        Path, typer.Argument(help="Numbers and their sources, or an export of Google Ads: calls or costs.")
    ],
    of: Of = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Read a file: what numbers stand for, or what Google Ads exports; read again it changes nothing."""
    with _place(lang, of, settings, data, database) as place:
        try:
            try:
                _import_numbers(place, file)
            except UnusableSheet as error:
                if error.why != "columns":
                    raise
                _import_ads(place, file)
        except UnusableSheet as error:
            place.speaker.fail(f"sources_file_{error.why}", file=file.name)
        except Misconfigured as error:
            place.speaker.stop(say_problems(place.speaker.language, [error.problem]))
        except OSError as error:
            place.speaker.no_access(error, Path())


def _import_numbers(place: _Place, file: Path) -> None:
    found = read_tracked_file(file, file.name, region=place.region)
    with place.ledger.writing() as connection:
        kept = add_trackings(connection, place.account, found.rows, origin=file.name[:100], now=place.now)
        note(
            connection, place.account, COMMAND, "settings.tracked_imported", "", {"file": file.name[:100]}, at=place.now
        )  # fmt: skip
    refused = len(found.refused) + len(kept.refused)
    place.speaker.say("sources_imported", file=file.name, new=kept.new, known=kept.known, refused=refused)
    for each in found.refused[:_SHOWN]:
        place.speaker.say("sources_refused", line=each.line, column=_column(place.speaker, each.column), text=each.text)
    for line, why in kept.refused[:_SHOWN]:
        place.speaker.say(
            "sources_refused",
            line=line,
            column=_column(place.speaker, "source"),
            text=place.speaker.text(f"sources_{why}"),
        )


def _import_ads(place: _Place, file: Path) -> None:
    currency = place.currency
    with place.ledger.writing() as connection:
        done = import_google_file(
            connection, place.account, file, file.name[:100], zone=place.zone, currency=currency, now=place.now
        )
        note(connection, place.account, COMMAND, "ads.imported", "", {"file": file.name[:100]}, at=place.now)
    place.speaker.say(
        "sources_ads_imported",
        file=file.name,
        calls=done.calls,
        new=done.new,
        found=done.found,
        spend=done.spend,
        known=done.known,
        refused=len(done.refused),
    )
    for each in done.refused[:_SHOWN]:
        place.speaker.say("sources_refused", line=each.line, column=_column(place.speaker, each.column), text=each.text)


@sources.command()
def doubts(
    as_json: AsJson = False,
    of: Of = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Show the platform's calls that may be several of yours, and wait for a decision."""
    with _place(lang, of, settings, data, database) as place:
        with place.ledger.reading() as connection:
            found, _ = list_ad_calls(connection, place.account, doubtful=True)
        if as_json:
            print(
                json.dumps([ad_call_out(each).model_dump(mode="json") for each in found], ensure_ascii=False, indent=2)
            )
            return
        if not found:
            place.speaker.say("sources_no_doubt")
        for each in found:
            place.speaker.say(
                "sources_doubt",
                id=each.id[:8],
                at=f"{each.started_at.astimezone(place.zone):%Y-%m-%d %H:%M:%S}",
                campaign=each.campaign,
                seconds=each.duration_s or 0,
                candidates=", ".join(each.candidates),
            )


@sources.command()
def decide(
    id: Annotated[str, typer.Argument(help="How the id of the platform's call begins.")],
    call: Annotated[str, typer.Argument(help="The id of your call, or none.")],
    of: Of = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Say which of your calls a doubtful one is."""
    with _place(lang, of, settings, data, database) as place, place.ledger.writing() as connection:
        found, _ = list_ad_calls(connection, place.account, doubtful=True, limit=1000)
        whole = next((each.id for each in found if each.id.startswith(id)), id)
        chosen = None if call.casefold() in _NONE else call
        try:
            decide_ad_call(connection, place.account, whole, chosen, by=COMMAND.name or "command", now=place.now)
        except NoSuchAdCall:
            place.speaker.fail("sources_no_call", id=id[:40])
        except NoCandidate:
            place.speaker.fail("sources_no_candidate", call=call[:40])
        note(connection, place.account, COMMAND, "ads.decided", whole, at=place.now)
        place.speaker.say("sources_decided")


def _column(speaker: Speaker, word: str) -> str:
    """A column in words; an option as it is typed."""
    return word if word.startswith("--") else speaker.text(f"sources_column_{word}")


def _name(source: str, campaign: str) -> str:
    return f"{source} · {campaign}" if campaign else source


def _pair(money: Money) -> tuple[float, str]:
    return float(money.rounded()), money.currency
