"""The list of every file format that an audit can recognise."""

from __future__ import annotations

from decroche.connector_kit.files import FileFormat
from decroche.connectors.aircall.files import FORMATS as AIRCALL
from decroche.connectors.asterisk.files import FORMATS as ASTERISK
from decroche.connectors.avaya.files import FORMATS as AVAYA
from decroche.connectors.cisco_cucm.files import FORMATS as CISCO_CUCM
from decroche.connectors.freeswitch.files import FORMATS as FREESWITCH
from decroche.connectors.ovh.files import FORMATS as OVH
from decroche.connectors.ringcentral.files import FORMATS as RINGCENTRAL
from decroche.connectors.ringover.files import FORMATS as RINGOVER
from decroche.connectors.threecx.files import FORMATS as THREECX
from decroche.connectors.twilio.files import FORMATS as TWILIO

#: One line for each platform, in alphabetical order.
FORMATS: tuple[FileFormat, ...] = (
    *AIRCALL,
    *ASTERISK,
    *AVAYA,
    *CISCO_CUCM,
    *FREESWITCH,
    *OVH,
    *RINGCENTRAL,
    *RINGOVER,
    *THREECX,
    *TWILIO,
)
