from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decroche.model.call import Direction, MissedReason, NumberKind
from decroche.model.figures import Rate
from decroche.prove.kpis import attribution, certainty
from decroche.prove.kpis.calls import JudgedCall, durations, percentile, service_level_terms, totals
from decroche.prove.kpis.service_level import DEFAULT_FORM, FORM_SENTENCES, FORMULAS, service_levels
from decroche.prove.vendor_profiles import PROFILES, VendorTerms, genesys, ringcentral

seconds = st.none() | st.floats(0, 600)
inbound = st.builds(JudgedCall, answered=st.just(True), wait_s=seconds, queued=st.booleans()) | st.builds(
    JudgedCall, reason=st.sampled_from(MissedReason), wait_s=seconds, queued=st.booleans(), voicemail=st.booleans()
)
others = st.builds(
    JudgedCall, answered=st.booleans(), direction=st.sampled_from([Direction.OUTBOUND, Direction.INTERNAL])
)
days = st.lists(inbound | others, max_size=40)


@given(days)
def test_offered_is_answered_plus_missed_and_parts_fit_their_wholes(calls: list[JudgedCall]) -> None:
    found = totals(calls)
    assert found.offered == found.answered + found.missed
    assert found.inbound == found.offered + found.blocked_spam + found.forwarded
    assert found.calls == found.inbound + found.outbound + found.internal + found.unknown_direction
    assert found.short_abandoned <= found.abandoned <= found.missed
    assert found.queued_short_abandoned <= found.queued_abandoned <= found.queued <= found.offered


@given(days)
def test_service_levels_are_ordered_shares(calls: list[JudgedCall]) -> None:
    terms = service_level_terms(calls, threshold_s=20, short_s=5)
    assert terms.unanswered_short <= terms.unanswered
    assert terms.wait_known <= terms.answered + terms.unanswered <= totals(calls).offered
    levels = {form: rate.value for form, rate in service_levels(terms).items()}
    assert list(levels) == list(FORMULAS) == list(FORM_SENTENCES)
    known = [value for value in levels.values() if value is not None]
    assert all(0 <= value <= 1 for value in known)
    if terms.wait_known and levels["F3"] is not None:
        assert levels["F1"] is not None and levels["F5"] is not None
        assert levels["F3"] <= levels["F5"]
        assert levels[DEFAULT_FORM] is None or levels["F3"] <= (levels[DEFAULT_FORM] or 0) <= 1


def test_without_any_wait_there_is_no_service_level() -> None:
    terms = service_level_terms([JudgedCall(answered=True)], threshold_s=20, short_s=5)
    assert all(rate.value is None for rate in service_levels(terms).values())
    silent = VendorTerms(level=terms, missed={})
    assert {profile.level(silent).missing for profile in PROFILES} == {"wait"}


def test_forwarded_and_spam_calls_are_not_offered() -> None:
    found = totals([JudgedCall(forwarded=True), JudgedCall(reason=MissedReason.BLOCKED_SPAM)])
    assert (found.inbound, found.offered, found.forwarded, found.blocked_spam) == (2, 0, 1, 1)


def test_masked_callers_are_nobody() -> None:
    call = JudgedCall(answered=True, caller="?", caller_kind=NumberKind.ANONYMOUS)
    found = totals([call, dataclasses.replace(call, caller="+33612345678", caller_kind=NumberKind.EXTERNAL)])
    assert (found.masked, found.unique_callers) == (1, 1)


@given(st.lists(st.floats(0, 1e4), min_size=1), st.floats(0, 1))
def test_percentiles_are_those_of_numpy(values: list[float], share: float) -> None:
    assert percentile(sorted(values), share) == pytest.approx(float(np.quantile(values, share)), rel=1e-9, abs=1e-9)


def test_nothing_known_has_no_duration() -> None:
    found = durations([None, None])
    assert (found.n, found.mean, found.median, found.p90) == (0, None, None, None)


def test_vendor_switches() -> None:
    calls = [
        *[JudgedCall(answered=True, wait_s=10)] * 6,
        JudgedCall(reason=MissedReason.SHORT_ABANDON, wait_s=2),
        JudgedCall(reason=MissedReason.ABANDONED_QUEUE, wait_s=40),
        JudgedCall(reason=MissedReason.QUEUE_TIMEOUT, wait_s=90),
    ]
    level = service_level_terms(calls, threshold_s=20, short_s=5)
    missed = {call.reason: 1 for call in calls if call.reason}
    terms = VendorTerms(level=level, missed=missed)
    assert terms.level_of(genesys()).rate == Rate(6, 8)
    assert terms.level_of(genesys(flow_outs=True)).rate == Rate(6, 9)
    assert terms.level_of(genesys(short=False)).rate == Rate(6, 7)
    assert terms.level_of(genesys(abandons=False)).rate == Rate(6, 6)
    assert terms.level_of(ringcentral()).rate == Rate(6, 7)
    assert terms.level_of(ringcentral(abandons=False)).rate == Rate(6, 6)


@given(st.integers(0, 500), st.integers(1, 500))
def test_wilson_surrounds_the_rate(hits: int, more: int) -> None:
    interval = certainty.wilson(Rate(hits, hits + more))
    assert interval is not None
    assert 0 <= interval[0] <= hits / (hits + more) + 1e-12 and hits / (hits + more) <= interval[1] <= 1


@given(st.integers(1, 30))
def test_every_split_sums_to_one(touches: int) -> None:
    ages = [float(7 * age) for age in range(touches)]
    for split in (
        attribution.first_touch(touches),
        attribution.last_touch(touches),
        attribution.linear(touches),
        attribution.u_shape(touches),
        attribution.time_decay(ages),
    ):
        assert len(split) == touches and sum(split) == pytest.approx(1)
    assert attribution.first_touch(touches)[0] == attribution.last_touch(touches)[-1] == 1


def test_no_touch_no_split() -> None:
    assert attribution.u_shape(0) == attribution.time_decay([]) == attribution.first_touch(0) == []
