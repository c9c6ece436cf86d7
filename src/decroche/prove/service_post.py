"""Sends reports on their days: Monday's figures before eight, the month's variances, the quarter's audit. Each once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, time, timedelta
from functools import partial

import sqlalchemy as sa
import structlog

from decroche.language import Language
from decroche.ledger.members import site_names
from decroche.ledger.report_attempts import Wanted
from decroche.ledger.reporting import (
    SCHEDULE,
    Reader,
    ReportKind,
    ask_period,
    asked_whose,
    begin_letter,
    by_schedule,
    end_letter,
    figures_of,
    keep_report,
    letter_state,
    owned,
    readers,
)
from decroche.ledger.store import Ledger
from decroche.ledger.tables import accounts
from decroche.model.money import Money
from decroche.prove.kpis.quarter import Quarter
from decroche.prove.letter_page import Letter
from decroche.prove.monday_words import ask_text, monday_letter, monday_text, month_letter
from decroche.prove.reports.quarter_letter import quarter_letter
from decroche.prove.service_audits import NO_CALLS, NO_SITE, NOT_READY, NotMade, forget_attempt, make_audit
from decroche.prove.service_desk import Desk, NotReady
from decroche.prove.service_monday import monday_figures, month_figures, written
from decroche.prove.service_quarter import read_figures
from decroche.prove.service_targets import look
from decroche.telemetry import where

#: Hands a letter to an address: handed, failed (surely not handed), or unknown.
Hand = Callable[[str, Letter, str], str]
#: Hands a text of an account to a number: handed, failed, unknown, or refused by a rule (a STOP, the hours).
HandText = Callable[[str, int, str, str], str]
#: From when on letters go, in local time; until when one that was late still goes. Monday's must be there by eight.
FROM, UNTIL = time(6, 30), time(12)
#: On which days of a month its variances go: on the first, or as soon as the server runs again.
MONTH_DAYS = range(1, 4)
#: When the audit of a quarter goes: once a week has told what became of whom was missed on its last day.
QUARTER_DAYS = range(8, 22)
#: Until when a letter of several audits waits for one that cannot be made; then it goes with the others.
_WAITS_UNTIL_DAY = 15
#: How long a letter or a text that nobody took waits for another try.
_AGAIN = timedelta(minutes=10)
_LOOK_S = 60.0
_PATIENCE_S = 30.0

log = structlog.get_logger()


class Clerk:
    """One thread, in the process that folds. ``hand`` is None where no mail server is set up: no e-mail is sent then.

    ``hand_text`` sends texts; ``value`` tells what a caller who is won brings an account. ``link`` is the address of
    the pages; empty where nobody told it.
    """

    def __init__(
        self,
        ledger: Ledger,
        desk: Desk,
        *,
        hand: Hand | None,
        link: str,
        clock: Callable[[], datetime],
        hand_text: HandText | None = None,
        value: Callable[[str], Money | None] = lambda account: None,
    ) -> None:
        self._ledger = ledger
        self._desk = desk
        self._hand = hand
        self._hand_text = hand_text
        self._value = value
        self._link = link
        self._clock = clock
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None
        self._looked: dict[str, str] = {}
        # Whose letter of which day is done with: what was sent is also written down, for after a restart.
        self._done: set[tuple[str, str, str, str]] = set()
        self._later: dict[tuple[str, str, str], datetime] = {}
        # Audits that could not be made today: they are tried again tomorrow, or by whoever asks.
        self._tried: dict[tuple[str, str, str], str] = {}
        self._made: dict[tuple[str, str, str], str] = {}
        # Sites of which no audit comes: nobody called there then, or they are no more.
        self._none: set[tuple[str, str, str]] = set()

    def start(self) -> None:
        """Begin; again after a stop."""
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(self._ending,), name="clerk", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End after the letter in hand."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join(_PATIENCE_S)

    def endpoints_changed(self, endpoints: Mapping[str, object]) -> None:
        """Which phone systems there are does not matter here."""

    def work(self) -> None:
        """Do what is due now, for every account. What the stores raise for one is raised once all had their turn."""
        with self._ledger.reading() as connection:
            known = connection.execute(sa.select(accounts.c.id, accounts.c.name).order_by(accounts.c.id)).all()
        trouble: Exception | None = None
        for row in known:
            if self._ending.is_set():
                break
            try:
                self._due(str(row.id), str(row.name))
            except NotReady:
                # The columns are being made: the next look comes in a minute.
                continue
            except Exception as error:
                trouble = trouble or error
        if trouble is not None:
            raise trouble

    def _due(self, account: str, name: str) -> None:
        now = self._clock()
        local = now.astimezone(self._desk.business(account).clocks.clock(None))
        if not FROM <= local.time() < UNTIL:
            return
        self._ask_whose(account, name, now)
        if local.weekday() == 0 and self._looked.get(account) != f"{local.date()}":
            look(self._desk, self._ledger, account, now=now)
            self._looked[account] = f"{local.date()}"
        if local.weekday() == 0:
            self._monday(account, name, now)
            self._monday_texts(account, name, now)
        if local.day in MONTH_DAYS:
            self._month(account, name, now)
        if local.month % 3 == 1 and local.day in QUARTER_DAYS:
            given_up = local.day >= _WAITS_UNTIL_DAY
            self._quarter(account, name, Quarter.last_whole(local.date()), now, given_up=given_up)

    def _monday(self, account: str, name: str, now: datetime) -> None:
        if self._hand is None:
            return
        for reader in self._readers(account, ReportKind.MONDAY, now):
            found = monday_figures(
                self._desk, self._ledger, account, business=name, now=now, within=self._within(account, reader)
            )
            letter = monday_letter(found, Language(reader.language), link=self._page("/"))
            self._send(account, reader, ReportKind.MONDAY, found.name, letter, written(found), found.fingerprint, now)

    def _monday_texts(self, account: str, name: str, now: datetime) -> None:
        hand = self._hand_text
        if hand is None:
            return
        for reader in self._readers(account, ReportKind.MONDAY_TEXT, now):
            if reader.number is None:
                continue
            number = reader.number
            with self._ledger.reading() as connection:
                if not owned(connection, account, reader.member, reader.since):
                    # Nothing proves that the number is theirs: it is asked first.
                    continue
            found = monday_figures(
                self._desk, self._ledger, account, business=name, now=now, within=self._within(account, reader)
            )
            body = monday_text(found, Language(reader.language))
            self._once(
                account, reader, ReportKind.MONDAY_TEXT, found.name, partial(_texted, hand, account, number, body), now
            )

    def _ask_whose(self, account: str, name: str, now: datetime) -> None:
        """Ask each number that a member gave whether it is theirs: figures go there once it has answered OUI."""
        hand = self._hand_text
        if hand is None:
            return
        for reader in self._readers(account, ReportKind.MONDAY_TEXT, now):
            with self._ledger.reading() as connection:
                asked = asked_whose(connection, account, reader, now=now)
                if reader.number is None or asked or owned(connection, account, reader.member, reader.since):
                    continue
            body = ask_text(name, reader.name, Language(reader.language))
            handing = partial(_texted, hand, account, reader.number, body)
            self._once(account, reader, ReportKind.MONDAY_TEXT, ask_period(reader.since), handing, now)

    def _quarter(self, account: str, name: str, quarter: Quarter, now: datetime, *, given_up: bool) -> None:
        """Make the audit of the whole business, and those of the sites of readers who see only some; then send them.

        Whoever sees several sites is written to once: when all their audits are there, or those missing are given up.
        """
        wanting = self._readers(account, ReportKind.QUARTER, now) if self._hand is not None else []
        with self._ledger.reading() as connection:
            made = by_schedule(connection, account, str(quarter))
            told = {
                each.member
                for each in wanting
                if letter_state(connection, account, each.member, ReportKind.QUARTER, str(quarter)) is not None
            }
        waiting: list[tuple[Reader, tuple[str, ...]]] = []
        for each in wanting:
            mine = self._within(account, each)
            if each.member not in told:
                waiting.append((each, ("",) if mine is None else mine))
        for site in dict.fromkeys(("", *(site for _, sites in waiting for site in sites))):
            if site not in made:
                self._audit(account, name, quarter, site, now)
            if (id := self._made.get((account, str(quarter), site))) is not None:
                made.setdefault(site, id)
        for reader, sites in waiting:
            missing = [site for site in sites if site not in made and (account, str(quarter), site) not in self._none]
            if any(site in made for site in sites) and (given_up or not missing):
                self._audits_sent(account, reader, str(quarter), [made[site] for site in sites if site in made], now)

    def _audit(self, account: str, name: str, quarter: Quarter, site: str, now: datetime) -> None:
        """Make an audit, once a day at most where it cannot be made."""
        here = (account, str(quarter), site)
        if here in self._made or self._tried.get(here) == f"{now.date()}":
            return
        wanted = Wanted(period=str(quarter), site=site)
        self._tried[here] = f"{now.date()}"
        self._none.discard(here)
        try:
            self._made[here] = make_audit(
                self._desk, self._ledger, account, wanted, business=name, value=self._value(account), by=SCHEDULE,
                now=now,
            )  # fmt: skip
        except NotMade as error:
            if error.reason in {NO_CALLS, NOT_READY}:
                # A business that had no calls then has no audit, and one whose columns are being made gets it later.
                forget_attempt(self._ledger, account, wanted)
            if error.reason in {NO_CALLS, NO_SITE}:
                self._none.add(here)
            if error.reason == NOT_READY:
                del self._tried[here]
                raise NotReady from error

    def _audits_sent(self, account: str, reader: Reader, period: str, ids: Sequence[str], now: datetime) -> None:
        assert self._hand is not None
        with self._ledger.reading() as connection:
            kept = [figures_of(connection, account, id) for id in ids]
        audits = tuple(read_figures(figures) for _, figures in filter(None, kept))
        letter = quarter_letter(audits, Language(reader.language), link=self._page("/reports"))
        self._once(account, reader, ReportKind.QUARTER, period, partial(self._hand, reader.email, letter), now)

    def _month(self, account: str, name: str, now: datetime) -> None:
        if self._hand is None:
            return
        for reader in self._readers(account, ReportKind.MONTH, now):
            if reader.sites is not None:
                # Targets are the whole business's: who sees only some sites is told of none.
                continue
            found = month_figures(self._desk, self._ledger, account, business=name, now=now)
            letter = month_letter(found, Language(reader.language), link=self._page("/targets"))
            self._send(account, reader, ReportKind.MONTH, found.name, letter, written(found), found.fingerprint, now)

    def _send(
        self,
        account: str,
        reader: Reader,
        kind: ReportKind,
        period: str,
        letter: Letter,
        figures: bytes,
        fingerprint: str,
        now: datetime,
    ) -> None:
        """Hand a letter over once; what the whole business was told is archived."""
        assert self._hand is not None
        state = self._once(account, reader, kind, period, partial(self._hand, reader.email, letter), now)
        if state == "handed" and reader.sites is None:
            with self._ledger.writing() as connection:
                keep_report(
                    connection, account, kind=kind, period=period, site="", figures=figures, fingerprint=fingerprint,
                    by=SCHEDULE, at=now,
                )  # fmt: skip

    def _once(
        self, account: str, reader: Reader, kind: ReportKind, period: str, hand: Callable[[str], str], now: datetime
    ) -> str | None:
        """Have ``hand`` take something for a reader: written down before, and what became of it after.

        None: it was handed over before, whatever became of it.
        """
        with self._ledger.writing() as connection:
            id = begin_letter(connection, account, reader.member, kind, period, at=now)
        if id is None:
            self._done.add((account, reader.member, str(kind), f"{now.date()}"))
            return None
        state = "unknown"
        try:
            state = hand(id)
        finally:
            with self._ledger.writing() as connection:
                end_letter(connection, id, state=state, at=self._clock())
            if state == "failed":
                self._later[account, reader.member, str(kind)] = now + _AGAIN
        return state

    def _waits(self, account: str, reader: Reader, kind: ReportKind, now: datetime) -> bool:
        """Whether a letter that nobody took waits for another try."""
        return self._later.get((account, reader.member, str(kind)), now) > now

    def _readers(self, account: str, kind: ReportKind, now: datetime) -> list[Reader]:
        day = f"{now.date()}"
        with self._ledger.reading() as connection:
            found = readers(connection, account, kind)
        return [
            each
            for each in found
            if (account, each.member, str(kind), day) not in self._done and not self._waits(account, each, kind, now)
        ]

    def _within(self, account: str, reader: Reader) -> tuple[str, ...] | None:
        with self._ledger.reading() as connection:
            names = site_names(connection, account, reader.sites)
        return None if names is None else tuple(sorted(names))

    def _page(self, path: str) -> str:
        return f"{self._link.rstrip('/')}{path}" if self._link else ""

    def _run(self, ending: threading.Event) -> None:
        while not ending.wait(_LOOK_S):
            try:
                self.work()
            except Exception as error:
                # Whatever it is, calls go on; it is tried again in a minute.
                log.error("reports_failed", error=type(error).__name__, where=where(error))


def _texted(hand: HandText, account: str, number: int, body: str, id: str) -> str:
    return hand(account, number, body, id)
