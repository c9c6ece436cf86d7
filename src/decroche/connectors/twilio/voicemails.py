"""Voicemails on Twilio: the recordings that ``<Record>`` made, under the names that it gave them."""

from __future__ import annotations

from decroche.connector_kit.connector import Settings
from decroche.connector_kit.http import Http
from decroche.connector_kit.voicemails import NotFetched, Voicemails, Where
from decroche.connectors.twilio.account import HOST, account_path, authorization


def find(http: Http, settings: Settings, recording: str) -> Where:
    """Where a recording (``RE…``) lies, as MP3. Nothing is asked for it."""
    if not (recording.isascii() and recording.isalnum()):
        raise NotFetched("this is not a recording of the platform")
    host = settings.get("api_host", "").strip() or HOST
    url = f"https://{host}{account_path(settings)}/Recordings/{recording}.mp3"
    return Where(url=url, headers={"authorization": authorization(settings)})


VOICEMAILS = Voicemails(find=find, hosts=(".twilio.com",), needs=("account_sid",))
