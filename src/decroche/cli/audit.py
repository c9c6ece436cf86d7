"""``decroche audit``: exports of calls in, a one-page report out, with no server and nothing sent anywhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

from decroche.app import Audit, AuditRequest, NoCalls, run_audit
from decroche.capture.files.errors import UnreadableFile
from decroche.capture.files.mapping_toml import read_mapping
from decroche.capture.files.rejected import Rejection, write_rejections
from decroche.cli.machine import machine_zone
from decroche.cli.speaker import Speaker
from decroche.cli.telling import tell
from decroche.model.money import currency_of
from decroche.prove.claims import load
from decroche.prove.reports import ReportInputs, render_all
from decroche.rules.holidays import UnknownPlace
from decroche.settings import AuditSettings, BadSettings, merged, read_settings, written
from decroche.understand.hours import HoursUnreadable, parse_week
from decroche.understand.loss_beside import sunk_ad_spend
from decroche.understand.loss_inputs import BadLossInput
from decroche.warehouse.engine import MEMORY, TOO_LITTLE_MEMORY, BadMemory
from decroche.warehouse.zones import UnknownZone

SETTINGS_FILE = "audit.toml"
#: Where the settings of another export are kept, so that this audit may write its own.
LEFT_SETTINGS_FILE = "audit.previous.toml"
REJECTED_FILE = "rejected.csv"

Paths = Annotated[list[Path], typer.Argument(metavar="FILE...", help="Exports of calls: CSV, Excel, Parquet, logs.")]
Out = Annotated[Path, typer.Option(help="Folder that receives the reports.")]
Lang = Annotated[str, typer.Option("--lang", help="fr, fr-CA or en.")]
Text = str | None


def audit(
    files: Paths,
    out: Out = Path("decroche-audit"),
    lang: Lang = "fr",
    mapping: Annotated[Path | None, typer.Option(help="Mapping file (TOML) for a table of your own.")] = None,
    settings: Annotated[Path | None, typer.Option(help="Settings file; OUT/audit.toml of an earlier run.")] = None,
    zone: Annotated[Text, typer.Option(help="Time zone of local times, such as Europe/Paris.")] = None,
    country: Annotated[
        Text, typer.Option(help="Country for holidays and numbers: FR, FR-57, CA-QC, BE, CH-GE.")
    ] = None,
    hours: Annotated[Text, typer.Option(help='Opening hours: "mon-fri 08:00-12:00 14:00-18:00; sat 9-12".')] = None,
    business: Annotated[Text, typer.Option(help="Name of the business, for the title.")] = None,
    margin: Annotated[Text, typer.Option(help="Margin on one sale: 300, or 250-600.")] = None,
    conversion: Annotated[Text, typer.Option(help="Share of callers who buy: 25 %, or 20-30 %.")] = None,
    need: Annotated[Text, typer.Option(help="Share of missed callers with a new need.")] = None,
    new_customers: Annotated[Text, typer.Option(help="Share of new customers among them.")] = None,
    lifetime_value: Annotated[Text, typer.Option(help="Margin that a new customer brings over the years.")] = None,
    ad_spend: Annotated[Text, typer.Option(help="Spent on advertising for these calls.")] = None,
    ad_calls: Annotated[Text, typer.Option(help="Of the calls, how many the advertising brought.")] = None,
    ad_missed: Annotated[Text, typer.Option(help="How many of those were missed.")] = None,
    remedy: Annotated[Text, typer.Option(help="Monthly price of what would answer the calls.")] = None,
    currency: Annotated[Text, typer.Option(help="Currency of the amounts: EUR, CAD, CHF…")] = None,
    answer_within: Annotated[
        float | None, typer.Option(min=0, max=86_400, help="Service level threshold in seconds; else 20.")
    ] = None,
    short_abandon: Annotated[
        float | None, typer.Option(min=0, max=86_400, help="A caller who leaves sooner (s) is not counted; else 5.")
    ] = None,
    construction_holiday: Annotated[
        bool | None, typer.Option(help="Count Québec's construction holiday as a holiday.")
    ] = None,
    show_numbers: Annotated[bool, typer.Option(help="Write phone numbers in full.")] = False,
    memory: Annotated[str, typer.Option(help="Memory for the engine, such as 3GB.")] = MEMORY,
) -> None:
    """Audit exports of calls: what was missed, when, where, what it costs, and three things to do."""
    speaker = Speaker(lang)
    loss = {
        "margin": margin, "conversion": conversion, "need": need, "new_customers": new_customers,
        "lifetime_value": lifetime_value, "ad_spend": ad_spend,
        "ad_calls": ad_calls, "ad_missed": ad_missed, "remedy_per_month": remedy, "currency": currency,
    }  # fmt: skip
    try:
        flags = AuditSettings(
            business=business,
            zone=zone,
            country=country,
            answer_within_s=answer_within,
            short_abandon_s=short_abandon,
            hours={(None, None): parse_week(hours)} if hours else {},
            construction_holiday=construction_holiday,
            loss={key: value for key, value in loss.items() if value is not None},
            mapping=read_mapping(mapping) if mapping else None,
        )
    except HoursUnreadable as error:
        speaker.fail("hours_unreadable", key="--hours", part=error.part)
    except UnreadableFile as error:
        speaker.unreadable(error)
    except BadSettings as error:
        speaker.fail(error.word, **error.told)
    except OSError as error:
        speaker.no_access(error, out)
    audit_files(files, out=out, flags=flags, settings=settings, speaker=speaker, memory=memory, masked=not show_numbers)


def audit_files(
    files: list[Path],
    *,
    out: Path,
    flags: AuditSettings,
    settings: Path | None,
    speaker: Speaker,
    memory: str = MEMORY,
    masked: bool = True,
    quiet: bool = False,
) -> Audit:
    """Audit ``files`` into ``out`` and print what was found."""
    now = datetime.now(UTC)

    def tell_rejected(rejected: Iterator[Rejection]) -> None:
        write_rejections(out / REJECTED_FILE, rejected, speaker.language, masked=masked)

    try:
        out.mkdir(parents=True, exist_ok=True)
        path = settings or out / SETTINGS_FILE
        saved = read_settings(path) if settings or path.exists() else AuditSettings()
        asked = _with_answers(merged(flags, saved), speaker)
        left = False

        def choose(inputs: str) -> AuditSettings:
            nonlocal left
            left = settings is None and saved.inputs not in {None, inputs}
            if left:
                typed = {key: answer for key, answer in asked.loss.items() if key not in saved.loss}
                return merged(AuditSettings(loss=typed), flags)
            if saved != AuditSettings():
                speaker.say("settings_taken", path=path)
            return asked

        with _bar(quiet) as bar:
            task = bar.add_task("", total=None)

            def progress(stage: str, name: str, done: int, total: int) -> None:
                bar.update(task, description=speaker.text(stage, name=name), completed=done, total=total or None)

            request = AuditRequest(
                paths=files,
                settings=asked if settings else flags,
                choose=choose,
                tell_rejected=tell_rejected,
                language=speaker.language.code,
                now=now,
                machine_zone=machine_zone(),
                scratch=out,
                memory=memory,
            )
            audit_made = run_audit(request, progress)
            if left:
                speaker.say("settings_left", path=path.replace(out / LEFT_SETTINGS_FILE))
            progress("render", "", 0, 0)
            inputs = report_inputs(audit_made, masked=masked)
            reports = render_all(inputs, out, speaker.language.code)
        (out / SETTINGS_FILE).write_text(written(audit_made.settings), encoding="utf-8")
    except NoCalls as error:
        speaker.fail("no_calls", rows=error.rows_read, path=out / REJECTED_FILE)
    except UnreadableFile as error:
        speaker.unreadable(error)
    except UnknownZone as error:
        speaker.fail("unknown_zone", zone=error.zone)
    except UnknownPlace as error:
        speaker.fail("unknown_place", place="-".join(filter(None, (error.country, error.subdivision))))
    except BadSettings as error:
        speaker.fail(error.word, **error.told)
    except BadLossInput as error:
        speaker.fail("bad_loss_input", key=error.key, problem=error)
    except BadMemory as error:
        speaker.fail("bad_memory", memory=error, usual=MEMORY)
    except TOO_LITTLE_MEMORY:
        speaker.fail("too_little_memory", memory=memory)
    except BrokenPipeError:
        raise
    except OSError as error:
        speaker.no_access(error, out)
    tell(audit_made, [*reports, out / REJECTED_FILE], out / SETTINGS_FILE, speaker)
    return audit_made


def report_inputs(made: Audit, *, masked: bool) -> ReportInputs:
    """What the report is written from."""
    figures = made.figures
    spend, brought = made.loss_inputs.ad_spend, made.loss_inputs.ad_calls
    calls, missed = brought or (figures.totals.offered, figures.totals.missed)
    return ReportInputs(
        figures=figures,
        business=made.settings.business,
        loss=made.loss,
        told=made.loss_inputs,
        ads=sunk_ad_spend(spend=spend, calls=calls, missed=missed, told=brought is not None) if spend else None,
        claims=load(),
        settings={
            "answer_within_s": figures.terms.threshold_s,
            "short_abandon_s": figures.terms.short_s,
            "journey_days": made.settings.journey_days,
            "numbers_masked": masked,
        },
    )


def _with_answers(settings: AuditSettings, speaker: Speaker) -> AuditSettings:
    """Ask for the two numbers that price the loss, where a person can answer."""
    loss = dict(settings.loss)
    currency = loss.get("currency") or (currency_of(settings.country) if settings.country else None)
    if sys.stdin.isatty() and sys.stdout.isatty():
        for key in ("margin", "conversion"):
            if key not in loss:
                answer = input(speaker.text(f"ask_{key}", unit=f" ({currency})" if currency else "")).strip()
                if not answer:
                    break
                loss[key] = answer
    return merged(AuditSettings(loss=loss), settings)


def _bar(quiet: bool) -> Progress:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True, disable=quiet or not sys.stderr.isatty())
