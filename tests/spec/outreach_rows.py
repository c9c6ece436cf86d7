"""Reads the tables on what may go out: a row says what would leave and what is known, the answer says what is ruled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from decroche.rules.decision import decide
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
from tests.spec.table import Rows

PARIS, MONTREAL = ZoneInfo("Europe/Paris"), ZoneInfo("America/Toronto")
#: People of the tables, by where their number lies.
PEOPLE: Mapping[str, int] = {
    "mobile in France": 33612345678,
    "landline in France": 33142345678,
    "number in 09": 33939123456,
    "La Réunion": 262692123456,
    "Québec": 15145550199,
    "Ontario": 14165550199,
    "Florida": 13055550123,
    "Rhode Island": 14015550123,
    "Texas": 12145550123,
    "Nevada": 17025550123,
    "Belgium": 32470123456,
    "Switzerland": 41791234567,
}
#: Businesses by their country, with their clock: the one in which a row is written.
ZONES: Mapping[str, ZoneInfo] = {
    "FR": PARIS,
    "FR-57": PARIS,
    "BE": ZoneInfo("Europe/Brussels"),
    "CH": ZoneInfo("Europe/Zurich"),
    "CA-QC": MONTREAL,
    "US": ZoneInfo("America/New_York"),
}
#: When somebody consented, where a table only says that they did.
_EARLIER = datetime(2026, 1, 5, 9, tzinfo=PARIS)
_FLAGS = ("staff", "spam", "masked", "suspicious", "sms_incapable", "human_conversation")
#: Columns that a table leaves out when all its rows say the same.
_USUAL: Mapping[str, Any] = {"business": "FR", "who": "mobile in France", "means": "text", "purpose": "promotion"}


def rulings(rows: Rows, **settings: Any) -> Sequence[Mapping[str, object]]:
    """The ruling on each row, with the settings of the spec as columns of every row."""
    return [_ruled({**_USUAL, **settings, **row}) for row in rows]


def _ruled(row: Mapping[str, Any]) -> Mapping[str, object]:
    zone = ZONES[row["business"]]

    def when(name: str) -> datetime | None:
        value = row.get(name)
        if isinstance(value, datetime):
            return value.replace(tzinfo=zone)
        if value is True:
            return _EARLIER.replace(tzinfo=zone)
        return datetime.combine(value, time(9), zone) if isinstance(value, date) else None

    at = when("when")
    assert at is not None
    outreach = Outreach(
        means=Means(row["means"]),
        purpose=Purpose(row["purpose"]),
        recipient=PEOPLE[row["who"]],
        sender=str(row.get("sender") or ""),
        at=at,
        country=row["business"],
        language=row.get("language") or "fr",
        missed_at=when("missed"),
        sector=Sector(row.get("sector") or "ordinary"),
        promotional=bool(row.get("promotes")),
        ai_disclosed=row.get("says_it_is_a_machine"),
        confirms_opt_out=bool(row.get("confirms_it")),
        about=row.get("about") or "",
    )
    ruling = decide(outreach, _known(row, when))
    here = ruling.until.astimezone(zone).replace(tzinfo=None) if ruling.until else None
    free = [found.until for found in ruling.against if found.until]
    return {
        "verdict": str(ruling.verdict),
        "until": here,
        "free_on": max(free).astimezone(zone).date() if free else None,
        "by": " ".join(dict.fromkeys(found.rule for found in ruling.against)) or None,
        "because": " ".join(dict.fromkeys(found.reason for found in ruling.against)) or None,
        "ground": " ".join(found.reason for found in ruling.findings if not found.verdict.rank) or None,
    }


def _known(row: Mapping[str, Any], when: Any) -> Known:
    consent, stopped, no, asked, slot = (when(name) for name in ("consent", "stop", "no", "asked", "slot"))
    proof = row.get("proof", "form")
    hours = row.get("within_hours")
    flags: dict[str, Any] = {flag: row.get("known") == flag for flag in _FLAGS}
    return Known(
        consents=(Consent(at=consent, evidence=str(proof or ""), written=bool(row.get("written"))),) if consent else (),
        opt_outs=(OptOut(at=stopped, scope=Scope(row.get("scope") or "all")),) if stopped else (),
        refusals=(Refusal(at=no),) if no else (),
        attempts=_attempts(row, when),
        request=CallbackRequest(
            asked_at=asked,
            within=timedelta(hours=hours) if hours else None,
            about=row.get("asked_about") or "",
            slot=(slot, slot + timedelta(minutes=30)) if slot else None,
        )
        if asked
        else None,
        last_heard_at=when("wrote"),
        last_inquiry_at=when("inquiry"),
        last_purchase_at=when("purchase"),
        contract_in_progress=bool(row.get("contract")),
        contract_ref=str(row.get("contract") or ""),
        is_consumer=row.get("consumer") is not False,
        register_checked_at=when("list_consulted"),
        register_listed=bool(row.get("listed")),
        **flags,
    )


def _attempts(row: Mapping[str, Any], when: Any) -> tuple[Attempt, ...]:
    """Calls that sold, one a day from ``first_call`` on; the texts that answered; the confirmation of the STOP."""
    first = when("first_call")
    calls = [
        Attempt(at=first + timedelta(days=number), means=Means.CALL, purpose=Purpose.PROMOTION)
        for number in range(row.get("calls_made") or 0)
    ]
    replies = [
        Attempt(at=text, means=Means.TEXT, purpose=Purpose.REPLY, answered=bool(row.get("answered")))
        for name in ("text", "text_before")
        if (text := when(name))
    ]
    stopped = when("stop") if row.get("confirmed") else None
    last = [Attempt(at=stopped, means=Means.TEXT, purpose=Purpose.CONFIRMATION)] if stopped else []
    return (*calls, *replies, *last)
