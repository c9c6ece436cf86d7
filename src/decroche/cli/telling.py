"""What the terminal says once an audit is made: the files, the mapping, the figures in five lines, where to read on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from decroche.app import Audit
from decroche.cli.sayings import saying
from decroche.cli.speaker import Speaker
from decroche.language import Language
from decroche.model.figures import Accounting, Figures
from decroche.settings import AuditSettings
from decroche.understand.loss import Loss


def tell(made: Audit, reports: list[Path], settings: Path, speaker: Speaker) -> None:
    """Print what was found, and the files ``reports`` and ``settings`` that hold it."""
    language = speaker.language
    for file in made.reading.files:
        title = file.source.title or speaker.text("table")
        speaker.say("file_read", name=file.source.name, title=title, rows=file.source.rows)
        if file.guess is not None:
            speaker.say("mapping_shown", confidence=file.guess.confidence)
            for use in file.guess.per_column:
                print(f"  {use.use:<12} ← {', '.join(use.columns)} ({language.percent(use.confidence, 0)})")
    for warning in made.reading.warnings:
        print(language.set(warning.english if language.code == "en" else warning.french))
    for line in unknown_places(language, made.figures, made.settings):
        print(line)
    print(accounted(language, made.figures.accounting))
    for line in headlines(language, made.figures, made.loss):
        print(line)
    speaker.say("reports")
    for path in reports:
        print(f"  {path}")
    speaker.say("settings_saved", path=settings)


def accounted(language: Language, rows: Accounting) -> str:
    """Where every row went."""
    return saying(
        language,
        "accounting",
        rows=rows.rows_read,
        calls=rows.calls,
        legs=rows.legs_joined,
        ignored=rows.ignored,
        rejected=rows.rejected,
    )


def headlines(language: Language, figures: Figures, loss: Loss) -> Iterator[str]:
    """What was missed, who called again, who was lost and what it costs: as far as the export can tell."""
    totals, journeys = figures.totals, figures.journeys
    if not totals.offered:
        yield saying(language, "no_incoming")
        return
    rate = totals.missed / totals.offered
    yield saying(language, "headline", missed=totals.missed, offered=totals.offered, rate=rate)
    if not totals.missed:
        return
    week = journeys.windows[-1]
    if week.observable:
        share = week.redialed / week.observable
        yield saying(language, "redial", share=share, redialed=week.redialed, observable=week.observable)
    if not journeys.observable:
        yield saying(language, "lost_unknown")
        return
    yield saying(language, "lost", lost=journeys.lost)
    if not journeys.lost:
        return
    if loss.period is None:
        yield saying(language, "give_money")
    else:
        low, high = ((float(amount), loss.period.currency) for amount in (loss.period.low, loss.period.high))
        yield saying(language, "cost", low=low, high=high)


def unknown_places(language: Language, figures: Figures, settings: AuditSettings) -> Iterator[str]:
    """A line for each site and department that the settings name and the export does not."""
    prices = settings.loss.get("departments")
    sites = [("hours", site) for site, _ in settings.hours]
    departments = [("hours", department) for _, department in settings.hours]
    departments += [("loss", str(name)) for name in prices] if isinstance(prices, Mapping) else []
    for kind, named, groups in (("site", sites, figures.sites), ("department", departments, figures.departments)):
        known = [group.name for group in groups if group.name]
        for section, name in dict.fromkeys(named):
            if name is not None and name not in known:
                key = f"unknown_{kind}" if known else f"no_{kind}"
                yield saying(language, key, section=f"[{section}]", name=name, known=", ".join(known))
