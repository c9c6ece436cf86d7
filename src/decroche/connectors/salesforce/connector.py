"""Salesforce: its opportunities and the contacts they name are read; calls, notes and tasks are written as tasks."""

from __future__ import annotations

from decroche.connector_kit.connector import Connector, Field
from decroche.connectors.salesforce.activities import ACTIVITIES
from decroche.connectors.salesforce.deals import CONTACTS, DEALS

CONNECTOR = Connector(
    name="salesforce",
    title="Salesforce",
    fields=(
        Field(
            key="server",
            french="Adresse de votre organisation (https://….my.salesforce.com)",
            english="Address of your organisation (https://….my.salesforce.com)",
        ),
        Field(
            key="client_id",
            french="Clé du consommateur de l’application connectée",
            english="Consumer key of the connected app",
        ),
        Field(
            key="client_secret",
            french="Secret du consommateur de l’application connectée",
            english="Consumer secret of the connected app",
            secret=True,
        ),
        Field(
            key="multicurrency",
            french="Plusieurs devises dans l’organisation (oui ou non)",
            english="Several currencies in the organisation (yes or no)",
            required=False,
        ),
    ),
    deals=DEALS,
    contacts=CONTACTS,
    activities=ACTIVITIES,
)
