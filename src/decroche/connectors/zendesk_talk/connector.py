"""Zendesk Talk: the calls of the help desk's own telephony."""

from __future__ import annotations

from datetime import timedelta

from decroche.connector_kit.connector import Connector, Field, History, Record, Settings
from decroche.connector_kit.errors import Malformed
from decroche.connector_kit.objects import decode
from decroche.connectors.zendesk_talk.history import fetch, hear_call
from decroche.model.fact import Heard


def hear(kept: Record, settings: Settings) -> Heard:
    """What a listed call says."""
    if kept.kind != "call":
        raise Malformed("not a call")
    return hear_call(decode(kept.body))


CONNECTOR = Connector(
    name="zendesk_talk",
    title="Zendesk Talk",
    fields=(
        Field(
            key="subdomain",
            french="Nom de l’entreprise dans l’adresse (….zendesk.com)",
            english="Company name in the address (….zendesk.com)",
        ),
        Field(key="email", french="Adresse électronique de l’agent", english="E-mail of the agent"),
        Field(key="api_token", french="Jeton API", english="API token", secret=True),
    ),
    hear=hear,
    history=History(
        fetch=fetch,
        needs=("subdomain", "email", "api_token"),
        longest=timedelta(days=60),
        per_minute=10,
    ),
)
