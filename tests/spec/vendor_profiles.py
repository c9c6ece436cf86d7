"""One day under every vendor's formula."""

from __future__ import annotations

from collections.abc import Mapping

from decroche.model.call import MissedReason
from decroche.model.figures import ServiceLevelTerms
from decroche.prove.kpis.calls import NOT_FOR_A_PERSON
from decroche.prove.vendor_profiles import (
    MISSING,
    PROFILES,
    VendorTerms,
    aircall,
    cxengage,
    genesys,
    ringcentral,
    ringover_advanced,
    ringover_basic,
    talkdesk_calls,
    talkdesk_contacts,
    wazo,
)
from tests.spec.spec import Page, Spec
from tests.spec.table import Rows


def vendor_terms(rows: Rows, *, called_back: int | None, told: bool = True) -> VendorTerms:
    """``rows``: outcome (answered or a reason), calls, within (how many of them within the threshold)."""
    count = {str(row["outcome"]): (int(row["calls"]), int(row["within"] or 0)) for row in rows}  # type: ignore[arg-type]
    answered, answered_within = count.pop("answered")
    missed = {MissedReason(reason): n for reason, (n, _) in count.items()}
    within = {MissedReason(reason): n for reason, (_, n) in count.items()}
    ours = [reason for reason in missed if reason not in NOT_FOR_A_PERSON]
    level = ServiceLevelTerms(
        answered=answered,
        unanswered=sum(missed[reason] for reason in ours),
        answered_within=answered_within,
        unanswered_within=sum(within[reason] for reason in ours),
        unanswered_short=missed.get(MissedReason.SHORT_ABANDON, 0),
        threshold_s=20,
        short_s=5,
        wait_known=answered if told else 0,
    )
    return VendorTerms(
        level=level, missed=missed, missed_within=within if called_back is not None else None, called_back=called_back
    )


def every_profile(rows: Rows, called_back: int | None) -> list[Mapping[str, object]]:
    counted = vendor_terms(rows, called_back=called_back)
    found: list[Mapping[str, object]] = []
    for profile in PROFILES:
        level = profile.level(counted)
        rate = level.rate
        found.append(
            {
                "profile": profile.key,
                "served": rate and rate.numerator,
                "of": rate and rate.denominator,
                "level": rate and rate.value,
                "missing": level.missing,
            }
        )
    return found


DEFINED = (
    genesys, talkdesk_calls, talkdesk_contacts, aircall, ringover_basic, ringover_advanced, ringcentral, wazo, cxengage,
)  # fmt: skip

DAY = """
outcome            | calls | within
-------------------+-------+-------
answered           | 800   | 640
short_abandon      | 20    | 20
abandoned_queue    | 60    | 10
abandoned_ringing  | 30    | 15
no_answer          | 50    | 5
queue_timeout      | 10    | 0
queue_full         | 20    | 20
callback_requested | 10    | 2
after_hours        | 100   |
"""


def differences() -> str:
    lines = [f"- **{p.vendor}** (`{p.key}`, {p.version}, [{p.source}]): `{p.formula}`. {p.why.en}" for p in PROFILES]
    missing = [f"- `{word}`: {sentence.en}" for word, sentence in MISSING.items()]
    return "\n".join([*lines, "", "Where the log lacks a term there is no figure, only the reason:", "", *missing])


PAGE = Page(
    name="vendor_profiles",
    title="The same calls in other tools",
    intro="""
        Two tools that read the same calls print two service levels, because each vendor defines the terms its own
        way. Each profile below is a function of counted terms, with the version of the definition it follows. How a
        vendor's words apply to our reasons is our reading.
    """,
    body=differences,
    specs=(
        Spec(
            title="One day, every profile",
            prose="1,100 calls. Nothing happened differently: only the formula changes.",
            settings={"called_back": 40},
            given=DAY,
            expected="""
profile               | served | of  | level
----------------------+--------+-----+--------
genesys               | 640    | 960 | 66.67 %
genesys_without_short | 640    | 940 | 68.09 %
talkdesk_calls        | 660    | 890 | 74.16 %
talkdesk_contacts     | 640    | 970 | 65.98 %
aircall               | 640    | 800 | 80.00 %
ringover_basic        | 640    | 990 | 64.65 %
ringover_advanced     | 680    | 990 | 68.69 %
ringcentral           | 640    | 890 | 71.91 %
wazo                  | 640    | 800 | 80.00 %
cxengage              | 640    | 920 | 69.57 %
cisco_ignored         | 640    | 920 | 69.57 %
cisco_negative        | 640    | 990 | 64.65 %
cisco_positive        | 710    | 990 | 71.72 %
""",
            plain=every_profile,
            defines=DEFINED,
        ),
        Spec(
            title="When the log does not tell",
            prose="The same day from an export without outbound calls and without waits by reason.",
            settings={"called_back": None},
            given=DAY,
            expected="""
profile               | level   | missing
----------------------+---------+---------------
genesys               | 66.67 % |
genesys_without_short | 68.09 % |
talkdesk_calls        |         | wait_by_reason
talkdesk_contacts     | 65.98 % |
aircall               | 80.00 % |
ringover_basic        | 64.65 % |
ringover_advanced     |         | called_back
ringcentral           | 71.91 % |
wazo                  | 80.00 % |
cxengage              | 69.57 % |
cisco_ignored         | 69.57 % |
cisco_negative        | 64.65 % |
cisco_positive        | 71.72 % |
""",
            plain=every_profile,
        ),
    ),
)
