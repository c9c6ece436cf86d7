"""The errors and contradictions of the documents that inspired Décroche, and what it does about each.

``shown_by`` names the function or table that answers; an empty one belongs to a later part of the product than the
audit, named in ``later``.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedError:
    """One row: what the seed says (in our words), what is wrong, and what the software does."""

    number: int
    seed: str
    says: str
    wrong: str
    answer: str
    shown_by: tuple[str, ...]
    later: str = ""


def _row(number: int, seed: str, says: str, wrong: str, answer: str, *shown_by: str, later: str = "") -> SeedError:
    return SeedError(number=number, seed=seed, says=says, wrong=wrong, answer=answer, shown_by=shown_by, later=later)


_KPIS = "decroche.prove.kpis"

SEED_ERRORS: tuple[SeedError, ...] = (
    _row(
        1,
        "002",
        "120,000 invested, a net yearly gain of 180,000, a return of about 50 %",
        "Its own formula, net gain over cost, gives 150 %. 50 % is right only if 180,000 is gross.",
        "Both readings are printed with the payback in months; a single figure needs the word gross or net.",
        f"{_KPIS}.campaign.return_on_investment",
        f"{_KPIS}.campaign.roi",
        f"{_KPIS}.investment.investment_return",
    ),
    _row(
        2,
        "000",
        "One missed call loses 3,000, the lifetime value, not 125",
        "The conversion of 25 % is dropped: 750 can be expected. It is revenue, undiscounted.",
        "Both lines with the reason; margin and an optional discount.",
        "decroche.prove.naive.naive_lifetime",
        "decroche.understand.loss_beside.lifetime_value",
    ),
    _row(
        3,
        "000",
        "Every missed call is a certain loss",
        "Existing customers, people who call again, callbacks made and wrong numbers are forgotten.",
        "A probability model with an 80 % interval; recovered journeys cost nothing.",
        "decroche.understand.loss.estimate",
    ),
    _row(
        4,
        "001",
        "50 calls, 30 missed, that is 62 %",
        "30 of 50 is 60 %, and the 600 dollars use 60 %.",
        "The share is recomputed from the counts, always printed with both.",
        "decroche.understand.loss_beside.sunk_ad_spend",
    ),
    _row(
        5,
        "001",
        "Sector table: missed calls × a price = the monthly loss; 126,000 dollars a year",
        "Each row takes its lowest price and loses every call. The mean of the five rows is 161,520 a year.",
        "Benchmarks are never inputs; the owner's own numbers give low, middle and high.",
        "decroche.prove.naive.SECTORS",
        "decroche.prove.naive.yearly_mean_of_sectors",
        "decroche.prove.claims.Claim",
    ),
    _row(
        6,
        "001",
        "100 to 1,200 dollars a call; 27 %, 62 % and 23 % missed; most calls unanswered",
        "Three populations are mixed, the table starts at 175, and the 62 % count voicemail as missed.",
        "Each figure has its population and definition in the claim ledger; voicemail is a flag beside missed.",
        "decroche.prove.claims.load",
        f"{_KPIS}.calls.totals",
    ),
    _row(
        7,
        "001",
        "1.2 million calls, 70 % paid, 23 % missed: 53,000 dollars wasted",
        "193,200 missed paid calls, 0.27 dollars each: a unit is missing.",
        "In the ledger, marked not reproducible.",
        "decroche.prove.claims.load",
    ),
    _row(
        8,
        "001",
        "85 % never call again, 20 % leave a message, 67 % are ignored",
        "No study found; other versions speak of other callers or of the opposite person.",
        "The account's own share of callers who tried again within 1 h, 24 h and 7 days.",
        "decroche.model.figures.RedialWindow",
        "decroche.prove.claims.load",
    ),
    _row(
        9,
        "001",
        "33 % leave after one bad experience, 92 % after two or three, says Zendesk",
        "PwC 2018 found 32 % (17 % in the US) after one; 92 % was not found in it.",
        "In the ledger with the source that was found, the contradiction and the grade.",
        "decroche.prove.claims.load",
    ),
    _row(
        10,
        "003",
        "Missed-call rates peak at 2.7 % an hour on Monday morning",
        "It is a share of the week's misses, not a rate: 1.62 times an ordinary open hour.",
        "Rate and share are two labelled heat maps, and the base is printed.",
        f"{_KPIS}.shares.peak",
        "decroche.model.figures.WeekMap",
    ),
    _row(
        11,
        "003",
        "25 % out of hours (before 8, after 17, Monday to Friday), 75 % in hours",
        "That sums to 100 % and leaves no room for the week-end.",
        "Four exclusive classes: open, closed on a weekday, week-end, holiday.",
        "decroche.model.hours.HourClass",
    ),
    _row(
        12,
        "003",
        "Service is the department hit hardest",
        "By count; it receives about 80 % of the calls, and its rate may be the lowest.",
        "Departments are ranked by count, by rate and by value.",
        "decroche.model.figures.Group",
        f"{_KPIS}.quarter.PlaceCount",
        "decroche.understand.loss.estimate",
    ),
    _row(
        13,
        "003",
        "10 million missed calls last year",
        "No scope; the vendor's own sample is 850,000 calls.",
        "In the ledger, contradicted by the sample.",
        "decroche.prove.claims.load",
    ),
    _row(
        14,
        "004",
        "A cost per opportunity under 40 is profitable",
        "40 is break-even. At the table's own 12.5 % it is 50: the campaign with a return of 200 % earns nothing.",
        "Threshold = margin × conversion × (1 − target profit); return on margin first, on revenue labelled.",
        f"{_KPIS}.campaign.break_even_cost_per_opportunity",
        f"{_KPIS}.campaign.campaign",
    ),
    _row(
        15,
        "004",
        "Conversion is counted on calls placed; bands 1–2, 3–6, over 6 %",
        "Dials are not conversations nor people; 2 to 3 % has no band; the two examples are different campaigns.",
        "Three denominators; bands are the account's own and have no holes.",
        f"{_KPIS}.campaign.call_conversion",
        f"{_KPIS}.campaign.band",
    ),
    _row(
        16,
        "004",
        "A list item reads “quantity)”",
        "The beginning of the line is lost.",
        "Read as quality of the lists before quantity: a list that costs more than it brings is spared.",
        f"{_KPIS}.campaign_lever.outliers",
    ),
    _row(
        17,
        "004",
        "Test the opening line for two weeks",
        "3 to 4 % needs 5,301 dials in each arm; a shop with 42 misses a month needs 17 months for 30 to 40 %.",
        "The calls and the months an experiment needs are computed before it starts.",
        f"{_KPIS}.certainty.sample_size_per_arm",
        f"{_KPIS}.certainty.months_needed",
    ),
    _row(
        18,
        "004",
        "Judge after 30 and 90 days",
        "Late sales are not yet visible after 30 days.",
        "Sales still to come are projected with a range; journeys too young to be judged are counted apart.",
        f"{_KPIS}.campaign_cohorts.cohorts",
        f"{_KPIS}.delays.delay_curves",
        "decroche.model.figures.Journeys",
    ),
    _row(
        19,
        "002",
        "FCR +10 %, occupancy −20 %, CSAT +8 points",
        "Relative or points? Lower occupancy is good only where it was above 85 %.",
        "A target says its unit, points or relative percent, and is refused without; occupancy takes a band.",
        f"{_KPIS}.targets.read_target",
    ),
    _row(
        20,
        "002",
        "Ten essential KPIs, of which five are listed",
        "The list is incomplete.",
        "Our own documented list of measures, each defined by a table.",
        f"{_KPIS}.calls.totals",
    ),
    _row(
        21,
        "002",
        "NPS above 70 and CSAT above 85 % as targets for all",
        "No scale and no number of answers: 40 is 40 ± 22 with 50 answers.",
        "Margin printed, insufficient under 30 answers; the targets stand in the ledger with the best sector's 30.",
        f"{_KPIS}.certainty.net_promoter_score",
        "decroche.prove.claims.load",
    ),
    _row(
        22,
        "002",
        "No waiting at all with an AI switchboard",
        "A machine that picks up is not a handled call.",
        "Answered means by a person; what a machine alone took is missed and counted apart.",
        f"{_KPIS}.calls.totals",
        "decroche.model.call.Disposition",
    ),
    _row(
        23,
        "002",
        "Score the emotion in voices",
        "Forbidden on employees, high-risk on customers.",
        "Tone from text only, off by default, never on agents.",
        "decroche.rules.machine.may_judge_tone",
    ),
    _row(
        24,
        "001",
        "300 calls a day against a capacity of 180",
        "A daily total hides the hour; 40 % too much is not 40 % missed.",
        "The excess is labelled as a share of demand; the longest hours are shown one by one.",
        f"{_KPIS}.shares.capacity_excess",
        "decroche.model.figures.HourCount",
    ),
    _row(
        25,
        "000, 001, 003",
        "Euros and dollars side by side",
        "US, Canadian and euro figures are mixed.",
        "Every amount carries its currency; two currencies cannot be added.",
        "decroche.model.money.Money",
    ),
    _row(
        26,
        "001",
        "Nearly two thirds, for 62.2 %",
        "Rounded up.",
        "The number is printed.",
        "decroche.prove.claims.load",
    ),
)
