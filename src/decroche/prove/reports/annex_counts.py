"""Annex: what was read, what the calls became, how fast they were answered, each rate with its base."""

from __future__ import annotations

from dataclasses import replace

from decroche.language import Language
from decroche.model.call import MissedReason
from decroche.model.figures import Durations, Figures, Rate
from decroche.prove.kpis.service_level import DEFAULT_FORM, FORM_SENTENCES, FORMULAS, service_levels
from decroche.prove.reports.blocks import Bars, Block, Chart, Section, Table
from decroche.prove.reports.inputs import ReportInputs
from decroche.prove.reports.page import accounting_lines
from decroche.prove.reports.writing import count, plain, seconds, share, words
from decroche.prove.vendor_profiles import MISSING, PROFILES, Level, VendorProfile, VendorTerms


def rates(figures: Figures) -> dict[str, Rate]:
    """The four rates of the report. Abandonment leaves short abandons out, above and below the line."""
    totals = figures.totals
    return {
        "answer_rate": Rate(totals.answered, totals.offered),
        "missed_rate": Rate(totals.missed, totals.offered),
        "abandonment_rate": Rate(totals.abandoned - totals.short_abandoned, totals.offered - totals.short_abandoned),
        "queue_abandonment": Rate(totals.queued_abandoned, totals.queued),
    }


def accounting(inputs: ReportInputs, language: Language) -> Section:
    """Rows in, calls out, and why the others are not calls."""
    figures, say = inputs.figures, language.say
    reasons = [
        (say(f"accounting.{fate}"), say(f"fate.{word}") if language.has(f"fate.{word}") else plain(word), rows)
        for fate, by_reason in (
            ("ignored", figures.accounting.ignored_by_reason),
            ("rejected", figures.accounting.rejected_by_reason),
        )
        for word, rows in sorted(by_reason.items(), key=lambda item: (-item[1], item[0]))
    ]
    files = Table(
        title=say("table.files"),
        columns=(say("column.file"), say("column.format"), say("column.rows")),
        rows=tuple(
            (words(plain(file.name)), words(plain(file.title) or say("format.table")), count(language, file.rows))
            for file in figures.files
        ),
    )
    why = Table(
        title=say("table.fates"),
        columns=(say("column.fate"), say("column.reason"), say("column.rows")),
        rows=tuple((words(fate), words(reason), count(language, rows)) for fate, reason, rows in reasons),
    )
    blocks: list[Block] = [*accounting_lines(figures, language), files]
    blocks.append(why if reasons else say("accounting.every_row"))
    return Section(
        key="accounting", title=say("section.accounting"), sheet=say("sheet.accounting"), blocks=tuple(blocks)
    )


def totals(inputs: ReportInputs, language: Language) -> Section:
    """The counts of calls and the rates that they make."""
    figures, say = inputs.figures, language.say
    counted = figures.totals
    numbers = {
        "offered": counted.offered,
        "answered": counted.answered,
        "missed": counted.missed,
        "abandoned": counted.abandoned,
        "short_abandoned": counted.short_abandoned,
        "queued": counted.queued,
        "queued_abandoned": counted.queued_abandoned,
        "voicemail_left": counted.voicemail_left,
        "outbound": counted.outbound,
        "internal": counted.internal,
        "blocked_spam": counted.blocked_spam,
        "forwarded": counted.forwarded,
        "masked": counted.masked,
        "unique_callers": counted.unique_callers,
        "unique_callers_missed": counted.unique_callers_missed,
    }
    calls = Table(
        title=say("table.totals"),
        columns=(say("column.measure"), say("column.count"), say("column.definition")),
        rows=tuple(
            (words(say(f"total.{name}")), count(language, number), words(say(f"total.{name}.definition")))
            for name, number in numbers.items()
        ),
    )
    rate_rows = Table(
        title=say("table.rates"),
        columns=(
            say("column.measure"),
            say("column.rate"),
            say("column.numerator"),
            say("column.denominator"),
            say("column.definition"),
        ),
        rows=tuple(
            (
                words(say(f"rate.{name}")),
                share(language, rate),
                count(language, rate.numerator),
                count(language, rate.denominator),
                words(say(f"rate.{name}.definition", short=figures.terms.short_s)),
            )
            for name, rate in rates(figures).items()
        ),
    )
    voicemail = say(
        "text.voicemail",
        left=counted.voicemail_left,
        missed=counted.missed,
        share=counted.voicemail_left / max(counted.missed, 1),
    )
    # An export that names no message may be silent about them all.
    told = (voicemail,) if counted.voicemail_left else ()
    return Section(
        key="totals", title=say("section.totals"), sheet=say("sheet.totals"), blocks=(rate_rows, *told, calls)
    )


def service_level(inputs: ReportInputs, language: Language) -> Section:
    """The same calls under five formulas and as each vendor counts them."""
    figures, say = inputs.figures, language.say
    terms = figures.terms
    if not terms.wait_known:
        blocks: tuple[Block, ...] = (say("service_level.no_wait"),)
        return Section(
            key="service_level", title=say("section.service_level"), sheet=say("sheet.service_level"), blocks=blocks
        )
    cells = {form: share(language, rate, 2) for form, rate in service_levels(terms).items()}
    formulas = Table(
        title=say("table.formulas", threshold=terms.threshold_s),
        columns=(say("column.formula"), say("column.calculation"), say("column.value"), say("column.why")),
        rows=tuple(
            (
                words(form, strong=form == DEFAULT_FORM),
                words(FORMULAS[form]),
                cells[form],
                words(language.text(FORM_SENTENCES[form])),
            )
            for form in FORMULAS
        ),
        note=say(
            "service_level.terms",
            a=terms.answered,
            b=terms.unanswered,
            a_t=terms.answered_within,
            b_t=terms.unanswered_within,
            b_s=terms.unanswered_short,
            threshold=terms.threshold_s,
            short=terms.short_s,
        ),
    )
    title = say("chart.service_level", threshold=terms.threshold_s)
    drawing = Bars(tuple(FORMULAS), tuple(cells.values()), tuple(form == DEFAULT_FORM for form in FORMULAS))
    parts = " ; ".join(f"{form} {cell.text}" for form, cell in cells.items())
    chart = Chart(
        key="service_level",
        title=title,
        description=say("chart.bars.description", title=title, parts=parts),
        drawing=drawing,
        table=replace(formulas, note=None),
    )
    profiles = Table(
        title=say("table.profiles"),
        columns=(say("column.tool"), say("column.calculation"), say("column.value"), say("column.why")),
        rows=tuple(
            (
                words(language.set(profile.named(language.code))),
                words(language.set(profile.written(language.code))),
                share(language, level.rate, 2),
                words(language.text(MISSING[level.missing] if level.missing else profile.why)),
            )
            for profile, level in vendor_levels(figures)
        ),
    )
    return Section(
        key="service_level",
        title=say("section.service_level"),
        sheet=say("sheet.service_level"),
        blocks=(say("service_level.lead", form=DEFAULT_FORM), chart, formulas, profiles),
    )


def vendor_levels(figures: Figures) -> list[tuple[VendorProfile, Level]]:
    """Each vendor profile with what it gives on these calls."""
    known = {MissedReason(row.reason): row for row in figures.reasons if row.reason in set(MissedReason)}
    terms = VendorTerms(
        level=figures.terms,
        missed={reason: row.missed for reason, row in known.items()},
        missed_within={reason: row.within for reason, row in known.items()},
        called_back=figures.journeys.missed_called_back,
    )
    return [(profile, profile.level(terms)) for profile in PROFILES]


def waits(inputs: ReportInputs, language: Language) -> Section:
    """How long callers waited, and how long a conversation takes."""
    figures, say = inputs.figures, language.say
    handle = figures.handle_time
    waiting = {"wait_answered": figures.wait_answered, "wait_abandoned": figures.wait_abandoned}
    work = {"talk": handle.talk, "hold": handle.hold, "wrap": handle.wrap, "handle": handle.handle}
    return Section(
        key="waits",
        title=say("section.waits"),
        sheet=say("sheet.totals"),
        blocks=(
            _durations(language, "table.waits", waiting),
            say("text.waits", known=figures.terms.wait_known, offered=figures.totals.offered),
            _durations(language, "table.handle", work),
        ),
    )


def _durations(language: Language, title: str, rows: dict[str, Durations]) -> Table:
    say = language.say
    return Table(
        title=say(title),
        columns=(
            say("column.measure"),
            say("column.mean"),
            say("column.median"),
            say("column.p90"),
            say("column.calls"),
            say("column.definition"),
        ),
        rows=tuple(
            (
                words(say(f"duration.{name}")),
                seconds(language, row.mean),
                seconds(language, row.median),
                seconds(language, row.p90),
                count(language, row.n),
                words(say(f"duration.{name}.definition") if row.n else say("text.not_in_export")),
            )
            for name, row in rows.items()
        ),
    )
