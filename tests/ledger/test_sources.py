"""Numbers stand for sources: calls, contacts, costs and sales of a campaign come together, of one business only."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from decroche.capture.google_ads_files import import_google_file
from decroche.ledger.cost_lines import GOOGLE_ADS, add_line, put_spend, read_lines
from decroche.ledger.opportunities import keep_told
from decroche.ledger.source_counts import source_counts
from decroche.ledger.source_tables import ad_calls
from decroche.ledger.store import Ledger
from decroche.ledger.tables import calls
from decroche.ledger.tracked_numbers import (
    NoSuchTracking,
    add_tracking,
    add_trackings,
    end_tracking,
    only_trackings,
    read_trackings,
    remove_tracking,
)
from decroche.ledger.ways_to_sales import ways_to_sales
from decroche.model.board import Period
from decroche.model.cost import Among, CostKind, CostLine, Key, Rhythm, Sharing
from decroche.model.money import Money
from decroche.model.source import BadTracking, Tracking
from decroche.prove.service_sources import sources
from tests.ledger.business import shop
from tests.ledger.stories import LINES, NOW, START
from tests.ledger.test_ways_to_sales import ANNA, BOB, deal, missed

pytestmark = pytest.mark.hard
PARIS = ZoneInfo("Europe/Paris")
DAY = START.date()
NUMBER = int(LINES[0].lstrip("+"))
ADS = Tracking(number=NUMBER, source="google_ads", campaign="Pneus", begins=DAY - timedelta(days=3))


def spend(campaign: str, amount: str, day: date = DAY) -> CostLine:
    return CostLine(
        kind=CostKind.ADVERTISING,
        label=f"Google Ads – {campaign}",
        amount=Money(Decimal(amount), "EUR"),
        rhythm=Rhythm.ONCE,
        begins=day,
        ends=day,
        sharing=Sharing(among=Among.CAMPAIGN, key=Key.FIXED, shares={campaign: 1.0}),
    )


def test_what_numbers_stand_for_is_kept_once_and_by_one_business(ledger: Ledger) -> None:
    account = shop(ledger).account
    with ledger.writing() as connection:
        id = add_tracking(connection, account, ADS, now=NOW)
        with pytest.raises(BadTracking):
            add_tracking(connection, account, ADS, now=NOW)
        assert [each.tracking for each in read_trackings(connection, account)] == [ADS]
        assert read_trackings(connection, "other") == []
        end_tracking(connection, account, id, DAY)
        after = Tracking(number=NUMBER, source="print", begins=DAY + timedelta(days=1))
        rows = [(2, after), (3, Tracking(number=NUMBER, source="radio_tv", begins=DAY)), (4, after)]
        kept = add_trackings(connection, account, rows, origin="a.csv", now=NOW)
        assert (kept.new, kept.known, kept.refused) == (1, 1, ((3, "taken"),))
        assert add_trackings(connection, account, rows[:1], origin="b.csv", now=NOW).known == 1
        with pytest.raises(BadTracking):
            end_tracking(connection, account, id, DAY + timedelta(days=5))
        with pytest.raises(NoSuchTracking):
            end_tracking(connection, "other", id, DAY)
        with pytest.raises(NoSuchTracking):
            remove_tracking(connection, "other", id)
        remove_tracking(connection, account, id)
        assert [each.tracking.source for each in read_trackings(connection, account)] == ["print"]


def test_a_campaign_has_its_calls_costs_sales_and_the_waste_beside_them(ledger: Ledger) -> None:
    place = shop(ledger)
    place.keep([missed("a", ANNA), missed("b", BOB)])
    place.fold()
    told = [deal("1", ANNA), deal("2", BOB, state="open", closed_at=None)]
    with ledger.writing() as connection:
        keep_told(connection, place.account, "file", told, now=NOW, currency="EUR")
        connection.execute(sa.text("UPDATE opportunities SET margin = '40.00' WHERE ref = '1'"))
        add_tracking(connection, place.account, ADS, now=NOW)
        lines = [spend("Pneus", "30.000001"), spend("Vitrages", "12.5")]
        assert put_spend(
            connection, place.account, lines, source=f"{GOOGLE_ADS}1", first=DAY, last=DAY, now=NOW
        ) == (2, 0)  # fmt: skip
        assert put_spend(
            connection, place.account, lines[:1], source=f"{GOOGLE_ADS}1", first=DAY, last=DAY, now=NOW
        ) == (1, 2)  # fmt: skip
        assert [each.line.amount.exact for each in read_lines(connection, place.account)] == ["30.000001"]
        paper = Sharing(among=Among.SOURCE, key=Key.FIXED, shares={"print": 1.0})
        add_line(
            connection, place.account,
            CostLine(
                kind=CostKind.ADVERTISING, label="Affiche", amount=Money.of(9, "EUR"), rhythm=Rhythm.ONCE, begins=DAY,
                sharing=paper,
            ), now=NOW,
        )  # fmt: skip
    period = Period(DAY - timedelta(days=5), DAY + timedelta(days=5))
    with ledger.reading() as connection:
        found = sources(connection, place.account, period=period, zone=PARIS, currency="EUR")
        nobody = sources(connection, "nobody", period=period, zone=PARIS, currency="EUR")
    assert [each.whole.source for each in nobody.groups] == []
    groups = {each.whole.source: each.whole for each in found.groups}
    ads = groups["google_ads"]
    assert (ads.answered, ads.missed, ads.cost.exact) == (0, 2, "30.00")
    assert (ads.sales, ads.revenue.exact, ads.margin.exact, ads.margin_of) == (1.0, "100.01", "40.00", 1.0)
    assert ads.paid.wasted is not None and ads.paid.wasted.exact == "30.00"
    assert groups["print"].cost.exact == "9.00" and groups["print"].calls == 0


def test_contacts_are_of_the_source_of_their_day_and_a_platforms_call_of_its_campaign(ledger: Ledger) -> None:
    place = shop(ledger)
    place.keep([missed("a", ANNA), missed("b", BOB)])
    place.fold()
    ended = Tracking(number=NUMBER, source="print", begins=DAY - timedelta(days=9), ends=DAY - timedelta(days=4))
    with ledger.writing() as connection:
        keep_told(connection, place.account, "file", [deal("1", ANNA), deal("2", BOB)], now=NOW, currency="EUR")
        add_tracking(connection, place.account, ended, now=NOW)
        period = {"since": START - timedelta(days=30), "until": START + timedelta(days=30), "currency": "EUR"}
        before = ways_to_sales(connection, place.account, **period)  # type: ignore[arg-type]
        assert {touch.source for each in before.touches.values() for touch in each} == {""}
        add_tracking(connection, place.account, ADS, now=NOW)
        bobs = connection.execute(sa.select(calls.c.id).where(calls.c.person == BOB)).scalar_one()
        connection.execute(
            sa.insert(ad_calls).values(
                id="1", account_id=place.account, origin="g", source="google_ads", campaign="Vitrages",
                started_at=START, fit="matched", call_id=bobs, kept_at=NOW,
            )
        )  # fmt: skip
        found = ways_to_sales(connection, place.account, **period)  # type: ignore[arg-type]
        named = {(touch.channel, touch.campaign) for each in found.touches.values() for touch in each}
        assert named == {("google_ads", "Pneus"), ("google_ads", "Vitrages")}
        counts = source_counts(
            connection, place.account, only_trackings(read_trackings(connection, place.account)),
            begin=DAY, end=DAY + timedelta(days=1), zone=PARIS,
        )  # fmt: skip
    assert {key: each.missed for key, each in counts.calls.items()} == {
        ("google_ads", "Pneus"): 1, ("google_ads", "Vitrages"): 1,
    }  # fmt: skip
    assert counts.platform["google_ads", "Vitrages"].found == 1


def test_spend_of_a_file_gives_way_to_what_google_says_of_the_same_campaign(ledger: Ledger, tmp_path: Path) -> None:
    account = shop(ledger).account
    file = tmp_path / "couts.csv"
    file.write_text(f"Jour,Campagne,Coût\n{DAY},Pneus,4.00\n{DAY},Ville,7.00\n", encoding="utf-8")
    with ledger.writing() as connection:

        def imported() -> tuple[int, int]:
            found = import_google_file(connection, account, file, "couts.csv", zone=PARIS, currency="EUR", now=NOW)
            return found.spend, found.known

        def kept() -> dict[str, str]:
            return {each.line.label: each.line.amount.exact for each in read_lines(connection, account)}

        assert imported() == (2, 0)
        lines = [spend("PNEUS", "5.00")]
        put_spend(connection, account, lines, source=f"{GOOGLE_ADS}1", first=DAY, last=DAY, now=NOW)
        assert kept() == {"Google Ads – PNEUS": "5.00", "Google Ads – Ville": "7.00"}
        # The other account's file is not refused on a day that is known of the first.
        file.write_text(file.read_text(encoding="utf-8").replace("7.00", "8.00"), encoding="utf-8")
        assert imported() == (2, 1)
        assert kept() == {"Google Ads – PNEUS": "5.00", "Google Ads – Ville": "8.00"}


def test_numbers_that_stand_for_something_on_the_same_days_are_asked_for_at_once(ledger: Ledger) -> None:
    place = shop(ledger)
    place.keep([missed("a", ANNA), missed("b", BOB)])
    place.fold()
    others = [Tracking(number=33_180_000_000 + n, source="print", campaign=str(n), begins=ADS.begins) for n in range(9)]
    asked: list[str] = []

    def counts(trackings: list[Tracking]) -> dict[tuple[str, str], int]:
        with ledger.reading() as connection:
            found = source_counts(
                connection, place.account, trackings, begin=DAY, end=DAY + timedelta(days=1), zone=PARIS
            )  # fmt: skip
        return {key: each.missed for key, each in found.calls.items()}

    sa.event.listen(ledger.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    assert counts([ADS]) == {("google_ads", "Pneus"): 2}
    once = len(asked)
    assert counts([*others, ADS]) == {("google_ads", "Pneus"): 2} | {("print", str(n)): 0 for n in range(9)}
    assert len(asked) == 2 * once
