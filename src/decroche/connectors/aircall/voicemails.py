"""Voicemails on Aircall: their addresses are good for some minutes, so the call is asked for whenever one is played."""

from __future__ import annotations

import base64
from urllib.parse import quote

from decroche.connector_kit.connector import Settings
from decroche.connector_kit.errors import Misconfigured
from decroche.connector_kit.http import Http
from decroche.connector_kit.objects import inner, text
from decroche.connector_kit.voicemails import NotFetched, Voicemails, Where

_FIELDS = ("api_id", "api_token")


def find(http: Http, settings: Settings, recording: str) -> Where:
    """Where the message of a call lies now; ``recording`` is the id of the call. Raises as ``Voicemails`` says."""
    key = base64.b64encode(f"{settings.get('api_id', '')}:{settings.get('api_token', '')}".encode()).decode()
    url = f"https://api.aircall.io/v1/calls/{quote(recording, safe='')}"
    try:
        told = http.get(url, headers={"authorization": f"Basic {key}"})
    except Misconfigured as error:
        if error.status == 404:
            raise NotFetched("the platform has this recording no more") from error
        raise Misconfigured(error.problem, _FIELDS, status=error.status) from error
    found = text(inner(told, "call"), "voicemail", "voicemail_short_url") if isinstance(told, dict) else None
    if found is None:
        raise NotFetched("the platform has this recording no more")
    return Where(url=found)


#: Aircall keeps recordings in two stores of Amazon's, beside its own names.
VOICEMAILS = Voicemails(
    find=find,
    hosts=(
        ".aircall.io",
        "aircall.s3.us-west-2.amazonaws.com",
        "production-pdx-555773567328-web.s3.us-west-2.amazonaws.com",
    ),
    needs=_FIELDS,
)
