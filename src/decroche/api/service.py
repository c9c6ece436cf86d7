"""Sends changes to the webhooks that asked for them: signed, in order, again until they arrive."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

import httpx
import sqlalchemy as sa
import structlog
from cryptography.fernet import Fernet

from decroche.api.presenting import change_json
from decroche.capture.feed import Change, Feed
from decroche.connector_kit.connector import Connector
from decroche.connector_kit.outgoing import signature
from decroche.ledger.setting_up import Endpoint
from decroche.ledger.store import Ledger
from decroche.ledger.tables import webhooks

#: The wait after the first failure; it doubles up to the longest.
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=5), timedelta(hours=1)
#: How long nobody else sends to a webhook of which nothing is heard: longer than one delivery can take.
LEASE = timedelta(minutes=2)
#: How often the ledger is asked, in seconds.
LOOK_S = 0.5
#: How long a receiver may take for each step of a delivery, in seconds.
TIMEOUT_S = 10.0
#: Receivers that are written to at the same time, and changes sent to each before the next one's turn.
AT_ONCE, IN_TURN = 16, 100
_GONE = 410

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Refused:
    """A delivery that did not arrive: why, whether for ever, and when the receiver wants to be asked again."""

    problem: str
    gone: bool = False
    wait: timedelta = timedelta()


class OutgoingWebhooks:
    """Each webhook has its turn in a thread of its own: one that is slow or silent holds nobody else up.

    A change is sent again until it is answered 2xx, and the next one waits for it. A lease in the ledger keeps other
    processes away meanwhile.
    """

    def __init__(
        self,
        ledger: Ledger,
        feed: Feed,
        *,
        box: Fernet,
        clock: Callable[[], datetime],
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._ledger = ledger
        self._feed = feed
        self._box = box
        self._clock = clock
        self._transport = transport
        self._name = token_hex(8)
        self._stopping = threading.Event()
        self._running: list[threading.Thread] = []

    def start(self) -> None:
        """Begin to send; again after a stop."""
        if self._ledger.embedded:  # nobody else can have one
            with self._ledger.writing() as connection:
                connection.execute(sa.update(webhooks).values(leased_by=None, leased_until=None))
        self._stopping = threading.Event()
        self._running = [threading.Thread(target=self._run, args=(self._stopping,), name="webhooks", daemon=True)]
        self._running[0].start()

    def stop(self) -> None:
        """End after the changes in hand, and do not wait for receivers that say nothing."""
        self._stopping.set()
        for thread in self._running:
            thread.join(TIMEOUT_S)

    def endpoints_changed(self, endpoints: Mapping[str, tuple[Endpoint, Connector]]) -> None:
        """What is sent does not depend on the endpoints."""

    def _run(self, stopping: threading.Event) -> None:
        turns: dict[str, threading.Thread] = {}
        with self._client() as client:
            while not stopping.wait(LOOK_S):
                turns = {hook: thread for hook, thread in turns.items() if thread.is_alive()}
                try:
                    due = [hook for hook in self.due() if hook not in turns]
                except sa.exc.SQLAlchemyError as error:
                    log.warning("webhooks_not_read", error=type(error).__name__)
                    continue
                for hook in due[: AT_ONCE - len(turns)]:
                    turns[hook] = threading.Thread(
                        target=self.send_turn, args=(hook, client, stopping), name="webhook", daemon=True
                    )
                    turns[hook].start()
            for thread in turns.values():
                thread.join(TIMEOUT_S)

    def _client(self) -> httpx.Client:
        # A receiver is reached as it is written: no redirect, and no proxy or password of this machine.
        return httpx.Client(timeout=TIMEOUT_S, transport=self._transport, follow_redirects=False, trust_env=False)

    def send_due(self) -> int:
        """Give every webhook that has something to send its turn, one after the other. Returns what arrived."""
        with self._client() as client:
            return sum(self.send_turn(hook, client, threading.Event()) for hook in self.due())

    def due(self) -> list[str]:
        """The webhooks that have something to send and may, those that waited longest first."""
        c = webhooks.c
        now = self._clock()
        query = sa.select(c.id, c.account_id, c.position).where(_open(now)).order_by(c.position, c.id)
        with self._ledger.reading() as connection:
            rows = connection.execute(query).all()
        return [row.id for row in rows if self._feed.after(row.position, account=row.account_id, limit=1)]

    def send_turn(self, hook: str, client: httpx.Client, stopping: threading.Event) -> int:
        """Send what waits for a webhook, as far as one turn goes, unless somebody else does. Returns what arrived."""
        try:
            row = self._leased(hook)
            if row is None:
                return 0
            try:
                return self._send_to(client, row, stopping)
            except sa.exc.SQLAlchemyError:
                raise
            except Exception as error:
                log.error("webhook_not_sent", webhook=hook, error=type(error).__name__)
                self._failed(hook, _Refused("a fault of ours: see the log of the server"), failures=row.failures)
                return 0
            finally:
                self._note(hook, leased_by=None, leased_until=None)
        except sa.exc.SQLAlchemyError as error:
            log.warning("webhook_not_sent", webhook=hook, error=type(error).__name__)
            return 0

    def _leased(self, hook: str) -> sa.Row[Any] | None:
        """The webhook, which is ours for a while; None when it is somebody else's, or not due any more."""
        c = webhooks.c
        now = self._clock()
        taken = (
            sa.update(webhooks).where(c.id == hook, _open(now)).values(leased_by=self._name, leased_until=now + LEASE)
        )
        with self._ledger.writing() as connection:
            if not connection.execute(taken).rowcount:
                return None
            return connection.execute(sa.select(webhooks).where(c.id == hook)).one()

    def _send_to(self, client: httpx.Client, hook: sa.Row[Any], stopping: threading.Event) -> int:
        wanted = set(hook.kinds.split())
        secret = self._box.decrypt(hook.secret).decode()
        sent, passed = 0, hook.position
        for change in self._feed.after(hook.position, account=hook.account_id, limit=IN_TURN):
            if stopping.is_set():
                break
            if not wanted or change.kind in wanted:
                if refused := self._send(client, hook, secret, change):
                    self._failed(hook.id, refused, position=passed, failures=hook.failures if not sent else 0)
                    return sent
                sent += 1
                # A crash before this line sends the change again: its id tells the receiver.
                if not self._note(hook.id, position=change.id, failures=0, retry_at=None, problem=None):
                    return sent
            passed = change.id
        self._note(hook.id, position=passed)
        return sent

    def _send(self, client: httpx.Client, hook: sa.Row[Any], secret: str, change: Change) -> _Refused | None:
        """None when it arrived."""
        with self._ledger.for_account(change.account_id) as account:
            body = change_json(account, change, whole=hook.numbers)
        headers = {
            "Content-Type": "application/json",
            "Decroche-Event": str(change.id),
            "Decroche-Signature": signature(secret, int(self._clock().timestamp()), body),
        }
        try:
            # The answer's body is of no interest, however long it is.
            with client.stream("POST", hook.url, content=body, headers=headers) as answer:
                if answer.is_success:
                    return None
                return _Refused(
                    f"answered {answer.status_code}",
                    gone=answer.status_code == _GONE,
                    wait=_seconds(answer.headers.get("retry-after", "")),
                )
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            return _Refused(type(error).__name__)

    def _failed(self, hook: str, refused: _Refused, *, failures: int = 0, **values: Any) -> None:
        now = self._clock()
        wait = min(max(FIRST_WAIT * 2 ** min(failures, 10), refused.wait), LONGEST_WAIT)
        log.warning("webhook_refused", webhook=hook, problem=refused.problem, failures=failures + 1)
        values |= {"failures": failures + 1, "retry_at": now + wait, "problem": refused.problem}
        self._note(hook, **values, **({"gone_at": now} if refused.gone else {}))

    def _note(self, hook: str, **values: Any) -> bool:
        """Write to a webhook that is ours, and keep it ours; False when it is not any more."""
        c = webhooks.c
        kept = {"leased_until": self._clock() + LEASE, **values}
        mine = sa.update(webhooks).where(c.id == hook, c.leased_by == self._name, c.removed_at.is_(None)).values(kept)
        with self._ledger.writing() as connection:
            return bool(connection.execute(mine).rowcount)


def _seconds(told: str) -> timedelta:
    """How long a receiver asks us to wait; nothing where it names a date or says nonsense."""
    return timedelta(seconds=int(told)) if told.isascii() and told.isdigit() and len(told) < 6 else timedelta()


def _open(now: datetime) -> sa.ColumnElement[bool]:
    """Webhooks to which something may be sent now."""
    c = webhooks.c
    return sa.and_(
        c.removed_at.is_(None),
        c.gone_at.is_(None),
        c.retry_at.is_(None) | (c.retry_at <= now),
        c.leased_until.is_(None) | (c.leased_until <= now),
    )
