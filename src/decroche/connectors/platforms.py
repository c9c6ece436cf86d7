"""The list of every platform that can be connected. (``registry`` lists the file formats that an audit recognises.)"""

from __future__ import annotations

from decroche.connector_kit.connector import Connector
from decroche.connectors.aircall.connector import CONNECTOR as AIRCALL
from decroche.connectors.asterisk.connector import CONNECTOR as ASTERISK
from decroche.connectors.avaya.connector import CONNECTOR as AVAYA
from decroche.connectors.freeswitch.connector import CONNECTOR as FREESWITCH
from decroche.connectors.ovh.connector import CONNECTOR as OVH
from decroche.connectors.ringcentral.connector import CONNECTOR as RINGCENTRAL
from decroche.connectors.ringover.connector import CONNECTOR as RINGOVER
from decroche.connectors.smpp.connector import CONNECTOR as SMPP
from decroche.connectors.threecx.connector import CONNECTOR as THREECX
from decroche.connectors.twilio.connector import CONNECTOR as TWILIO
from decroche.connectors.vonage.connector import CONNECTOR as VONAGE
from decroche.connectors.zendesk_talk.connector import CONNECTOR as ZENDESK_TALK

#: One line for each platform, in alphabetical order.
PLATFORMS: tuple[Connector, ...] = (
    AIRCALL, ASTERISK, AVAYA, FREESWITCH, OVH, RINGCENTRAL, RINGOVER, SMPP, THREECX, TWILIO, VONAGE,
    ZENDESK_TALK,
)  # fmt: skip


def platform(name: str) -> Connector:
    """The platform ``name``. Raises KeyError."""
    return {each.name: each for each in PLATFORMS}[name]
