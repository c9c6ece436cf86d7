"""Writes the page of recognised formats from the registry and the cases: ``python -m tests.docs.connectors_page``."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from decroche.connector_kit.files import Clock, FileFormat
from decroche.connectors import quality as known_quality
from decroche.connectors.crms import CRMS
from decroche.connectors.platforms import PLATFORMS
from decroche.connectors.registry import FORMATS

ROOT = Path(__file__).parents[2]
CASES = ROOT / "src" / "decroche" / "connectors"
PAGE = ROOT / "docs" / "reference" / "connectors.md"
PROVENANCES = ("recorded", "vendor-docs", "synthetic")

#: A situation, and how the names of its cases are recognised.
SITUATIONS: Mapping[str, str] = {
    "answered": "(?<!by_machine)answer(ed|s)",
    "no answer": "no_answer|ringing|nobody_answers|missed",
    "busy": "busy",
    "abandoned while waiting": "(?<!short_)abandon(ed)?",
    "short abandon": "short_abandon|hang_up",
    "after hours": "after_hours",
    "voicemail": "voicemail",
    "transfer": "transfer|second_agent",
    "two phones, one answers": "two_ring|second_phone|second_person|one_member",
    "the same row twice": "duplicate",
    "rows out of order": "reversed|out_of_order|children_first|second_leg_first",
    "an end that never comes": "end_never|still_running|cut_off",
    "withheld number": "anonymous",
    "clock-change night": "clock_change|dst_night",
    "a word that nobody knows": "unknown",
    "outbound, unanswered": "outbound",
}
_DEFAULTS = {field.name: field.default for field in fields(FileFormat)}

_INTRODUCTION = """\
# Phone systems and their files

<!-- Written by `python -m tests.docs.connectors_page` from the registry and the cases. Do not edit. -->

## Phone systems and CRMs that can be connected

`decroche connect` listens to these, `decroche connect NAME --steps` says what to do at the vendor's; to a CRM,
`decroche crm connect`. A part exists when
the connector has it: *events* come by webhook, the *history* is asked of an API, a *log* is read on the same machine, a
*connection* is held to the phone system, a *poll* waits at an address, *files* are exports that `decroche audit` reads,
*texts* are sent through it and heard from it, *calls* are placed by a click, *voicemails* are heard through it. A CRM's
*deals* are read, and *activities* (calls, notes, tasks) are written into it. Of a help
desk's *tickets* only the people whom they name are read, of an advertising platform *ads* (calls and costs).

{systems}

Each connector is held to *cases* in the same words as its platform, and each case shows some of these situations:
{situations}. Counted are those that its parts can show. Not every platform can have every one: a file of call records
is never delivered twice.

## Recognised files

`decroche audit` recognises these files by what they contain, whatever their names. Any other table is read by
[a mapping](mapping.md). `decroche connectors` prints the list.

"""

_QUALITY = """
## How well each file is known

Every format is held to *cases*: what the platform writes, and the call that we must read in it. A case is *recorded*
from a real phone system, taken from the *vendor's documents*, or written by us from the documented columns
(*synthetic*).
{recorded}

| format | recorded | vendor's documents | synthetic | situations | without a case |
|---|---|---|---|---|---|
"""


def cases() -> dict[str, list[tuple[str, dict[str, Any]]]]:
    """Name and content of every case, by format."""
    found: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    for path in sorted(CASES.glob("*/cases/*.json")):
        case = json.loads(path.read_text(encoding="utf-8"))
        found.setdefault(case["format"], []).append((path.stem, case))
    return found


def situations(names: list[str]) -> list[str]:
    """The situations that cases of these names show."""
    return [word for word, pattern in SITUATIONS.items() if any(re.search(pattern, name) for name in names)]


def markdown() -> str:
    """The whole page."""
    known = cases()
    lines = ["| format | file | times | recognised by |", "|---|---|---|---|"]
    lines += [f"| `{each.name}` | {each.title} | {_clock(each)} | {_recognised(each)} |" for each in FORMATS]
    quality = []
    recorded = 0
    for each in FORMATS:
        count = Counter(case["provenance"] for _, case in known[each.name])
        recorded += count["recorded"]
        shown = situations([name for name, _ in known[each.name]])
        missing = "; ".join(word for word in SITUATIONS if word not in shown) if shown else "all"
        numbers = " | ".join(str(count[provenance]) for provenance in PROVENANCES)
        quality.append(f"| `{each.name}` | {numbers} | {len(shown)} of {len(SITUATIONS)} | {missing or '–'} |")
    sentence = "None is recorded yet: send us one, with invented numbers." if not recorded else ""
    return (
        _INTRODUCTION.format(
            systems=_systems(),
            situations="; ".join(f"{number} {english}" for number, (english, _) in known_quality.SITUATIONS.items()),
        )
        + "\n".join(lines)
        + "\n"
        + _QUALITY.format(recorded=sentence)
        + "\n".join(quality)
        + "\n\nNot every platform can show every situation: a file of queues knows no voicemail, a consumption record "
        "no queue.\n"
    )


def _systems() -> str:
    lines = [
        "| phone system or CRM | parts | recorded | vendor's documents | synthetic | situations | without a case |",
        "|---|---|---|---|---|---|---|",
    ]
    for each in (*PLATFORMS, *CRMS):
        known = known_quality.quality(each)
        counts = " | ".join(str(known.cases[word]) for word in PROVENANCES)
        shown = f"{len(known.situations)} of {len(known.possible)}"
        missing = ", ".join(map(str, known.missing)) or "–"
        lines.append(f"| {each.title} (`{each.name}`) | {', '.join(known.parts)} | {counts} | {shown} | {missing} |")
    return "\n".join(lines)


def _clock(known: FileFormat) -> str:
    return "UTC" if known.clock is Clock.UTC else "local: `--zone`"


def _recognised(known: FileFormat) -> str:
    ways = {"recognise": "text", "recognise_columns": "column names"}
    return " or ".join(word for name, word in ways.items() if getattr(known, name) is not _DEFAULTS[name])


if __name__ == "__main__":
    PAGE.write_text(markdown(), encoding="utf-8")
