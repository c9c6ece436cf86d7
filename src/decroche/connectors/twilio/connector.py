"""Twilio: callbacks of call flows and texts, the list of past calls, its export, and sending texts."""

from __future__ import annotations

from datetime import timedelta

from decroche.connector_kit.connector import Answer, Connector, Events, Field, History, Record, Settings
from decroche.connector_kit.errors import Malformed
from decroche.connector_kit.objects import decode
from decroche.connectors.twilio.account import HOST
from decroche.connectors.twilio.calling import CALLS
from decroche.connectors.twilio.events import hear_callback, record
from decroche.connectors.twilio.files import FORMATS
from decroche.connectors.twilio.history import fetch, hear_row
from decroche.connectors.twilio.signature import verify
from decroche.connectors.twilio.texts import TEXTS, hear_text
from decroche.connectors.twilio.voicemails import VOICEMAILS
from decroche.model.fact import Heard

#: No instruction: after a request for instructions the call ends as it does after the last line of a flow.
NOTHING_TO_DO = Answer(body=b'<?xml version="1.0" encoding="UTF-8"?><Response/>', content_type="text/xml")


def hear(kept: Record, settings: Settings) -> Heard:
    """What a callback, a row of the list of calls or a request about a text says."""
    told = decode(kept.body)
    if kept.kind == "callback":
        return hear_callback(told, dict(kept.about))
    if kept.kind == "call":
        return hear_row(told, dict(kept.about))
    if kept.kind == "text":
        return hear_text(told, kept.about)
    raise Malformed("neither a callback nor a call nor a text")


CONNECTOR = Connector(
    name="twilio",
    title="Twilio",
    fields=(
        Field(key="account_sid", french="Account SID (AC…)", english="Account SID (AC…)"),
        Field(
            key="auth_token",
            french="Auth Token principal (il signe les webhooks)",
            english="Primary Auth Token (it signs the webhooks)",
            secret=True,
        ),
        Field(
            key="shared_key",
            french="Clé partagée de signature, si Twilio signe avec elle",
            english="Shared signing key, if Twilio signs with one",
            secret=True,
            required=False,
        ),
        Field(
            key="api_key",
            french="Clé d’API (SK…), pour lire l’historique sans l’Auth Token",
            english="API key (SK…), to read past calls without the Auth Token",
            required=False,
        ),
        Field(key="api_secret", french="Secret de la clé d’API", english="API key secret", secret=True, required=False),
        Field(
            key="api_host",
            french="Serveur de l’API (une autre région en a un autre)",
            english="API host (another region has another one)",
            required=False,
            default=HOST,
        ),
        Field(
            key="sender",
            french="Expéditeur des textos : un numéro Twilio (+…), un nom, ou un Messaging Service (MG…)",
            english="Sender of texts: a Twilio number (+…), a name, or a Messaging Service (MG…)",
            required=False,
        ),
    ),
    files=FORMATS,
    hear=hear,
    events=Events(verify=verify, record=record, answer=NOTHING_TO_DO),
    history=History(
        fetch=fetch,
        needs=("account_sid", "auth_token"),
        longest=timedelta(days=7),
        per_minute=60,
        reach=timedelta(days=395),
    ),
    texts=TEXTS,
    calls=CALLS,
    voicemails=VOICEMAILS,
)
