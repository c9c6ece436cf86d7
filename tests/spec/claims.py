"""The claim ledger as a page."""

from __future__ import annotations

from decroche.prove.claims import FACTS, GRADES, Claim, load
from tests.spec.spec import Page


def ledger() -> str:
    claims = load()
    grades = "\n".join(f"- {'★' * grade or '✗'}: {meaning}" for grade, meaning in GRADES.items())
    return "\n\n".join([grades, *(entry(claim) for claim in claims.values())])


def entry(claim: Claim) -> str:
    facts = {
        "source": claim.source,
        "publisher": claim.publisher,
        "year": claim.year,
        "country": claim.country,
        "population": claim.population,
        "sample": claim.sample,
        "definition": claim.definition,
        "follows from its own numbers": "yes" if claim.reproducible else "",
        "contradicted by": ", ".join(f"[{other}](#{other})" for other in claim.contradicted_by),
        "quoted in": ", ".join(f"seed {seed}" for seed in claim.seeds),
        "concerns": ", ".join(claim.missions),
    }
    facts["in French"] = " – ".join(
        filter(None, (claim.fr, claim.note_fr, *(claim.fact(name, "fr") for name in FACTS)))
    )
    lines = [f"- {name}: {value}" for name, value in facts.items() if value]
    note = f"\n\n{claim.note_en}" if claim.note_en else ""
    return f"## {claim.id}\n\n{claim.stars} {claim.en}.{note}\n\n" + "\n".join(lines)


PAGE = Page(
    name="claims",
    title="The claim ledger",
    intro="""
        Figures about missed calls travel from page to page and lose their source on the way. Each one that Décroche
        shows stands here with where it comes from, whom it speaks of, and what contradicts it. None is ever an input of
        a calculation: a claim refuses to become a number.
    """,
    body=ledger,
)
