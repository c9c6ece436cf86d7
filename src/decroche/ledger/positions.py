"""How far we have come in what an endpoint says: in a log file, in its history, in its stream of events."""

from __future__ import annotations

import sqlalchemy as sa

from decroche.ledger.inserting import put
from decroche.ledger.tables import positions


def read_position(connection: sa.Connection, endpoint: str, name: str) -> str | None:
    """The position ``name`` of an endpoint; None at first."""
    c = positions.c
    return connection.execute(sa.select(c.value).where(c.endpoint_id == endpoint, c.name == name)).scalar_one_or_none()


def write_position(connection: sa.Connection, endpoint: str, name: str, value: str) -> None:
    """Remember the position ``name`` of an endpoint."""
    put(connection, positions, [{"endpoint_id": endpoint, "name": name, "value": value}])
