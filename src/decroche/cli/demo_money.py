"""What the live demonstration shows of money: an invented campaign, costs, sales, targets and a trial, each said so."""

from __future__ import annotations

import csv
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import sqlalchemy as sa

from decroche.capture.files.campaign_reading import CampaignRequest, count_files
from decroche.capture.opportunity_files import import_opportunities
from decroche.cli.speaker import Speaker
from decroche.ledger.campaigns import add_campaign, add_decision
from decroche.ledger.cost_lines import add_line
from decroche.ledger.opener_trials import begin_trial, read_trial
from decroche.ledger.reporting import SCHEDULE, ReportKind, keep_report
from decroche.ledger.store import Ledger
from decroche.ledger.target_rows import add_target
from decroche.ledger.tracked_numbers import add_tracking
from decroche.model.cost import USUAL_NATURE, Among, CostKind, CostLine, Key, Rhythm, Sharing
from decroche.model.money import Money
from decroche.model.source import Tracking
from decroche.prove.kpis.targets import ACTIONS
from decroche.prove.service_desk import Desk, NotReady
from decroche.prove.service_monday import monday_figures, month_figures, written
from decroche.recover.service_openers import give_opener, it_worked
from decroche.web.campaign_files import kept_reading

_SEED = 9
_MEMORY = "400MB"
#: People of the campaign, how often they are dialled at most, and what comes of a dial.
_PEOPLE, _MOST_DIALS, _WEEKS = 480, 4, 5
_REACHED, _INTERESTED, _SOLD = 0.34, 0.14, 0.3
#: Deals that were told, and how they stand: won, lost, open.
_DEALS, _STATES = 48, ("won", "won", "won", "lost", "open")
#: People of the trial, and how often each of its two openers worked.
_DRAWN, _WORKED = 260, (0.21, 0.29)
#: What is paid: the kind, the amount, how often, and whether it grows with every call.
_COSTS: tuple[tuple[CostKind, float, Rhythm, bool], ...] = (
    (CostKind.SALARIES, 5200.0, Rhythm.MONTHLY, False),
    (CostKind.TELEPHONY, 210.0, Rhythm.MONTHLY, True),
    (CostKind.LICENCES, 118.0, Rhythm.MONTHLY, False),
    (CostKind.ADVERTISING, 640.0, Rhythm.MONTHLY, False),
    (CostKind.TRAINING, 900.0, Rhythm.YEARLY, False),
)
#: What the two numbers that are called most stand for; the advertising is paid for the second.
_SOURCES = ("website", "google_ads")
_PAID = Sharing(among=Among.SOURCE, key=Key.FIXED, shares={"google_ads": 1.0})
#: What is wanted of which measure, and the row of the action tables that answers a deviation.
_TARGETS = (("answer_rate", ">= 85 %", "overflow"), ("time_to_callback", "<= 30 min", "callbacks"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Invented:
    """For whom figures are invented.

    ``callers`` are numbers (E.164) of the simulated calls, ``called`` those of the business that they called, each in
    order of time.
    """

    account: str
    currency: str
    key: bytes
    callers: Sequence[str]
    called: Sequence[str]
    now: datetime


def show_money(ledger: Ledger, about: Invented, speaker: Speaker) -> None:
    """Keep it all. Each name says that it is simulated, and the same demonstration shows the same."""
    with tempfile.TemporaryDirectory(prefix="decroche-demo-") as scratch:
        folder = Path(scratch)
        sales = _written(folder / "opportunities.csv", _deals(about, speaker))
        import_opportunities(ledger, about.account, sales, now=about.now)
        file = _written(folder / "campaign.csv", _dials(about))
        request = CampaignRequest(
            paths=[file], scratch=folder / "scratch", now=about.now, given={"person": ("client",), "dialed": ("date",)}
        )
        reading, counts = count_files(request, memory=_MEMORY)
    with ledger.writing() as connection:
        terms = {"currency": about.currency, "cost": "2400", "margin": "190", "profit": "20 %", "goal": "5 %"}
        name = speaker.text("demo_campaign")
        campaign = add_campaign(
            connection, about.account, name=name, terms=terms, counts=counts, reading=kept_reading(reading),
            now=about.now,
        )  # fmt: skip
        add_decision(
            connection, about.account, campaign, kind="rewrite", reason=speaker.text("demo_decision"),
            decided_on=(about.now - timedelta(weeks=2)).date(), who=speaker.text("demo_who"), now=about.now,
        )  # fmt: skip
        _costs(connection, about, speaker)
        _tracked(connection, about)
        _targets(connection, about, speaker)
        _trial(connection, about, speaker)


def archive_letters(ledger: Ledger, desk: Desk, account: str, business: str, *, now: datetime) -> bool:
    """Archive Monday's letter and the month's, as their days would have; False while figures are not ready."""
    try:
        week = monday_figures(desk, ledger, account, business=business, now=now)
        month = month_figures(desk, ledger, account, business=business, now=now)
    except NotReady:
        return False
    if not week.offered:
        # Past calls are still being read.
        return False
    with ledger.writing() as connection:
        for kind, found in ((ReportKind.MONTH, month), (ReportKind.MONDAY, week)):
            keep_report(
                connection, account, kind=kind, period=found.name, site="", figures=written(found),
                fingerprint=found.fingerprint, by=SCHEDULE, at=now,
            )  # fmt: skip
    return True


def _deals(about: Invented, speaker: Speaker) -> Iterator[Sequence[object]]:
    """Deals of people who called, won or lost days after, as a spreadsheet has them."""
    rng = np.random.default_rng(_SEED)
    people = list(dict.fromkeys(about.callers))
    yield ("ref", "title", "state", "amount", "margin", "number", "source", "opened at", "closed at")
    for place, person in enumerate(people[:: max(1, len(people) // _DEALS)][:_DEALS]):
        state = _STATES[place % len(_STATES)]
        amount = round(float(rng.gamma(3.0, 140.0)) + 60, 2)
        opened = about.now - timedelta(days=float(rng.uniform(9, 33)))
        closed = opened + timedelta(days=float(rng.uniform(1, 8)))
        yield (
            f"SIM-{place + 1:03d}",
            speaker.text("demo_deal", number=str(place + 1)),
            state,
            f"{amount:.2f}",
            f"{amount * 0.38:.2f}" if state == "won" else "",
            person,
            ("Google Ads", "website", speaker.text("demo_mouth"))[int(rng.integers(3))],
            opened.date().isoformat(),
            "" if state == "open" else closed.date().isoformat(),
        )


def _dials(about: Invented) -> Iterator[Sequence[object]]:
    """Dials of an outbound campaign that goes on since five weeks: a person is dialled until they are reached."""
    rng = np.random.default_rng(_SEED)
    yield ("client", "date", "script", "segment", "result", "amount")
    begins = about.now - timedelta(weeks=_WEEKS)
    for person in range(_PEOPLE):
        at = begins + timedelta(days=float(rng.uniform(0, 7 * (_WEEKS - 1))))
        script, segment = "AB"[int(rng.integers(2))], ("fleet", "private", "lapsed")[int(rng.integers(3))]
        for _ in range(_MOST_DIALS):
            at = at.replace(hour=9 + int(rng.integers(9)), minute=int(rng.integers(60)))
            result, amount = "no answer", ""
            if rng.random() < _REACHED:
                result = "not interested"
                if rng.random() < _INTERESTED + (0.06 if script == "B" else 0.0):
                    sold = rng.random() < _SOLD
                    result, amount = ("sale", f"{rng.gamma(4.0, 130.0):.2f}") if sold else ("appointment", "")
            yield (f"client-{person + 1:04d}", f"{at:%Y-%m-%d %H:%M}", script, segment, result, amount)
            if result != "no answer":
                break
            at += timedelta(days=int(rng.integers(1, 4)))


def _costs(connection: sa.Connection, about: Invented, speaker: Speaker) -> None:
    begins = date(about.now.year - 1, 1, 1)
    for kind, amount, rhythm, per_call in _COSTS:
        line = CostLine(
            kind=kind,
            label=speaker.text(f"demo_cost_{kind}"),
            amount=Money.of(amount, about.currency),
            rhythm=rhythm,
            begins=begins,
            nature=USUAL_NATURE[kind],
            per_call=per_call,
            sharing=_PAID if kind is CostKind.ADVERTISING else Sharing(among=Among.SITE, key=Key.CALLS),
        )
        add_line(connection, about.account, line, now=about.now)


def _tracked(connection: sa.Connection, about: Invented) -> None:
    """The numbers that are called most, each shown in one place only."""
    begins = date(about.now.year - 1, 1, 1)
    for (number, _), source in zip(Counter(about.called).most_common(len(_SOURCES)), _SOURCES, strict=False):
        tracking = Tracking(number=int(number), source=source, begins=begins)
        add_tracking(connection, about.account, tracking, now=about.now)


def _targets(connection: sa.Connection, about: Invented, speaker: Speaker) -> None:
    known = {each.key: each for each in ACTIONS}
    for kpi, wanted, action in _TARGETS:
        add_target(
            connection, about.account, kpi=kpi, site="", wanted=wanted, baseline=None,
            action=speaker.text("demo_action", action=speaker.language.say(f"targets.action.{action}")), owner="",
            days=known[action].days, by=speaker.text("demo_who"), at=about.now - timedelta(weeks=4),
        )  # fmt: skip


def _trial(connection: sa.Connection, about: Invented, speaker: Speaker) -> None:
    """A trial of two openers since three weeks, each drawn by chance as the product does."""
    rng = np.random.default_rng(_SEED)
    began = about.now - timedelta(weeks=3)
    arms = [(name, speaker.text(f"demo_opener_{name}")) for name in ("a", "b")]
    id = begin_trial(
        connection, about.account, name=speaker.text("demo_trial"), arms=arms, base=0.2, changed=0.3, window_days=7,
        now=began,
    )  # fmt: skip
    trial = read_trial(connection, about.account, id)
    for person in range(_DRAWN):
        number = 33_639_980_000 + person
        at = began + timedelta(days=float(rng.uniform(0, 13)))
        arm, _ = give_opener(connection, about.account, trial, number, key=about.key, now=at)
        if rng.random() < _WORKED[arm == "b"]:
            it_worked(connection, about.account, trial, number, key=about.key, now=at + timedelta(hours=2))


def _written(path: Path, rows: Iterator[Sequence[object]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path
