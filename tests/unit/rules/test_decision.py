"""The corners of the decision that no table shows: numbers without a place, hours that never come, ends of months."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from decroche.rules.case import months_later
from decroche.rules.decision import Verdict, decide
from decroche.rules.outreach import Consent, Known, Means, Outreach, Purpose
from decroche.rules.recipient import Texts, recipient
from decroche.rules.rulebook import rulebook
from decroche.rules.sender import SenderKind, sender_kind

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
CONSENT = Consent(at=datetime(2026, 5, 1, tzinfo=UTC), evidence="form", written=True)


def promotion(recipient: int, *, country: str = "FR", means: Means = Means.CALL, at: datetime = NOON) -> Outreach:
    return Outreach(means=means, purpose=Purpose.PROMOTION, recipient=recipient, at=at, country=country)


def test_clocks_that_never_agree_refuse() -> None:
    everywhere = Known(consents=(CONSENT,), zones=("Europe/Paris", "America/New_York", "Pacific/Auckland"))
    ruling = decide(promotion(33612345678), everywhere)
    assert ruling.verdict is Verdict.REFUSE and ruling.until is None
    assert "never_open" in {found.reason for found in ruling.against}


def test_a_rule_that_never_opens_refuses() -> None:
    never = rulebook().adjusted({"QUIET-02": {"hours": {}}})
    ruling = decide(promotion(33612345678), Known(consents=(CONSENT,)), rules=never)
    assert ("QUIET-02", "never_open") in {(found.rule, found.reason) for found in ruling.against}


@pytest.mark.parametrize("number", [447400123456, 999123, 7])
def test_a_number_of_no_country_of_ours_has_the_rules_of_the_business(number: int) -> None:
    ruling = decide(promotion(number), Known())
    assert "CALL-01" in {found.rule for found in ruling.against}


def test_what_is_known_of_the_place_goes_before_the_number() -> None:
    at = datetime(2026, 11, 23, 19, 30, tzinfo=ZoneInfo("Europe/Paris"))
    away = Known(consents=(CONSENT,), zones=("Indian/Reunion",))
    assert decide(promotion(33612345678, at=at), Known(consents=(CONSENT,))).allowed
    assert decide(promotion(33612345678, at=at), away).verdict is Verdict.DELAY


def test_digits_that_are_no_number_take_no_texts() -> None:
    assert recipient(7).texts is Texts.NO
    assert recipient(999123456).texts is Texts.NO


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        promotion(33612345678, at=NOON.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 5, 20), 6, date(2026, 11, 20)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2026, 12, 31), 12, date(2027, 12, 31)),
    ],
)
def test_months_end_with_their_last_day(day: date, months: int, later: date) -> None:
    assert months_later(day, months) == later


@pytest.mark.parametrize(
    ("sender", "country", "kind"),
    [
        ("0033612345678", "FR", SenderKind.MOBILE),
        ("33612345678", "FR", SenderKind.MOBILE),
        ("+32470123456", "FR", SenderKind.MOBILE),
        ("+81312345678", "FR", SenderKind.UNKNOWN),
        ("", "FR", SenderKind.UNKNOWN),
        ("Masqué", "FR", SenderKind.WITHHELD),
        ("12345", "CA", SenderKind.SHORT),
    ],
)
def test_a_sender_is_known_however_it_is_written(sender: str, country: str, kind: SenderKind) -> None:
    assert sender_kind(sender, country) is kind
    assert kind.takes_replies is (kind is not SenderKind.WITHHELD)


def test_no_rule_of_that_name() -> None:
    with pytest.raises(KeyError):
        rulebook().rule("X-0")
