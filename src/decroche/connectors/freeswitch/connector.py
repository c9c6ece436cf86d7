"""FreeSWITCH and FusionPBX: call records pushed by HTTP, the event socket, and Master.csv, each enough by itself."""

from __future__ import annotations

import base64
import hmac
from datetime import datetime, timedelta

from decroche.connector_kit.connector import Connector, Delivery, Events, Field, LogFile, Record, Settings, Socket
from decroche.connector_kit.errors import Malformed, NotAuthentic
from decroche.connectors.freeswitch import csv_log, esl_events, pushed
from decroche.connectors.freeswitch.esl import EventSocket
from decroche.connectors.freeswitch.files import FORMATS
from decroche.model.fact import Heard


def _verify(delivery: Delivery, settings: Settings, now: datetime) -> None:
    """The user and password that mod_json_cdr sends (``cred``); it signs nothing and has no time of its own."""
    user, password = settings.get("hook_user") or "decroche", settings.get("hook_password", "")
    if not password:
        raise NotAuthentic("no password is set for call records that are pushed")
    wanted = base64.b64encode(f"{user}:{password}".encode())
    scheme, _, told = delivery.headers.get("authorization", "").partition(" ")
    given = told.strip().encode("utf-8", "surrogateescape")
    if not hmac.compare_digest(given, wanted) or scheme.lower() != "basic":
        raise NotAuthentic("the call record has not the user and password that were agreed")


def _hear(record: Record, settings: Settings) -> Heard:
    if record.kind == "cdr":
        return pushed.heard(record.body)
    if record.kind == "event":
        return esl_events.heard(record.body)
    if record.kind == "csv":
        return csv_log.heard(record.body, zone=settings.get("zone"))
    raise Malformed(f"a record of an unknown kind: {record.kind[:40]}")


CONNECTOR = Connector(
    name="freeswitch",
    title="FreeSWITCH, FusionPBX",
    fields=(
        Field(
            key="hook_user",
            french="Utilisateur de l’envoi HTTP",
            english="User of the HTTP push",
            required=False,
            default="decroche",
        ),
        Field(
            key="hook_password",
            french="Mot de passe de l’envoi HTTP",
            english="Password of the HTTP push",
            secret=True,
            required=False,
        ),
        Field(
            key="esl_host",
            french="Adresse de la socket d’événements",
            english="Address of the event socket",
            required=False,
        ),
        Field(
            key="esl_port",
            french="Port de la socket d’événements (8021 sauf réglage contraire)",
            english="Port of the event socket (8021 unless you changed it)",
            required=False,
        ),
        Field(
            key="esl_password",
            french="Mot de passe de la socket d’événements",
            english="Password of the event socket",
            secret=True,
            required=False,
        ),
        Field(
            key="cdr_csv_path",
            french="Fichier Master.csv, s’il est sur cette machine",
            english="File Master.csv, if it is on this machine",
            required=False,
        ),
    ),
    files=FORMATS,
    hear=_hear,
    events=Events(verify=_verify, record=pushed.record),
    follow=(
        Socket(name="esl", port=8021, converse=EventSocket, silence=timedelta(seconds=90)),
        LogFile(name="cdr_csv", path="/var/log/freeswitch/cdr-csv/Master.csv", record=csv_log.record),
    ),
)
