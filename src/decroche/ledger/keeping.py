"""How long a business keeps what it knows of people, and the forgetting of what is older, a little at a time.

An old number becomes the pseudonym of its person, so that figures and journeys stay what they were; old words go. A
journey that goes on past the limit waits until it has ended. Who wrote an order or a refusal is not asked here:
refusals and decisions are fingerprints.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from decroche.ledger.acting import act_for
from decroche.ledger.audit_log import COMMAND, Who, note
from decroche.ledger.crm_privacy import nameless, old_areas, old_links, old_writes
from decroche.ledger.crm_tables import opportunities
from decroche.ledger.erasing import region_of
from decroche.ledger.hearing import Hear
from decroche.ledger.inserting import insert_new, put
from decroche.ledger.privacy_tables import retention
from decroche.ledger.recovery_tables import bookings, notices, people, slot_links, texts, work_items, work_notes
from decroche.ledger.redacting import Forgetting, drop_messages, redact_calls, redact_observations
from decroche.ledger.searching import In, forget, forget_names, forget_notes_of
from decroche.ledger.store import Ledger
from decroche.ledger.survey_tables import surveys
from decroche.ledger.tables import accounts, calls, counters, endpoints, facts, observations, reached
from decroche.ledger.texts import RECEIVED
from decroche.ledger.work_notes import Note
from decroche.rules.fingerprints import fingerprint, pseudonym
from decroche.understand.journeys import SILENCE

#: Rows in one transaction: few enough that a delivery need not wait for long.
_AT_ONCE = 50
_NONE = timedelta(microseconds=1)
#: How long the address at which somebody chose a time is kept when it works no more.
_LINKS = timedelta(days=30)
#: Written into the statement: an index of what people noted serves no statement that might ask for others.
_A_NOTE: sa.ColumnElement[str] = sa.literal_column(f"'{Note.NOTE}'")


@dataclass(frozen=True, slots=True)
class Retention:
    """In months: numbers in clear, words of texts and voicemails, notes, and what is known of who does not call."""

    numbers: int = 12
    texts: int = 12
    notes: int = 12
    prospects: int = 36


#: Nobody may keep anything longer. Thirteen months let a month be compared with the same of the year before.
CEILINGS = Retention(numbers=13, texts=12, notes=12, prospects=36)
WHAT = tuple(each.name for each in fields(Retention))


class TooLong(ValueError):
    """``what`` cannot be kept so long, or for less than a month."""

    def __init__(self, what: str, most: int) -> None:
        super().__init__(f"{what}: 1 to {most} months")
        self.what = what
        self.most = most


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What will be forgotten: ``soon`` of a kind within 30 days, the ``oldest`` from then on; None: there is none."""

    what: str
    soon: int
    next_at: datetime | None


def retention_of(connection: sa.Connection, account: str) -> Retention:
    """How long an account keeps what."""
    row = connection.execute(sa.select(retention).where(retention.c.account_id == account)).one_or_none()
    return Retention() if row is None else Retention(**{name: row._mapping[name] for name in WHAT})


def keep_for(connection: sa.Connection, account: str, wanted: Retention, now: datetime, *, by: Who = COMMAND) -> None:
    """Have an account keep things so long. Raises TooLong."""
    values = {name: getattr(wanted, name) for name in WHAT}
    for name, months in values.items():
        if not 1 <= months <= getattr(CEILINGS, name):
            raise TooLong(name, getattr(CEILINGS, name))
    put(connection, retention, [{"account_id": account, **values, "changed_at": now}])
    note(connection, account, by, "privacy.retention_changed", details=values, at=now)


def months_before(moment: datetime, months: int) -> datetime:
    """The same day so many months earlier, or the last of that month."""
    years, month = divmod(moment.month - 1 - months, 12)
    for day in (moment.day, 30, 29, 28):
        try:
            return moment.replace(year=moment.year + years, month=month + 1, day=day)
        except ValueError:
            continue
    raise AssertionError


def due(connection: sa.Connection, account: str, now: datetime) -> list[Due]:
    """What will be forgotten next, by what it is."""
    kept = retention_of(connection, account)
    t, c, n, w = texts.c, calls.c, work_notes.c, work_items.c
    mine: Mapping[str, tuple[sa.Column[Any], Any]] = {
        "numbers": (c.started_at, sa.select(c.started_at).where(c.account_id == account, c.person > 0)),
        "texts": (t.created_at, sa.select(t.created_at).where(t.account_id == account, t.body != "")),
        "notes": (
            n.at,
            sa.select(n.at)
            .join(work_items, w.id == n.item_id)
            .where(sa.func.coalesce(w.account_id, "") == account, n.kind == _A_NOTE, n.body != ""),
        ),
    }
    found = []
    for what, (moment, query) in mine.items():
        months = getattr(kept, what)
        limit = months_before(now + timedelta(days=30), months)
        soon = connection.execute(sa.select(sa.func.count()).select_from(query.where(moment < limit).subquery()))
        oldest = connection.execute(query.order_by(moment).limit(1)).scalar_one_or_none()
        next_at = None if oldest is None else months_before(oldest, -months)
        found.append(Due(what=what, soon=soon.scalar_one(), next_at=next_at))
    return found


def forget_old(ledger: Ledger, hear: Hear, *, key: bytes, now: datetime) -> Iterator[int]:
    """Forget what accounts keep no longer. Gives how much after each batch; whoever stops in between goes on later.

    ``key`` is the server's key of fingerprints.
    """
    with ledger.reading() as connection:
        known = list(connection.execute(sa.select(accounts.c.id).order_by(accounts.c.id)).scalars())
    for account in known:
        with ledger.reading() as connection:
            kept, region = retention_of(connection, account), region_of(connection, account)
        old = _Old(ledger, account, hear, region, key, now, kept)
        parts = (old.calls, old.texts, old.notes, old.observations, old.people, old.opportunities, old.surveys)
        for part in parts:
            yield from part()


class _Everybody(dict[int, int]):
    """Pseudonyms of whoever is asked for."""

    def __init__(self, name: Callable[[int], int]) -> None:
        super().__init__()
        self._name = name

    def get(self, person: int, default: Any = None) -> Any:
        """The pseudonym of ``person``."""
        return self._name(person)


@dataclass(frozen=True, slots=True)
class _Old:
    """What one account keeps no longer."""

    ledger: Ledger
    account: str
    hear: Hear
    region: str
    key: bytes
    now: datetime
    kept: Retention

    def name(self, person: int) -> int:
        """The pseudonym of a person; of who has one, theirs."""
        return person if person < 0 else pseudonym(fingerprint(self.key, self.account, person))

    def calls(self) -> Iterator[int]:
        """Numbers of calls, of callbacks and of promises."""
        limit = months_before(self.now, self.kept.numbers)
        c = calls.c
        here = sa.tuple_(c.started_at, c.id)
        after, seen = None, set[int]()
        while True:
            query = sa.select(c.id, c.person, c.started_at).where(
                c.account_id == self.account, c.person > 0, c.started_at < limit
            )
            if after is not None:
                query = query.where(
                    here > sa.tuple_(*(sa.literal(v, k.type) for v, k in zip(after, here, strict=True)))
                )
            with self.ledger.reading() as connection:
                rows = connection.execute(query.order_by(c.started_at, c.id).limit(_AT_ONCE)).all()
            if not rows:
                break
            after = (rows[-1].started_at, rows[-1].id)
            fresh = sorted({row.person for row in rows} - seen)
            seen |= set(fresh)
            if fresh:
                yield self._calls_of(fresh, limit)
        for table, moment in ((work_items, work_items.c.closed_at), (bookings, bookings.c.ends_at)):
            yield from self._rename(table, moment < limit)

    def _calls_of(self, persons: list[int], limit: datetime) -> int:
        c = calls.c
        with self.ledger.writing() as connection:
            cuts = {person: cut for person in persons if (cut := self._cut(connection, person, limit)) is not None}
            if not cuts:
                return 0
            theirs = sa.or_(*((c.person == person) & (c.started_at < cut) for person, cut in cuts.items()))
            ids = list(connection.execute(sa.select(c.id).where(c.account_id == self.account, theirs)).scalars())
            names = {person: self.name(person) for person in cuts}
            forgetting = Forgetting(account=self.account, names=names, hear=self.hear, region=self.region, until=cuts)
            redact_calls(connection, forgetting, ids, self.now)
        return len(ids)

    def _cut(self, connection: sa.Connection, person: int, limit: datetime) -> datetime | None:
        """The end of the last silence before ``limit``: no journey goes on over it. None: there is none."""
        c, r = calls.c, reached.c
        called = sa.select(c.started_at).where(c.account_id == self.account, c.person == person)
        met = sa.select(r.at).where(r.account_id == self.account, r.person == person)
        moments: list[datetime] = sorted(m for query in (called, met) for m in connection.execute(query).scalars())
        for place in range(len(moments), 0, -1):
            quiet = place == len(moments) or moments[place] - moments[place - 1] > SILENCE
            over = moments[place - 1] + SILENCE < self.now
            if moments[place - 1] < limit and quiet and over:
                return moments[place - 1] + _NONE
        return None

    def texts(self) -> Iterator[int]:
        """What was written to people and by them."""
        t, limit = texts.c, months_before(self.now, self.kept.texts)
        old = (t.account_id == self.account) & (t.created_at < limit) & ((t.body != "") | (t.person > 0))
        while True:
            with self.ledger.writing() as connection:
                act_for(connection, self.account)
                rows = connection.execute(sa.select(t.id, t.person, t.state).where(old).limit(_AT_ONCE)).all()
                for row in rows:
                    nobody = {"sender": ""} if row.state == RECEIVED else {"recipient": ""}
                    name = None if row.person is None else self.name(row.person)
                    change = sa.update(texts).where(t.id == row.id)
                    connection.execute(change.values(body="", subject=None, person=name, **nobody))
                forget(connection, self.account, In.TEXT, [row.id for row in rows])
            if not rows:
                return
            yield len(rows)

    def notes(self) -> Iterator[int]:
        """What colleagues noted and were told, and addresses that work no more."""
        n, w, m, s = work_notes.c, work_items.c, notices.c, slot_links.c
        limit = months_before(self.now, self.kept.notes)
        mine = sa.select(w.id).where(w.account_id == self.account)
        with self.ledger.writing() as connection:
            old = n.item_id.in_(mine) & (n.at < limit) & (n.kind == str(Note.NOTE)) & (n.body != "")
            forget(connection, self.account, In.NOTE, sa.select(n.id).where(old))
            count = connection.execute(sa.update(work_notes).where(old).values(body="")).rowcount
            told = sa.update(notices).where(m.account_id == self.account, m.due_at < limit, m.body != "")
            count += connection.execute(told.values(body="")).rowcount
            links = sa.delete(slot_links).where(s.account_id == self.account, s.expires_at < self.now - _LINKS)
            count += connection.execute(links).rowcount
        yield count

    def observations(self) -> Iterator[int]:
        """What platforms said and no call was made of, such as texts; and what callers said to the voicemail."""
        o, limit, position = observations.c, months_before(self.now, self.kept.texts), f"keeping:{self.account}"
        mine = sa.select(endpoints.c.id).where(endpoints.c.account_id == self.account)
        spoken = sa.exists().where(facts.c.observation_id == o.id)
        forgetting = Forgetting(account=self.account, names=_Everybody(self.name), hear=self.hear, region=self.region)
        nobody = Forgetting(account=self.account, names={}, hear=self.hear, region=self.region)
        while True:
            with self.ledger.writing() as connection:
                insert_new(connection, counters, [{"name": position, "value": 0}], unique=("name",))
                at = counters.c.name == position
                last = connection.execute(sa.select(counters.c.value).where(at)).scalar_one()
                query = sa.select(o.id, o.state, spoken).where(
                    o.id > last, o.endpoint_id.in_(mine), o.received_at < limit
                )
                rows = connection.execute(query.order_by(o.id).limit(_AT_ONCE)).all()
                waiting = next((place for place, row in enumerate(rows) if row.state == "pending"), len(rows))
                rows = rows[:waiting]
                if not rows:
                    return
                redact_observations(connection, forgetting, [row.id for row in rows if not row[2]])
                drop_messages(connection, nobody, [row.id for row in rows if row[2]])
                connection.execute(sa.update(counters).where(at).values(value=rows[-1].id))
            yield len(rows)

    def people(self) -> Iterator[int]:
        """What is known of people who have not called or written for so long."""
        p, c, t, limit = people.c, calls.c, texts.c, months_before(self.now, self.kept.prospects)
        last = 0
        while True:
            with self.ledger.writing() as connection:
                query = sa.select(p.person).where(p.account_id == self.account, p.person > last)
                rows = list(connection.execute(query.order_by(p.person).limit(_AT_ONCE)).scalars())
                gone = []
                for person in rows:
                    both = (person, self.name(person))
                    called = sa.select(sa.func.max(c.started_at)).where(
                        c.account_id == self.account, c.person.in_(both), c.direction == "inbound"
                    )
                    wrote = sa.select(sa.func.max(t.created_at)).where(
                        t.account_id == self.account, t.person.in_(both), t.direction == "in"
                    )
                    moments = [
                        m for each in (called, wrote) if (m := connection.execute(each).scalar_one()) is not None
                    ]
                    if moments and max(moments) < limit:
                        gone.append(person)
                if gone:
                    connection.execute(sa.delete(people).where(p.account_id == self.account, p.person.in_(gone)))
                    forget_names(connection, self.account, gone)
            if not rows:
                return
            last = rows[-1]
            yield len(gone)

    def opportunities(self) -> Iterator[int]:
        """Whose opportunities were that have not changed for so long, and who the contacts of CRMs are besides."""
        limit = months_before(self.now, self.kept.numbers)
        yield from self._rename(opportunities, opportunities.c.changed_at < limit)
        with self.ledger.writing() as connection:
            gone = [
                nameless(self.account, limit), old_links(self.account, limit), old_writes(self.account, limit),
                old_areas(self.account, limit),
            ]  # fmt: skip
            count = sum(connection.execute(each).rowcount for each in gone)
        yield count

    def surveys(self) -> Iterator[int]:
        """Who answered surveys so long ago; what they answered stays as figures."""
        yield from self._rename(surveys, surveys.c.ended_at < months_before(self.now, self.kept.numbers))

    def _rename(self, table: sa.Table, old: sa.ColumnElement[bool]) -> Iterator[int]:
        mine = (table.c.account_id == self.account) & (table.c.person > 0) & old
        while True:
            with self.ledger.writing() as connection:
                query = sa.select(table.c.id, table.c.person).where(mine).limit(_AT_ONCE)
                rows = connection.execute(query).all()
                for row in rows:
                    change = sa.update(table).where(table.c.id == row.id)
                    connection.execute(change.values(person=self.name(row.person)))
                if table is work_items:
                    forget_notes_of(connection, self.account, [row.id for row in rows])
            if not rows:
                return
            yield len(rows)
