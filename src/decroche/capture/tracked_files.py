"""Reads from a spreadsheet which number stands for which source and campaign, in French or English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from decroche.capture.cost_files import BadCell, Refused
from decroche.capture.sheet_rows import UnusableSheet, bare, places_of, rows_of
from decroche.model.source import BadTracking, Source, Tracking, source_word
from decroche.understand.numbers import read_number

MOST_BYTES, MOST_ROWS = 5_000_000, 5_000
_LONGEST = 200
#: What a column says, and the headings that it is known by, without accents.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "number": ("number", "numero", "phone", "telephone", "line", "ligne", "tracking number", "numero suivi"),
    "source": ("source", "canal", "channel"),
    "campaign": ("campaign", "campagne"),
    "begins": ("begins", "debut", "start", "du", "from", "date", "depuis", "a partir du"),
    "ends": ("ends", "fin", "end", "au", "to", "jusqu'au"),
}
#: How French and English speakers call the sources that have a word.
_SOURCES: Mapping[str, Source] = {
    "adwords": Source.GOOGLE_ADS,
    "annonces en ligne": Source.ONLINE_ADS,
    "publicite en ligne": Source.ONLINE_ADS,
    "online ads": Source.ONLINE_ADS,
    "recherche naturelle": Source.ORGANIC,
    "referencement naturel": Source.ORGANIC,
    "organic search": Source.ORGANIC,
    "seo": Source.ORGANIC,
    "site": Source.WEBSITE,
    "site web": Source.WEBSITE,
    "site internet": Source.WEBSITE,
    "fiche google": Source.MAPS,
    "business profile": Source.MAPS,
    "google maps": Source.MAPS,
    "cartes et fiches": Source.MAPS,
    "maps and profiles": Source.MAPS,
    "annuaire": Source.DIRECTORY,
    "annuaires": Source.DIRECTORY,
    "directories": Source.DIRECTORY,
    "pages jaunes": Source.DIRECTORY,
    "presse": Source.PRINT,
    "imprime": Source.PRINT,
    "presse et affichage": Source.PRINT,
    "press and posters": Source.PRINT,
    "affichage": Source.PRINT,
    "radio": Source.RADIO_TV,
    "tv": Source.RADIO_TV,
    "radio et television": Source.RADIO_TV,
    "radio and television": Source.RADIO_TV,
    "courrier": Source.MAIL,
    "courriers et prospectus": Source.MAIL,
    "mailings and leaflets": Source.MAIL,
    "partenaire": Source.PARTNER,
    "partenaires": Source.PARTNER,
    "partners": Source.PARTNER,
}
_FORMS = ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%Y-%m-%d %H:%M:%S")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackedRows:
    """All rows of a file with their lines: every one is in ``rows`` or in ``refused``, but for empty ones."""

    rows: tuple[tuple[int, Tracking], ...]
    refused: tuple[Refused, ...]


def read_tracked_file(path: Path, name: str, *, region: str) -> TrackedRows:
    """The rows of a file; numbers are as written in ``region``. Raises UnusableSheet."""
    sheet = rows_of(path, name, most_bytes=MOST_BYTES, most_rows=MOST_ROWS)
    _, headings = next(sheet, (0, ()))
    places = places_of(headings, COLUMNS)
    if not {"number", "source"} <= places.keys():
        raise UnusableSheet("columns")
    rows, refused = [], []
    for line, cells in sheet:
        row = {word: cells[place].strip() if place < len(cells) else "" for word, place in places.items()}
        if not any(row.values()):
            continue
        try:
            rows.append((line, read_tracked_row(row, region=region)))
        except BadCell as error:
            refused.append(Refused(line=line, column=error.column, text=error.text[:_LONGEST]))
    return TrackedRows(rows=tuple(rows), refused=tuple(refused))


def read_tracked_row(row: Mapping[str, str], *, region: str) -> Tracking:
    """What one row or form says, in the words of COLUMNS. Raises BadCell."""
    number = read_number(row.get("number", ""), region=region).e164
    if number is None:
        raise BadCell("number", row.get("number", ""))
    written = row.get("source", "")
    source = _SOURCES.get(bare(written)) or source_word(written)
    begins = read_day(row.get("begins", ""), "begins")
    ends = read_day(row["ends"], "ends") if row.get("ends") else None
    try:
        return Tracking(
            number=number,
            source=str(source),
            campaign=" ".join(row.get("campaign", "").split()),
            begins=begins,
            ends=ends,
        )
    except BadTracking as error:
        raise BadCell(error.why, row.get(error.why, "")) from None


def read_day(text: str, column: str) -> date:
    """A day as people write it. Raises BadCell."""
    for form in _FORMS:
        try:
            return datetime.strptime(text.strip(), form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise BadCell(column, text)
