"""Somebody who was erased is contacted by nothing, whatever is known of them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from decroche.rules.decision import decide
from decroche.rules.fingerprints import PREFIX, beginning, fingerprint, pseudonym
from decroche.rules.outreach import CallbackRequest, Consent, Known, Means, Outreach, Purpose
from decroche.rules.recipient import Texts, recipient
from decroche.rules.ruling import Verdict

AT = datetime(2026, 3, 26, 10, tzinfo=UTC)
MARK = fingerprint(b"k" * 32, "garage", 33611111111)
#: One whose digits would be a number in Paris.
NAMES = (pseudonym(MARK), -33611111111)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("means", Means)
@pytest.mark.parametrize("purpose", Purpose)
@pytest.mark.parametrize("country", ["FR", "CA-QC", "US", "BE", "CH"])
def test_nothing_goes_out(name: int, means: Means, purpose: Purpose, country: str) -> None:
    known = Known(
        consents=(Consent(at=AT, evidence="signed", written=True),),
        request=CallbackRequest(asked_at=AT),
        last_heard_at=AT,
        last_inquiry_at=AT,
        human_conversation=True,
    )
    outreach = Outreach(
        means=means, purpose=purpose, recipient=name, at=AT, country=country, missed_at=AT, confirms_opt_out=True
    )
    assert decide(outreach, known).verdict is Verdict.REFUSE


def test_a_pseudonym_is_nobodys_number() -> None:
    assert {(recipient(name).kind, recipient(name).texts) for name in NAMES} == {("invalid", Texts.NO)}


def test_a_pseudonym_is_the_beginning_of_the_fingerprint() -> None:
    name = pseudonym(MARK)
    assert -(2**56) < name < 0
    assert beginning(name) == MARK[:PREFIX]
    assert pseudonym(bytes(32)) == -1
