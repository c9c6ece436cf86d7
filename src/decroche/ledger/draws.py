"""The log of hold-outs and variants: whom chance put where, at which miss, and when they were reached after it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from decroche.ledger.recovery_tables import assignments, episodes, people, texts, work_items
from decroche.ledger.tables import calls, journey_aliases, journeys, reached
from decroche.model.call import Direction, Disposition
from decroche.rules.chain import fingerprint
from decroche.rules.fingerprints import PREFIX, beginning, pseudonym
from decroche.understand.journeys import SILENCE
from decroche.understand.live_journeys import RecoveredBy

#: A miss that is learned later is told to nobody, so that it shows nothing of what recovery brings.
LEARNED_WITHIN = timedelta(minutes=60)
_NO_CONTACT = [str(word) for word in (Disposition.INTERNAL, Disposition.BLOCKED, Disposition.UNKNOWN)]
_OUTSIDE = [str(Direction.INBOUND), str(Direction.OUTBOUND)]


_VARIANTS = "variants"


def variants_name(playbook: str, step: str, shares: Sequence[tuple[str, float]]) -> str:
    """The name of an experiment between variants: other variants or shares are another experiment."""
    return "/".join((_VARIANTS, playbook, step, *(f"{name}={share:g}" for name, share in shares)))


def variants_of(experiment: str) -> tuple[tuple[str, float], ...]:
    """The variants of an experiment with their shares, the first being what the others are compared with; else ()."""
    kind, _, rest = experiment.partition("/")
    if kind != _VARIANTS:
        return ()
    told = [each.partition("=") for each in rest.split("/")[2:]]
    return tuple((name, float(share)) for name, _, share in told)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """An arm that chance gave at the miss of ``missed_at``; ``at`` is when we learned of it and drew.

    ``answered_at`` is when the person was first reached after that miss, whoever did it and at whatever site.
    """

    experiment: str
    arm: str
    share: float
    at: datetime
    missed_at: datetime
    answered_at: datetime | None = None
    answered_by: RecoveredBy | None = None

    @property
    def counted(self) -> bool:
        """Whether it says anything of recovery: the miss was learned in time to act on it, in both arms alike."""
        return self.at - self.missed_at <= LEARNED_WITHIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A run of a playbook that began at ``begun_at`` for the miss of ``missed_at``.

    ``value`` is what is known of this person alone.
    """

    journey: str
    person: int = field(repr=False)
    missed_at: datetime
    begun_at: datetime
    value: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentLog:
    """What the log of assignments says of an experiment: ``drawn`` people by arm, since ``began_at``.

    ``share`` is that of the callers who are left alone.
    """

    name: str
    began_at: datetime
    share: float
    drawn: Mapping[str, int]


def experiments(connection: sa.Connection, account: str) -> list[ExperimentLog]:
    """The experiments of an account, the latest first."""
    c = assignments.c
    query = (
        sa.select(c.experiment, c.arm, sa.func.count().label("n"), sa.func.min(c.at).label("at"), sa.func.min(c.share))
        .where(c.account_id == account)
        .group_by(c.experiment, c.arm)
        .order_by(c.experiment, c.arm)
    )
    found: dict[str, ExperimentLog] = {}
    for name, arm, n, at, share in connection.execute(query):
        before = found.get(name)
        began_at = at if before is None else min(at, before.began_at)
        counts = {**({} if before is None else before.drawn), arm: n}
        found[name] = ExperimentLog(name=name, began_at=began_at, share=share, drawn=counts)
    return sorted(found.values(), key=lambda log: (log.began_at, log.name), reverse=True)


def everybody_drawn(
    connection: sa.Connection, account: str, *, since: datetime, key: bytes, at_once: int = 500
) -> Iterator[tuple[Begun, Drawn]]:
    """Everybody whom chance has put somewhere since then, as they came, with the miss at which it did.

    Left out are those whose miss a late fact contradicted, and those who are erased. ``at_once`` runs are in memory.
    """
    e, j, a, p = episodes.c, journeys.c, journey_aliases.c, people.c
    keys = (e.begun_at, e.journey_id, e.number)
    query = (
        sa.select(e.begun_at, e.journey_id, e.number, e.opened_at, j.id, j.person, p.value)
        .join_from(episodes, journey_aliases, (a.account_id == account) & (a.old_id == e.journey_id), isouter=True)
        .join(journeys, (j.id == sa.func.coalesce(a.journey_id, e.journey_id)) & (j.account_id == account))
        .join(people, (p.account_id == account) & (p.person == j.person), isouter=True)
        .where(e.account_id == account, j.state != "withdrawn", e.begun_at >= since)
        .order_by(*keys)
        .limit(at_once)
    )
    order = sa.tuple_(*keys)
    after: sa.ColumnElement[bool] = sa.true()
    while page := connection.execute(query.where(after)).all():
        runs = [
            Begun(journey=row.id, person=row.person, missed_at=row.opened_at, begun_at=row.begun_at, value=row.value)
            for row in page
        ]
        found = draws(connection, account, runs, key=key)
        for run, drawn in zip(runs, found, strict=True):
            yield from ((run, each) for each in drawn)
        if len(page) < at_once:
            return
        last = page[-1]
        here = (last.begun_at, last.journey_id, last.number)
        after = order > sa.tuple_(*(sa.literal(value, column.type) for value, column in zip(here, keys, strict=True)))


def draws(connection: sa.Connection, account: str, runs: Sequence[Begun], *, key: bytes) -> list[tuple[Drawn, ...]]:
    """The draws that were made when each of these runs began. ``key`` is that of the account's fingerprints."""
    people = {run.person for run in runs}
    marks = {fingerprint(person, key=key): person for person in people if person > 0}
    c = assignments.c
    theirs: sa.ColumnElement[bool] = c.fingerprint.in_(marks)
    if erased := {beginning(person) for person in people if person < 0}:
        theirs = theirs | sa.func.substr(c.fingerprint, 1, PREFIX).in_(erased)
    query = sa.select(assignments).where(c.account_id == account, theirs).order_by(c.experiment)
    made: dict[tuple[int, datetime], list[sa.Row[Any]]] = {}
    for row in connection.execute(query):
        mark = bytes(row.fingerprint)
        for person in {marks.get(mark, 0), pseudonym(mark)} & people:
            made.setdefault((person, row.at), []).append(row)
    answers = _answers(connection, account, [run for run in runs if (run.person, run.begun_at) in made])
    found: list[tuple[Drawn, ...]] = []
    for run in runs:
        later = (answer for answer in answers.get(run.person, ()) if answer[0] > run.missed_at)
        at, by = next(later, (None, None))
        drawn = (
            Drawn(
                experiment=row.experiment,
                arm=row.arm,
                share=row.share,
                at=row.at,
                missed_at=run.missed_at,
                answered_at=at,
                answered_by=by,
            )
            for row in made.get((run.person, run.begun_at), ())
        )
        found.append(tuple(drawn))
    return found


def _answers(
    connection: sa.Connection, account: str, runs: Sequence[Begun]
) -> dict[int, list[tuple[datetime, RecoveredBy]]]:
    """When these people were reached in the days after their misses, in order."""
    if not runs:
        return {}
    who = {run.person for run in runs}
    begin = min(run.missed_at for run in runs)
    end = max(run.begun_at for run in runs) + SILENCE
    c, r = calls.c, reached.c
    talks = sa.select(c.person, c.started_at, c.direction).where(
        c.account_id == account, c.person.in_(who), c.answered, c.started_at > begin, c.started_at <= end, contact()
    )
    met = sa.select(r.person, r.at, r.kind).where(r.account_id == account, r.person.in_(who), r.at > begin, r.at <= end)
    found: dict[int, list[tuple[datetime, RecoveredBy]]] = {}
    for person, at, direction in connection.execute(talks):
        by = RecoveredBy.THEIR_CALL if direction == Direction.INBOUND else RecoveredBy.OUR_CALL
        found.setdefault(person, []).append((at, by))
    for person, at, kind in connection.execute(met):
        found.setdefault(person, []).append((at, RecoveredBy(kind)))
    return {person: sorted(each) for person, each in found.items()}


def contact() -> sa.ColumnElement[bool]:
    """Calls between a person and the business: no internal or refused ones."""
    c = calls.c
    return c.direction.in_(_OUTSIDE) & (c.disposition.is_(None) | c.disposition.not_in(_NO_CONTACT))


def first_remedy(connection: sa.Connection, account: str) -> datetime | None:
    """When the first text was handed over or the first thing was to be done for a missed caller; None: never yet."""
    c, w = texts.c, work_items.c
    sent = sa.select(sa.func.min(c.handed_at)).where(c.account_id == account, c.direction == "out")
    asked = sa.select(sa.func.min(w.opened_at)).where(w.account_id == account)
    return min(
        (at for query in (sent, asked) if (at := connection.execute(query).scalar_one()) is not None), default=None
    )
