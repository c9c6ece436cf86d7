"""Voicemails on Ringover: the call is asked for where its message lies, whenever one is played."""

from __future__ import annotations

from urllib.parse import quote

from decroche.connector_kit.connector import Settings
from decroche.connector_kit.errors import Misconfigured
from decroche.connector_kit.http import Http
from decroche.connector_kit.objects import objects, text
from decroche.connector_kit.voicemails import NotFetched, Voicemails, Where
from decroche.connectors.ringover.api import host_of


def find(http: Http, settings: Settings, recording: str) -> Where:
    """Where the message of a call lies now; ``recording`` is the id of the call. Raises as ``Voicemails`` says.

    The address opens by itself: Ringover's key goes to its API alone.
    """
    host, key = host_of(settings)
    try:
        told = http.get(f"https://{host}/v2/calls/{quote(recording, safe='')}", headers={"authorization": key})
    except Misconfigured as error:
        if error.status == 404:
            raise NotFetched("the platform has this recording no more") from error
        raise Misconfigured(error.problem, ("api_key", "region"), status=error.status) from error
    rows = [*objects(told, "list"), *objects(told, "call_list")] if isinstance(told, dict) else []
    for row in rows:
        if (found := text(row, "voicemail")) is not None:
            return Where(url=found)
    raise NotFetched("the platform has this recording no more")


VOICEMAILS = Voicemails(find=find, hosts=(".ringover.com",), needs=("api_key",))
