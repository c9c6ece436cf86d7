"""``/health``, ``/ready`` and ``/metrics``: what those who run the server ask."""

from __future__ import annotations

import sqlalchemy as sa
from fastapi import APIRouter
from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.responses import PlainTextResponse, Response

from decroche.ledger.store import Ledger
from decroche.ledger.tables import accounts
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
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)

    return router
