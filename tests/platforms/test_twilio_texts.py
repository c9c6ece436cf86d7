"""Texts through Twilio beyond its cases: what is handed over, field by field, and what is known after a bad day."""

from __future__ import annotations

import json
from datetime import timedelta
from email.utils import format_datetime
from urllib.parse import urlencode

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from decroche.connector_kit.connector import Delivery, Record
from decroche.connector_kit.errors import AnswerLost, ConnectorError, Ignored, Malformed, Misconfigured, Unavailable
from decroche.connector_kit.http import Http
from decroche.connector_kit.texts import Handed, Message, OutcomeUnknown, Refused
from decroche.connectors.twilio.connector import CONNECTOR, hear
from decroche.connectors.twilio.events import record
from decroche.connectors.twilio.texts import find, send
from decroche.model.fact import Heard
from decroche.model.text import TextFailure, TextReceipt, TextState
from tests.platforms.anything import json_bodies, told_objects
from tests.platforms.twilio import ACCOUNT, AUTH_TOKEN
from tests.platforms.twilio_texts import NOW, TwilioTexts

HOOK = "https://appels.garage.example/hooks/twilio/k3y"
SETTINGS = {"account_sid": ACCOUNT, "auth_token": AUTH_TOKEN, "sender": "+33199000002"}
BODY = "Garage Étoile : manqué à 10h42 ? Répondez RAPPEL + l’heure, 20 €.\nSTOP"


def message(**more: str) -> Message:
    told = {"reference": "r7f3", "sender": "+33199000002", "recipient": "+33639980001", "body": BODY, "hook_url": HOOK}
    return Message(**(told | more))


def test_a_text_is_handed_over_field_by_field() -> None:
    fake = TwilioTexts()
    assert send(Http(fake.client()), SETTINGS, message()) == Handed(ref=f"SM{0:032d}", segments=1)
    assert fake.forms == [
        {
            "To": "+33639980001",
            "From": "+33199000002",
            "Body": BODY,
            "StatusCallback": f"{HOOK}?text=r7f3#rc=2&rp=all",
        }
    ]


def test_a_messaging_service_sends_and_without_an_address_no_receipts_are_asked_for() -> None:
    fake = TwilioTexts()
    send(Http(fake.client()), SETTINGS, message(sender="MG00000000000000000000000000000001", hook_url=""))
    assert fake.forms[0].keys() == {"To", "MessagingServiceSid", "Body"}


def test_the_address_of_the_receipts_brings_our_reference_back() -> None:
    fake = TwilioTexts()
    send(Http(fake.client()), SETTINGS, message())
    # Twilio keeps what stands after the number sign for itself.
    url = fake.forms[0]["StatusCallback"].partition("#")[0]
    fields = {"MessageSid": "SM1", "SmsSid": "SM1", "MessageStatus": "delivered", "AccountSid": ACCOUNT}
    headers = {"x-twilio-signature": RequestValidator(AUTH_TOKEN).compute_signature(url, fields)}
    delivery = Delivery(url=url, headers=headers, body=urlencode(fields).encode(), received_at=NOW)
    assert CONNECTOR.events is not None
    CONNECTOR.events.verify(delivery, SETTINGS, NOW)
    [receipt] = hear(record(delivery), {}).texts
    assert receipt == TextReceipt(ref="SM1", reference="r7f3", state=TextState.DELIVERED, at=NOW)


@pytest.mark.parametrize(
    ("recipient", "failure"),
    [
        ("+33639980009", TextFailure.OPTED_OUT),
        ("+33199000009", TextFailure.LANDLINE),
        ("+33000", TextFailure.INVALID_NUMBER),
        ("+33639980007", TextFailure.UNKNOWN),
    ],
)
def test_a_refusal_has_a_class_and_names_nobody(recipient: str, failure: TextFailure) -> None:
    with pytest.raises(Refused) as told:
        send(Http(TwilioTexts().client()), SETTINGS, message(recipient=recipient))
    assert told.value.failure is failure and told.value.raw.isdigit()
    assert recipient not in str(told.value) and "Garage" not in str(told.value)


@pytest.mark.parametrize(
    ("bad_day", "error"),
    [
        (httpx.Response(429, headers={"Retry-After": "7"}, json={"code": 20429}), Unavailable),
        (httpx.Response(503), Unavailable),
        (httpx.Response(500, json={"code": 20500}), OutcomeUnknown),
        (httpx.Response(504), OutcomeUnknown),
        (httpx.Response(201, content=b"<html>"), OutcomeUnknown),
        (httpx.Response(201, json={"status": "queued"}), OutcomeUnknown),
        (httpx.Response(400, content=b"<html>"), Misconfigured),
        (httpx.Response(404, json={"code": 20404}), Misconfigured),
    ],
)
def test_a_bad_day_tells_whether_the_text_may_be_handed_over_again(
    bad_day: httpx.Response, error: type[ConnectorError]
) -> None:
    fake = TwilioTexts(bad_days=[bad_day])
    http = Http(fake.client())
    with pytest.raises(error) as told:
        send(http, SETTINGS, message())
    assert not isinstance(told.value, AnswerLost) and AUTH_TOKEN not in str(told.value)
    send(http, SETTINGS, message())


def test_a_full_queue_of_the_sender_passes() -> None:
    with pytest.raises(Unavailable):
        send(Http(TwilioTexts().client()), SETTINGS, message(recipient="+33639980008"))


@pytest.mark.parametrize("wrong", [{"auth_token": "old"}, {"auth_token": ""}, {"account_sid": "A/C"}])
def test_refused_settings_are_named(wrong: dict[str, str]) -> None:
    for ask in (send, lambda http, settings, text: find(http, settings, text, NOW)):
        with pytest.raises(Misconfigured) as told:
            ask(Http(TwilioTexts().client()), SETTINGS | wrong, message())
        assert AUTH_TOKEN not in str(told.value)


def test_a_lost_answer_is_settled_by_the_list() -> None:
    fake = TwilioTexts(lose_answers=True)
    http = Http(fake.client())
    with pytest.raises(OutcomeUnknown):
        send(http, SETTINGS, message())
    assert len(fake.accepted) == 1
    found = find(http, SETTINGS, message(), NOW)
    assert found == TextReceipt(ref=f"SM{0:032d}", reference="r7f3", state=TextState.HANDED, at=NOW, segments=1)
    fake.accepted[0] |= {"status": "undelivered", "error_code": 30006, "price": "-0.00750"}
    found = find(http, SETTINGS, message(), NOW)
    assert found is not None
    assert (found.state, found.failure, found.raw_failure) == (TextState.FAILED, TextFailure.LANDLINE, "30006")
    assert (found.price, found.currency) == (0.0075, "USD")


def test_another_text_is_not_taken_for_ours() -> None:
    fake = TwilioTexts()
    before = {"date_created": format_datetime(NOW - timedelta(minutes=1))}
    fake.accepted = [
        fake.message("+33639980001", "Another text", "+33199000002"),
        fake.message("+33639980002", BODY, "+33199000002"),
        fake.message("+33639980001", BODY, "+33199000003"),
        fake.message("+33639980001", BODY, "+33199000002", direction="inbound"),
        fake.message("+33639980001", BODY, "+33199000002", **before),
    ]
    assert find(Http(fake.client()), SETTINGS, message(), NOW) is None
    fake.accepted.append(fake.message("+33639980001", f"Sent from a trial account - {BODY}", "+33199000002"))
    assert find(Http(fake.client()), SETTINGS, message(), NOW) is not None


def test_a_list_that_cannot_be_trusted_settles_nothing() -> None:
    fake = TwilioTexts()
    fake.accepted, fake.more = [fake.message("+33639980001", "Another text", "+33199000002")], True
    with pytest.raises(Unavailable):
        find(Http(fake.client()), SETTINGS, message(), NOW)
    for bad_day in (httpx.Response(503), httpx.Response(200, json=[]), httpx.Response(200, json={"messages": None})):
        with pytest.raises(Unavailable):
            find(Http(TwilioTexts(bad_days=[bad_day]).client()), SETTINGS, message(), NOW)


def test_what_is_kept_of_a_text_holds_no_more_than_is_needed() -> None:
    fields = {
        "MessageSid": "SM1", "SmsStatus": "received", "From": "+33639980001", "To": "+33199000002",
        "Body": "https://garage.example/?a=1", "FromCity": "LYON", "FromZip": "69001", "AccountSid": ACCOUNT,
    }  # fmt: skip
    kept = record(Delivery(url=HOOK, headers={}, body=urlencode(fields).encode(), received_at=NOW))
    assert kept.key == "text/SM1/received"
    assert b"LYON" not in kept.body and b"69001" not in kept.body
    [said] = hear(kept, {}).texts
    assert not isinstance(said, TextReceipt) and said.body == "https://garage.example/?a=1"


@given(told_objects(("MessageSid", "SmsStatus", "MessageStatus", "From", "To", "Body", "ErrorCode")), json_bodies())
def test_whatever_a_kept_text_holds_is_heard_or_refused(told: dict[str, object], raw: bytes) -> None:
    for body in (json.dumps(told).encode(), raw):
        try:
            said = hear(Record(kind="text", key="1", body=body, about={"received": NOW.isoformat()}), {})
        except (Ignored, Malformed):
            continue
        assert isinstance(said, Heard)


@given(st.text(max_size=60))
def test_any_words_arrive_as_they_were_written(body: str) -> None:
    fake = TwilioTexts()
    send(Http(fake.client()), SETTINGS, message(body=f"x{body}"))
    assert fake.forms[0]["Body"] == f"x{body}"
