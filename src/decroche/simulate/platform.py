"""A simulated Ringover at work: delivers each event over HTTP at its moment, and again until somebody takes it."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import httpx

from decroche.simulate.ringover import Account, Sent, event, listed, retried, signed
from decroche.simulate.ringover_api import RingoverApi
from decroche.simulate.timetable import Placed, in_order_of_time

#: Seconds (ours) between the attempts at one delivery; after the last it is given up. Ringover's are not published.
RETRIES_S = (1.0, 5.0, 30.0, 120.0, 600.0)
_TIMEOUT_S = 10.0


def told(calls: Iterable[Placed], *, account: Account, api: RingoverApi, since: datetime) -> Iterator[Sent]:
    """The deliveries about ``calls`` from ``since`` on, in order of time; ``api`` comes to list every call."""

    def listed_too() -> Iterator[Placed]:
        for call in calls:
            api.rows += listed(call.story)
            yield call

    for call, step in in_order_of_time(listed_too()):
        if step.at >= since:
            yield signed(event(call.story, step), account=account, at=step.at)


@dataclass(slots=True)
class Answers:
    """What became of the deliveries: how many were taken, which were given up, and every answer that was not 2xx.

    An attempt that nobody answered counts as status 0.
    """

    taken: int = 0
    given_up: list[Sent] = field(default_factory=list)
    refusals: list[int] = field(default_factory=list)


class Platform:
    """Delivers ``sent``, which is in order of time, from a thread of its own.

    ``clock`` is the platform's, ``speed`` times as fast as ours. Whoever has to wait for another attempt keeps nobody
    else waiting.
    """

    def __init__(
        self,
        sent: Iterable[Sent],
        *,
        account: Account,
        clock: Callable[[], datetime],
        speed: float = 1.0,
        retries: Sequence[float] = RETRIES_S,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.answers = Answers()
        self._sent = iter(sent)
        self._account = account
        self._clock = clock
        self._speed = speed
        self._retries = retries
        self._transport = transport
        self._again: list[tuple[datetime, int, int, Sent]] = []
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="simulated-ringover", daemon=True)

    def start(self) -> None:
        """Begin to deliver."""
        self._thread.start()

    def stop(self) -> None:
        """Deliver nothing more."""
        self._stopping.set()
        self._thread.join()

    def wait(self, seconds: float) -> bool:
        """Wait until all is delivered or given up, at most so long. Whether it is."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        number = 0
        upcoming = next(self._sent, None)
        with httpx.Client(timeout=_TIMEOUT_S, transport=self._transport, trust_env=False) as client:
            while upcoming is not None or self._again:
                if upcoming is None or (self._again and self._again[0][0] <= upcoming.at):
                    due, _, attempt, sent = heapq.heappop(self._again)
                    sent = retried(sent, account=self._account, at=due)
                else:
                    sent, due, attempt = upcoming, upcoming.at, 0
                    upcoming = next(self._sent, None)
                wait = (due - self._clock()).total_seconds() / self._speed
                if self._stopping.wait(max(0.0, wait)):
                    return
                status = _deliver(client, sent)
                if 200 <= status < 300:
                    self.answers.taken += 1
                    continue
                self.answers.refusals.append(status)
                if attempt == len(self._retries) or not sent.genuine:
                    self.answers.given_up.append(sent)
                    continue
                number += 1
                later = self._clock() + timedelta(seconds=self._retries[attempt] * self._speed)
                heapq.heappush(self._again, (later, number, attempt + 1, sent))


def _deliver(client: httpx.Client, sent: Sent) -> int:
    """The status of the answer; 0 when there was none."""
    try:
        return client.post(sent.url, content=sent.body, headers=sent.headers).status_code
    except httpx.TransportError:
        return 0
