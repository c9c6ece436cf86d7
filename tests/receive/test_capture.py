"""Capture from start to stop: who folds also listens, new endpoints are noticed, and no failure ends it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from decroche.capture.endpoint_watch import EndpointWatch
from decroche.capture.folder import Folder
from decroche.capture.receive.door import Outcome, Received
from decroche.capture.service import Capture
from decroche.connector_kit.connector import Connector, Record
from decroche.connector_kit.errors import Malformed
from decroche.ledger.folding import Folded
from decroche.ledger.setting_up import Endpoint, add_endpoint
from decroche.ledger.store import Ledger
from decroche.ledger.tables import endpoints
from decroche.telemetry import Metrics
from tests.databases import opened
from tests.ledger.business import BOX, Shop, shop
from tests.ledger.stories import Body, hear
from tests.ledger.test_two_folders import MISS
from tests.receive.doors import NOW, TOLD

_PATIENCE_S = 20


class Listening:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.known: list[set[str]] = []
        self.started, self.stopped = threading.Event(), threading.Event()

    def start(self) -> None:
        self.told.append("start")
        self.started.set()

    def stop(self) -> None:
        self.told.append("stop")
        self.stopped.set()

    def endpoints_changed(self, found: Mapping[str, tuple[Endpoint, Connector]]) -> None:
        self.known.append(set(found))


def capture(ledger: Ledger) -> tuple[Capture, Listening]:
    found = Capture(ledger, {"told": TOLD}, box=BOX, clock=lambda: NOW, metrics=Metrics())
    listening = Listening()
    found.listen_with(listening)
    return found, listening


def another(found: Shop, key: str) -> str:
    with found.ledger.writing() as connection:
        return add_endpoint(
            connection, found.account, connector="told", name="B", settings={}, secret={}, box=BOX, now=NOW, key=key
        ).id


def test_who_folds_listens_and_who_does_not_fold_does_not(ledger: Ledger) -> None:
    found = shop(ledger)
    worker, listening = capture(ledger)
    web, silent = capture(ledger)
    worker.start()
    web.start(folds=False)
    assert listening.started.wait(_PATIENCE_S)
    web.stop()
    worker.stop()
    assert listening.told == ["start", "stop"]
    assert silent.told == []
    assert {frozenset(each) for each in (*listening.known, *silent.known)} == {frozenset({found.endpoint})}


@pytest.mark.hard
def test_the_next_process_listens_when_the_first_has_ended(ledger: Ledger) -> None:
    shop(ledger)
    first, listening = capture(ledger)
    second, waiting = capture(ledger)
    first.start()
    assert listening.started.wait(_PATIENCE_S)
    second.start()
    assert waiting.told == []
    first.stop()
    assert waiting.started.wait(_PATIENCE_S)
    assert listening.told == ["start", "stop"]
    second.stop()


@pytest.mark.hard
def test_who_loses_the_right_to_fold_stops_listening_and_begins_again() -> None:
    with opened("postgresql") as ledger:
        shop(ledger)
        found, listening = capture(ledger)
        found.start()
        assert listening.started.wait(_PATIENCE_S)
        listening.started.clear()
        with ledger.writing() as connection:
            connection.execute(
                sa.text("select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted")
            )
        assert listening.stopped.wait(_PATIENCE_S)
        assert listening.started.wait(_PATIENCE_S)
        found.stop()
        assert listening.told == ["start", "stop", "start", "stop"]


def test_an_endpoint_of_another_process_gets_its_door(ledger: Ledger) -> None:
    found = shop(ledger)
    ours, listening = capture(ledger)
    watch = EndpointWatch(ledger, ours.read_endpoints)
    watch.look()
    assert ours.doors.of("told", "new") is None
    new = another(found, "new")
    watch.look()
    assert ours.doors.of("told", "new") is not None
    with ledger.writing() as connection:
        connection.execute(sa.update(endpoints).where(endpoints.c.id == new).values(removed_at=NOW))
    watch.look()
    watch.look()
    assert ours.doors.of("told", "new") is None
    assert [len(each) for each in listening.known] == [1, 2, 1]


def test_a_look_that_fails_is_made_again(ledger: Ledger) -> None:
    shop(ledger)
    failures: list[Exception] = [sa.exc.OperationalError("", {}, Exception()), RuntimeError("a mistake of ours")]
    seen: list[int] = []

    def changed() -> None:
        if failures:
            raise failures.pop()
        seen.append(1)

    watch = EndpointWatch(ledger, changed)
    for _ in range(4):
        watch.look()
    assert seen == [1]


class Breaking(Ledger):
    """Fails as it is told, each time it writes."""

    failures: list[Exception]

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        if self.failures:
            raise self.failures.pop()
        with super().writing() as connection:
            yield connection


@pytest.mark.parametrize(
    "failure",
    [sa.exc.OperationalError("", {}, Exception()), OSError(5, "input"), RuntimeError("a mistake of ours"), KeyError(1)],
    ids=lambda error: type(error).__name__,
)
def test_the_folder_outlives_every_failure(ledger: Ledger, failure: Exception) -> None:
    found = shop(ledger)
    found.keep([Body(facts=(MISS,))])
    breaking = Breaking(ledger.engine.url.render_as_string(hide_password=False))
    # A mistake fails the observation alone; one in noting even that fails the batch.
    breaking.failures = [failure] * 3
    done = threading.Event()

    def folded(batch: Folded) -> None:
        if batch.changes or batch.failed:
            done.set()

    folder = Folder(breaking, hear, clock=lambda: NOW, folded=folded, after_failure_s=0.01)
    folder.start()
    assert done.wait(_PATIENCE_S)
    folder.stop()
    breaking.close()
    assert breaking.failures == []


@pytest.mark.hard
def test_a_listener_that_cannot_begin_is_begun_again(ledger: Ledger) -> None:
    shop(ledger)
    ours, listening = capture(ledger)

    class Stubborn(Listening):
        failures = 1

        def start(self) -> None:
            if self.failures:
                self.failures -= 1
                raise RuntimeError("not yet")
            super().start()

    stubborn = Stubborn()
    ours.listen_with(stubborn)
    ours.start()
    assert stubborn.started.wait(_PATIENCE_S)
    ours.stop()
    assert listening.told == ["start", "stop", "start", "stop"]


def test_deliveries_are_counted_and_timed_by_what_became_of_them(ledger: Ledger) -> None:
    found = shop(ledger)
    ours, _ = capture(ledger)
    ours.read_endpoints()
    (endpoint, _), *_ = ours.doors.by_key.values()
    for result in Received:
        ours.note_delivery(Outcome(result=result, endpoint=endpoint, problem=""), 0.01)
    ours.note_delivery(Outcome(result=Received.NO_SUCH_DOOR, endpoint=None), 0.01)
    value = ours.metrics.registry.get_sample_value
    for result in Received:
        assert value("decroche_deliveries_total", {"connector": "told", "result": str(result)}) == 1
    assert value("decroche_deliveries_total", {"connector": "", "result": "no_such_door"}) == 1
    assert value("decroche_delivery_seconds_count") == len(Received) + 1
    assert found.endpoint == endpoint.id


def test_a_platform_that_is_known_no_more_is_malformed(ledger: Ledger) -> None:
    ours, _ = capture(ledger)
    with pytest.raises(Malformed):
        ours.hear("gone", Record(kind="event", key="k", body=b""), {})
