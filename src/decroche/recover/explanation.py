"""Says in words what was done for a caller whom nobody answered, what was left, and why, from the rows kept of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from decroche.language import Language
from decroche.model.text import TextFailure, TextState
from decroche.recover.playbook import Act, Unmet
from decroche.recover.policy import Ending, Reason
from decroche.recover.told import (
    EpisodeTold,
    Explanation,
    Grounds,
    Kept,
    Row,
    RulingTold,
    StepTold,
    TextTold,
    Why,
    WorkTold,
)
from decroche.rules.outreach import Means
from decroche.rules.rulebook import rulebook
from decroche.rules.ruling import Basis, Verdict

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
#: Values that the log of rulings keeps as fingerprints.
_COVERED = frozenset({"evidence", "contract", "about"})
#: What the reasons of a policy, of the steps, and of a run that never began may be.
CODES = (
    "all_steps_done", "before_connection", "caller_answered", "conditions_hold", "due_now", "held_out",
    "emergency", "journey_expired", "journey_recovered", "journey_withdrawn", "never_open", "no_email", "no_number",
    "no_public_address", "no_second_touch", "no_settings", "no_value", "no_words", "nobody_answered", "not_active",
    "not_looked_yet", "not_yet", "playbook_closes", "refused_since", "set_up_later", "step_goes_on", "too_old",
    "waiting_for_answer",
)  # fmt: skip
#: Why a text was taken back, besides a rule.
_TAKEN_BACK = frozenset(
    {
        "not_active",
        "too_old",
        "recovered",
        "closed",
        "expired",
        "withdrawn",
        "opted_out",
        "held_out",
        "nobody",
        "slot_changed",
    }
)
_ENDED = frozenset({*(str(each) for each in Ending), "merged", "gone"})


def explain(kept: Kept, language: Language) -> Explanation:
    """What the rows say, in words."""
    last = max((row["number"] for row in kept.episodes), default=0)
    return Explanation(
        journey=kept.journey,
        never=_all(kept.never, language),
        episodes=tuple(_episode(row, kept, last, language) for row in kept.episodes),
        texts=tuple(_text(row, language) for row in kept.texts),
        work=tuple(_work(item, language) for item in kept.work),
        rulings=tuple(ruling_told(at, body, language) for at, body in kept.rulings),
    )


def reason_said(reason: Mapping[str, Any], language: Language) -> str:
    """A reason as it is kept, in a sentence."""
    code = str(reason["code"])
    values = {name: value for name, value in reason.items() if name != "code"}
    if code == "unmet":
        wanted = tuple(str(each) for each in values["wanted"])
        return Unmet(condition=values["condition"], wanted=wanted, found=values["found"]).said(language)
    if code == "rule":
        return _ruled(str(values["reason"]), values.get("values") or {}, language)
    if code == "too_old" and "days" in values:
        return language.say("recover.too_old_days", **values)
    if code == "no_value":
        values["missing"] = language.listing([f"{{{name}}}" for name in values["missing"]])
    return language.say(f"recover.{code}", **values)


def text_why(state: str, failure: str | None, raw: str | None, language: Language) -> str | None:
    """Why a text did not arrive, or was taken back; None where there is nothing to say."""
    if state == TextState.FAILED:
        known = failure if failure in {str(each) for each in TextFailure} else str(TextFailure.UNKNOWN)
        return language.say(f"recover.failure.{known}")
    if state == TextState.CANCELLED and raw:
        return language.say(f"recover.cancelled.{raw}") if raw in _TAKEN_BACK else _title(raw, language)
    return None


def _title(rule: str, language: Language) -> str:
    try:
        return rulebook().rule(rule).title(language.code)
    except KeyError:
        return rule


def _episode(row: Row, kept: Kept, last: int, language: Language) -> EpisodeTold:
    number, because = row["number"], row["ended_because"]
    playbook = kept.playbooks.get(number)
    acts = {step.name: step.act for step in playbook.walked(emergency=True)} if playbook is not None else {}
    goes_on = row["ended_at"] is None
    ended = because if because in _ENDED else "closed"
    return EpisodeTold(
        number=number,
        playbook=row["playbook"] if playbook is None else playbook.title(language.code),
        arm=row["arm"],
        arm_said=language.say(f"recover.arm.{'holdout' if row['arm'] == 'holdout' else 'act'}"),
        opened_at=row["opened_at"],
        begun_at=row["begun_at"],
        due_at=row["due_at"],
        ended_at=row["ended_at"],
        ended_because=because,
        ended_said=None if goes_on else language.say(f"recover.ended.{ended}"),
        ended_why=_all(kept.ended, language) if not goes_on and number == last else (),
        steps=tuple(_step(each, acts, kept, language) for each in kept.acts if each["episode"] == number),
        waits=_all(kept.waits, language) if goes_on and number == last else (),
    )


def _step(row: Row, acts: Mapping[str, Act], kept: Kept, language: Language) -> StepTold:
    findings = {
        each["rule"]: each for at, body in kept.rulings if at == row["at"] for each in body["ruling"]["findings"]
    }
    act = acts.get(row["step"])
    return StepTold(
        step=row["step"],
        act=None if act is None else str(act),
        at=row["at"],
        outcome=row["outcome"],
        why=tuple(
            Why(
                code=str(each["code"]),
                said=reason_said(each, language),
                grounds=_grounds(findings[each["rule"]]) if each.get("rule") in findings else None,
            )
            for each in row["reasons"]
        ),
        subject=row["subject"],
    )


def ruling_told(at: datetime, body: Row, language: Language) -> RulingTold:
    """A ruling of the log, in words. ``body`` is that of its entry."""
    ruled = body["ruling"]
    against = [each for each in ruled["findings"] if each["verdict"] != Verdict.ALLOW]
    return RulingTold(
        at=at,
        means=body["means"],
        means_said=language.say(f"recover.means.{Means(body['means'])}"),
        purpose=body["purpose"],
        verdict=ruled["verdict"],
        verdict_said=language.say(f"recover.verdict.{Verdict(ruled['verdict'])}"),
        until=ruled["until"],
        why=tuple(
            Why(
                code="rule",
                said=_ruled(each["reason"], {**each["values"], **_hidden(each["values"])}, language),
                grounds=_grounds(each),
            )
            for each in against
        ),
    )


def _grounds(finding: Row) -> Grounds:
    return Grounds(
        rule=finding["rule"],
        verdict=finding["verdict"],
        basis=finding["basis"],
        source=finding["source"],
        source_date=finding["source_date"],
        grade=finding["grade"],
    )


def _ruled(reason: str, values: Mapping[str, Any], language: Language) -> str:
    """The sentence of a finding; days were kept as ISO 8601."""
    read = {
        name: date.fromisoformat(value) if isinstance(value, str) and _DAY.fullmatch(value) else value
        for name, value in values.items()
    }
    return language.say(f"ruling.{reason}", **read)


def _hidden(values: Mapping[str, Any]) -> dict[str, str]:
    return {name: "…" for name in values if name in _COVERED}


def _text(row: Row, language: Language) -> TextTold:
    return TextTold(
        id=row["id"],
        at=row["created_at"],
        inbound=row["direction"] == "in",
        purpose=row["purpose"],
        author=row["author"],
        body=row["body"],
        state=row["state"],
        said=language.say(f"recover.text.{row['state']}"),
        why=text_why(row["state"], row["failure"], row["raw_failure"], language),
    )


def _work(item: Any, language: Language) -> WorkTold:
    return WorkTold(
        id=item.id,
        kind=item.kind,
        said=language.say(f"recover.work.{item.kind}"),
        state=item.state,
        state_said=language.say(f"recover.work_state.{item.state}"),
        opened_at=item.opened_at,
        due_at=item.promised_at or item.due_at,
        closed_at=item.closed_at,
    )


def _all(reasons: Iterable[Reason], language: Language) -> tuple[Why, ...]:
    return tuple(Why(code=each.code, said=reason_said(each.record(), language)) for each in reasons)


def basis_said(basis: str, language: Language) -> str:
    """What a rule rests on, in a word."""
    return language.say(f"recover.basis.{Basis(basis)}")
