"""Sends what a person of the business writes: an answer to a caller who wrote, or a test to a colleague."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from secrets import token_hex

import sqlalchemy as sa

from decroche.ledger import texts as sent
from decroche.ledger.account import Account
from decroche.ledger.acting import act_for
from decroche.ledger.decisions import log_ruling
from decroche.ledger.telling import tell_change
from decroche.recover.fingerprints import account_key
from decroche.recover.segments import count
from decroche.recover.settings import RecoverySettings
from decroche.recover.workflows.about_person import read_known
from decroche.recover.workflows.places import settings_for
from decroche.recover.workflows.standing import read_office
from decroche.rules.decision import decide
from decroche.rules.outreach import Means, Outreach, Purpose, Sector
from decroche.rules.ruling import Ruling, Verdict

#: An answer that waits for the morning is still welcome; a later one is not.
_ANSWER_LASTS, _TEST_LASTS = timedelta(hours=24), timedelta(minutes=30)
#: The longest text that a person may write, in characters.
LONGEST = 1000


class NotSent(Exception):
    """Nothing was written down: ``word`` says why (``not_active``, ``no_way``, ``refused``), ``ruling`` by what."""

    def __init__(self, word: str, ruling: Ruling | None = None) -> None:
        super().__init__(word)
        self.word = word
        self.ruling = ruling


def reply(
    connection: sa.Connection,
    account: str,
    journey: str,
    body: str,
    *,
    author: str,
    key: bytes,
    now: datetime,
    request: str | None = None,
) -> sent.Row:
    """Have a text by ``author`` sent to the caller of a journey, as soon as the rules allow. Returns its row.

    Once a provider has accepted it the journey is recovered by reply. The same ``request`` again sends nothing more.
    Raises KeyError, and NotSent: the ruling is logged then all the same, if the transaction goes on.
    """
    row = Account(connection, account).journey(journey)
    return _write(
        connection,
        account,
        row["person"],
        body,
        purpose=Purpose.CONVERSATION,
        author=author,
        journey=row["id"],
        missed_at=row["last_missed_at"],
        lasts=_ANSWER_LASTS,
        key=key,
        now=now,
        request=request,
    )


def may_reply(
    connection: sa.Connection, account: str, person: int, *, missed_at: datetime | None, key: bytes, now: datetime
) -> Ruling:
    """What the rules say of an answer that would be written now; nothing is logged. Raises NotSent as ``reply``."""
    settings = settings_for(connection, account)
    if not settings.active:
        raise NotSent("not_active")
    if not settings.ways:
        raise NotSent("no_way")
    return _rule(connection, account, person, settings, Purpose.CONVERSATION, missed_at, key=key, now=now)[1]


def send_test(
    connection: sa.Connection, account: str, person: int, body: str, *, author: str, key: bytes, now: datetime
) -> sent.Row:
    """Have a test sent to a person of the business (E.164 digits), also while recovery is off. Raises NotSent."""
    return _write(
        connection,
        account,
        person,
        body,
        purpose=Purpose.TEST,
        author=author,
        journey=None,
        missed_at=None,
        lasts=_TEST_LASTS,
        key=key,
        now=now,
    )


def _write(
    connection: sa.Connection,
    account: str,
    person: int,
    body: str,
    *,
    purpose: Purpose,
    author: str,
    journey: str | None,
    missed_at: datetime | None,
    lasts: timedelta,
    key: bytes,
    now: datetime,
    request: str | None = None,
) -> sent.Row:
    act_for(connection, account)
    id = token_hex(16) if request is None else _digest(account, journey or "", author, request)
    known = sent.read(connection, id)
    if known is not None:
        return known
    settings = settings_for(connection, account)
    if not settings.active and purpose is not Purpose.TEST:
        raise NotSent("not_active")
    if not settings.ways:
        raise NotSent("no_way")
    outreach, ruling = _rule(connection, account, person, settings, purpose, missed_at, key=key, now=now)
    log_ruling(connection, account, outreach, ruling, key=account_key(key, account), journey=journey)
    if ruling.verdict is Verdict.REFUSE:
        raise NotSent("refused", ruling)
    row = {
        "id": id,
        "account_id": account,
        "journey_id": journey,
        "person": person,
        "recipient": f"+{person}",
        "body": body,
        "purpose": str(purpose),
        "author": author,
        "segments": count(body).segments,
        "created_at": now,
        "expires_at": now + lasts,
    }
    sent.intend(connection, row)
    tell_change(connection, account, "text.written", id, now)
    found = sent.text(connection, id)
    assert found is not None
    return found


def _rule(
    connection: sa.Connection,
    account: str,
    person: int,
    settings: RecoverySettings,
    purpose: Purpose,
    missed_at: datetime | None,
    *,
    key: bytes,
    now: datetime,
) -> tuple[Outreach, Ruling]:
    outreach = Outreach(
        means=Means.TEXT,
        purpose=purpose,
        recipient=person,
        at=now,
        country=read_office(connection, account, now).country,
        sender=settings.ways[0].sender,
        sector=Sector(settings.sector),
        missed_at=missed_at,
    )
    return outreach, decide(outreach, read_known(connection, account, person, key=key, now=now))


def _digest(*words: str) -> str:
    return hashlib.blake2b("|".join(("reply", *words)).encode(), digest_size=16).hexdigest()
