"""Reads contacts and sales from two spreadsheets: who was in touch when and by which channel, and who bought what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from decroche.capture.cost_files import BadCell, Refused, read_amount
from decroche.capture.sheet_rows import UnusableSheet, bare, places_of, rows_of
from decroche.model.money import Money
from decroche.model.touch import Sale, Touch, Way

#: The largest file, in bytes, and the most rows.
MOST_BYTES, MOST_ROWS = 50_000_000, 500_000
_LONGEST = 200
_PERSON = (
    "person",
    "personne",
    "client",
    "customer",
    "lead",
    "prospect",
    "id",
    "number",
    "numero",
    "telephone",
    "email",
)
_AT = ("at", "date", "when", "quand", "moment", "le")
TOUCHES: Mapping[str, tuple[str, ...]] = {
    "person": _PERSON,
    "at": _AT,
    "channel": ("channel", "canal", "source", "campaign", "campagne"),
    "way": ("way", "sens", "direction"),
}
SALES: Mapping[str, tuple[str, ...]] = {
    "person": _PERSON,
    "at": _AT,
    "amount": ("amount", "montant", "revenue", "value", "valeur", "chiffre d'affaires", "ca"),
}
_WAYS = {
    "": Way.INBOUND, "inbound": Way.INBOUND, "in": Way.INBOUND, "entrant": Way.INBOUND, "recu": Way.INBOUND,
    "outbound": Way.OUTBOUND, "out": Way.OUTBOUND, "sortant": Way.OUTBOUND, "emis": Way.OUTBOUND,
}  # fmt: skip
_FORMS = ("%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y")


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchRows:
    """The contacts of a file by person, and the rows that could not be read."""

    touches: Mapping[str, list[Touch]]
    refused: tuple[Refused, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleRows:
    """The sales of a file by person, and the rows that could not be read."""

    sales: Mapping[str, list[Sale]]
    refused: tuple[Refused, ...]


def read_touches(path: Path, name: str, *, zone: ZoneInfo) -> TouchRows:
    """The contacts of a file; moments without a zone are of ``zone``. Raises UnusableSheet."""
    found: dict[str, list[Touch]] = {}
    refused = []
    for line, row in _rows(path, name, TOUCHES, needed=("person", "at", "channel")):
        try:
            way = _WAYS.get(bare(row.get("way", "")))
            if way is None:
                raise BadCell("way", row.get("way", ""))
            if not row["channel"]:
                raise BadCell("channel", "")
            touch = Touch(at=_moment(row["at"], zone), channel=row["channel"][:_LONGEST], way=way)
            found.setdefault(_person(row), []).append(touch)
        except BadCell as error:
            refused.append(Refused(line=line, column=error.column, text=error.text[:_LONGEST]))
    return TouchRows(touches=found, refused=tuple(refused))


def read_sales(path: Path, name: str, *, zone: ZoneInfo, currency: str) -> SaleRows:
    """The sales of a file, in one currency. Raises UnusableSheet."""
    found: dict[str, list[Sale]] = {}
    refused = []
    for line, row in _rows(path, name, SALES, needed=("person", "at", "amount")):
        try:
            sale = Sale(at=_moment(row["at"], zone), revenue=Money(read_amount(row["amount"]), currency))
            found.setdefault(_person(row), []).append(sale)
        except BadCell as error:
            refused.append(Refused(line=line, column=error.column, text=error.text[:_LONGEST]))
    return SaleRows(sales=found, refused=tuple(refused))


def _rows(
    path: Path, name: str, columns: Mapping[str, tuple[str, ...]], *, needed: tuple[str, ...]
) -> Iterator[tuple[int, dict[str, str]]]:
    rows = rows_of(path, name, most_bytes=MOST_BYTES, most_rows=MOST_ROWS)
    _, headings = next(rows, (0, ()))
    places = places_of(headings, columns)
    if any(word not in places for word in needed):
        raise UnusableSheet("columns")
    for line, cells in rows:
        row = {word: cells[place].strip() if place < len(cells) else "" for word, place in places.items()}
        if any(row.values()):
            yield line, row


def _person(row: Mapping[str, str]) -> str:
    """Who it is, as the file calls them: the same word in both files is the same person."""
    found = "".join(row["person"].casefold().split())
    if not found:
        raise BadCell("person", "")
    return found


def _moment(text: str, zone: ZoneInfo) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = _written_otherwise(text)
    try:
        return (found.replace(tzinfo=zone) if found.tzinfo is None else found).astimezone(UTC)
    except OverflowError:
        raise BadCell("at", text) from None


def _written_otherwise(text: str) -> datetime:
    for form in _FORMS:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 - the zone is told apart
        except ValueError:
            continue
    raise BadCell("at", text)
