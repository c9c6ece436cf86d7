"""Reads the calls that Google Ads counted and what each campaign cost, whole days at a time, the last ones again.

Google restates what it has told: costs of clicks that it finds invalid are given back. Of each reading the last days
are therefore read again, once a day the last thirty.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec

from decroche.connector_kit.ads import AdCall, Ads, AdsPage, Spend
from decroche.connector_kit.connector import Settings
from decroche.connector_kit.errors import Unavailable
from decroche.connector_kit.http import Http
from decroche.connector_kit.objects import Told, day, inner, number, text
from decroche.connectors.google_ads.api import NEEDS, customer_of, stream
from decroche.model.source import Source

#: How far back the first reading goes, how much is asked at once, and what is read again.
_REACH, _AT_ONCE = timedelta(days=400), timedelta(days=30)
_DAILY, _HOURLY = timedelta(days=30), timedelta(days=3)
_ONE = timedelta(days=1)
_RECEIVED = {"RECEIVED": True, "MISSED": False}
_MICROS = 6


class _Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far we are: ``done`` is the last day that was read; ``again`` the day on which thirty were read again."""

    done: date | None = None
    again: date | None = None


def fetch(http: Http, settings: Settings, cursor: str | None, now: datetime) -> AdsPage:
    """The next days. Raises Unavailable and Misconfigured."""
    customer = customer_of(settings)
    currency, zone = _about(http, settings)
    today = now.astimezone(ZoneInfo(zone)).date()
    place = _place(cursor)
    first, last, following = _days(place, today)
    within = f"segments.date BETWEEN '{first.isoformat()}' AND '{last.isoformat()}'"
    calls = stream(
        http,
        settings,
        "SELECT call_view.resource_name, call_view.start_call_date_time, call_view.call_duration_seconds, "
        "call_view.call_status, call_view.caller_country_code, call_view.caller_area_code, campaign.id, campaign.name "
        f"FROM call_view WHERE {within}",
    )
    costs = stream(
        http,
        settings,
        "SELECT campaign.id, campaign.name, segments.date, metrics.cost_micros "
        f"FROM campaign WHERE {within} AND metrics.cost_micros > 0",
    )
    return AdsPage(
        customer=customer,
        currency=currency,
        zone=zone,
        first=first,
        last=last,
        calls=tuple(call for row in calls if (call := ad_call(row, ZoneInfo(zone))) is not None),
        spend=tuple(cost for row in costs if (cost := spend(row)) is not None),
        next=msgspec.json.encode(following).decode(),
        more=last < today,
    )


def _days(place: _Place, today: date) -> tuple[date, date, _Place]:
    """Which days are read next, and where that leaves us."""
    if place.done is None or place.done < today - _DAILY:
        first = today - _REACH if place.done is None else place.done + _ONE
        last = min(first + _AT_ONCE, today)
        return first, last, _Place(last)
    if place.again != today:
        return today - _DAILY, today, _Place(today, today)
    return today - _HOURLY, today, _Place(today, today)


def ad_call(row: Told, zone: ZoneInfo) -> AdCall | None:
    """A call as Google writes it: its moment is by the clock of the account. None for one without an id or a moment."""
    told, campaign = inner(row, "callView"), inner(row, "campaign")
    ref, at = text(told, "resourceName"), _moment(text(told, "startCallDateTime"), zone)
    if ref is None or at is None:
        return None
    country = (text(told, "callerCountryCode") or "").upper()
    return AdCall(
        ref=ref,
        started_at=at,
        campaign=text(campaign, "name") or text(campaign, "id") or "",
        campaign_ref=text(campaign, "id") or "",
        duration_s=number(told, "callDurationSeconds"),
        received=_RECEIVED.get(text(told, "callStatus") or ""),
        country=country if len(country) == 2 and country.isalpha() else "",
        area=text(told, "callerAreaCode") or "",
    )


def spend(row: Told) -> Spend | None:
    """What a campaign cost on a day: millionths of the currency, exact."""
    campaign, micros = inner(row, "campaign"), text(inner(row, "metrics"), "costMicros")
    on = day(inner(row, "segments"), "date")
    if micros is None or not micros.isdigit() or on is None:
        return None
    return Spend(
        day=on,
        campaign=text(campaign, "name") or text(campaign, "id") or "",
        campaign_ref=text(campaign, "id") or "",
        amount=Decimal(int(micros)).scaleb(-_MICROS),
    )


def _about(http: Http, settings: Settings) -> tuple[str, str]:
    """The currency and the time zone of the advertiser's account."""
    rows = stream(
        http, settings, "SELECT customer.id, customer.currency_code, customer.time_zone FROM customer LIMIT 1"
    )
    told = inner(rows[0], "customer") if rows else {}
    currency, zone = text(told, "currencyCode"), text(told, "timeZone")
    if currency is None or zone is None:
        raise Unavailable("Google Ads does not tell the currency and the time zone of the account")
    try:
        ZoneInfo(zone)
    except (ValueError, OSError) as error:
        raise Unavailable("Google Ads does not tell the currency and the time zone of the account") from error
    return currency, zone


def _moment(written: str | None, zone: ZoneInfo) -> datetime | None:
    try:
        found = datetime.fromisoformat(written or "")
        return (found.replace(tzinfo=zone) if found.tzinfo is None else found).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _place(cursor: str | None) -> _Place:
    try:
        return _Place() if cursor is None else msgspec.json.decode(cursor, type=_Place)
    except msgspec.DecodeError:
        return _Place()


#: Google counts what is asked in a day; a reading asks three questions an hour.
ADS = Ads(fetch=fetch, source=Source.GOOGLE_ADS.value, needs=NEEDS)
