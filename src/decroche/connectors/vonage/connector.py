"""Vonage: texts through its Messages API, their receipts and the texts of people. Calls are not read."""

from __future__ import annotations

from decroche.connector_kit.connector import Connector, Events, Field
from decroche.connectors.vonage.events import hear, record, verify
from decroche.connectors.vonage.texts import HOST, TEXTS

CONNECTOR = Connector(
    name="vonage",
    title="Vonage",
    fields=(
        Field(key="api_key", french="API key du compte", english="API key of the account"),
        Field(key="api_secret", french="API secret du compte", english="API secret of the account", secret=True),
        Field(
            key="signature_secret",
            french="Signature secret (il signe les webhooks)",
            english="Signature secret (it signs the webhooks)",
            secret=True,
        ),
        Field(
            key="sender",
            french="Expéditeur des textos : un numéro Vonage (+…) ou un nom",
            english="Sender of texts: a Vonage number (+…) or a name",
        ),
        Field(
            key="api_host",
            french="Serveur de l’API (une autre région en a un autre)",
            english="API host (another region has another one)",
            required=False,
            default=HOST,
        ),
    ),
    hear=hear,
    events=Events(verify=verify, record=record),
    texts=TEXTS,
)
