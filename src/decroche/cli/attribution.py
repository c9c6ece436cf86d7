"""``decroche attribution``: which contacts earned the sales, of the ledger or two spreadsheets, by five rules."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from decroche.capture.cost_files import BadCell, Refused, read_amount
from decroche.capture.path_files import read_sales, read_touches
from decroche.capture.sheet_rows import UnusableSheet
from decroche.cli.attribution_sayings import ATTRIBUTION_SAYINGS
from decroche.cli.connecting import Data, Database, Lang, Settings, account_of, told_settings
from decroche.cli.opening import at_ledger, server_speaker
from decroche.cli.speaker import Speaker
from decroche.ledger.recovery_settings import settings_of
from decroche.ledger.ways_to_sales import ways_to_sales
from decroche.model.money import Money, NotACurrency
from decroche.model.touch import Path as WayToSale
from decroche.prove.kpis.attribution import HALF_LIFE_DAYS
from decroche.prove.kpis.credits import USUAL_WINDOW, WINDOWS, Credit, Credits, Rule, credits, leads_of, paths_of
from decroche.prove.kpis.winning import acquisition_cost, closing_rates, conversion_delays
from decroche.recover.settings import read_settings
from decroche.server_settings import ServerSettings

_SHOWN_REFUSED = 10
#: The days of sales that are read of the ledger unless told otherwise.
_DAYS = 365


def attribution(
    touches: Annotated[
        Path | None, typer.Argument(help="CSV or XLSX: person, date, channel, and way; without, the ledger is asked.")
    ] = None,
    sales: Annotated[Path | None, typer.Argument(help="CSV or XLSX: person, date, amount.")] = None,
    since: Annotated[str | None, typer.Option("--from", help="Of the ledger: first day of sales; a year ago.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Of the ledger: last day of sales; today.")] = None,
    window: Annotated[int, typer.Option(help="Days before a sale: 30, 60, 90 or 180.")] = USUAL_WINDOW,
    rule: Annotated[
        Rule, typer.Option(help="By which customers are credited for the cost of winning.")
    ] = Rule.POSITION,
    cost: Annotated[
        list[str] | None, typer.Option(help="What a channel cost, or all inbound or outbound: name=1200.")
    ] = None,
    half_life: Annotated[float, typer.Option(help="Days after which a contact counts half.", min=0.1)] = HALF_LIFE_DAYS,
    currency: Annotated[str | None, typer.Option(help="EUR, CAD, CHF…; by default that of the business.")] = None,
    zone: Annotated[str, typer.Option(help="Time zone of moments that name none.")] = "Europe/Paris",
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    of: Annotated[str | None, typer.Option("--account", help="The business, where there are several.")] = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Divide the revenue of sales among the contacts before them, and tell what winning a customer costs."""
    speaker = server_speaker(lang).knowing(ATTRIBUTION_SAYINGS)
    if window not in WINDOWS:
        speaker.fail("attr_window")
    refused: dict[str, tuple[Refused, ...]] = {}
    left_out = (0, 0)
    if touches is not None and sales is not None:
        money = (currency or "EUR").upper()
        clock = _clock(speaker, zone)
        with _saying_why(speaker, touches):
            contacts = read_touches(touches, touches.name, zone=clock)
        with _saying_why(speaker, sales):
            sold = read_sales(sales, sales.name, zone=clock, currency=money)
        paths = paths_of(contacts.touches, sold.sales)
        refused = {touches.name: contacts.refused, sales.name: sold.refused}
    elif touches is not None:
        speaker.fail("attr_both")
    else:
        told = told_settings(speaker, settings, data, database)
        paths, money, left_out = _of_ledger(speaker, told, of, since=since, until=until, currency=currency)
    costs = _costs(speaker, cost or [], money)
    by_rule = {each: credits(paths, each, currency=money, window_days=window, half_life=half_life) for each in Rule}
    by_way = credits(
        paths,
        rule,
        currency=money,
        window_days=window,
        half_life=half_life,
        channel_of=lambda touch: touch.way.value,
    )
    if as_json:
        print(json.dumps(_json(paths, by_rule, by_way, rule, costs, refused, window), ensure_ascii=False, indent=2))
        return
    _print(speaker, paths, by_rule, by_way, rule, costs, window)
    if any(left_out):
        speaker.say("attr_left_out", foreign=left_out[0], unknown=left_out[1])
    for name, rows in refused.items():
        if rows:
            speaker.say("attr_refused", file=name, n=len(rows))
        for each in rows[:_SHOWN_REFUSED]:
            speaker.say("attr_refused_row", line=each.line, column=each.column, text=each.text)


def _of_ledger(
    speaker: Speaker,
    told: ServerSettings,
    of: str | None,
    *,
    since: str | None,
    until: str | None,
    currency: str | None,
) -> tuple[list[WayToSale], str, tuple[int, int]]:
    """The ways of the people of a business, its currency, and how many sales are left out."""
    with at_ledger(speaker, told) as ledger:
        account = account_of(speaker, ledger, of)
        zone, id = ZoneInfo(str(account.zone)), str(account.id)
        last = datetime.now(zone).date() if until is None else _day(speaker, until)
        first = last - timedelta(days=_DAYS - 1) if since is None else _day(speaker, since)
        if first > last:
            speaker.fail("period_empty")
        begin, end = (datetime.combine(day, time(), zone).astimezone(UTC) for day in (first, last + timedelta(days=1)))
        with ledger.reading() as connection:
            money = (currency or read_settings(settings_of(connection, id)).currency).upper()
            found = ways_to_sales(connection, id, since=begin, until=end, currency=money)
    ways = [each for each in leads_of(found.touches, found.sales) if each.sale is None or each.sale.at >= begin]
    return ways, money, (found.foreign, found.unknown)


def _day(speaker: Speaker, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        speaker.fail("day_unreadable", text=text)


def _print(
    speaker: Speaker,
    paths: Sequence[WayToSale],
    by_rule: Mapping[Rule, Credits],
    by_way: Credits,
    rule: Rule,
    costs: Mapping[str, Money],
    window: int,
) -> None:
    one = by_rule[rule]
    speaker.say("attr_head", revenue=_pair(one.revenue), sales=one.sales, days=window)
    names = sorted(
        {part.channel for each in by_rule.values() for part in each.parts}, key=lambda each: (each is None, each)
    )
    table = [["", *(speaker.text(f"attr_rule_{each}") for each in Rule)]]
    for name in names:
        amounts = (_of(by_rule[each], name) for each in Rule)
        shown = [_money(speaker, None if found is None else found.revenue) for found in amounts]
        table.append([speaker.text("attr_nobody") if name is None else _named(speaker, name), *shown])
    table.append([speaker.text("attr_sum"), *(_money(speaker, by_rule[each].revenue) for each in Rule)])
    _columns(table)
    speaker.say("attr_divides")
    print()
    speaker.say("attr_ways", rule=speaker.text(f"attr_rule_{rule}"))
    for part in by_way.parts:
        name = speaker.text("attr_nobody") if part.channel is None else speaker.text(f"attr_way_{part.channel}")
        print(f"  {name}  " + speaker.text("attr_way", revenue=_pair(part.revenue), sales=part.sales))
    if costs:
        print()
        speaker.say("attr_costs", rule=speaker.text(f"attr_rule_{rule}"))
        for name, spent in costs.items():
            print(f"  {name}  " + _acquired(speaker, spent, _won(one, by_way, name)))
    print()
    speaker.say("attr_delays")
    for delay in conversion_delays(paths, window_days=window):
        few = delay.low is None or delay.high is None
        values = {"median": delay.median_days, "n": delay.n} | ({} if few else {"low": delay.low, "high": delay.high})
        said = speaker.text("attr_delay_few" if few else "attr_delay", **values)
        print(f"  {_named(speaker, delay.channel)}  {said}")
    print()
    speaker.say("attr_closing", days=window)
    for closing in closing_rates(paths, now=datetime.now(UTC), within_days=window):
        if closing.rate.value is None or closing.interval is None:
            line = speaker.text("attr_closing_none", waiting=closing.waiting)
        else:
            line = speaker.text(
                "attr_closed",
                rate=closing.rate.value,
                of=closing.rate.numerator,
                all=closing.rate.denominator,
                low=closing.interval[0],
                high=closing.interval[1],
                waiting=closing.waiting,
            )
        print(f"  {_named(speaker, closing.channel)}  {line}")


def _json(
    paths: Sequence[WayToSale],
    by_rule: Mapping[Rule, Credits],
    by_way: Credits,
    rule: Rule,
    costs: Mapping[str, Money],
    refused: Mapping[str, tuple[Refused, ...]],
    window: int,
) -> dict[str, Any]:
    one = by_rule[rule]
    acquired = {name: acquisition_cost(cost=spent, customers=_won(one, by_way, name)) for name, spent in costs.items()}
    return {
        "window_days": window,
        "currency": one.revenue.currency,
        "revenue": one.revenue.exact,
        "sales": one.sales,
        "rules": {each.value: _parts(by_rule[each]) for each in Rule},
        "ways": {"rule": rule.value, "parts": _parts(by_way)},
        "acquisition": {
            name: {
                "cost": each.cost.exact,
                "customers": each.customers,
                "each": None if each.each is None else float(each.each),
                "low": None if each.low is None else float(each.low),
                "high": None if each.high is None else float(each.high),
            }
            for name, each in acquired.items()
        },
        "delays": [
            {"channel": each.channel, "n": each.n, "median_days": each.median_days, "low": each.low, "high": each.high}
            for each in conversion_delays(paths, window_days=window)
        ],
        "closing": [
            {
                "channel": each.channel,
                "numerator": each.rate.numerator,
                "denominator": each.rate.denominator,
                "rate": each.rate.value,
                "interval": each.interval,
                "waiting": each.waiting,
            }
            for each in closing_rates(paths, now=datetime.now(UTC), within_days=window)
        ],
        "refused": {name: len(rows) for name, rows in refused.items()},
    }


def _parts(found: Credits) -> list[dict[str, Any]]:
    return [
        {"channel": each.channel, "revenue": each.revenue.exact, "sales": each.sales, "touched": each.touched}
        for each in found.parts
    ]


def _of(found: Credits, name: str | None) -> Credit | None:
    return next((part for part in found.parts if part.channel == name), None)


def _won(by_channel: Credits, by_way: Credits, name: str) -> float:
    found = _of(by_channel, name) or _of(by_way, name)
    return 0.0 if found is None else found.sales


def _acquired(speaker: Speaker, spent: Money, customers: float) -> str:
    found = acquisition_cost(cost=spent, customers=customers)
    if found.each is None or found.low is None:
        return speaker.text("attr_nobody_won")
    high = speaker.text("attr_no_upper") if found.high is None else _money(speaker, found.high)
    return speaker.text("attr_acquired", each=_pair(found.each), low=_pair(found.low), high=high)


def _costs(speaker: Speaker, told: Sequence[str], currency: str) -> dict[str, Money]:
    found = {}
    for each in told:
        name, equal, amount = each.rpartition("=")
        try:
            if not equal or not name.strip():
                raise BadCell("amount", each)
            found[name.strip()] = Money(read_amount(amount), currency)
        except BadCell:
            speaker.fail("attr_bad_cost")
        except NotACurrency:
            speaker.fail("attr_bad_currency", currency=currency)
    return found


def _clock(speaker: Speaker, zone: str) -> ZoneInfo:
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        speaker.fail("attr_bad_zone", zone=zone)


@contextmanager
def _saying_why(speaker: Speaker, file: Path) -> Iterator[None]:
    try:
        yield
    except UnusableSheet as error:
        speaker.fail(f"attr_file_{error.why}", file=file.name)
    except NotACurrency as error:
        speaker.stop(str(error))
    except OSError as error:
        speaker.no_access(error, Path())


def _columns(table: Sequence[Sequence[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for first, *others in table:
        print(
            f"  {first:<{widths[0]}}  "
            + "  ".join(f"{text:>{wide}}" for text, wide in zip(others, widths[1:], strict=True))
        )


def _named(speaker: Speaker, channel: str) -> str:
    """A channel by its name: a known source in the language of who asks."""
    key = f"source.{channel}"
    return speaker.language.say(key) if speaker.language.has(key) else channel


def _pair(money: Money) -> tuple[float, str]:
    return float(money.rounded()), money.currency


def _money(speaker: Speaker, money: Money | None) -> str:
    return "–" if money is None else speaker.language.money(float(money.rounded()), money.currency, 2)
