"""Ringover: live webhooks, the list of past calls, its records in files, and texts."""

from __future__ import annotations

from datetime import timedelta

from decroche.connector_kit.connector import Connector, Events, Field, History, Record, Settings
from decroche.connector_kit.errors import Malformed
from decroche.connector_kit.objects import decode
from decroche.connectors.ringover.calling import CALLS
from decroche.connectors.ringover.events import hear_event, record
from decroche.connectors.ringover.files import FORMATS
from decroche.connectors.ringover.history import fetch, hear_row
from decroche.connectors.ringover.signatures import verify
from decroche.connectors.ringover.texts import TEXTS, hear_text
from decroche.connectors.ringover.voicemails import VOICEMAILS
from decroche.model.fact import Heard


def hear(kept: Record, settings: Settings) -> Heard:
    """What an event or a listed row says."""
    told = decode(kept.body)
    if kept.kind == "event":
        return hear_event(told)
    if kept.kind == "cdr":
        return hear_row(told)
    if kept.kind == "text":
        return hear_text(told, kept.about)
    raise Malformed("neither an event nor a row of calls")


CONNECTOR = Connector(
    name="ringover",
    title="Ringover",
    fields=(
        Field(
            key="call_key",
            french="Clé du webhook « Événements d’appel »",
            english="Key of the webhook “Call events”",
            secret=True,
            required=False,
        ),
        Field(
            key="after_call_key",
            french="Clé du webhook « Après-appel »",
            english="Key of the webhook “After-call”",
            secret=True,
            required=False,
        ),
        Field(
            key="sms_key",
            french="Clé du webhook « SMS »",
            english="Key of the webhook “SMS”",
            secret=True,
            required=False,
        ),
        Field(key="api_key", french="Clé d’API", english="API key", secret=True, required=False),
        Field(key="region", french="Région (eu ou us)", english="Region (eu or us)", required=False, default="eu"),
        Field(
            key="sender",
            french="Expéditeur des textos : un numéro Ringover (+…) ou un nom",
            english="Sender of texts: a Ringover number (+…) or a name",
            required=False,
        ),
    ),
    files=FORMATS,
    hear=hear,
    events=Events(verify=verify, record=record, opened_by=(("call_key",), ("after_call_key",))),
    history=History(fetch=fetch, needs=("api_key",), longest=timedelta(days=15), per_minute=100),
    texts=TEXTS,
    calls=CALLS,
    voicemails=VOICEMAILS,
)
