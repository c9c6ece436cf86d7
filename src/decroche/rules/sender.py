"""The number or name that a contact shows: what kind it is, and whether it may be used for that."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from decroche.rules.outreach import Means, Purpose
from decroche.rules.rulebook import Rule, Rulebook, rulebook
from decroche.rules.ruling import Finding, Verdict

_LETTERS = re.compile(r"[A-Za-z]")
_WITHHELD = frozenset({"anonymous", "restricted", "unavailable", "unknown", "private", "withheld", "masque", "masqué"})


class SenderKind(StrEnum):
    """Kinds of senders; the numbering plans of the data tell those of numbers."""

    UNKNOWN = "unknown"
    WITHHELD = "withheld"
    ALPHANUMERIC = "alphanumeric"
    MOBILE = "mobile"
    FIXED = "fixed"
    VERIFIED = "verified"
    """French numbers for platforms that call automatically (NPV)."""
    CONVERSATION = "conversation"
    """French numbers for platforms that write both ways (0937 to 0939)."""
    SHORT_INFORMATION = "short_information"
    SHORT_TRANSACTION = "short_transaction"
    SHORT = "short"
    SPECIAL = "special"
    PREMIUM = "premium"
    TOLL_FREE = "toll_free"
    LONG = "long"

    @property
    def takes_replies(self) -> bool:
        """Whether a person can write back to it."""
        return self not in (SenderKind.ALPHANUMERIC, SenderKind.WITHHELD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """How a sender is to be used."""

    means: Means
    purposes: frozenset[Purpose] = frozenset()
    expects_reply: bool = False


def sender_kind(sender: str, country: str, *, rules: Rulebook | None = None) -> SenderKind:
    """The kind of a sender as configured (``+33 9 37 …``, ``0937…``, ``36123``, ``GARAGE``) in a country.

    The longest prefix of the country's table decides; a number of another country is looked up in its own table.
    """
    book = rules or rulebook()
    text = sender.strip()
    if not text:
        return SenderKind.UNKNOWN
    if text.casefold() in _WITHHELD:
        return SenderKind.WITHHELD
    if _LETTERS.search(text):
        return SenderKind.ALPHANUMERIC
    digits = re.sub(r"\D", "", text)
    international = text.startswith(("+", "00"))
    if text.startswith("00"):
        digits = digits[2:]
    tables = [place for place in ("FR", "BE", "CH", "CA", "US") if place == country or international]
    tables.sort(key=lambda place: place != country)
    for place in tables:
        plan = book.table(place, "numbering")
        code = str(plan.get("country_code", ""))
        if international or (code and digits.startswith(code) and len(digits) >= plan.get("length", 99)):
            if not digits.startswith(code):
                continue
            national = str(plan.get("trunk", "")) + digits[len(code) :]
        else:
            national = digits
        if (kind := _by_prefix(national, plan)) is not None:
            return kind
    return SenderKind.UNKNOWN


def check_sender(
    sender: str,
    *,
    country: str,
    sending: Sending,
    rules: Rulebook | None = None,
) -> tuple[Finding, ...]:
    """What stands against using ``sender`` so, for the settings page; empty when nothing does.

    A rule that speaks of certain purposes is looked at when any of them is meant; no purposes are all.
    """
    book = rules or rulebook()
    place = country.strip().upper().partition("-")[0]
    kind = sender_kind(sender, place, rules=book)
    return tuple(
        finding
        for rule in book.checked("sender")
        if rule.place in ("", place)
        and (not rule.means or sending.means in rule.means)
        and (not rule.purposes or not sending.purposes or rule.purposes & sending.purposes)
        for finding in sender_findings(rule, sender, kind, expects_reply=sending.expects_reply)
    )


def sender_findings(rule: Rule, sender: str, kind: SenderKind, *, expects_reply: bool) -> tuple[Finding, ...]:
    """What one rule says of a sender; a sender that is not known yet is not judged."""
    numbers = rule.numbers
    if kind is SenderKind.UNKNOWN or (numbers.get("expects_reply") and not expects_reply):
        return ()
    required = numbers.get("required")
    if kind in numbers.get("forbidden", ()) or (required and kind not in required):
        return (rule.found(Verdict.REFUSE, f"sender_{kind}", sender=sender),)
    return ()


def _by_prefix(national: str, plan: dict[str, object]) -> SenderKind | None:
    best: tuple[int, SenderKind] | None = None
    for entry in plan.get("senders", ()):  # type: ignore[attr-defined]
        for prefix in entry["prefixes"]:
            lengths = entry.get("lengths")
            fits = national.startswith(prefix) and (not lengths or len(national) in lengths)
            if fits and (best is None or len(prefix) > best[0]):
                best = (len(prefix), SenderKind(entry["kind"]))
    return best[1] if best else None
