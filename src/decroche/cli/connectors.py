"""``decroche connectors``: the phone systems that are understood, and how well each is known."""

from __future__ import annotations

from decroche.cli.connecting import Lang
from decroche.cli.connector_sayings import CONNECTOR_SAYINGS
from decroche.cli.speaker import Speaker
from decroche.connectors.platforms import PLATFORMS
from decroche.connectors.quality import PROVENANCES, quality
from decroche.connectors.registry import FORMATS


def connectors(lang: Lang = "fr") -> None:
    """List the phone systems that can be connected, how well each is known, and the files that are recognised."""
    speaker = Speaker(lang, CONNECTOR_SAYINGS)
    speaker.say("phone_systems")
    width = max(len(each.name) for each in PLATFORMS)
    for each in PLATFORMS:
        known = quality(each)
        parts = ", ".join(speaker.text(f"part_{word}") for word in known.parts)
        counts = ", ".join(
            speaker.text(f"cases_{word}", count=known.cases[word]) for word in PROVENANCES if known.cases[word]
        )
        shown = f"{len(known.situations)}/{len(known.possible)}"
        print(f"  {each.name:<{width}}  {shown:>5}  {parts} ({counts})")
    print()
    speaker.say("files")
    width = max(len(known.name) for known in FORMATS)
    for known_file in FORMATS:
        print(f"  {known_file.name:<{width}}  {known_file.title}")
