"""When a step of a playbook applies, and what is said where it does not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from decroche.language import LANGUAGES, Language
from decroche.model.call import MissedReason
from decroche.model.hours import HourClass
from decroche.model.money import Money
from decroche.recover.playbook import Caller, Conditions, Situation

NO_ANSWER = Situation(reason=MissedReason.NO_ANSWER, hour_class=HourClass.OPEN)

#: A condition, a situation that meets it, one that does not, and what is said then in English.
CASES: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any], str]] = [
    (
        {"reasons": (MissedReason.NO_ANSWER, MissedReason.BUSY)},
        {},
        {"reason": MissedReason.QUEUE_FULL},
        "Reason: Queue full; the step is for ",
    ),
    ({"hour_classes": (HourClass.OPEN,)}, {}, {"hour_class": HourClass.WEEKEND}, "Moment: "),
    ({"departments": ("Après-vente",)}, {"department": " APRES-VENTE"}, {"department": "Vente"}, "Department: Vente; "),
    ({"departments": ("Après-vente",)}, {"department": "après-vente"}, {"department": None}, "Department: –; "),
    ({"sites": ("Lyon", "Brest")}, {"site": "brest"}, {"site": "Lyon 3"}, "the step is for Lyon and Brest."),
    ({"caller": Caller.FIRST}, {}, {"caller": Caller.REPEAT}, "Caller: earlier contact; the step is for first call."),
    ({"languages": ("fr",)}, {"language": "fr-CA"}, {"language": "en"}, "Language: en; the step is for fr."),
    ({"languages": ("fr-CA",)}, {"language": "fr-CA"}, {"language": "fr"}, "Language: fr; the step is for fr-CA."),
    ({"vip": True}, {"vip": True}, {"vip": False}, "Important customer: no; yes is needed."),
    ({"vip": False}, {"vip": False}, {"vip": True}, "Important customer: yes; no is needed."),
    (
        {"min_value": Money.of(300, "EUR")},
        {"value": Money.of(300, "EUR")},
        {"value": Money.of("299.99", "EUR")},
        "Expected value: 299.99 EUR; the step begins at 300 EUR.",
    ),
    ({"min_value": Money.of(1, "EUR")}, {"value": Money.of(1, "EUR")}, {"value": None}, "Expected value: –; "),
    ({"min_value": Money.of(1, "EUR")}, {"value": Money.of(1, "EUR")}, {"value": Money.of(9, "CAD")}, "9 CAD"),
    ({}, {}, {"spam": True}, "Suspected spam: yes; no is needed."),
    ({"spam": None}, {"spam": True}, {"spam": True, "vip": True}, ""),
    ({"spam": True}, {"spam": True}, {"spam": False}, "Suspected spam: no; "),
    ({"has_voicemail": True}, {"voicemail": True}, {"voicemail": False}, "Message left: no; "),
    ({"texted": True}, {"texted": True}, {"texted": False}, "Text already sent: no; "),
    ({"replied": False}, {}, {"replied": True}, "Wrote back: yes; "),
    ({"booked": False}, {}, {"booked": True}, "Chose a time: yes; "),
    ({"tried": False}, {}, {"tried": True}, "Callback already tried: yes; "),
]


@pytest.mark.parametrize(("condition", "meets", "fails", "said"), CASES, ids=range(len(CASES)))
def test_a_condition_holds_or_says_why_not(
    condition: dict[str, Any], meets: dict[str, Any], fails: dict[str, Any], said: str
) -> None:
    conditions = Conditions(**condition)
    assert conditions.unmet(replace(NO_ANSWER, **meets)) == ()
    unmet = conditions.unmet(replace(NO_ANSWER, **fails))
    assert len(unmet) == (1 if said else 0)
    for reason in unmet:
        assert said in reason.said(Language("en")).replace("\u00a0", " ")
        assert all(reason.said(Language(code)) for code in LANGUAGES)


def test_every_condition_must_hold_and_every_failure_is_told() -> None:
    conditions = Conditions(vip=True, booked=True, reasons=(MissedReason.NO_ANSWER,))
    assert [unmet.condition for unmet in conditions.unmet(NO_ANSWER)] == ["vip", "booked"]
