"""A caller chooses when to be called: on a page of their own, in their words, once, and nobody else in their place."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from decroche.ledger.bookings import book
from decroche.ledger.recovery_tables import bookings, people, recovery_settings, slot_links, work_items
from decroche.ledger.setting_up import set_week
from decroche.ledger.slot_links import LASTS, make_link
from decroche.ledger.tables import journeys
from decroche.ledger.work_items import Kind, Need, open_item
from decroche.model.call import Direction
from decroche.model.fact import Stage
from decroche.web.pages.choosing import OF_CLIENT, OF_TOKEN
from tests.in_process import client
from tests.web.garage import CALLER, NOW, Garage, call, garage, missed

PERSON = int(CALLER[1:])
LATER = NOW + timedelta(minutes=2)
#: NOW is a Monday, 10:12 in Paris.
SETTINGS = '{"business": "Garage Martin", "slots": {"minutes": 60, "capacity": 1, "horizon_days": 2}}'


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Garage]:
    with garage(tmp_path) as found:
        found.tell(*missed("a"))
        found.now = LATER
        with found.server.ledger.writing() as connection:
            set_week(connection, found.mine.account, "mon-fri 09:00-12:00 14:00-18:00")
            row = {"account_id": found.mine.account, "body": SETTINGS, "changed_at": NOW}
            connection.execute(sa.insert(recovery_settings).values(**row))
        yield found


def address(here: Garage) -> str:
    with here.server.ledger.writing() as connection:
        row = connection.execute(sa.select(journeys).where(journeys.c.account_id == here.mine.account)).one()
        token = make_link(connection, here.mine.account, journey=row.id, person=PERSON, now=here.now)
    return f"/r/{token}"


def caller(here: Garage) -> httpx.Client:
    return client(here.server.app, follow_redirects=True)


def words(answer: httpx.Response) -> str:
    """What a person reads, typed as on a keyboard."""
    body = answer.text.partition("<main")[2]
    plain = html.unescape(re.sub(r"<[^>]*>", " ", body.partition(">")[2]))
    return " ".join(plain.replace("’", "'").split())


def offered(answer: httpx.Response) -> list[str]:
    """The times of the page, as its form sends them."""
    return re.findall(r'name="slot" value="([^"]+)"', answer.text)


def state(here: Garage) -> tuple[str, str | None]:
    with here.server.ledger.reading() as connection:
        row = connection.execute(sa.select(journeys).where(journeys.c.account_id == here.mine.account)).one()
    return row.state, row.recovered_by


def rows(here: Garage, table: sa.Table) -> list[dict[str, object]]:
    with here.server.ledger.reading() as connection:
        return [dict(row._mapping) for row in connection.execute(sa.select(table))]


def test_a_caller_chooses_moves_twice_and_takes_it_back(here: Garage) -> None:
    path, phone = address(here), caller(here)
    first = phone.get(path)
    assert first.status_code == 200
    assert words(first).startswith(
        "Garage Martin English Quand vous rappeler ? Nous appellerons votre numéro qui finit par 34."
    )
    assert (
        "Les heures sont celles de Paris. aujourd'hui 11 h 14 h 15 h 16 h 17 h demain, mardi 17 novembre 9 h"
        in words(first)
    )
    times = offered(first)
    assert times[0] == "2026-11-16T10:00:00+00:00"
    noted = phone.post(path, data={"slot": times[1]})
    assert "C'est noté : nous vous appelons aujourd'hui entre 14 h et 15 h." in words(noted)
    assert state(here) == ("open", None)
    assert times[1] not in offered(noted)
    for same in (times[1], times[1]):
        phone.post(path, data={"slot": same})
    assert [row["state"] for row in rows(here, bookings)] == ["booked"], "the same choice again changes nothing"
    phone.post(path, data={"slot": times[2]})
    moved = phone.post(path, data={"slot": times[5]})
    assert "nous vous appelons demain, mardi 17 novembre, entre 9 h et 10 h" in words(moved)
    (item,) = rows(here, work_items)
    assert (item["state"], item["promised_at"]) == ("open", datetime(2026, 11, 17, 8, tzinfo=UTC))
    assert sorted(str(row["state"]) for row in rows(here, bookings)) == ["booked", "moved", "moved"]
    back = phone.post(path, data={"act": "cancel"})
    assert words(back).startswith("Garage Martin English C'est noté : nous ne vous rappelons pas.")
    (item,) = rows(here, work_items)
    assert (item["state"], item["closed_because"]) == ("cancelled", "cancelled_by_caller")
    assert state(here) == ("recovered", "reply")
    assert phone.post(path, data={"act": "cancel"}).status_code == 200
    again = phone.post(path, data={"slot": times[0]})
    assert "nous vous appelons aujourd'hui entre 11 h et 12 h" in words(again)
    assert [row["state"] for row in rows(here, work_items)].count("open") == 1


def test_the_page_is_private_loads_nothing_from_elsewhere_and_needs_no_script(here: Garage) -> None:
    answer = caller(here).get(address(here))
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-robots-tag"] == "noindex, nofollow, noarchive"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "set-cookie" not in answer.headers
    assert "<script" not in answer.text and "http" not in re.sub(r'(lang|name)="[^"]*"', "", answer.text)
    assert '<meta name="robots" content="noindex, nofollow">' in answer.text
    assert CALLER[1:] not in answer.text and CALLER[-6:] not in answer.text


def test_a_time_that_others_took_or_that_was_never_offered_is_not_promised(here: Garage) -> None:
    path, phone = address(here), caller(here)
    times = offered(phone.get(path))
    with here.server.ledger.writing() as connection:
        start = datetime.fromisoformat(times[0])
        book(
            connection,
            here.mine.account,
            journey="other",
            person=33600000000,
            starts_at=start,
            ends_at=start + timedelta(hours=1),
            capacity=1,
            now=NOW,
            site="Site a1",
            department="Atelier",
        )
    for wrong in (
        times[0],
        "2026-11-16T12:00:00+00:00",
        "2026-11-16T13:00:00",
        "soon",
        "",
        "9999-12-31T23:59:59+00:00",
    ):
        answer = phone.post(path, data={"slot": wrong})
        assert answer.status_code == 200
        assert "Cette heure n'est plus proposée. En voici d'autres." in words(answer)
        assert offered(answer) == times[1:]
    assert state(here) == ("open", None)


@pytest.mark.parametrize(
    ("asked", "language", "title"),
    [
        ("", None, "Quand vous rappeler ?"),
        ("?lang=en", None, "When shall we call you?"),
        ("", "en", "When shall we call you?"),
        ("?lang=fr", "en", "Quand vous rappeler ?"),
        ("?lang=fr-CA", "en", "Quand vous rappeler?"),
        ("?lang=xx", "en", "When shall we call you?"),
    ],
)
def test_it_speaks_the_language_of_the_person_or_the_one_they_switch_to(
    here: Garage, asked: str, language: str | None, title: str
) -> None:
    if language is not None:
        with here.server.ledger.writing() as connection:
            row = {"account_id": here.mine.account, "person": PERSON, "language": language}
            connection.execute(sa.insert(people).values(**row))
    path, phone = address(here), caller(here)
    shown = phone.get(path + asked)
    assert title in words(shown)
    after = phone.post(path + asked, data={"slot": offered(shown)[0]})
    assert ("Choose another time" if title.startswith("When") else "Changer d'heure") in words(after)


def test_who_was_spoken_to_has_nothing_to_choose(here: Garage) -> None:
    path, phone = address(here), caller(here)
    times = offered(phone.get(path))
    at = NOW + timedelta(minutes=1)
    spoken = call("o", (5, Stage.ANSWERED), (60, Stage.ENDED), caller="+33465714200", called=CALLER, at=at)
    here.tell(*(replace(fact, direction=Direction.OUTBOUND) for fact in spoken))
    answer = phone.get(path)
    assert "Nous nous sommes parlé depuis" in words(answer) and not offered(answer)
    assert "04 65 71 42 00" in words(answer)
    phone.post(path, data={"slot": times[0]})
    assert rows(here, bookings) == []


def test_an_address_that_ended_or_never_was_says_so_and_whom_to_call(here: Garage) -> None:
    path, phone = address(here), caller(here)
    unknown = phone.get("/r/nobody", headers={"Accept-Language": "en-GB"})
    assert unknown.status_code == 404 and "This address leads nowhere." in words(unknown)
    assert "call again the number that you had dialled" in words(unknown)
    assert phone.post(f"/r/{'x' * 5000}", data={"slot": "x"}).status_code == 404
    here.now = LATER + LASTS
    for answer in (phone.get(path), phone.post(path, data={"slot": "2026-11-23T10:00:00+00:00"})):
        assert answer.status_code == 410
        assert words(answer).startswith("Garage Martin English Cette adresse n'est plus valable.")
        assert "04 65 71 42 00" in words(answer)
        assert answer.headers["x-robots-tag"] and answer.headers["cache-control"] == "no-store"
    assert rows(here, bookings) == []


def test_when_the_first_look_was_is_kept(here: Garage) -> None:
    path, phone = address(here), caller(here)
    phone.get(path)
    here.now = NOW + timedelta(minutes=5)
    phone.get(path)
    assert [row["opened_at"] for row in rows(here, slot_links)] == [LATER]


def test_a_business_without_hours_or_free_times_offers_none(here: Garage) -> None:
    with here.server.ledger.writing() as connection:
        connection.execute(sa.text("update opening_hours set week = '' where account_id = 'a1'"))
    answer = caller(here).get(address(here))
    assert "Aucune heure n'est libre ces jours-ci." in words(answer)
    with here.server.ledger.writing() as connection:
        connection.execute(sa.text("delete from opening_hours where account_id = 'a1'"))
        connection.execute(sa.text('update recovery_settings set body = \'{"slots": {"capacity": 0}}\''))
    answer = caller(here).get(address(here))
    assert "Aucune heure n'est libre ces jours-ci." in words(answer)


@pytest.mark.hard
def test_who_asks_too_often_waits_and_others_do_not(here: Garage) -> None:
    one, other = address(here), address(here)
    phone = caller(here)
    looks = [phone.get(one).status_code for _ in range(OF_TOKEN + 1)]
    assert looks == [200] * OF_TOKEN + [429]
    assert phone.get(other).status_code == 200
    here.now += timedelta(minutes=5)
    assert phone.get(one).status_code == 200
    last = [phone.get(f"/r/{number}").status_code for number in range(OF_CLIENT)]
    assert last == [404] * (OF_CLIENT - 1) + [429]
    slow = phone.get(other)
    assert (slow.status_code, slow.headers["retry-after"]) == (429, "301")
    assert "Trop de demandes à la fois" in words(slow)
    here.now += timedelta(minutes=6)
    assert phone.get(other).status_code == 200


def test_who_asked_for_a_call_is_told_about_when_their_turn_comes(here: Garage) -> None:
    path = address(here)
    assert "Votre place" not in words(caller(here).get(path))
    with here.server.ledger.writing() as connection:
        need = Need(kind=Kind.CALLBACK, key="asked", person=PERSON, requested_at=here.now)
        open_item(connection, here.mine.account, need, now=here.now)
    said = words(caller(here).get(path))
    assert "place dans la file est gardée : nous pensons vous appeler aujourd'hui entre 10 h 19 et 14 h 34" in said
    with here.server.ledger.writing() as connection:
        connection.execute(sa.update(recovery_settings).values(body='{"business": "Garage Martin"}'))
    assert "n'est pas encore connue" in words(caller(here).get(path))
    assert "It is not known yet when we will call" in words(caller(here).get(f"{path}?lang=en"))
