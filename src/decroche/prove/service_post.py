"""Sends reports on their days: Monday's letter before eight, and the month's variances on its first day. Each once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import datetime, time

import sqlalchemy as sa
import structlog

from decroche.language import Language
from decroche.ledger.members import site_names
from decroche.ledger.reporting import Reader, ReportKind, begin_letter, end_letter, keep_report, readers
from decroche.ledger.store import Ledger
from decroche.ledger.tables import accounts
from decroche.prove.monday_words import Letter, monday_letter, month_letter
from decroche.prove.service_desk import Desk, NotReady
from decroche.prove.service_monday import monday_figures, month_figures, written
from decroche.prove.service_targets import look
from decroche.telemetry import where

#: Hands a letter to an address: handed, failed (surely not handed), or unknown.
Hand = Callable[[str, Letter, str], str]
#: From when on letters go, in local time; until when one that was late still goes. Monday's must be there by eight.
FROM, UNTIL = time(6, 30), time(12)
_LOOK_S = 60.0
_PATIENCE_S = 30.0

log = structlog.get_logger()


class Clerk:
    """One thread, in the process that folds. ``hand`` is None where no mail server is set up: nothing is sent then.

    ``link`` is the address of the pages; empty where nobody told it.
    """

    def __init__(
        self, ledger: Ledger, desk: Desk, *, hand: Hand | None, link: str, clock: Callable[[], datetime]
    ) -> None:
        self._ledger = ledger
        self._desk = desk
        self._hand = hand
        self._link = link
        self._clock = clock
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None
        self._looked: dict[str, str] = {}
        # Whose letter of which day is done with: what was sent is also written down, for after a restart.
        self._done: set[tuple[str, str, str, str]] = set()

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
        """Do what is due now, for every account. Raises what the stores raise."""
        with self._ledger.reading() as connection:
            known = connection.execute(sa.select(accounts.c.id, accounts.c.name).order_by(accounts.c.id)).all()
        for row in known:
            if self._ending.is_set():
                return
            try:
                self._due(str(row.id), str(row.name))
            except NotReady:
                # The columns are being made: the next look comes in a minute.
                continue

    def _due(self, account: str, name: str) -> None:
        now = self._clock()
        local = now.astimezone(self._desk.business(account).clocks.clock(None))
        if not FROM <= local.time() < UNTIL:
            return
        if local.weekday() == 0 and self._looked.get(account) != f"{local.date()}":
            look(self._desk, self._ledger, account, now=now)
            self._looked[account] = f"{local.date()}"
        if self._hand is None:
            return
        if local.weekday() == 0:
            self._monday(account, name, now)
        if local.day == 1:
            self._month(account, name, now)

    def _monday(self, account: str, name: str, now: datetime) -> None:
        for reader in self._readers(account, ReportKind.MONDAY, now):
            found = monday_figures(
                self._desk, self._ledger, account, business=name, now=now, within=self._within(account, reader)
            )
            letter = monday_letter(found, Language(reader.language), link=self._page("/"))
            self._send(account, reader, ReportKind.MONDAY, found.name, letter, written(found), found.fingerprint, now)

    def _month(self, account: str, name: str, now: datetime) -> None:
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
        """Hand a letter over once: written down before, and what became of it after."""
        assert self._hand is not None
        with self._ledger.writing() as connection:
            id = begin_letter(connection, account, reader.member, kind, period, at=now)
        if id is None:
            self._done.add((account, reader.member, str(kind), f"{now.date()}"))
            return
        state = "unknown"
        try:
            state = self._hand(reader.email, letter, id)
        finally:
            with self._ledger.writing() as connection:
                end_letter(connection, id, state=state, at=self._clock())
        if state == "handed" and reader.sites is None:
            with self._ledger.writing() as connection:
                keep_report(
                    connection, account, kind=kind, period=period, site="", figures=figures, fingerprint=fingerprint,
                    by="schedule", at=now,
                )  # fmt: skip

    def _readers(self, account: str, kind: ReportKind, now: datetime) -> list[Reader]:
        day = f"{now.date()}"
        with self._ledger.reading() as connection:
            found = readers(connection, account, kind)
        return [each for each in found if (account, each.member, str(kind), day) not in self._done]

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
