"""``decroche campaign FILE``: the three indicators of an outbound campaign from its export, with no server."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Annotated

import typer

from decroche.capture.files.campaign_mapping import read_campaign_mapping, written_mapping
from decroche.capture.files.campaign_reading import CampaignReading, CampaignRequest, count_files
from decroche.capture.files.errors import UnreadableFile
from decroche.cli.campaign_sayings import CAMPAIGN_SAYINGS
from decroche.cli.speaker import Speaker
from decroche.model.campaign import CampaignCounts
from decroche.prove.campaign_terms import KEYS, BadTerm, read_terms
from decroche.prove.campaign_words import (
    Shown,
    advice_said,
    attempt_rows,
    counted,
    figures,
    of_rate,
    outlier_said,
    projection_said,
)
from decroche.prove.kpis.campaign_attempts import attempts
from decroche.prove.kpis.campaign_cohorts import all_together, cohorts
from decroche.prove.kpis.campaign_indicators import Terms, conversions, indicators
from decroche.prove.kpis.campaign_lever import advise, completed, outliers
from decroche.warehouse.engine import MEMORY, TOO_LITTLE_MEMORY, BadMemory

#: The attempts, weeks and parts that are printed; --json has them all.
_SHOWN_ATTEMPTS, _SHOWN_WEEKS, _SHOWN_PARTS = 10, 12, 8

Text = str | None
Option = typer.Option


def campaign(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Export of a campaign: CSV, Excel, gz.")],
    mapping: Annotated[Path | None, Option(help="Mapping file (TOML) that names the columns.")] = None,
    column: Annotated[list[str] | None, Option(help="USE=COLUMN, such as opportunity=Meeting; repeat it.")] = None,
    save_mapping: Annotated[Path | None, Option(help="Write how the columns were read, to be corrected.")] = None,
    cost: Annotated[Text, Option(help="All that the campaign cost: 4000.")] = None,
    dial_cost: Annotated[Text, Option(help="Instead of --cost: the cost of one dial.")] = None,
    margin: Annotated[Text, Option(help="Margin on one sale.")] = None,
    revenue: Annotated[Text, Option(help="Amount of one sale, where the file has none.")] = None,
    closing: Annotated[Text, Option(help="Share of opportunities that become sales: 12.5 %, or 10-15 %.")] = None,
    profit: Annotated[Text, Option(help="Share of the margin to keep: the target of the cost per opportunity.")] = None,
    goal: Annotated[Text, Option(help="Conversion aimed at: 3 %.")] = None,
    goal_per: Annotated[Text, Option(help="Of that goal: dial, contact or person.")] = None,
    bands: Annotated[Text, Option(help='Names of rates: "0 %: weak; 3 %: good".')] = None,
    bands_source: Annotated[Text, Option(help="Who says so; shown beside each band.")] = None,
    bands_per: Annotated[Text, Option(help="Of these bands: dial, contact or person.")] = None,
    currency: Annotated[Text, Option(help="Currency of the amounts: EUR, CAD, CHF…")] = None,
    until: Annotated[Text, Option(help="Day until which sales are known; else the last day in the file.")] = None,
    as_json: Annotated[bool, Option("--json", help="What the API gives, for programs.")] = False,
    lang: Annotated[str, Option("--lang", help="fr, fr-CA or en.")] = "fr",
    memory: Annotated[str, Option(help="Memory for the engine, such as 3GB.")] = MEMORY,
) -> None:
    """Measure an outbound campaign: cost per opportunity, conversion of calls, return, and the lever to pull first."""
    speaker = Speaker(lang, CAMPAIGN_SAYINGS)
    told = (
        currency, cost, dial_cost, margin, revenue, closing, profit, goal, goal_per, bands, bands_source, bands_per,
    )  # fmt: skip
    try:
        terms = read_terms(dict(zip(KEYS, told, strict=True)))
    except BadTerm as error:
        speaker.fail("campaign_bad_term", option=error.key.replace("_", "-"), text=error.text)
    last = _moment(speaker, until)
    try:
        with tempfile.TemporaryDirectory(prefix="decroche-") as scratch:
            request = CampaignRequest(
                paths=files,
                scratch=Path(scratch),
                now=datetime.now(UTC),
                mapping=read_campaign_mapping(mapping) if mapping is not None else None,
                given=_given(speaker, column or ()),
            )
            reading, counts = count_files(request, memory=memory, until=last)
        if save_mapping is not None:
            save_mapping.write_text(written_mapping(reading.mapping), encoding="utf-8")
    except UnreadableFile as error:
        speaker.unreadable(error)
    except BadMemory as error:
        speaker.fail("bad_memory", memory=error, usual=MEMORY)
    except TOO_LITTLE_MEMORY:
        speaker.fail("too_little_memory", memory=memory)
    except OSError as error:
        speaker.no_access(error, save_mapping or Path())
    if as_json:
        from decroche.api.campaign_schemas import campaign_figures

        print(campaign_figures(counts, terms, speaker.language).model_dump_json(indent=2))
        return
    _tell_reading(speaker, reading)
    if not reading.kept:
        speaker.fail("campaign_nothing", rows=reading.rows_read, rejected=sum(reading.rejected.values()))
    _tell(speaker, counts, terms)
    if save_mapping is not None:
        print()
        speaker.say("campaign_saved", path=save_mapping)


def _given(speaker: Speaker, columns: Sequence[str]) -> Mapping[str, Sequence[str]]:
    given: dict[str, list[str]] = {}
    for text in columns:
        use, equals, name = text.partition("=")
        if not equals or not use.strip() or not name.strip():
            speaker.fail("campaign_bad_column", text=text)
        given.setdefault(use.strip(), []).append(name.strip())
    return given


def _moment(speaker: Speaker, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.combine(datetime.strptime(text, "%Y-%m-%d"), time())  # noqa: DTZ007
    except ValueError:
        speaker.fail("campaign_bad_day", text=text)


def _tell_reading(speaker: Speaker, reading: CampaignReading) -> None:
    language = speaker.language
    for file in reading.files:
        speaker.say("campaign_rows", name=file.name, rows=file.rows)
    if reading.guess is not None:
        speaker.say("campaign_columns")
        for each in reading.guess.found:
            speaker.say("campaign_column", use=f"{each.use:<12}", column=each.column, confidence=each.confidence)
    for sentence in reading.sentences:
        print(language.set(sentence.english if language.code == "en" else sentence.french))
    ignored, rejected = sum(reading.ignored.values()), sum(reading.rejected.values())
    speaker.say("campaign_kept", rows=reading.rows_read, kept=reading.kept, ignored=ignored, rejected=rejected)
    for reason, n in (*reading.ignored.items(), *reading.rejected.items()):
        speaker.say("campaign_reason", n=n, reason=language.say(f"campaign.fate.{reason}"))


def _tell(speaker: Speaker, counts: CampaignCounts, terms: Terms) -> None:
    language = speaker.language
    found = indicators(counts.total, terms)
    if counts.first is not None and counts.last is not None:
        speaker.say("campaign_period", first=counts.first, last=counts.last)
    _head(speaker, "campaign_counts")
    _table(list(counted(counts, language)))
    _head(speaker, "campaign_indicators")
    _table([(each.name, _line(each)) for each in figures(found, terms, language)])
    speaker.say("campaign_interval")
    lines = attempts(counts.ladder)
    if len(lines) > 1:
        _head(speaker, "campaign_attempts")
        for number, at, last in list(attempt_rows(lines, language))[:_SHOWN_ATTEMPTS]:
            speaker.say(
                "campaign_attempt",
                number=f"{number:>3}",
                at=at.shown,
                at_of=at.of,
                last=last.shown,
                last_of=last.of or 0,
            )
    if counts.weeks:
        _head(speaker, "campaign_weeks")
        for week in counts.weeks[-_SHOWN_WEEKS:]:
            rate = next(iter(conversions(week.tally).values()), None)
            if rate is not None:
                shown, of, interval = of_rate(language, rate)
                print(f"  {language.date(week.monday)} : {shown} ({of} ; {interval})" if of else f"  {week.monday} : –")
    apart = outliers(counts.groups, completed(counts, terms, found))
    if counts.groups:
        _head(speaker, "campaign_parts" if apart else "campaign_no_parts")
        for outlier in apart[:_SHOWN_PARTS]:
            print(f"  {outlier_said(outlier, language)}")
    if counts.followed and counts.total.sales:
        _head(speaker, "campaign_cohorts")
        months = [(language.say("campaign.all"), all_together(counts.followed))]
        months += [(cohort.month.isoformat()[:7], cohort.at) for cohort in cohorts(counts.followed)]
        for month, projections in months:
            for each in projections:
                speaker.say("campaign_cohort_line", month=month, days=each.days, said=projection_said(each, language))
    _head(speaker, "campaign_lever")
    for sentence in advice_said(advise(counts, terms), language):
        print(f"  {sentence}")


def _head(speaker: Speaker, key: str) -> None:
    print()
    speaker.say(key)


def _line(shown: Shown) -> str:
    if shown.missing is not None:
        return f"{shown.shown}  {shown.missing}"
    beside = " ; ".join(each for each in (shown.of, shown.interval, shown.note) if each)
    return f"{shown.shown}  ({beside})" if beside else shown.shown


def _table(rows: Sequence[tuple[str, str]]) -> None:
    width = max((len(name) for name, _ in rows), default=0)
    for name, text in rows:
        print(f"  {name:<{width}}  {text}")
