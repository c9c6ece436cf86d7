"""The process dies at every boundary of every step, in every playbook: nobody is texted twice, and nobody is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from decroche.ledger.episodes import episode
from decroche.ledger.store import Ledger
from decroche.recover.playbook_toml import SHIPPED
from tests.databases import DATABASES, database
from tests.recover.provider import Provider
from tests.recover.telling import ANNE, PAUL, Story, story

pytestmark = pytest.mark.hard


class Died(BaseException):
    """The process is gone, in the middle of what it did."""


class Mortal(Ledger):
    """A ledger whose process dies at the boundary ``dies_at``: before a commit, or right after it."""

    passed = 0
    dies_at = -1

    def boundary(self) -> None:
        self.passed += 1
        if self.passed == self.dies_at:
            raise Died

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        with super().writing() as connection:
            yield connection
            self.boundary()
        self.boundary()


def live(ledger: Mortal, playbook: str, *, knows: bool, dies_at: int) -> Story:
    """A morning with two misses, an answer, and a call of ours; then a week. Whoever dies is started again."""
    provider = Provider(knows=knows)
    garage = story(ledger, "2026-03-04 10:42", provider, playbook=playbook)
    provider.passes = ledger.boundary
    ledger.passed, ledger.dies_at = 0, dies_at
    scenes: list[Callable[[], None]] = [
        lambda: garage.call(ANNE),
        lambda: garage.until("2026-03-04 10:50"),
        lambda: garage.write(ANNE, "RAPPEL"),
        lambda: garage.until("2026-03-04 18:05"),
        lambda: garage.call(PAUL),
        lambda: garage.until("2026-03-05 12:00"),
        lambda: garage.call(ANNE, ours=True, answered=True),
        lambda: garage.days_pass(8),
    ]
    for scene in scenes:
        told = garage.told
        try:
            scene()
        except Died:
            garage.start()
            # The platform was not told that its word is kept, and says it again: the same word.
            garage.told = told
            scene()
    garage.until(garage.clock.now)
    return garage


def reckoning(garage: Story) -> Counter[tuple[str, str]]:
    """What was sent to whom, by the words' first letters."""
    return Counter((each.recipient, each.body[:24]) for provider in garage.providers for each in provider.accepted)


@pytest.mark.parametrize("knows", [True, False], ids=["asked", "silent"])
@pytest.mark.parametrize("playbook", SHIPPED)
@pytest.mark.parametrize("kind", DATABASES)
def test_whatever_dies_nobody_is_texted_twice_and_nobody_is_lost(kind: str, playbook: str, knows: bool) -> None:
    with database(kind) as url:
        ledger = Mortal(url)
        calm = live(ledger, playbook, knows=knows, dies_at=-1)
        boundaries, wanted = ledger.passed, reckoning(calm)
        assert boundaries > 20
        assert sum(wanted.values()) >= 2
        # Every boundary of one playbook; of the others, and on the other database, a sample.
        whole = playbook == "garage" and knows and kind == "sqlite"
        step = 1 if whole else (11 if kind == "sqlite" else 23)
        kept = sa.MetaData()
        kept.reflect(ledger.engine, only=lambda name, _: name != "alembic_version")
        for dies_at in range(1, boundaries + 1, step):
            forget_all(ledger, kept)
            garage = live(ledger, playbook, knows=knows, dies_at=dies_at)
            check(garage, wanted, knows=knows)
        ledger.close()


def forget_all(ledger: Mortal, kept: sa.MetaData) -> None:
    """An empty ledger again. A new one would have to build every statement anew."""
    ledger.dies_at = -1
    with ledger.writing() as connection:
        for table in reversed(kept.sorted_tables):
            connection.execute(sa.delete(table))


def check(garage: Story, wanted: Counter[tuple[str, str]], *, knows: bool) -> None:
    """Nothing went twice; what did not go is in a person's hands; nothing hangs in between."""
    got = reckoning(garage)
    assert all(count <= wanted[key] for key, count in got.items()), (got, wanted)
    states = Counter(text.state for text in garage.texts() if text.direction == "out")
    assert not states["intended"] and not states["unknown"]
    missing = sum(wanted.values()) - sum(got.values())
    assert missing <= (1 if not knows else 0)
    tasks = garage.work(kind="text_unknown")
    assert len(tasks) == states["given_up"] >= missing
    for person in (ANNE, PAUL):
        with garage.ledger.reading() as connection:
            found = episode(connection, garage.journey(person).id, hold=False)
        assert found is not None
        assert found["ended_at"] is not None or garage.work(state="open", person=person)
