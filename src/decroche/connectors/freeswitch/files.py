"""The files that FreeSWITCH and FusionPBX write and that an audit can read."""

from __future__ import annotations

from decroche.connector_kit.files import Clock, FileFormat
from decroche.connectors.freeswitch import cdr

FORMATS: tuple[FileFormat, ...] = (
    FileFormat(
        name="freeswitch_cdr",
        title="FreeSWITCH CDR",
        clock=Clock.LOCAL,
        translate=cdr.translate,
        recognise=cdr.recognise,
        recognise_columns=cdr.recognise_columns,
    ),
)
