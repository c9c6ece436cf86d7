"""Reads cost lines from a spreadsheet, CSV or XLSX, in French or English; every row is kept, or told why not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from decroche.capture.sheet_rows import Row, UnusableSheet, bare, places_of, rows_of
from decroche.model.cost import (
    USUAL_NATURE,
    Among,
    BadCostLine,
    CostKind,
    CostLine,
    Key,
    Nature,
    Rhythm,
    Sharing,
)
from decroche.model.money import Money, NotACurrency

#: The largest file, in bytes, and the most rows.
MOST_BYTES, MOST_ROWS = 5_000_000, 20_000
_LABEL = 200

#: What a column says, and the headings that it is known by, without accents.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "kind": ("kind", "type", "poste", "categorie", "category"),
    "label": ("label", "libelle", "intitule", "description", "name", "nom"),
    "amount": ("amount", "montant", "cost", "cout"),
    "currency": ("currency", "devise"),
    "rhythm": ("rhythm", "rythme", "frequence", "frequency", "periodicite"),
    "begins": ("begins", "debut", "start", "du", "from", "date"),
    "ends": ("ends", "fin", "end", "au", "to"),
    "nature": ("nature",),
    "per_call": ("per call", "par appel", "variable"),
    "among": ("among", "reparti entre", "reparti par", "shared among"),
    "key": ("key", "cle"),
    "shares": ("shares", "parts", "repartition"),
}
_KINDS: Mapping[str, CostKind] = {
    "salaires": CostKind.SALARIES,
    "salaire": CostKind.SALARIES,
    "salary": CostKind.SALARIES,
    "licence": CostKind.LICENCES,
    "license": CostKind.LICENCES,
    "licenses": CostKind.LICENCES,
    "telephonie": CostKind.TELEPHONY,
    "telephone": CostKind.TELEPHONY,
    "outils": CostKind.TOOLS,
    "outil": CostKind.TOOLS,
    "numeros": CostKind.NUMBERS,
    "fichiers": CostKind.LISTS,
    "listes": CostKind.LISTS,
    "formation": CostKind.TRAINING,
    "maintenance": CostKind.MAINTENANCE,
    "publicite": CostKind.ADVERTISING,
    "ads": CostKind.ADVERTISING,
    "pointes": CostKind.PEAKS,
    "renfort": CostKind.PEAKS,
    "automatisation": CostKind.AUTOMATION,
    "reprises": CostKind.REWORK,
    "autre": CostKind.OTHER,
    "autres": CostKind.OTHER,
}
_RHYTHMS: Mapping[str, Rhythm] = {
    "une fois": Rhythm.ONCE,
    "unique": Rhythm.ONCE,
    "one off": Rhythm.ONCE,
    "par jour": Rhythm.DAILY,
    "quotidien": Rhythm.DAILY,
    "par semaine": Rhythm.WEEKLY,
    "hebdomadaire": Rhythm.WEEKLY,
    "par mois": Rhythm.MONTHLY,
    "mensuel": Rhythm.MONTHLY,
    "par trimestre": Rhythm.QUARTERLY,
    "trimestriel": Rhythm.QUARTERLY,
    "par an": Rhythm.YEARLY,
    "annuel": Rhythm.YEARLY,
    "annual": Rhythm.YEARLY,
}
_NATURES: Mapping[str, Nature] = {"directe": Nature.DIRECT, "indirecte": Nature.INDIRECT}
_AMONG: Mapping[str, Among] = {
    "sites": Among.SITE,
    "file": Among.QUEUE,
    "files": Among.QUEUE,
    "queues": Among.QUEUE,
    "campagne": Among.CAMPAIGN,
    "campagnes": Among.CAMPAIGN,
    "campaigns": Among.CAMPAIGN,
    "sources": Among.SOURCE,
}
_KEYS: Mapping[str, Key] = {
    "appels": Key.CALLS,
    "personnes": Key.HEADS,
    "effectif": Key.HEADS,
    "fixe": Key.FIXED,
    "parts fixes": Key.FIXED,
}
_YES = frozenset({"yes", "y", "oui", "o", "true", "vrai", "1", "x"})
_NO = frozenset({"no", "n", "non", "false", "faux", "0", ""})
_DAYS = ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%Y-%m-%d %H:%M:%S")
_Word = TypeVar("_Word", bound=StrEnum)


class BadCell(ValueError):
    """A cell that cannot be read: ``column`` of COLUMNS, and what was read."""

    def __init__(self, column: str, text: str) -> None:
        super().__init__(f"{column}: {text!r}")
        self.column = column
        self.text = text


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A row that was not kept: its line in the file, the column that is wrong, and what stands there."""

    line: int
    column: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CostRows:
    """All rows of a file: every one is in ``lines`` or in ``refused``, but for empty ones."""

    lines: tuple[CostLine, ...]
    refused: tuple[Refused, ...]


def read_cost_file(path: Path, name: str, *, currency: str) -> CostRows:
    """The cost lines of a file. ``currency`` is that of rows that name none.

    Raises UnusableSheet.
    """
    rows = rows_of(path, name, most_bytes=MOST_BYTES, most_rows=MOST_ROWS)
    return read_rows(rows, currency=currency)


def read_rows(rows: Iterator[Row], *, currency: str) -> CostRows:
    """The same, of rows of cells with their line; the first row holds the headings. Raises UnusableSheet."""
    _, headings = next(rows, (0, ()))
    places = places_of(headings, COLUMNS)
    if "amount" not in places or "begins" not in places:
        raise UnusableSheet("columns")
    kept, refused = [], []
    for line, cells in rows:
        row = {word: cells[place].strip() if place < len(cells) else "" for word, place in places.items()}
        if not any(row.values()):
            continue
        try:
            kept.append(read_row(row, currency=currency))
        except BadCell as error:
            refused.append(Refused(line=line, column=error.column, text=error.text[:_LABEL]))
    return CostRows(lines=tuple(kept), refused=tuple(refused))


def read_row(row: Mapping[str, str], *, currency: str) -> CostLine:
    """One line from the words of COLUMNS; what is left out is as is usual. Raises BadCell."""
    kind = _word(row, "kind", CostKind, _KINDS, CostKind.OTHER)
    amount = read_amount(row.get("amount", ""))
    label = " ".join(row.get("label", "").split())[:_LABEL]
    if not label.isprintable():
        raise BadCell("label", label)
    try:
        money = Money(amount, row.get("currency", "").upper() or currency)
    except NotACurrency:
        raise BadCell("currency", row.get("currency", "")) from None
    if money.currency != currency:
        raise BadCell("currency", money.currency)
    begins = _day(row.get("begins", ""), "begins")
    ends = _day(row["ends"], "ends") if row.get("ends") else None
    try:
        return CostLine(
            kind=kind,
            label=label or kind.value,
            amount=money,
            rhythm=_word(row, "rhythm", Rhythm, _RHYTHMS, Rhythm.ONCE),
            begins=begins,
            ends=ends,
            nature=_word(row, "nature", Nature, _NATURES, USUAL_NATURE[kind]),
            per_call=_truth(row, "per_call"),
            sharing=_sharing(row),
        )
    except BadCostLine as error:
        column = {"days": "ends"}.get(error.why, error.why)
        raise BadCell(column, row.get(column, "")) from None


def _sharing(row: Mapping[str, str]) -> Sharing | None:
    if not row.get("among"):
        if row.get("key") or row.get("shares"):
            raise BadCell("among", "")
        return None
    among = _word(row, "among", Among, _AMONG, Among.SITE)
    key = _word(row, "key", Key, _KEYS, Key.FIXED if row.get("shares") else Key.CALLS)
    if among in (Among.CAMPAIGN, Among.SOURCE) and key is not Key.FIXED:
        raise BadCell("key", row.get("key", ""))
    return Sharing(among=among, key=key, shares=read_shares(row.get("shares", ""), fixed=key is Key.FIXED))


def read_shares(text: str, *, fixed: bool) -> dict[str, float]:
    """``Lyon=0.5; Nice=25 %`` as shares, or ``Lyon; Nice`` as names that share by a key. Raises BadCell."""
    found: dict[str, float] = {}
    for part in text.split(";"):
        name, told, share = (piece.strip() for piece in part.rpartition("=")) if fixed else (part.strip(), "=", "1")
        if not part.strip():
            continue
        number = share.removesuffix("%").strip().replace(",", ".")
        if not told or not name or not re.fullmatch(r"\d{1,3}(\.\d{1,6})?", number):
            raise BadCell("shares", part.strip())
        found[name] = float(Decimal(number) / (100 if share.endswith("%") else 1))
    return found


def read_amount(text: str) -> Decimal:
    """An amount as people write it: 1 234,56 or 1,234.56 or 1234.5, with or without a sign of currency."""
    plain = re.sub(r"[\s\u00a0\u202f€$£]|EUR|CAD|USD|CHF", "", text)
    if "," in plain and "." in plain:
        plain = plain.replace("." if plain.rindex(",") > plain.rindex(".") else ",", "")
    if re.fullmatch(r"[1-9]\d{0,2}[.,]\d{3}", plain):
        # Thousands to one reader, thousandths to another.
        raise BadCell("amount", text)
    plain = plain.replace(",", ".")
    try:
        if not re.fullmatch(r"\d{1,12}(\.\d{1,4})?", plain):
            raise BadCell("amount", text)
        return Decimal(plain)
    except InvalidOperation:
        raise BadCell("amount", text) from None


def _day(text: str, column: str) -> date:
    for form in _DAYS:
        try:
            found = datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
        if 1990 <= found.year <= 2200:
            return found
    raise BadCell(column, text)


def _truth(row: Mapping[str, str], column: str) -> bool:
    word = bare(row.get(column, ""))
    if word not in _YES | _NO:
        raise BadCell(column, row.get(column, ""))
    return word in _YES


def _word(
    row: Mapping[str, str], column: str, kinds: type[_Word], words: Mapping[str, _Word], usual: _Word
) -> _Word:  # fmt: skip
    word = bare(row.get(column, ""))
    if not word:
        return usual
    if word in words:
        return words[word]
    try:
        return kinds(word)
    except ValueError:
        raise BadCell(column, row.get(column, "")) from None
