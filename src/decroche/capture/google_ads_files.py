"""Reads the files that Google Ads exports, in French or English: details of calls, and what campaigns cost a day."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from decroche.capture.ads_reading import check_currency, label_of, spend_lines
from decroche.capture.cost_files import BadCell, Refused, read_amount
from decroche.capture.sheet_rows import UnusableSheet, bare, places_of
from decroche.connector_kit.ads import AdCall, Spend
from decroche.ledger.ad_calls import add_ad_calls, find_ad_calls
from decroche.ledger.cost_lines import GOOGLE_ADS_FILE, days_read, put_spend
from decroche.model.source import Source

MOST_BYTES, MOST_ROWS = 50_000_000, 500_000
#: A title and the days that it is of may stand above the headings.
_ABOVE = 10
_LONGEST = 200
_TITLE = "Google Ads"

CALLS: Mapping[str, tuple[str, ...]] = {
    "start": (
        "start time", "call start time", "date and time", "heure de debut", "heure de debut de l'appel",
        "date et heure", "debut de l'appel",
    ),
    "duration": (
        "duration (seconds)", "call duration (seconds)", "duration", "duree (secondes)", "duree (en secondes)",
        "duree de l'appel (secondes)", "duree",
    ),
    "status": ("status", "call status", "etat", "etat de l'appel", "statut", "statut de l'appel"),
    "area": (
        "caller area code", "area code", "indicatif regional de l'appelant", "indicatif regional", "indicatif",
    ),
    "country": (
        "caller country code", "country code", "code pays de l'appelant", "code du pays de l'appelant", "code pays",
    ),
    "campaign": ("campaign", "campaign name", "campagne", "nom de la campagne"),
}  # fmt: skip
COSTS: Mapping[str, tuple[str, ...]] = {
    "day": ("day", "date", "jour"),
    "campaign": CALLS["campaign"],
    "currency": ("currency code", "currency", "code de devise", "code devise", "devise"),
    "cost": ("cost", "cout"),
}
_STATUS = {
    "received": True, "answered": True, "recu": True, "repondu": True, "missed": False, "manque": False, "": None,
}  # fmt: skip
_MONTHS = {
    name[:3]: number
    for names in (
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
        ["jan", "fev", "mar", "avr", "mai", "jui", "jui", "aou", "sep", "oct", "nov", "dec"],
    )
    for number, name in enumerate(names, 1)
    if name != "jui"
} | {"juin": 6, "juil": 7, "juillet": 7, "june": 6, "july": 7}
_NAMED = (
    re.compile(r"(?P<day>\d{1,2})(?:er)? (?P<month>[a-z]+)\.? (?P<year>\d{4})"),
    re.compile(r"(?P<month>[a-z]+)\.? (?P<day>\d{1,2}),? (?P<year>\d{4})"),
)
_CLOCK = re.compile(r"(\d{1,2})[:h](\d{2})(?::(\d{2}))? ?([ap]m)?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class GoogleRows:
    """All rows of a file: every one is a call, a cost or refused, but for totals and empty ones."""

    calls: tuple[AdCall, ...] = ()
    spend: tuple[Spend, ...] = ()
    currencies: frozenset[str] = frozenset()
    refused: tuple[Refused, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedAds:
    """What became of a file: its calls, those that are new and those found since; its costs, and those known better."""

    calls: int
    new: int
    found: int
    spend: int
    known: int
    refused: tuple[Refused, ...]


def read_google_file(path: Path, *, zone: ZoneInfo) -> GoogleRows:
    """The rows of a file; moments are by the clock of ``zone``. Raises UnusableSheet."""
    if path.stat().st_size > MOST_BYTES:
        raise UnusableSheet("large")
    rows = _rows(path.read_bytes())
    for _, headings in zip(range(_ABOVE), rows, strict=False):
        for columns, needed, read in (
            (CALLS, {"start", "campaign"}, _calls),
            (COSTS, {"day", "campaign", "cost"}, _costs),
        ):
            places = places_of(headings[1], columns)
            if needed <= places.keys():
                return read(_told(rows, places), zone)
    raise UnusableSheet("columns")


def import_google_file(
    connection: sa.Connection, account: str, path: Path, name: str, *, zone: ZoneInfo, currency: str, now: datetime
) -> ImportedAds:
    """Keep the calls or costs of a file; read again it changes nothing. Raises UnusableSheet and Misconfigured.

    Of what Google Ads itself told of a campaign on a day, nothing of the file is kept. Costs without a currency
    are taken to be in that of the business.
    """
    found = read_google_file(path, zone=zone)
    for each in sorted(found.currencies):
        check_currency(each, currency)
    new = add_ad_calls(connection, account, found.calls, origin=name, source=Source.GOOGLE_ADS.value, now=now)
    matched = 0
    if found.calls:
        first, last = min(each.started_at for each in found.calls), max(each.started_at for each in found.calls)
        matched = find_ad_calls(connection, account, since=first, until=last + timedelta(seconds=1))
    known = 0
    for campaign in sorted({each.campaign for each in found.spend}):
        mine = [each for each in found.spend if each.campaign == campaign]
        on = sorted({each.day for each in mine})
        days = days_read(connection, account, label=label_of(_TITLE, campaign), first=on[0], last=on[-1])
        known += sum(each.day in days for each in mine)
        for day in (each for each in on if each not in days):
            told = spend_lines([each for each in mine if each.day == day], title=_TITLE, currency=currency)
            put_spend(
                connection, account, told, source=f"{GOOGLE_ADS_FILE}{campaign}", first=day, last=day, now=now
            )  # fmt: skip
    return ImportedAds(
        calls=len(found.calls), new=new, found=matched, spend=len(found.spend), known=known, refused=found.refused
    )


def _rows(raw: bytes) -> Iterator[tuple[int, Sequence[str]]]:
    """The rows of the file with their lines. Google writes UTF-8 for people, and UTF-16 with tabs for Excel."""
    try:
        text = raw.decode("utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        raise UnusableSheet("damaged") from None
    if "\0" in text:
        raise UnusableSheet("damaged")
    lines = text.splitlines()[:_ABOVE]
    delimiter = max("\t;,", key=lambda sign: max((line.count(sign) for line in lines), default=0))
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter)
    try:
        for number, cells in enumerate(reader):
            if number > MOST_ROWS:
                raise UnusableSheet("large")
            yield reader.line_num, cells
    except csv.Error:
        raise UnusableSheet("damaged") from None


def _told(rows: Iterator[tuple[int, Sequence[str]]], places: Mapping[str, int]) -> Iterator[tuple[int, dict[str, str]]]:
    for line, cells in rows:
        if not cells or bare(cells[0]).startswith("total"):
            continue
        row = {word: cells[place].strip() if place < len(cells) else "" for word, place in places.items()}
        if any(row.values()):
            yield line, row


def _calls(rows: Iterator[tuple[int, dict[str, str]]], zone: ZoneInfo) -> GoogleRows:
    calls, refused = [], []
    for line, row in rows:
        try:
            calls.append(_call(row, zone))
        except BadCell as error:
            refused.append(Refused(line=line, column=error.column, text=error.text[:_LONGEST]))
    return GoogleRows(calls=tuple(calls), refused=tuple(refused))


def _call(row: Mapping[str, str], zone: ZoneInfo) -> AdCall:
    status = bare(row.get("status", ""))
    if status not in _STATUS:
        raise BadCell("status", row["status"])
    country = row.get("country", "").upper()
    return AdCall(
        ref="",
        started_at=_moment(row["start"], zone),
        campaign=_campaign(row),
        duration_s=_seconds(row.get("duration", "")),
        received=_STATUS[status],
        country=country if re.fullmatch("[A-Z]{2}", country) else "",
        area=row.get("area", "").strip("-–"),
    )


def _costs(rows: Iterator[tuple[int, dict[str, str]]], zone: ZoneInfo) -> GoogleRows:
    spend, refused, currencies = [], [], set()
    for line, row in rows:
        try:
            day, rest = _day(row["day"])
            if rest:
                raise BadCell("day", row["day"])
            amount = read_amount(row["cost"]) if row["cost"].strip("-– ") else None
            if amount is None:
                continue
            spend.append(Spend(day=day, campaign=_campaign(row), amount=amount))
            currencies |= {row["currency"].upper()} if row.get("currency") else set()
        except BadCell as error:
            column = {"amount": "cost"}.get(error.column, error.column)
            refused.append(Refused(line=line, column=column, text=error.text[:_LONGEST]))
    return GoogleRows(spend=tuple(spend), currencies=frozenset(currencies), refused=tuple(refused))


def _campaign(row: Mapping[str, str]) -> str:
    name = " ".join(row["campaign"].split())[:_LONGEST]
    if not name or not name.isprintable():
        raise BadCell("campaign", row["campaign"])
    return name


def _seconds(text: str) -> float | None:
    """A duration as seconds, or as minutes and seconds. Raises BadCell."""
    parts = text.strip("-– ").split(":")
    if parts == [""]:
        return None
    if not all(re.fullmatch(r"\d{1,6}", part) for part in parts) or len(parts) > 3:
        raise BadCell("duration", text)
    seconds = 0
    for part in parts:
        seconds = seconds * 60 + int(part)
    return float(seconds)


def _day(text: str) -> tuple[date, str]:
    """A day and what stands behind it. Days of digits alone are told by the year first: others would be guessed."""
    plain = bare(text.replace("-", "/")).replace("/", "-")
    try:
        if re.match(r"\d{4}-\d{2}-\d{2}", plain):
            return date.fromisoformat(plain[:10]), plain[10:].strip(" t,")
        for form in _NAMED:
            if found := form.match(plain):
                month = _MONTHS.get(found["month"]) or _MONTHS[found["month"][:3]]
                return date(int(found["year"]), month, int(found["day"])), plain[found.end() :].strip(" ,a")
    except (ValueError, KeyError):
        pass
    raise BadCell("day", text)


def _moment(text: str, zone: ZoneInfo) -> datetime:
    try:
        day, rest = _day(text)
    except BadCell:
        raise BadCell("start", text) from None
    found = _CLOCK.match(rest.replace("\u202f", " "))
    if found is None:
        raise BadCell("start", text)
    hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
    if found[4]:
        hour = hour % 12 + (12 if found[4] == "pm" else 0)
    try:
        return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=zone).astimezone(UTC)
    except ValueError:
        raise BadCell("start", text) from None
