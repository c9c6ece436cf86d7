"""Very large exports of an invented contact centre, made day by day in bounded memory, for benchmarks.

The law is the same at every size, so the growth of a reader's time can be seen: 40,000 first calls on a usual day over
48 queues of 6 departments and 4 sites, open from 8 to 20 UTC every day. Each queue is served first come, first served
by people on three shifts, has its own lines, and its callers have a patience; missed callers try again after minutes,
hours or a night. All queues of a day advance together: the k-th calls of a three-minute slot are one NumPy step, and a
redial comes at least one slot after its miss. Unlike in ``simulate``, staff's call-backs take nobody's time, and there
are no holidays.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import compute

from decroche.simulate.shapes import Bell, shape

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
#: An Arrow array of strings (the stubs cannot follow its kind through the compute functions).
Column = Any

QUEUES = 48
CALLS_PER_DAY = 40_000
OPENS, CLOSES = 8 * 3600.0, 20 * 3600.0
#: A redial comes at least one slot after its miss, so the slots of a day can be played one after the other.
SLOT_S = 180.0
HANDLE_MEAN_S, WRAP_S = 200.0, 20.0
PATIENCE_MEAN_S, LONGEST_WAIT_S = 150.0, 600.0
LINES_PER_AGENT = 0.85
NEW_SHARE, CUSTOMERS = 0.25, 300_000
MASKED_PER_THOUSAND = 50
REDIAL_SHARE, REDIAL_DECAY, MOST_ATTEMPTS = 0.55, 0.85, 6
CALLED_BACK_SHARE, OUTBOUND_PER_DAY = 0.06, 1500
ANNOUNCEMENT_S = 12
WEEKDAYS = (1.2, 1.05, 1.0, 0.98, 1.0, 0.6, 0.35)

_SHAPE = np.asarray(shape(Bell(10.2, 1.5, 1.0), Bell(14.8, 1.9, 0.85), Bell(18.2, 1.1, 0.4), level=0.03))
#: Canadian non-geographic codes, hardly assigned: 48 million well-formed numbers (an exchange begins with 2 to 9).
_CODES = np.array([622, 633, 644, 655, 677, 688], dtype=np.int64)
_PER_CODE = 8_000_000
_SCRAMBLE = 29_000_011
HEADERS = (
    "Call ID",
    "Start time",
    "Direction",
    "Caller number",
    "Called number",
    "Line",
    "Queue",
    "Department",
    "Site",
    "Agent",
    "Outcome",
    "Wait (s)",
    "Talk (s)",
    "Duration (s)",
)
_OUTCOMES = ("Answered", "Abandoned", "Missed", "Busy", "Closed", "No answer")
_ANSWERED, _ABANDONED, _MISSED, _BUSY, _CLOSED, _NO_ANSWER = range(6)


@dataclass(slots=True)
class Calls:
    """Calls, one per element: ``at`` is seconds after midnight UTC. Outcomes are filled when they are played."""

    at: Floats
    queue: Ints
    person: Ints
    attempt: Ints
    outcome: Ints
    agent: Ints
    wait: Floats
    talk: Floats

    @classmethod
    def placed(cls, at: Floats, queue: Ints, person: Ints, attempt: Ints) -> Calls:
        """Calls whose outcome is not known yet."""
        count = len(at)
        nobody = np.full(count, -1, dtype=np.int64)
        return cls(at, queue, person, attempt, nobody.copy(), nobody, np.zeros(count), np.zeros(count))

    def where(self, chosen: Flags | Ints) -> Calls:
        """Some of the calls, or all in another order."""
        return Calls(
            self.at[chosen],
            self.queue[chosen],
            self.person[chosen],
            self.attempt[chosen],
            self.outcome[chosen],
            self.agent[chosen],
            self.wait[chosen],
            self.talk[chosen],
        )

    def later(self, seconds: float) -> Calls:
        """The calls, yet to be played, on a clock that is ``seconds`` ahead."""
        return Calls.placed(self.at - seconds, self.queue, self.person, self.attempt)


def joined(parts: list[Calls]) -> Calls:
    """Several sets of calls as one."""
    names = ("at", "queue", "person", "attempt", "outcome", "agent", "wait", "talk")
    return Calls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


class Centre:
    """The queues: who works when, on how many lines. Rows are queues, columns people or lines (unused: never free)."""

    def __init__(self) -> None:
        self.share = np.linspace(1.6, 0.4, QUEUES)
        self.share /= self.share.sum()
        busiest = CALLS_PER_DAY * _SHAPE / _SHAPE.sum() * 2 / 3600 * (HANDLE_MEAN_S + WRAP_S)
        people = np.ceil(self.share * busiest.max() * 1.35).astype(np.int64) + 2
        self.people = people
        columns = np.arange(people.max())
        shift = columns % 3
        self.begins = np.where(columns < people[:, None], np.array([8, 9.5, 12])[shift] * 3600, np.inf)
        self.ends = np.broadcast_to(np.array([16, 17.5, 20])[shift] * 3600, self.begins.shape)
        lines = np.ceil(people * LINES_PER_AGENT).astype(np.int64)
        self.no_line = np.where(np.arange(lines.max()) < lines[:, None], -np.inf, np.inf)

    def play(self, calls: Calls, free: Floats, lines: Floats, chance: np.random.Generator) -> None:
        """Serve the calls of one slot, sorted by queue and time: fills outcomes, updates ``free`` and ``lines``."""
        count = len(calls.at)
        patience = chance.exponential(PATIENCE_MEAN_S, count)
        talk = chance.lognormal(np.log(HANDLE_MEAN_S) - 0.32, 0.8, count)
        sizes = np.bincount(calls.queue, minlength=QUEUES)
        firsts = np.cumsum(sizes) - sizes
        for rank in range(int(sizes.max(initial=0))):
            rows = np.flatnonzero(sizes > rank)
            which = firsts[rows] + rank
            at = calls.at[which]
            ready = np.maximum(np.maximum(free[rows], at[:, None]), self.begins[rows])
            ready[ready >= self.ends[rows]] = np.inf
            agent = ready.argmin(axis=1)
            starts = ready[np.arange(len(rows)), agent]
            line = lines[rows].argmin(axis=1)
            has_line = lines[rows, line] <= at
            gives_up = np.minimum(patience[which], LONGEST_WAIT_S)
            served = has_line & (starts - at <= gives_up)
            free[rows[served], agent[served]] = (starts + talk[which])[served] + WRAP_S
            leaves = np.where(served, starts + talk[which], at + gives_up)
            lines[rows[has_line], line[has_line]] = leaves[has_line]
            calls.outcome[which] = np.where(
                served,
                _ANSWERED,
                np.where(has_line, np.where(patience[which] > LONGEST_WAIT_S, _MISSED, _ABANDONED), _BUSY),
            )
            calls.agent[which] = np.where(served, agent, -1)
            calls.wait[which] = np.where(has_line, np.where(served, starts - at, gives_up), 0.0)
            calls.talk[which] = np.where(served, talk[which], 0.0)


def redials(missed: Calls, chance: np.random.Generator) -> Calls:
    """Who of the missed callers tries again, and when: minutes later (60 %), hours later, or at the next opening."""
    again = missed.where(
        (chance.random(len(missed.at)) < REDIAL_SHARE * REDIAL_DECAY ** (missed.attempt - 1))
        & (missed.attempt < MOST_ATTEMPTS)
    )
    count = len(again.at)
    kind = chance.random(count)
    spread = np.exp(0.9 * chance.standard_normal(count))
    soon = again.at + again.wait + SLOT_S
    at = np.where(kind < 0.6, soon + 240 * spread, soon + 5400 * spread)
    at = np.where(kind >= 0.85, 86_400 + OPENS + 2400 * spread, at)
    sleeps = (at >= CLOSES) & (at < 86_400 + OPENS) & (chance.random(count) < 0.8)
    at = np.where(sleeps, 86_400 + OPENS + 2400 * spread, at)
    at = np.where((at < OPENS) & (chance.random(count) < 0.8), OPENS + 2400 * spread, at)
    return Calls.placed(at, again.queue, again.person, again.attempt + 1)


def days(seed: int, *, weekday: int = 0) -> Iterator[tuple[int, Calls, Calls]]:
    """Day number, inbound calls by time, and staff's own calls, for ever, from a weekday (Monday = 0)."""
    chance = np.random.default_rng(seed)
    centre = Centre()
    shape_of_slots = np.repeat(_SHAPE / _SHAPE.sum(), int(1800 / SLOT_S)) / (1800 / SLOT_S)
    pending = Calls.placed(np.zeros(0), *(np.zeros(0, dtype=np.int64) for _ in range(3)))
    level, newest, number = 0.0, CUSTOMERS, 0
    while True:
        level = 0.5 * level + 0.08 * float(chance.standard_normal())
        rate = CALLS_PER_DAY * WEEKDAYS[(weekday + number) % 7] * np.exp(level) * shape_of_slots
        counts = chance.poisson(rate[:, None] * centre.share)
        slot, queue = (np.repeat(axis, counts.ravel()) for axis in np.indices(counts.shape).reshape(2, -1))
        total = len(slot)
        person = (CUSTOMERS * chance.random(total) ** 1.5).astype(np.int64)
        new = chance.random(total) < NEW_SHARE
        person[new] = newest + np.arange(int(new.sum()))
        newest += int(new.sum())
        first = Calls.placed((slot + chance.random(total)) * SLOT_S, queue, person, np.ones(total, dtype=np.int64))
        today, pending = _day(centre, joined([first, pending]), chance)
        yield number, today, _outbound(centre, today, chance)
        number += 1


def _day(centre: Centre, placed: Calls, chance: np.random.Generator) -> tuple[Calls, Calls]:
    """One day played: its calls by time, and those placed for the next days (on the next day's clock)."""
    later = [placed.where(placed.at >= 86_400)]
    night = _shut(placed.where(placed.at < OPENS))
    evening = [placed.where((placed.at >= CLOSES) & (placed.at < 86_400))]
    waking = placed.where((placed.at >= OPENS) & (placed.at < CLOSES))
    waking = waking.where(np.argsort(waking.at, kind="stable"))
    edges = np.arange(OPENS, CLOSES + 1, SLOT_S)
    bounds = np.searchsorted(waking.at, edges)
    again = redials(night, chance)
    played = [night]
    free = np.full(centre.begins.shape, -np.inf)
    lines = centre.no_line.copy()
    for slot in range(len(edges) - 1):
        due = again.at < edges[slot + 1]
        calls = joined(
            [waking.where(np.arange(bounds[slot], bounds[slot + 1])), again.where(due & (again.at >= OPENS))]
        )
        evening.append(again.where(due & (again.at < OPENS)))
        calls = calls.where(np.lexsort((calls.at, calls.queue)))
        centre.play(calls, free, lines, chance)
        played.append(calls)
        again = joined([again.where(~due), redials(calls.where(calls.outcome != _ANSWERED), chance)])
    evening.append(again.where(again.at < 86_400))
    late = _shut(joined(evening))
    overnight = redials(late, chance)
    overnight.at = np.maximum(overnight.at, 86_400.0)
    today = joined([*played, late])
    later += [again.where(again.at >= 86_400), overnight]
    return today.where(np.argsort(today.at, kind="stable")), joined(later).later(86_400)


def _shut(calls: Calls) -> Calls:
    calls.outcome[:] = _CLOSED
    return calls


def _outbound(centre: Centre, today: Calls, chance: np.random.Generator) -> Calls:
    """Call-backs to some of the missed, and other calls of staff, before closing."""
    missed = today.where(today.outcome != _ANSWERED)
    chosen = missed.where((chance.random(len(missed.at)) < CALLED_BACK_SHARE) & ~masked(missed.person))
    back = np.maximum(chosen.at, OPENS) + 120 + 3000 * np.exp(chance.standard_normal(len(chosen.at)))
    own = int(chance.poisson(OUTBOUND_PER_DAY))
    at = np.concatenate([back, chance.uniform(OPENS, CLOSES, own)])
    queue = np.concatenate([chosen.queue, chance.integers(0, QUEUES, own)])
    person = np.concatenate([chosen.person, chance.integers(0, CUSTOMERS, own)])
    calls = Calls.placed(at, queue, person, np.zeros(len(at), dtype=np.int64))
    reached = chance.random(len(at)) < 0.6
    calls.outcome = np.where(reached, _ANSWERED, _NO_ANSWER)
    calls.agent = (chance.random(len(at)) * centre.people[queue]).astype(np.int64)
    calls.wait = chance.uniform(5, 30, len(at))
    calls.talk = np.where(reached, chance.lognormal(np.log(140) - 0.32, 0.8, len(at)), 0.0)
    return calls.where(calls.at < CLOSES)


def masked(person: Ints) -> Flags:
    """Whether a person withholds the number: always, or never."""
    return (person * 7919) % 1000 < MASKED_PER_THOUSAND


def tables(*, seed: int, start: date) -> Iterator[pa.Table]:
    """The export day by day, for ever, from ``start`` on: one table of ``HEADERS`` columns a day, by start time."""
    midnight = int(datetime(start.year, start.month, start.day, tzinfo=UTC).timestamp())
    writing = np.random.default_rng([seed, 1])
    written = 0
    for number, inbound, outbound in days(seed, weekday=start.weekday()):
        yield _rows(inbound, outbound, midnight + 86_400 * number, written, writing)
        written += len(inbound.at) + len(outbound.at)


def _rows(inbound: Calls, outbound: Calls, midnight: int, written: int, chance: np.random.Generator) -> pa.Table:
    """One day of the export, by start time."""
    both = joined([inbound, outbound])
    order = np.argsort(both.at, kind="stable")
    out = (np.arange(len(both.at)) >= len(inbound.at))[order]
    both = both.where(order)
    scrambled = both.person * _SCRAMBLE % (len(_CODES) * _PER_CODE)
    number = _CODES[scrambled // _PER_CODE] * 10_000_000 + 2_000_000 + scrambled % _PER_CODE
    digits: Column = pa.array(number).cast(pa.string())
    prefix = _take(["", "+1"], (chance.random(len(number)) < 0.3).astype(np.int64))
    person = compute.binary_join_element_wise(prefix, digits, "")
    line = _take([f"600{2000000 + 100 * queue}" for queue in range(QUEUES)], both.queue)
    hidden = _take(["Anonymous"], np.zeros(len(out), dtype=np.int64))
    wait, talk = np.rint(both.wait).astype(np.int64), np.rint(both.talk).astype(np.int64)
    seconds = midnight + np.floor(both.at).astype(np.int64)
    caller = _either(out, line, _either(masked(both.person), hidden, person))
    agents = [f"A{queue + 1:02d}-{column + 1:02d}" for queue in range(QUEUES) for column in range(99)]
    columns: list[Column] = [
        pa.array(np.arange(len(out)) + written + 1),
        pa.array(seconds).cast(pa.timestamp("s", "UTC")),
        _take(["Inbound", "Outbound"], out.astype(np.int64)),
        caller,
        _either(out, person, line),
        _take([f"L{queue + 1:02d}" for queue in range(QUEUES)], both.queue),
        _take([f"Q{queue + 1:02d}" for queue in range(QUEUES)], both.queue),
        _take(["Service", "Sales", "Parts", "Billing", "Support", "Renewals"], both.queue % 6),
        _take(["Lille", "Lyon", "Nantes", "Rennes"], both.queue % 4),
        _take(agents, both.queue * 99 + both.agent, absent=both.agent < 0),
        _take(list(_OUTCOMES), both.outcome),
        pa.array(wait),
        pa.array(talk),
        pa.array(wait + talk + np.where(both.outcome == _CLOSED, ANNOUNCEMENT_S, 0)),
    ]
    return pa.table(columns, names=list(HEADERS))


def _take(words: list[str], places: Ints, absent: Flags | None = None) -> Column:
    """The words at the places; null where absent."""
    indices: Column = pa.array(places, mask=absent)
    return pa.array(words, pa.string()).take(indices)


def _either(condition: Flags, yes: Column, no: Column) -> Column:
    return compute.if_else(pa.array(condition), yes, no)
