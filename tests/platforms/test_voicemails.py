"""A recording is asked for as each platform documents it, of that platform alone, and what comes must be sound."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator

import httpx
import pytest

from decroche.connector_kit.connector import Connector
from decroche.connector_kit.errors import Misconfigured, Unavailable
from decroche.connector_kit.voicemails import LARGEST, NotFetched, Sound, Voicemails, Where, fetch
from decroche.connectors.aircall.connector import CONNECTOR as AIRCALL
from decroche.connectors.ringcentral.connector import CONNECTOR as RINGCENTRAL
from decroche.connectors.ringover.connector import CONNECTOR as RINGOVER
from decroche.connectors.twilio.connector import CONNECTOR as TWILIO
from tests.platforms.voicemail_platform import SOUND, Answer, Keeper, sound

OF = {
    "twilio": {"account_sid": "AC1", "auth_token": "word"},
    "aircall": {"api_id": "me", "api_token": "secret"},
    "ringover": {"api_key": "ring-key", "region": "eu"},
    "ringcentral": {"client_id": "c", "client_secret": "s", "jwt": "j"},
}
STORE = "production-pdx-555773567328-web.s3.us-west-2.amazonaws.com"


def heard(platform: Connector, keeper: Keeper, recording: str, part: str | None = None) -> Sound:
    assert platform.voicemails is not None
    return fetch(keeper.http(), OF[platform.name], platform.voicemails, recording, clock=lambda: 0.0, part=part)


def basic(user: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


def test_twilio_gives_the_recording_to_whoever_has_the_account() -> None:
    keeper = Keeper({"api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE1.mp3": sound()})
    found = heard(TWILIO, keeper, "RE1")
    assert (b"".join(found.chunks()), found.media_type, found.status, found.length) == (
        SOUND,
        "audio/mpeg",
        200,
        len(SOUND),
    )
    assert [each.headers["authorization"] for each in keeper.asked] == [basic("AC1", "word")]


def test_aircall_is_asked_where_it_lies_and_its_store_gets_no_key() -> None:
    url = f"https://{STORE}/companies/1/call-7-voicemail.mp3?X-Amz-Signature=abc"
    keeper = Keeper({
        "api.aircall.io/v1/calls/7": httpx.Response(200, json={"call": {"id": 7, "voicemail": url}}),
        f"{STORE}/companies/1/call-7-voicemail.mp3": sound(kind="binary/octet-stream"),
    })  # fmt: skip
    found = heard(AIRCALL, keeper, "7")
    assert (b"".join(found.chunks()), found.media_type) == (SOUND, "audio/mpeg")
    assert [each.headers.get("authorization") for each in keeper.asked] == [basic("me", "secret"), None]
    assert str(keeper.asked[1].url) == url


def test_ringover_is_asked_where_it_lies_and_its_key_stays_at_the_api() -> None:
    row = {"call_id": "9", "voicemail": "https://cdr.ringover.com/voicemail/9.mp3"}
    keeper = Keeper({
        "public-api.ringover.com/v2/calls/9": httpx.Response(200, json={"list": [{"voicemail": None}, row]}),
        "cdr.ringover.com/voicemail/9.mp3": sound(),
    })  # fmt: skip
    assert b"".join(heard(RINGOVER, keeper, "9").chunks()) == SOUND
    assert [each.headers.get("authorization") for each in keeper.asked] == ["ring-key", None]


def test_ringcentral_keeps_it_among_the_messages_of_an_extension() -> None:
    store = "/restapi/v1.0/account/~/extension/101/message-store/9"
    told = [
        {"id": 1, "type": "AudioTranscription", "uri": "https://media.ringcentral.com/text"},
        {"id": 9, "type": "AudioRecording", "uri": f"https://media.ringcentral.com{store}/content/9"},
    ]
    keeper = Keeper({
        "platform.ringcentral.com/restapi/oauth/token": httpx.Response(200, json={"access_token": "t"}),
        f"platform.ringcentral.com{store}": httpx.Response(200, json={"attachments": told}),
        f"media.ringcentral.com{store}/content/9": sound(kind="audio/x-wav"),
    })  # fmt: skip
    found = heard(RINGCENTRAL, keeper, "101/9")
    assert (b"".join(found.chunks()), found.media_type) == (SOUND, "audio/wav")
    assert keeper.asked[-1].headers["authorization"] == "Bearer t"


@pytest.mark.parametrize(
    ("platform", "recording"),
    [(TWILIO, "../../Calls/CA1"), (TWILIO, "https://evil.example/"), (RINGCENTRAL, "9"), (RINGCENTRAL, "../1/9")],
)
def test_what_is_no_name_of_a_recording_is_not_asked_for(platform: Connector, recording: str) -> None:
    keeper = Keeper()
    with pytest.raises(NotFetched):
        heard(platform, keeper, recording)
    assert keeper.asked == []


@pytest.mark.parametrize("platform", [TWILIO, AIRCALL, RINGOVER, RINGCENTRAL], ids=lambda each: each.name)
def test_without_its_settings_nobody_is_asked(platform: Connector) -> None:
    assert platform.voicemails is not None
    keeper = Keeper()
    with pytest.raises(Misconfigured):
        fetch(keeper.http(), {}, platform.voicemails, "RE1", clock=lambda: 0.0)
    assert keeper.asked == []


ANYWHERE = Voicemails(
    find=lambda http, settings, recording: Where(url=recording, headers={"authorization": "key"}),
    hosts=(".vendor.example", "store.example"),
    needs=(),
)


def from_(keeper: Keeper, url: str, *, clock: Callable[[], float] = lambda: 0.0, part: str | None = None) -> Sound:
    return fetch(keeper.http(), {}, ANYWHERE, url, clock=clock, part=part)


@pytest.mark.parametrize(
    "url",
    [
        "http://a.vendor.example/1", "https://127.0.0.1/1", "https://169.254.169.254/latest/", "https://vendor.example/1",
        "https://a.vendor.example.evil.example/1", "https://evilvendor.example/1", "https://a.vendor.example:8443/1",
        "https://user@a.vendor.example/1", "https://a.vendor.example@evil.example/1", "file:///etc/passwd", "", "//",
        "https://x.store.example/1", "https://[::1]/1", "ftp://store.example/1",
    ],
)  # fmt: skip
def test_nobody_but_the_vendor_is_asked(url: str) -> None:
    keeper = Keeper()
    with pytest.raises(NotFetched):
        from_(keeper, url)
    assert keeper.asked == []


def test_a_redirection_is_followed_at_the_vendor_alone_and_takes_no_key_along() -> None:
    keeper = Keeper({
        "a.vendor.example/1": httpx.Response(302, headers={"location": "https://store.example/2"}),
        "store.example/2": httpx.Response(307, headers={"location": "/3"}),
        "store.example/3": sound(),
        "a.vendor.example/out": httpx.Response(302, headers={"location": "http://169.254.169.254/latest"}),
        "a.vendor.example/round": httpx.Response(302, headers={"location": "/round"}),
        "a.vendor.example/nowhere": httpx.Response(302),
    })  # fmt: skip
    assert b"".join(from_(keeper, "https://a.vendor.example/1").chunks()) == SOUND
    assert [each.headers.get("authorization") for each in keeper.asked] == ["key", None, None]
    keeper.asked.clear()
    for path, times in (("out", 1), ("round", 4), ("nowhere", 1)):
        with pytest.raises(NotFetched if path != "nowhere" else Misconfigured):
            from_(keeper, f"https://a.vendor.example/{path}")
        assert len(keeper.asked) == times
        keeper.asked.clear()


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (sound(kind="text/html"), NotFetched),
        (sound(kind="image/svg+xml"), NotFetched),
        (sound(kind="application/octet-stream"), NotFetched),
        (sound(kind=""), NotFetched),
        (sound(content_encoding="br", body=b""), NotFetched),
        (httpx.Response(200, headers={"content-type": "audio/mpeg", "content-length": str(LARGEST + 1)}), NotFetched),
        (httpx.Response(404), NotFetched),
        (httpx.Response(410), NotFetched),
        (httpx.Response(416), NotFetched),
        (httpx.Response(401), Misconfigured),
        (httpx.Response(204), Misconfigured),
        (httpx.Response(429, headers={"retry-after": "7"}), Unavailable),
        (httpx.Response(503), Unavailable),
    ],
)
def test_what_is_no_recording_is_told_in_its_kind(answer: httpx.Response | Answer, kind: type[Exception]) -> None:
    with pytest.raises(kind) as error:
        from_(Keeper({"store.example/1": answer}), "https://store.example/1")
    assert "/1" not in str(error.value)


def test_a_platform_that_is_away_or_stops_may_come_back() -> None:
    def away(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectTimeout("slow")

    with pytest.raises(Unavailable):
        from_(Keeper({"store.example/1": away}), "https://store.example/1")

    def stops() -> Iterator[bytes]:
        yield SOUND
        raise httpx.ReadTimeout("slow")

    answer = httpx.Response(200, content=stops(), headers={"content-type": "audio/mpeg"})
    chunks = from_(Keeper({"store.example/1": answer}), "https://store.example/1").chunks()
    with pytest.raises(Unavailable):
        list(chunks)


def test_more_than_a_voicemail_and_one_without_end_are_cut() -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield bytes(1_000_000)

    def answer() -> httpx.Response:
        return httpx.Response(200, content=endless(), headers={"content-type": "audio/wav"})

    received = 0
    with pytest.raises(NotFetched):
        for chunk in from_(Keeper({"store.example/1": answer()}), "https://store.example/1").chunks():
            received += len(chunk)
    assert received <= LARGEST
    moments = iter(range(0, 10_000, 200))
    keeper = Keeper({"store.example/1": answer()})
    with pytest.raises(NotFetched):
        list(from_(keeper, "https://store.example/1", clock=lambda: float(next(moments))).chunks())


def test_a_part_is_asked_for_and_passed_on_when_it_is_one() -> None:
    keeper = Keeper({"store.example/1": sound(SOUND[:10], status=206, content_range="bytes 0-9/10243")})
    found = from_(keeper, "https://store.example/1", part="bytes=0-9")
    assert (found.status, found.part, found.length) == (206, "bytes 0-9/10243", 10)
    assert found.headers["Content-Range"] == "bytes 0-9/10243"
    found.close()
    for part in ("bytes=0-1,5-6", "lines=1-2", "bytes=0-9\r\nx: y", "bytes=-"):
        from_(keeper, "https://store.example/1", part=part).close()
    assert [each.headers.get("range") for each in keeper.asked] == ["bytes=0-9", None, None, None, None]
    keeper.answers["store.example/1"] = sound(SOUND[:10], status=206, content_range="anything\tat all")
    assert from_(keeper, "https://store.example/1", part="bytes=0-9").part is None
