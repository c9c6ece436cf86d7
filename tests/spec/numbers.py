"""The page on phone numbers: who is calling, as far as the number says it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from decroche.understand.numbers import Party, read_number
from decroche.warehouse.numbers import decide_shapes, with_person
from tests.spec import columns
from tests.spec.columns import word
from tests.spec.spec import Page, Spec
from tests.spec.table import Cell, Rows


def parties(rows: Rows) -> list[Mapping[str, object]]:
    return [shown(read_number(word(row, "written"), region=str(row["country"]))) for row in rows]


def shown(party: Party) -> Mapping[str, object]:
    return {"kind": party.kind, "person": None if party.e164 is None else f"+{party.e164}"}


def parties_columns(rows: Rows, **_: Cell) -> Sequence[Mapping[str, object]]:
    found: dict[int, Mapping[str, object]] = {}
    with columns.engine() as opened:
        for country in {str(row["country"]) for row in rows}:
            mine = [{"row": n, "raw": word(row, "written")} for n, row in enumerate(rows) if row["country"] == country]
            loaded = opened.load("numbers", columns.typed({"row": "int64", "raw": "string"}, mine))
            opened.create("read", with_person(loaded, loaded.raw, region=country))
            decide_shapes(opened, "read", region=country)
            for read in opened.records(opened.table("read")):
                person = None if read["person"] is None else f"+{read['person']}"
                found[read["row"]] = {"kind": read["caller_kind"], "person": person}
    return [found[number] for number in range(len(rows))]


SPECS = (
    Spec(
        title="One person, many ways to write the number",
        prose="""
            The country is that of the line (`--country`, else that of most numbers in the export). It decides how a
            number without a country code reads. All of these are one person in France and one in Québec.
        """,
        given="""
            country | written                              || kind     | person
            --------+--------------------------------------++----------+-------------
            FR      | 0612345678                           || external | +33612345678
            FR      | 06 12 34 56 78                       || external | +33612345678
            FR      | 06.12.34.56.78                       || external | +33612345678
            FR      | 06-12-34-56-78                       || external | +33612345678
            FR      | +33612345678                         || external | +33612345678
            FR      | +33 (6) 12 34 56 78                  || external | +33612345678
            FR      | 0033612345678                        || external | +33612345678
            FR      | 33612345678                          || external | +33612345678
            FR      | 612345678                            || external | +33612345678
            FR      | tel:+33-6-12-34-56-78                || external | +33612345678
            FR      | sip:+33612345678@sbc.example;user=ip || external | +33612345678
            FR      | +1 514 555 0101                      || external | +15145550101
            CA      | 5145550101                           || external | +15145550101
            CA      | (514) 555-0101                       || external | +15145550101
            CA      | 1-514-555-0101                       || external | +15145550101
            CA      | +15145550101                         || external | +15145550101
            CA      | 011 33 6 12 34 56 78                 || external | +33612345678
            BE      | 0470 12 34 56                        || external | +32470123456
            CH      | 079 123 45 67                        || external | +41791234567
        """,
        plain=parties,
        columnar=parties_columns,
        defines=(read_number,),
    ),
    Spec(
        title="Nobody in particular",
        prose="""
            A masked number is nobody's: it cannot be followed from call to call, and two masked calls are not one
            person. Switches have many words for it, runs of zeros and the keypad spelling of "anonymous" among them.
        """,
        given="""
            country | written                         || kind      | person
            --------+---------------------------------++-----------+-------
            FR      | nothing                         || anonymous |
            FR      | anonymous                       || anonymous |
            FR      | Restricted                      || anonymous |
            FR      | Masqué                          || anonymous |
            FR      | sip:anonymous@anonymous.invalid || anonymous |
            FR      | ***                             || anonymous |
            FR      | 06******78                      || anonymous |
            FR      | 0000000000                      || anonymous |
            FR      | 266696687                       || anonymous |
        """,
        plain=parties,
        columnar=parties_columns,
    ),
    Spec(
        title="Extensions, and what is no number",
        prose="""
            Up to 5 digits are an extension of the business (a setting). Other digits that are possible nowhere are
            invalid: the call counts, its caller cannot be recognised again.
        """,
        given="""
            country | written           || kind     | person
            --------+-------------------++----------+-------
            FR      | 101               || internal |
            FR      | Ext. 101          || internal |
            FR      | sip:204@pbx.local || internal |
            FR      | 20417             || internal |
            FR      | 061234            || invalid  |
            FR      | 12345678901234567 || invalid  |
            FR      | 1e5               || invalid  |
            FR      | alice2            || invalid  |
            CA      | 555010            || invalid  |
        """,
        plain=parties,
        columnar=parties_columns,
    ),
)

PAGE = Page(
    name="numbers",
    title="Phone numbers",
    intro="""
        A person is recognised by the number. The same number comes written in many ways, and some callers show none:
        these tables say who is who. What is not told by the number is not guessed.
    """,
    specs=SPECS,
)
