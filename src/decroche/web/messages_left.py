"""What people said to the voicemail, as pages show it: a player of the sound, and the words of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from decroche.ledger.voicemails import left_by
from decroche.ledger.work_items import WorkItem
from decroche.web.work_words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Voicemail:
    """``src`` is the address of the sound, None where the phone system gives none; ``said`` what was said, if told."""

    label: str
    src: str | None
    said: str


def voicemails(
    connection: sa.Connection, account: str, items: Sequence[WorkItem], words: Words
) -> tuple[Voicemail, ...]:
    """What was left, in the order of ``items``, for whoever may work on them."""
    left = left_by(connection, account, items)
    say = words.here.language.say
    return tuple(
        Voicemail(
            label=say("voicemail.of", at=words.when(item.opened_at)),
            src=f"/voicemails/{item.id}/audio"
            if (found := left.get(item.id)) is not None and found.recording
            else None,
            said=words.free(found.text or "") if found is not None else "",
        )
        for item in items
    )
