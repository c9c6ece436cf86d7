"""What is wrong with each part of an endpoint: its history, a log, a connection. The light by its name shows all."""

from __future__ import annotations

from collections.abc import Collection

import msgspec
import sqlalchemy as sa

from decroche.ledger.positions import write_position
from decroche.ledger.tables import endpoints, positions
from decroche.model.problem import Problem

_PREFIX = "problem/"


def note_part(connection: sa.Connection, endpoint: str, part: str, problem: Problem | None) -> None:
    """Say what is wrong with ``part`` (in words without secrets), or with None that nothing is."""
    if problem is None:
        _forget(connection, endpoint, [_PREFIX + part])
    else:
        write_position(connection, endpoint, _PREFIX + part, msgspec.json.encode(problem).decode())
    _tell(connection, endpoint)


def read_problems(told: str | None) -> tuple[Problem, ...]:
    """The problems that a column or a position holds; a sentence of former times is one."""
    if told is None:
        return ()
    try:
        found = msgspec.json.decode(told, type=Problem | list[Problem])
    except msgspec.DecodeError:
        return (Problem(told),)
    return tuple(found) if isinstance(found, list) else (found,)


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
    found = [each for _, value in _known(connection, endpoint) for each in read_problems(value)]
    told = msgspec.json.encode(found).decode() if found else None
    connection.execute(sa.update(endpoints).where(endpoints.c.id == endpoint).values(problem=told))


def _known(connection: sa.Connection, endpoint: str) -> list[tuple[str, str]]:
    c = positions.c
    query = sa.select(c.name, c.value).where(c.endpoint_id == endpoint, c.name.startswith(_PREFIX)).order_by(c.name)
    return [(row.name, row.value) for row in connection.execute(query)]
