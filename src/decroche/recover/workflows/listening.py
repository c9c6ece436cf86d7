"""Lets somebody of the business hear a voicemail: its sound comes through us from the phone system that keeps it."""

from __future__ import annotations

import time
from collections.abc import Collection

from decroche.connector_kit.voicemails import Sound, fetch
from decroche.ledger.acting import act_for
from decroche.ledger.voicemails import note_listened, read_voicemail, what_was_left
from decroche.ledger.work_items import NoSuchItem
from decroche.recover.workflows.tools import Tools


class NoRecording(Exception):
    """The phone system tells of no recording, gives none away, or is connected no more."""


def listen(
    tools: Tools,
    account: str,
    id: str,
    *,
    who: str,
    part: str | None = None,
    sites: Collection[str] | None = None,
) -> Sound:
    """The sound of a voicemail, or the ``part`` (a header ``Range``) of it, for ``who``: noted as heard once it comes.

    ``sites``: those that they may see; None: all. Raises NoSuchItem, NoRecording, and what ``fetch`` raises.
    """
    with tools.ledger.reading() as connection:
        item = read_voicemail(connection, account, id)
        if sites is not None and item.site not in sites:
            raise NoSuchItem(id)
        left = what_was_left(connection, item)
    way = None if left is None else tools.ways().get(left.endpoint)
    if left is None or left.recording is None or way is None:
        raise NoRecording
    endpoint, platform = way
    if endpoint.account_id != account or platform.voicemails is None:
        raise NoRecording
    sound = fetch(
        tools.http(endpoint),
        endpoint.all_settings,
        platform.voicemails,
        left.recording,
        clock=time.monotonic,
        part=part,
    )
    try:
        with tools.ledger.writing() as connection:
            act_for(connection, account)
            note_listened(connection, account, id, who=who, now=tools.clock())
    except BaseException:
        sound.close()
        raise
    return sound
