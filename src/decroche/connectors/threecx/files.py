"""The files that 3CX writes and that an audit can read."""

from __future__ import annotations

from decroche.connector_kit.files import Clock, FileFormat
from decroche.connectors.threecx import call_log, cdr

FORMATS: tuple[FileFormat, ...] = (
    FileFormat(
        name="threecx_cdr",
        title="3CX CDR",
        clock=Clock.UTC,
        translate=cdr.translate,
        recognise=cdr.recognise,
    ),
    FileFormat(
        name="threecx_call_log",
        title="3CX call log",
        clock=Clock.UTC,
        translate=call_log.translate,
        recognise=call_log.recognise,
        recognise_columns=call_log.recognise_columns,
    ),
)
