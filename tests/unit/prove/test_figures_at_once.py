"""Whoever looks while something changes is given the last answer with its moment; the new one is made once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from decroche.ledger.store import Ledger
from decroche.prove.service_desk import AtOnce, Business, Desk
from decroche.warehouse.desk_scope import Clocks
from decroche.warehouse.live_columns import LiveColumns

NOW = datetime(2026, 3, 2, 10, 12, tzinfo=UTC)
ABOUT = Business(
    clocks=Clocks("Europe/Paris"), country="FR", language="fr", answer_within_s=20, short_abandon_s=5, hours={},
    told_holidays={},
)  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """What a question is asked of."""

    revision: int


@dataclass
class Data:
    """Columns of which only the revision matters. ``ours`` is the last revision at which something of the account
    changed; whoever asks waits for ``open``."""

    ledger: int = 1
    ours: int = 1
    open: threading.Event = field(default_factory=threading.Event)

    def revision(self) -> int:
        return self.ledger

    def revision_of(self, account: str) -> int | None:
        return self.ours

    def ask(self, account: str, question: Callable[[Asked], Any]) -> Any:
        assert self.open.wait(20)
        return question(Asked(self.ours))


class Told(Desk):
    """A desk of which nobody needs the ledger."""

    def __init__(self, data: Data, clock: Callable[[], datetime]) -> None:
        super().__init__(cast(Ledger, None), cast(LiveColumns, data), clock=clock)

    def business(self, account: str) -> Business:
        return ABOUT


def test_the_last_answer_is_given_while_the_new_one_is_made_once() -> None:
    data, moments = Data(), [NOW]
    desk, made = Told(data, lambda: moments[-1]), []

    def find(columns: object, about: Business) -> int:
        made.append(cast(Asked, columns).revision)
        return made[-1]

    data.open.set()
    first = AtOnce(desk)
    assert (first.answer("us", "q", find), first.older) == (1, None), "what nobody asked is waited for"
    data.open.clear()
    data.ledger = data.ours = 2
    moments.append(NOW + timedelta(minutes=1))
    looks = [AtOnce(desk) for _ in range(3)]
    done = threading.Event()

    def finish(_: int) -> None:
        done.set()

    for _ in looks:
        desk.prepare("page", lambda: finish(desk.answer("us", "q", find)))
    assert [each.answer("us", "q", find) for each in looks] == [1, 1, 1]
    assert {(each.older, each.wanted) for each in looks} == {(NOW, 2)}
    waiting = AtOnce(desk, least=2)
    assert (waiting.answer("us", "q", find), waiting.older) == (1, NOW), "not there yet"
    assert desk.prepares("page")
    data.open.set()
    assert done.wait(20)
    desk.close()
    assert not desk.prepares("page")
    there = AtOnce(desk, least=2)
    assert (there.answer("us", "q", find), there.older) == (2, None)
    assert desk.answer("us", "q", find) == 2 and made == [1, 2]


def test_what_is_new_enough_is_not_asked_again_and_an_hour_makes_old() -> None:
    data, moments = Data(), [NOW]
    desk = Told(data, lambda: moments[-1])
    data.open.set()
    assert desk.answer("us", "q", lambda columns, _: cast(Asked, columns).revision) == 1
    data.ledger = data.ours = 5
    seen = AtOnce(desk, least=1)
    assert seen.answer("us", "q", lambda *_: 0) == 1 and seen.older is None, "asked for what was then"
    data.ours = 1
    moments.append(NOW + timedelta(hours=1))
    later = AtOnce(desk)
    assert later.answer("us", "q", lambda *_: 7) == 1 and later.older == NOW
    assert desk.answer("us", "q", lambda *_: 7) == 7
    assert AtOnce(desk).answer("us", "q", lambda *_: 0) == 7


def test_a_question_that_fails_leaves_the_last_answer() -> None:
    data, desk_clock = Data(), lambda: NOW
    desk = Told(data, desk_clock)
    data.open.set()
    assert desk.answer("us", "q", lambda *_: "then") == "then"
    data.ledger = data.ours = 2

    tried = threading.Event()

    def fails(*_: object) -> str:
        tried.set()
        raise RuntimeError

    desk.prepare("page", lambda: desk.answer("us", "q", fails))
    assert tried.wait(20)
    desk.close()
    assert not desk.prepares("page") and AtOnce(desk).answer("us", "q", fails) == "then"
    assert desk.answer("us", "q", lambda *_: "now") == "now"
