"""What handing a text over means, by how the provider answers; and what an answer that is lost means."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest

from decroche.connector_kit.errors import AnswerLost, ConnectorError, Misconfigured, Unavailable
from decroche.connector_kit.http import Http
from decroche.connector_kit.texts import OutcomeUnknown, hand_over

SECRET = "+33639980001"


def http(answer: Callable[[httpx.Request], httpx.Response]) -> Http:
    return Http(httpx.Client(transport=httpx.MockTransport(answer)))


def failing(error: type[httpx.TransportError]) -> Http:
    def answer(request: httpx.Request) -> httpx.Response:
        raise error(f"cannot send {SECRET}", request=request)

    return http(answer)


def asked(one: Http) -> httpx.Response:
    return hand_over(one, "POST", f"https://provider.example/send?to={SECRET}", fields=("key",), form={"to": SECRET})


@pytest.mark.parametrize("error", [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError])
def test_what_never_left_may_be_handed_over_again(error: type[httpx.TransportError]) -> None:
    with pytest.raises(Unavailable) as told:
        asked(failing(error))
    assert not isinstance(told.value, AnswerLost)
    assert SECRET not in str(told.value)


@pytest.mark.parametrize(
    "error", [httpx.ReadTimeout, httpx.WriteTimeout, httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError]
)
def test_what_was_on_its_way_may_have_arrived(error: type[httpx.TransportError]) -> None:
    with pytest.raises(OutcomeUnknown) as told:
        asked(failing(error))
    assert SECRET not in str(told.value)
    with pytest.raises(AnswerLost):
        failing(error).get("https://provider.example/list")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (429, Unavailable), (503, Unavailable), (408, OutcomeUnknown), (500, OutcomeUnknown), (502, OutcomeUnknown),
        (504, OutcomeUnknown), (401, Misconfigured), (403, Misconfigured), (301, Misconfigured),
    ],
)  # fmt: skip
def test_a_status_tells_whether_the_text_may_have_been_accepted(status: int, kind: type[ConnectorError]) -> None:
    with pytest.raises(kind) as told:
        asked(http(lambda request: httpx.Response(status, headers={"Retry-After": "7"}, text=f"no {SECRET}")))
    assert SECRET not in str(told.value)
    if isinstance(told.value, Unavailable):
        assert told.value.retry_after == timedelta(seconds=7)
    if isinstance(told.value, Misconfigured):
        assert (told.value.fields, told.value.status) == (("key",), status)


@pytest.mark.parametrize("status", [200, 202, 400, 402, 404, 422])
def test_the_rest_is_for_the_connector_to_read(status: int) -> None:
    assert asked(http(lambda request: httpx.Response(status))).status_code == status


def test_an_address_that_is_none_is_nowhere() -> None:
    with pytest.raises(Unavailable, match="an address that is none"):
        http(lambda request: httpx.Response(200)).exchange("GET", "http://a:b/")
