"""What is wrong with an endpoint, for the light beside its name."""

from __future__ import annotations

import sqlalchemy as sa

from decroche.ledger.tables import endpoints


def note_problem(connection: sa.Connection, endpoint: str, problem: str | None) -> None:
    """Say what is wrong (a sentence without secrets), or with None that all is well."""
    connection.execute(sa.update(endpoints).where(endpoints.c.id == endpoint).values(problem=problem))
