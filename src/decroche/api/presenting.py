"""Rows of the ledger as the API shows them: numbers in full only to those who may see them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from decroche.api.errors import NotAcceptable
from decroche.api.schemas import BookingOut, CallOut, ChangeOut, JourneyOut, Merged, TextOut
from decroche.capture.feed import Change
from decroche.ledger.account import Account, Cursor
from decroche.telemetry import masked
from decroche.understand.numbers import ERASED

#: The last digits of a number that anybody may see.
SHOWN = 2


def shown_number(raw: str | None, *, whole: bool) -> str | None:
    """A number as written, or all but its last digits hidden. Extensions and words are no secret."""
    if raw is not None and (raw.startswith("+-") or ERASED in raw):
        # Somebody who was erased: a pseudonym is no number.
        return f"{ERASED}{raw.removeprefix('+-').rpartition(ERASED)[2]}"
    if raw is None or whole or sum(sign.isdigit() for sign in raw) <= 5:
        return raw
    digits = "".join(sign for sign in raw if sign.isdigit())
    return f"…{digits[-SHOWN:]}"


def shown_word(text: str | None, *, whole: bool) -> str | None:
    """A name or a platform's word, with the numbers in it hidden: a telephone that rang may be called by its number."""
    return text if text is None or whole else masked(text)


def call_out(row: Mapping[str, Any], *, whole: bool) -> CallOut:
    """A call."""
    values = dict(row)
    for name in ("caller", "called"):
        values[name] = shown_number(row[name], whole=whole)
    for name in ("agent", "queue", "raw_reason"):
        values[name] = shown_word(row[name], whole=whole)
    values["legs"] = [
        {**leg, **{name: shown_word(leg[name], whole=whole) for name in ("agent", "raw_reason")}} for leg in row["legs"]
    ]
    values["sources"] = row["sources"].split()
    return CallOut.model_validate(values)


def journey_out(row: Mapping[str, Any], *, whole: bool) -> JourneyOut:
    """A journey."""
    return JourneyOut.model_validate({**row, "person": shown_number(f"+{row['person']}", whole=whole)})


def text_out(row: Mapping[str, Any], *, whole: bool) -> TextOut:
    """A text; numbers in full only for those who may see them."""
    values = {**row, "person": shown_number(None if row["person"] is None else f"+{row['person']}", whole=whole)}
    if not whole:
        values["body"] = masked(row["body"])
    return TextOut.model_validate(values)


def change_json(account: Account, change: Change, *, whole: bool) -> bytes:
    """A change with its call, journey or text as it is now."""
    subject: CallOut | JourneyOut | TextOut | BookingOut | Merged
    try:
        if change.kind.startswith("call."):
            subject = call_out(account.call(change.subject), whole=whole)
        elif change.kind.startswith("text."):
            subject = text_out(account.text(change.subject), whole=whole)
        elif change.kind.startswith("booking."):
            booking = account.booking(change.subject)
            subject = BookingOut.model_validate(
                {**booking, "person": shown_number(f"+{booking['person']}", whole=whole)}
            )
        elif change.kind == "journey.merged":
            subject = Merged(id=change.subject)
        else:
            subject = journey_out(account.journey(change.subject), whole=whole)
    except KeyError:
        subject = Merged(id=change.subject)
    told = ChangeOut.model_validate({"id": change.id, "kind": change.kind, "at": change.at, "subject": subject})
    return told.model_dump_json().encode()


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
        if at.tzinfo is None or not (id.isascii() and id.isalnum()):
            raise ValueError
        return at.astimezone(UTC), id
    except (binascii.Error, ValueError, OverflowError):
        raise NotAcceptable("not a cursor of this list", "cursor") from None
