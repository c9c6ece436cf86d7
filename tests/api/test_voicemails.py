"""A voicemail through the API: its text and its sound, for whoever may see numbers, or why there is none."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import sqlalchemy as sa

from decroche.connectors.twilio.connector import CONNECTOR as TWILIO
from decroche.ledger.setting_up import read_endpoints
from decroche.ledger.tables import endpoints
from decroche.ledger.work_items import Kind, Need, open_item
from decroche.model.call import Direction
from decroche.model.fact import Fact, Message, Stage
from decroche.recover.service import Recovery
from decroche.recover.workflows.tools import Tools
from tests.api.serving import NOW, NUMBERS, PERSON, READ, WRITE, Served
from tests.ledger.business import BOX
from tests.ledger.stories import Body
from tests.platforms.voicemail_platform import SOUND, Keeper, sound

PLACE = "api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE1.mp3"


def left(api: Served, message: Message | None) -> str:
    """Somebody left a voicemail. Returns what is to be done."""
    at = NOW - timedelta(minutes=5)
    came = Fact(call_key="v", stage=Stage.CREATED, at=at, direction=Direction.INBOUND, caller=PERSON)
    over = Fact(call_key="v", stage=Stage.ENDED, at=at, final=True, voicemail=True, message=message)
    before = api.mine.calls().keys()
    api.mine.keep([Body(facts=(came, over))], at=NOW)
    api.mine.fold(now=NOW)
    (call,) = api.mine.calls().keys() - before
    with api.ledger.writing() as connection:
        need = Need(kind=Kind.VOICEMAIL, key="v", person=int(PERSON), about={"call": call})
        return open_item(connection, api.mine.account, need, now=NOW)


def kept_by(api: Served, keeper: Keeper) -> None:
    """The phone system of the business is this one."""
    with api.ledger.writing() as connection:
        connection.execute(sa.update(endpoints).values(connector="twilio"))
    with api.ledger.reading() as connection:
        known = read_endpoints(connection, BOX)
    secret = {"account_sid": "AC1", "auth_token": "word"}
    ways = {each.id: (replace(each, settings={**each.settings, **secret}), TWILIO) for each in known}
    unused: Any = None
    tools = Tools(
        ledger=api.ledger, timers=unused, clock=lambda: NOW, key=b"k" * 32, ways=lambda: ways,
        http=lambda _: keeper.http(),
    )  # fmt: skip
    api.app.state.services = replace(api.app.state.services, recovery=Recovery(tools, unused))


def test_the_sound_is_for_whoever_may_see_numbers_and_is_noted(api: Served) -> None:
    kept_by(api, keeper := Keeper({PLACE: sound()}))
    id = left(api, Message(recording="RE1", text=f"rappelez le {PERSON}"))
    refused = api.client(READ).get(f"/voicemails/{id}/audio")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "not_allowed")
    assert keeper.asked == []
    heard = api.client(READ, NUMBERS).get(f"/voicemails/{id}/audio", params={"who": "zoe"})
    assert (heard.status_code, heard.content) == (200, SOUND)
    whole = api.get(f"/callbacks/{id}", READ, NUMBERS)
    assert whole["voicemail"] == {"recording": True, "text": f"rappelez le {PERSON}"}
    assert [(each["kind"], each["who"]) for each in whole["notes"]] == [("listened", "zoe")]
    assert PERSON not in api.client(READ).get(f"/callbacks/{id}").text
    assert "RE1" not in api.client(READ, NUMBERS).get(f"/callbacks/{id}").text
    assert api.client(READ, NUMBERS, of=api.other).get(f"/voicemails/{id}/audio").status_code == 404


def test_what_stands_in_the_way_has_a_code(api: Served) -> None:
    kept_by(api, Keeper({PLACE: httpx.Response(404)}))
    id = left(api, Message(recording="RE1"))
    gone = api.client(READ, NUMBERS).get(f"/voicemails/{id}/audio")
    assert (gone.status_code, gone.json()["error"]["code"]) == (502, "not_fetched")
    assert "no more" in gone.json()["error"]["message"]
    assert api.get(f"/callbacks/{id}")["notes"] == []


def test_where_nothing_is_told_there_is_nothing_to_hear(api: Served) -> None:
    kept_by(api, Keeper())
    id = left(api, None)
    assert api.get(f"/callbacks/{id}")["voicemail"] is None
    answer = api.client(READ, NUMBERS).get(f"/voicemails/{id}/audio")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


def test_who_asks_for_their_data_gets_what_they_said(api: Served) -> None:
    left(api, Message(recording="RE1", text="rappelez-moi"))
    answer = api.client(READ, NUMBERS, WRITE).post("/privacy/access", json={"number": PERSON})
    packed = zipfile.ZipFile(io.BytesIO(answer.content))
    (told,) = json.loads(packed.read("everything.json"))["voicemails"]
    assert (told["recording"], told["text"]) == ("RE1", "rappelez-moi")
    assert "rappelez-moi" in packed.read("voicemails.csv").decode()
