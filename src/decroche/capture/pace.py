"""Keeps to what a platform allows: so many questions a minute from one key, whoever asks them."""

from __future__ import annotations

import threading
from collections.abc import Hashable

from decroche.capture.patience import Patience
from decroche.capture.tasks import Stopping
from decroche.connector_kit.connector import History
from decroche.ledger.setting_up import Endpoint

#: A pause too short to be made.
_NOTHING_S = 0.001


class Pace:
    """Questions at equal distances, so that no minute, and no second, sees more than its share."""

    def __init__(self, per_minute: int, patience: Patience) -> None:
        self._distance = 60 / per_minute
        self._patience = patience
        self._next = patience.elapsed()
        self._held_until = self._next
        self._taking = threading.Lock()

    def take(self, stopping: threading.Event) -> None:
        """Return when a question may be asked. Raises Stopping when there is to be no other."""
        with self._taking:
            mine = max(self._patience.elapsed(), self._next)
            self._next = mine + self._distance
        self._wait(stopping, mine)

    def keep_still(self, stopping: threading.Event) -> None:
        """Return when nothing is held, for a question that has a share of its own. Raises Stopping as well."""
        self._wait(stopping, 0.0)

    def hold(self, seconds: float) -> None:
        """Ask nothing for so long: the platform said so."""
        with self._taking:
            self._held_until = max(self._held_until, self._patience.elapsed() + seconds)
            self._next = max(self._next, self._held_until)

    def _wait(self, stopping: threading.Event, until: float) -> None:
        while (left := max(until, self._held_until) - self._patience.elapsed()) > _NOTHING_S:
            if stopping.is_set():
                raise Stopping
            self._patience.wait(stopping, left)
        if stopping.is_set():
            raise Stopping


class Paces:
    """The pace of each key of a platform, shared by all who ask with it."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._known: dict[Hashable, Pace] = {}
        self._making = threading.Lock()

    def of(self, key: Hashable, per_minute: int) -> Pace:
        """The pace of ``key``."""
        with self._making:
            if key not in self._known:
                self._known[key] = Pace(per_minute, self._patience)
            return self._known[key]

    def of_history(self, endpoint: Endpoint, connector: str, history: History) -> Pace:
        """The pace of those who ask ``connector`` with the key of ``endpoint``."""
        settings = endpoint.all_settings
        key = (connector, *(settings.get(name, "") for name in history.needs))
        return self.of(key if history.needs else endpoint.id, history.per_minute)
