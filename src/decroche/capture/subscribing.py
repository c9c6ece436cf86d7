"""Keeps the subscriptions of platforms that must be asked before they deliver, and asked again before they stop."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx
import msgspec
import sqlalchemy as sa
import structlog

from decroche.capture.endpoint_threads import Endpoints, EndpointThreads
from decroche.capture.lights import Lights
from decroche.capture.patience import REAL_TIME, Patience
from decroche.connector_kit.connector import Connector, Subscribed, Subscription
from decroche.connector_kit.errors import ConnectorError, Misconfigured, Unavailable
from decroche.connector_kit.http import Http
from decroche.ledger.positions import read_position, write_position
from decroche.ledger.setting_up import Endpoint
from decroche.ledger.store import Ledger
from decroche.model.problem import Problem

#: The position of an endpoint that remembers its subscription.
POSITION = "subscription"
#: The platform tests our address at once: our door needs a moment to open after a start, in seconds.
DOOR_OPENS_S = 5.0
FIRST_WAIT_S, LONGEST_WAIT_S = 5.0, 600.0
#: How often we look whether it is time to renew, in seconds.
LOOK_S = 30.0
TIMEOUT_S = 30.0
_END_S = 5.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A subscription that stands: its id at the platform, the ``address`` that it delivers to, and its times."""

    id: str
    address: str
    renewed_at: datetime
    until: datetime | None = None

    def due(self, now: datetime, every: timedelta) -> bool:
        """Whether it must be renewed: in its rhythm, and before it ends; also when the clock was put back."""
        if not self.renewed_at <= now < self.renewed_at + every:
            return True
        return self.until is not None and self.until - now < (self.until - self.renewed_at) / 3


@dataclass(slots=True)
class Asking:
    """What one endpoint's thread has in hand."""

    endpoint: Endpoint
    subscription: Subscription
    http: Http
    wait_s: float = FIRST_WAIT_S


class Subscriptions(EndpointThreads[tuple[Endpoint, Connector]]):
    """One thread for each endpoint whose platform wants a subscription. ``public_url`` is where platforms reach us.

    After a stop the subscriptions stand on: what comes while we are away is delivered again. Those of an endpoint that
    was removed are cancelled.
    """

    def __init__(
        self,
        ledger: Ledger,
        *,
        public_url: str | None,
        clock: Callable[[], datetime],
        transport: httpx.BaseTransport | None = None,
        patience: Patience = REAL_TIME,
    ) -> None:
        super().__init__("subscription", Lights(ledger, "subscription"), end_s=_END_S)
        self._ledger = ledger
        self._public_url = public_url
        self._clock = clock
        self._transport = transport
        self._patience = patience

    def _wanted(self, endpoints: Endpoints) -> dict[tuple[str, str], tuple[Endpoint, Connector]]:
        """Without a public address there is nothing to subscribe to."""
        asked = {id: found for id, found in endpoints.items() if found[1].subscription is not None}
        return {(id, ""): found for id, found in asked.items() if self._public_url}

    def _run(self, value: tuple[Endpoint, Connector], stopping: threading.Event) -> None:
        with httpx.Client(timeout=TIMEOUT_S, transport=self._transport) as client:
            asking = self.asking(*value, client)
            self._patience.wait(stopping, DOOR_OPENS_S)
            while not stopping.is_set():
                self._patience.wait(stopping, self.step(asking))
            if self._started and value[0].id not in self._endpoints:
                self.cancel(asking)

    def asking(self, endpoint: Endpoint, connector: Connector, client: httpx.Client) -> Asking:
        """What a thread needs. Raises ValueError for a platform that wants no subscription."""
        if connector.subscription is None:
            raise ValueError(f"{connector.name} wants no subscription")
        return Asking(endpoint, connector.subscription, Http(client))

    def step(self, asking: Asking) -> float:
        """Create, renew or leave alone. Returns after how many seconds to come again."""
        endpoint = asking.endpoint
        try:
            self._see_to(asking)
        except (Unavailable, Misconfigured) as error:
            self._lights.note(endpoint, error.problem)
            told = error.retry_after if isinstance(error, Unavailable) else None
            return self._later(asking, told)
        except sa.exc.SQLAlchemyError as error:
            log.warning("subscription_not_kept", connector=endpoint.connector, error=type(error).__name__)
            return self._later(asking, None)
        except Exception as error:
            log.error("subscription_failed", connector=endpoint.connector, error=type(error).__name__)
            self._lights.note(endpoint, Problem("the subscription failed ({error})", {"error": type(error).__name__}))
            return LONGEST_WAIT_S
        self._lights.note(endpoint, None)
        asking.wait_s = FIRST_WAIT_S
        return LOOK_S

    def cancel(self, asking: Asking) -> None:
        """End the subscription of an endpoint that was removed, as far as the platform lets us."""
        standing = self._standing(asking.endpoint.id)
        if standing is None:
            return
        try:
            asking.subscription.cancel(asking.http, asking.endpoint.all_settings, standing.id)
        except ConnectorError as error:
            log.warning("subscription_not_cancelled", connector=asking.endpoint.connector, error=str(error))

    def _see_to(self, asking: Asking) -> None:
        endpoint, subscription = asking.endpoint, asking.subscription
        address = f"{self._public_url}/hooks/{endpoint.connector}/{endpoint.key}"
        standing, now = self._standing(endpoint.id), self._clock()
        settings = endpoint.all_settings
        if standing is None:
            made = subscription.create(asking.http, settings, address)
        elif standing.address != address or standing.due(now, subscription.every):
            made = subscription.renew(asking.http, settings, address, standing.id)
        else:
            return
        self._save(endpoint.id, made, address, now)

    def _later(self, asking: Asking, told: timedelta | None) -> float:
        wait, asking.wait_s = asking.wait_s, min(asking.wait_s * 2, LONGEST_WAIT_S)
        return wait if told is None else told.total_seconds()

    def _standing(self, endpoint: str) -> Standing | None:
        with self._ledger.reading() as connection:
            told = read_position(connection, endpoint, POSITION)
        try:
            return None if told is None else msgspec.json.decode(told, type=Standing)
        except msgspec.DecodeError:
            return None

    def _save(self, endpoint: str, made: Subscribed, address: str, now: datetime) -> None:
        standing = Standing(id=made.id, address=address, renewed_at=now, until=made.until)
        with self._ledger.writing() as connection:
            write_position(connection, endpoint, POSITION, msgspec.json.encode(standing).decode())
