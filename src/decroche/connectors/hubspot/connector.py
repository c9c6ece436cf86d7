"""HubSpot: its deals and the people they name are read; calls, notes and tasks are written."""

from __future__ import annotations

from decroche.connector_kit.connector import Connector, Field
from decroche.connectors.hubspot.activities import ACTIVITIES
from decroche.connectors.hubspot.api import SERVER
from decroche.connectors.hubspot.deals import CONTACTS, DEALS

CONNECTOR = Connector(
    name="hubspot",
    title="HubSpot",
    fields=(
        Field(
            key="token",
            french="Jeton d’accès de l’application privée",
            english="Access token of the private app",
            secret=True,
            required=False,
        ),
        Field(
            key="client_id",
            french="Identifiant client (application OAuth)",
            english="Client ID (OAuth app)",
            required=False,
        ),
        Field(
            key="client_secret",
            french="Secret client (application OAuth)",
            english="Client secret (OAuth app)",
            secret=True,
            required=False,
        ),
        Field(
            key="refresh_token",
            french="Jeton d’actualisation (application OAuth)",
            english="Refresh token (OAuth app)",
            secret=True,
            required=False,
        ),
        Field(
            key="server",
            french="Adresse de l’API",
            english="Address of the API",
            required=False,
            default=SERVER,
        ),
    ),
    deals=DEALS,
    contacts=CONTACTS,
    activities=ACTIVITIES,
)
