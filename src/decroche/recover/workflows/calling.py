"""Has the phone system place the call of a callback: for whoever has claimed it, and only when the rules allow it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from decroche.connector_kit.calls import Calls, First, Placed, Wanted
from decroche.connector_kit.errors import ConnectorError
from decroche.ledger.acting import act_for
from decroche.ledger.decisions import log_ruling
from decroche.ledger.setting_up import Endpoint
from decroche.ledger.work_claims import claim
from decroche.ledger.work_notes import Note, add_note, called_lately
from decroche.recover.fingerprints import account_key
from decroche.recover.workflows.calling_rules import rule_on_call
from decroche.recover.workflows.tools import Tools
from decroche.rules.ruling import Ruling

#: A call of the same item within this time is the same click.
_SAME_CALL = timedelta(seconds=30)


class NoCalls(Exception):
    """No connected phone system of this account places calls."""


class JustCalled(Exception):
    """The phone rings already: whoever clicks twice does not call twice."""


class NotAllowed(Exception):
    """The rules do not let us call now; ``ruling`` says why, and from when they would."""

    def __init__(self, ruling: Ruling) -> None:
        super().__init__("not allowed")
        self.ruling = ruling


@dataclass(frozen=True, slots=True, kw_only=True)
class Ringing:
    """The call of an item rings, by this phone system."""

    endpoint: str
    placed: Placed


def way_to_call(tools: Tools, account: str) -> tuple[Endpoint, Calls] | None:
    """The connected phone system of an account that places calls; None: none does."""
    for endpoint, platform in tools.ways().values():
        calls = platform.calls
        if endpoint.account_id != account or calls is None:
            continue
        if all(endpoint.all_settings.get(key) for key in calls.needs):
            return endpoint, calls
    return None


def call_item(
    tools: Tools, account: str, id: str, *, who: str, agent: str = "", line: str = "", first: First = First.AGENT
) -> Ringing:
    """Claim an item for ``who`` and have its person rung. ``agent`` is who talks, as the platform names them.

    The intention is written before: after a crash or a lost answer nobody dials again by themselves, the note says
    that a phone may have rung. Raises NoSuchItem, AlreadyClosed, Taken, NotAllowed, NoCalls, JustCalled, and what
    ``place`` raises.
    """
    way = way_to_call(tools, account)
    if way is None:
        raise NoCalls
    endpoint, calls = way
    now = tools.clock()
    with tools.ledger.writing() as connection:
        act_for(connection, account)
        item = claim(connection, account, id, who=who, now=now)
        if item.person is None:
            raise NoCalls
        outreach, ruling = rule_on_call(connection, item, at=now, now=now, key=tools.key)
        key = account_key(tools.key, account)
        log_ruling(connection, account, outreach, ruling, key=key, journey=item.journey_id)
        if called_lately(connection, id, since=now - _SAME_CALL):
            raise JustCalled
        if ruling.allowed:
            add_note(connection, id, kind=Note.CALLED, who=who, now=now, body=endpoint.name)
    if not ruling.allowed:
        raise NotAllowed(ruling)
    wanted = Wanted(
        person=f"+{item.person}", agent=agent, line=line, first=first if first in calls.firsts else calls.firsts[0]
    )
    try:
        placed = calls.place(tools.http(endpoint), endpoint.all_settings, wanted)
    except ConnectorError as error:
        with tools.ledger.writing() as connection:
            add_note(
                connection, id, kind=Note.NOTE, who="", now=tools.clock(), body=f"not_placed: {type(error).__name__}"
            )
        raise
    return Ringing(endpoint=endpoint.id, placed=placed)
