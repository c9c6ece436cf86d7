"""Google Ads: the calls that it counts are found among ours, and what its campaigns cost becomes lines of cost."""

from __future__ import annotations

from decroche.connector_kit.connector import Connector, Field
from decroche.connectors.google_ads.reports import ADS

CONNECTOR = Connector(
    name="google_ads",
    title="Google Ads",
    fields=(
        Field(
            key="customer_id",
            french="Numéro du compte Google Ads (123-456-7890)",
            english="Google Ads customer ID (123-456-7890)",
        ),
        Field(
            key="login_customer_id",
            french="Numéro du compte administrateur, s’il y en a un",
            english="ID of the manager account, if there is one",
            required=False,
        ),
        Field(key="developer_token", french="Jeton de développeur", english="Developer token", secret=True),
        Field(key="client_id", french="Identifiant client OAuth", english="OAuth client ID"),
        Field(key="client_secret", french="Secret client OAuth", english="OAuth client secret", secret=True),
        Field(key="refresh_token", french="Jeton d’actualisation", english="Refresh token", secret=True),
    ),
    ads=ADS,
)
