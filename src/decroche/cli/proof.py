"""``decroche proof``: what recovery brought, with what each figure is of, and what a hold-out shows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from decroche.api.proof import proof_out, proved
from decroche.api.proof_schemas import ArmOut, DifferenceOut, ExperimentOut, ProofOut, ProposalOut, SpeedOut
from decroche.api.work_schemas import RateOut
from decroche.cli.connecting import AsJson, Data, Database, Lang, Settings, account_of, told_settings
from decroche.cli.opening import at_ledger, server_speaker
from decroche.cli.proof_sayings import PROOF_SAYINGS
from decroche.cli.speaker import Speaker

#: The days that are shown unless told otherwise, today included.
_DAYS = 30
_POINTS = 100
Rows = Iterator[tuple[str, str]]


def proof(
    since: Annotated[str | None, typer.Option("--from", help="First day, such as 2026-01-31.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Last day; today by default.")] = None,
    site: Annotated[str | None, typer.Option(help="Only the journeys of this site.")] = None,
    as_json: AsJson = False,
    of: Annotated[str | None, typer.Option("--account", help="The business, where there are several.")] = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Show what recovery brought: outcomes, delays, promises, and what a hold-out proves."""
    speaker = server_speaker(lang).knowing(PROOF_SAYINGS)
    told = told_settings(speaker, settings, data, database)
    now = datetime.now(UTC)
    with at_ledger(speaker, told) as ledger:
        account = account_of(speaker, ledger, of)
        zone = ZoneInfo(str(account.zone))
        last = now.astimezone(zone).date() if until is None else _day(speaker, until)
        first = last - timedelta(days=_DAYS - 1) if since is None else _day(speaker, since)
        if first > last:
            speaker.fail("period_empty")
        with ledger.for_account(str(account.id)) as mine:
            known = [row["name"] for row in mine.sites()]
        if site is not None and site not in known:
            speaker.fail("site_unknown", site=site, known=", ".join(known) or "–")
        begin, end = (datetime.combine(day, time(), zone).astimezone(UTC) for day in (first, last + timedelta(days=1)))
        found = proved(
            ledger, str(account.id), since=begin, until=end, now=now, key=told.fingerprint_key(), site=site
        )  # fmt: skip
    shown = proof_out(*found, speaker.language)
    if as_json:
        print(json.dumps(shown.model_dump(mode="json"), ensure_ascii=False, indent=2))
        return
    _print(speaker, shown, name=str(account.name), first=first, last=last, zone=zone)


def _print(speaker: Speaker, shown: ProofOut, *, name: str, first: date, last: date, zone: ZoneInfo) -> None:
    site = "" if shown.site is None else speaker.text("proof_site", site=shown.site)
    speaker.say("proof_head", name=name, site=site, begin=first, end=last, n=shown.journeys)
    print()
    _table(_figures(speaker, shown))
    if not shown.hours_told:
        speaker.say("no_hours")
    for experiment in shown.experiments:
        print()
        begin, at = (moment.astimezone(zone).date() for moment in (experiment.began_at, experiment.looked_at))
        if experiment.between == "holdout":
            speaker.say("holdout_head", name=experiment.name, begin=begin, at=at)
        else:
            _, playbook, step, *_ = experiment.name.split("/")
            speaker.say("variants_head", playbook=playbook, step=step, begin=begin, at=at)
        _table(_experiment(speaker, experiment))
        print(experiment.says)
        if experiment.reached is not None:
            speaker.say("reached_on", at=experiment.reached.at.astimezone(zone).date(), n=experiment.reached.n)
    if shown.proposal is not None:
        print()
        speaker.say("proposal_head")
        print(shown.proposal.says)
        _cost(speaker, shown.proposal)
    print()
    speaker.say("definitions")
    defined = [
        (speaker.text("recovered"), shown.recovered.definition),
        (speaker.text("to_attempt"), shown.to_attempt.definition),
        (speaker.text("to_contact"), shown.to_contact.definition),
        (speaker.text("to_booking"), shown.to_booking.definition),
        (speaker.text("promises_kept"), shown.promises_kept.definition),
        (speaker.text("voicemails_heard"), shown.voicemails_heard.definition),
    ]
    if shown.experiments:
        one = shown.experiments[0]
        defined += [(speaker.text("difference"), one.definition), (speaker.text("owed"), one.incremental_definition)]
    _table(iter(defined))


def _figures(speaker: Speaker, shown: ProofOut) -> Rows:
    for each in shown.outcomes:
        yield speaker.text(f"outcome_{each.outcome}"), speaker.language.number(each.n)
    yield speaker.text("recovered"), _rate(speaker, shown.recovered)
    for name, speed in (
        ("to_attempt", shown.to_attempt),
        ("to_contact", shown.to_contact),
        ("to_booking", shown.to_booking),
    ):
        yield speaker.text(name), _speed(speaker, speed, hours_told=shown.hours_told)
    yield speaker.text("promises_kept"), _rate(speaker, shown.promises_kept)
    yield speaker.text("voicemails_heard"), _rate(speaker, shown.voicemails_heard)


def _experiment(speaker: Speaker, found: ExperimentOut) -> Rows:
    between = found.between == "variants"
    yield found.control.arm if between else speaker.text("arm_control"), _arm(speaker, found.control)
    yield found.treated.arm if between else speaker.text("arm_treated"), _arm(speaker, found.treated)
    if not found.control.callers or not found.treated.callers:
        return
    low, high = found.difference.low, found.difference.high
    middle = _points(speaker, found.difference.middle)
    if low is None or high is None:
        yield speaker.text("difference"), speaker.text(
            "points", middle=middle, middle_n=abs(_POINTS * found.difference.middle)
        )  # fmt: skip
        return
    ends = {"low": _points(speaker, low), "high": _points(speaker, high)}
    yield speaker.text("difference"), speaker.text("points_between", middle=middle, **ends)
    owed = found.incremental
    if not between:
        yield speaker.text("owed"), speaker.text("owed_between", middle=owed.middle, low=owed.low, high=owed.high)
    if found.money is not None:
        yield speaker.text("money"), _money(speaker, found.money.incremental, found.money.currency)


def _points(speaker: Speaker, share: float) -> str:
    written = speaker.language.number(abs(_POINTS * share), 1)
    return ("−" if share < 0 else "+") + written


def _money(speaker: Speaker, found: DifferenceOut, currency: str) -> str:
    middle = (round(found.middle, 2), currency)
    if found.low is None or found.high is None:
        return speaker.text("money_of", middle=middle)
    ends = {"low": (round(found.low, 2), currency), "high": (round(found.high, 2), currency)}
    return speaker.text("money_between", middle=middle, **ends)


def _arm(speaker: Speaker, arm: ArmOut) -> str:
    if arm.rate is None:
        return speaker.text("arms_empty", waiting=arm.waiting)
    return speaker.text("arms_waiting", rate=arm.rate, of=arm.recovered, all=arm.callers, waiting=arm.waiting)


def _rate(speaker: Speaker, rate: RateOut) -> str:
    if rate.rate is None:
        return speaker.text("nothing_of")
    return speaker.text("share_of", rate=rate.rate, of=rate.numerator, all=rate.denominator)


def _speed(speaker: Speaker, speed: SpeedOut, *, hours_told: bool) -> str:
    if speed.median_elapsed_min is None or speed.median_business_min is None:
        return speaker.text("nothing_of")
    return speaker.text(
        "speed" if hours_told else "speed_alone",
        elapsed=60 * speed.median_elapsed_min,
        business=60 * speed.median_business_min,
        of=speed.happened.numerator,
        all=speed.happened.denominator,
    )


def _cost(speaker: Speaker, proposal: ProposalOut) -> None:
    if proposal.recoveries is None:
        return
    spread, money = proposal.recoveries, ""
    if proposal.money is not None and proposal.currency is not None:
        money = speaker.text("proposal_money", mean=(round(proposal.money.mean), proposal.currency))
    speaker.say("proposal_cost", mean=spread.mean, low=spread.low, high=spread.high, money=money)


def _table(rows: Rows) -> None:
    known = list(rows)
    width = max(len(name) for name, _ in known)
    for name, text in known:
        print(f"  {name:<{width}}  {text}")


def _day(speaker: Speaker, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        speaker.fail("day_unreadable", text=text)
