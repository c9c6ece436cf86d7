"""A day of simulated calls through the real door: what is understood is what was placed, on good days and bad."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from itertools import takewhile
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from decroche.connector_kit.errors import Unavailable
from decroche.connector_kit.http import Http
from decroche.connectors.ringover.connector import CONNECTOR as RINGOVER
from decroche.ledger.folding import fold_pending
from decroche.ledger.observations import Observation
from decroche.ledger.setting_up import Endpoint, add_account, add_endpoint, add_line, set_week
from decroche.ledger.tables import calls
from decroche.model.call import Direction
from decroche.server import Server, build_server
from decroche.server_settings import ServerSettings
from decroche.simulate.bad_days import BadDay, on_a_bad_day
from decroche.simulate.platform import Platform, told
from decroche.simulate.presets import garage_lyon
from decroche.simulate.ringover import Account
from decroche.simulate.ringover_api import RingoverApi
from decroche.simulate.stories import international
from decroche.simulate.timetable import Placed, without_end
from tests.in_process import InProcess

FIRST = date(2026, 11, 16)
OWN = {"id", "account_id", "endpoint_id", "revision"}
BASE = "http://127.0.0.1:8350"


def a_day() -> list[Placed]:
    calls = without_end(garage_lyon(), seed=5, first=FIRST)
    return list(takewhile(lambda call: call.story.started_at.date() == FIRST, calls))


CALLS = a_day()
ENDED = CALLS[-1].story.started_at + timedelta(hours=6)
BAD = BadDay(repeated=0.3, late=0.4, latest=timedelta(minutes=30), ends_lost=0.3, rubbish=0.1)


def set_up(folder: Path) -> tuple[Server, Endpoint]:
    settings = ServerSettings(data=folder, database=None, public_url=BASE)
    server = build_server(settings, clock=lambda: ENDED)
    with server.ledger.writing() as connection:
        id = add_account(connection, name="G", country="FR", zone="Europe/Paris", language="fr", now=ENDED)
        set_week(connection, id, "mon-fri 08:00-12:00 14:00-18:30; sat 09:00-12:00")
        for team in garage_lyon().teams:
            number = int(international(team.number, garage_lyon().numbering).lstrip("+"))
            add_line(connection, id, name=team.line, number=number, site=team.site, department=team.department)
        endpoint = add_endpoint(
            connection, id, connector="ringover", name="R", settings={"zone": "Europe/Paris", "country": "FR"},
            secret={"call_key": "c" * 64, "after_call_key": "a" * 64, "api_key": "k"}, box=settings.box(), now=ENDED,
        )  # fmt: skip
    return server, endpoint


def lived(folder: Path, *, day: BadDay | None = None, asked: bool = False) -> Mapping[str, dict[str, Any]]:
    """The calls that the ledger holds at the end of the day, by Ringover's number."""
    server, endpoint = set_up(folder)
    capture = server.capture
    account = Account(url=f"{BASE}/hooks/ringover/{endpoint.key}", call_key="c" * 64, after_call_key="a" * 64)
    api = RingoverApi(
        key="k",
        page=7,
        bad_days=[httpx.Response(429, headers={"Retry-After": "1"}), httpx.Response(503), httpx.Response(429)],
    )
    sent = list(told(CALLS, account=account, api=api, since=CALLS[0].story.started_at))
    if day is not None:
        sent = on_a_bad_day(sent, account=account, day=day, chance=np.random.default_rng(2))
    capture.journal.start()
    capture.read_endpoints()
    try:
        vendor = Platform(sent, account=account, clock=lambda: ENDED, transport=InProcess(server.app))
        vendor.start()
        assert vendor.wait(300)
        genuine = [each for each in sent if each.genuine]
        assert vendor.answers.taken == len(genuine)
        assert set(vendor.answers.refusals) <= {400, 401}
        if asked:
            ask(server, endpoint, api)
        while fold_pending(server.ledger, capture.hear, now=ENDED).observations:
            pass
        with server.ledger.reading() as connection:
            rows = connection.execute(calls.select()).all()
        return {row.external_key: {**row._mapping} for row in rows}
    finally:
        capture.journal.stop()
        server.ledger.close()


def ask(server: Server, endpoint: Endpoint, api: RingoverApi) -> None:
    """Keep every past call that the platform lists, asking again after each refusal."""
    history, http, next_, refused = RINGOVER.history, Http(httpx.Client(transport=api)), None, 0
    assert history is not None
    while True:
        try:
            page = history.fetch(http, endpoint.all_settings, ENDED - timedelta(days=2), ENDED, next_)
        except Unavailable:
            refused += 1
            continue
        server.capture.journal.keep_all(
            [
                Observation(endpoint_id=endpoint.id, record=each, source="history", received_at=ENDED)
                for each in page.records
            ]
        )
        if (next_ := page.next) is None:
            break
    assert refused == 3


def whole(found: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Everything that is known of the calls but what each ledger chooses for itself."""
    return {key: {name: row[name] for name in row.keys() - OWN} for key, row in found.items()}


def verdicts(found: Mapping[str, dict[str, Any]]) -> dict[str, tuple[Any, ...]]:
    return {key: (row["direction"], row["answered"], row["disposition"], row["progress"]) for key, row in found.items()}


@pytest.mark.hard
def test_what_was_placed_is_what_is_understood(tmp_path: Path) -> None:
    good = lived(tmp_path / "good")
    assert good.keys() == {str(call.story.number) for call in CALLS}
    for call in CALLS:
        row = good[str(call.story.number)]
        answered = call.story.answered_at is not None
        assert (row["direction"], row["answered"], row["progress"]) == (call.story.direction, answered, "ended")
        if call.story.direction is Direction.INBOUND:
            assert row["disposition"] == ("answered" if answered else "missed") or row["caller"] is None
    bad = lived(tmp_path / "bad", day=BAD, asked=True)
    assert verdicts(bad) == verdicts(good)
    late = BadDay(repeated=0.5, late=0.9, latest=timedelta(hours=3), rubbish=0.2)
    assert whole(lived(tmp_path / "late", day=late)) == whole(good)


@pytest.mark.hard
def test_calls_whose_end_is_lost_stay_open_unless_past_calls_are_asked_for(tmp_path: Path) -> None:
    found = lived(tmp_path / "bad", day=BAD)
    assert any(row["progress"] != "ended" for row in found.values())
