"""Cost lines from spreadsheets: French and English, both ways of writing numbers, and every bad row told."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter  # type: ignore[import-untyped]

from decroche.capture.cost_files import BadCell, read_cost_file, read_row, read_shares
from decroche.capture.sheet_rows import UnusableSheet
from decroche.model.cost import Among, CostKind, Key, Nature, Rhythm, Sharing
from decroche.model.money import Money

FRENCH = """\
Poste;Libellé;Montant;Rythme;Début;Fin;Par appel;Réparti entre;Clé;Parts
Salaires;Accueil Lyon;9 000,00 €;Mensuel;01/01/2026;;;;;
Téléphonie;Opérateur;450,50;par mois;2026-01-01;31/12/2026;oui;Files;appels;
Formation;Prise d'appel;1 200;une fois;15.03.2026;;non;sites;parts fixes;"Lyon=50 % ; Nice=0,25"

Publicité;;-5;mensuel;2026-01-01;;;;;
Outils;CRM;12;de temps en temps;2026-01-01;;;;;
Outils;CRM;12;mensuel;2026-13-01;;;;;
Outils;CRM;12;mensuel;2026-02-01;2026-01-01;;;;
Outils;CRM;12;mensuel;2026-02-01;;;;appels;
"""


def test_a_french_file(tmp_path: Path) -> None:
    path = tmp_path / "couts.csv"
    path.write_bytes(FRENCH.encode("cp1252"))
    found = read_cost_file(path, path.name, currency="EUR")
    first, second, third = found.lines
    assert (first.kind, first.label, first.amount, first.rhythm) == (
        CostKind.SALARIES, "Accueil Lyon", Money(Decimal("9000.00"), "EUR"), Rhythm.MONTHLY,
    )  # fmt: skip
    assert (first.begins, first.ends, first.nature, first.sharing) == (date(2026, 1, 1), None, Nature.DIRECT, None)
    assert second.per_call and second.ends == date(2026, 12, 31)
    assert second.sharing == Sharing(among=Among.QUEUE, key=Key.CALLS)
    assert (third.amount.amount, third.nature, third.begins) == (
        Decimal(1200), Nature.INDIRECT, date(2026, 3, 15),
    )  # fmt: skip
    assert third.sharing == Sharing(among=Among.SITE, key=Key.FIXED, shares={"Lyon": 0.5, "Nice": 0.25})
    assert [(each.line, each.column) for each in found.refused] == [
        (6, "amount"), (7, "rhythm"), (8, "begins"), (9, "ends"), (10, "among"),
    ]  # fmt: skip


def test_an_english_workbook(tmp_path: Path) -> None:
    path = tmp_path / "costs.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["kind", "label", "amount", "rhythm", "begins", "ends"])
        sheet.write_row(1, 0, ["licences", "PBX", 120.5, "monthly", "2026-01-01", ""])
        sheet.write_string(2, 1, "=1+1")
        sheet.write_row(2, 0, ["salaries"])
        sheet.write_row(2, 2, ["9,000.00", "annual", "2026-01-01", "2026-06-30"])
    found = read_cost_file(path, path.name, currency="CAD")
    assert [(each.kind, each.label, str(each.amount)) for each in found.lines] == [
        (CostKind.LICENCES, "PBX", "120.5 CAD"), (CostKind.SALARIES, "=1+1", "9000.00 CAD"),
    ]  # fmt: skip
    assert not found.refused


@pytest.mark.parametrize(
    ("why", "content"),
    [
        ("columns", b"a;b\n1;2\n"),
        ("columns", b""),
        ("damaged", b"PK\x03\x04 no archive"),
        ("damaged", b"montant;debut\n\x00;1\n"),
        ("large", b"montant;debut\n" + b";\n" * 20_001),
    ],
)
def test_some_files_hold_no_costs(why: str, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(UnusableSheet) as error:
        read_cost_file(path, "file", currency="EUR")
    assert error.value.why == why


@pytest.mark.parametrize(
    ("column", "row"),
    [
        ("currency", {"currency": "euros"}),
        ("currency", {"currency": "CAD"}),
        ("per_call", {"per_call": "perhaps"}),
        ("label", {"label": "a\x07"}),
        ("key", {"among": "campaign", "key": "calls"}),
        ("shares", {"among": "site", "key": "fixed", "shares": "Lyon=80 %; Nice=30 %"}),
        ("shares", {"among": "site", "key": "fixed", "shares": "Lyon"}),
        ("shares", {"among": "site", "key": "fixed"}),
        ("amount", {"amount": "nan"}),
        ("amount", {"amount": "1.200"}),
        ("amount", {"amount": "1,200,000"}),
        ("amount", {"amount": "1e9"}),
    ],
)
def test_a_bad_cell_is_named(column: str, row: dict[str, str]) -> None:
    with pytest.raises(BadCell) as error:
        read_row({"amount": "1", "begins": "2026-01-01", **row}, currency="EUR")
    assert error.value.column == column


def test_names_share_by_a_key_and_numbers_share_as_told() -> None:
    assert read_shares("Lyon; Nice;", fixed=False) == {"Lyon": 1.0, "Nice": 1.0}
    assert read_shares("A=B=12,5 %", fixed=True) == {"A=B": 0.125}
