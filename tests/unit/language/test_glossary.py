"""The glossary says the same words as the reports."""

from __future__ import annotations

from pathlib import Path

import pytest

from decroche.language import Language
from decroche.model.call import MissedReason
from decroche.model.hours import HourClass
from decroche.prove.reports.annex_people import CAUSES

LINES = (Path(__file__).parents[3] / "docs" / "glossary.md").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize(
    "key",
    [
        *(f"reason.{reason}" for reason in MissedReason),
        *(f"hour_class.{hour_class}" for hour_class in HourClass),
        *(f"cause.{cause}" for cause in CAUSES),
    ],
)
def test_the_word_of_the_report_is_the_word_of_the_glossary(key: str) -> None:
    french, canadian, english = (Language(code).say(key) for code in ("fr", "fr-CA", "en"))
    word = key.partition(".")[2]
    other = canadian if canadian != french else ""
    assert f"| `{word}` | {english} | {french} | {other} |" in LINES


def test_every_word_stands_once() -> None:
    words = [line.split("`")[1] for line in LINES if line.startswith("| `")]
    assert len(words) > 60
    general = words[: words.index(str(MissedReason.BLOCKED_SPAM))]
    assert len(general) == len(set(general))
