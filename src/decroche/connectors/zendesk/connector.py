"""Zendesk: the people of its tickets are known; calls, callbacks and notes are written into tickets."""

from __future__ import annotations

from decroche.connector_kit.connector import Connector, Field
from decroche.connectors.zendesk.activities import ACTIVITIES
from decroche.connectors.zendesk.tickets import CONTACTS, DEALS

CONNECTOR = Connector(
    name="zendesk",
    title="Zendesk",
    fields=(
        Field(
            key="subdomain",
            french="Nom de l’entreprise dans l’adresse (….zendesk.com)",
            english="Company name in the address (….zendesk.com)",
        ),
        Field(
            key="email",
            french="Adresse électronique de l’agent",
            english="E-mail of the agent",
            required=False,
        ),
        Field(key="api_token", french="Jeton API", english="API token", secret=True, required=False),
        Field(
            key="oauth_token",
            french="Jeton OAuth, au lieu du jeton API",
            english="OAuth token, instead of the API token",
            secret=True,
            required=False,
        ),
    ),
    deals=DEALS,
    contacts=CONTACTS,
    activities=ACTIVITIES,
)
