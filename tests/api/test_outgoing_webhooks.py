"""Outgoing webhooks: signed, in order, until they arrive, and never two processes at once."""

from __future__ import annotations

import hmac
import json
import threading
from datetime import timedelta
from hashlib import sha256
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from decroche.api.service import LEASE, OutgoingWebhooks
from decroche.connector_kit.outgoing import signature
from decroche.ledger.tables import webhooks
from decroche.model.call import Direction
from decroche.model.fact import Fact, Stage
from tests.api.receivers import Endless, Receivers, refusing, unreachable
from tests.api.serving import NUMBERS, WRITE, Served
from tests.ledger.business import BOX, Shop
from tests.ledger.stories import START, Body

#: The vector of docs/how-to/follow-events-and-webhooks.md.
SECRET, SENT_AT, BODY = "whsec-example", 1774512000, b'{"id":7,"kind":"journey.opened"}'
SIGNED = "t=1774512000,v1=254d5acf41ec896614d3b9516509475de5b330e52ee2aeabd82f270aa14dd89a"


class Sending:
    """Webhooks of a business, and who sends to them."""

    def __init__(self, api: Served) -> None:
        self.api = api
        self.receivers = Receivers()
        self.sender = self.another()

    def another(self) -> OutgoingWebhooks:
        """A sender of another process."""
        clock = lambda: self.api.now  # noqa: E731
        return OutgoingWebhooks(self.api.ledger, self.api.feed, box=BOX, clock=clock, transport=self.receivers)

    def hook(self, host: str = "crm", of: Shop | None = None, **more: Any) -> dict[str, Any]:
        """A webhook that is to be told of everything from the beginning."""
        asking = self.api.client(WRITE, NUMBERS, of=of)
        made = asking.post("/webhooks", json={"url": f"http://{host}/in?key=hush", **more})
        assert made.status_code == 201, made.text
        with self.api.ledger.writing() as connection:
            connection.execute(sa.update(webhooks).where(webhooks.c.id == made.json()["id"]).values(position=0))
        found: dict[str, Any] = made.json()
        return found

    def row(self, hook: dict[str, Any]) -> sa.Row[Any]:
        with self.api.ledger.reading() as connection:
            return connection.execute(sa.select(webhooks).where(webhooks.c.id == hook["id"])).one()

    def later(self, **time: float) -> None:
        self.api.now += timedelta(**time)

    def changes(self, *kinds: str) -> list[int]:
        """The changes of my business."""
        found = self.api.feed.after(0, account=self.api.mine.account)
        return [each.id for each in found if not kinds or each.kind in kinds]


@pytest.fixture
def sending(api: Served) -> Sending:
    return Sending(api)


def test_the_signature_is_that_of_the_documentation() -> None:
    assert signature(SECRET, SENT_AT, BODY) == SIGNED


def test_all_changes_arrive_once_in_order_and_signed(sending: Sending) -> None:
    hook = sending.hook()
    assert sending.sender.send_due() == len(sending.changes())
    assert sending.receivers.ids() == sending.changes()
    for request in sending.receivers.got:
        at, _, given = request.headers["decroche-signature"].partition(",v1=")
        wanted = hmac.new(hook["secret"].encode(), at.removeprefix("t=").encode() + b"." + request.content, sha256)
        assert hmac.compare_digest(wanted.hexdigest(), given)
        assert int(at.removeprefix("t=")) == int(sending.api.now.timestamp())
        assert request.headers["content-type"] == "application/json"
    assert sending.sender.send_due() == 0


def test_only_the_kinds_that_were_asked_for(sending: Sending) -> None:
    sending.hook(kinds=["journey.opened", "call.missed"])
    sending.sender.send_due()
    assert {each["kind"] for each in sending.receivers.bodies()} == {"journey.opened", "call.missed"}
    assert sending.receivers.ids() == sending.changes("journey.opened", "call.missed")
    assert sending.sender.send_due() == 0 and sending.sender.due() == []


def test_numbers_are_whole_only_where_that_was_asked_for(sending: Sending) -> None:
    sending.hook("masked")
    sending.hook("whole", numbers=True)
    sending.sender.send_due()
    told = {"masked": "", "whole": ""}
    for request in sending.receivers.got:
        told[request.url.host] += request.content.decode()
    assert "33611111111" in told["whole"]
    assert "33611111111" not in told["masked"] and "…11" in told["masked"]


def test_nothing_of_another_business_is_sent(sending: Sending) -> None:
    sending.hook("mine")
    sending.hook("theirs", of=sending.api.other)
    sending.sender.send_due()
    assert set(sending.receivers.ids("mine")).isdisjoint(sending.receivers.ids("theirs"))
    assert sending.receivers.ids("mine") == sending.changes()


@pytest.mark.parametrize("status", [301, 400, 404, 429, 500, 503])
def test_what_is_refused_is_sent_again_ever_more_slowly(sending: Sending, status: int) -> None:
    hook = sending.hook()
    sending.receivers.answers["crm"] = refusing(status, location="http://elsewhere/")
    waits = []
    for _ in range(13):
        assert sending.sender.send_due() == 0
        row = sending.row(hook)
        waits.append((row.retry_at - sending.api.now).total_seconds())
        sending.api.now = row.retry_at - timedelta(seconds=1)
        assert sending.sender.due() == []
        sending.later(seconds=1)
    assert waits == [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600, 3600]
    assert set(sending.receivers.ids()) == {sending.changes()[0]}
    assert (sending.row(hook).failures, sending.row(hook).problem) == (13, f"answered {status}")
    del sending.receivers.answers["crm"]
    assert sending.sender.send_due() == len(sending.changes())
    assert (sending.row(hook).failures, sending.row(hook).problem, sending.row(hook).retry_at) == (0, None, None)


def test_a_receiver_may_ask_for_more_time_but_not_for_ever(sending: Sending) -> None:
    for said, seconds in (("60", 60), ("2", 5), ("99999", 3600), ("tomorrow", 5), ("9" * 50, 5)):
        host = f"r{said[:8]}"
        hook = sending.hook(host)
        sending.receivers.answers[host] = refusing(503, retry_after=said)
        sending.sender.send_due()
        assert (sending.row(hook).retry_at - sending.api.now).total_seconds() == seconds


def test_a_receiver_that_is_away_for_a_day_misses_nothing(sending: Sending) -> None:
    sending.hook()
    sending.receivers.answers["crm"] = unreachable
    for hour in range(24):
        sending.sender.send_due()
        ring(sending.api, f"hour-{hour}")
        sending.later(hours=1)
    assert sending.sender.send_due() == 0
    del sending.receivers.answers["crm"]
    sending.receivers.got.clear()
    sending.later(hours=1)
    while sending.sender.send_due():
        pass
    assert sending.receivers.ids() == sending.changes()
    assert len(sending.changes()) > 24


def test_a_receiver_that_is_gone_is_left_alone(sending: Sending) -> None:
    hook = sending.hook()
    sending.receivers.answers["crm"] = refusing(410)
    sending.sender.send_due()
    sending.later(days=2)
    assert sending.sender.due() == []
    [listed] = sending.api.client(WRITE).get("/webhooks").json()["items"]
    assert (listed["gone"], listed["problem"]) == (True, "answered 410")
    assert sending.api.client(WRITE).delete(f"/webhooks/{hook['id']}").status_code == 204


def test_a_change_that_did_not_arrive_keeps_those_after_it_waiting(sending: Sending) -> None:
    sending.hook()
    third = sending.changes()[2]
    sending.receivers.answers["crm"] = lambda request: httpx.Response(
        500 if int(request.headers["decroche-event"]) == third else 200
    )
    assert sending.sender.send_due() == 2
    sending.later(seconds=5)
    assert sending.sender.send_due() == 0
    assert sending.receivers.ids() == [*sending.changes()[:3], third]


def test_after_a_restart_it_goes_on_where_it_was(sending: Sending) -> None:
    sending.hook()
    third = sending.changes()[2]

    def crash(request: httpx.Request) -> httpx.Response:
        if int(request.headers["decroche-event"]) == third:
            raise KeyboardInterrupt
        return httpx.Response(200)

    sending.receivers.answers["crm"] = crash
    with pytest.raises(KeyboardInterrupt):
        sending.sender.send_due()
    del sending.receivers.answers["crm"]
    sending.receivers.got.clear()
    sending.another().send_due()
    assert sending.receivers.ids() == sending.changes()[2:]


def test_of_two_processes_only_one_sends(sending: Sending) -> None:
    hook = sending.hook()
    other = sending.another()
    meanwhile: list[int] = []

    def look_from_elsewhere(_: httpx.Request) -> httpx.Response:
        meanwhile.append(other.send_due())
        return httpx.Response(200)

    sending.receivers.answers["crm"] = look_from_elsewhere
    sending.sender.send_due()
    assert set(meanwhile) == {0}
    assert sending.receivers.ids() == sending.changes()
    assert (sending.row(hook).leased_by, sending.row(hook).leased_until) == (None, None)


def test_two_processes_at_the_same_time_send_each_change_once(sending: Sending) -> None:
    for number in range(6):
        sending.hook(f"host{number}")
    together = threading.Barrier(2)

    def run(sender: OutgoingWebhooks) -> None:
        together.wait()
        while sender.due():
            sender.send_due()

    threads = [threading.Thread(target=run, args=(each,)) for each in (sending.sender, sending.another())]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    for number in range(6):
        assert sending.receivers.ids(f"host{number}") == sending.changes()


def test_what_a_process_held_when_it_died_is_free_after_a_while(sending: Sending) -> None:
    hook = sending.hook()
    with sending.api.ledger.writing() as connection:
        held = {"leased_by": "somebody", "leased_until": sending.api.now + LEASE}
        connection.execute(sa.update(webhooks).values(held))
    assert sending.sender.send_due() == 0
    sending.later(seconds=LEASE.total_seconds())
    assert sending.sender.send_due() == len(sending.changes())
    assert sending.row(hook).leased_by is None


def test_who_lost_the_lease_stops_sending(sending: Sending) -> None:
    sending.hook()

    def stolen(_: httpx.Request) -> httpx.Response:
        with sending.api.ledger.writing() as connection:
            connection.execute(sa.update(webhooks).values(leased_by="somebody else"))
        return httpx.Response(200)

    sending.receivers.answers["crm"] = stolen
    sending.sender.send_due()
    assert sending.receivers.ids() == sending.changes()[:1]


def test_nothing_is_sent_any_more_to_one_that_was_removed_meanwhile(sending: Sending) -> None:
    hook = sending.hook()

    def removed(_: httpx.Request) -> httpx.Response:
        sending.api.client(WRITE).delete(f"/webhooks/{hook['id']}")
        return httpx.Response(200)

    sending.receivers.answers["crm"] = removed
    sending.sender.send_due()
    assert len(sending.receivers.got) == 1
    assert sending.sender.due() == []


def test_an_answer_without_end_is_not_read(sending: Sending) -> None:
    sending.hook(kinds=["journey.opened"])
    sending.receivers.answers["crm"] = lambda _: httpx.Response(200, stream=Endless())
    assert sending.sender.send_due() == 1


def test_a_secret_that_cannot_be_opened_holds_up_no_other(sending: Sending) -> None:
    broken = sending.hook("broken")
    sending.hook("crm")
    with sending.api.ledger.writing() as connection:
        connection.execute(sa.update(webhooks).where(webhooks.c.id == broken["id"]).values(secret=b"nonsense"))
    sending.sender.send_due()
    assert sending.receivers.ids("crm") == sending.changes()
    assert sending.row(broken).problem == "a fault of ours: see the log of the server"
    assert sending.sender.due() == []


def test_no_secret_and_no_number_is_logged(sending: Sending) -> None:
    hook = sending.hook(numbers=True)
    answers = iter([refusing(500), unreachable])
    with capture_logs() as logs:
        for answer in answers:
            sending.receivers.answers["crm"] = answer
            sending.sender.send_due()
            sending.later(hours=1)
    assert len(logs) == 2
    text = json.dumps(logs)
    for word in (hook["secret"], "hush", "611111111", "http://"):
        assert word not in text


def test_a_silent_receiver_holds_up_nobody(sending: Sending) -> None:
    """As the server runs it: one receiver never answers, the other has everything meanwhile."""
    silent, spoken = threading.Event(), threading.Event()
    sending.hook("silent")
    sending.hook("crm")
    last = sending.changes()[-1]

    def say_nothing(request: httpx.Request) -> httpx.Response:
        silent.wait(30)
        raise httpx.ReadTimeout("too slow", request=request)

    def answer(request: httpx.Request) -> httpx.Response:
        if int(request.headers["decroche-event"]) == last:
            spoken.set()
        return httpx.Response(200)

    sending.receivers.answers |= {"silent": say_nothing, "crm": answer}
    for _ in range(2):
        sending.sender.start()
        assert spoken.wait(20)
        silent.set()
        sending.sender.stop()
    assert sending.receivers.ids("crm") == sending.changes()


def ring(api: Served, key: str) -> None:
    """Somebody calls my business and is missed."""
    said = Fact(call_key=key, stage=Stage.CREATED, at=START, direction=Direction.INBOUND, caller="+33644444444")
    over = Fact(call_key=key, stage=Stage.ENDED, at=START + timedelta(seconds=30), final=True)
    api.mine.keep([Body(facts=(said,)), Body(facts=(over,))])
    api.mine.fold(now=api.now)
