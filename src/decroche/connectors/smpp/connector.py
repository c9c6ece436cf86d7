"""An SMPP gateway that speaks to a carrier for us: Kannel, which takes texts and gives receipts over HTTP."""

from __future__ import annotations

from decroche.connector_kit.connector import Connector, Events, Field
from decroche.connectors.smpp.events import hear, record, verify
from decroche.connectors.smpp.texts import TEXTS

CONNECTOR = Connector(
    name="smpp",
    title="SMPP (Kannel)",
    fields=(
        Field(
            key="sendsms_url",
            french="Adresse de sendsms (par exemple http://127.0.0.1:13013/cgi-bin/sendsms)",
            english="Address of sendsms (such as http://127.0.0.1:13013/cgi-bin/sendsms)",
        ),
        Field(key="username", french="Utilisateur de sendsms", english="User of sendsms"),
        Field(key="password", french="Mot de passe de sendsms", english="Password of sendsms", secret=True),
        Field(
            key="token",
            french="Jeton que la passerelle nous montre (lettres et chiffres, à inventer)",
            english="Token that the gateway shows us (letters and digits, made up by you)",
            secret=True,
        ),
        Field(
            key="sender",
            french="Expéditeur des textos : un numéro (+…), un numéro court ou un nom",
            english="Sender of texts: a number (+…), a short code or a name",
        ),
        Field(
            key="smsc",
            french="Liaison à prendre (smsc-id), s’il y en a plusieurs",
            english="Connection to take (smsc-id), where there are several",
            required=False,
        ),
    ),
    hear=hear,
    events=Events(verify=verify, record=record),
    texts=TEXTS,
)
