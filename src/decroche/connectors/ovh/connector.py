"""OVH telephony: the stream of events of lines and queues, and the consumption records of past calls."""

from __future__ import annotations

from datetime import timedelta

from decroche.connector_kit.connector import Connector, Field, History, LongPoll, Record, Settings
from decroche.connector_kit.errors import Malformed
from decroche.connectors.ovh import events, history, stream, texts
from decroche.connectors.ovh.api import KEYS
from decroche.connectors.ovh.calling import CALLS
from decroche.connectors.ovh.files import FORMATS
from decroche.model.fact import Heard


def hear(record: Record, settings: Settings) -> Heard:
    """What an event or a consumption record says."""
    if record.kind == "event":
        return events.heard(record.body, settings)
    if record.kind == "consumption":
        return history.heard(record.body, record.about.get("service"), settings)
    if record.kind == "incoming":
        return texts.hear_incoming(record.body, settings)
    raise Malformed(f"a record of an unknown kind: {record.kind[:40]}")


CONNECTOR = Connector(
    name="ovh",
    title="OVH Télécom",
    fields=(
        Field(
            key="billing_account",
            french="Compte de facturation (par exemple ab12345-ovh-1)",
            english="Billing account (such as ab12345-ovh-1)",
            required=False,
        ),
        Field(key="application_key", french="Clé d’application", english="Application key", required=False),
        Field(
            key="application_secret",
            french="Secret d’application",
            english="Application secret",
            secret=True,
            required=False,
        ),
        Field(key="consumer_key", french="Clé utilisateur", english="Consumer key", secret=True, required=False),
        Field(
            key="queues",
            french="Numéros de vos files d’attente, séparés par des espaces",
            english="Numbers of your queues, separated by spaces",
            required=False,
        ),
        Field(
            key="lines",
            french="Numéros de vos lignes directes (hors files), séparés par des espaces",
            english="Numbers of your direct lines (not of queues), separated by spaces",
            required=False,
        ),
        Field(
            key="tokens",
            french="Jetons d’événements, si vous les créez vous-même",
            english="Event tokens, if you create them yourself",
            secret=True,
            required=False,
        ),
        Field(
            key="dialect",
            french="Version du flux d’événements : v2 ou v1",
            english="Version of the event stream: v2 or v1",
            required=False,
            default="v2",
        ),
        Field(
            key="api",
            french="API : eu (Europe) ou ca (Canada)",
            english="API: eu (Europe) or ca (Canada)",
            required=False,
            default="eu",
        ),
        Field(
            key="sms_service",
            french="Compte SMS (par exemple sms-ab12345-1), pour les textos",
            english="SMS account (such as sms-ab12345-1), for texts",
            required=False,
        ),
        Field(
            key="sender",
            french="Expéditeur des textos : un expéditeur validé chez OVH, ou rien : numéro court, avec réponses",
            english="Sender of texts: a sender that OVH validated, or nothing: a short number, with answers",
            required=False,
        ),
    ),
    files=FORMATS,
    hear=hear,
    history=History(
        fetch=history.fetch,
        needs=("billing_account", *KEYS),
        longest=timedelta(days=7),
        per_minute=30,
        reach=timedelta(days=31),
    ),
    follow=(
        LongPoll(name="events", poll=stream.poll, opened_by=(("billing_account", *KEYS), ("tokens",))),
        LongPoll(name="texts", poll=texts.poll, pause=timedelta(seconds=30)),
    ),
    texts=texts.TEXTS,
    calls=CALLS,
)
