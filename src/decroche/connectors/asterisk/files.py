"""The files that Asterisk writes and that an audit can read."""

from __future__ import annotations

from decroche.connector_kit.files import Clock, FileFormat
from decroche.connectors.asterisk import cdr, queue_log

FORMATS: tuple[FileFormat, ...] = (
    FileFormat(
        name="asterisk_cdr",
        title="Asterisk CDR",
        clock=Clock.LOCAL,
        translate=cdr.translate,
        recognise=cdr.recognise,
        recognise_columns=cdr.recognise_columns,
    ),
    FileFormat(
        name="asterisk_queue_log",
        title="Asterisk queue_log",
        clock=Clock.UTC,
        translate=queue_log.translate,
        recognise=queue_log.recognise,
    ),
    FileFormat(
        name="asterisk_queue_log_table",
        title="Asterisk queue_log (table)",
        clock=Clock.LOCAL,
        translate=queue_log.translate,
        recognise=queue_log.recognise_table,
        recognise_columns=queue_log.recognise_columns,
    ),
)
