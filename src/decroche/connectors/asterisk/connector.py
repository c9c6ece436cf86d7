"""Asterisk, FreePBX and Issabel: the manager interface live, and the two logs that tell what it does not."""

from __future__ import annotations

from datetime import timedelta

from decroche.connector_kit.connector import Connector, Field, LogFile, Record, Settings, Socket
from decroche.connector_kit.errors import Malformed
from decroche.connectors.asterisk import ami_events, cdr_lines, queue_log_lines
from decroche.connectors.asterisk.ami import PING, ManagerConversation
from decroche.connectors.asterisk.files import FORMATS
from decroche.connectors.asterisk.log_lines import record_cdr, record_queue_log
from decroche.model.fact import Heard


def hear(record: Record, settings: Settings) -> Heard:
    """What an event of the manager, a line of ``queue_log`` or a row of ``Master.csv`` says."""
    if record.kind == "ami":
        return ami_events.heard(record.body, record.about)
    if record.kind == "queue_log":
        return queue_log_lines.heard(record.body)
    if record.kind == "cdr":
        return cdr_lines.heard(record.body, zone=settings.get("zone"))
    raise Malformed(f"a record of an unknown kind: {record.kind[:40]}")


CONNECTOR = Connector(
    name="asterisk",
    title="Asterisk, FreePBX, Issabel",
    fields=(
        Field(
            key="ami_host",
            french="Adresse de l’interface de gestion (AMI)",
            english="Address of the manager interface (AMI)",
            required=False,
        ),
        Field(
            key="ami_port",
            french="Port de l’interface de gestion (5038)",
            english="Port of the manager interface (5038)",
            required=False,
        ),
        Field(
            key="ami_user",
            french="Utilisateur de l’interface de gestion",
            english="User of the manager interface",
            required=False,
            default="decroche",
        ),
        Field(
            key="ami_secret",
            french="Mot de passe de l’interface de gestion (secret)",
            english="Secret of the manager interface",
            secret=True,
            required=False,
        ),
        Field(
            key="ami_login",
            french="Connexion : « md5 » (le mot de passe ne circule pas) ou « secret »",
            english="Log-in: “md5” (the secret does not travel) or “secret”",
            required=False,
            default="md5",
        ),
        Field(
            key="queue_log_path",
            french="Chemin du journal des files d’attente (souvent /var/log/asterisk/queue_log)",
            english="Path of the log of queues (often /var/log/asterisk/queue_log)",
            required=False,
        ),
        Field(
            key="cdr_path",
            french="Chemin du journal des appels (souvent /var/log/asterisk/cdr-csv/Master.csv)",
            english="Path of the call records (often /var/log/asterisk/cdr-csv/Master.csv)",
            required=False,
        ),
    ),
    files=FORMATS,
    hear=hear,
    follow=(
        Socket(name="ami", port=5038, converse=ManagerConversation, silence=timedelta(seconds=90), keep_alive=PING),
        LogFile(name="queue_log", path="/var/log/asterisk/queue_log", record=record_queue_log),
        LogFile(name="cdr", path="/var/log/asterisk/cdr-csv/Master.csv", record=record_cdr),
    ),
)
