"""Where a Twilio account's API is, and how it is asked to let us in."""

from __future__ import annotations

import base64

from decroche.connector_kit.connector import Settings
from decroche.connector_kit.errors import Misconfigured

HOST = "api.twilio.com"
FIELDS = ("account_sid", "auth_token", "api_key", "api_secret")


def account_path(settings: Settings) -> str:
    """The path of the account. Raises Misconfigured."""
    sid = settings.get("account_sid", "").strip()
    if not sid.isalnum():
        raise Misconfigured("the Account SID is missing, or is none", ["account_sid"])
    return f"/2010-04-01/Accounts/{sid}"


def authorization(settings: Settings) -> str:
    """The header that lets us in: an API key where there is one, else the Auth Token. Raises Misconfigured."""
    user, password = settings.get("api_key", ""), settings.get("api_secret", "")
    if not (user and password):
        user, password = settings.get("account_sid", "").strip(), settings.get("auth_token", "")
    if not password:
        raise Misconfigured("Twilio's API needs the Auth Token or an API key", FIELDS[1:])
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"
