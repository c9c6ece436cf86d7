"""Puts pseudonyms in the place of people's numbers in calls, in their journeys, and in what platforms said of them.

Nothing else about a call changes: not its id, its verdict or its place in time, nor anything of anybody else. Nobody
is told of a change, for nothing happened on the phone; the revision of the call rises, so that copies of it follow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any

import msgspec
import sqlalchemy as sa

from decroche.ledger import erased
from decroche.ledger.call_ids import COVERED, call_id
from decroche.ledger.folding import Told, what_counts
from decroche.ledger.hearing import Hear, hear_one
from decroche.ledger.inserting import insert_new
from decroche.ledger.journeys import refold
from decroche.ledger.observations import read_observations
from decroche.ledger.searching import In, enter_voicemails, forget
from decroche.ledger.spellings import Spellings
from decroche.ledger.tables import call_keys, calls, endpoints, facts, journeys, observations, reached
from decroche.ledger.telling import next_revision
from decroche.model.fact import Fact
from decroche.understand.live import LiveCall, live_call
from decroche.understand.live_journeys import LiveState
from decroche.understand.messages import message_of
from decroche.understand.numbers import read_number

_WORDS = ("line", "queue", "department", "site", "agent", "raw_reason")
_decoder = msgspec.json.Decoder(Fact)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgetting:
    """Whom to forget in an account: pseudonyms by E.164 digits. ``region`` is where numbers lack a country code.

    ``until`` is the moment up to which what was written down of somebody besides their calls is forgotten too.
    """

    account: str
    names: Mapping[int, int] = field(repr=False)
    hear: Hear
    region: str
    until: Mapping[int, datetime] = field(default_factory=dict, repr=False)
    spellings: tuple[tuple[Spellings, str], ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        made = tuple((Spellings(person), erased.token(name)) for person, name in self.names.items())
        object.__setattr__(self, "spellings", made)

    def name_of(self, number: str | None) -> int | None:
        """The pseudonym of a number as it was written; None for whoever stays."""
        person = None if number is None else read_number(number, region=self.region).e164
        return None if person is None else self.names.get(person)

    def cover(self, text: str) -> str:
        """``text`` without the numbers."""
        for spelling, token in self.spellings:
            text = spelling.covered(text, by=token)
        return text


@dataclass(slots=True)
class _Spoken:
    """One fact as it is kept, with what it is part of."""

    observation: int
    number: int
    connector: str
    told: Told


def redact_calls(connection: sa.Connection, forgetting: Forgetting, ids: Iterable[str], now: datetime) -> None:
    """Have the calls ``ids``, their journeys and what was said of them forget people. The same again changes nothing.

    The journeys of everybody concerned are made again from their calls: those of somebody of whom only a part of the
    calls is named, too.
    """
    wanted = sorted(set(ids))
    # Whoever writes calls waits here: nobody makes one again of what is said no more.
    first = next_revision(connection, len(wanted) + 1)
    spoken = _spoken(connection, wanted)
    for call, each in spoken.items():
        _cover_facts(connection, forgetting, call, each)
    redact_observations(connection, forgetting, {one.observation for each in spoken.values() for one in each})
    people = set[int]()
    rows = connection.execute(sa.select(calls).where(calls.c.id.in_(wanted)).order_by(calls.c.id)).all()
    said: dict[str, str] = {}
    found = [dict(row._mapping) for row in rows]
    for number, row in enumerate(rows):
        people |= {row.person} - {None}
        told = [one.told for one in spoken.get(row.id, ())]
        values = _covered_row(row, forgetting, told)
        found[number] |= values
        if (message := message_of(one.fact for one in told)) is not None and message.text:
            said[row.id] = message.text
        if any(row._mapping[name] != value for name, value in values.items()):
            change = sa.update(calls).where(calls.c.id == row.id)
            connection.execute(change.values(**values, revision=first + number))
    enter_voicemails(connection, found, said)
    for person, until in forgetting.until.items():
        _rename(connection, forgetting, person, until)
    people |= forgetting.until.keys()
    concerned = people | {forgetting.names[person] for person in people & forgetting.names.keys()}
    refold(connection, {forgetting.account: concerned}, now, revision=first + len(wanted), renamed={})


def redact_observations(connection: sa.Connection, forgetting: Forgetting, ids: Iterable[int]) -> None:
    """Have observations forget people; the facts of those that speak of calls are covered already."""
    wanted = set(ids)
    c, o = facts.c, observations.c
    told: dict[int, list[Fact]] = {}
    for row in connection.execute(
        sa.select(c.observation_id, c.body).where(c.observation_id.in_(wanted)).order_by(c.observation_id, c.number)
    ):
        told.setdefault(row.observation_id, []).append(_decoder.decode(row.body))
    states = {row.id: row.state for row in connection.execute(sa.select(o.id, o.state).where(o.id.in_(wanted)))}
    for each in read_observations(connection, wanted):
        said = hear_one(each, forgetting.hear)
        body = erased.kept_of(
            states[each.id],
            said.heard,
            tuple(told.get(each.id, ())),
            cover=forgetting.cover,
            whose=forgetting.names.get,
            region=forgetting.region,
        )
        key = each.record.key
        if forgetting.cover(key) != key:
            # What comes again is not known by it any more, and is erased again.
            key = f"{erased.KIND}/{each.id}"
        if (each.record.kind, each.record.body, each.record.key) != (erased.KIND, body, key):
            change = sa.update(observations).where(o.id == each.id)
            connection.execute(change.values(kind=erased.KIND, body=body, about="{}", key=key))


def drop_messages(connection: sa.Connection, forgetting: Forgetting, ids: Iterable[int]) -> int:
    """Have observations forget what callers said to the voicemail, and where it is. Returns how many told any.

    What else they said of calls stays: the same calls are made of it.
    """
    f, changed, spoken = facts.c, set[int](), set[str]()
    query = sa.select(f.observation_id, f.number, f.call_id, f.body).where(f.observation_id.in_(set(ids)))
    for row in connection.execute(query).all():
        if b'"message":{' not in row.body:
            continue
        body = msgspec.json.encode(replace(_decoder.decode(row.body), message=None))
        here = (f.observation_id == row.observation_id) & (f.number == row.number)
        connection.execute(sa.update(facts).where(here).values(body=body))
        changed.add(row.observation_id)
        spoken.add(row.call_id)
    if changed:
        forget(connection, forgetting.account, In.VOICEMAIL, spoken)
        redact_observations(connection, forgetting, changed)
    return len(changed)


def _rename(connection: sa.Connection, forgetting: Forgetting, person: int, until: datetime) -> None:
    """What no call tells: that somebody was met otherwise, and journeys that rested on a mistake."""
    name, r, j = forgetting.names[person], reached.c, journeys.c
    met = (r.account_id == forgetting.account) & (r.person == person) & (r.at < until)
    connection.execute(sa.update(reached).where(met).values(person=name))
    withdrawn = (j.account_id == forgetting.account) & (j.person == person) & (j.state == str(LiveState.WITHDRAWN))
    connection.execute(sa.update(journeys).where(withdrawn, j.last_missed_at < until).values(person=name))


def _spoken(connection: sa.Connection, ids: Sequence[str]) -> dict[str, list[_Spoken]]:
    f, o = facts.c, observations.c
    query = (
        sa.select(f.observation_id, f.number, f.call_id, f.body, o.endpoint_id, o.source, o.received_at)
        .add_columns(endpoints.c.connector)
        .join(observations, o.id == f.observation_id)
        .join(endpoints, endpoints.c.id == o.endpoint_id)
        .where(f.call_id.in_(ids))
        .order_by(f.observation_id, f.number)
    )
    found: dict[str, list[_Spoken]] = {}
    for row in connection.execute(query):
        told = Told(_decoder.decode(row.body), row.endpoint_id, row.source, row.received_at)
        found.setdefault(row.call_id, []).append(_Spoken(row.observation_id, row.number, row.connector, told))
    return found


def _cover_facts(connection: sa.Connection, forgetting: Forgetting, call: str, spoken: Sequence[_Spoken]) -> None:
    """Cover what was told of a call, so that the same call is made of it."""
    moved: dict[tuple[str, str], str] = {}

    def key(connector: str, told: str) -> str:
        if forgetting.cover(told) == told:
            return told
        moved[connector, told] = COVERED + call_id(forgetting.account, connector, told)
        return moved[connector, told]

    before = [each.told for each in spoken]
    theirs = _is_theirs(before, forgetting)
    wanted = _gist(before, forgetting)
    after: list[Told] = []
    for words in _candidates(before, forgetting):
        after = [
            replace(
                each.told,
                fact=erased.covered_fact(
                    each.told.fact,
                    numbers=lambda word, words=words: words.get(word, word),  # type: ignore[misc]
                    cover=forgetting.cover,
                    key=partial(key, each.connector),
                    theirs=theirs,
                ),
            )
            for each in spoken
        ]
        if _gist(after, forgetting) == wanted:
            break
    for each, new in zip(spoken, after, strict=True):
        if new != each.told:
            body = msgspec.json.encode(new.fact)
            here = (facts.c.observation_id == each.observation) & (facts.c.number == each.number)
            connection.execute(sa.update(facts).where(here).values(body=body))
            each.told = new
    k = call_keys.c
    for (connector, old), new_key in moved.items():
        mine = (k.account_id == forgetting.account) & (k.connector == connector) & (k.key == old)
        row = {"account_id": forgetting.account, "connector": connector, "key": new_key, "call_id": call}
        connection.execute(sa.delete(call_keys).where(mine))
        insert_new(connection, call_keys, [row], unique=("account_id", "connector", "key"))


def _is_theirs(told: Sequence[Told], forgetting: Forgetting) -> bool:
    """Whether somebody who is forgotten now, or was before, is on the phone in this call."""
    words = {word for each in told for word in (each.fact.caller, each.fact.called) if word is not None}
    return any(
        forgetting.name_of(word) is not None or (read_number(word, region=forgetting.region).e164 or 0) < 0
        for word in words
    )


def _candidates(told: Sequence[Told], forgetting: Forgetting) -> Iterator[Mapping[str, str]]:
    """What to write in the place of each number of a call.

    Of facts and legs of one moment that disagree, the smaller word counts. Where that would choose otherwise than
    between the numbers, what stands in their place sorts before all, or right after what the number came after.
    """
    words = sorted({word for each in told for word in (each.fact.caller, each.fact.called) if word is not None})
    names = {word: name for word in words if (name := forgetting.name_of(word)) is not None}
    yield {word: erased.token(name) for word, name in names.items()}
    yield {word: erased.token(name, after="!") for word, name in names.items()}
    placed: dict[str, str] = {}
    last = "!"
    for word in words:
        if word in names:
            placed[word] = last = erased.token(names[word], after=last)
        else:
            last = word
    yield placed


def _gist(told: Sequence[Told], forgetting: Forgetting) -> tuple[Any, ...] | None:
    """What is known of a call, the same for a number and for what stands in its place."""
    known, _ = what_counts(told)
    if not known:
        return None

    def who(number: str | None) -> str | int | None:
        party = read_number(number, region=forgetting.region)
        name = party.e164 if party.e164 is not None and party.e164 < 0 else forgetting.name_of(number)
        return number if name is None else name

    def covered(each: Any) -> tuple[Any, ...]:
        values = {name: getattr(each, name) for name in each.__dataclass_fields__ if name != "call_key"}
        values |= {name: forgetting.cover(values[name]) for name in _WORDS if values[name] is not None}
        return tuple((values | {name: who(values[name]) for name in ("caller", "called")}).items())

    live = live_call(known)
    legs = sorted((covered(leg) for leg in live.legs), key=repr)
    return covered(live.call), legs, live.progress, live.answered_at, live.last_at, who(live.other)


def _covered_row(row: sa.Row[Any], forgetting: Forgetting, told: Sequence[Told]) -> dict[str, Any]:
    """The columns of a call that speak of people, as the ledger made again would have them."""
    values: dict[str, Any] = {
        name: forgetting.cover(text) for name in _WORDS if (text := row._mapping[name]) is not None
    }
    values["person"] = forgetting.names.get(row.person, row.person)
    known, _ = what_counts(told)
    if not known:
        number: Callable[[str | None], str | None] = lambda text: (  # noqa: E731
            text if (name := forgetting.name_of(text)) is None else erased.token(name)
        )
        return values | {"caller": number(row.caller), "called": number(row.called), "legs": "[]"}
    live: LiveCall = live_call(known)
    return values | {
        "caller": live.call.caller,
        "called": live.call.called,
        "external_key": live.call.call_key,
        "legs": msgspec.json.encode(live.legs).decode(),
    }
