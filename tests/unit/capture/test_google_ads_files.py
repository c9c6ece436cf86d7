"""The exports of Google Ads are read in French and English: every row is a call, a cost, a total, or refused."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from decroche.capture.google_ads_files import GoogleRows, read_google_file
from decroche.capture.sheet_rows import UnusableSheet

PARIS = ZoneInfo("Europe/Paris")
FRENCH_CALLS = """Rapport sur les détails des appels
1 mai 2026 - 31 mai 2026
Heure de début;Durée (secondes);État;Indicatif régional de l'appelant;Code pays de l'appelant;Campagne
1 mai 2026, 10:15:00;63;Reçu;1;FR;Pneus
2 juil. 2026 18:40:07;0;Manqué; --;FR;Pneus
n'importe quand;5;Reçu;;;Pneus
Total;68;;;;
"""
ENGLISH_CALLS = """Call details report
"May 1, 2026 - May 31, 2026"
Campaign,Start time,Duration (seconds),Status,Caller area code,Caller country code
Tyres,"May 1, 2026, 10:15:00 PM",63,Received,1,FR
Tyres,2026-12-02 00:00:01,0:05,Missed,,
Tyres,01/05/2026 10:00:00,5,Missed,,
"""
FRENCH_COSTS = """Rapport sur les campagnes\n1–31 mai 2026\nJour\tCampagne\tCode de devise\tCoût\tClics
2026-05-01\tPneus été\tEUR\t1\u202f234,56\t12
2026-05-02\tPneus été\tEUR\t0,50\t1
1er mai 2026\tVitrages\tEUR\t --\t0
mai\tVitrages\tEUR\t3,00\t0
Total : compte\t --\tEUR\t1235,06\t13
"""
ENGLISH_COSTS = "Day,Campaign,Cost,Currency code\n2026-05-01,Tyres,12.34,CAD\n"


def read(tmp_path: Path, text: str, coding: str = "utf-8") -> GoogleRows:
    file = tmp_path / "a.csv"
    file.write_bytes(text.encode(coding))
    return read_google_file(file, zone=PARIS)


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16"])
def test_calls_in_french(tmp_path: Path, coding: str) -> None:
    found = read(tmp_path, FRENCH_CALLS, coding)
    one, two = found.calls
    assert (one.started_at, one.duration_s, one.received) == (datetime(2026, 5, 1, 8, 15, tzinfo=UTC), 63.0, True)
    assert (one.campaign, one.country, one.area) == ("Pneus", "FR", "1")
    assert (two.started_at, two.received, two.area) == (datetime(2026, 7, 2, 16, 40, 7, tzinfo=UTC), False, "")
    assert [(each.line, each.column) for each in found.refused] == [(6, "start")]


def test_calls_in_english_and_a_day_that_would_be_guessed(tmp_path: Path) -> None:
    found = read(tmp_path, ENGLISH_CALLS)
    one, two = found.calls
    assert one.started_at == datetime(2026, 5, 1, 20, 15, tzinfo=UTC)
    assert (two.started_at, two.duration_s) == (datetime(2026, 12, 1, 23, 0, 1, tzinfo=UTC), 5.0)
    assert [each.text for each in found.refused] == ["01/05/2026 10:00:00"]


def test_costs_in_both(tmp_path: Path) -> None:
    found = read(tmp_path, FRENCH_COSTS, "utf-16")
    assert [(each.day, each.campaign, each.amount) for each in found.spend] == [
        (date(2026, 5, 1), "Pneus été", Decimal("1234.56")),
        (date(2026, 5, 2), "Pneus été", Decimal("0.50")),
    ]
    assert found.currencies == {"EUR"}
    assert [(each.line, each.column) for each in found.refused] == [(7, "day")]
    assert read(tmp_path, ENGLISH_COSTS).currencies == {"CAD"}


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "\0\0", "Day,Cost\n2026-05-01,1\n"])
def test_another_file_is_told_from_it(tmp_path: Path, text: str) -> None:
    with pytest.raises(UnusableSheet):
        read(tmp_path, text)
