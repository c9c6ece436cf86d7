"""Where Ringover's API is, and the key that lets us in."""

from __future__ import annotations

from decroche.connector_kit.connector import Settings
from decroche.connector_kit.errors import Misconfigured

_HOSTS = {"eu": "public-api.ringover.com", "us": "public-api-us.ringover.com"}


def host_of(settings: Settings) -> tuple[str, str]:
    """The API's host and our key. Raises Misconfigured."""
    key = settings.get("api_key", "").strip()
    region = settings.get("region", "").strip().lower() or "eu"
    if not key:
        raise Misconfigured("Ringover's API needs an API key", ["api_key"])
    if region not in _HOSTS:
        raise Misconfigured("the region is eu or us", ["region"])
    return _HOSTS[region], key
