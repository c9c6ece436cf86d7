"""Pipedrive: its deals and the people they name are read; calls, notes and activities are written."""

from __future__ import annotations

from decroche.connector_kit.connector import Connector, Field
from decroche.connectors.pipedrive.activities import ACTIVITIES
from decroche.connectors.pipedrive.deals import CONTACTS, DEALS

CONNECTOR = Connector(
    name="pipedrive",
    title="Pipedrive",
    fields=(
        Field(key="api_token", french="Jeton API personnel", english="Personal API token", secret=True, required=False),
        Field(
            key="domain",
            french="Nom de l’entreprise dans l’adresse (….pipedrive.com)",
            english="Company name in the address (….pipedrive.com)",
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
    ),
    deals=DEALS,
    contacts=CONTACTS,
    activities=ACTIVITIES,
)
