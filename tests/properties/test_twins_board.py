"""What the desk counts in columns is what its measures count call by call, whole, by anything and over time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from decroche.model.board import CallTally, Dimension, JourneyTally, Period, Scope, Step
from decroche.model.call import Direction, Disposition, MissedReason
from decroche.model.figures import Durations, Rate
from decroche.model.hours import HourClass
from decroche.prove.kpis import calls as kpis
from decroche.prove.kpis.board import previous
from decroche.prove.kpis.first_contact import (
    RESOLVED_DAYS,
    Coded,
    Contact,
    JourneyFacts,
    first_contacts,
    journey_tally,
    net,
)
from decroche.understand.journeys import SILENCE
from decroche.understand.live_journeys import LiveState, RecoveredBy
from decroche.warehouse.counting import NOTES, Counting
from decroche.warehouse.desk_scope import Clocks
from decroche.warehouse.engine import Engine
from decroche.warehouse.keeping_up import Prepared
from decroche.warehouse.lake_rows import CALLS, JOURNEYS, Kept
from decroche.warehouse.live_columns import Columns
from decroche.warehouse.prepared import RESOLVED_DAYS as WAREHOUSE_DAYS
from decroche.warehouse.resolution import resolution

ZONE, OTHER = "Europe/Paris", "America/Toronto"
#: The clocks of Paris change on the 29th, and of Toronto on the 8th.
PERIOD = Period(date(2026, 3, 25), date(2026, 4, 2))
NOW = datetime(2026, 4, 20, 6, tzinfo=UTC)
WITHIN_S, SHORT_S = 20.0, 5.0
#: The moment in UTC at which the clocks of Paris change.
TURN = datetime.fromisoformat("2026-03-29 01:00")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A call of the lake."""

    started: datetime
    direction: str
    answered: bool
    reason: str | None
    person: int | None
    site: str
    queue: str | None
    agent: str | None
    wait_s: float | None
    talk_s: float | None
    hold_s: float | None
    voicemail: bool
    kind: str = "external"
    hour_class: str | None = None

    @property
    def disposition(self) -> str:
        if self.direction == "inbound":
            return "answered" if self.answered else "blocked" if self.reason == "blocked_spam" else "missed"
        return "answered" if self.answered else "no_answer"

    @property
    def judged(self) -> kpis.JudgedCall:
        return kpis.JudgedCall(
            answered=self.answered,
            reason=None if self.answered or self.reason is None else MissedReason(self.reason),
            direction=Direction(self.direction),
            voicemail=self.voicemail,
            wait_s=self.wait_s,
            talk_s=self.talk_s,
            hold_s=self.hold_s,
        )


_seconds = st.one_of(st.none(), st.integers(0, 200).map(lambda quarters: quarters / 4), st.sampled_from([5.0, 20.0]))
_moments = st.integers(-21 * 96, 21 * 96).map(lambda quarters: TURN + timedelta(minutes=15 * quarters))
_rows = st.builds(
    Row,
    started=st.one_of(_moments, st.sampled_from([TURN, TURN - timedelta(days=4, hours=2)])),
    direction=st.sampled_from(["inbound", "inbound", "inbound", "outbound"]),
    answered=st.booleans(),
    reason=st.sampled_from([reason.value for reason in MissedReason]),
    person=st.sampled_from([None, 1, 2, 3]),
    site=st.sampled_from(["", "Lyon", "Québec"]),
    queue=st.sampled_from([None, "a", "b"]),
    agent=st.sampled_from([None, "Ana", "Bob"]),
    wait_s=_seconds,
    talk_s=_seconds,
    hold_s=_seconds,
    voicemail=st.booleans(),
    hour_class=st.sampled_from([None, *HourClass]),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """A journey of the lake."""

    opened: datetime
    lasts: int
    ends: str
    person: int
    site: str


_needs = st.builds(
    Need,
    opened=_moments,
    lasts=st.integers(1, 9 * 24),
    ends=st.sampled_from(["open", "expired", "withdrawn", *RecoveredBy]),
    person=st.sampled_from([1, 2, 3]),
    site=st.sampled_from(["", "Lyon", "Québec"]),
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with Engine(tmp_path_factory.mktemp("board"), threads=1) as opened:
        yield opened


Drawn = dict[str, Any]


def arrow_of(kept: Kept, rows: Sequence[Drawn]) -> pa.Table:
    return pa.table(
        {field.name: pa.array([row.get(field.name) for row in rows], field.type) for field in kept.schema}
    )  # fmt: skip


def columns_of(engine: Engine, rows: Sequence[Row], needs: Sequence[Need] = (), *, at_hand: bool = True) -> Columns:
    calls = [
        {
            **{name: value for name, value in asdict(row).items() if name != "kind"},
            "id": f"{number:04}",
            "month": f"{row.started:%Y-%m}",
            "disposition": row.disposition,
            "reason": row.reason if row.disposition == "missed" else None,
            "agent": row.agent if row.answered else None,
        }
        for number, row in enumerate(rows)
    ]
    journeys = [
        {
            "id": f"j{number}",
            "month": f"{need.opened:%Y-%m}",
            "opened": need.opened,
            "person": need.person,
            "site": need.site,
            "state": need.ends if need.ends in set(LiveState) else LiveState.RECOVERED.value,
            "expires": need.opened + SILENCE,
            "closed": closed(need),
            "recovered_by": None if need.ends in set(LiveState) else need.ends,
            "first_call": f"{number:04}",
        }
        for number, need in enumerate(needs)
    ]
    made: list[Prepared] = []

    def prepare(clocks: Clocks, since: datetime) -> Prepared:
        if not made:
            made.append(mended(engine, clocks, since, calls, journeys))
        return made[0]

    whole = {CALLS.name: arrow_of(CALLS, calls), JOURNEYS.name: arrow_of(JOURNEYS, journeys)}
    return Columns(
        engine=engine,
        revision=1,
        account="drawn",
        read=lambda kept: engine.load(f"drawn_{kept.name}", whole[kept.name]),
        prepare=prepare,
        at_hand=lambda clocks, since: at_hand,
    )


def mended(
    engine: Engine, clocks: Clocks, since: datetime, calls: Sequence[Drawn], journeys: Sequence[Drawn]
) -> Prepared:
    """Made when a third of the rows were others, a third were not there, and some were that are gone; then mended."""
    found = Prepared(engine, 1, clocks, since)
    other: Drawn = {"person": 3, "site": "", "disposition": "missed", "direction": "inbound", "reason": "no_answer"}
    then = [
        *(row | other | {"started": row["started"] + timedelta(days=2)} for row in calls[::3]),
        *calls[1::3],
        *(row | {"id": f"gone {row['id']}"} for row in calls[::2]),
    ]
    journeys_then = [
        *(row | {"person": 1, "state": "open", "closed": None} for row in journeys[::3]),
        *journeys[1::3],
        *(row | {"id": f"gone {row['id']}"} for row in journeys[::2]),
    ]
    found.build(
        engine.load("drawn_calls", arrow_of(CALLS, then)),
        engine.load("drawn_journeys", arrow_of(JOURNEYS, journeys_then)),
    )
    found.change(
        arrow_of(CALLS, [*calls[::3], *calls[2::3]]),
        [f"gone {row['id']}" for row in calls[::2]],
        arrow_of(JOURNEYS, [*journeys[::3], *journeys[2::3]]),
        [f"gone {row['id']}" for row in journeys[::2]],
    )
    return found


def closed(need: Need) -> datetime | None:
    return None if need.ends == "open" else need.opened + timedelta(hours=need.lasts)


def counting(columns: Columns, scope: Scope) -> Counting:
    return Counting(
        columns=columns,
        clocks=Clocks(ZONE, {"Québec": OTHER}),
        period=PERIOD,
        before=previous(PERIOD),
        scope=scope,
        now=NOW,
        answer_within_s=WITHIN_S,
        short_abandon_s=SHORT_S,
        silence=SILENCE,
    )


def local(moment: datetime, site: str) -> datetime:
    zone = ZoneInfo(OTHER if site == "Québec" else ZONE)
    return moment.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)


def within(moment: datetime, site: str, period: Period) -> bool:
    return period.start <= local(moment, site).date() < period.end


def narrowed(rows: Sequence[Row], scope: Scope) -> list[Row]:
    """The rows of a scope; who missed a call is not told."""
    told = scope.told()
    return [
        row
        for row in rows
        if all(
            ((row.agent if row.answered else None) if name == "agent" else getattr(row, name)) == value
            for name, value in told.items()
        )
    ]


def check(found: CallTally, rows: Sequence[Row]) -> None:
    """That a tally is what the measures say of the same calls."""
    calls = [row.judged for row in rows]
    totals = kpis.totals(calls)
    for name in ("offered", "answered", "missed", "abandoned", "short_abandoned", "voicemail_left"):
        assert getattr(found, name) == getattr(totals, name), name
    assert found.terms == kpis.service_level_terms(calls, threshold_s=WITHIN_S, short_s=SHORT_S)
    assert found.missed_within == kpis.missed_within(calls, threshold_s=WITHIN_S)
    assert sum(found.missed_by_reason.values()) == totals.missed
    assert near(found.wait_answered, kpis.wait_answered(calls))
    assert near(found.wait_abandoned, kpis.wait_abandoned(calls))
    handle = kpis.handle_time(calls)
    for part in ("talk", "hold", "wrap", "handle"):
        assert near(getattr(found.handle, part), getattr(handle, part))


def near(found: Durations, wanted: Durations) -> bool:
    return all(
        value == (None if asdict(wanted)[name] is None else pytest.approx(asdict(wanted)[name], rel=1e-12))
        for name, value in asdict(found).items()
    )


_scopes = st.sampled_from(
    [Scope(), Scope(site="Lyon"), Scope(site="Québec"), Scope(queue="a"), Scope(agent="Ana", site="")]
)
_quick = settings(max_examples=40, phases=(Phase.explicit, Phase.reuse, Phase.generate))


@pytest.mark.hard
@_quick
@given(rows=st.lists(_rows, max_size=60), scope=_scopes, at_hand=st.booleans())
def test_calls_whole_by_value_and_by_step(engine: Engine, rows: list[Row], scope: Scope, at_hand: bool) -> None:
    count = counting(columns_of(engine, rows, at_hand=at_hand), scope)
    mine = narrowed(rows, scope)
    for now, period in ((True, PERIOD), (False, previous(PERIOD))):
        here = [row for row in mine if within(row.started, row.site, period)]
        check(count.calls()[now, None], here)
        groups: list[tuple[Dimension | Step, Callable[[Row], Any]]] = [
            (Dimension.SITE, lambda row: row.site),
            (Dimension.QUEUE, lambda row: row.queue or ""),
            (Step.HOUR, lambda row: local(row.started, row.site).replace(minute=0)),
            (Step.DAY, lambda row: datetime.combine(local(row.started, row.site).date(), datetime.min.time())),
            (Step.WEEK, lambda row: monday(local(row.started, row.site))),
        ]
        for by, value in groups:
            found = {key: tally for (era, key), tally in count.calls(by, alone=True).items() if era is now}
            counted = [row for row in here if row.judged.offered]
            assert found.keys() == {value(row) for row in counted}
            for key, tally in found.items():
                check(tally, [row for row in counted if value(row) == key])


def monday(moment: datetime) -> datetime:
    return datetime.combine((moment - timedelta(days=moment.weekday())).date(), datetime.min.time())


@pytest.mark.hard
@_quick
@given(rows=st.lists(_rows, max_size=60), scope=_scopes)
def test_first_contacts(engine: Engine, rows: list[Row], scope: Scope) -> None:
    rates = counting(columns_of(engine, rows), scope).first_contacts()
    offered = [row for row in rows if row.judged.offered and row.person is not None]
    found = first_contacts(
        [
            Contact(person=row.person or 0, site=row.site, at=row.started.replace(tzinfo=UTC), answered=row.answered)
            for row in offered
        ],
        now=NOW,
    )
    if scope.queue is not None or scope.agent is not None:
        return  # calls of one moment are told apart by nothing else
    for now, period in ((True, PERIOD), (False, previous(PERIOD))):
        mine = [
            met
            for call, met in found
            if within(call.at.replace(tzinfo=None), call.site, period) and scope.site in {None, call.site}
        ]
        assert rates.get((now, None), Rate(0, 0)) == Rate(sum(mine), len(mine))


_notes = st.builds(
    Coded,
    person=st.sampled_from([1, 2, 3]),
    site=st.sampled_from(["", "Lyon", "Québec"]),
    at=_moments.map(lambda moment: moment.replace(tzinfo=UTC)),
    resolvable=st.booleans(),
)


@pytest.mark.hard
@_quick
@given(rows=st.lists(_rows, max_size=60), notes=st.lists(_notes, max_size=12))
def test_first_contacts_that_a_first_call_could_meet(engine: Engine, rows: list[Row], notes: list[Coded]) -> None:
    table = pa.Table.from_pylist([{**asdict(note), "at": note.at.replace(tzinfo=None)} for note in notes], schema=NOTES)
    found = replace(counting(columns_of(engine, rows), Scope()), noted=lambda: table).net_first_contacts()
    offered = [row for row in rows if row.judged.offered and row.person is not None]
    contacts = first_contacts(
        [
            Contact(person=row.person or 0, site=row.site, at=row.started.replace(tzinfo=UTC), answered=row.answered)
            for row in offered
        ],
        now=NOW,
    )
    for now, period in ((True, PERIOD), (False, previous(PERIOD))):
        mine = [each for each in contacts if within(each[0].at.replace(tzinfo=None), each[0].site, period)]
        assert found[now] == net(mine, notes)


@pytest.mark.hard
@_quick
@given(
    rows=st.lists(_rows, max_size=60), notes=st.lists(_notes, max_size=12), days=st.sampled_from([1, 3, 7, 14, 30]),
    site=st.sampled_from([None, "Lyon"]),
)  # fmt: skip
def test_first_contacts_within_any_days(
    engine: Engine, rows: list[Row], notes: list[Coded], days: int, site: str | None
) -> None:
    """Of all calls up to now: the rows that the whole time holds."""
    table = pa.Table.from_pylist([{**asdict(note), "at": note.at.replace(tzinfo=None)} for note in notes], schema=NOTES)
    whole = Period(PERIOD.start, max(PERIOD.end, NOW.date() + timedelta(days=2)))
    before = Period(PERIOD.start - timedelta(days=40), PERIOD.start)
    counted = replace(
        counting(columns_of(engine, rows), Scope(site=site)), noted=lambda: table, period=whole, before=before
    )
    gross, net_one = resolution(counted, PERIOD, days=days)
    known = [
        Contact(person=row.person, site=row.site, at=row.started.replace(tzinfo=UTC), answered=row.answered)
        for row in rows
        if row.judged.offered and row.person is not None and site in {None, row.site}
        and (within(row.started, row.site, whole) or within(row.started, row.site, before))
    ]  # fmt: skip
    mine = [
        each
        for each in first_contacts(known, now=NOW, days=days)
        if within(each[0].at.replace(tzinfo=None), each[0].site, PERIOD)
    ]
    assert gross == Rate(sum(met for _, met in mine), len(mine))
    assert net_one == net(mine, notes, days=days)


@pytest.mark.hard
@_quick
@given(rows=st.lists(_rows, max_size=40), needs=st.lists(_needs, max_size=20), site=st.sampled_from([None, "Lyon"]))
def test_journeys(engine: Engine, rows: list[Row], needs: list[Need], site: str | None) -> None:
    count = counting(columns_of(engine, rows, needs), Scope(site=site))
    ours = [row for row in rows if row.direction == "outbound"]

    def tally(wanted: Sequence[Need]) -> JourneyTally:
        return journey_tally(
            [
                JourneyFacts(
                    opened=need.opened.replace(tzinfo=UTC),
                    expires=(need.opened + SILENCE).replace(tzinfo=UTC),
                    closed=None if (end := closed(need)) is None else end.replace(tzinfo=UTC),
                    recovered_by=None if need.ends in set(LiveState) else RecoveredBy(need.ends),
                    expired=need.ends == LiveState.EXPIRED,
                    our_calls=[row.started.replace(tzinfo=UTC) for row in ours if row.person == need.person],
                )
                for need in wanted
            ],
            now=NOW,
            silence=SILENCE,
        )

    for now, period in ((True, PERIOD), (False, previous(PERIOD))):
        here = [
            need
            for need in needs
            if need.ends != LiveState.WITHDRAWN and within(need.opened, need.site, period) and site in {None, need.site}
        ]
        found, wanted = count.journeys()[now, None], tally(here)
        assert replace(found, to_callback=wanted.to_callback) == wanted
        assert near(found.to_callback, wanted.to_callback)
        by_site = {key: each for (era, key), each in count.journeys(Dimension.SITE).items() if era is now}
        assert {key: each.opened for key, each in by_site.items()} == {
            name: sum(need.site == name for need in here) for name in {need.site for need in here}
        }


@pytest.mark.hard
@_quick
@given(rows=st.lists(_rows, max_size=40), needs=st.lists(_needs, max_size=15))
def test_what_is_mended_is_what_is_made_anew(engine: Engine, rows: list[Row], needs: list[Need]) -> None:
    columns, clocks = columns_of(engine, rows, needs), Clocks(ZONE, {"Québec": OTHER})
    since = TURN - timedelta(days=10)

    def held(found: Prepared) -> list[list[str]]:
        tables = (engine.records(engine.table(name)) for name in (found.calls, found.journeys))
        return [sorted(repr(sorted(row.items())) for row in each) for each in tables]

    mended_ones = held(columns.prepare(clocks, since))
    anew = Prepared(engine, 2, clocks, since)
    anew.build(columns.calls, columns.journeys)
    assert mended_ones == held(anew)


def test_days_in_which_a_need_is_met() -> None:
    assert WAREHOUSE_DAYS == RESOLVED_DAYS


def test_every_disposition_is_one_of_ours() -> None:
    assert {"answered", "missed", "blocked", "no_answer"} <= {each.value for each in Disposition}
