"""What must hold for whatever leaves: a STOP stops, more refusals never help, a delay ends in a lawful instant."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from decroche.language import LANGUAGES, Language
from decroche.rules.decision import Verdict, decide
from decroche.rules.outreach import (
    Attempt,
    CallbackRequest,
    Consent,
    Known,
    Means,
    OptOut,
    Outreach,
    Purpose,
    Refusal,
    Scope,
    Sector,
)
from decroche.rules.rulebook import rulebook

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PEOPLE = (
    33612345678, 33142345678, 262692123456, 590690123456, 15145550199, 14165550199, 13055550123, 14015550123,
    18005550199, 32470123456, 41791234567, 447400123456,
)  # fmt: skip
PLACES = ("FR", "FR-57", "BE", "CH", "CA", "CA-QC", "US", "DE")
SENDERS = ("", "GARAGE", "0937123456", "0612345678", "36123", "+15145550199")
#: The rules of hours: what their delay ends with is theirs to answer for.
TIMES = {rule.id for rule in rulebook().checked("window")}

#: How many minutes ago; where clocks disagree, a little later than now. Recent ones matter more.
AGO = st.integers(-5, 90) | st.integers(0, 60 * 24 * 900)
FLAG = st.booleans()
SCOPE, MEANS, PURPOSE = st.sampled_from(Scope), st.sampled_from(Means), st.sampled_from(Purpose)
AT = st.integers(0, 60 * 24 * 330)
#: Static strategies of plain values: what depends on the moment is built from them afterwards.
OUTREACH = st.tuples(
    AT, MEANS, PURPOSE, st.sampled_from(PEOPLE), st.sampled_from(PLACES), st.sampled_from(SENDERS),
    st.sampled_from(("fr", "fr-CA", "en")), st.none() | AGO, st.sampled_from((None, True, False)),
    FLAG, FLAG, FLAG, st.sampled_from(Sector),
)  # fmt: skip
KNOWN = st.tuples(
    st.lists(st.tuples(AGO, SCOPE), max_size=2),
    st.lists(st.tuples(AGO, FLAG, FLAG), max_size=2),
    st.lists(AGO, max_size=2),
    st.lists(st.tuples(AGO, MEANS, PURPOSE, FLAG), max_size=5),
    st.lists(st.none() | AGO, min_size=5, max_size=5),
    st.lists(FLAG, min_size=5, max_size=5),
)
MORE = st.tuples(
    st.lists(st.tuples(AGO, SCOPE), max_size=1),
    st.lists(AGO, max_size=1),
    st.lists(st.tuples(AGO, MEANS, PURPOSE, FLAG), max_size=2),
)
Drawn = tuple[Any, ...]


def outreach_of(drawn: Drawn) -> Outreach:
    at, means, purpose, person, country, sender, language, missed, disclosed, promotes, replies, confirms, sector = (
        drawn
    )
    moment = FIRST + at * MINUTE
    return Outreach(
        means=means,
        purpose=purpose,
        recipient=person,
        at=moment,
        country=country,
        sender=sender,
        language=language,
        missed_at=None if missed is None else moment - missed * MINUTE,
        ai_disclosed=disclosed,
        promotional=promotes,
        expects_reply=replies,
        confirms_opt_out=confirms,
        sector=sector,
    )


def known_of(at: datetime, drawn: Drawn) -> Known:
    stops, consents, noes, contacts, (asked, heard, inquiry, bought, listed), flags = drawn

    def ago(minutes: int | None) -> datetime | None:
        return None if minutes is None else at - minutes * MINUTE

    return Known(
        opt_outs=tuple(OptOut(at=at - ago * MINUTE, scope=scope) for ago, scope in stops),
        consents=tuple(
            Consent(at=at - ago * MINUTE, evidence="form" if proven else "", written=written)
            for ago, proven, written in consents
        ),
        refusals=tuple(Refusal(at=at - ago * MINUTE) for ago in noes),
        attempts=attempts_of(at, contacts),
        request=None if asked is None else CallbackRequest(asked_at=at - asked * MINUTE),
        last_heard_at=ago(heard),
        last_inquiry_at=ago(inquiry),
        last_purchase_at=ago(bought),
        register_checked_at=ago(listed),
        contract_in_progress=flags[0],
        contract_ref="C-2041" if flags[1] else "",
        is_consumer=flags[2],
        register_listed=flags[3],
        human_conversation=flags[4],
    )


def attempts_of(at: datetime, contacts: Iterable[Drawn]) -> tuple[Attempt, ...]:
    return tuple(
        Attempt(at=at - ago * MINUTE, means=means, purpose=purpose, answered=answered)
        for ago, means, purpose, answered in contacts
    )


def case_of(drawn: Drawn) -> tuple[Outreach, Known]:
    outreach = outreach_of(drawn[0])
    return outreach, known_of(outreach.at, drawn[1])


CASES = st.tuples(OUTREACH, KNOWN)
#: Contacts that nothing but the hour stands against, at any hour.
TIMED = st.tuples(
    AT,
    st.sampled_from(
        [
            (Means.TEXT, Purpose.REPLY, 33612345678, "FR"),
            (Means.TEXT, Purpose.PROMOTION, 33612345678, "FR-57"),
            (Means.TEXT, Purpose.PROMOTION, 262692123456, "FR"),
            (Means.CALL, Purpose.PROMOTION, 33612345678, "FR-57"),
            (Means.CALL, Purpose.PROMOTION, 262692123456, "FR"),
            (Means.CALL, Purpose.PROMOTION, 15145550199, "CA-QC"),
            (Means.TEXT, Purpose.PROMOTION, 14015550123, "US"),
            (Means.TEXT, Purpose.PROMOTION, 12145550123, "US"),
            (Means.TEXT, Purpose.REMINDER, 41791234567, "CH"),
        ]
    ),
)


def timed(drawn: Drawn) -> tuple[Outreach, Known]:
    at, (means, purpose, person, country) = drawn
    moment = FIRST + at * MINUTE
    consent = Consent(at=FIRST - timedelta(days=60), evidence="form", written=True)
    known = Known(consents=(consent,), register_checked_at=moment - MINUTE)
    return Outreach(means=means, purpose=purpose, recipient=person, at=moment, country=country), known


@given(CASES)
def test_the_strictest_finding_is_the_verdict_and_the_same_question_has_the_same_answer(drawn: Drawn) -> None:
    case = case_of(drawn)
    ruling = decide(*case)
    assert ruling.verdict.rank == max((each.verdict.rank for each in ruling.findings), default=0)
    assert (ruling.until is not None) == (ruling.verdict is Verdict.DELAY)
    assert decide(*case) == ruling
    for found in ruling.findings:
        assert all(found.sentence(Language(code)) for code in LANGUAGES)


@given(TIMED)
def test_a_delay_ends_at_the_first_instant_that_no_window_closes(drawn: Drawn) -> None:
    outreach, known = timed(drawn)
    ruling = decide(outreach, known)
    assert ruling.verdict is not Verdict.REFUSE
    if ruling.until is None:
        return
    assert ruling.until > outreach.at
    assert decide(replace(outreach, at=ruling.until), known).allowed
    for early in (MINUTE, timedelta(hours=1), (ruling.until - outreach.at) / 2):
        before = max(outreach.at, ruling.until - early)
        assert decide(replace(outreach, at=before), known).verdict is Verdict.DELAY


@given(CASES)
def test_whatever_is_known_a_delay_ends_when_the_windows_are_open(drawn: Drawn) -> None:
    outreach, known = case_of(drawn)
    ruling = decide(outreach, known)
    if ruling.until is not None:
        then = decide(replace(outreach, at=ruling.until), known)
        assert not [each for each in then.findings if each.rule in TIMES and each.verdict.rank]


@given(CASES, st.integers(0, 60 * 24 * 900), st.sampled_from((Means.TEXT, Means.EMAIL)))
def test_a_stop_refuses_every_text_but_its_one_confirmation(drawn: Drawn, ago: int, means: Means) -> None:
    outreach, known = case_of(drawn)
    outreach = replace(outreach, means=means)
    stop = OptOut(at=outreach.at - ago * MINUTE)
    known = replace(
        known,
        opt_outs=(*known.opt_outs, stop),
        consents=tuple(each for each in known.consents if each.at <= stop.at),
    )
    ruling = decide(outreach, known)
    if not (outreach.treated_as is Purpose.CONFIRMATION and outreach.confirms_opt_out):
        assert ruling.verdict is Verdict.REFUSE
    confirmed = Attempt(at=outreach.at, means=outreach.means, purpose=Purpose.CONFIRMATION)
    assert decide(outreach, replace(known, attempts=(*known.attempts, confirmed))).verdict is Verdict.REFUSE


@given(CASES, MORE)
def test_more_refusals_and_contacts_never_make_a_ruling_laxer(drawn: Drawn, more: Drawn) -> None:
    outreach, known = case_of(drawn)
    # What confirms a STOP is lawful because of it.
    outreach = replace(outreach, confirms_opt_out=False)
    stops, noes, contacts = more
    strict = replace(
        known,
        opt_outs=(*known.opt_outs, *(OptOut(at=outreach.at - ago * MINUTE, scope=scope) for ago, scope in stops)),
        refusals=(*known.refusals, *(Refusal(at=outreach.at - ago * MINUTE) for ago in noes)),
        attempts=(*known.attempts, *attempts_of(outreach.at, contacts)),
    )
    assert decide(outreach, strict).verdict.rank >= decide(outreach, known).verdict.rank


@given(CASES)
def test_promotion_under_another_name_is_ruled_as_promotion(drawn: Drawn) -> None:
    outreach, known = case_of(drawn)
    outreach = replace(outreach, promotional=True, confirms_opt_out=False)
    assert decide(outreach, known) == decide(replace(outreach, purpose=Purpose.PROMOTION), known)
