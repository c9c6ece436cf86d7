"""The list of every CRM and advertising platform. (``platforms`` lists the phone systems and providers of texts.)"""

from __future__ import annotations

from decroche.connector_kit.connector import Connector
from decroche.connectors.google_ads.connector import CONNECTOR as GOOGLE_ADS
from decroche.connectors.hubspot.connector import CONNECTOR as HUBSPOT
from decroche.connectors.pipedrive.connector import CONNECTOR as PIPEDRIVE
from decroche.connectors.salesforce.connector import CONNECTOR as SALESFORCE
from decroche.connectors.zendesk.connector import CONNECTOR as ZENDESK

#: In alphabetical order.
CRMS: tuple[Connector, ...] = (GOOGLE_ADS, HUBSPOT, PIPEDRIVE, SALESFORCE, ZENDESK)


def crm(name: str) -> Connector:
    """The CRM ``name``. Raises KeyError."""
    return {each.name: each for each in CRMS}[name]
