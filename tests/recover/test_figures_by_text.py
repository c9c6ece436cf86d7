"""Monday's figures by text: to the number that a member gave and to no other, in their hours, until they say STOP."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime

import pytest

from decroche.language import Language
from decroche.ledger.audit_log import SYSTEM
from decroche.ledger.erasing import request_erasure
from decroche.ledger.members import add_member, join_account, remove_member
from decroche.ledger.opener_trials import begin_trial, read_trial
from decroche.ledger.reporting import ReportKind, ask_period, begin_letter, owned, text_number, wish
from decroche.ledger.store import Ledger
from decroche.model.member import Role
from decroche.recover.service_openers import give_opener
from decroche.recover.workflows.accessing import everything_about
from decroche.recover.workflows.post import NotHanded
from decroche.recover.workflows.texting_members import REPORT_LASTS, Refused, text_member
from decroche.rules.outreach import Purpose
from tests.recover.telling import ANNE, KEY, Story, story

OWN = 33612345678
_WORDS = "Garage Martin : décrochés 82 %. STOP pour arrêter."


def opted_in(garage: Story) -> str:
    """Luc, one of two owners, gave his number on the page."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    with garage.ledger.writing() as connection:
        for name in ("Eve", "Luc"):
            member = add_member(
                connection, name=name, email=f"{name}@garage.example", password=None, language="fr", now=now
            )
            join_account(connection, garage.account, member, role=Role.OWNER, sites=None, now=now)
        wish(connection, garage.account, member, ReportKind.MONDAY_TEXT, wanted=True, at=now, number=OWN)
    return member


def sent(garage: Story, id: str, *, number: int = OWN) -> None:
    """The clerk hands the text over; what is due is done."""
    text_member(
        garage.tools, garage.account, f"+{number}", _WORDS, id=id, purpose=Purpose.REPORT, lasts=REPORT_LASTS,
        now=garage.clock.now,
    )  # fmt: skip
    garage.heed()


def arrived(garage: Story) -> list[str]:
    return [each.body for each in garage.provider.accepted if each.recipient == f"+{OWN}"]


def test_it_leaves_at_seven_not_before_and_once(ledger: Ledger) -> None:
    garage = story(ledger, "2026-03-09 06:30", active=False)
    opted_in(garage)
    sent(garage, "week")
    assert arrived(garage) == []
    garage.until("2026-03-09 06:59")
    assert arrived(garage) == []
    garage.until("2026-03-09 07:01")
    sent(garage, "week")
    assert arrived(garage) == [_WORDS]


def test_nobody_else_gets_it(ledger: Ledger) -> None:
    garage = story(ledger, "2026-03-09 07:10")
    luc = opted_in(garage)
    with pytest.raises(Refused, match="REPORT-01"):
        sent(garage, "week", number=ANNE)
    with garage.ledger.writing() as connection:
        remove_member(connection, garage.account, luc)
        assert text_number(connection, garage.account, luc) is None
    with pytest.raises(Refused, match="REPORT-01"):
        sent(garage, "week")
    assert garage.sent == []


def test_stop_ends_it_and_start_begins_again(ledger: Ledger) -> None:
    garage = story(ledger, "2026-03-09 07:10")
    opted_in(garage)
    sent(garage, "first")
    garage.write(OWN, "STOP")
    garage.until("2026-03-16 07:10")
    with pytest.raises(Refused, match="OPT-01"):
        sent(garage, "second")
    garage.write(OWN, "START")
    garage.until("2026-03-23 07:10")
    sent(garage, "third")
    assert [body for body in arrived(garage) if body == _WORDS] == [_WORDS, _WORDS]


@pytest.mark.hard
def test_oui_from_the_number_that_was_asked_proves_it(ledger: Ledger) -> None:
    garage = story(ledger, "2026-03-09 07:10")
    luc, since = opted_in(garage), datetime(2026, 1, 1, tzinfo=UTC)
    garage.write(ANNE, "OUI")
    with garage.ledger.writing() as connection:
        assert not owned(connection, garage.account, luc, since)
        now = garage.clock.now
        begin_letter(connection, garage.account, luc, ReportKind.MONDAY_TEXT, ask_period(since), at=now)
    garage.write(OWN, "Oui !")
    with garage.ledger.reading() as connection:
        assert owned(connection, garage.account, luc, since)
        assert not owned(connection, garage.account, luc, garage.clock.now)
    assert [each for each in garage.work() if each.person == OWN] == []


def test_without_a_provider_it_waits_for_one(ledger: Ledger) -> None:
    garage = story(ledger, "2026-03-09 07:10", ways=())
    opted_in(garage)
    with pytest.raises(NotHanded, match="no way"):
        sent(garage, "week")


def test_what_is_held_of_a_person_tells_their_draws_and_erasure_ends_their_texts(ledger: Ledger) -> None:
    garage = story(ledger, "2026-03-09 07:10")
    luc = opted_in(garage)
    with garage.ledger.writing() as connection:
        id = begin_trial(
            connection, garage.account, name="Accroche", arms=[("a", "Bonjour"), ("b", "Bonsoir")], base=0.2,
            changed=0.3, window_days=7, now=garage.clock.now,
        )  # fmt: skip
        trial = read_trial(connection, garage.account, id)
        arm, _ = give_opener(connection, garage.account, trial, OWN, key=KEY, now=garage.clock.now)
    with garage.ledger.reading() as connection:
        packed = everything_about(
            connection, garage.account, OWN, key=KEY, language=Language("fr"), now=garage.clock.now
        )  # fmt: skip
    with zipfile.ZipFile(io.BytesIO(packed)) as held:
        told = held.read("openers.csv").decode("utf-8-sig")
        assert f";{arm};" in told and "fingerprint" not in told
        assert "openers.csv" in held.read(next(name for name in held.namelist() if name.endswith(".txt"))).decode()
    with garage.ledger.writing() as connection:
        request_erasure(connection, garage.account, OWN, key=KEY, by=SYSTEM, now=garage.clock.now)
        assert text_number(connection, garage.account, luc) is None
