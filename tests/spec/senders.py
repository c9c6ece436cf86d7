"""The page on numbers: which may be shown to people, and which take texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from decroche.rules.outreach import Means, Purpose
from decroche.rules.recipient import recipient
from decroche.rules.sender import Sending, check_sender, sender_kind
from tests.spec.spec import Page, Spec
from tests.spec.table import Rows


def checked(rows: Rows) -> Sequence[Mapping[str, object]]:
    """Each sender, what kind it is in its country, and the rules against using it so."""
    found = []
    for row in rows:
        country, sender = str(row["country"]), str(row["sender"]).strip("'")
        purpose = row.get("purpose")
        sending = Sending(
            means=Means(str(row["means"])),
            purposes=frozenset({Purpose(str(purpose))}) if purpose else frozenset(),
            expects_reply=bool(row.get("replies")),
        )
        against = check_sender(sender, country=country, sending=sending)
        found.append(
            {
                "kind": str(sender_kind(sender, country)),
                "by": " ".join(dict.fromkeys(each.rule for each in against)) or None,
            }
        )
    return found


def reached(rows: Rows) -> Sequence[Mapping[str, object]]:
    """Each number, where it lies, and whether it takes texts."""
    return [_reached(row) for row in rows]


def _reached(row: Mapping[str, Any]) -> Mapping[str, object]:
    place = recipient(int(str(row["number"]).replace(" ", "").lstrip("+")))
    region = place.subdivision or ""
    return {
        "country": place.country or None,
        "subdivision": int(region) if region.isdigit() else region or None,
        "kind": place.kind,
        "texts": {"yes": True, "no": False}.get(str(place.texts), "try"),
        "zones": " ".join(place.zones) if len(place.zones) < 3 else "several",
    }


SPECS = (
    Spec(
        title="The number or name shown",
        prose="""
            Looked at when a sender is set up, and again before each contact. In France platforms show no 06 or 07,
            converse from 0937 to 0939 or a short number, and call automatically from a verified (NPV) or special
            number. A name takes no replies anywhere, and does not pass in North America.
        """,
        given="""
            country | sender          | means          | purpose   | replies || kind              | by
            --------+-----------------+----------------+-----------+---------++-------------------+--------------------
            FR      | +33612345678    | text           | reply     |         || mobile            | CALL-08-06
            FR      | 06 12 34 56 78  | text           | promotion |         || mobile            | SMS-07 CALL-08-06
            FR      | GARAGE          | text           | reply     |         || alphanumeric      |
            FR      | GARAGE          | text           | reply     | yes     || alphanumeric      | SMS-08-REPLY SMS-08
            FR      | 09 37 12 34 56  | text           | reply     | yes     || conversation      |
            FR      | +33 9 39 123456 | text           | reply     | yes     || conversation      |
            FR      | 01 42 34 56 78  | text           | reply     | yes     || fixed             | SMS-08
            FR      | 36123           | text           | promotion | yes     || short_information |
            FR      | 38123           | text           | promotion |         || short_transaction | SMS-07
            FR      | 38123           | text           | reply     | yes     || short_transaction |
            FR      | 01 62 00 12 34  | automated_call |           |         || verified          |
            FR      | 09 47 51 23 45  | automated_call |           |         || verified          |
            FR      | 01 42 34 56 78  | automated_call |           |         || fixed             | CALL-08
            FR      | 01 42 34 56 78  | call           | promotion |         || fixed             |
            FR      | 07 12 34 56 78  | call           | reply     |         || mobile            | CALL-08-06
            FR      | anonymous       | call           | promotion |         || withheld          | CALL-06
            FR      | 0 800 123 456   | automated_call |           |         || special           |
            FR      | 08 99 12 34 56  | automated_call |           |         || premium           | CALL-08
            FR      | +1 514 555 0199 | text           | reply     |         || long              |
            CA      | 514 555 0199    | text           | reply     | yes     || long              |
            CA      | +1 514 555 0199 | text           | reply     | yes     || long              |
            CA      | 1 800 555 0199  | text           | reply     | yes     || toll_free         |
            CA      | GARAGE          | text           | reply     |         || alphanumeric      | SENDER-CA
            BE      | 0470 12 34 56   | text           | reply     | yes     || mobile            |
            CH      | 079 123 45 67   | text           | reply     | yes     || mobile            |
        """,
        plain=checked,
        defines=(check_sender, sender_kind),
    ),
    Spec(
        title="Which numbers take texts",
        prose="""
            By the numbering plan. In North America it says nothing: the first text is the test, and a line that
            refused one is remembered. The numbers that ARCEP keeps for films are invalid in the plan; demonstrations
            use them as mobiles.
        """,
        given="""
            number            || country | subdivision | kind      | texts | zones
            ------------------++---------+-------------+-----------+-------+------------------------------
            +33 6 12 34 56 78 || FR      |             | mobile    | yes   | Europe/Paris
            +33 7 45 67 89 01 || FR      |             | mobile    | yes   | Europe/Paris
            +33 7 00 00 00 01 || FR      |             | invalid   | no    | Europe/Paris
            +33 7 29 99 99 99 || FR      |             | invalid   | no    | Europe/Paris
            +33 6 39 98 00 12 || FR      |             | mobile    | yes   | Europe/Paris
            +33 1 42 34 56 78 || FR      |             | fixed     | no    | Europe/Paris
            +33 9 39 12 34 56 || FR      |             | voip      | no    | Europe/Paris
            +33 800 123 456   || FR      |             | toll_free | no    | Europe/Paris
            +262 692 12 34 56 || FR      | 974         | mobile    | yes   | Indian/Mayotte Indian/Reunion
            +590 690 12 34 56 || FR      | 971         | mobile    | yes   | America/Guadeloupe
            +596 696 12 34 56 || FR      | 972         | mobile    | yes   | America/Martinique
            +32 470 12 34 56  || BE      |             | mobile    | yes   | Europe/Brussels
            +32 2 555 12 12   || BE      |             | fixed     | no    | Europe/Brussels
            +41 79 123 45 67  || CH      |             | mobile    | yes   | Europe/Zurich
            +41 22 123 45 67  || CH      |             | fixed     | no    | Europe/Zurich
            +1 514 555 0199   || CA      | QC          | either    | try   | America/Toronto
            +1 401 555 0123   || US      | RI          | either    | try   | America/New_York
            +1 702 555 0123   || US      |             | either    | try   | America/Los_Angeles
            +1 800 555 0199   || US      |             | toll_free | no    | several
            +44 7400 123456   || GB      |             | mobile    | yes   | several
        """,
        plain=reached,
        defines=(recipient,),
    ),
)

PAGE = Page(
    name="senders",
    title="Numbers that write, call and receive",
    intro="""
        Which numbers a business may show to people, and which of the people’s numbers take texts. The plans are data
        (`rules/data`), the rest is said by the numbering plans of `phonenumbers`.
    """,
    specs=SPECS,
)
