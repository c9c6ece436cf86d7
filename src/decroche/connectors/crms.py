"""The list of every CRM that can be connected. (``platforms`` lists the phone systems and providers of texts.)"""

from __future__ import annotations

from decroche.connector_kit.connector import Connector
from decroche.connectors.hubspot.connector import CONNECTOR as HUBSPOT
from decroche.connectors.pipedrive.connector import CONNECTOR as PIPEDRIVE
from decroche.connectors.salesforce.connector import CONNECTOR as SALESFORCE

#: One line for each CRM, in alphabetical order.
CRMS: tuple[Connector, ...] = (HUBSPOT, PIPEDRIVE, SALESFORCE)


def crm(name: str) -> Connector:
    """The CRM ``name``. Raises KeyError."""
    return {each.name: each for each in CRMS}[name]
