"""Rows of the ledger as the API shows them: numbers in full only to those who may see them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from decroche.api.errors import NotAcceptable
from decroche.api.schemas import CallOut, JourneyOut
from decroche.ledger.account import Cursor

#: The last digits of a number that anybody may see.
SHOWN = 2


def shown_number(raw: str | None, *, whole: bool) -> str | None:
    """A number as written, or all but its last digits hidden. Extensions and words are no secret."""
    if raw is None or whole or sum(sign.isdigit() for sign in raw) <= 5:
        return raw
    digits = "".join(sign for sign in raw if sign.isdigit())
    return f"…{digits[-SHOWN:]}"


def call_out(row: Mapping[str, Any], *, whole: bool) -> CallOut:
    """A call."""
    values = dict(row)
    values["caller"] = shown_number(row["caller"], whole=whole)
    values["called"] = shown_number(row["called"], whole=whole)
    values["line"] = shown_number(row["line"], whole=True)
    values["sources"] = row["sources"].split()
    return CallOut.model_validate(values)


def journey_out(row: Mapping[str, Any], *, whole: bool) -> JourneyOut:
    """A journey."""
    return JourneyOut.model_validate({**row, "person": shown_number(f"+{row['person']}", whole=whole)})


def cursor_text(cursor: Cursor | None) -> str | None:
    """A cursor as a program hands it back."""
    if cursor is None:
        return None
    return base64.urlsafe_b64encode(f"{cursor[0].isoformat()}|{cursor[1]}".encode()).decode().rstrip("=")


def read_cursor(text: str | None) -> Cursor | None:
    """The cursor of a text that ``cursor_text`` gave. Raises NotAcceptable for another."""
    if text is None:
        return None
    try:
        moment, _, id = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().partition("|")
        at = datetime.fromisoformat(moment)
        if at.tzinfo is None or not id.isalnum():
            raise ValueError
    except (binascii.Error, ValueError):
        raise NotAcceptable("not a cursor of this list", "cursor") from None
    return at, id
