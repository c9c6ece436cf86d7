"""What a platform says live and what its history says afterwards is one call, whichever comes first.

The history wins on how long things took and how they ended, the live events on when they happened.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from decroche.connector_kit.connector import Record
from decroche.connector_kit.http import Http
from decroche.connectors.platforms import platform
from decroche.ledger.observations import Observation, append
from tests.capture.listening import NOW, Listening, listening
from tests.cases.running import CONNECTORS
from tests.cases.running_live import records
from tests.platforms import aircall, ringcentral, ringover, twilio
from tests.platforms.reading import every_record

BEGAN = datetime(2026, 3, 4, 13, 11, 18, tzinfo=UTC)
_CALL = "1920669524399167255"
_TWILIO = "CA0000000000000000000000000000000"
_SESSION = "s-a0d178729c49dz1876d9b9d11z19269ec0000"


@dataclass(frozen=True, kw_only=True)
class Told:
    """A call as a platform tells it twice: ``live``, and ``batch`` with a talk of ``talk_s`` seconds."""

    name: str
    live: Sequence[Record]
    batch: Sequence[Record]
    settings: dict[str, str]
    talk_s: float
    answered_at: datetime
    total_s: float | None = None


def case(name: str, file: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((CONNECTORS / name / "cases" / "live" / f"{file}.json").read_text("utf-8"))
    return found


def live(name: str, file: str = "answered") -> list[Record]:
    told = case(name, file)
    return records(platform(name), {**told, "records": []})


def history(name: str, answer: Callable[[httpx.Request], httpx.Response], settings: dict[str, str]) -> list[Record]:
    """What the fake platform lists of that day, page by page."""
    with httpx.Client(transport=httpx.MockTransport(answer)) as client:
        midnight = BEGAN.replace(hour=0, minute=0, second=0)
        return every_record(platform(name), Http(client), settings, midnight, midnight + timedelta(days=1))


def stamp(seconds: float) -> str:
    return (BEGAN + timedelta(seconds=seconds)).isoformat(timespec="milliseconds")


def of_aircall() -> Told:
    settings = {"token": "45XXYYZZa08", "api_id": aircall.API_ID, "api_token": aircall.API_TOKEN}
    began = int(BEGAN.timestamp())
    row = {
        "id": 3331525701, "direction": "inbound", "status": "done", "missed_call_reason": None, "started_at": began,
        "answered_at": began + 13, "ended_at": began + 138, "duration": 138, "raw_digits": "+33 6 39 98 00 01",
        "number": {"id": 456, "name": "Accueil", "digits": "+33 1 99 00 00 02"},
        "user": {"id": 11, "name": "Camille Roy", "email": "camille@garage.example"}, "teams": [], "tags": [],
    }  # fmt: skip
    return Told(
        name="aircall",
        live=live("aircall"),
        batch=history("aircall", aircall.Aircall([row]).answer, settings),
        settings=settings,
        talk_s=125.0,
        answered_at=BEGAN + timedelta(seconds=12),
    )


def of_ringover() -> Told:
    settings = {"api_key": ringover.API_KEY}
    row = {
        "cdr_id": 9, "call_id": _CALL, "channel_id": 1, "type": "PHONE", "direction": "in", "last_state": "ANSWERED",
        "start_time": stamp(0.76), "answered_time": stamp(13.76), "end_time": stamp(84.76), "incall_duration": 71,
        "total_duration": 84, "from_number": "33639980001", "to_number": "33199000002", "ivr": None, "amd": False,
        "user": {"user_id": 11330955, "firstname": "Camille", "lastname": "Roy"},
    }  # fmt: skip
    return Told(
        name="ringover",
        live=live("ringover"),
        batch=history("ringover", ringover.Ringover([row]).handle_request, settings),
        settings=settings,
        talk_s=71.0,
        answered_at=BEGAN + timedelta(seconds=12.76),
    )


def of_twilio() -> Told:
    settings = {"account_sid": twilio.ACCOUNT, "auth_token": twilio.AUTH_TOKEN}
    parent, child = f"{_TWILIO}1", f"{_TWILIO[:-1]}11"
    rows = [
        twilio.row(parent, BEGAN, duration="101"),
        twilio.row(child, BEGAN + timedelta(seconds=16), parent_call_sid=parent, direction="outbound-dial",
                   to="client:camille", duration="85"),
    ]  # fmt: skip
    return Told(
        name="twilio",
        live=live("twilio"),
        batch=history("twilio", twilio.Twilio(rows).answer, settings),
        settings=settings,
        talk_s=85.0,
        answered_at=BEGAN + timedelta(seconds=15),
    )


def of_ringcentral() -> Told:
    began = datetime(2026, 3, 4, 18, 11, 18, 340_000, tzinfo=UTC)
    later = (began + timedelta(seconds=11)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    row = ringcentral.log_record(
        "1", began, telephonySessionId=_SESSION, result="Accepted", duration=99, extension={"id": 101},
        legs=[
            {"startTime": later, "duration": 88, "result": "Accepted", "legType": "PstnToSip",
             "direction": "Outbound", "extension": {"id": 101}},
        ],
    )  # fmt: skip
    return Told(
        name="ringcentral",
        live=live("ringcentral"),
        batch=history("ringcentral", ringcentral.RingCentral([row]).answer, ringcentral.SETTINGS),
        settings=ringcentral.SETTINGS,
        # The legs of its call log count the ringing too: how long people talked, only the events tell.
        talk_s=60.0,
        total_s=99.0,
        answered_at=began + timedelta(seconds=9),
    )


def told_in(name: str, file: str, batch_kinds: set[str], *, talk_s: float, answered_at: datetime) -> Told:
    """A case whose records are of both kinds."""
    found = case(name, file)
    both = records(platform(name), found)
    return Told(
        name=name,
        live=[each for each in both if each.kind not in batch_kinds],
        batch=[each for each in both if each.kind in batch_kinds],
        settings={key: value for key, value in found["settings"].items() if key not in {"zone", "country"}},
        talk_s=talk_s,
        answered_at=answered_at,
    )


def of_freeswitch() -> Told:
    """Its events, and the record that it pushes when the call is over, both of one call."""
    pushed = records(platform("freeswitch"), case("freeswitch", "pushed_answered"))
    same = [
        Record(kind=each.kind, key=each.key, about=each.about, body=each.body.replace(b"c6b0002", b"c6b0101").replace(
            b"c6b1002", b"c6b1101"))
        for each in pushed
    ]  # fmt: skip
    return Told(
        name="freeswitch",
        live=records(platform("freeswitch"), case("freeswitch", "events_answered")),
        batch=same,
        settings={},
        talk_s=60.0,
        answered_at=BEGAN + timedelta(seconds=9),
    )


TOLD: dict[str, Callable[[], Told]] = {
    "aircall": of_aircall,
    "ringover": of_ringover,
    "twilio": of_twilio,
    "ringcentral": of_ringcentral,
    "freeswitch": of_freeswitch,
    "asterisk": lambda: told_in(
        "asterisk", "all_sources_answered", {"cdr"}, talk_s=88.0, answered_at=BEGAN + timedelta(seconds=14)
    ),
    "ovh": lambda: told_in(
        "ovh",
        "live_and_history",
        {"consumption"},
        talk_s=60.0,
        answered_at=datetime(2026, 5, 4, 9, 12, 14, tzinfo=UTC),
    ),
}


def keep(place: Listening, found: Sequence[Record], source: str) -> None:
    with place.ledger.writing() as connection:
        append(
            connection,
            [Observation(endpoint_id=place.endpoint.id, record=each, source=source, received_at=NOW) for each in found],
        )


@pytest.mark.parametrize("name", TOLD)
def test_live_and_batch_are_one_call_in_both_orders(name: str) -> None:
    told = TOLD[name]()
    assert told.live and told.batch
    made: list[dict[str, Any]] = []
    for order in (("live", "history"), ("history", "live")):
        with listening(name, told.settings) as place:
            for source in order:
                keep(place, told.live if source == "live" else told.batch, source)
                place.fold()
            [call] = place.fold()
            made.append({key: call[key] for key in call.keys() - {"revision", "endpoint_id", "id", "last_heard_at"}})
    first, second = made
    assert first == second
    assert (first["disposition"], first["progress"], first["sources"]) == ("answered", "ended", "history live")
    assert first["talk_s"] == told.talk_s
    assert first["answered_at"] == told.answered_at
    assert told.total_s in {None, first["total_s"]}


@pytest.mark.parametrize("name", TOLD)
def test_each_half_alone_is_a_call_of_its_own(name: str) -> None:
    """So that the test above cannot pass because one half says nothing."""
    told = TOLD[name]()
    for half in (told.live, told.batch):
        with listening(name, told.settings) as place:
            keep(place, half, "live")
            assert [call["disposition"] for call in place.fold()] == ["answered"]
