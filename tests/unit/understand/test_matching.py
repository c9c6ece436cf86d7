"""An opportunity is matched to a caller by number, then e-mail, then the CRM's id; what is doubtful stays a doubt."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decroche.understand.matching import Doubt, How, Match, match, together

A, B, C = 33639980001, 33639980002, 33639980003


@pytest.mark.parametrize(
    ("numbers", "known", "by_email", "before", "expected"),
    [
        ((A,), {A}, (), None, Match(A, How.NUMBER)),
        ((A,), set(), (), None, Match(A, How.NUMBER)),
        ((A, B), {B}, (), None, Match(B, How.NUMBER)),
        ((A, B), {A, B}, (), None, Match(doubt=Doubt.SEVERAL_NUMBERS, candidates=(A, B))),
        ((A, B), {A, B}, (B,), None, Match(B, How.NUMBER)),
        ((A, B), {A, B}, (), B, Match(B, How.CRM_ID)),
        ((A,), {A}, (B,), None, Match(doubt=Doubt.NUMBER_AGAINST_EMAIL, candidates=(A, B))),
        ((), set(), (C,), None, Match(C, How.EMAIL)),
        ((A,), set(), (C,), None, Match(C, How.EMAIL)),
        ((), set(), (B, C), None, Match(doubt=Doubt.SEVERAL_EMAILS, candidates=(B, C))),
        ((), set(), (), C, Match(C, How.CRM_ID)),
        ((B,), set(), (), C, Match(C, How.CRM_ID)),
        ((A, B), set(), (), None, Match(candidates=(A, B))),
        ((), set(), (), None, Match()),
    ],
)
def test_who_a_contact_is(
    numbers: tuple[int, ...], known: set[int], by_email: tuple[int, ...], before: int | None, expected: Match
) -> None:
    assert match(numbers, known=known, by_email=by_email, before=before) == expected


@pytest.mark.parametrize(
    ("contacts", "expected"),
    [
        ([], Match()),
        ([Match(A, How.NUMBER)], Match(A, How.NUMBER)),
        ([Match(), Match(A, How.EMAIL)], Match(A, How.EMAIL)),
        ([Match(A, How.NUMBER), Match(A, How.EMAIL)], Match(A, How.NUMBER)),
        (
            [Match(A, How.NUMBER), Match(B, How.NUMBER)],
            Match(doubt=Doubt.SEVERAL_CONTACTS, candidates=(A, B)),
        ),
        (
            [Match(A, How.NUMBER), Match(doubt=Doubt.SEVERAL_NUMBERS, candidates=(B, C))],
            Match(doubt=Doubt.SEVERAL_CONTACTS, candidates=(A, B, C)),
        ),
        (
            [Match(), Match(doubt=Doubt.SEVERAL_NUMBERS, candidates=(B, C))],
            Match(doubt=Doubt.SEVERAL_NUMBERS, candidates=(B, C)),
        ),
        ([Match(candidates=(A, B)), Match(candidates=(C,))], Match(candidates=(A, B, C))),
    ],
)
def test_whose_an_opportunity_is(contacts: list[Match], expected: Match) -> None:
    assert together(contacts) == expected


_people = st.integers(1, 5)


@given(st.lists(_people, max_size=4), st.sets(_people), st.sets(_people), st.none() | _people)
def test_nobody_is_guessed(numbers: list[int], known: set[int], by_email: set[int], before: int | None) -> None:
    found = match(numbers, known=known, by_email=by_email, before=before)
    assert found.person is None or found.doubt is None
    assert found.doubt is None or len(found.candidates) > 1
    if found.person is not None:
        assert found.person in {*numbers, *by_email, before}
        # Whoever else called with one of the numbers was told apart by an e-mail or by what was known before.
        others = (set(numbers) & known) - {found.person}
        assert not others or found.person in by_email or found.person == before
