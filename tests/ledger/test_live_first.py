"""What is said now is folded before the rows of a file that was imported, and the file is folded all the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from decroche.ledger.file_rows import FILE
from decroche.ledger.folding import fold_pending
from decroche.ledger.observations import pending
from decroche.ledger.store import Ledger
from tests.ledger.business import Shop, shop
from tests.ledger.stories import NOW, START, Body, hear
from tests.ledger.test_folding import miss


def keep(found: Shop, count: int, source: str) -> None:
    first = miss(source)
    said = (
        replace(first, call_key=f"{source}{n}", at=START + timedelta(seconds=n), caller=f"06{n:08}")
        for n in range(count)
    )
    found.keep([Body(facts=(fact,)) for fact in said], source=source)


def sources(found: Shop, limit: int) -> list[str]:
    with found.ledger.reading() as connection:
        return [each.source for each in pending(connection, limit)]


def test_a_miss_of_now_waits_for_no_file(ledger: Ledger) -> None:
    found = shop(ledger)
    keep(found, 50, FILE)
    keep(found, 2, "live")
    keep(found, 1, "history")
    assert sources(found, 8) == ["live", "live", "history", *[FILE] * 5]
    assert sources(found, 100) == ["live", "live", "history", *[FILE] * 50]
    fold_pending(ledger, hear, now=NOW, limit=8)
    assert sources(found, 100) == [FILE] * 45


def test_a_file_is_folded_however_much_is_said_now(ledger: Ledger) -> None:
    found = shop(ledger)
    keep(found, 20, FILE)
    keep(found, 100, "live")
    assert sources(found, 8) == [*["live"] * 6, *[FILE] * 2]
    assert sources(found, 1) == [FILE]
    while (left := sources(found, 200)).count(FILE):
        fold_pending(ledger, hear, now=NOW, limit=8)
    assert len(left) > 0


def test_each_observation_is_handed_out_once(ledger: Ledger) -> None:
    found = shop(ledger)
    for source in ("live", FILE, "live", FILE):
        keep(found, 10, source)
    with ledger.reading() as connection:
        for limit in (1, 3, 8, 15, 20, 40):
            ids = [each.id for each in pending(connection, limit)]
            assert len(ids) == len(set(ids)) == min(limit, 20)


def test_without_a_file_the_oldest_come_first(ledger: Ledger) -> None:
    found = shop(ledger)
    keep(found, 5, "history")
    keep(found, 5, "live")
    assert sources(found, 6) == [*["history"] * 5, "live"]
