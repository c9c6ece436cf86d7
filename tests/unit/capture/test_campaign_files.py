"""Campaigns' files as people have them: columns recognised in French and in English, every row accounted for."""

from __future__ import annotations

import gzip
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import xlsxwriter  # type: ignore[import-untyped]

from decroche.capture.files.campaign_guess import NoResult
from decroche.capture.files.campaign_mapping import CampaignMapping, read_campaign_mapping, written_mapping
from decroche.capture.files.campaign_reading import CampaignReading, CampaignRequest, count_files
from decroche.capture.files.campaign_words import heading_of, result_of
from decroche.capture.files.mapping import MappingError
from decroche.model.campaign import CampaignCounts, GroupKind, Row

NOW = datetime(2026, 11, 1, tzinfo=UTC)

BANK = """"age";"job";"contact";"day";"month";"duration";"campaign";"pdays";"previous";"poutcome";"y"
58;"management";"unknown";5;"may";261;1;-1;0;"unknown";"no"
44;"technician";"unknown";5;"may";151;1;-1;0;"unknown";"yes"
33;"management";"cellular";5;"jun";76;2;-1;0;"unknown";"no"
47;"technician";"cellular";6;"jun";92;3;12;2;"failure";"yes"
35;"management";"cellular";6;"jun";139;1;30;1;"success";"no"
28;"technician";"telephone";7;"may";0;2;-1;0;"unknown";"no"
"""

FRENCH = """Date appel;Heure;Téléphone;Agent;Argumentaire;Résultat;Montant HT;Ville
02/03/2026;09:12;06 11 22 33 44;Léa;A;Absent;;Lyon
02/03/2026;09:20;06 11 22 33 55;Léa;B;RDV pris;;Lyon
03/03/2026;14:05;06 11 22 33 44;Tom;A;Vente;1 250,50 €;Lyon
03/03/2026;14:40;06 11 22 33 66;Tom;B;Refus - pas intéressé;;Lille
04/03/2026;10:00;06 11 22 33 77;Tom;A;Répondeur;;Lille
04/03/2026;10:30;06 11 22 33 77;Léa;B;Truc inconnu;;Lille
13/03/2026;11:00;06 11 22 33 66;Léa;A;RDV pris;;Lille
13/03/2026;11:00;06 11 22 33 66;Léa;A;RDV pris;;Lille
99/99/2026;11:00;06 11 22 33 88;Léa;A;Absent;;Lille
Total;;;;;;1 250,50 €;
"""

ENGLISH = """lead_id,first_called,call_attempts,reached,qualified,sold,sale_amount,sold_on,segment
1,2026-01-05 09:00,1,yes,yes,yes,1200.00,2026-02-01,gold
2,2026-01-05 10:00,3,no,no,no,,,gold
3,2026-01-06 11:30,2,yes,no,no,,,silver
4,2026-01-07 09:00,4,yes,yes,no,,,silver
5,2026-01-12 16:00,0,no,no,no,,,silver
6,2026-01-13 16:00,x,no,no,no,,,silver
"""


def counted(
    folder: Path, text: str, *, name: str = "campaign.csv", mapping: CampaignMapping | None = None, **given: list[str]
) -> tuple[CampaignReading, CampaignCounts]:
    path = folder / name
    data = text.encode()
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return count_files(
        CampaignRequest(paths=[path], scratch=folder / "scratch", now=NOW, mapping=mapping, given=given),
        memory="200MB",
    )


def words(reading: CampaignReading) -> set[str]:
    return {sentence.word for sentence in reading.sentences}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "scratch").mkdir()
    return tmp_path


def test_a_person_a_row_with_codes_for_headings_and_an_earlier_campaign_beside(folder: Path) -> None:
    reading, counts = counted(folder, BANK, name="bank.csv.gz")
    assert (counts.row, counts.total.people, counts.total.dials) == (Row.PERSON, 6, 10)
    assert (counts.total.opportunities, counts.total.sales) == (2, None)
    assert counts.total.contacts == 5
    assert reading.mapping.opportunity is not None and reading.mapping.opportunity.column == "y"
    assert words(reading) >= {"campaign.of_before", "campaign.no_dates", "campaign.reached_from_talk"}
    assert {"job", "contact", "month", "poutcome"} <= {group.column for group in counts.groups}


def test_a_french_table_of_dials(folder: Path) -> None:
    reading, counts = counted(folder, FRENCH)
    assert (counts.row, counts.total.people, counts.total.dials) == (Row.DIAL, 4, 7)
    assert (counts.total.contacts, counts.total.opportunities, counts.total.sales) == (4, 3, 1)
    assert str(counts.total.revenue) == "1250.50"
    assert reading.ignored == {"duplicate": 1, "total_row": 1}
    assert reading.rejected == {"date_unreadable": 1}
    assert reading.rows_read == reading.kept + 3 == 10
    assert (counts.first, counts.last) == (date(2026, 3, 2), date(2026, 3, 13))
    assert {(group.kind, group.value) for group in counts.groups} >= {
        (GroupKind.SCRIPT, "A"), (GroupKind.SEGMENT, "Lyon"), (GroupKind.HOUR, "09"), (GroupKind.WEEKDAY, "1"),
    }  # fmt: skip
    unknown = next(sentence for sentence in reading.sentences if sentence.word == "campaign.words_unknown")
    assert "Truc inconnu" in unknown.french


def test_an_english_table_of_people_with_sales(folder: Path) -> None:
    reading, counts = counted(folder, ENGLISH)
    assert (counts.row, counts.total.people, counts.total.dials) == (Row.PERSON, 4, 10)
    assert (counts.total.contacts, counts.total.opportunities, counts.total.sales) == (3, 2, 1)
    assert reading.ignored == {"never_dialled": 1}
    assert reading.rejected == {"dials_unreadable": 1}
    assert [cell.sold_after for cell in counts.followed if cell.sold_after is not None] == [27]


def test_a_workbook_and_columns_that_somebody_names(folder: Path) -> None:
    path = folder / "campaign.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Campagne")
        rows = [["Fiche", "Essais faits", "CarInsurance"], *([str(n), n % 3 + 1, int(n % 4 == 0)] for n in range(40))]
        for place, row in enumerate(rows):
            sheet.write_row(place, 0, row)
    request = CampaignRequest(
        paths=[path],
        scratch=folder / "scratch",
        now=NOW,
        given={"opportunity": ["CarInsurance"], "dials": ["essais faits"]},
    )
    _, counts = count_files(request, memory="200MB")
    assert (counts.total.people, counts.total.dials, counts.total.opportunities) == (40, 79, 10)


def test_what_came_of_the_calls_must_be_told(folder: Path) -> None:
    with pytest.raises(NoResult) as refused:
        counted(folder, "phone,colour\n" + "".join(f"06000000{n:02},{'red' if n % 2 else 'blue'}\n" for n in range(30)))
    assert "colour (" in str(refused.value.values_said["candidates"])
    with pytest.raises(MappingError) as unknown:
        counted(folder, ENGLISH, opportunity=["nothing"])
    assert unknown.value.word == "campaign.column_absent"
    with pytest.raises(MappingError) as use:
        counted(folder, ENGLISH, colour=["segment"])
    assert use.value.word == "campaign.column_use"


def test_a_result_of_before_is_known_by_where_it_stands(folder: Path) -> None:
    rows = "".join(
        f"{n},{n % 3 + 1},{n % 2},{('success' if n % 4 == 1 else 'failure') if n % 2 else 'NA'},{int(n % 5 == 0)}\n"
        for n in range(60)
    )
    reading, counts = counted(folder, "Id,NoOfContacts,PrevAttempts,Outcome,Converted\n" + rows)
    assert reading.mapping.opportunity is not None and reading.mapping.opportunity.column == "Converted"
    assert "campaign.of_before" in words(reading)
    assert counts.total.opportunities == 12


def test_what_alternates_from_row_to_row_is_seen(folder: Path) -> None:
    rows = "".join(f"{n},{'AB'[n % 2]},{'yes' if n % 10 == 0 else 'no'}\n" for n in range(9000))
    reading, counts = counted(folder, "lead id,script,converted\n" + rows)
    assert reading.mapping.script == "script"
    assert {group.value: group.tally.people for group in counts.groups} == {"A": 4500, "B": 4500}


def test_a_mapping_says_the_same_again(folder: Path) -> None:
    reading, counts = counted(folder, FRENCH)
    path = folder / "mapping.toml"
    path.write_text(written_mapping(reading.mapping), encoding="utf-8")
    assert read_campaign_mapping(path) == reading.mapping
    again, counts_again = counted(folder, FRENCH, mapping=read_campaign_mapping(path))
    assert counts_again == counts and again.guess is None
    path.write_text('rows = "call"\n', encoding="utf-8")
    with pytest.raises(MappingError):
        read_campaign_mapping(path)


@pytest.mark.parametrize(
    ("word", "sense"),
    [
        ("RDV pris", "opportunity"),
        ("03 - Refus", "reached"),
        ("Pas intéressé", "reached"),
        ("NO_ANSWER", "unreached"),
        ("Closed Won", "sale"),
        ("Vente conclue par téléphone", "sale"),
        ("Pas de vente", None),
        ("Bleu", None),
    ],
)
def test_results_are_known_by_their_words(word: str, sense: str | None) -> None:
    assert result_of(word) == sense


def test_headings_of_an_earlier_campaign_have_no_use() -> None:
    assert heading_of("previous contacts", "dials") == 0
    assert heading_of("Nb tentatives", "dials") == 0.95 == heading_of("Nombre d'appels", "dials")
