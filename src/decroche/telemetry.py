"""What the server tells those who run it: structured log lines and metrics, never a secret or a whole number."""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

#: A digit, also as an address writes it; and what may stand between two of them: signs, also as an address or as JSON
#: writes them, but no letter.
_DIGIT = r"(?:\d|%3\d)"
_BETWEEN = r"(?:%(?!3\d)[0-9A-F]{2}|\\u[0-9a-f]{4}|\\[nrt]|(?!%[0-9A-F]{2}|\\u[0-9a-f]{4})[\W_])"
#: A day, with the time of day where it is told.
_MOMENT = (
    r"(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
    r"(?:[T ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?(?:[+-]\d\d:\d\d)?)?"
)
#: An address of a network: of a private one, or with its port. Four pairs of digits may be a phone number.
_BYTE = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_PORT = r":[1-9]\d{1,4}"
_ADDRESS = (
    rf"(?:(?:10|127)\.{_BYTE}|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.{_BYTE}\.{_BYTE}(?:{_PORT})?"
    rf"|(?!(?:\d\d\.){{3}}\d\d\b)(?:{_BYTE}\.){{3}}{_BYTE}{_PORT}"
)
#: What has many digits and is no phone number, where nothing before or after it could be more of one.
_NO_NUMBER = rf"(?<![\d+.:-])(?P<no_number>{_MOMENT}|{_ADDRESS})(?![.:-]?\d)"
#: Eight digits and more: a phone number in any spelling.
_NUMBER = re.compile(rf"{_NO_NUMBER}|\+?{_DIGIT}(?:{_BETWEEN}{{0,4}}?{_DIGIT}){{7,}}", re.I)
_DIGITS = re.compile(r"%3(\d)|%[0-9a-f]{2}|\\u[0-9a-f]{4}|(\d)", re.I)
#: The last digits that stay readable.
_SHOWN = 2
#: Numbers below this have fewer digits than a phone number.
_SHORT = 10_000_000


def masked(text: str) -> str:
    """``text`` with every phone number reduced to its last two digits; days and addresses of networks stay."""
    return _NUMBER.sub(lambda found: found["no_number"] or "…" + _last_digits(found.group()), text)


def where(error: BaseException) -> str:
    """Where an error was raised, without what its message or the data may tell: files, lines and functions."""
    frames = traceback.extract_tb(error.__traceback__)
    return " < ".join(f"{Path(each.filename).name}:{each.lineno} {each.name}" for each in reversed(frames[-12:]))


def _last_digits(number: str) -> str:
    return "".join(plain or encoded for encoded, plain in _DIGITS.findall(number))[-_SHOWN:]


def configure_logging(level: str) -> None:
    """JSON lines on the error stream, with every phone number masked."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _mask,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(_ErrorStream()),  # type: ignore[arg-type]
        cache_logger_on_first_use=False,
    )
    # Libraries may write requests and queries into their lines: only what they warn of is kept.
    logging.basicConfig(level=logging.WARNING, handlers=[_Structured()], force=True)


class Metrics:
    """The metrics of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.deliveries = Counter(
            "decroche_deliveries", "Deliveries by what became of them", ["connector", "result"], registry=self.registry
        )
        self.observations = Counter(
            "decroche_observations_folded", "Observations of which calls were made", registry=self.registry
        )
        self.malformed = Counter(
            "decroche_observations_malformed", "Observations that nobody could read", registry=self.registry
        )
        self.changes = Counter("decroche_changes", "Changes by kind", ["kind"], registry=self.registry)
        self.waiting = Gauge("decroche_journal_waiting", "Deliveries that wait for the disk", registry=self.registry)
        self.keeping = Histogram(
            "decroche_delivery_seconds",
            "From the arrival of a delivery to its answer",
            buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
            registry=self.registry,
        )
        self.problems = Gauge(
            "decroche_endpoint_problems", "Endpoints with a problem", ["connector"], registry=self.registry
        )


def _mask(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name, value in event.items():
        if name != "timestamp":
            event[name] = _masked_value(value)
    return event


def _masked_value(value: object) -> object:
    """``value`` with every number in it masked, however deep; what is no plain value is told as text."""
    if value is None or (isinstance(value, int | float) and abs(value) < _SHORT):
        return value
    if isinstance(value, Mapping):
        return {masked(str(name)): _masked_value(each) for name, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked_value(each) for each in value]
    return masked(value if isinstance(value, str) else repr(value))


class _ErrorStream:
    """The error stream of the moment: what tests put in its place is written to as well."""

    def write(self, text: str) -> int:
        with suppress(OSError):  # a disk that is full must not keep us from answering
            return sys.stderr.write(text)
        return 0

    def flush(self) -> None:
        with suppress(OSError):
            sys.stderr.flush()


class _Structured(logging.Handler):
    """Hands the lines of libraries to the structured log."""

    def emit(self, record: logging.LogRecord) -> None:
        raised = record.exc_info[1] if record.exc_info else None
        more = {} if raised is None else {"error": type(raised).__name__, "where": where(raised)}
        structlog.get_logger().warning("library", library=record.name, message=record.getMessage(), **more)
