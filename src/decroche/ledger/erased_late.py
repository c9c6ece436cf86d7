"""Forgets what platforms tell late of texts: written by people, or sent to them, before they asked to be forgotten.

Calls that are told again are forgotten by ``erasing.forget_late``. What somebody writes after their request is a new
contact, and stays.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from decroche.ledger.erasing import region_of
from decroche.ledger.hearing import Hear, hear_one
from decroche.ledger.inserting import insert_new
from decroche.ledger.observations import Pending, read_observations
from decroche.ledger.privacy_tables import erasures
from decroche.ledger.recovery_tables import text_receipts, texts
from decroche.ledger.redacting import Forgetting, redact_observations
from decroche.ledger.searching import In, forget
from decroche.ledger.store import Ledger
from decroche.ledger.tables import counters, endpoints, facts, observations
from decroche.ledger.texts import RECEIVED
from decroche.model.text import TextReceipt, TextReceived
from decroche.rules.fingerprints import fingerprint, pseudonym
from decroche.understand.numbers import read_number

_POSITION = "erasing_texts"
#: Observations in one transaction.
_AT_ONCE = 300
#: So long a refusal in what was written may wait for being heeded; what nobody heeds by then, nobody will.
_HEEDED_WITHIN = timedelta(hours=24)
_NUMBER = re.compile(r"\+?[0-9](?:[ .()/-]?[0-9]){6,14}")
_Asked = Mapping[tuple[str, bytes], datetime]


def erased_until(connection: sa.Connection, account: str, mark: bytes) -> datetime | None:
    """The moment up to which a person, by their fingerprint, asked to be forgotten; None when they did not."""
    e = erasures.c
    latest = sa.select(sa.func.max(e.requested_at)).where(e.account_id == account, e.fingerprint == mark)
    found: datetime | None = connection.execute(latest).scalar_one()
    return found


def forget_text(connection: sa.Connection, id: str, mark: bytes) -> None:
    """Forget what an erased person had written, the moment it is heeded."""
    nothing = {"body": "", "subject": None, "sender": "", "person": pseudonym(mark)}
    theirs = (texts.c.id == id) & (texts.c.state == RECEIVED)
    connection.execute(sa.update(texts).where(theirs).values(**nothing))
    for account in connection.execute(sa.select(texts.c.account_id).where(theirs)).scalars():
        forget(connection, account, In.TEXT, [id])


def forget_late_texts(ledger: Ledger, hear: Hear, *, key: bytes, now: datetime) -> bool:
    """Look through some of what was told since requests were done. Whether there was anything to look through.

    ``key`` is the server's key of fingerprints.
    """
    with ledger.reading() as connection:
        asked, last = _asked(connection)
        batch = _told_since(connection, last) if asked else []
    accounts = {account for account, _ in asked}
    quiet = [row.id for row in batch if row.account_id in accounts and row.state == "heard" and not row.spoken]
    if not batch:
        return False
    with ledger.writing() as connection:
        done = batch[-1].id
        for each in read_observations(connection, quiet):
            late = _Late(connection, each, asked, key, now)
            if late.waits(hear):
                done = each.id - 1
                break
            late.forget(hear)
        insert_new(connection, counters, [{"name": _POSITION, "value": 0}], unique=("name",))
        connection.execute(sa.update(counters).where(counters.c.name == _POSITION).values(value=done))
    return int(done) == int(batch[-1].id)


def _asked(connection: sa.Connection) -> tuple[_Asked, int]:
    """Who asked until when, by account and fingerprint, and the last observation that was looked through."""
    e = erasures.c
    rows = connection.execute(sa.select(erasures).order_by(e.requested_at)).all()
    position = sa.select(counters.c.value).where(counters.c.name == _POSITION)
    last = connection.execute(position).scalar_one_or_none()
    if last is None:
        # What came before the first request was done was looked through for it.
        last = min((row.looked_through for row in rows if row.done_at is not None), default=None)
    if last is None:
        return {}, 0
    return {(row.account_id, bytes(row.fingerprint)): row.requested_at for row in rows}, last


def _told_since(connection: sa.Connection, last: int) -> Sequence[sa.Row[Any]]:
    """The next observations, up to the first that is not folded yet."""
    o = observations.c
    spoken = sa.exists().where(facts.c.observation_id == o.id).label("spoken")
    query = (
        sa.select(o.id, o.state, endpoints.c.account_id, spoken)
        .join(endpoints, endpoints.c.id == o.endpoint_id)
        .where(o.id > last)
        .order_by(o.id)
        .limit(_AT_ONCE)
    )
    rows = connection.execute(query).all()
    return rows[: next((place for place, row in enumerate(rows) if row.state == "pending"), len(rows))]


@dataclass(frozen=True, slots=True)
class _Late:
    """One observation that may tell of a text of before."""

    connection: sa.Connection
    observation: Pending
    asked: _Asked
    key: bytes
    now: datetime

    def waits(self, hear: Hear) -> bool:
        """Whether it holds what an erased person wrote, and what may be a refusal in it is not heeded yet."""
        if self.now - self.observation.received_at >= _HEEDED_WITHIN:
            return False
        return any(self._row(told).purpose == "" for told in self._received(hear) if self._row(told) is not None)

    def forget(self, hear: Hear) -> None:
        """Put pseudonyms in the place of people, and forget what they wrote."""
        account, names = self.observation.account_id, dict[int, int]()
        region = region_of(self.connection, account)
        for told in self._received(hear):
            person = read_number(told.sender, region=region).e164
            assert person is not None
            mark = fingerprint(self.key, account, person)
            names[person] = pseudonym(mark)
            if (row := self._row(told)) is not None:
                forget_text(self.connection, row.id, mark)
        receipts = [each for each in self._texts(hear) if isinstance(each, TextReceipt) and self._of_erased(each)]
        for each in receipts:
            names |= self._named(each.raw_failure or "", region)
        if names or receipts:
            forgetting = Forgetting(account=account, names=names, hear=hear, region=region)
            redact_observations(self.connection, forgetting, [self.observation.id])
            self._cover_receipts(receipts, forgetting)

    def _texts(self, hear: Hear) -> tuple[TextReceived | TextReceipt, ...]:
        return hear_one(self.observation, hear).heard.texts

    def _received(self, hear: Hear) -> list[TextReceived]:
        """What people wrote who asked later to be forgotten."""
        region = region_of(self.connection, self.observation.account_id)
        found = []
        for told in self._texts(hear):
            if isinstance(told, TextReceived) and (until := self._until(told.sender, region)) is not None:
                found += [told] if told.at <= until else []
        return found

    def _until(self, number: str, region: str) -> datetime | None:
        person = read_number(number, region=region).e164
        if person is None or person < 0:
            return None
        account = self.observation.account_id
        return self.asked.get((account, fingerprint(self.key, account, person)))

    def _row(self, told: TextReceived) -> Any:
        t = texts.c
        mine = (t.endpoint_id == self.observation.endpoint_id) & (t.ref == told.ref) & (t.direction == "in")
        return self.connection.execute(sa.select(t.id, t.purpose).where(mine)).first()

    def _of_erased(self, told: TextReceipt) -> bool:
        """Whether a receipt is of a text to somebody who is forgotten."""
        t = texts.c
        same = (t.endpoint_id == self.observation.endpoint_id) & (t.ref == told.ref)
        which = same if told.reference is None else same | (t.id == told.reference)
        query = sa.select(sa.literal(1)).where(t.account_id == self.observation.account_id, t.person < 0, which)
        return self.connection.execute(query.limit(1)).first() is not None

    def _named(self, text: str, region: str) -> dict[int, int]:
        """Those among the numbers in a text whose people are forgotten."""
        found = {}
        for number in _NUMBER.findall(text):
            if self._until(number, region) is not None:
                person = read_number(number, region=region).e164 or 0
                found[person] = pseudonym(fingerprint(self.key, self.observation.account_id, person))
        return found

    def _cover_receipts(self, receipts: Sequence[TextReceipt], forgetting: Forgetting) -> None:
        r = text_receipts.c
        for each in receipts:
            if each.raw_failure and forgetting.cover(each.raw_failure) != each.raw_failure:
                mine = (r.endpoint_id == self.observation.endpoint_id) & (r.ref == each.ref)
                state = r.state == str(each.state)
                connection = self.connection
                connection.execute(sa.update(text_receipts).where(mine, state).values(raw_failure=None))
