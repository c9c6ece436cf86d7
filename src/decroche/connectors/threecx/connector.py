"""3CX: its call records over the CDR socket, which 3CX opens to us (active) or at which it waits for us (passive)."""

from __future__ import annotations

from decroche.connector_kit.connector import Connector, Field, Record, Settings, Socket
from decroche.connector_kit.errors import Malformed
from decroche.connectors.threecx import cdr_socket
from decroche.connectors.threecx.cdr_socket import DEFAULT_ORDER, CdrLines
from decroche.connectors.threecx.files import FORMATS
from decroche.model.fact import Heard


def _hear(record: Record, settings: Settings) -> Heard:
    if record.kind != "cdr":
        raise Malformed(f"a record of an unknown kind: {record.kind[:40]}")
    return cdr_socket.heard(record, settings)


CONNECTOR = Connector(
    name="threecx",
    title="3CX",
    fields=(
        Field(
            key="cdr_in_port",
            french="Port sur lequel 3CX nous envoie ses lignes (« Active socket »)",
            english="Port to which 3CX sends its lines (“Active socket”)",
            required=False,
        ),
        Field(
            key="cdr_in_host",
            french="Adresse de cette machine à laquelle 3CX se connecte (vide : toutes)",
            english="Address of this machine to which 3CX connects (empty: all)",
            required=False,
        ),
        Field(
            key="cdr_host",
            french="Adresse de 3CX, s’il attend que l’on se connecte (« Passive socket »)",
            english="Address of 3CX, where it waits for us (“Passive socket”)",
            required=False,
        ),
        Field(
            key="cdr_port",
            french="Port de 3CX, s’il attend que l’on se connecte",
            english="Port of 3CX, where it waits for us",
            required=False,
        ),
        Field(
            key="cdr_fields",
            french="Ordre des champs, tel que 3CX l’affiche",
            english="Order of the fields, as 3CX shows it",
            required=False,
            default=DEFAULT_ORDER,
        ),
        Field(
            key="cdr_zone",
            french="Fuseau horaire des heures du CDR (UTC, à vérifier par un appel d’essai)",
            english="Time zone of the CDR's times (UTC; check it with a test call)",
            required=False,
            default="UTC",
        ),
    ),
    files=FORMATS,
    hear=_hear,
    follow=(
        Socket(name="cdr", port=5015, converse=CdrLines),
        Socket(name="cdr_in", port=5015, converse=CdrLines, listens=True),
    ),
)
