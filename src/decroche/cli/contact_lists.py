"""A list of people to contact, as a spreadsheet has it: each row read as an outreach and what is known."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time
from enum import StrEnum
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from decroche.rules.outreach import (
    CallbackRequest,
    Consent,
    Known,
    Means,
    OptOut,
    Outreach,
    Purpose,
    Refusal,
    Sector,
)
from decroche.understand.numbers import read_number

#: What a column says, and the headings it is known by, without accents.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "number": ("number", "phone", "numero", "telephone", "tel"),
    "means": ("means", "moyen", "canal"),
    "purpose": ("purpose", "objet", "but"),
    "at": ("at", "when", "quand", "envoi"),
    "date": ("date", "jour"),
    "time": ("time", "heure"),
    "missed_at": ("missed at", "appel manque"),
    "consent_at": ("consent", "consent at", "consentement"),
    "consent_evidence": ("consent evidence", "evidence", "preuve"),
    "consent_written": ("consent written", "written", "ecrit"),
    "opted_out_at": ("opted out", "opt out", "desinscription", "desabonnement", "stop"),
    "refused_at": ("refused", "refus"),
    "requested_at": ("requested", "callback requested", "rappel demande"),
    "inquired_at": ("inquiry", "last inquiry", "demande"),
    "bought_at": ("purchase", "last purchase", "achat"),
    "contract": ("contract", "contrat"),
    "list_checked_at": ("list checked", "liste consultee"),
    "listed": ("listed", "inscrit"),
    "consumer": ("consumer", "consommateur"),
    "staff": ("staff", "collaborateur"),
    "sector": ("sector", "secteur"),
    "sender": ("sender", "expediteur"),
    "language": ("language", "langue"),
    "promotional": ("promotional", "promotionnel"),
    "machine_disclosed": ("machine disclosed", "ia annoncee"),
}
_FORMS = ("%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%d/%m/%Y %H:%M", "%Y-%m-%d", "%d/%m/%Y")
_YES = frozenset({"yes", "y", "oui", "o", "true", "vrai", "1", "x"})
_NO = frozenset({"no", "n", "non", "false", "faux", "0", ""})
Word = TypeVar("Word", bound=StrEnum)


class BadRow(ValueError):
    """A row that cannot be read: ``reason`` is a key of the sayings, ``text`` what was read."""

    def __init__(self, reason: str, text: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.text = text


class NoNumbers(ValueError):
    """The list has no column of numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactList:
    """``columns``: by place in a row, what it says (empty when nothing we read). ``rows``: number of line, cells."""

    columns: tuple[str, ...]
    headings: tuple[str, ...]
    rows: Iterator[tuple[int, list[str]]]

    @property
    def unread(self) -> tuple[str, ...]:
        """Headings that say nothing to us."""
        return tuple(title for title, name in zip(self.headings, self.columns, strict=True) if not name and title)


def open_list(path: Path) -> ContactList:
    """The list in a CSV file (comma, semicolon or tab; UTF-8 or Windows), read row by row.

    Raises ``NoNumbers``, and ``OSError`` when it cannot be read.
    """
    rows = _cells(path)
    _, headings = next(rows, (0, []))
    columns = tuple(_column(heading) for heading in headings)
    if "number" not in columns:
        raise NoNumbers
    return ContactList(columns=columns, headings=tuple(heading.strip() for heading in headings), rows=rows)


def read_row(
    columns: tuple[str, ...], cells: list[str], *, usual: Outreach, region: str, zone: ZoneInfo
) -> tuple[Outreach, Known]:
    """The outreach of a row, its gaps filled from ``usual``, and what the row knows. Raises ``BadRow``."""
    if len(cells) > len(columns) and any(cell.strip() for cell in cells[len(columns) :]):
        raise BadRow("rejected_cells")
    row = {name: cell.strip() for name, cell in zip(columns, cells, strict=False) if name and cell.strip()}
    party = read_number(row.get("number"), region=region)
    if party.e164 is None:
        raise BadRow("rejected_number")

    def moment(name: str) -> datetime | None:
        return read_moment(row[name], zone) if name in row else None

    def truth(name: str) -> bool:
        word = plain(row.get(name, ""))
        if word not in _YES | _NO:
            raise BadRow("rejected_word", row[name])
        return word in _YES

    at = moment("at") or usual.at
    if "date" in row or "time" in row:
        local = usual.at.astimezone(zone)
        at = read_moment(f"{row.get('date', f'{local:%Y-%m-%d}')} {row.get('time', f'{local:%H:%M}')}", zone)
    outreach = replace(
        usual,
        recipient=party.e164,
        at=at,
        means=word_of(Means, row["means"]) if "means" in row else usual.means,
        purpose=word_of(Purpose, row["purpose"]) if "purpose" in row else usual.purpose,
        sector=word_of(Sector, row["sector"]) if "sector" in row else usual.sector,
        sender=row.get("sender", usual.sender),
        language=row.get("language", usual.language),
        missed_at=moment("missed_at"),
        promotional=truth("promotional"),
        ai_disclosed=truth("machine_disclosed") if "machine_disclosed" in row else None,
    )
    consent, no, asked = (moment(name) for name in ("consent_at", "refused_at", "requested_at"))
    # Many lists only say that a person opted out: it holds then whenever it was.
    said = plain(row.get("opted_out_at", ""))
    stop = at if said in _YES else None if said in _NO else moment("opted_out_at")
    evidence, written = row.get("consent_evidence", ""), truth("consent_written")
    return outreach, Known(
        consents=(Consent(at=consent, evidence=evidence, written=written),) if consent else (),
        opt_outs=(OptOut(at=stop),) if stop else (),
        refusals=(Refusal(at=no),) if no else (),
        request=CallbackRequest(asked_at=asked) if asked else None,
        last_inquiry_at=moment("inquired_at"),
        last_purchase_at=moment("bought_at"),
        contract_in_progress="contract" in row,
        contract_ref=row.get("contract", ""),
        register_checked_at=moment("list_checked_at"),
        register_listed=truth("listed"),
        is_consumer=truth("consumer") if "consumer" in row else True,
        staff=truth("staff"),
    )


def read_moment(text: str, zone: ZoneInfo) -> datetime:
    """A date and time as spreadsheets write them; a date alone is its midnight. Raises ``BadRow``."""
    for form in _FORMS:
        try:
            return datetime.strptime(text.strip(), form).replace(tzinfo=zone)
        except ValueError:
            continue
    try:
        told = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise BadRow("rejected_moment", text) from error
    return told if told.tzinfo else datetime.combine(told.date(), time(told.hour, told.minute), zone)


def word_of(kind: type[Word], text: str) -> Word:
    """The word of ``kind`` that a cell or option says. Raises ``BadRow``."""
    said = plain(text).replace(" ", "_")
    try:
        return kind(_FRENCH.get(said, said))
    except ValueError as error:
        raise BadRow("rejected_word", text) from error


#: The words of screens for what is written in English in files.
_FRENCH: Mapping[str, str] = {
    "sms": "text",
    "texto": "text",
    "appel": "call",
    "appel_automatique": "automated_call",
    "courriel": "email",
    "e_mail": "email",
    "reponse": "reply",
    "demande": "requested",
    "rappel_demande": "requested",
    "confirmation": "confirmation",
    "rappel_de_rendez_vous": "reminder",
    "relance": "follow_up",
    "enquete": "survey",
    "promotion": "promotion",
    "prospection": "promotion",
    "renovation_energetique": "energy_renovation",
    "adaptation_du_logement": "home_adaptation",
}


def plain(text: str) -> str:
    """Small letters without accents, words separated by one space."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(sign if sign.isalnum() else " " for sign in letters if not unicodedata.combining(sign))
    return " ".join(kept.split())


def _column(heading: str) -> str:
    said = plain(heading)
    return next((name for name, known in COLUMNS.items() if said in (*known, plain(name))), "")


def _cells(path: Path) -> Iterator[tuple[int, list[str]]]:
    encoding = _encoding(path)
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        first = file.readline()
        separator = max(";,\t", key=first.count)
        file.seek(0)
        reader = csv.reader(file, delimiter=separator)
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, cells


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        try:
            for line in file:
                line.decode("utf-8")
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8-sig"
