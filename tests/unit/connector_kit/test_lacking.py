"""A connection says plainly what does not work for want of a key, and nothing where nothing is wanting."""

from __future__ import annotations

import pytest

from decroche.capture.connecting import lacks_said
from decroche.connector_kit.connector import Connector, Lack
from decroche.connectors.platforms import PLATFORMS
from decroche.language import LANGUAGES, Language

KNOWN = {each.name: each for each in PLATFORMS}


@pytest.mark.parametrize("platform", PLATFORMS, ids=lambda each: each.name)
def test_with_everything_told_nothing_is_lacking_and_every_want_is_a_field(platform: Connector) -> None:
    everything = {field.key: field.default or "x" for field in platform.fields}
    assert platform.lacking(everything) == ()
    required = {field.key: "x" for field in platform.fields if field.required}
    fields = {field.key for field in platform.fields}
    for lack in platform.lacking(required):
        assert set(lack.keys) <= fields - required.keys()
    for code in LANGUAGES:
        assert all("{" not in said for said in lacks_said(platform, {}, Language(code)))


def test_ringover_without_the_key_of_its_api_hears_calls_and_does_nothing_else() -> None:
    ringover = KNOWN["ringover"]
    assert ringover.lacking({"call_key": "k"}) == tuple(
        Lack(part, ("api_key",)) for part in ("history", "texts", "calls", "voicemails")
    )
    assert ringover.lacking({"api_key": "k"}) == (Lack("live", ("call_key",)),)
    assert ringover.lacking({"api_key": "k", "after_call_key": "k"}) == ()
    (said,) = lacks_said(ringover, {"call_key": "k", "api_key": " "}, Language("en"))
    assert said == (
        "Still missing: API key. Without it, these do not work: reading past calls, sending texts, click-to-call and "
        "listening to voicemails."
    )


def test_ovh_is_heard_with_tokens_or_with_the_keys_of_its_api() -> None:
    ovh = KNOWN["ovh"]
    api = {"billing_account": "b", "application_key": "a", "application_secret": "s", "consumer_key": "c"}
    assert [each.part for each in ovh.lacking({"tokens": "t"})] == ["history", "texts", "calls"]
    assert ovh.lacking(api) == (Lack("texts", ("sms_service",)),)
    first = ovh.lacking({})[0]
    assert (first.part, first.keys) == ("live", tuple(api))


def test_twilio_reads_and_sends_with_an_api_key_too_and_wants_no_more() -> None:
    assert KNOWN["twilio"].lacking({"account_sid": "AC", "auth_token": "t"}) == ()
