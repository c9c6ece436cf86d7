"""``decroche experiments``: openers and scripts tried by chance: planned, begun, drawn, looked at and ended."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from decroche.api.experiments import needs_out, trial_out
from decroche.cli.connecting import AsJson, Data, Database, Lang, Of, Settings, account_of, told_settings
from decroche.cli.experiments_sayings import EXPERIMENTS_SAYINGS
from decroche.cli.opening import at_ledger, server_speaker
from decroche.cli.speaker import Speaker
from decroche.ledger.audit_log import COMMAND, note
from decroche.ledger.opener_trials import (
    NameTaken,
    NoSuchTrial,
    NotDrawn,
    Success,
    Trial,
    TrialOver,
    begin_trial,
    end_trial,
    read_trial,
)
from decroche.ledger.store import Ledger
from decroche.prove.service_trials import TrialShown, trials_shown, verdict_said
from decroche.prove.trials import BadTrial, needs
from decroche.recover.service_openers import give_opener, it_worked
from decroche.understand.numbers import read_number

_LONGEST_WINDOW = 180
_POINTS = 100
Name = Annotated[str, typer.Argument(help="The name of the experiment.")]
Base = Annotated[float, typer.Option(help="The share of people called of which it works today: 0.03.", min=0, max=1)]
Changed = Annotated[float, typer.Option(help="The share that would be worth knowing: 0.04.", min=0, max=1)]
Number = Annotated[str, typer.Argument(help="The phone number of the person.")]

experiments = typer.Typer(
    name="experiments",
    help="Try openers and scripts by chance, with a verdict that holds at every look.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@dataclass(frozen=True, slots=True)
class _Bench:
    """Where a command works."""

    speaker: Speaker
    ledger: Ledger
    account: str
    region: str
    zone: ZoneInfo
    key: bytes
    now: datetime

    def trial(self, name: str) -> Trial:
        """The experiment with a name; the command ends when there is none."""
        try:
            with self.ledger.reading() as connection:
                return read_trial(connection, self.account, name)
        except NoSuchTrial:
            self.speaker.fail("trial_unknown", name=name)

    def person(self, number: str) -> int:
        """E.164 digits; the command ends when it is no number."""
        found = read_number(number, region=self.region).e164
        if found is None or found <= 0:
            self.speaker.fail("trial_bad_number", number=number[:40])
        return found


@contextmanager
def _bench(
    lang: str, of: str | None, settings: Path | None, data: Path | None, database: str | None
) -> Iterator[_Bench]:  # fmt: skip
    speaker = server_speaker(lang).knowing(EXPERIMENTS_SAYINGS)
    told = told_settings(speaker, settings, data, database)
    with at_ledger(speaker, told) as ledger:
        row = account_of(speaker, ledger, of)
        region, zone = str(row.country).partition("-")[0], ZoneInfo(str(row.zone))
        yield _Bench(speaker, ledger, str(row.id), region, zone, told.fingerprint_key(), datetime.now(UTC))


@experiments.command("needs")
def needs_of(
    base: Base,
    changed: Changed,
    arms: Annotated[int, typer.Option(help="How many ways are tried.", min=2, max=6)] = 2,
    per_week: Annotated[float, typer.Option(help="People called a week.", min=0)] = 0.0,
    as_json: AsJson = False,
    lang: Lang = "fr",
) -> None:
    """Tell how many people an experiment needs, before it begins."""
    speaker = server_speaker(lang).knowing(EXPERIMENTS_SAYINGS)
    try:
        found = needs(base=base, changed=changed, arms=arms, per_week=per_week)
    except BadTrial:
        speaker.fail("trial_bad")
    if as_json:
        print(json.dumps(needs_out(found).model_dump(mode="json"), ensure_ascii=False, indent=2))
        return
    say = speaker.language.say
    print(
        say(
            "experiments.needs_said",
            base=found.base,
            changed=found.changed,
            once=found.per_arm,
            at_will=found.per_arm_at_will,
        )
    )
    if found.weeks is not None:
        print(say("experiments.needs_weeks", weeks=found.weeks))


@experiments.command()
def begin(
    name: Name,
    base: Base,
    changed: Changed,
    arm: Annotated[list[str], typer.Option(help="name=words; the first is what is said today. Repeatable.")],
    days: Annotated[int, typer.Option(help="Days until a person counts.", min=1, max=_LONGEST_WINDOW)] = 7,
    success: Annotated[Success, typer.Option(help="What a hit is: told, or from the CRM within these days.")] = (
        Success.TOLD
    ),
    of: Of = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Begin an experiment."""
    with _bench(lang, of, settings, data, database) as bench:
        arms = [(each.partition("=")[0].strip()[:80], each.partition("=")[2].strip()[:2000]) for each in arm]
        names = {each for each, _ in arms}
        try:
            needs(base=base, changed=changed, arms=len(arms))
        except BadTrial:
            bench.speaker.fail("trial_bad")
        if "" in names or len(names) < len(arms) or not name.strip():
            bench.speaker.fail("trial_bad")
        try:
            with bench.ledger.writing() as connection:
                id = begin_trial(
                    connection,
                    bench.account,
                    name=name.strip()[:80],
                    arms=arms,
                    base=base,
                    changed=changed,
                    window_days=days,
                    success=success,
                    now=bench.now,
                )
                note(connection, bench.account, COMMAND, "settings.experiment_begun", id, {"name": name}, at=bench.now)
        except NameTaken:
            bench.speaker.fail("trial_taken", name=name)
        bench.speaker.say("trial_begun", name=name)


@experiments.command("list")
def list_trials(
    as_json: AsJson = False,
    of: Of = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Show each experiment: its arms, with n and interval, and the verdict."""
    with _bench(lang, of, settings, data, database) as bench:
        with bench.ledger.reading() as connection:
            found = trials_shown(connection, bench.account, now=bench.now, key=bench.key)
        if as_json:
            shown = [trial_out(each, bench.speaker.language).model_dump(mode="json") for each in found]
            print(json.dumps(shown, ensure_ascii=False, indent=2))
            return
        if not found:
            bench.speaker.say("trials_none")
        for each in found:
            _print(bench, each)


def _print(bench: _Bench, found: TrialShown) -> None:
    speaker, trial = bench.speaker, found.trial
    began, at = (each.astimezone(bench.zone).date() for each in (trial.began_at, found.standing.looked_at))
    speaker.say("trial_head", name=trial.name, began=began, at=at)
    for arm in found.standing.arms:
        if arm.rate.value is None or arm.interval is None:
            line = speaker.text("trial_arm_empty", waiting=arm.waiting)
        else:
            line = speaker.text(
                "trial_arm",
                rate=arm.rate.value,
                hits=arm.rate.numerator,
                people=arm.rate.denominator,
                low=arm.interval[0],
                high=arm.interval[1],
                waiting=arm.waiting,
            )
        if arm.against is not None and arm.against.low is not None and arm.against.high is not None:
            points = (_points(speaker, each) for each in (arm.against.middle, arm.against.low, arm.against.high))
            line += speaker.text("trial_difference", **dict(zip(("middle", "low", "high"), points, strict=True)))
        print(f"  {arm.name}  {line}")
    speaker.say("trial_planned", base=trial.base, changed=trial.changed, at_will=found.needs.per_arm_at_will)
    print(verdict_said(found, speaker.language))
    if found.first is not None:
        speaker.say("trial_reached", at=found.first.at.astimezone(bench.zone).date(), n=found.first.n)


def _points(speaker: Speaker, share: float) -> str:
    return ("−" if share < 0 else "+") + speaker.language.number(abs(_POINTS * share), 1)


@experiments.command()
def draw(
    name: Name,
    number: Number,
    site: Annotated[str, typer.Option(help="The site that calls.")] = "",
    of: Of = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Tell which opener chance gives a person, before the call."""
    with _bench(lang, of, settings, data, database) as bench:
        trial, person = bench.trial(name), bench.person(number)
        try:
            with bench.ledger.writing() as connection:
                arm, words = give_opener(
                    connection, bench.account, trial, person, key=bench.key, site=site, now=bench.now
                )  # fmt: skip
        except TrialOver:
            bench.speaker.fail("trial_over", name=name)
        bench.speaker.say("trial_drawn", arm=arm, words=words)


@experiments.command()
def worked(
    name: Name,
    number: Number,
    of: Of = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Note that the call with a person led to what was hoped for."""
    with _bench(lang, of, settings, data, database) as bench:
        trial, person = bench.trial(name), bench.person(number)
        try:
            with bench.ledger.writing() as connection:
                it_worked(connection, bench.account, trial, person, key=bench.key, now=bench.now)
        except NotDrawn:
            bench.speaker.fail("trial_not_drawn", name=name)
        bench.speaker.say("trial_worked")


@experiments.command()
def end(
    name: Name,
    of: Of = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """End an experiment: nobody is drawn any more."""
    with _bench(lang, of, settings, data, database) as bench:
        trial = bench.trial(name)
        with bench.ledger.writing() as connection:
            end_trial(connection, bench.account, trial.id, now=bench.now)
            note(
                connection, bench.account, COMMAND, "settings.experiment_ended", trial.id, {"name": trial.name},
                at=bench.now,
            )  # fmt: skip
        bench.speaker.say("trial_ended", name=trial.name)
