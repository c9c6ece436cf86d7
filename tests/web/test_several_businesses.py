"""A member of several businesses goes from one to the other, and what watches live ends with its session."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from decroche.ledger.members import change_member, join_account, remove_member
from decroche.ledger.sessions import Session, session_of
from decroche.model.member import Role
from decroche.server_settings import ServerSettings
from decroche.web.access import Services
from decroche.web.pages.live import goes_on, nudges
from tests.web.garage import NOW, Garage, garage


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Garage]:
    with garage(tmp_path) as found:
        yield found


def in_both(here: Garage) -> str:
    """Somebody who works in both businesses: an owner here, a reader there."""
    id = here.member(Role.OWNER)
    with here.server.ledger.writing() as connection:
        join_account(connection, here.other.account, id, role=Role.READER, sites=None, now=NOW)
    return id


def test_who_works_in_two_businesses_goes_from_one_to_the_other(here: Garage) -> None:
    id = in_both(here)
    before = here.session(id)
    visitor = here.visitor(before)
    assert 'value="b2">Clinique Nord</button>' in visitor.get("/").text
    answer = visitor.post("/account/business", data={"business": "b2"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    page = visitor.get("/").text
    assert "– Clinique Nord</title>" in page and 'value="a1">Garage Martin</button>' in page
    assert visitor.get("/settings/members").status_code == 403, "a reader there"
    assert here.visitor(before).get("/").status_code == 303, "the token of before opens nothing any more"
    assert visitor.post("/account/business", data={"business": "a1"}).status_code == 303
    assert visitor.get("/settings/members").status_code == 200


def test_nobody_goes_to_a_business_that_is_not_theirs(here: Garage) -> None:
    visitor = here.browser(Role.OWNER)
    assert "/account/business" not in visitor.get("/").text
    for business in ("b2", "", "nowhere"):
        assert visitor.post("/account/business", data={"business": business}).status_code == 404
    assert "Garage Martin" in visitor.get("/").text


def live(here: Garage, token: str) -> tuple[Services, Session, Callable[[], bool]]:
    """A browser that watches live, with a sign of life at once."""
    box = ServerSettings(data=here.folder).box()
    services = Services(
        ledger=here.server.ledger, feed=here.server.capture.feed, clock=lambda: here.now, platforms=(), box=box,
        alive_s=0.001,
    )  # fmt: skip
    with here.server.ledger.reading() as connection:
        session = session_of(connection, token, now=here.now)
    assert session is not None
    return services, session, lambda: goes_on(services, token, session)


@pytest.mark.parametrize("end", ["everywhere", "role", "removed", "idle", "business", "renewed"])
def test_who_watches_live_watches_no_longer_than_they_may(here: Garage, end: str) -> None:
    id = in_both(here)
    here.member(Role.OWNER)
    mine, other = here.session(id), here.session(id)
    services, session, still = live(here, mine)

    async def watch() -> list[bytes]:
        words = nudges(services, session, still)
        heard = [await anext(words), await anext(words)]
        if end == "idle":
            here.now += timedelta(hours=12)
        elif end in {"role", "removed"}:
            with here.server.ledger.writing() as connection:
                if end == "role":
                    change_member(connection, "a1", id, role=Role.AGENT, sites=None, now=NOW)
                else:
                    remove_member(connection, "a1", id)
        elif end == "everywhere":
            here.visitor(other).post("/account/sign-out-everywhere")
        else:
            address = "/account/business" if end == "business" else "/account/sign-out-everywhere"
            here.visitor(mine).post(address, data={"business": "b2"})
        return heard + [word async for word in words]

    heard = asyncio.run(watch())
    assert heard[0].startswith(b"event: alive") and heard[-1] == b"data: changed\n\n"
    assert len(heard) < 10
