"""``decroche connectors``: the phone systems whose files are recognised."""

from __future__ import annotations

from decroche.connectors.registry import FORMATS


def connectors() -> None:
    """List the kinds of files that are recognised by their content."""
    width = max(len(known.name) for known in FORMATS)
    for known in FORMATS:
        print(f"{known.name:<{width}}  {known.title}")
