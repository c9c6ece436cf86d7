"""Brings opportunities and sales of a spreadsheet into the ledger; a file that is read again changes nothing."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from decroche.capture.files.errors import UnreadableFile
from decroche.capture.files.opening import Kind, OpenedFile, open_files
from decroche.capture.files.opportunity_rows import BadRow, OpportunityRow, Reader, columns_of
from decroche.capture.files.workbooks import read_workbook
from decroche.ledger.crm_links import match_number
from decroche.ledger.crm_tables import crm_links
from decroche.ledger.opportunities import FILE, Told, keep_told
from decroche.ledger.store import Ledger
from decroche.ledger.tables import accounts
from decroche.model.money import currency_of
from decroche.understand.matching import How, Match

#: Rows in one transaction.
_AT_ONCE = 500
#: What a heading line must say at the least: who, and what of.
_WHO, _WHAT = {"number", "email", "contact", "ref"}, {"amount", "margin", "state", "closed_at", "title"}


@dataclass(slots=True)
class ImportedOpportunities:
    """Where every row went. ``rejected``: its line, the reason and what was read; ``unread`` headings say nothing."""

    rows: int = 0
    new: int = 0
    changed: int = 0
    same: int = 0
    doubtful: int = 0
    nobody: int = 0
    rejected: list[tuple[int, str, str]] = field(default_factory=list)
    unread: tuple[str, ...] = ()
    unknown: dict[str, int] = field(default_factory=dict)


def import_opportunities(ledger: Ledger, account: str, path: Path, *, now: datetime) -> ImportedOpportunities:
    """Keep the rows of a CSV or XLSX file. Raises UnreadableFile, OSError and what the store raises."""
    with ledger.reading() as connection:
        about = connection.execute(sa.select(accounts).where(accounts.c.id == account)).one()
    region, zone = str(about.country).partition("-")[0], ZoneInfo(about.zone)
    done = ImportedOpportunities()
    with tempfile.TemporaryDirectory(prefix="decroche-") as scratch:
        for opened in open_files([path], Path(scratch)):
            lines = _lines(opened)
            _, headings = next(lines, (0, ()))
            columns = columns_of(headings)
            if not (_WHO & set(columns) and _WHAT & set(columns)):
                raise UnreadableFile("no_opportunities", file=opened.name)
            done.unread = tuple(
                title.strip() for title, name in zip(headings, columns, strict=True) if title.strip() and not name
            )
            reader = Reader(columns=columns, region=region, zone=zone, now=now)
            batch: list[OpportunityRow] = []
            for number, cells in lines:
                try:
                    batch.append(reader.row(cells))
                except BadRow as error:
                    if error.reason != "empty":
                        done.rows += 1
                        done.rejected.append((number, error.reason, error.text))
                    continue
                done.rows += 1
                if len(batch) >= _AT_ONCE:
                    _keep(ledger, account, batch, done, currency=currency_of(region), now=now)
                    batch = []
            _keep(ledger, account, batch, done, currency=currency_of(region), now=now)
            done.unknown = dict(reader.unknown)
    return done


def keep_rows(
    connection: sa.Connection,
    account: str,
    origin: str,
    rows: Sequence[OpportunityRow],
    *,
    currency: str,
    now: datetime,
) -> ImportedOpportunities:
    """Keep what rows tell, each matched to a caller."""
    told = [Told(deal=row.deal, margin=row.margin, match=_whose(connection, account, row)) for row in rows]
    kept = keep_told(connection, account, origin, told, now=now, currency=currency)
    return ImportedOpportunities(
        rows=len(rows),
        new=kept.new,
        changed=kept.changed,
        same=kept.same + kept.older,
        doubtful=sum(each.match.doubt is not None for each in told),
        nobody=sum(each.match == Match() for each in told),
    )


def _keep(
    ledger: Ledger,
    account: str,
    batch: Sequence[OpportunityRow],
    done: ImportedOpportunities,
    *,
    currency: str,
    now: datetime,
) -> None:
    if not batch:
        return
    with ledger.writing() as connection:
        kept = keep_rows(connection, account, FILE, batch, currency=currency, now=now)
    for name in ("new", "changed", "same", "doubtful", "nobody"):
        setattr(done, name, getattr(done, name) + getattr(kept, name))


def _whose(connection: sa.Connection, account: str, row: OpportunityRow) -> Match:
    """By number, then e-mail, then the id of a contact of a CRM that is connected."""
    found = match_number(connection, account, row.number, row.email)
    if found != Match() or row.contact is None:
        return found
    k = crm_links.c
    query = sa.select(k.person).where(k.account_id == account, k.contact == row.contact, k.person > 0).distinct()
    persons = list(connection.execute(query).scalars())
    return Match(persons[0], How.CRM_ID) if len(persons) == 1 else Match()


def _lines(opened: OpenedFile) -> Iterator[tuple[int, Sequence[str]]]:
    """The lines of a table with their numbers, the headings first."""
    if opened.kind is Kind.XLSX:
        for sheet in read_workbook(opened.path, opened.name).sheets:
            yield sheet.first_row - 1, sheet.names
            for number, row in enumerate(sheet.rows.to_pylist()):
                yield sheet.first_row + number, [row[name] or "" for name in sheet.names]
            return
    if opened.kind is not Kind.TEXT:
        raise UnreadableFile("no_opportunities", file=opened.name)
    with opened.path.open(encoding="utf-8-sig", newline="") as text:
        first = text.readline()
        text.seek(0)
        delimiter = max(";,\t", key=first.count)
        rows = csv.reader(text, delimiter=delimiter)
        for cells in rows:
            yield rows.line_num, cells
