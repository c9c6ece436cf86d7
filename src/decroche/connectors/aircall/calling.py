"""Calls through Aircall: the app of one of us, which must be open, dials the customer."""

from __future__ import annotations

import base64
from urllib.parse import quote

from decroche.connector_kit.calls import Calls, NotPlaced, Placed, Wanted
from decroche.connector_kit.connector import Settings
from decroche.connector_kit.errors import Misconfigured
from decroche.connector_kit.http import Http, answered
from decroche.connector_kit.texts import hand_over

_FIELDS = ("api_id", "api_token")


def place(http: Http, settings: Settings, wanted: Wanted) -> Placed:
    """Have it dial. Raises as ``Calls`` says. Aircall names no call yet, and dials from the line of the app."""
    user, password = settings.get("api_id", ""), settings.get("api_token", "")
    if not (user and password):
        raise Misconfigured("Aircall's API needs its ID and its token", _FIELDS)
    if not wanted.agent:
        raise NotPlaced("the id of the Aircall user who talks is missing")
    url = f"https://api.aircall.io/v1/users/{quote(wanted.agent, safe='')}/dial"
    headers = {"authorization": f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"}
    answer = hand_over(http, "POST", url, fields=_FIELDS, headers=headers, json={"to": wanted.person})
    if answer.status_code >= 400:
        # 405: the app of this user is closed, or they are talking.
        raise NotPlaced(answered(answer))
    return Placed()


CALLS = Calls(place=place, needs=_FIELDS, agent="user")
