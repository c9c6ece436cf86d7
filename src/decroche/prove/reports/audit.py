"""The whole report as one value, in one language: page 1, then the annex that answers every question behind it."""

from __future__ import annotations

from decroche.language import Language
from decroche.prove.reports import annex_counts, annex_money, annex_people, annex_when
from decroche.prove.reports.blocks import AuditReport, Block, Chart, Labels
from decroche.prove.reports.inputs import ReportInputs
from decroche.prove.reports.masking import masked
from decroche.prove.reports.page import page_one


def build(inputs: ReportInputs, language: Language) -> AuditReport:
    """Everything that the four forms show; pure, and the same for the same inputs."""
    inputs = masked(inputs)
    page = page_one(inputs, language)
    return AuditReport(
        language=language.code,
        title=" – ".join(part for part in (page.title, page.business) if part),
        page=page,
        annex=(
            annex_counts.totals(inputs, language),
            annex_when.hours(inputs, language),
            annex_when.days(inputs, language),
            annex_when.groups(inputs, language),
            annex_people.journeys(inputs, language),
            annex_people.reasons(inputs, language),
            annex_counts.service_level(inputs, language),
            annex_counts.waits(inputs, language),
            annex_money.cost(inputs, language),
            *((annex_money.claims(inputs, language),) if inputs.claims else ()),
            annex_counts.accounting(inputs, language),
            annex_money.assumptions(inputs, language),
            annex_money.definitions(language),
        ),
        labels=Labels(
            **{
                name: language.say(f"label.{name}")
                for name in ("annex", "annex_lead", "contents", "as_table", "skip", "made_by", "page", "summary_sheet")
            }
        ),
    )


def all_charts(report: AuditReport) -> tuple[Chart, ...]:
    """Every chart of the report, page 1 first."""
    blocks: list[Block] = [block for section in report.annex for block in section.blocks]
    page = [chart for chart in (report.page.heat, report.page.became) if chart is not None]
    return (*page, *(block for block in blocks if isinstance(block, Chart)))
