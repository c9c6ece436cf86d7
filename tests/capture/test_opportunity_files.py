"""Opportunities of a spreadsheet: whatever way amounts and dates are written, each row is there once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
import xlsxwriter  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from decroche.capture.files.errors import UnreadableFile
from decroche.capture.files.opportunity_rows import BadRow, Reader, amount_of, columns_of, moment_of
from decroche.capture.opportunity_files import import_opportunities
from decroche.connector_kit.crm import DealState, Gone
from decroche.ledger.crm_tables import opportunities
from decroche.ledger.opportunities import FILE, keep_gone, sales_between
from decroche.ledger.recovery_tables import people
from decroche.ledger.setting_up import add_account
from decroche.ledger.store import Ledger
from decroche.model.money import Money
from tests.databases import opened

NOW = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)
PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    ("written", "amount", "currency"),
    [
        ("1500", "1500", None),
        ("1 500,50 €", "1500.50", "EUR"),
        ("1\u202f500,5", "1500.5", None),
        ("1,234.56", "1234.56", None),
        ("1.234,56", "1234.56", None),
        ("1,234", "1234", None),
        ("1.234.567", "1234567", None),
        ("12,5", "12.5", None),
        ("-320.00", "-320.00", None),
        ("1’200.50 CHF", "1200.50", "CHF"),
        ("950 $", "950", None),
    ],
)
def test_amounts_as_people_write_them(written: str, amount: str, currency: str | None) -> None:
    assert amount_of(written) == (Decimal(amount), currency)


@pytest.mark.parametrize("written", ["beaucoup", "1,5,0.0.1x", "--3", "€"])
def test_what_is_no_amount_is_said(written: str) -> None:
    with pytest.raises(BadRow):
        amount_of(written)


@given(st.integers(0, 10**12), st.integers(0, 99))
def test_an_amount_in_french_and_in_english_is_the_same(whole: int, cents: int) -> None:
    french = f"{whole:,}".replace(",", "\u202f") + f",{cents:02d}"
    english = f"{whole:,}.{cents:02d}"
    assert amount_of(french)[0] == amount_of(english)[0] == Decimal(f"{whole}.{cents:02d}")


@pytest.mark.parametrize(
    ("written", "region", "moment"),
    [
        ("2026-03-04", "FR", datetime(2026, 3, 3, 23, tzinfo=UTC)),
        ("2026-03-04T13:11:18Z", "FR", datetime(2026, 3, 4, 13, 11, 18, tzinfo=UTC)),
        ("04/03/2026", "FR", datetime(2026, 3, 3, 23, tzinfo=UTC)),
        ("04/03/2026 14:30", "FR", datetime(2026, 3, 4, 13, 30, tzinfo=UTC)),
        ("03/04/2026", "US", datetime(2026, 3, 3, 23, tzinfo=UTC)),
    ],
)
def test_days_as_people_write_them(written: str, region: str, moment: datetime) -> None:
    assert moment_of(written, region=region, zone=PARIS) == moment


def test_headings_in_two_languages() -> None:
    assert columns_of(["N° client", "Téléphone", "Montant", "État", "Date de vente", "Marge", "Tel"]) == (
        "", "number", "amount", "state", "closed_at", "margin", "",
    )  # fmt: skip
    assert columns_of(["Deal ID", "Phone Number", "Deal value", "Close date"]) == (
        "ref", "number", "amount", "closed_at",
    )  # fmt: skip


def test_a_row_without_a_word_for_its_state_is_a_sale_once_it_has_a_date() -> None:
    reader = Reader(columns=("number", "amount", "closed_at"), region="FR", zone=PARIS, now=NOW)
    sold = reader.row(["06 39 98 00 01", "100", "2026-03-04"])
    assert (sold.deal.state, sold.number) == (DealState.WON, 33639980001)
    assert reader.row(["06 39 98 00 01", "100", ""]).deal.state is DealState.OPEN
    told = Reader(columns=("number", "state"), region="FR", zone=PARIS, now=NOW)
    assert told.row(["06 39 98 00 01", "Perdue"]).deal.state is DealState.LOST
    assert told.row(["06 39 98 00 01", "mystère"]).deal.state is DealState.UNKNOWN
    assert told.unknown == {"mystère": 1}


@contextmanager
def garage() -> Iterator[Ledger]:
    with opened("sqlite") as ledger:
        with ledger.writing() as connection:
            add_account(
                connection, id="garage", name="Garage", country="FR", zone="Europe/Paris", language="fr", now=NOW
            )
            connection.execute(
                sa.insert(people).values(account_id="garage", person=33639980009, email="zoe@example.org")
            )
        yield ledger


def rows(ledger: Ledger) -> list[dict[str, Any]]:
    with ledger.reading() as connection:
        query = sa.select(opportunities).order_by(opportunities.c.ref)
        return [dict(row._mapping) for row in connection.execute(query)]


CSV = """Référence;Téléphone;E-mail;Montant;Marge;État;Date de vente;Vendeur;Couleur
D1;06 39 98 00 01;;1 500,50 €;320;gagnée;04/03/2026;Anne;rouge
D2;;zoe@example.org;200;;en cours;;Anne;bleu
D3;;;300;;perdue;05/03/2026;Marc;
D4;06 39 98 00 02;;cher;;ouverte;;;
"""


def test_a_file_is_read_once_however_often_it_is_given(tmp_path: Path) -> None:
    path = tmp_path / "ventes.csv"
    path.write_bytes(CSV.encode("cp1252"))
    with garage() as ledger:
        done = import_opportunities(ledger, "garage", path, now=NOW)
        assert (done.rows, done.new, done.nobody, done.unread) == (4, 3, 1, ("Couleur",))
        assert done.rejected == [(5, "amount", "cher")]
        one, two, three = rows(ledger)
        assert (one["person"], one["amount"], one["margin"], one["currency"]) == (33639980001, "1500.5", "320", "EUR")
        assert (two["person"], two["matched_by"], two["state"]) == (33639980009, "email", "open")
        assert (three["person"], three["state"]) == (None, "lost")
        again = import_opportunities(ledger, "garage", path, now=NOW + timedelta(days=1))
        assert (again.new, again.changed, again.same) == (0, 0, 3)
        assert [row["kept_at"] for row in rows(ledger)] == [NOW] * 3
        path.write_bytes(CSV.replace("en cours", "gagnée").encode("cp1252"))
        third = import_opportunities(ledger, "garage", path, now=NOW + timedelta(days=2))
        assert (third.new, third.changed, third.same) == (0, 1, 2)


def test_rows_without_a_reference_that_are_alike_are_two(tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    path.write_text("phone,amount,closed\n+33639980001,100,2026-03-04\n+33639980001,100,2026-03-04\n", encoding="utf-8")
    with garage() as ledger:
        for _ in range(2):
            import_opportunities(ledger, "garage", path, now=NOW)
            assert len(rows(ledger)) == 2


def test_a_workbook_is_read_as_well(tmp_path: Path) -> None:
    path = tmp_path / "sales.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.write_row(0, 0, ["Deal ID", "Phone", "Amount", "Status"])
    sheet.write(0, 4, "Close date")
    sheet.write_row(1, 0, ["A", "+33639980001", 1500.25, "Won"])
    sheet.write_datetime(1, 4, date(2026, 3, 4), day)
    sheet.write_row(2, 0, ["B", "+33639980002", 7, "Open"])
    book.close()
    with garage() as ledger:
        done = import_opportunities(ledger, "garage", path, now=NOW)
        assert (done.new, done.rejected) == (2, [])
        first, second = rows(ledger)
        assert (first["amount"], first["closed_at"]) == ("1500.25", datetime(2026, 3, 3, 23, tzinfo=UTC))
        assert (second["state"], second["amount"]) == ("open", "7")


def test_a_table_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with garage() as ledger, pytest.raises(UnreadableFile) as told:
        import_opportunities(ledger, "garage", path, now=NOW)
    assert told.value.word == "no_opportunities"


def test_sales_of_a_period_are_what_was_won_in_it(tmp_path: Path) -> None:
    path = tmp_path / "ventes.csv"
    path.write_text(
        "ref;montant;marge;état;date de vente;campagne\n"
        "A;100;20;gagnée;01/03/2026;Printemps\nB;200;;gagnée;31/03/2026;\nC;300;;perdue;15/03/2026;\n"
        "D;400;;gagnée;01/04/2026;\nE;;;gagnée;15/03/2026;\n",
        encoding="utf-8",
    )
    begin, end = (datetime(2026, month, 1, tzinfo=PARIS) for month in (3, 4))
    with garage() as ledger:
        import_opportunities(ledger, "garage", path, now=NOW)
        with ledger.writing() as connection:
            keep_gone(connection, "garage", FILE, [Gone(ref="B")], now=NOW)
            found = sales_between(connection, "garage", begin, end)
    assert [(each.revenue, each.margin, each.campaign) for each in found] == [
        (Money.of(100, "EUR"), Money.of(20, "EUR"), "Printemps"),
        (None, None, None),
    ]
