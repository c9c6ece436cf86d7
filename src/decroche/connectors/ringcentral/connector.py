"""RingCentral: telephony session notifications, the subscription to them, and the call log."""

from __future__ import annotations

from datetime import timedelta

from decroche.connector_kit.connector import (
    Connector,
    Events,
    Field,
    History,
    LongPoll,
    Record,
    Settings,
    Subscription,
)
from decroche.connector_kit.errors import Malformed
from decroche.connector_kit.objects import decode
from decroche.connectors.ringcentral.api import CREDENTIALS, SERVER
from decroche.connectors.ringcentral.events import challenge, hear_session, record, verify
from decroche.connectors.ringcentral.files import FORMATS
from decroche.connectors.ringcentral.history import fetch, follow, hear_record
from decroche.connectors.ringcentral.subscription import cancel, create, renew
from decroche.connectors.ringcentral.texts import TEXTS, hear_text
from decroche.connectors.ringcentral.voicemails import VOICEMAILS
from decroche.model.fact import Heard


def hear(kept: Record, settings: Settings) -> Heard:
    """What a notification or a record of the call log says."""
    told = decode(kept.body)
    if kept.kind == "session":
        return hear_session(told, settings)
    if kept.kind == "call_log":
        return hear_record(told)
    if kept.kind == "text":
        return hear_text(told, kept.about)
    raise Malformed("neither a session nor a record of the call log")


CONNECTOR = Connector(
    name="ringcentral",
    title="RingCentral",
    fields=(
        Field(key="client_id", french="Client ID de l’application", english="Client ID of the application"),
        Field(
            key="client_secret",
            french="Client Secret de l’application",
            english="Client Secret of the application",
            secret=True,
        ),
        Field(key="jwt", french="Jeton JWT d’un administrateur", english="JWT of an administrator", secret=True),
        Field(
            key="verification_token",
            french="Jeton de vérification des envois (laissez vide : Décroche en fait un)",
            english="Verification token of deliveries (leave empty: Décroche makes one)",
            secret=True,
            required=False,
        ),
        Field(
            key="service_extensions",
            french="Identifiants des postes sans personne (menus, files), séparés par des virgules",
            english="Ids of extensions without a person (menus, queues), separated by commas",
            required=False,
        ),
        Field(
            key="server",
            french="Adresse de l’API",
            english="Address of the API",
            required=False,
            default=SERVER,
        ),
        Field(
            key="sender",
            french="Expéditeur des textos : un numéro du poste de l’administrateur (+…)",
            english="Sender of texts: a number of the administrator’s extension (+…)",
            required=False,
        ),
    ),
    files=FORMATS,
    hear=hear,
    events=Events(verify=verify, record=record, challenge=challenge),
    subscription=Subscription(create=create, renew=renew, cancel=cancel),
    # The call log is of the "heavy" group: ten questions a minute, of which the sync takes two.
    history=History(fetch=fetch, needs=CREDENTIALS, longest=timedelta(days=7), per_minute=7, reach=timedelta(days=180)),
    follow=(LongPoll(name="call_log_sync", poll=follow, pause=timedelta(seconds=30)),),
    texts=TEXTS,
    voicemails=VOICEMAILS,
)
