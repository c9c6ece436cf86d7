"""Texts through Vonage, OVH, Ringover, Aircall and RingCentral: each request field by field, and every bad day."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decroche.connector_kit.connector import LongPoll, Record
from decroche.connector_kit.errors import ConnectorError, Ignored, Malformed, Misconfigured, Unavailable
from decroche.connector_kit.texts import Handed, Message, OutcomeUnknown, Refused, Texts
from decroche.connectors.platforms import PLATFORMS, platform
from decroche.connectors.ringcentral.subscription import FILTERS, create, renew
from decroche.connectors.ringcentral.texts import FILTER
from decroche.model.fact import Heard
from decroche.model.text import TextFailure, TextReceived, TextState
from tests.platforms.anything import json_bodies, told_objects
from tests.platforms.text_providers import NOW, SETTINGS, provider

NAMES = sorted(SETTINGS)
HOOK = "https://appels.garage.example/hooks/x/k3y"
BODY = "Manqué à 10h42 ? Répondez RAPPEL + l’heure, 20 €.\nÇa ira"
EVERY = pytest.mark.parametrize("name", NAMES)


def texts(name: str) -> Texts:
    found = platform(name).texts
    assert found is not None
    return found


def message(**more: str) -> Message:
    told = {"reference": "r7f3", "sender": "+33199000002", "recipient": "+33639980001", "body": BODY, "hook_url": HOOK}
    return Message(**(told | more))


#: What each provider is told of the text, and the id that it gives.
_TOLD: dict[str, tuple[dict[str, Any], str]] = {
    "vonage": (
        {
            "channel": "sms", "message_type": "text", "to": "33639980001", "from": "33199000002", "text": BODY,
            "client_ref": "r7f3", "sms": {"encoding_type": "unicode"}, "webhook_url": HOOK, "webhook_version": "v1",
        },
        "aaaaaaaa-bbbb-cccc-dddd-0123456789ab",
    ),
    "ringover": (
        {"to_number": 33639980001, "from_number": 33199000002, "content": BODY, "archived_auto": False}, "1234567",
    ),
    "aircall": ({"to": "+33639980001", "body": BODY}, "m1"),
    "ringcentral": (
        {"from": {"phoneNumber": "+33199000002"}, "to": [{"phoneNumber": "+33639980001"}], "text": BODY}, "81",
    ),
    "ovh": (
        {
            "message": BODY, "receivers": ["+33639980001"], "noStopClause": True, "priority": "high",
            "charset": "UTF-8", "coding": "8bit", "tag": "r7f3", "sender": "+33199000002",
        },
        "501",
    ),
}  # fmt: skip


@EVERY
def test_a_text_is_handed_over_field_by_field(name: str) -> None:
    here = provider(name)
    told, ref = _TOLD[name]
    assert texts(name).send(here.http(), SETTINGS[name], message()) == Handed(ref=ref)
    assert here.accepted == [told]
    assert here.handed[0].headers["content-type"] == "application/json"


def test_a_name_or_a_short_number_sends_where_it_may() -> None:
    ringover, ovh, vonage = provider("ringover"), provider("ovh"), provider("vonage")
    ringover.sends_to = "/v2/push/sms/v1"
    texts("ringover").send(ringover.http(), SETTINGS["ringover"], message(sender="Garage"))
    assert ringover.accepted == [{"to_number": 33639980001, "content": BODY, "from_alphanum": "Garage"}]
    for sender in ("", "36180", "Garage"):
        texts("ovh").send(ovh.http(), SETTINGS["ovh"], message(sender=sender, body="Été à 20 €"))
    assert [each.get("senderForResponse") for each in ovh.accepted] == [True, True, None]
    assert [each.get("sender") for each in ovh.accepted] == [None, None, "Garage"]
    texts("vonage").send(vonage.http(), SETTINGS["vonage"], message(sender="Garage", hook_url="", body="Été 20 €"))
    [told] = vonage.accepted
    assert (told["from"], told["sms"], "webhook_url" in told) == ("Garage", {"encoding_type": "text"}, False)


@EVERY
@pytest.mark.parametrize(
    ("status", "error"),
    [(429, Unavailable), (503, Unavailable), (500, OutcomeUnknown), (504, OutcomeUnknown), (200, OutcomeUnknown),
     (403, Misconfigured), (404, Misconfigured)],
)  # fmt: skip
def test_a_bad_day_tells_whether_the_text_may_be_handed_over_again(
    name: str, status: int, error: type[ConnectorError]
) -> None:
    here = provider(
        name, bad_days=[httpx.Response(status, content=b"<html>+33639980001", headers={"retry-after": "7"})]
    )
    http = here.http()
    with pytest.raises(error) as told:
        texts(name).send(http, SETTINGS[name], message())
    assert len(here.handed) == 1
    assert not any(word in str(told.value) for word in ("639980001", "RAPPEL", *SETTINGS[name].values()))
    if isinstance(told.value, Unavailable):
        assert told.value.retry_after == timedelta(seconds=7)
    texts(name).send(http, SETTINGS[name], message())
    assert len(here.accepted) == 1


@EVERY
def test_a_lost_answer_is_unknown_and_no_second_text_is_handed_over(name: str) -> None:
    here = provider(name, lose_answers=True)
    with pytest.raises(OutcomeUnknown):
        texts(name).send(here.http(), SETTINGS[name], message())
    assert len(here.accepted) == len(here.handed) == 1


@EVERY
def test_refused_settings_are_named_and_missing_ones_ask_nobody(name: str) -> None:
    for key in SETTINGS[name]:
        with pytest.raises(Misconfigured) as told:
            texts(name).send(provider(name).http(), SETTINGS[name] | {key: ""}, message())
        assert key in told.value.fields
    secret = next(field.key for field in platform(name).fields if field.secret and field.key in SETTINGS[name])
    with pytest.raises(Misconfigured) as told:
        texts(name).send(provider(name).http(), SETTINGS[name] | {secret: "old-secret"}, message())
    assert secret in told.value.fields or name == "ringcentral"
    assert "old-secret" not in str(told.value)


@pytest.mark.parametrize(
    ("name", "answer", "failure", "raw"),
    [
        ("vonage", httpx.Response(402, json={"title": "Low balance"}), TextFailure.ACCOUNT_LIMIT, "402"),
        ("vonage", httpx.Response(422, json={"type": "…/messages#1120"}), TextFailure.SENDER_REFUSED, "1120"),
        ("vonage", httpx.Response(422, json={"title": "Invalid params"}), TextFailure.UNKNOWN, "422"),
        ("ringover", httpx.Response(402), TextFailure.ACCOUNT_LIMIT, "402"),
        ("ringover", httpx.Response(400), TextFailure.UNKNOWN, "400"),
        ("aircall", httpx.Response(422, json={"error": "x"}), TextFailure.UNKNOWN, "422"),
        ("ringcentral", httpx.Response(400, json={"errorCode": "SMS-UP-413"}), TextFailure.OPTED_OUT, "SMS-UP-413"),
        ("ringcentral", httpx.Response(400, json={"errorCode": "CMN-101"}), TextFailure.UNKNOWN, "CMN-101"),
        ("ovh", httpx.Response(402, json={"class": "Client::Payment"}), TextFailure.ACCOUNT_LIMIT, "Client::Payment"),
        ("ovh", httpx.Response(400, json={"message": "+33639980001 is wrong"}), TextFailure.UNKNOWN, "400"),
    ],
)
def test_a_refusal_has_a_class_and_names_nobody(
    name: str, answer: httpx.Response, failure: TextFailure, raw: str
) -> None:
    with pytest.raises(Refused) as told:
        texts(name).send(provider(name, bad_days=[answer]).http(), SETTINGS[name], message())
    assert (told.value.failure, told.value.raw) == (failure, raw)
    assert "639980001" not in str(told.value)


def test_a_number_that_is_none() -> None:
    with pytest.raises(Refused) as told:
        texts("ovh").send(provider("ovh").http(), SETTINGS["ovh"], message(recipient="+1"))
    assert told.value.failure is TextFailure.INVALID_NUMBER
    with pytest.raises(Refused):
        texts("ringover").send(provider("ringover").http(), SETTINGS["ringover"], message(recipient="anonymous"))


def test_aircall_is_asked_once_for_its_numbers_and_a_sender_must_be_one() -> None:
    here = provider("aircall")
    http = here.http()
    for _ in range(3):
        texts("aircall").send(http, SETTINGS["aircall"], message())
    assert len(here.asked) == 2 + 3
    with pytest.raises(Misconfigured) as told:
        texts("aircall").send(http, SETTINGS["aircall"], message(sender="+33199000009"))
    assert told.value.fields == ("sender",)


def test_ringcentral_s_old_access_token_is_replaced_once() -> None:
    refusal = {"errorCode": "TokenExpired"}
    here = provider("ringcentral", bad_days=[httpx.Response(401, json=refusal)])
    assert texts("ringcentral").send(here.http(), SETTINGS["ringcentral"], message()).ref == "81"
    assert len(here.accepted) == 1
    always = provider("ringcentral", bad_days=[httpx.Response(401, json=refusal)] * 2)
    with pytest.raises(Misconfigured):
        texts("ringcentral").send(always.http(), SETTINGS["ringcentral"], message())
    assert len(always.handed) == 2


def _stored(**more: Any) -> dict[str, Any]:
    return {
        "id": 81, "subject": BODY, "from": {"phoneNumber": "+33199000002"}, "to": [{"phoneNumber": "+33639980001"}],
        "creationTime": "2026-03-04T13:12:08.000Z", "lastModifiedTime": "2026-03-04T13:12:30.000Z",
        "messageStatus": "Delivered",
    } | more  # fmt: skip


def test_ringcentral_finds_a_text_in_the_message_store() -> None:
    find = texts("ringcentral").find
    assert find is not None
    here = provider("ringcentral")
    here.rows = [
        _stored(id=1, subject="Another"),
        _stored(id=2, creationTime="2026-03-04T13:10:00.000Z"),
        _stored(id=3, **{"from": {"phoneNumber": "+33199000003"}}),
    ]
    assert find(here.http(), SETTINGS["ringcentral"], message(), NOW) is None
    here.rows.append(_stored())
    found = find(here.http(), SETTINGS["ringcentral"], message(), NOW)
    assert found is not None
    assert (found.ref, found.reference, found.state, found.at) == (
        "81", "r7f3", TextState.DELIVERED, NOW.replace(second=30),
    )  # fmt: skip
    here.rows = [_stored(messageStatus="DeliveryFailed", deliveryErrorCode="SMS-CAR-412")]
    found = find(here.http(), SETTINGS["ringcentral"], message(), NOW)
    assert found is not None
    assert (found.state, found.failure) == (TextState.FAILED, TextFailure.UNREACHABLE)
    here.rows = [_stored(subject="Another")] * 100
    with pytest.raises(Unavailable):
        find(here.http(), SETTINGS["ringcentral"], message(), NOW)


def test_ovh_finds_a_text_by_our_reference_and_is_not_sure_while_jobs_wait() -> None:
    find = texts("ovh").find
    assert find is not None
    here = provider("ovh")
    here.rows = [{"id": 500, "tag": "another", "ptt": 4}]
    assert find(here.http(), SETTINGS["ovh"], message(), NOW) is None
    here.waiting = [9]
    with pytest.raises(Unavailable):
        find(here.http(), SETTINGS["ovh"], message(), NOW)
    row = {"id": 501, "tag": "r7f3", "ptt": 1, "sentAt": "2026-03-04T14:12:08+01:00", "numberOfSms": 2}
    for more, state in (
        ({}, TextState.HANDED),
        ({"ptt": 4, "deliveredAt": "2026-03-04T14:12:20+01:00"}, TextState.DELIVERED),
        ({"ptt": 5}, TextState.FAILED),
    ):
        here.rows = [row | more]
        found = find(here.http(), SETTINGS["ovh"], message(), NOW)
        assert found is not None
        assert (found.ref, found.reference, found.state, found.segments) == ("501", "r7f3", state, 2)
    assert found is not None and (found.failure, found.raw_failure) == (TextFailure.UNKNOWN, "ptt=5")


def test_answers_at_ovh_are_read_once_each_and_only_where_there_is_an_account() -> None:
    [part] = [each for each in platform("ovh").follow if each.name == "texts"]
    assert isinstance(part, LongPoll)
    here = provider("ovh")
    here.rows = [
        {"id": 5, "sender": "0033639980001", "message": "Oui", "creationDatetime": "2026-03-04T14:12:00+01:00"}
    ]
    kept, position = part.poll(here.http(), SETTINGS["ovh"], None)
    assert [each.key for each in kept] == ["incoming/5"]
    hear = platform("ovh").hear
    assert hear is not None
    [said] = hear(kept[0], {"sender": "36180"}).texts
    assert isinstance(said, TextReceived) and (said.sender, said.body) == ("+33639980001", "Oui")
    here.rows.append(here.rows[0] | {"id": 4})
    kept, position = part.poll(here.http(), SETTINGS["ovh"], position)
    assert [each.key for each in kept] == ["incoming/4"]
    assert part.poll(here.http(), SETTINGS["ovh"], position)[0] == ()
    nobody = provider("ovh")
    assert part.poll(nobody.http(), {}, None) == ((), None) and nobody.asked == []


def test_ringcentral_is_asked_to_tell_texts_only_where_they_are_sent() -> None:
    made: list[dict[str, Any]] = []

    def serve(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/oauth/token"):
            return httpx.Response(200, json={"access_token": "t"})
        if request.method == "POST" and request.url.path.endswith("/subscription"):
            made.append(json.loads(request.content))
        if request.method == "GET" and request.url.path.endswith("/subscription"):
            return httpx.Response(200, json={"records": []})
        filters = made[-1]["eventFilters"] if made else []
        told = {"id": "s1", "status": "Active", "deliveryMode": {"address": HOOK}, "eventFilters": filters}
        return httpx.Response(200, json=told)

    here = provider("ringcentral")
    here.serve = lambda request, _: serve(request)
    here.sends_to = "/nothing"
    settings = SETTINGS["ringcentral"]
    create(here.http(), settings, HOOK)
    renew(here.http(), settings, HOOK, "s1")
    assert [each["eventFilters"] for each in made] == [list(FILTERS)]
    renew(here.http(), settings | {"sender": "+33199000002"}, HOOK, "s1")
    renew(here.http(), settings | {"sender": "+33199000002"}, HOOK, "s1")
    assert [each["eventFilters"] for each in made[1:]] == [[*FILTERS, FILTER]]


def test_every_provider_with_texts_names_its_senders_and_its_settings() -> None:
    for each in PLATFORMS:
        if each.texts is not None:
            keys = {field.key for field in each.fields}
            assert set(each.texts.senders) <= keys, each.name
            assert each.texts.per_second > 0


_MEMBERS = (
    "event", "data", "message_id", "id", "from_number", "to_number", "body", "time", "timestamp", "status", "error",
    "message_uuid", "from", "to", "text", "subject", "creationTime", "creationDatetime", "sender", "message", "number",
    "external_number", "usage", "segments",
)  # fmt: skip


@given(
    st.sampled_from(NAMES),
    told_objects(_MEMBERS),
    json_bodies(),
    st.sampled_from(["text", "status", "received", "incoming"]),
)
def test_whatever_is_kept_is_heard_or_refused(name: str, told: dict[str, object], raw: bytes, kind: str) -> None:
    hear = platform(name).hear
    assert hear is not None
    for body in (json.dumps(told).encode(), raw):
        try:
            said = hear(Record(kind=kind, key="1", body=body, about={"received": NOW.isoformat()}), {})
        except (Ignored, Malformed):
            continue
        assert isinstance(said, Heard)
