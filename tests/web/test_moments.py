"""Moments in words that nobody takes for a duration."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from decroche.language import Language
from decroche.web.moments import lasting

ZONE = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 16, 22, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "french", "english"),
    [
        (datetime(2026, 11, 15, 23, 5, tzinfo=UTC), "depuis cette nuit 0 h 05", "since 0:05 last night"),
        (datetime(2026, 11, 16, 9, 0, tzinfo=UTC), "depuis ce matin 10 h", "since 10:00 this morning"),
        (datetime(2026, 11, 16, 11, 0, tzinfo=UTC), "depuis cet après-midi 12 h", "since 12:00 this afternoon"),
        (datetime(2026, 11, 16, 17, 1, tzinfo=UTC), "depuis ce soir 18 h 01", "since 18:01 this evening"),
        (datetime(2026, 11, 14, 8, 58, tzinfo=UTC), "depuis sam. 9 h 58", "since Sat 9:58"),
        (datetime(2026, 11, 3, 8, 58, tzinfo=UTC), "depuis le 3 nov.", "since Nov 3"),
    ],
)
def test_since_when(moment: datetime, french: str, english: str) -> None:
    said = [lasting(moment, NOW, ZONE, Language(code)) for code in ("fr", "en")]
    assert [each.replace("\u202f", " ").replace("\u00a0", " ") for each in said] == [french, english]
