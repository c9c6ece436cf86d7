"""What a machine may do with a person on the line: speak once it has said what it is, read the tone of words only."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from zoneinfo import ZoneInfo

from decroche.rules.outreach import Means
from decroche.rules.rulebook import Rulebook, rulebook
from decroche.rules.ruling import Finding, Ruling, Verdict, ruling


def may_speak(*, country: str, at: datetime, disclosed: bool, rules: Rulebook | None = None) -> Ruling:
    """Whether an automated voice may begin to talk with somebody in ``country``, who calls or is called.

    ``disclosed``: its first words say that it is a machine.
    """
    book = rules or rulebook()
    place = country.strip().upper().partition("-")[0]
    zone = ZoneInfo(next(iter(book.table(place, "place").get("zones", ())), "UTC"))
    return ruling(
        rule.found(Verdict.REFUSE, "machine_undisclosed")
        for rule in book.checked("disclosure")
        if not disclosed
        and rule.place in ("", place)
        and (not rule.means or Means.AUTOMATED_CALL in rule.means)
        and rule.in_force(at.astimezone(zone).date())
    )


def may_judge_tone(*, speaker: str, features: Collection[str], rules: Rulebook | None = None) -> Ruling:
    """Whether the tone of a ``speaker`` (``caller``, ``agent``) may be read from ``features`` (``words``, ``timing``;
    anything of the sound of a voice is refused, everywhere).
    """
    findings: list[Finding] = []
    for rule in (rules or rulebook()).checked("tone"):
        permitted = rule.numbers.get("features")
        if permitted:
            findings += [
                rule.found(Verdict.REFUSE, "tone_features", feature=each)
                for each in sorted(features)
                if each not in permitted
            ]
        elif speaker not in rule.numbers["speakers"]:
            findings.append(rule.found(Verdict.REFUSE, "tone_speaker", speaker=speaker))
    return ruling(findings)
