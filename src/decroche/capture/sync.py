"""Keeps CRMs and the ledger in step: their deals are read as they change, our calls and callbacks are written there.

A page of deals and the place where to go on are kept in one transaction: whatever stops us, the same page is asked
for again, and what is known already changes nothing. What we write is intended before the CRM is asked, under a key
of ours: after a lost answer it is looked for, or written again under the same key, so that it is there once. Only
deals and the people they name are read, and what we wrote changes nothing of a deal that we would take for theirs.
Advertising platforms, of which only calls and costs are read, take their turns with the CRMs.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import httpx
import sqlalchemy as sa
import structlog
from cryptography.fernet import Fernet

from decroche.capture.ads_reading import CurrencyOf, due, keep_ads, of_country, read_ads
from decroche.capture.crm_reading import keep_page, keep_people, read_page, read_people
from decroche.capture.crm_writing import look_for_writes, write_next
from decroche.capture.pace import Pace
from decroche.capture.patience import REAL_TIME, Patience
from decroche.capture.tasks import Stopping
from decroche.connector_kit.connector import Connector
from decroche.connector_kit.errors import Misconfigured, Unavailable
from decroche.connector_kit.http import Http
from decroche.ledger.crm_connections import CrmConnection, note_problem, read_crms
from decroche.ledger.setting_up import Endpoint
from decroche.ledger.store import Ledger
from decroche.model.problem import Problem
from decroche.telemetry import where

#: How long to wait after a refusal that says nothing about it: doubled each time, up to the longest.
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=5), timedelta(minutes=10)
#: How often it is looked whether there is something to do, in seconds.
LOOK_S = 5.0
TIMEOUT_S = 30.0
_END_S = 10.0

log = structlog.get_logger()


@dataclass(slots=True)
class Asking:
    """What is in hand with one CRM: its client, its share of the CRM's limit, and when it is asked again."""

    crm: CrmConnection
    connector: Connector
    http: Http
    pace: Pace
    wait: timedelta = FIRST_WAIT
    #: Nothing is asked before.
    rests_until: datetime | None = None
    #: There is more to read at once.
    more: bool = True
    problem: Problem | None = field(default=None)


class CrmSync:
    """One thread for all CRMs, each getting its turn. ``crms`` are the connectors by name."""

    def __init__(
        self,
        ledger: Ledger,
        crms: Mapping[str, Connector],
        *,
        box: Fernet,
        clock: Callable[[], datetime],
        transport: httpx.BaseTransport | None = None,
        patience: Patience = REAL_TIME,
        counts_in: CurrencyOf = of_country,
    ) -> None:
        self._ledger = ledger
        self._counts_in = counts_in
        self._crms = crms
        self._box = box
        self._clock = clock
        self._transport = transport
        self._patience = patience
        self._asking: dict[str, Asking] = {}
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin; again after a stop."""
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(self._ending,), name="crm-sync", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End after the question in hand; the rest is asked at the next start."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join(_END_S)

    def endpoints_changed(self, endpoints: Mapping[str, tuple[Endpoint, Connector]]) -> None:
        """Which phone systems are connected does not matter here."""

    def _run(self, ending: threading.Event) -> None:
        with httpx.Client(timeout=TIMEOUT_S, transport=self._transport) as client:
            while not ending.is_set():
                try:
                    busy = self.turn(client, ending)
                except Stopping:
                    return
                except Exception as error:
                    log.error("crm_sync_failed", error=type(error).__name__, where=where(error))
                    busy = False
                if not busy:
                    self._patience.wait(ending, LOOK_S)

    def turn(self, client: httpx.Client, ending: threading.Event) -> bool:
        """Let every CRM take one step. Whether one of them did something. Raises Stopping."""
        asking = self.asked(client, ending)
        done = [self.step(each) for each in asking]
        return any(done)

    def asked(self, client: httpx.Client, ending: threading.Event) -> Sequence[Asking]:
        """The CRMs that are connected now; those with other settings begin anew."""
        with self._ledger.reading() as connection:
            known = {each.id: each for each in read_crms(connection, self._box) if each.crm in self._crms}
        for id in [id for id in self._asking if id not in known]:
            del self._asking[id]
        for id, crm in known.items():
            before = self._asking.get(id)
            if before is None or before.crm.all_settings != crm.all_settings:
                self._asking[id] = self._begun(crm, client, ending)
            else:
                before.crm = crm
        return list(self._asking.values())

    def _begun(self, crm: CrmConnection, client: httpx.Client, ending: threading.Event) -> Asking:
        connector = self._crms[crm.crm]
        asks = connector.deals or connector.ads
        per_minute = 60 if asks is None else asks.per_minute
        pace = Pace(per_minute, self._patience)
        http = Http(client, before=lambda: pace.take(ending))
        return Asking(crm, connector, http, pace, problem=crm.problem)

    def step(self, asking: Asking) -> bool:
        """Write, read or leave alone. Whether something was done. Raises Stopping."""
        now = self._clock()
        if asking.rests_until is not None and now < asking.rests_until:
            return False
        try:
            done = self.step_once(asking, now)
        except Unavailable as error:
            return self._rest(asking, error.problem, error.retry_after)
        except Misconfigured as error:
            # New settings begin anew: until then we only look whether the CRM has changed its mind.
            return self._rest(asking, error.problem, LONGEST_WAIT)
        except sa.exc.SQLAlchemyError as error:
            log.warning("crm_not_kept", crm=asking.crm.crm, error=type(error).__name__)
            return self._rest(asking, None, None)
        except Stopping:
            raise
        except Exception as error:
            # A fault of ours must not end the asking for good.
            log.error("crm_failed", crm=asking.crm.crm, error=type(error).__name__, where=where(error))
            problem = Problem("the CRM could not be read ({error})", {"error": type(error).__name__})
            return self._rest(asking, problem, LONGEST_WAIT)
        asking.wait, asking.rests_until = FIRST_WAIT, None
        self._tell(asking, None)
        return done

    def step_once(self, asking: Asking, now: datetime) -> bool:
        """One thing of what is to do, writing first. Raises what the CRM and the store raise."""
        ledger, crm, connector = self._ledger, asking.crm, asking.connector
        if connector.ads is not None:
            if connector.ads.missing(crm.all_settings) or not (asking.more or due(crm, connector.ads, now)):
                return False
            page = read_ads(crm, connector, asking.http, now=now)
            keep_ads(ledger, crm, connector, page, now=now, counts_in=self._counts_in)
            asking.more = page.more
            return True
        if write_next(ledger, crm, connector, asking.http, now=now):
            return True
        if crm.writes and look_for_writes(ledger, crm, now=now):
            return True
        deals = connector.deals
        if deals is None or deals.missing(crm.all_settings):
            return False
        if asking.more or crm.read_at is None or not crm.read_at <= now < crm.read_at + deals.every:
            read = read_page(ledger, crm, connector, asking.http, now=now)
            keep_page(ledger, crm, read, now=now)
            asking.more = read.page.more
            return True
        people = read_people(ledger, crm, connector, asking.http, now=now)
        if people is None:
            return False
        keep_people(ledger, crm, people, now=now)
        return True

    def _rest(self, asking: Asking, problem: Problem | None, told: timedelta | None) -> bool:
        wait, asking.wait = told or asking.wait, min(asking.wait * 2, LONGEST_WAIT)
        asking.rests_until = self._clock() + wait
        if problem is not None:
            self._tell(asking, problem)
        return False

    def _tell(self, asking: Asking, problem: Problem | None) -> None:
        if asking.problem == problem:
            return
        if problem is not None:
            log.warning("crm", crm=asking.crm.crm, problem=str(problem))
        try:
            with self._ledger.writing() as connection:
                note_problem(connection, asking.crm.id, problem)
        except sa.exc.SQLAlchemyError:
            return  # said again with the next step
        asking.problem = problem
