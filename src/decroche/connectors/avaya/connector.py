"""Avaya IP Office: its call records (SMDR) over a connection that it opens to us, or that we open to it."""

from __future__ import annotations

from decroche.connector_kit.connector import Connector, Field, Record, Settings, Socket
from decroche.connector_kit.errors import Malformed
from decroche.connectors.avaya import smdr_socket
from decroche.connectors.avaya.files import FORMATS
from decroche.connectors.avaya.smdr_socket import SmdrLines
from decroche.model.fact import Heard


def _hear(record: Record, settings: Settings) -> Heard:
    if record.kind != "smdr":
        raise Malformed(f"a record of an unknown kind: {record.kind[:40]}")
    return smdr_socket.heard(record, zone=settings.get("zone"))


CONNECTOR = Connector(
    name="avaya",
    title="Avaya IP Office",
    fields=(
        Field(
            key="smdr_in_port",
            french="Port sur lequel IP Office nous envoie ses lignes (SMDR « Send »)",
            english="Port to which IP Office sends its lines (SMDR “Send”)",
            required=False,
        ),
        Field(
            key="smdr_in_host",
            french="Adresse de cette machine à laquelle IP Office se connecte (vide : toutes)",
            english="Address of this machine to which IP Office connects (empty: all)",
            required=False,
        ),
        Field(
            key="smdr_host",
            french="Adresse d’IP Office, s’il attend que l’on se connecte (SMDR « Listen »)",
            english="Address of IP Office, where it waits for us (SMDR “Listen”)",
            required=False,
        ),
        Field(
            key="smdr_port",
            french="Port d’IP Office, s’il attend que l’on se connecte",
            english="Port of IP Office, where it waits for us",
            required=False,
        ),
    ),
    files=FORMATS,
    hear=_hear,
    follow=(
        Socket(name="smdr", port=8808, converse=SmdrLines),
        Socket(name="smdr_in", port=8808, converse=SmdrLines, listens=True),
    ),
)
