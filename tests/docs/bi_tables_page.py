"""Writes the page of the tables for BI tools from the program: ``python -m tests.docs.bi_tables_page``."""

from __future__ import annotations

from pathlib import Path

from decroche.language import Language
from decroche.ledger.feed_words import said
from decroche.model.feed import FEEDS, TOLD_IN, Column, Feed
from decroche.prove.service_feed_meta import GAPS, meaning

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "bi-tables.md"
_HEAD = """\
# Tables for BI tools

<!-- Written by `python -m tests.docs.bi_tables_page` from the program. Do not edit. -->

As files and as views of PostgreSQL: [how they are read](../how-to/read-figures-in-bi-tools.md). A column with words is
followed by one for each language (`direction_fr`, `direction_en`). Measures marked + may be added up; rates are
computed of sums. Amounts are in `currency`, never converted.
"""


def markdown() -> str:
    """The page."""
    parts = [_HEAD]
    for feed in FEEDS.values():
        parts.append(f"## {feed.name}\n\n{_said(f'feeds.table.{feed.name}')} Key: {_code(feed.key)}.\n")
        parts.append("| column | type | meaning | sens |\n|---|---|---|---|\n" + "\n".join(_rows(feed)) + "\n")
    parts.append("## Known gaps\n\n" + "\n".join(f"- {_said(f'feeds.gap.{each}')}" for each in GAPS) + "\n")
    return "\n".join(parts)


def _rows(feed: Feed) -> list[str]:
    return [
        f"| `{each.name}` | {each.kind}{_plus(each)} | {_meant(feed, each, 'en')} | {_meant(feed, each, 'fr')} |"
        for each in feed.told
    ]


def _plus(column: Column) -> str:
    return " +" if column.adds else ""


def _meant(feed: Feed, column: Column, code: str) -> str:
    told = meaning(feed, column.name, code)
    if column.says and len(column.values) <= 8:
        words = said(column, code)
        told += ": " + ", ".join(f"`{each}` {words[each]}" for each in column.values)
    return told.replace("|", "\\|")


def _said(key: str) -> str:
    text = Language("en").say(key)
    return text if text.endswith(".") else f"{text}."


def _code(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{each}`" for each in names)


if __name__ == "__main__":
    assert TOLD_IN == ("fr", "en")
    PAGE.write_text(markdown(), encoding="utf-8")
