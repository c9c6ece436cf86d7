"""Keeps what providers say of texts: answers of people, and receipts of what we sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from decroche.ledger.hearing import Said
from decroche.ledger.texts import keep_receipts, keep_received
from decroche.model.text import TextReceipt, TextReceived
from decroche.understand.numbers import read_number


def keep_texts(
    connection: sa.Connection, account: str, said: Sequence[Said], *, region: str, now: datetime
) -> list[tuple[str, str, str]]:
    """Keep the texts that were heard. Returns the changes (account, kind, text)."""
    made: list[tuple[str, str, str]] = []
    for each in said:
        endpoint = each.pending.endpoint_id
        receipts = [told for told in each.heard.texts if isinstance(told, TextReceipt)]
        if receipts:
            changed = keep_receipts(connection, endpoint, receipts, now)
            made += [(account, "text.settled", id) for id in changed]
        for told in each.heard.texts:
            if isinstance(told, TextReceived):
                person = read_number(told.sender, region=region).e164
                id = keep_received(connection, account, endpoint, told, person=person, now=now)
                made += [(account, "text.received", id)] if id else []
    return made
