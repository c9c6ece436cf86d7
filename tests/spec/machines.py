"""The page on machines that speak: what they say first, what they may not judge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from decroche.rules.machine import may_judge_tone, may_speak
from tests.spec.outreach_rows import PARIS, rulings
from tests.spec.spec import Page, Spec
from tests.spec.table import Rows, cell


def spoken(rows: Rows) -> Sequence[Mapping[str, object]]:
    """Whether the voice may begin."""
    found = []
    for row in rows:
        when = row["when"]
        assert isinstance(when, datetime)
        ruling = may_speak(country=str(row["country"]), at=when.replace(tzinfo=PARIS), disclosed=bool(row["says_so"]))
        found.append({"verdict": str(ruling.verdict), "by": " ".join(each.rule for each in ruling.findings) or None})
    return found


def judged(rows: Rows) -> Sequence[Mapping[str, object]]:
    """Whether the tone may be read."""
    found = []
    for row in rows:
        ruling = may_judge_tone(speaker=str(row["speaker"]), features=str(row["features"]).split())
        found.append(
            {
                "verdict": str(ruling.verdict),
                "by": " ".join(dict.fromkeys(each.rule for each in ruling.findings)) or None,
            }
        )
    return found


SPECS = (
    Spec(
        title="A machine says that it is one",
        prose="""
            In its first words, whether it answers or calls: law in the European Union since 2 August 2026, our own
            default everywhere and before.
        """,
        given="""
            country | when             | says so || verdict | by
            --------+------------------+---------++---------+---------------
            FR      | 2026-11-23 11:00 | yes     || allow   |
            FR      | 2026-11-23 11:00 | no      || refuse  | AI-00 AI-01-FR
            FR      | 2026-08-01 11:00 | no      || refuse  | AI-00
            BE      | 2026-11-23 11:00 | no      || refuse  | AI-00 AI-01-BE
            CA-QC   | 2026-11-23 11:00 | no      || refuse  | AI-00
        """,
        plain=spoken,
        defines=(may_speak,),
    ),
    Spec(
        title="An automated voice that calls",
        prose="""
            Only whoever asked to be called, or consented expressly, and only after saying what it is. A text that a
            machine wrote says so too.
        """,
        given="""
            means          | purpose      | asked      | consent | says it is a machine || verdict | because
            ---------------+--------------+------------+---------+----------------------++---------+--------------------
            automated_call | requested    | 2026-11-23 |         | yes                  || allow   |
            automated_call | requested    | 2026-11-23 |         | no                   || refuse  | machine_undisclosed
            automated_call | requested    | 2026-11-23 |         |                      || refuse  | machine_undisclosed
            automated_call | reminder     |            |         | yes                  || refuse  | no_consent
            automated_call | reminder     |            | yes     | yes                  || allow   |
            text           | conversation |            |         | yes                  || allow   |
            text           | conversation |            |         | no                   || refuse  | machine_undisclosed
        """,
        settings={"when": cell("2026-11-23 12:00"), "wrote": cell("2026-11-23 11:50")},
        plain=rulings,
    ),
    Spec(
        title="The tone of a caller’s words",
        prose="""
            Reading feelings from a voice is forbidden for people at work in the European Union and not done here at
            all: words and timing only, and only the caller’s.
        """,
        given="""
            speaker | features     || verdict | by
            --------+--------------++---------+--------------
            caller  | words        || allow   |
            caller  | words timing || allow   |
            caller  | words pitch  || refuse  | SENT-1
            agent   | words        || refuse  | SENT-2
            agent   | audio        || refuse  | SENT-1 SENT-2
        """,
        plain=judged,
        defines=(may_judge_tone,),
    ),
)

PAGE = Page(
    name="machines",
    title="Machines that speak",
    intro="""
        What a voice or an assistant has to say before it talks with a person, and what it may not judge. Where each
        rule comes from: [the rules in force](rules.md).
    """,
    specs=SPECS,
)
