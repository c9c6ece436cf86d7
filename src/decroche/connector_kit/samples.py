"""Looks at the first lines of a file, so that a connector can say whether its platform wrote them."""

from __future__ import annotations

import csv

from decroche.connector_kit.files import Sample

#: How many lines a connector looks at before it decides.
LOOK_AT = 40


def records(sample: Sample, *, delimiter: str = ",", quote: str = '"', count: int = LOOK_AT) -> list[list[str]]:
    """The first ``count`` lines that are not empty, cut into trimmed fields; empty when the text cannot be cut."""
    lines = [line for line in sample.lines(count) if line.strip()]
    try:
        if quote:
            rows = list(csv.reader(lines, delimiter=delimiter, quotechar=quote, skipinitialspace=True))
        else:
            rows = list(csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE))
    except csv.Error:
        return []
    return [[field.strip() for field in row] for row in rows]
