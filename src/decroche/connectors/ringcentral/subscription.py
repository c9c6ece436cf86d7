"""RingCentral delivers while a subscription stands: made, prolonged, and made again after RingCentral has given it up.

When our address fails for long, RingCentral stops for good ("Blacklisted"): only another subscription helps.
"""

from __future__ import annotations

import hashlib
import hmac

from decroche.connector_kit.connector import Settings, Subscribed
from decroche.connector_kit.errors import Misconfigured, Unavailable
from decroche.connector_kit.http import Http
from decroche.connector_kit.objects import Told, inner, moment, objects, text
from decroche.connectors.ringcentral import texts
from decroche.connectors.ringcentral.api import ask

FILTERS = ("/restapi/v1.0/account/~/telephony/sessions",)
#: A week: should we be gone for longer, the subscription lapses, and is not banned.
LASTS_S = 7 * 86400
_PATH = "/restapi/v1.0/subscription"
_GONE = (400, 404)


def verification_token(settings: Settings) -> str:
    """What RingCentral shows with every delivery: chosen at set-up, else made of the client secret; empty without."""
    chosen, secret = settings.get("verification_token", "").strip(), settings.get("client_secret", "").strip()
    if chosen or not secret:
        return chosen
    return hmac.new(secret.encode(), b"decroche deliveries", hashlib.sha256).hexdigest()[:40]


def filters_of(settings: Settings) -> list[str]:
    """What we ask to be told: texts only where they are sent, because they need a further permission."""
    return [*FILTERS, texts.FILTER] if settings.get("sender", "").strip() else list(FILTERS)


def _tells_texts(told: Told) -> bool:
    filters = told.get("eventFilters")
    return isinstance(filters, list) and any(texts.is_about_text(str(each)) for each in filters)


def create(http: Http, settings: Settings, address: str) -> Subscribed:
    """The only subscription to ``address``: others to it are cancelled."""
    for other in objects(ask(http, settings, "GET", _PATH), "records"):
        if text(inner(other, "deliveryMode"), "address") == address and (id_ := text(other, "id")) is not None:
            cancel(http, settings, id_)
    mode = {
        "transportType": "WebHook",
        "address": address,
        "validationToken": verification_token(settings),
        "verificationToken": verification_token(settings),
    }
    wanted = {"eventFilters": filters_of(settings), "deliveryMode": mode, "expiresIn": LASTS_S}
    told = ask(http, settings, "POST", _PATH, json=wanted)
    return _subscribed(told)


def renew(http: Http, settings: Settings, address: str, id_: str) -> Subscribed:
    """The subscription prolonged, or another when RingCentral has stopped it, forgotten it or delivers elsewhere."""
    try:
        told = ask(http, settings, "GET", f"{_PATH}/{id_}")
        stands = text(told, "status") == "Active" and text(inner(told, "deliveryMode"), "address") == address
        if stands and _tells_texts(told) == (len(filters_of(settings)) > len(FILTERS)):
            return _subscribed(ask(http, settings, "POST", f"{_PATH}/{id_}/renew"))
        cancel(http, settings, id_)
    except Misconfigured as error:
        if error.status not in _GONE:
            raise
    return create(http, settings, address)


def cancel(http: Http, settings: Settings, id_: str) -> None:
    """The end of a subscription; one that is gone is no error."""
    try:
        ask(http, settings, "DELETE", f"{_PATH}/{id_}")
    except Misconfigured as error:
        if error.status not in _GONE:
            raise


def _subscribed(told: Told) -> Subscribed:
    id_ = text(told, "id")
    if id_ is None:
        raise Unavailable("RingCentral gave the subscription no id")
    return Subscribed(id=id_, until=moment(told, "expirationTime"))
