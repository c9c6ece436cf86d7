"""The page on claims that travel: what the ledger says of each, and sums that bring their own contradiction."""

from __future__ import annotations

from collections.abc import Mapping

from decroche.language import Language
from decroche.model.money import CurrencyMismatch, Money
from decroche.prove.claims import ClaimIsDisplayOnly, load
from tests.spec.spec import Page, Spec, each


def of_ledger(claim: str) -> Mapping[str, object]:
    found = load()[claim]
    return {
        "grade": found.grade,
        "reproducible": found.reproducible,
        "contradicted_by": len(found.contradicted_by),
        "has_population": bool(found.population),
        "has_definition": bool(found.definition),
    }


def counted_with(claim: str) -> Mapping[str, object]:
    try:
        float(load()[claim])
    except ClaimIsDisplayOnly:
        return {"answer": "refused"}
    return {"answer": "a number"}


def missed_share(person: float, voicemail: float, nothing: float) -> Mapping[str, object]:
    assert round(person + voicemail + nothing, 3) == 0.999
    return {"nobody_answered": voicemail + nothing, "no_message_either": nothing, "printed": printed(1 - person)}


def printed(share: float) -> str:
    """A share as French readers see it."""
    return Language("fr").percent(share).replace("\u00a0", " ")


def per_site(missed: int, dealers: int) -> Mapping[str, object]:
    return {"per_dealer_and_year": missed / dealers, "per_dealer_and_day": missed / dealers / 365}


def added(one: str, other: str) -> Mapping[str, object]:
    amounts = [Money.of(*each.split()) for each in (one, other)]
    try:
        return {"sum": str(amounts[0] + amounts[1])}
    except CurrencyMismatch:
        return {"sum": "refused"}


PAGE = Page(
    name="seed_rows",
    title="Claims that travel",
    intro="""
        Rows 6, 8, 9, 13, 25 and 26 of the errors that inspired Décroche are no wrong sums: they are figures of other
        people, mixed, rounded or without a source. What is done about them is drawn here; the sums stand with the
        [loss](loss.md), the [measures](kpis.md), the [targets](targets.md) and the [calculators](calculators.md).
    """,
    specs=(
        Spec(
            title="What the ledger says of them",
            prose="Each has a population and a definition where they are known, and what contradicts it.",
            given="""
claim                 || grade | reproducible | contradicted by | has population
answered-by-a-person  || 2     | no           | 0               | yes
unanswered-62         || 2     | yes          | 2               | yes
never-call-again      || 0     | no           | 2               | yes
leave-a-message       || 0     | no           | 1               | yes
leave-after-one       || 0     | no           | 2               | yes
ten-million-missed    || 1     | no           | 1               | yes
""",
            plain=each(of_ledger),
            defines=(load,),
        ),
        Spec(
            title="No claim is a number",
            prose="Whoever would calculate with one is refused: the account's own figure is asked for.",
            given="""
claim              || answer
never-call-again   || refused
ten-million-missed || refused
""",
            plain=each(counted_with),
        ),
        Spec(
            title="“Nearly two thirds”",
            prose="""
                37.8 % answered by a person, 37.8 % by voicemail, 24.3 % by nothing: 62.2 % are missed if a voicemail is
                no answer, 24.3 % if it is. The number is printed, not “nearly two thirds”.
            """,
            given="""
person | voicemail | nothing || nobody answered | no message either | printed
37.8 % | 37.8 %    | 24.3 %  || 62.1 %          | 24.3 %            | 62,2 %
""",
            plain=each(missed_share),
        ),
        Spec(
            title="Ten million missed calls",
            prose="Over 890 dealers that is 31 a day and dealer, far above the vendor's own sample.",
            given="""
missed     | dealers || per dealer and year | per dealer and day
10 000 000 | 890     || 11235.96            | 30.8
""",
            plain=each(per_site),
        ),
        Spec(
            title="Euros and dollars",
            prose="Amounts of two currencies are never added, and none is converted.",
            given="""
one     | other   || sum
100 EUR | 20 EUR  || 120 EUR
100 EUR | 20 USD  || refused
100 CAD | 20 USD  || refused
""",
            plain=each(added),
            defines=(Money,),
        ),
    ),
)
