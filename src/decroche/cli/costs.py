"""``decroche costs``: what calls cost, line by line: shown, added, imported, ended; and paid calls nobody answered."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, NoReturn

import sqlalchemy as sa
import typer

from decroche.api.costs import costs_out, line_out, paid_out
from decroche.capture.cost_files import BadCell, read_cost_file, read_row
from decroche.capture.sheet_rows import UnusableSheet
from decroche.cli.connecting import AsJson, Data, Database, Lang, Of, Settings, account_of, told_settings
from decroche.cli.costs_sayings import COSTS_SAYINGS
from decroche.cli.opening import at_ledger, server_speaker
from decroche.cli.speaker import Speaker
from decroche.ledger.audit_log import COMMAND, note
from decroche.ledger.cost_lines import (
    KeptLine,
    TooManyLines,
    add_line,
    add_lines,
    end_line,
    only_lines,
    read_lines,
    remove_line,
)
from decroche.ledger.recovery_settings import settings_of
from decroche.ledger.store import Ledger
from decroche.ledger.transfers import transfers_between
from decroche.model.board import Period
from decroche.model.cost import Among, BadCostLine, CostKind, Key, Nature, Rhythm
from decroche.model.money import Money, NotACurrency
from decroche.prove.kpis.call_cost import paid_calls
from decroche.prove.service_costs import Costs, costed, counted
from decroche.prove.service_desk import Desk
from decroche.recover.settings import read_settings
from decroche.server_settings import ServerSettings
from decroche.warehouse.desk_scope import Clocks
from decroche.warehouse.handled import Handled
from decroche.warehouse.lake import Lake
from decroche.warehouse.lake_rows import fingerprints
from decroche.warehouse.live_columns import LiveColumns
from decroche.warehouse.refresh import refresh

#: The days that are shown unless told otherwise, today included.
_DAYS = 30

costs = typer.Typer(
    name="costs",
    help="What calls cost: lines of cost, who bears them, and what one call costs.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@dataclass(frozen=True, slots=True)
class _Books:
    """Where a command works: the business in its ledger, and the currency in which it counts."""

    speaker: Speaker
    told: ServerSettings
    ledger: Ledger
    account: str
    name: str
    zone: str
    currency: str
    now: datetime

    def lines(self, *, begin: date | None = None, end: date | None = None) -> list[KeptLine]:
        """The lines of the business."""
        with self.ledger.reading() as connection:
            return read_lines(connection, self.account, begin=begin, end=end)

    def line(self, beginning: str) -> KeptLine:
        """The only line whose id begins so; the command ends when there is none."""
        found = [each for each in self.lines() if each.id.startswith(beginning)]
        if len(found) != 1:
            self.speaker.fail("costs_no_line", id=beginning)
        return found[0]

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction; the command ends in a sentence where a line cannot be."""
        try:
            with self.ledger.writing() as connection:
                yield connection
        except TooManyLines:
            self.speaker.fail("costs_too_many")


@contextmanager
def _books(
    lang: str, of: str | None, settings: Path | None, data: Path | None, database: str | None
) -> Iterator[_Books]:  # fmt: skip
    speaker = server_speaker(lang).knowing(COSTS_SAYINGS)
    told = told_settings(speaker, settings, data, database)
    with at_ledger(speaker, told) as ledger:
        account = account_of(speaker, ledger, of)
        with ledger.reading() as connection:
            currency = read_settings(settings_of(connection, str(account.id))).currency
        yield _Books(
            speaker, told, ledger, str(account.id), str(account.name), str(account.zone), currency, datetime.now(UTC)
        )


@costs.command()
def show(
    since: Annotated[str | None, typer.Option("--from", help="First day, such as 2026-01-31.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Last day; today by default.")] = None,
    by: Annotated[Among, typer.Option(help="Between what costs are shared.")] = Among.SITE,
    line_minute: Annotated[
        float | None, typer.Option(help="A minute of an open line; by default from telephony per call.")
    ] = None,
    transferred_minutes: Annotated[
        float | None, typer.Option(help="Minutes after a transfer; by default measured.")
    ] = None,
    as_json: AsJson = False,
    of: Of = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Show what a period cost, who bears it, what one call costs, and what is forgotten."""
    with _books(lang, of, settings, data, database) as books:
        last = books.now.date() if until is None else _day(books.speaker, until)
        first = last - timedelta(days=_DAYS - 1) if since is None else _day(books.speaker, since)
        if first > last:
            books.speaker.fail("period_empty")
        period = Period(first, last + timedelta(days=1))
        lines = only_lines(books.lines(begin=period.start, end=period.end))
        whole, groups = _counted(books, period, by)
        since_moment, until_moment = Clocks(books.zone).bounds(period)
        with books.ledger.reading() as connection:
            passed_on = transfers_between(connection, books.account, since_moment, until_moment)
        if transferred_minutes is not None:
            passed_on = replace(passed_on, minutes=transferred_minutes)
        found = costed(
            lines,
            whole,
            groups,
            period=period,
            currency=books.currency,
            among=by,
            line_minute=None if line_minute is None else Money.of(line_minute, books.currency),
            transfers=passed_on,
        )
        if as_json:
            print(json.dumps(costs_out(found).model_dump(mode="json"), ensure_ascii=False, indent=2))
            return
        books.speaker.say("costs_head", name=books.name, begin=first, end=last)
        if not found.cost.lines:
            books.speaker.say("costs_none")
            return
        _print(books.speaker, found)


def _counted(books: _Books, period: Period, among: Among) -> tuple[Handled, Mapping[str, Handled]]:
    told, scratch = books.told, books.told.data / "scratch"
    lake = Lake(told.lake_place, partial(fingerprints, told.fingerprint_key()))
    refresh(books.ledger, lake, books.account, scratch=scratch)
    with LiveColumns(books.ledger, lake, scratch=scratch) as columns:
        desk = Desk(books.ledger, columns, clock=lambda: books.now)
        return counted(desk, books.account, period=period, among=among)


def _print(speaker: Speaker, found: Costs) -> None:
    say, cost, one = speaker.language.say, found.cost, found.one_call
    _table(
        [
            (say(f"cost.kind.{each.line.kind}") + f" · {each.line.label}", _money(speaker, each.cost))
            for each in cost.lines
        ]
    )
    print()
    rows = [(speaker.text("costs_total"), _money(speaker, cost.total))]
    rows += [
        (speaker.text(f"costs_{nature}"), _money(speaker, cost.by_nature[nature]))
        for nature in Nature
        if nature in cost.by_nature
    ]
    for key, each in (("costs_loaded", one.loaded), ("costs_marginal", one.marginal)):
        told = "costs_no_calls" if each is None else "costs_of_calls"
        values = {} if each is None else {"cost": _pair(each), "calls": one.calls}
        rows.append((speaker.text(key), speaker.text(told, **values)))
    serves_nobody = (
        ("costs_waiting", found.friction.waiting, found.handled.waited_minutes),
        ("costs_transfers", found.friction.transfers, found.transfers.minutes),
        ("costs_repeats", found.friction.repeats, found.handled.repeated_minutes),
    )
    for key, each, minutes in serves_nobody:
        if minutes:
            told = "costs_unpriced" if each is None else "costs_friction"
            values = {} if each is None else {"cost": _pair(each)}
            rows.append((speaker.text(key), speaker.text(told, minutes=round(minutes), **values)))
    _table(rows)
    speaker.say("costs_included")
    if found.bearers:
        print()
        speaker.say(f"costs_by_{found.among}")
        shared = [(each.name, _money(speaker, each.cost)) for each in found.bearers]
        _table([*shared, (speaker.text("costs_nobody"), _money(speaker, found.nobody))])
    print()
    speaker.say("costs_checks")
    _table(
        [
            (say(f"cost.check.{each.what}"), speaker.text("costs_counted" if each.counted else "costs_missing"))
            for each in found.checks
        ]
    )


@costs.command("list")
def list_lines(
    as_json: AsJson = False,
    of: Of = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """List all lines of cost with their ids."""
    with _books(lang, of, settings, data, database) as books:
        lines = books.lines()
        if as_json:
            print(json.dumps([line_out(each).model_dump(mode="json") for each in lines], ensure_ascii=False, indent=2))
            return
        say, language = books.speaker.language.say, books.speaker.language
        for each in lines:
            line = each.line
            ends = "" if line.ends is None else f" → {language.date(line.ends)}"
            print(
                f"{each.id[:8]}  {say(f'cost.kind.{line.kind}')} · {line.label}  {_money(books.speaker, line.amount)}"
                f" {say(f'cost.rhythm.{line.rhythm}')}  {language.date(line.begins)}{ends}"
            )


@costs.command()
def add(
    label: Annotated[str, typer.Argument(help="What it is called.")],
    amount: Annotated[str, typer.Argument(help="How much, for each rhythm; 0 where you looked and there is none.")],
    kind: Annotated[CostKind, typer.Option(help="What is paid for.")] = CostKind.OTHER,
    rhythm: Annotated[Rhythm, typer.Option(help="How often.")] = Rhythm.MONTHLY,
    begins: Annotated[str | None, typer.Option("--from", help="First day; today by default.")] = None,
    ends: Annotated[str, typer.Option("--to", help="Last day; open by default.")] = "",
    nature: Annotated[Nature | None, typer.Option(help="As is usual for the kind by default.")] = None,
    per_call: Annotated[bool, typer.Option("--per-call", help="It grows with every call.")] = False,
    among: Annotated[Among | None, typer.Option(help="Between what it is shared.")] = None,
    key: Annotated[Key | None, typer.Option(help="In proportion to what.")] = None,
    shares: Annotated[str, typer.Option(help="Who bears it: “Lyon=0.5; Nice=0.25”, or names alone.")] = "",
    of: Of = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Add a line of cost."""
    with _books(lang, of, settings, data, database) as books:
        row = {
            "kind": kind.value,
            "label": label,
            "amount": amount,
            "rhythm": rhythm.value,
            "begins": begins or books.now.date().isoformat(),
            "ends": ends,
            "nature": "" if nature is None else nature.value,
            "per_call": "yes" if per_call else "",
            "among": "" if among is None else among.value,
            "key": "" if key is None else key.value,
            "shares": shares,
        }
        try:
            line = read_row(row, currency=books.currency)
        except BadCell as error:
            _bad(books.speaker, error)
        with books.writing() as connection:
            id = add_line(connection, books.account, line, now=books.now)
            note(connection, books.account, COMMAND, "settings.cost_added", id, {"name": line.label}, at=books.now)
        books.speaker.say("costs_added", label=line.label, amount=_pair(line.amount), id=id[:8])


@costs.command()
def end(
    id: Annotated[str, typer.Argument(help="How the id of the line begins.")],
    last: Annotated[str, typer.Argument(help="Its last day.")],
    of: Of = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Say which day is the last of a line."""
    with _books(lang, of, settings, data, database) as books:
        found, day = books.line(id), _day(books.speaker, last)
        try:
            with books.writing() as connection:
                end_line(connection, books.account, found.id, day)
                note(
                    connection, books.account, COMMAND, "settings.cost_ended", found.id, {"name": found.line.label},
                    at=books.now,
                )  # fmt: skip
        except BadCostLine:
            _bad(books.speaker, BadCell("ends", last))
        books.speaker.say("costs_ended", label=found.line.label, last=day)


@costs.command()
def remove(
    id: Annotated[str, typer.Argument(help="How the id of the line begins.")],
    of: Of = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Take a line away that should never have been there."""
    with _books(lang, of, settings, data, database) as books:
        found = books.line(id)
        with books.writing() as connection:
            remove_line(connection, books.account, found.id)
            note(
                connection, books.account, COMMAND, "settings.cost_removed", found.id, {"name": found.line.label},
                at=books.now,
            )  # fmt: skip
        books.speaker.say("costs_removed", label=found.line.label)


@costs.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="CSV or XLSX with a row for each line.")],
    of: Of = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Add the lines of a spreadsheet; those that are there already are left as they are."""
    with _books(lang, of, settings, data, database) as books:
        try:
            found = read_cost_file(file, file.name, currency=books.currency)
        except UnusableSheet as error:
            books.speaker.fail(f"costs_file_{error.why}", file=file.name)
        except OSError as error:
            books.speaker.no_access(error, Path())
        with books.writing() as connection:
            new = add_lines(connection, books.account, found.lines, source=file.name, now=books.now)
            note(connection, books.account, COMMAND, "settings.cost_imported", "", {"file": file.name}, at=books.now)
        books.speaker.say(
            "costs_imported", file=file.name, new=new, known=len(found.lines) - new, refused=len(found.refused)
        )
        for each in found.refused[:20]:
            column = books.speaker.language.say(f"cost.column.{each.column}")
            books.speaker.say("costs_refused", line=each.line, column=column, text=each.text)


@costs.command()
def paid(
    spend: Annotated[float, typer.Argument(help="What the advertising cost.")],
    calls: Annotated[int, typer.Argument(help="Calls that it brought.", min=0)],
    missed: Annotated[int, typer.Argument(help="Those of them that nobody answered.", min=0)],
    currency: Annotated[str, typer.Option(help="EUR, CAD, CHF…")] = "EUR",
    as_json: AsJson = False,
    lang: Lang = "fr",
) -> None:
    """Tell what was spent on paid calls that nobody answered."""
    speaker = server_speaker(lang).knowing(COSTS_SAYINGS)
    if missed > calls:
        speaker.fail("costs_paid_more")
    try:
        amount = Money.of(spend, currency.upper())
    except NotACurrency:
        _bad(speaker, BadCell("currency", currency))
    found = paid_calls(spend=amount, calls=calls, missed=missed)
    if as_json:
        print(json.dumps(paid_out(amount, found).model_dump(mode="json"), ensure_ascii=False, indent=2))
        return
    if found.missed.value is None or found.interval is None or found.wasted is None or found.per_call is None:
        speaker.say("costs_paid_none")
        return
    low, high = found.interval
    speaker.say("costs_paid", missed=missed, calls=calls, rate=found.missed.value, low=low, high=high)
    speaker.say("costs_paid_wasted", wasted=_pair(found.wasted), spend=_pair(amount), each=_pair(found.per_call))
    speaker.say("costs_paid_beside")


def _bad(speaker: Speaker, error: BadCell) -> NoReturn:
    speaker.fail("costs_bad", column=speaker.language.say(f"cost.column.{error.column}"), text=error.text)


def _pair(money: Money) -> tuple[float, str]:
    return float(money.rounded()), money.currency


def _money(speaker: Speaker, money: Money) -> str:
    return speaker.language.money(float(money.rounded()), money.currency, 2)


def _table(rows: list[tuple[str, str]]) -> None:
    width = max((len(name) for name, _ in rows), default=0)
    for name, text in rows:
        print(f"  {name:<{width}}  {text}")


def _day(speaker: Speaker, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        speaker.fail("day_unreadable", text=text)
