"""Lets a transaction remember what it has read and what it holds, so that it asks for each only once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

#: The mark of a connection that remembers.
_MEMORY = "remembered"


@contextmanager
def remembering(connection: sa.Connection) -> Iterator[None]:
    """Within the block the connection has a ``memory``. For transactions that change nothing of what accounts say."""
    # Held from the start: a connection that breaks meanwhile has no such thing any more, and its own error counts.
    info = connection.info
    if _MEMORY in info:
        yield
        return
    info[_MEMORY] = {}
    try:
        yield
    finally:
        info.pop(_MEMORY, None)


def memory(connection: sa.Connection) -> dict[tuple[str, str], Any] | None:
    """What the transaction remembers, by kind and id; None where it does not."""
    found: dict[tuple[str, str], Any] | None = connection.info.get(_MEMORY)
    return found


def forget(connection: sa.Connection) -> None:
    """A part of the transaction was taken back, and with it perhaps what is remembered."""
    if (known := memory(connection)) is not None:
        known.clear()
