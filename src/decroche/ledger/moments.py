"""When an endpoint was last heard, and when a delivery to it was last refused."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from decroche.ledger.tables import endpoints


def note_moments(
    connection: sa.Connection, endpoint: str, *, heard_at: datetime | None, refused_at: datetime | None
) -> None:
    """Write the moments that are told. They go back with a clock that was wrong and is put right."""
    told = {"heard_at": heard_at, "refused_at": refused_at}
    values = {name: moment for name, moment in told.items() if moment is not None}
    if values:
        connection.execute(sa.update(endpoints).where(endpoints.c.id == endpoint).values(**values))
