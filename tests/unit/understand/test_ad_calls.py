"""Which call a platform counted: alone it is that call, among several it is a doubt, and nothing is forced."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decroche.understand.ad_calls import APART, Counted, Fit, Found, Ours, fit_calls

AT = datetime(2026, 5, 1, 10, 15, tzinfo=UTC)
PARIS, MARSEILLE = 33142000001, 33491000001


def counted(id: str = "g", after: float = 0, **more: object) -> Counted:
    told = {"duration_s": 60.0, "received": True} | more
    return Counted(id=id, started_at=AT + timedelta(seconds=after), **told)  # type: ignore[arg-type]


def ours(id: str, after: float = 0, **more: object) -> Ours:
    told = {"answered": True, "durations": (60.0,)} | more
    return Ours(id=id, started_at=AT + timedelta(seconds=after), **told)  # type: ignore[arg-type]


CASES = {
    "the same minute and length": ([ours("a", 30)], Found(Fit.MATCHED, "a")),
    "at the edge of both": ([ours("a", 60, durations=(65.0,))], Found(Fit.MATCHED, "a")),
    "a second too far": ([ours("a", 61)], Found(Fit.NONE)),
    "another length is a doubt": ([ours("a", 0, durations=(66.0,))], Found(Fit.DOUBTFUL, candidates=("a",))),
    "no length told is a doubt": ([ours("a", durations=())], Found(Fit.DOUBTFUL, candidates=("a",))),
    "two fit, the nearer first": ([ours("b", 50), ours("a", 1)], Found(Fit.DOUBTFUL, candidates=("a", "b"))),
    "the other is as long as it is not": ([ours("a"), ours("b", 1, durations=(9.0,))], Found(Fit.MATCHED, "a")),
    "the advertised line decides": ([ours("a"), ours("b", 1, on_line=True)], Found(Fit.MATCHED, "b")),
    "another source's line": ([ours("a", on_line=False)], Found(Fit.NONE)),
    "taken by a voicemail": ([ours("a", answered=False)], Found(Fit.MATCHED, "a")),
}


@pytest.mark.parametrize(("calls", "wanted"), CASES.values(), ids=CASES.keys())
def test_what_fits(calls: list[Ours], wanted: Found) -> None:
    assert fit_calls([counted()], calls) == {"g": wanted}


def test_the_area_code_speaks_against_a_caller_from_elsewhere_and_for_nobody() -> None:
    one = counted(country="FR", area="1")
    assert fit_calls([one], [ours("a", person=PARIS), ours("b", person=MARSEILLE)])["g"] == Found(Fit.MATCHED, "a")
    assert fit_calls([one], [ours("a", person=None)])["g"].fit is Fit.MATCHED
    assert fit_calls([counted(country="BE")], [ours("a", person=PARIS)])["g"].fit is Fit.NONE


def test_what_google_missed_nobody_here_answered() -> None:
    missed = counted(received=False, duration_s=0.0)
    assert fit_calls([missed], [ours("a")])["g"] == Found(Fit.DOUBTFUL, candidates=("a",))
    assert fit_calls([missed], [ours("a"), ours("b", 5, answered=False)])["g"] == Found(Fit.MATCHED, "b")


def test_one_of_our_calls_is_never_two_of_theirs() -> None:
    found = fit_calls([counted("g"), counted("h", 5)], [ours("a", 2)])
    assert {each.fit for each in found.values()} == {Fit.DOUBTFUL}


some = st.builds(
    ours, st.text("abc", min_size=1, max_size=3), st.integers(-90, 90),
    answered=st.booleans(), durations=st.sampled_from([(), (60.0,), (9.0,), (58.0, 75.0)]),
    on_line=st.sampled_from([None, True, False]), person=st.sampled_from([None, PARIS, MARSEILLE]),
)  # fmt: skip


@given(
    st.lists(some, max_size=6, unique_by=lambda each: each.id),
    st.lists(st.integers(-60, 60), max_size=4, unique=True),
    st.randoms(use_true_random=False),
)
def test_nothing_is_forced(calls: list[Ours], moments: list[int], chance: object) -> None:
    told = [counted(str(after), after, area="1", country="FR") for after in moments]
    found = fit_calls(told, calls)
    shuffled = list(calls)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert fit_calls(told, shuffled) == found
    taken = [each.call for each in found.values() if each.call is not None]
    assert len(taken) == len(set(taken))
    by_id = {each.id: each for each in calls}
    for each in told:
        one = found[each.id]
        assert (one.fit is Fit.MATCHED) == (one.call is not None) and not (one.call and one.candidates)
        for id in (*one.candidates, *([one.call] if one.call else [])):
            assert abs(by_id[id].started_at - each.started_at) <= APART and by_id[id].person != MARSEILLE
