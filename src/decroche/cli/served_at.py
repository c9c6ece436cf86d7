"""Remembers where the server listens while it runs, so that other commands give links that open."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from decroche.server_settings import ServerSettings

#: The file in the folder of the data that holds the address, as long as the server runs.
FILE = "served-at"


@contextlib.contextmanager
def noting_where(told: ServerSettings, address: str) -> Iterator[None]:
    """Write down that the pages are at ``address``, until this ends; a folder that cannot be written is no reason to
    stop.
    """
    path = told.data / FILE
    with contextlib.suppress(OSError):
        path.write_text(address, encoding="utf-8")
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            path.unlink()


def where_served(told: ServerSettings) -> str:
    """The address of the pages: the public one, that of the server that runs, or else the one of the settings."""
    if told.public_url is not None:
        return told.public_url
    try:
        found = (told.data / FILE).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeError):
        found = ""
    return found or f"http://{told.host}:{told.port}"
