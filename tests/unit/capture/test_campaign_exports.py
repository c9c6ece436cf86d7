"""Exports of diallers, CRMs and spreadsheets as they come: each is read with no help, and counts what it tells."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from decroche.capture.files.campaign_words import heading_of, result_of
from decroche.model.campaign import Row
from tests.unit.capture.test_campaign_files import counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An export, and what of it is counted: people, dials, contacts, opportunities, sales, and what was sold."""

    text: str
    row: Row
    counts: tuple[int | None, ...]
    revenue: str | None = None


# The ids of leads are numbers and no opportunities; the codes are those of the dialler.
VICIDIAL = """call_date\tphone_number_dialed\tstatus\tuser\tlength_in_sec\tlead_id\tlist_id
2026-03-02 09:00:00\t15145550001\tNA\t6666\t0\t1001\t998
2026-03-02 09:05:00\t15145550002\tSALE\t6666\t120\t1002\t998
2026-03-02 09:10:00\t15145550003\tNI\t6666\t40\t1003\t998
2026-03-02 09:15:00\t15145550004\tCALLBK\t6666\t35\t1004\t998
2026-03-02 09:20:00\t15145550001\tXFER\t6666\t60\t1001\t998
2026-03-02 09:25:00\t15145550005\tPDROP\t6666\t2\t1005\t998
2026-03-02 09:30:00\t15145550006\tA\t6666\t9\t1006\t998
"""
FIVE9 = """CALL ID,TIMESTAMP,CALL TYPE,DISPOSITION,ANI,DNIS,TALK TIME,CAMPAIGN
1,"Mon, 02 Mar 2026 09:00:00",Outbound,No Answer,5145550000,4385550001,00:00:00,Q1
2,"Mon, 02 Mar 2026 09:03:00",Outbound,Operator Intercept,5145550000,4385550002,00:00:00,Q1
3,"Mon, 02 Mar 2026 09:06:00",Outbound,Appointment Set,5145550000,4385550003,00:03:10,Q1
4,"Mon, 02 Mar 2026 09:09:00",Outbound,Not Interested,5145550000,4385550001,00:00:40,Q1
5,"Mon, 02 Mar 2026 09:12:00",Outbound,Sale,5145550000,4385550004,00:05:00,Q1
"""
# Who picked up stands in another column than what they wanted: it is no part to compare, it tells contacts.
CALLHIPPO = """Call Time,Type,From,To,Status,Duration,Disposition
"02 Mar, 2026 09:00 AM",Outgoing,+15145550000,+14385550001,Completed,2:10,Interested
"02 Mar, 2026 09:06 AM",Outgoing,+15145550000,+14385550002,Unanswered,0:00,
"02 Mar, 2026 09:12 AM",Outgoing,+15145550000,+14385550003,Completed,1:10,
"02 Mar, 2026 09:18 AM",Outgoing,+15145550000,+14385550001,Completed,0:40,Meeting Scheduled
"02 Mar, 2026 09:24 AM",Outgoing,+15145550000,+14385550004,Completed,0:30,Call Later
"02 Mar, 2026 09:30 AM",Outgoing,+15145550000,+14385550005,Cancelled,0:00,
"""
GERMAN = """Kundennummer;Telefon;Anzahl Anrufversuche;Letzter Kontakt;Ergebnis;Umsatz (€);Branche
10001;+49 30 100001;3;02.03.2026;Nicht erreicht;;Bau
10002;+49 30 100002;1;03.03.2026;Kein Interesse;;Bau
10003;+49 30 100003;2;04.03.2026;Termin vereinbart;;Handel
10004;+49 30 100004;4;05.03.2026;Verkauf;1.234,50;Handel
10005;+49 30 100005;1;26.03.2026;Anrufbeantworter;;Handel
"""
# Written by people; the list was joined twice.
IN_WORDS = """Lead ID,Attempts,First Called,Last Called,Outcome,Deal Value
L1,3,03/02/2026,03/07/2026,Left VM - no callback,
L2,1,03/02/2026,03/27/2026,Spoke - not a fit,
L3,2,03/03/2026,03/08/2026,Spoke - booked demo,
L4,4,03/03/2026,03/08/2026,Spoke - closed/won,"$1,250.00"
L5,1,03/04/2026,03/09/2026,No pickup,
L3,2,03/03/2026,03/08/2026,Spoke - booked demo,
"""
HUBSPOT = "Record ID,Activity date,Call outcome,Associated Deal,Call direction,To number\n" + "".join(
    f"{9000 + n},2026-03-02 09:{n:02d},{'Connected' if n % 2 else 'No answer'},"
    f"{f'Deal {n}' if n % 2 else ''},OUTBOUND,+1514555{n % 40:04d}\n"
    for n in range(60)
)
AIRCALL = """datetime (UTC),direction,from,to,answered,duration (in call),tags
2026-03-02T09:00:00Z,outbound,+33199000001,+33600000001,Yes,130,RDV
2026-03-02T09:05:00Z,outbound,+33199000001,+33600000002,No,0,
2026-03-02T09:10:00Z,outbound,+33199000001,+33600000003,Yes,30,Pas intéressé
2026-03-02T09:15:00Z,outbound,+33199000001,+33600000002,Yes,60,A rappeler
"""
# Thousands behind a comma, years of two digits, people who were never dialled.
BRITISH = """prospect_ref,dials,contacted,last_outcome,qualified?,won?,order value (GBP),last dial
P-1,0,N,n/a,N,N,,02-Mar-26
P-2,3,Y,spoke,Y,Y,"£1,618",03-Mar-26
P-3,2,N,n/a,N,N,,04-Mar-26
P-4,1,Y,spoke,Y,N,,05-Mar-26
"""
CASES = {
    "vicidial": Case(text=VICIDIAL, row=Row.DIAL, counts=(6, 7, 4, 1, 1)),
    "five9": Case(text=FIVE9, row=Row.DIAL, counts=(4, 5, 3, 2, 1)),
    "callhippo": Case(text=CALLHIPPO, row=Row.DIAL, counts=(5, 6, 4, 1, None)),
    "german": Case(text=GERMAN, row=Row.PERSON, counts=(5, 11, 3, 2, 1), revenue="1234.50"),
    "in_words": Case(text=IN_WORDS, row=Row.PERSON, counts=(5, 11, 3, 2, 1), revenue="1250.00"),
    "hubspot": Case(text=HUBSPOT, row=Row.DIAL, counts=(40, 60, 30, 20, None)),
    "aircall": Case(text=AIRCALL, row=Row.DIAL, counts=(3, 4, 3, 1, None)),
    "british": Case(text=BRITISH, row=Row.PERSON, counts=(3, 6, 2, 2, 1), revenue="1618.00"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "scratch").mkdir()
    return tmp_path


@pytest.mark.hard
@pytest.mark.parametrize("name", CASES)
def test_an_export_is_read_with_no_help(folder: Path, name: str) -> None:
    case = CASES[name]
    reading, counts = counted(folder, case.text)
    total = counts.total
    assert (total.people, total.dials, total.contacts, total.opportunities, total.sales) == case.counts
    assert counts.row is case.row and counts.first is not None
    assert case.revenue is None or str(total.revenue) == case.revenue
    assert not reading.rejected and not {"Status", "last_outcome"} & set(reading.mapping.segments)


def test_what_a_result_means() -> None:
    for sense, told in {
        "unreached": ("Left VM - no callback", "No pickup", "NA", "Anrufbeantworter", "Nicht erreicht", "No answer"),
        "reached": ("NI", "Kein Interesse", "Pas intéressé", "Call Later", "Spoke - not a fit", "Call Back", "no"),
        "opportunity": ("Termin vereinbart", "Meeting Scheduled", "Spoke - booked demo", "RDV pris"),
        "sale": ("SALE", "Sale Made", "Verkauf", "Spoke - closed/won", "Vente"),
    }.items():
        assert [result_of(word) for word in told] == [sense] * len(told)
    # A code of a dialler means something alone; what denies beside an unknown word nothing.
    assert result_of("plan b") is None and result_of("no clue") is None


def test_a_number_names_people_better_than_a_name() -> None:
    assert heading_of("Tél.", "person") > heading_of("Nom", "person") >= 0.5
    assert heading_of("Anzahl Anrufe", "dials") == heading_of("DNIS", "person") == 1.0
