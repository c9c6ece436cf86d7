"""Hands messages over by e-mail and to webhooks: handed, surely not handed, or nobody knows."""

from __future__ import annotations

import contextlib
import smtplib
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

import httpx
import msgspec

from decroche.connector_kit.outgoing import signature

_TIMEOUT_S = 10.0


class NotHanded(Exception):
    """Nobody took the message: it may be handed over again. ``str(error)`` is safe to show."""


class MaybeHanded(Exception):
    """Somebody may have taken the message: it is not sent again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a member is told. ``data`` is the same for programs.

    An e-mail has it also to look at (``html``), where it is told, and with PDFs attached (name, content).
    """

    id: str
    subject: str
    body: str
    data: Mapping[str, str]
    html: str = field(default="", repr=False)
    papers: tuple[tuple[str, bytes], ...] = field(default=(), repr=False)


#: Hands a message to an address. Raises NotHanded and MaybeHanded.
Sender = Callable[[str, Message], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """An SMTP server: ``smtp://user:password@host:587`` (STARTTLS where offered) or ``smtps://…:465``."""

    url: str = field(repr=False)
    sender: str

    def __call__(self, address: str, message: Message) -> None:
        """Hand an e-mail over. Raises NotHanded, and MaybeHanded when the server was lost after all was said."""
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = self.sender, address, message.subject
        mail["Message-ID"] = f"<{message.id}@{self.sender.partition('@')[2] or 'decroche'}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.body)
        if message.html:
            mail.add_alternative(message.html, subtype="html")
        for name, content in message.papers:
            mail.add_attachment(content, maintype="application", subtype="pdf", filename=name)
        said = False
        try:
            server = self._connected()
            try:
                said = True
                server.send_message(mail)
            finally:
                # What was taken is taken, however the connection ends.
                with contextlib.suppress(OSError, smtplib.SMTPException):
                    server.quit()
        except smtplib.SMTPResponseException as error:
            raise NotHanded(f"the mail server answered {error.smtp_code}") from error
        except smtplib.SMTPRecipientsRefused as error:
            raise NotHanded("the mail server refuses the recipient") from error
        except (OSError, smtplib.SMTPException) as error:
            raise (MaybeHanded if said else NotHanded)(type(error).__name__) from error

    def _connected(self) -> smtplib.SMTP:
        parts = urlsplit(self.url)
        host, context = parts.hostname or "localhost", ssl.create_default_context()
        server: smtplib.SMTP
        if parts.scheme == "smtps":
            server = smtplib.SMTP_SSL(host, parts.port or 465, timeout=_TIMEOUT_S, context=context)
        else:
            server = smtplib.SMTP(host, parts.port or 587, timeout=_TIMEOUT_S)
        try:
            server.ehlo()
            if parts.scheme != "smtps" and server.has_extn("starttls"):
                server.starttls(context=context)
            elif parts.scheme != "smtps" and parts.username:
                raise NotHanded("the mail server offers no encryption: the password is not sent")
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
        except Exception:
            server.close()
            raise
        return server


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """Posts JSON, signed as outgoing webhooks are."""

    client: httpx.Client
    secret: str = field(repr=False)
    clock: Callable[[], datetime]

    def __call__(self, address: str, message: Message) -> None:
        """Post it. Raises NotHanded and MaybeHanded."""
        body = msgspec.json.encode({"kind": "notice", "subject": message.subject, **message.data})
        headers = {
            "Content-Type": "application/json",
            "Decroche-Event": message.id,
            "Decroche-Signature": signature(self.secret, int(self.clock().timestamp()), body),
        }
        try:
            answer = self.client.post(address, content=body, headers=headers)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise NotHanded(type(error).__name__) from error
        except httpx.HTTPError as error:
            raise MaybeHanded(type(error).__name__) from error
        if not answer.is_success:
            raise NotHanded(f"answered {answer.status_code}")
