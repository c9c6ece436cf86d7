"""Somebody of the business hears a voicemail on the page of whoever calls back; nobody else does, and it is noted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from decroche.connector_kit.http import Http
from decroche.connectors.ringover.connector import CONNECTOR as RINGOVER
from decroche.ledger.setting_up import read_endpoints
from decroche.ledger.voicemails import listening
from decroche.ledger.work_items import Kind
from decroche.ledger.work_notes import notes_of
from decroche.model.fact import Fact, Message, Stage
from decroche.model.member import Role
from decroche.server_settings import ServerSettings
from tests.platforms.voicemail_platform import SOUND, Keeper, sound
from tests.web.garage import NOW, Garage, garage, minutes_ago, missed
from tests.web.workday import ANN, journey_of, opened

API, STORE = "public-api.ringover.com/v2/calls/7", "cdr.ringover.com/voicemail/7.mp3"


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Garage]:
    with garage(tmp_path) as found:
        yield found


def kept(here: Garage, *, settings: dict[str, str] | None = None) -> Keeper:
    """The phone system of the garage keeps its voicemails."""
    keeper = Keeper({
        API: httpx.Response(200, json={"list": [{"voicemail": f"https://{STORE}"}]}), STORE: sound(),
    })  # fmt: skip
    box = ServerSettings(data=here.folder, database=None).box()
    with here.server.ledger.reading() as connection:
        found = {each.id: each for each in read_endpoints(connection, box)}
    secret = {"api_key": "k"} if settings is None else settings
    ways = {id: (replace(each, settings={**each.settings, **secret}), RINGOVER) for id, each in found.items()}
    tools = here.server.recovery.tools
    here.server.recovery.tools = replace(tools, ways=lambda: ways, http=lambda _: Http(keeper.http().client))
    return keeper


def left(here: Garage, *, message: Message | None = None, **more: Any) -> str:
    """Ann left a voicemail. Returns what is to be done."""
    here.tell(
        *missed("7", caller=f"+{ANN}", at=minutes_ago(30)),
        Fact(call_key="7", stage=Stage.ENRICHED, at=minutes_ago(29), voicemail=True, message=message),
    )
    (call,) = here.mine.calls()
    return opened(here, "7", ANN, kind=Kind.VOICEMAIL, about={"call": call}, **more)


def notes(here: Garage, id: str) -> list[tuple[str, str]]:
    with here.server.ledger.reading() as connection:
        return [(note["kind"], note["who"]) for note in notes_of(connection, here.mine.account, id)]


def test_the_page_has_a_player_and_the_text_and_no_address_of_the_vendor(here: Garage) -> None:
    kept(here)
    said = f"<b>Rappelez le +{ANN}</b>"
    id = left(here, message=Message(recording="7", text=said))
    text = here.browser(Role.AGENT).get(f"/callbacks/{id}").text
    assert f'src="/voicemails/{id}/audio"' in text and "Message vocal" in text
    assert "ringover.com" not in text and "<b>Rappelez" not in text and "&lt;b&gt;Rappelez" in text


def test_the_journey_has_it_too_for_whoever_may_hear_it(here: Garage) -> None:
    kept(here)
    id = left(here, message=Message(recording="7", text="Rappelez-moi"))
    journey = journey_of(here, ANN)
    text = here.browser(Role.AGENT).get(f"/journeys/{journey}").text
    assert f'src="/voicemails/{id}/audio"' in text and "Rappelez-moi" in text
    text = here.browser(Role.READER).get(f"/journeys/{journey}").text
    assert "<audio" not in text and "Rappelez-moi" not in text


def test_what_is_heard_is_noted_once_for_each_of_us(here: Garage) -> None:
    keeper = kept(here)
    id = left(here, message=Message(recording="7"))
    agent = here.browser(Role.AGENT)
    for _ in range(2):
        answer = agent.get(f"/voicemails/{id}/audio")
        assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, SOUND, "audio/mpeg")
    assert answer.headers["cache-control"] == "no-store"
    assert notes(here, id) == [("listened", "Nadia Benali")]
    keeper.answers[STORE] = sound(SOUND[:5], status=206, content_range="bytes 0-4/10243")
    part = agent.get(f"/voicemails/{id}/audio", headers={"Range": "bytes=0-4"})
    assert (part.status_code, part.headers["content-range"], part.content) == (206, "bytes 0-4/10243", SOUND[:5])
    with here.server.ledger.reading() as connection:
        rate = listening(connection, here.mine.account, since=minutes_ago(60), until=minutes_ago(-60))
    assert (rate.heard, rate.left) == (1, 1)


def test_whoever_may_not_hears_nothing_and_nobody_is_asked(here: Garage) -> None:
    keeper = kept(here)
    id = left(here, message=Message(recording="7"), site="Montbrison")
    plain = opened(here, "8", ANN)
    path = f"/voicemails/{id}/audio"
    assert here.browser(Role.READER).get(path).status_code == 403
    assert here.visitor().get(path, follow_redirects=False).status_code == 303
    assert here.browser(Role.OWNER, of=here.other).get(path).status_code == 404
    assert here.browser(Role.AGENT, sites=["Site a1"]).get(path).status_code == 404
    assert here.browser(Role.OWNER).get(f"/voicemails/{plain}/audio").status_code == 404
    assert keeper.asked == [] and notes(here, id) == []


def test_what_stands_in_the_way_is_a_sentence(here: Garage) -> None:
    keeper = kept(here)
    id = left(here, message=Message(recording="7"))
    agent = here.browser(Role.AGENT)
    keeper.answers[API] = httpx.Response(404)
    answer = agent.get(f"/voicemails/{id}/audio")
    assert (answer.status_code, answer.headers["content-type"]) == (502, "text/plain; charset=utf-8")
    assert "le système n’a plus cet enregistrement" in answer.text
    kept(here, settings={})
    assert "il manque aux réglages" in agent.get(f"/voicemails/{id}/audio").text
    assert notes(here, id) == []


def test_a_message_of_which_nothing_is_told_has_no_player(here: Garage) -> None:
    kept(here)
    id = left(here)
    agent = here.browser(Role.AGENT)
    page = agent.get(f"/callbacks/{id}").text
    assert "<audio" not in page and "ne donne pas l’enregistrement" in page
    answer = agent.get(f"/voicemails/{id}/audio")
    assert (answer.status_code, "ne donne pas" in answer.text) == (404, True)
    assert here.now == NOW
