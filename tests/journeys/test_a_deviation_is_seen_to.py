"""A target is missed: somebody gets a task, does it, and what came of it is measured once it had its time to show."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from decroche.language import Language
from decroche.ledger.work_items import Kind, close, open_items
from decroche.model.board import Period
from decroche.model.fact import Stage
from decroche.model.member import Role
from decroche.prove.monday_words import month_letter
from decroche.prove.service_desk import Desk
from decroche.prove.service_monday import monday_figures, month_figures
from decroche.prove.service_post import Clerk
from decroche.prove.service_targets import held, last_week
from decroche.server_settings import ServerSettings
from decroche.warehouse.lake import Lake
from decroche.warehouse.lake_rows import fingerprints
from decroche.warehouse.live_columns import LiveColumns
from tests.web.garage import NOW, Garage, call, garage
from tests.web.test_figures import put_in_columns, three_weeks

pytestmark = pytest.mark.hard
MONDAY = NOW.replace(hour=6, minute=0)
#: Two weeks later: the week that began when the action had had its seven days is over.
LATER = MONDAY + timedelta(days=14)


def a_better_week(here: Garage) -> None:
    """Twelve calls a day, each answered."""
    for back in range(1, 8):
        day = (LATER - timedelta(days=back)).date()
        facts = []
        for number in range(12):
            at = datetime.combine(day, NOW.timetz()).replace(minute=number)
            steps = (8, Stage.ANSWERED, {"agent": "Agent 1"}), (90, Stage.ENDED)
            facts += call(f"later-{back}-{number}", *steps, at=at, caller=f"+3363998{3000 + number}")
        here.tell(*facts)


def test_from_the_deviation_to_its_measured_effect(tmp_path: Path) -> None:
    with garage(tmp_path) as here:
        ledger, account = here.server.ledger, here.mine.account
        three_weeks(here)
        put_in_columns(here)
        samir = here.member(Role.SUPERVISOR, name="Samir Haddad")
        owner = here.browser(Role.OWNER)
        given = {
            "kpi": "answer_rate", "wanted": ">= 90 %", "action": "Deuxième personne le lundi", "days": "7",
            "owner": "Samir Haddad",
        }  # fmt: skip
        assert owner.post("/targets", data=given).status_code == 303
        settings = ServerSettings(data=here.folder, database=None)
        lake = Lake(settings.lake_place, partial(fingerprints, settings.fingerprint_key()))
        now = [MONDAY]
        with LiveColumns(ledger, lake, scratch=tmp_path / "columns") as columns:
            desk = Desk(ledger, columns, clock=lambda: now[0])
            Clerk(ledger, desk, hand=None, link="", clock=lambda: now[0]).work()
            with ledger.reading() as connection:
                (task,) = open_items(connection, account, now=MONDAY, kinds=[Kind.TASK])
            assert task.assigned_to == "Samir Haddad" and task.due_at == MONDAY + timedelta(days=7)
            shown = here.visitor(here.session(samir)).get("/callbacks").text
            assert "Deuxième personne le lundi" in shown
            decision = monday_figures(desk, ledger, account, business="Garage", now=MONDAY).decision
            assert decision.word == "deviation" and decision.values["action"] == "Deuxième personne le lundi"
            with ledger.writing() as connection:
                close(connection, account, task.id, because="done", now=MONDAY + timedelta(hours=3), who="Samir Haddad")
            (early,) = held(desk, ledger, account, period=last_week(MONDAY.date()), now=MONDAY + timedelta(days=13))
            assert early.effect is None, "it had no time to show yet"
            a_better_week(here)
            put_in_columns(here)
            now[0] = here.now = LATER
            (after,) = held(desk, ledger, account, period=last_week(LATER.date()), now=LATER)
            assert after.standing.verdict == "met" and after.effect is not None
            effect = after.effect
            assert (effect.before, effect.after, effect.says) == (60 / 84, 1.0, "better")
            assert effect.low is not None and 0 < effect.low < effect.change < (effect.high or 0)  # type: ignore[operator]
            november = Period(datetime(2026, 11, 1, tzinfo=UTC).date(), datetime(2026, 12, 1, tzinfo=UTC).date())
            month = month_figures(desk, ledger, account, business="Garage", now=LATER, period=november)
            said = month_letter(month, Language("fr")).body
            assert "Tâche faite : Deuxième personne le lundi" in said.replace("\u00a0", " ") and "mieux" in said
            page = here.browser(Role.OWNER).get("/targets").text
            assert "La tâche est faite." in page and "mieux" in page
            Clerk(ledger, desk, hand=None, link="", clock=lambda: LATER).work()
            with ledger.reading() as connection:
                assert open_items(connection, account, now=LATER, kinds=[Kind.TASK]) == []
