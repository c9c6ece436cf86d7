"""``/health``, ``/ready`` and ``/metrics``: what those who run the server ask."""

from __future__ import annotations

import sqlalchemy as sa
from fastapi import APIRouter
from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.responses import PlainTextResponse, Response

from decroche.ledger.store import Ledger
from decroche.ledger.tables import accounts, endpoints
from decroche.telemetry import Metrics


def operations(ledger: Ledger, metrics: Metrics) -> APIRouter:
    """The three addresses. They say nothing about anybody's calls."""
    router = APIRouter(include_in_schema=False)

    @router.get("/health")
    def health() -> Response:
        return PlainTextResponse("ok")

    @router.get("/ready")
    def ready() -> Response:
        try:
            with ledger.reading() as connection:
                connection.execute(sa.select(accounts.c.id).limit(1))
        except sa.exc.SQLAlchemyError:
            return PlainTextResponse("the store does not answer", status_code=503)
        return PlainTextResponse("ready")

    @router.get("/metrics")
    def read_metrics() -> Response:
        count_problems(ledger, metrics)
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)

    return router


def count_problems(ledger: Ledger, metrics: Metrics) -> None:
    """Count the endpoints with a problem. A store that does not answer leaves the others of our metrics readable."""
    c = endpoints.c
    problems = sa.func.count(c.problem)
    query = sa.select(c.connector, problems).where(c.removed_at.is_(None)).group_by(c.connector)
    try:
        with ledger.reading() as connection:
            found = connection.execute(query).all()
    except sa.exc.SQLAlchemyError:
        return
    metrics.problems.clear()
    for connector, count in found:
        metrics.problems.labels(connector).set(count)
