"""Sends changes to the webhooks that asked for them: signed, in order, again until they arrive."""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx
import sqlalchemy as sa
import structlog
from cryptography.fernet import Fernet

from decroche.api.events import event_json
from decroche.capture.feed import Change, Feed
from decroche.connector_kit.connector import Connector
from decroche.ledger.setting_up import Endpoint
from decroche.ledger.store import Ledger
from decroche.ledger.tables import webhooks

#: The wait after the first failure; it doubles up to the longest.
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=5), timedelta(hours=1)
#: How often the ledger is asked, in seconds.
LOOK_S = 0.5
TIMEOUT_S = 10.0

log = structlog.get_logger()


def signature(secret: str, sent_at: int, body: bytes) -> str:
    """The header ``Decroche-Signature``: when it was sent (Unix seconds), and the HMAC-SHA256 of time, dot and body."""
    mac = hmac.new(secret.encode(), b"%d." % sent_at + body, hashlib.sha256).hexdigest()
    return f"t={sent_at},v1={mac}"


class OutgoingWebhooks:
    """One thread for all webhooks. A change is sent again until it is answered 2xx; the next one waits for it."""

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
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def stop(self) -> None:
        """End after the change in hand."""
        self._stopping.set()
        self._thread.join()

    def endpoints_changed(self, endpoints: Mapping[str, tuple[Endpoint, Connector]]) -> None:
        """What is sent does not depend on the endpoints."""

    def _run(self) -> None:
        with httpx.Client(timeout=TIMEOUT_S, transport=self._transport) as client:
            while not self._stopping.is_set():
                try:
                    sent = self.send_due(client)
                except sa.exc.SQLAlchemyError as error:
                    log.warning("webhooks", error=type(error).__name__)
                    sent = 0
                if not sent:
                    self._stopping.wait(LOOK_S)

    def send_due(self, client: httpx.Client) -> int:
        """Send what is due to every webhook; returns how many changes arrived."""
        c = webhooks.c
        now = self._clock()
        with self._ledger.reading() as connection:
            due = connection.execute(
                sa.select(webhooks).where(c.removed_at.is_(None), c.retry_at.is_(None) | (c.retry_at <= now))
            ).all()
        return sum(self._send_to(client, hook) for hook in due)

    def _send_to(self, client: httpx.Client, hook: sa.Row[Any]) -> int:
        wanted = set(hook.kinds.split())
        found = self._feed.after(hook.position, account=hook.account_id, limit=100)
        if not found:
            return 0
        secret = self._box.decrypt(hook.secret).decode()
        sent = 0
        for change in found:
            if not wanted or change.kind in wanted:
                problem = self._send(client, hook.url, secret, change)
                if problem is not None:
                    wait = min(FIRST_WAIT * 2 ** min(hook.failures, 10), LONGEST_WAIT)
                    self._note(hook.id, failures=hook.failures + 1, retry_at=self._clock() + wait, problem=problem)
                    return sent
                sent += 1
            # A crash before this line sends the change again: its id tells the receiver.
            self._note(hook.id, position=change.id, failures=0, retry_at=None, problem=None)
            if self._stopping.is_set():
                break
        return sent

    def _send(self, client: httpx.Client, url: str, secret: str, change: Change) -> str | None:
        """None when it arrived, else what went wrong."""
        with self._ledger.for_account(change.account_id) as account:
            body = event_json(account, change, whole=False)
        headers = {
            "Content-Type": "application/json",
            "Decroche-Event": str(change.id),
            "Decroche-Signature": signature(secret, int(self._clock().timestamp()), body),
        }
        try:
            answer = client.post(url, content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return type(error).__name__
        return None if answer.is_success else f"answered {answer.status_code}"

    def _note(self, hook: str, **values: Any) -> None:
        with self._ledger.writing() as connection:
            connection.execute(sa.update(webhooks).where(webhooks.c.id == hook).values(**values))
