"""Forgets a person at their request: at once whatever would contact them, then, batch by batch, all that was said.

Each batch is done wholly or not at all, and the same again changes nothing: who was interrupted goes on. What is kept
are fingerprints: refusals, so that nobody writes to them again, and the log of decisions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from decroche.ledger.acting import act_for
from decroche.ledger.audit_log import SYSTEM, Who, note
from decroche.ledger.bookings import BookingState
from decroche.ledger.crm_privacy import forget_in_crm
from decroche.ledger.hearing import Hear
from decroche.ledger.inserting import insert_new
from decroche.ledger.privacy_tables import erasures
from decroche.ledger.recovery_tables import (
    bookings,
    consents,
    episodes,
    notices,
    people,
    slot_links,
    text_receipts,
    texts,
    work_items,
    work_notes,
)  # fmt: skip
from decroche.ledger.redacting import Forgetting, drop_messages, redact_calls, redact_observations
from decroche.ledger.reporting import forget_text_number
from decroche.ledger.searching import forget_notes_of, forget_person
from decroche.ledger.setting_up import new_id
from decroche.ledger.spellings import Spellings
from decroche.ledger.store import Ledger
from decroche.ledger.surveys import forget_in_surveys
from decroche.ledger.tables import (
    accounts,
    calls,
    counters,
    endpoints,
    facts,
    journeys,
    observations,
    unknown_words,
)
from decroche.ledger.texts import RECEIVED
from decroche.ledger.unpacking import readings
from decroche.ledger.work_items import close
from decroche.ledger.work_notes import Note
from decroche.model.text import TextState
from decroche.rules.fingerprints import fingerprint, pseudonym

#: Why what was to be done for somebody ends.
ERASED = "erased"
#: Calls, and observations, in one transaction: few enough that a delivery need not wait for long.
_CALLS, _OBSERVATIONS = 50, 300
#: Calls that are compared with whom to forget, at a time.
_LATE = 500
_POSITION = "erasing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """One request. ``number`` is kept until it is done; calls that began after ``requested_at`` are a new contact."""

    id: str
    account_id: str
    fingerprint: bytes
    pseudonym: int
    number: int | None = field(repr=False)
    requested_at: datetime
    requested_by: str
    looked_through: int
    done_at: datetime | None


def request_erasure(
    connection: sa.Connection, account: str, person: int, *, key: bytes, by: Who, now: datetime
) -> Erasure:
    """Write down that a person (E.164 digits) is to be forgotten, and stop at once whatever would contact them.

    A request that is not done yet is the same request. ``key`` is the server's key of fingerprints.
    """
    act_for(connection, account)
    mark = fingerprint(key, account, person)
    e = erasures.c
    waiting = sa.select(erasures).where(e.account_id == account, e.fingerprint == mark, e.done_at.is_(None))
    row = connection.execute(waiting).first()
    if row is not None:
        return _erasure(row)
    values: dict[str, Any] = {
        "id": new_id(),
        "account_id": account,
        "fingerprint": mark,
        "pseudonym": pseudonym(mark),
        "number": person,
        "requested_at": now,
        "requested_by": by.name or str(by.kind),
        "looked_through": 0,
        "done_at": None,
    }
    connection.execute(sa.insert(erasures).values(**values))
    found = Erasure(**values)
    _let_go(connection, found, now)
    note(connection, account, by, "privacy.erasure_asked", found.id, at=now)
    return found


def erasures_of(connection: sa.Connection, account: str, *, limit: int = 200) -> list[Erasure]:
    """The requests of an account, the newest first."""
    query = sa.select(erasures).where(erasures.c.account_id == account)
    return [_erasure(row) for row in connection.execute(query.order_by(erasures.c.requested_at.desc()).limit(limit))]


def erase_next(ledger: Ledger, hear: Hear, *, now: datetime) -> bool:
    """Take one step of the oldest request that is not done. Whether there was one that could go on."""
    with ledger.reading() as connection:
        query = sa.select(erasures).where(erasures.c.done_at.is_(None)).order_by(erasures.c.requested_at)
        waiting = [_erasure(row) for row in connection.execute(query)]
    return any(_step(ledger, each, hear, now) for each in waiting)


def forget_late(ledger: Ledger, hear: Hear, *, key: bytes, now: datetime) -> bool:
    """Have calls forget people that were erased, when they are told again: a history may be fetched another time.

    Whether there was anything to compare. ``key`` is the server's key of fingerprints.
    """
    c, e = calls.c, erasures.c
    asked: dict[tuple[str, bytes], datetime] = {}
    with ledger.reading() as connection:
        position = sa.select(counters.c.value).where(counters.c.name == _POSITION)
        last = connection.execute(position).scalar_one_or_none() or 0
        newest = connection.execute(sa.select(sa.func.max(c.revision))).scalar_one() or 0
        if newest <= last:
            return False
        known = sa.select(e.account_id, e.fingerprint, e.requested_at).order_by(e.requested_at)
        for each in connection.execute(known):
            asked[each.account_id, bytes(each.fingerprint)] = each.requested_at
        known_here = (c.person > 0) & c.account_id.in_({account for account, _ in asked})
        concerned = (c.revision > last) & (known_here | (c.person < 0))
        query = sa.select(c.id, c.account_id, c.person, c.started_at, c.revision).where(concerned)
        rows = connection.execute(query.order_by(c.revision).limit(_LATE)).all()
    nobodys: dict[str, list[str]] = {}
    found: dict[tuple[str, int], list[str]] = {}
    marks: dict[tuple[str, int], bytes] = {}
    for row in rows:
        whose = (row.account_id, row.person)
        if row.person < 0:
            nobodys.setdefault(row.account_id, []).append(row.id)
            continue
        marks.setdefault(whose, fingerprint(key, *whose))
        until = asked.get((row.account_id, marks[whose]))
        if until is not None and row.started_at <= until:
            found.setdefault(whose, []).append(row.id)
    with ledger.writing() as connection:
        for (account, person), ids in found.items():
            names = {person: pseudonym(marks[account, person])}
            region = region_of(connection, account)
            redact_calls(connection, Forgetting(account=account, names=names, hear=hear, region=region), ids, now)
        for account, ids in nobodys.items():
            # The text of a voicemail may be told long after the number was forgotten.
            spoken = sa.select(facts.c.observation_id).where(facts.c.call_id.in_(ids)).distinct()
            forgetting = Forgetting(account=account, names={}, hear=hear, region=region_of(connection, account))
            drop_messages(connection, forgetting, connection.execute(spoken).scalars())
        insert_new(connection, counters, [{"name": _POSITION, "value": 0}], unique=("name",))
        moved = sa.update(counters).where(counters.c.name == _POSITION)
        connection.execute(moved.values(value=rows[-1].revision if len(rows) == _LATE else newest))
    return True


def _step(ledger: Ledger, erasure: Erasure, hear: Hear, now: datetime) -> bool:
    """One step of a request: some calls, some observations, or the end. False when it has to wait for the fold."""
    person, c = erasure.number, calls.c
    assert person is not None
    with ledger.writing() as connection:
        forgetting = Forgetting(
            account=erasure.account_id,
            names={person: erasure.pseudonym},
            hear=hear,
            region=region_of(connection, erasure.account_id),
            until={person: erasure.requested_at},
        )
        theirs = (c.account_id == erasure.account_id) & (c.person == person) & (c.started_at <= erasure.requested_at)
        ids = list(connection.execute(sa.select(c.id).where(theirs).order_by(c.started_at).limit(_CALLS)).scalars())
        if ids:
            redact_calls(connection, forgetting, ids, now)
            return True
        batch = _to_look_through(connection, erasure)
        if batch:
            settled = [row for row in batch if row.state != "pending"]
            # What is not folded yet is looked through when it is.
            if settled[: len(batch)] != batch:
                batch = batch[: next(place for place, row in enumerate(batch) if row.state == "pending")]
            if not batch:
                return False
            _look_through(connection, forgetting, batch, now)
            done = sa.update(erasures).where(erasures.c.id == erasure.id)
            connection.execute(done.values(looked_through=batch[-1].id))
            return True
        act_for(connection, erasure.account_id)
        _let_go(connection, erasure, now)
        redact_calls(connection, forgetting, (), now)
        done = sa.update(erasures).where(erasures.c.id == erasure.id)
        connection.execute(done.values(number=None, done_at=now))
        note(connection, erasure.account_id, SYSTEM, "privacy.erased", erasure.id, at=now)
    return True


def _to_look_through(connection: sa.Connection, erasure: Erasure) -> Sequence[sa.Row[Any]]:
    o = observations.c
    mine = sa.select(endpoints.c.id).where(endpoints.c.account_id == erasure.account_id)
    query = sa.select(o.id, o.state, o.key, o.body, o.about).where(
        o.id > erasure.looked_through, o.endpoint_id.in_(mine), o.received_at <= erasure.requested_at
    )
    return [*connection.execute(query.order_by(o.id).limit(_OBSERVATIONS))]


def _look_through(
    connection: sa.Connection, forgetting: Forgetting, batch: Sequence[sa.Row[Any]], now: datetime
) -> None:
    """Find the number wherever it stands: in what is no call, and in the calls of others."""
    (spelling, _), = forgetting.spellings  # fmt: skip
    found = {row.id for row in batch if spelling.stands_in(*readings(bytes(row.body)), row.about, row.key)}
    if not found:
        return
    spoken = sa.select(facts.c.call_id).where(facts.c.observation_id.in_(found)).distinct()
    until = next(iter(forgetting.until.values()))
    old = sa.select(calls.c.id).where(calls.c.id.in_(spoken), calls.c.started_at <= until)
    redact_calls(connection, forgetting, connection.execute(old).scalars(), now)
    newer = sa.select(facts.c.observation_id).join(calls, calls.c.id == facts.c.call_id)
    kept = set(connection.execute(newer.where(facts.c.observation_id.in_(found), calls.c.started_at > until)).scalars())
    redact_observations(connection, forgetting, found - kept)


def _let_go(connection: sa.Connection, erasure: Erasure, now: datetime) -> None:
    """Stop whatever would contact the person, and forget what was written to them, noted and promised."""
    account, person, name, until = erasure.account_id, erasure.number, erasure.pseudonym, erasure.requested_at
    assert person is not None
    _forget_texts(connection, erasure, now)
    forget_in_crm(connection, account, person, name, until=until, now=now)
    forget_in_surveys(connection, account, person, name, until=until)
    forget_person(connection, account, person, until=until)
    forget_text_number(connection, account, person)
    w = work_items.c
    items = (w.account_id == account) & (w.person == person) & (w.opened_at <= until)
    ids = list(connection.execute(sa.select(w.id).where(items)).scalars())
    for id in connection.execute(sa.select(w.id).where(items, w.state == "open")).scalars().all():
        close(connection, account, id, because=ERASED, now=now, done=False)
    connection.execute(sa.update(work_items).where(w.id.in_(ids)).values(person=name))
    forget_notes_of(connection, account, ids)
    n = work_notes.c
    connection.execute(sa.update(work_notes).where(n.item_id.in_(ids), n.kind == str(Note.NOTE)).values(body=""))
    b, s, p = bookings.c, slot_links.c, people.c
    theirs = (b.account_id == account) & (b.person == person) & (b.made_at <= until)
    held = sa.update(bookings).where(theirs, b.state == str(BookingState.BOOKED))
    connection.execute(held.values(state=str(BookingState.CANCELLED)))
    connection.execute(sa.update(bookings).where(theirs).values(person=name))
    links = (s.account_id == account) & (s.person == person) & (s.made_at <= until)
    connection.execute(sa.delete(slot_links).where(links))
    connection.execute(sa.delete(people).where(p.account_id == account, p.person == person))
    j, e, m = journeys.c, episodes.c, notices.c
    mine = sa.select(j.id).where(j.account_id == account, j.person.in_((person, name)), j.opened_at < until)
    going = sa.update(episodes).where(e.account_id == account, e.journey_id.in_(mine), e.ended_at.is_(None))
    # The timer of an episode that has ended rings for nobody.
    connection.execute(going.values(ended_at=now, ended_because=ERASED, due_at=None))
    about = (m.account_id == account) & (m.journey_id.in_(mine) | m.item_id.in_(ids))
    unsent = sa.update(notices).where(about, m.state == "intended")
    connection.execute(unsent.values(state="failed", problem=ERASED))
    connection.execute(sa.update(notices).where(about).values(body=""))
    _forget_words(connection, erasure)
    k = consents.c
    given = (k.account_id == account) & (k.fingerprint == erasure.fingerprint) & (k.obtained_at <= until)
    connection.execute(sa.update(consents).where(given, k.withdrawn_at.is_(None)).values(withdrawn_at=now))
    connection.execute(sa.update(consents).where(given).values(evidence=""))


def _forget_texts(connection: sa.Connection, erasure: Erasure, now: datetime) -> None:
    t = texts.c
    mine = (t.account_id == erasure.account_id) & (t.person == erasure.number) & (t.created_at <= erasure.requested_at)
    unsent = sa.update(texts).where(mine, t.state == TextState.INTENDED)
    connection.execute(unsent.values(state=TextState.CANCELLED, raw_failure=ERASED, settled_at=now))
    change = sa.update(texts).where(mine)
    nothing = {"body": "", "subject": None, "person": erasure.pseudonym}
    connection.execute(change.where(t.state == RECEIVED).values(**nothing, sender=""))
    connection.execute(change.where(t.state != RECEIVED).values(**nothing, recipient=""))
    _forget_failures(connection, erasure)


def _forget_failures(connection: sa.Connection, erasure: Erasure) -> None:
    """What providers said of texts that did not arrive, where they repeat the number."""
    assert erasure.number is not None
    spelling, t, r = Spellings(erasure.number), texts.c, text_receipts.c
    theirs = sa.select(t.id, t.endpoint_id, t.ref, t.raw_failure).where(
        t.account_id == erasure.account_id, t.person == erasure.pseudonym, t.direction == "out"
    )
    rows = connection.execute(theirs).all()
    for row in rows:
        if row.raw_failure and spelling.stands_in(row.raw_failure):
            connection.execute(sa.update(texts).where(t.id == row.id).values(raw_failure=None))
    told = sa.select(r.endpoint_id, r.ref, r.state, r.raw_failure).where(
        r.endpoint_id.in_({row.endpoint_id for row in rows}),
        r.raw_failure.is_not(None),
        r.ref.in_({row.ref for row in rows if row.ref}) | r.reference.in_([row.id for row in rows]),
    )
    for row in connection.execute(told).all():
        if spelling.stands_in(row.raw_failure):
            mine = (r.endpoint_id == row.endpoint_id) & (r.ref == row.ref) & (r.state == row.state)
            connection.execute(sa.update(text_receipts).where(mine).values(raw_failure=None))


def _forget_words(connection: sa.Connection, erasure: Erasure) -> None:
    """Words that nobody understood, and that were a number."""
    assert erasure.number is not None
    spelling, u = Spellings(erasure.number), unknown_words.c
    mine = u.endpoint_id.in_(sa.select(endpoints.c.id).where(endpoints.c.account_id == erasure.account_id))
    words = connection.execute(sa.select(u.word).where(mine).distinct()).scalars()
    told = [word for word in words if spelling.stands_in(word)]
    connection.execute(sa.delete(unknown_words).where(mine, u.word.in_(told)))


def region_of(connection: sa.Connection, account: str) -> str:
    """The country in which an account's numbers lack a country code."""
    country = connection.execute(sa.select(accounts.c.country).where(accounts.c.id == account)).scalar_one()
    return str(country).partition("-")[0]


def _erasure(row: sa.Row[Any]) -> Erasure:
    values = row._asdict()
    return Erasure(**values | {"fingerprint": bytes(values["fingerprint"])})
