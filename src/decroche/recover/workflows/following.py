"""Follows the changes of the ledger: begins the run of a playbook for each miss, and ends it when the need is met."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import groupby

import sqlalchemy as sa
import structlog

from decroche.ledger import episodes as runs
from decroche.ledger import recovery_settings as wishes
from decroche.ledger.account_words import read_all_words
from decroche.ledger.acting import act_for_all
from decroche.ledger.folding import STORE_TROUBLE
from decroche.ledger.merged_calls import hand_down
from decroche.ledger.recovery_tables import work_items
from decroche.ledger.remembering import forget, remembering
from decroche.ledger.tables import calls, journeys
from decroche.ledger.turns import take_turns
from decroche.ledger.work_emptying import empty_by_itself
from decroche.ledger.work_items import Kind, Need, open_item
from decroche.recover.fingerprints import fingerprint
from decroche.recover.holdout import ACT, Experiment, How, assign
from decroche.recover.settings import RecoverySettings, read_settings
from decroche.recover.workflows.advancing import ADVANCE, SEND, current_id, look, look_again, take_back_all, timer_key
from decroche.recover.workflows.alarms import MARKED, by_place, raise_alarm
from decroche.recover.workflows.answering import receive
from decroche.recover.workflows.foreseeing import Foreseen, foresee
from decroche.recover.workflows.places import playbook_for
from decroche.recover.workflows.promising import given_back, promised
from decroche.recover.workflows.requesting import ASKED, asking, requested
from decroche.recover.workflows.settling import settled
from decroche.recover.workflows.standing import Seen, missed_calls, read_journey
from decroche.recover.workflows.surveying import plan_after_call
from decroche.recover.workflows.tools import Tools
from decroche.telemetry import where

#: A voicemail that is learned later is history, and nobody's task.
_STILL_HEARD = timedelta(days=2)
#: Changes in one transaction.
AT_ONCE = 50

log = structlog.get_logger()


class FollowedElsewhere(Exception):
    """Another process has looked at these changes: what was done here is taken back."""


def follow(tools: Tools, *, limit: int = AT_ONCE) -> int:
    """Look at the oldest changes that recovery has not seen. Returns how many there were."""
    with tools.ledger.reading() as connection:
        before = runs.followed(connection)
        batch = runs.changes_to_follow(connection, before, limit)
        told = _telling(connection, [change["subject"] for change in batch if change["kind"] == "call.updated"])
        asked = asking(connection, [change["subject"] for change in batch if change["kind"] == "call.missed"])
    if not batch:
        return 0
    speaking = {"call.updated": told, "call.missed": asked}
    heeded = [
        change
        for change in batch
        if change["kind"] in _HEEDED and change["subject"] in speaking.get(change["kind"], (change["subject"],))
    ]
    now = tools.clock()
    try:
        with _following(tools, before, batch[-1]["id"], heeded) as connection:
            _heed_all(connection, tools, heeded, now)
    except FollowedElsewhere:
        log.info("recovery_followed_elsewhere")
    except STORE_TROUBLE:
        raise
    except Exception:
        # A mistake of ours about one of them: each by itself, so that it stops no other.
        _follow_apart(tools, before, batch[-1]["id"], heeded, now)
    return len(batch)


@contextmanager
def _following(tools: Tools, before: int, last: int, heeded: Sequence[runs.Row]) -> Iterator[sa.Connection]:
    """A transaction in which the changes up to ``last`` are looked at. Raises FollowedElsewhere."""
    with tools.ledger.writing() as connection, remembering(connection):
        if not runs.follow_up_to(connection, before, last):
            raise FollowedElsewhere
        concerned = {change["account_id"] for change in heeded}
        act_for_all(connection, concerned)
        read_all_words(connection, concerned)
        yield connection


def _telling(connection: sa.Connection, ids: Sequence[str]) -> set[str]:
    """Those of the calls that say something to recovery: they are over, and somebody talked or left a message.

    Most do not. One that comes to say so after this was read is told as changed once more.
    """
    return set(connection.execute(_SAYING, {"ids": ids}).scalars()) if ids else set()


_SAYING = sa.select(calls.c.id).where(
    calls.c.id.in_(sa.bindparam("ids", expanding=True)),
    calls.c.ended_at.is_not(None) & (calls.c.answered | calls.c.voicemail),
)


def _heed_all(connection: sa.Connection, tools: Tools, heeded: Sequence[runs.Row], now: datetime) -> None:
    """The changes in their order; what is asked of misses that follow one another is asked once."""
    for begins, group in groupby(heeded, key=lambda change: _HEEDED[change["kind"]] is _opened):
        some = list(group)
        foreseen = foresee(connection, some, key=tools.key, now=now) if begins else {}
        for change in some:
            if begins:
                _opened(connection, tools, change, now, foreseen.pop(change["subject"], None))
            else:
                _HEEDED[change["kind"]](connection, tools, change, now)


def _follow_apart(tools: Tools, before: int, last: int, heeded: Sequence[runs.Row], now: datetime) -> None:
    """One change after the other: a mistake of ours about one journey is told."""
    try:
        with _following(tools, before, last, heeded) as connection:
            for change in heeded:
                try:
                    with connection.begin_nested():
                        _HEEDED[change["kind"]](connection, tools, change, now)
                except STORE_TROUBLE:
                    raise
                except Exception as error:
                    forget(connection)
                    log.error("change_not_heeded", kind=change["kind"], error=type(error).__name__, where=where(error))
    except FollowedElsewhere:
        log.info("recovery_followed_elsewhere")


def _opened(
    connection: sa.Connection, tools: Tools, change: runs.Row, now: datetime, foreseen: Foreseen | None = None
) -> None:
    """A miss opened or reopened a journey: a run of the playbook begins."""
    account = change["account_id"]
    body = wishes.settings_of(connection, account)
    if body is None:
        return
    journey = read_journey(connection, change["subject"]) if foreseen is None else foreseen.seen.journey
    if journey is None:
        return
    id = journey["id"]
    last = runs.episode(connection, id) if foreseen is None else foreseen.last
    if last is not None and last["ended_at"] is None:
        if change["kind"] != "journey.reopened":
            return
        # Their need was met, and they were missed again, before anybody looked: that is another run.
        runs.end(connection, id, last["number"], "recovered", now)
        tools.timers.cancel(connection, timer_key(last))
    settings = read_settings(body)
    if foreseen is None:
        seen = Seen(journey=journey, missed=missed_calls(connection, journey, journey["last_missed_at"]))
    else:
        seen = foreseen.seen
    department = seen.missed[0]["department"] if seen.missed else ""
    playbook = playbook_for(connection, account, journey["site"], department, settings)
    emergency = by_place(settings, seen.missed)
    number = 1 if last is None else last["number"] + 1
    share = settings.holdout if playbook.holdout and not emergency else 0.0
    row = {
        "account_id": account,
        "journey_id": id,
        "number": number,
        "opened_at": journey["last_missed_at"],
        "begun_at": now,
        "playbook": playbook.name,
        "arm": _arm(connection, tools, account, journey["person"], share, now),
        "due_at": now,
    }
    if episode := runs.begin(connection, row):
        look(connection, tools, episode, now, seen=seen)


def _arm(connection: sa.Connection, tools: Tools, account: str, person: int, share: float, now: datetime) -> str:
    """Whether chance leaves this caller alone; written down before anything is done or known."""
    if not share:
        return ACT
    experiment = Experiment.holdout(f"holdout-{share:g}", share=share)
    drawn = assign(person, experiment, key=tools.key, emergency=False, at=now)
    if drawn.how is not How.CHANCE:
        return ACT
    mark = fingerprint(tools.key, account, person)
    return runs.assign(connection, account, experiment.name, mark, arm=drawn.arm, share=share, at=now)


def _closed(connection: sa.Connection, tools: Tools, change: runs.Row, now: datetime) -> None:
    """The need is met, or was none: nothing more goes out, and nobody has to call."""
    id = current_id(connection, change["subject"])
    look_again(connection, tools, id, now)
    person = connection.execute(sa.select(journeys.c.person).where(journeys.c.id == id)).scalar_one_or_none()
    if person is not None:
        take_back_all(connection, change["account_id"], id, "closed", now)
        empty_by_itself(connection, change["account_id"], [person], now=now)


def _called(connection: sa.Connection, tools: Tools, change: runs.Row, now: datetime) -> None:
    """A call is over. Whoever was talked to need not be called any more; a voicemail is to be heard."""
    c = calls.c
    query = sa.select(c.person, c.answered, c.voicemail, c.site, c.department, c.started_at).where(
        c.id == change["subject"], c.ended_at.is_not(None), c.answered | c.voicemail
    )
    call = connection.execute(query).one_or_none()
    if call is None:
        return
    account = change["account_id"]
    if call.answered and call.person is not None:
        w = work_items.c
        waits = sa.select(w.id).where(w.account_id == account, w.person == call.person, w.state == "open").limit(1)
        if connection.execute(waits).first() is not None:
            empty_by_itself(connection, account, [call.person], now=now)
        plan_after_call(connection, tools, account, change["subject"], now)
    if call.voicemail and not call.answered and now - call.started_at < _STILL_HEARD:
        if wishes.settings_of(connection, account) is None:
            return
        need = Need(
            kind=Kind.VOICEMAIL,
            key=change["subject"],
            person=call.person,
            site=call.site,
            department=call.department,
            about={"call": change["subject"]},
        )
        open_item(connection, account, need, now=now)


def _part_of_another(connection: sa.Connection, tools: Tools, change: runs.Row, now: datetime) -> None:
    """A call was a part of another one: whoever has to hear it, or to call, has to do so once."""
    for kind, key in ((Kind.VOICEMAIL, "{}"), (Kind.CALLBACK, ASKED)):
        hand_down(connection, change["account_id"], change["subject"], kind=kind, key=key, now=now)


def _merged(connection: sa.Connection, tools: Tools, change: runs.Row, now: datetime) -> None:
    """A journey became part of another: what was begun for it goes on there."""
    heir = current_id(connection, change["subject"])
    if heir != change["subject"]:
        person = connection.execute(sa.select(journeys.c.person).where(journeys.c.id == heir)).scalar_one_or_none()
        if person is not None:
            # Whoever works through the list changes its items in the turn of their person.
            take_turns(connection, change["account_id"], "person", person)
        runs.hand_down(connection, change["account_id"], change["subject"], heir, now)
        # A timer that rang in between found nobody.
        look_again(connection, tools, heir, now)


def _marked(connection: sa.Connection, tools: Tools, change: runs.Row, now: datetime) -> None:
    """A person of the business says that it is an emergency."""
    id = current_id(connection, change["subject"])
    journey = connection.execute(sa.select(journeys).where(journeys.c.id == id)).one_or_none()
    if journey is not None and journey.state == "open":
        raise_alarm(connection, tools.timers, change["account_id"], dict(journey._mapping), "mark", now)
        look_again(connection, tools, id, now)


def _received(connection: sa.Connection, tools: Tools, change: runs.Row, now: datetime) -> None:
    receive(connection, tools, change["subject"], now)


def _written(connection: sa.Connection, tools: Tools, change: runs.Row, now: datetime) -> None:
    """A person of the business wrote a text: hand it over."""
    id = change["subject"]
    tools.timers.set(connection, f"send:{id}:0", SEND, {"text": id, "try": "0"}, at=now, now=now)


def _settled(connection: sa.Connection, tools: Tools, change: runs.Row, now: datetime) -> None:
    settled(connection, tools, change["subject"], now)


_HEEDED: Mapping[str, Callable[[sa.Connection, Tools, runs.Row, datetime], None]] = {
    "call.updated": _called,
    "call.merged": _part_of_another,
    "call.missed": lambda connection, tools, change, now: requested(connection, change["subject"], now),
    "journey.opened": _opened,
    "journey.reopened": _opened,
    "journey.closed": _closed,
    "journey.withdrawn": _closed,
    "journey.merged": _merged,
    MARKED: _marked,
    "text.received": _received,
    "text.written": _written,
    "text.settled": _settled,
    "booking.made": lambda connection, tools, change, now: promised(connection, tools, change["subject"], now),
    "booking.cancelled": lambda connection, tools, change, now: given_back(connection, tools, change["subject"], now),
}

__all__ = ["ADVANCE", "RecoverySettings", "follow"]
