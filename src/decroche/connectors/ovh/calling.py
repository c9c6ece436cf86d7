"""Calls through OVH: the line of one of us rings first, and the customer's telephone once it is picked up."""

from __future__ import annotations

from decroche.connector_kit.calls import Calls, NotPlaced, Placed, Wanted
from decroche.connector_kit.connector import Settings
from decroche.connector_kit.http import Http, answered
from decroche.connectors.ovh.api import KEYS, Api, service_path

_FIELDS = (*KEYS, "billing_account")


def place(http: Http, settings: Settings, wanted: Wanted) -> Placed:
    """Have it ring. Raises as ``Calls`` says. OVH names no call, and shows the number of the line."""
    if not wanted.agent.startswith("+") or not wanted.agent[1:].isdigit():
        raise NotPlaced("the number of whoever talks is missing")
    if not wanted.person.startswith("+") or not wanted.person[1:].isdigit():
        raise NotPlaced("the number is not an international one")
    api = Api(http, settings)
    path = f"{api.account}/line/{service_path(wanted.agent)}/click2Call"
    answer = api.hand_over(path, {"calledNumber": f"00{wanted.person[1:]}"}, fields=_FIELDS)
    if answer.status_code >= 400:
        # 404: this line is not of the billing account.
        raise NotPlaced(answered(answer))
    return Placed()


CALLS = Calls(place=place, needs=_FIELDS, agent="number")
