"""The e-mail that brings a quarterly audit: its first page in words, the paper attached, and where it is kept."""

from __future__ import annotations

from decroche.language import Language
from decroche.prove.letter_page import Letter, LetterFigure, LetterItem, LetterPage
from decroche.prove.reports.quarter import build_quarter, file_name, quarter_name, quarter_pdf
from decroche.prove.service_quarter import QuarterFigures

#: More papers than this make an e-mail that mail servers refuse: those of further sites are taken from the page.
MOST_PAPERS = 5


def quarter_letter(found: tuple[QuarterFigures, ...], language: Language, *, link: str = "") -> Letter:
    """The letter of one or several audits of the same quarter, the first of which is told; their papers attached."""
    say, (first, *_) = language.say, found
    report = build_quarter(first, language)
    quarter = quarter_name(first, language)
    papers = tuple(
        (f"{file_name(each)}-{language.code}.pdf", quarter_pdf(each, language)) for each in found[:MOST_PAPERS]
    )
    note = say("quarter.letter.attached" if len(found) <= MOST_PAPERS else "quarter.letter.more", n=len(found))
    lines = [report.title, report.period, "", report.headline, ""]
    lines += [f"- {fact.label} : {fact.value} ({fact.note})" if language.code != "en"
              else f"- {fact.label}: {fact.value} ({fact.note})" for fact in report.facts]  # fmt: skip
    lines += ["", report.actions_title]
    lines += [f"{place}. {action.title}" for place, action in enumerate(report.actions, 1)] or [report.no_action]
    lines += ["", note]
    if link:
        lines += ["", say("monday.link", link=link)]
    lines += ["", say("quarter.letter.why")]
    page = LetterPage(
        language=language.code,
        kicker=report.business,
        title=report.kicker,
        lead=f"{report.headline} {report.period}",
        figures=tuple(LetterFigure(name=fact.label, value=fact.value, base=fact.note) for fact in report.facts[:3]),
        items_title=report.actions_title,
        items=tuple(LetterItem(title=action.title, lines=(action.evidence,)) for action in report.actions),
        nothing="" if report.actions else report.no_action,
        note=note,
        link=link,
        link_said=say("quarter.letter.see"),
        why=say("quarter.letter.why"),
    )
    subject = say("quarter.letter.subject", business=report.business, quarter=quarter)
    return Letter(subject=" ".join(subject.split()), body="\n".join(lines) + "\n", page=page, papers=papers)
