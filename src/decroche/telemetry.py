"""What the server tells those who run it: structured log lines and metrics, never a secret or a whole number."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

#: Eight digits and more, whatever stands between them: a phone number in any spelling.
_NUMBER = re.compile(r"\+?\d(?:[\s().\-\u00a0\u202f/]{0,2}\d){7,}")
#: The last digits that stay readable.
_SHOWN = 2


def masked(text: str) -> str:
    """``text`` with every phone number reduced to its last two digits."""
    return _NUMBER.sub(lambda found: "…" + re.sub(r"\D", "", found.group())[-_SHOWN:], text)


def configure_logging(level: str) -> None:
    """JSON lines on the error stream, with every phone number masked."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
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
            "decroche_endpoint_problem", "1 where an endpoint has a problem", ["connector"], registry=self.registry
        )


def _mask(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name, value in event.items():
        if isinstance(value, str) and name != "timestamp":
            event[name] = masked(value)
    return event


class _ErrorStream:
    """The error stream of the moment: what tests put in its place is written to as well."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


class _Structured(logging.Handler):
    """Hands the lines of libraries to the structured log."""

    def emit(self, record: logging.LogRecord) -> None:
        structlog.get_logger().warning("library", library=record.name, message=record.getMessage())
