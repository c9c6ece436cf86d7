"""Sends the e-mails of sign-ins: invitations and new passwords. What no mail server takes is logged, not shown."""

from __future__ import annotations

import secrets

import structlog

from decroche.language import Language
from decroche.recover.workflows.post import MaybeHanded, Message, NotHanded
from decroche.web.access import Services

_log = structlog.get_logger()


def send(services: Services, language: Language, to: str, letter: str, **values: object) -> bool:
    """Send the e-mail of the sentences ``letter.<letter>.subject`` and ``….body``. Whether it was handed over."""
    if services.mail is None:
        return False
    subject = language.say(f"letter.{letter}.subject", **values)
    body = language.say(f"letter.{letter}.body", **values)
    # A subject stands on one line, whatever a business is called.
    message = Message(id=secrets.token_hex(16), subject=" ".join(subject.split()), body=body, data={})
    try:
        services.mail(to, message)
    except NotHanded as error:
        _log.warning("letter_not_sent", letter=letter, problem=str(error))
        return False
    except MaybeHanded as error:
        _log.warning("letter_maybe_sent", letter=letter, problem=str(error))
    return True
