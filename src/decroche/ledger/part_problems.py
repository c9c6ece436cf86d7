"""What is wrong with each part of an endpoint: its history, a log, a connection. The light by its name shows all."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from decroche.ledger.positions import write_position
from decroche.ledger.tables import endpoints, positions

_PREFIX = "problem/"


def note_part(connection: sa.Connection, endpoint: str, part: str, problem: str | None) -> None:
    """Say what is wrong with ``part`` (a sentence without secrets), or with None that nothing is."""
    if problem is None:
        _forget(connection, endpoint, [_PREFIX + part])
    else:
        write_position(connection, endpoint, _PREFIX + part, problem)
    _tell(connection, endpoint)


def forget_parts(connection: sa.Connection, endpoint: str, kind: str, *, keep: Collection[str]) -> None:
    """Forget what was wrong with the parts whose names begin with ``kind``, but those in ``keep``."""
    gone = [name for name, _ in _known(connection, endpoint) if name.startswith(_PREFIX + kind)]
    gone = [name for name in gone if name.removeprefix(_PREFIX) not in keep]
    if gone:
        _forget(connection, endpoint, gone)
        _tell(connection, endpoint)


def _forget(connection: sa.Connection, endpoint: str, names: Collection[str]) -> None:
    c = positions.c
    connection.execute(sa.delete(positions).where(c.endpoint_id == endpoint, c.name.in_(names)))


def _tell(connection: sa.Connection, endpoint: str) -> None:
    told = "; ".join(problem for _, problem in _known(connection, endpoint)) or None
    connection.execute(sa.update(endpoints).where(endpoints.c.id == endpoint).values(problem=told))


def _known(connection: sa.Connection, endpoint: str) -> list[tuple[str, str]]:
    c = positions.c
    query = sa.select(c.name, c.value).where(c.endpoint_id == endpoint, c.name.startswith(_PREFIX)).order_by(c.name)
    return [(row.name, row.value) for row in connection.execute(query)]
