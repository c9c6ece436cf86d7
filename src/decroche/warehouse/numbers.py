"""Reads a whole column of phone numbers: each becomes one person's number, an extension, or nobody's.

The twin of ``understand.numbers``. The usual forms of a country's numbers are decided by column expressions; what they
leave open is decided once for each distinct *shape* (length and first characters) by ``phonenumbers``.

The numbers of one shape must all read alike. That is so when the characters that tell the country, a prefix to drop
and the kind of number are among the first: 7 of a national number, 8 of one with ``+``, 9 of one with ``00`` or longer
than 11. Where it is not so (numbers that begin ``000`` or ``+0``, and the countries of ``_LONG_PREFIXES``) every number
is a shape of its own. Tried on random numbers of every country, 1 shape in 100,000 still holds two readings, all of
them digits that nobody dials (``01182085590`` in Saint Lucia).
"""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any

import ibis
import ibis.expr.types as ir
import phonenumbers
import pyarrow as pa

from decroche.model.call import NumberKind
from decroche.understand.numbers import ERASED, INTERNAL_DIGITS, SEPARATORS, read_number
from decroche.warehouse.engine import Engine

#: The kind of a number whose shape is still to be looked up.
UNDECIDED = "undecided"
_LONG_PREFIXES = frozenset({"CN"})
_SHAPE = """CASE WHEN t.undecided LIKE '000%' OR t.undecided LIKE '+0%' THEN t.undecided
    ELSE length(t.undecided)::VARCHAR || ':' || left(t.undecided,
        CASE WHEN t.undecided LIKE '00%' OR length(t.undecided) > 11 THEN 9
             WHEN t.undecided LIKE '+%' THEN 8 ELSE 7 END) END"""
_DIGITS = r"^\+?[0-9]+$"
_ERASED = f"{ERASED}([1-9][0-9]{{0,16}})$"
_NO_NUMBER = ("266696687", "464", "7378742833", "86282452253", "8656696")


def with_person(
    table: ir.Table, raw: ir.StringValue, *, region: str, internal_digits: int = INTERNAL_DIGITS
) -> ir.Table:
    """``table`` with what the numbers ``raw``, written as in ``region`` (ISO country), are.

    Adds ``caller_kind`` (a word of NumberKind), ``person`` (the E.164 digits as an integer, null unless external) and
    ``undecided``: the bare text of a number whose shape ``decide_shapes`` still has to look up, else null.
    """
    # A cast would also take 06.12, 1e5 or 0x1F for numbers: only text that is all digits is cast.
    read = table.mutate(_digits=raw.re_search(_DIGITS))
    read = read.mutate(_text=ibis.ifelse(read._digits, raw, _bare(raw)).nullif(""))
    whole = ibis.ifelse(read._digits, True, read._text.re_search(_DIGITS))
    read = read.mutate(_value=ibis.ifelse(whole, read._text.try_cast("int64"), ibis.null("int64")))
    # Where somebody was erased, their pseudonym stands in the place of the number.
    erased = ibis.ifelse(read._value.isnull(), raw.re_extract(_ERASED, 1).nullif(""), ibis.null("string"))
    read = read.mutate(_erased=erased.try_cast("int64") * -1)
    text, value = read._text, read._value
    length = text.length() - text.startswith("+").cast("int64")
    known = ibis.cases(
        (read._erased.notnull(), NumberKind.EXTERNAL.value),
        (text.isnull(), NumberKind.ANONYMOUS.value),
        (value.isnull(), _without_digits(text)),
        (value == 0, NumberKind.ANONYMOUS.value),
        # Of a list engines make a join, dearer than a few comparisons of numbers.
        (
            reduce(or_, (value == int(digits) for digits in _NO_NUMBER)) & ~text.re_search(r"^\+?0"),
            NumberKind.ANONYMOUS.value,
        ),
        (length <= internal_digits, NumberKind.INTERNAL.value),
        else_=ibis.null("string"),
    )
    person = ibis.coalesce(read._erased, _national_form(text, value, length, region))
    read = read.mutate(_known=known, person=person)
    external = (read._known.isnull() & read.person.notnull()) | read._erased.notnull()
    return read.mutate(
        caller_kind=ibis.coalesce(read._known, ibis.ifelse(external, NumberKind.EXTERNAL.value, UNDECIDED)),
        person=ibis.ifelse(external, read.person, ibis.null("int64")),
        undecided=ibis.ifelse(read._known.isnull() & read.person.isnull(), read._text, ibis.null("string")),
    ).drop("_digits", "_text", "_value", "_erased", "_known")


def with_person_id(table: ir.Table, raw: ir.StringValue) -> ir.Table:
    """Like ``with_person`` for a column of customer ids instead of phone numbers: equal ids are one person."""
    return table.mutate(
        caller_kind=ibis.ifelse(raw.isnull(), NumberKind.ANONYMOUS.value, NumberKind.EXTERNAL.value),
        person=ibis.ifelse(raw.isnull(), ibis.null("int64"), raw.hash().cast("int64").abs() * -1),
        undecided=ibis.null("string"),
    )


def decide_shapes(engine: Engine, table: str, *, region: str, internal_digits: int = INTERNAL_DIGITS) -> int:
    """Look up every shape that ``with_person`` left open in the stored ``table``, and fill in kind and person.

    Returns how many distinct shapes ``phonenumbers`` was asked about.
    """
    shape = "t.undecided" if region in _LONG_PREFIXES else _SHAPE
    found = engine.connection.execute(
        f"""SELECT {shape} AS shape, max(t.undecided) FROM "{table}" AS t WHERE t.undecided IS NOT NULL GROUP BY ALL"""
    ).fetchall()
    if not found:
        return 0
    answers = [_Answer(name, example, region, internal_digits) for name, example in found]
    columns: dict[str, Any] = {
        "shape": pa.array([answer.shape for answer in answers], pa.string()),
        "kind": pa.array([answer.kind for answer in answers], pa.string()),
        "keep": pa.array([answer.keep for answer in answers], pa.int64()),
        "add": pa.array([answer.add for answer in answers], pa.int64()),
    }
    engine.load("_shapes", pa.table(columns))
    engine.connection.execute(
        f"""UPDATE "{table}" AS t SET caller_kind = s.kind, undecided = NULL,
        person = TRY_CAST(right(t.undecided, s.keep) AS BIGINT) + s.add
        FROM _shapes AS s WHERE t.undecided IS NOT NULL AND s.shape = {shape}"""
    )
    engine.drop("_shapes")
    return len(found)


class _Answer:
    """What ``phonenumbers`` says of one shape: keep so many last digits and add this to make E.164."""

    def __init__(self, shape: str, example: str, region: str, internal_digits: int) -> None:
        party = read_number(example, region=region, internal_digits=internal_digits)
        self.shape, self.kind = shape, party.kind.value
        self.keep: int | None = None
        self.add: int | None = None
        if party.e164 is not None:
            full, digits = str(party.e164), example.removeprefix("+")
            longest = min(len(full), len(digits))
            self.keep = next(n for n in range(longest, -1, -1) if full.endswith(digits[len(digits) - n :]))
            self.add = party.e164 - int(digits[len(digits) - self.keep :] or "0")


def _bare(raw: ir.StringValue) -> ir.StringValue:
    """``understand.numbers.bare`` in columns."""
    text = raw.translate(SEPARATORS, "").lower()
    return text.re_replace(r"^(?:tel:|sips?:|ext)+", "").re_replace(r"[@;].*$", "")


def _without_digits(text: ir.StringValue) -> ir.StringValue:
    odd = text.re_search("[0-9]") & ~text.contains("*")
    return ibis.ifelse(odd, NumberKind.INVALID.value, NumberKind.ANONYMOUS.value)


def _national_form(
    text: ir.StringValue, value: ir.IntegerValue, length: ir.IntegerValue, region: str
) -> ir.IntegerValue:
    """The E.164 digits of the usual forms of ``region`` (``+33…``, ``0…``; ``+1…``, ten digits), else null."""
    if region == "FR":
        national = 1_00_00_00_00
        inside = (value >= national) & (value < 10 * national)
        return ibis.cases(
            (text.startswith("+33") & (length == 11) & (value // national % 10 > 0), value),
            (text.startswith("0") & (length == 10) & inside, value + 330 * national),
            else_=ibis.null("int64"),
        )
    if phonenumbers.country_code_for_region(region) == 1:
        smallest, largest = 2_000_000_000, 9_999_999_999
        return ibis.cases(
            ((length == 11) & value.between(smallest + 10**10, largest + 10**10), value),
            (~text.startswith("+") & (length == 10) & value.between(smallest, largest), value + 10**10),
            else_=ibis.null("int64"),
        )
    return ibis.null("int64")
