"""Voicemails on RingCentral: a message in the store of an extension, whose sound is one of its attachments."""

from __future__ import annotations

from decroche.connector_kit.connector import Settings
from decroche.connector_kit.errors import Misconfigured
from decroche.connector_kit.http import Http
from decroche.connector_kit.objects import objects, text
from decroche.connector_kit.voicemails import NotFetched, Voicemails, Where
from decroche.connectors.ringcentral.api import CREDENTIALS, ask, token_of


def find(http: Http, settings: Settings, recording: str) -> Where:
    """Where a message lies; ``recording`` is the id of its extension, a stroke, and its own. Raises as ``Voicemails``.

    Whoever made the JWT must be allowed to read the messages of that extension.
    """
    extension, _, message = recording.partition("/")
    if not (extension.isascii() and extension.isalnum() and message.isascii() and message.isalnum()):
        raise NotFetched("this is not a recording of the platform")
    path = f"/restapi/v1.0/account/~/extension/{extension}/message-store/{message}"
    try:
        told = ask(http, settings, "GET", path)
    except Misconfigured as error:
        if error.status == 404:
            raise NotFetched("the platform has this recording no more") from error
        raise
    for each in objects(told, "attachments"):
        if text(each, "type") == "AudioRecording" and (found := text(each, "uri")) is not None:
            return Where(url=found, headers={"authorization": f"Bearer {token_of(http, settings)}"})
    raise NotFetched("the platform has this recording no more")


VOICEMAILS = Voicemails(find=find, hosts=(".ringcentral.com",), needs=CREDENTIALS)
