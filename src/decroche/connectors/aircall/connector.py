"""Aircall: live webhooks, the list of past calls, the call export, and texts."""

from __future__ import annotations

from datetime import timedelta

from decroche.connector_kit.connector import Connector, Events, Field, History, Record, Settings
from decroche.connector_kit.errors import Malformed
from decroche.connector_kit.objects import decode
from decroche.connectors.aircall.calling import CALLS
from decroche.connectors.aircall.events import hear_event, record, verify
from decroche.connectors.aircall.files import FORMATS
from decroche.connectors.aircall.history import fetch, hear_call
from decroche.connectors.aircall.texts import TEXTS, hear_text
from decroche.connectors.aircall.voicemails import VOICEMAILS
from decroche.model.fact import Heard


def hear(kept: Record, settings: Settings) -> Heard:
    """What an event or a listed call says."""
    told = decode(kept.body)
    if kept.kind == "event":
        return hear_event(told)
    if kept.kind == "call":
        return hear_call(told)
    if kept.kind == "text":
        return hear_text(told, kept.about)
    raise Malformed("neither an event nor a call")


CONNECTOR = Connector(
    name="aircall",
    title="Aircall",
    fields=(
        Field(
            key="token",
            french="Jeton du webhook (plusieurs : séparés par des espaces)",
            english="Token of the webhook (several: separated by spaces)",
            secret=True,
            required=False,
        ),
        Field(key="api_id", french="Identifiant de l’API", english="API ID", required=False),
        Field(key="api_token", french="Jeton de l’API", english="API token", secret=True, required=False),
        Field(
            key="sender",
            french="Expéditeur des textos : un de vos numéros Aircall (+…)",
            english="Sender of texts: one of your Aircall numbers (+…)",
            required=False,
        ),
    ),
    files=FORMATS,
    hear=hear,
    events=Events(verify=verify, record=record, opened_by=(("token",),)),
    history=History(
        fetch=fetch,
        needs=("api_id", "api_token"),
        longest=timedelta(days=7),
        per_minute=50,
        reach=timedelta(days=180),
    ),
    texts=TEXTS,
    calls=CALLS,
    voicemails=VOICEMAILS,
)
