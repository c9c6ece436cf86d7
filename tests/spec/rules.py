"""The page of the rules in force, written from their data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from decroche.rules.rulebook import Rule, rulebook
from tests.spec.spec import Page

PLACES: Mapping[str, str] = {
    "": "Everywhere",
    "FR": "France",
    "BE": "Belgium",
    "CH": "Switzerland",
    "CA": "Canada",
    "US": "United States",
}
BASES: Mapping[str, str] = {
    "law": "law",
    "charter": "charter of operators",
    "practice": "practice of carriers",
    "product": "our default",
}
GRADES: Mapping[str, str] = {
    "A": "official text or the authority’s own page",
    "B": "lawyers or the professional press, usually several that agree",
    "C": "one secondary source",
    "D": "**not verified**: from general knowledge",
    "I": "an inference, or a default of ours",
}


def written() -> str:
    """All rules, place by place."""
    grades = "\n".join(f"- {grade}: {meaning}" for grade, meaning in GRADES.items())
    book = rulebook()
    parts = [f"How well a rule is known:\n\n{grades}"]
    for place, name in PLACES.items():
        parts += [f"## {name}", table(rule for rule in book.rules if rule.place == place)]
    return "\n\n".join(parts)


def table(rules: Iterable[Rule]) -> str:
    """One line a rule."""
    lines = ["| rule | says | in force | basis | known | source |", "|---|---|---|---|---|---|"]
    for rule in rules:
        since = f"from {rule.valid_from}" if rule.valid_from else ""
        until = f"until {rule.valid_until} (excluded)" if rule.valid_until else ""
        known = "D, **not verified**" if rule.grade == "D" else str(rule.grade)
        basis = BASES[rule.basis] + (", adjustable" if rule.adjustable else "")
        dated = f"{rule.source} ({rule.source_date})" if rule.source_date else rule.source
        lines.append(
            f"| {rule.id} | {rule.title_en} | {' '.join(filter(None, (since, until))) or 'always'} | {basis} "
            f"| {known} | {dated} |"
        )
    return "\n".join(lines)


PAGE = Page(
    name="rules",
    title="The rules in force",
    intro="""
        Every rule that [the decision](outreach.md) looks at, as it stands in `src/decroche/rules/data`: since when, on
        what basis, from which source and how well it is known. A business may change the numbers of rules marked
        adjustable; what the law or a charter says, it may not. `decroche rules list` prints the same for a day of your
        choice. This is what we encode, not legal advice: as of 22 November 2026.
    """,
    body=written,
)
