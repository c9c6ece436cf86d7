"""Keeps the lines that Asterisk adds to its log of queues and to its call records, and drops those that say nothing."""

from __future__ import annotations

import hashlib

from decroche.connector_kit.connector import Record
from decroche.connector_kit.errors import Ignored
from decroche.connectors.asterisk.queue_log import SYSTEM


def record_queue_log(line: str) -> Record:
    """What is kept of a line of ``queue_log``. Raises Ignored for empty lines and for those about Asterisk itself."""
    fields = line.strip().split("|")
    if len(fields) > 4 and fields[4] in SYSTEM:
        raise Ignored("a line about Asterisk itself")
    return _record("queue_log", line)


def record_cdr(line: str) -> Record:
    """What is kept of a line of ``Master.csv``. Raises Ignored for empty lines."""
    return _record("cdr", line)


def _record(kind: str, line: str) -> Record:
    body = line.strip().encode("utf-8", "replace")
    if not body:
        raise Ignored("an empty line")
    # Asterisk numbers no line; the same line twice would say the same thing twice.
    return Record(kind=kind, key=f"{kind}/{hashlib.sha256(body).hexdigest()[:32]}", body=body)
