"""What somebody wrote before they asked to be forgotten, told after: a refusal holds, nothing else is done or kept."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from decroche.ledger.audit_log import ByKind, Who
from decroche.ledger.erasing import request_erasure
from decroche.ledger.recovery_tables import texts
from decroche.ledger.refusals import in_force
from decroche.ledger.store import Ledger
from decroche.recover.fingerprints import fingerprint
from tests.recover.telling import ANNE, KEY, story


@pytest.mark.parametrize(("body", "refusals"), [("RAPPEL", 0), ("ma voiture ?", 0), ("STOP", 1), ("laissez-moi", 0)])
def test_nothing_goes_out_and_nobody_has_to_act(ledger: Ledger, body: str, refusals: int) -> None:
    garage = story(ledger, "2026-03-04 10:42")
    with ledger.writing() as connection:
        who = Who(kind=ByKind.MEMBER)
        request_erasure(connection, garage.account, ANNE, key=KEY, by=who, now=garage.clock.now)
    garage.wait(minutes=5)
    garage.write(ANNE, body, at=garage.clock.now - timedelta(minutes=9))
    garage.wait(minutes=5)
    assert garage.sent == [] and garage.work() == []
    with ledger.reading() as connection:
        [row] = connection.execute(sa.select(texts)).all()
        assert (row.body, row.sender) == ("", "") and row.person < 0
        assert len(in_force(connection, garage.account, fingerprint(KEY, garage.account, ANNE))) == refusals


def test_what_they_write_afterwards_is_a_new_contact(ledger: Ledger) -> None:
    garage = story(ledger, "2026-03-04 10:42")
    with ledger.writing() as connection:
        who = Who(kind=ByKind.MEMBER)
        request_erasure(connection, garage.account, ANNE, key=KEY, by=who, now=garage.clock.now)
    garage.wait(minutes=5)
    garage.write(ANNE, "ma voiture est prête ?")
    assert len(garage.work(kind="reply", state="open")) == 1
