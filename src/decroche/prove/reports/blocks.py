"""The parts a report is made of: sentences, tables, charts and sections, every word and number ready to show."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

#: With how many columns a heat map fills the width of a page.
FULL_WIDTH = 10


class Kind(StrEnum):
    """How a spreadsheet keeps the number behind a cell."""

    TEXT = "text"
    COUNT = "count"
    NUMBER = "number"
    PERCENT = "percent"
    DURATION = "duration"
    MONEY = "money"


@dataclass(frozen=True, slots=True)
class Cell:
    """What is shown, and the number behind it (a fraction for PERCENT, seconds for DURATION) when there is one."""

    text: str
    value: float | None = None
    kind: Kind = Kind.TEXT
    strong: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of cells under their column titles. ``numeric`` says which columns are set to the right."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str | None = None
    plain: bool = False

    @property
    def numeric(self) -> tuple[bool, ...]:
        """For each column, whether its cells are numbers."""
        return tuple(any(row[place].kind is not Kind.TEXT for row in self.rows) for place in range(len(self.columns)))


@dataclass(frozen=True, slots=True)
class HeatMap:
    """A grid of cells, one row a weekday, one column an hour: darker is more. ``None`` values stay blank."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[Cell, ...], ...]

    @property
    def narrow(self) -> bool:
        """Whether it has too few columns to fill a page or a screen."""
        return len(self.columns) < FULL_WIDTH


@dataclass(frozen=True, slots=True)
class Bars:
    """Horizontal bars, one a line, each with its figure written at the end. ``marked`` bars carry the accent."""

    labels: tuple[str, ...]
    cells: tuple[Cell, ...]
    marked: tuple[bool, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """One bar a day, a dash at the usual count; ``names`` of holidays stand above, ``marked`` days stand out."""

    days: tuple[str, ...]
    labels: tuple[str, ...]
    values: tuple[int, ...]
    usual: tuple[float | None, ...]
    names: tuple[str, ...]
    marked: tuple[bool, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A drawing with the words a screen reader says, and the same numbers as a table.

    ``table_on_paper`` prints the table as well, where the drawing does not already show every number of it.
    """

    key: str
    title: str
    description: str
    drawing: HeatMap | Bars | Days
    table: Table
    table_on_paper: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of sentences."""

    items: tuple[str, ...]


Block = str | Listing | Table | Chart


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One part of the annex. ``sheet`` names the sheet of the workbook that its tables go to."""

    key: str
    title: str
    sheet: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure in large type, what it is, and its base."""

    label: str
    value: str
    note: str
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing to do, and the counts that say why."""

    title: str
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageOne:
    """The page that an owner reads in two minutes."""

    title: str
    business: str
    period: str
    headline: str
    facts: tuple[Fact, ...]
    accounting: tuple[str, ...]
    when_title: str
    when_text: str
    heat: Chart
    again_title: str
    again_headline: str
    again_text: tuple[str, ...]
    became: Chart | None
    loss_title: str
    loss_headline: str
    loss_text: tuple[str, ...]
    actions_title: str
    actions: tuple[Advice, ...]
    no_action: str
    assumptions_title: str
    assumptions: tuple[str, ...]
    assumptions_more: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """The few words that the renderers themselves need."""

    annex: str
    annex_lead: str
    contents: str
    as_table: str
    skip: str
    made_by: str
    page: str
    summary_sheet: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReport:
    """Everything that the four forms show. ``language`` is fr, fr-CA or en."""

    language: str
    title: str
    page: PageOne
    annex: tuple[Section, ...]
    labels: Labels
