"""What a member has sent to them of reports: by e-mail, and Monday's figures by text to their own number."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from decroche.ledger.recovery_settings import settings_of
from decroche.ledger.refusals import in_force
from decroche.ledger.reporting import ReportKind, text_number, wishes_of
from decroche.model.member import Right
from decroche.recover.fingerprints import fingerprint
from decroche.recover.settings import read_settings
from decroche.rules.outreach import Scope
from decroche.rules.recipient import Texts, recipient
from decroche.understand.numbers import read_number
from decroche.web.access import Services, Visit
from decroche.web.people import who

#: What may be sent to a member by e-mail.
LETTERS = (ReportKind.MONDAY, ReportKind.MONTH, ReportKind.QUARTER)


@dataclass(frozen=True, slots=True, kw_only=True)
class ByText:
    """Monday's figures by text. ``number`` is where they go (empty: nowhere), ``given`` what the form was given.

    ``ways``: the business has a way to send texts. ``stopped``: that number answered STOP.
    """

    number: str
    given: str
    ways: bool
    stopped: bool
    wrong: str | None = None


class BadNumber(ValueError):
    """No text can be sent there; ``word`` says why, as in ``reports.text.wrong.<word>``."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


def letters_of(connection: sa.Connection, here: Visit) -> tuple[tuple[str, str, bool], ...]:
    """(kind, what it is, whether this member wants it) of each letter."""
    mine, say = wishes_of(connection, here.account.id, here.member.id), here.language.say
    return tuple((str(each), say(f"reports.letter.{each}"), each in mine) for each in LETTERS)


def by_text(
    services: Services, connection: sa.Connection, here: Visit, *, given: str = "", wrong: str | None = None
) -> ByText | None:
    """How Monday's figures go to this member by text; None for members who may cause no texts."""
    if not here.may(Right.SUPERVISE):
        return None
    account = here.account.id
    number = text_number(connection, account, here.member.id)
    stopped = False
    if number is not None:
        refusals = in_force(connection, account, fingerprint(services.key, account, number))
        stopped = any(each["scope"] in {Scope.EVERYTHING, Scope.TEXTS} for each in refusals)
    shown = "" if number is None else who(f"+{number}", here.language, whole=True, country=here.about["country"])
    return ByText(
        number=shown,
        given=given,
        ways=bool(read_settings(settings_of(connection, account)).ways),
        stopped=stopped,
        wrong=wrong,
    )


def own_number(text: str, here: Visit) -> int:
    """The number that a member typed, as E.164 digits. Raises BadNumber."""
    number = read_number(text, region=here.about["country"].partition("-")[0]).e164
    if number is None or number <= 0:
        raise BadNumber("number")
    if recipient(number).texts is Texts.NO:
        raise BadNumber("no_texts")
    return number
