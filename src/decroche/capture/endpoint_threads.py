"""Keeps a thread for each part of an endpoint that is listened to, while it is the turn of this process to listen."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Generic, TypeVar

from decroche.capture.lights import Lights
from decroche.capture.tasks import Tasks
from decroche.connector_kit.connector import Connector
from decroche.ledger.setting_up import Endpoint

#: The endpoints by id.
Endpoints = Mapping[str, tuple[Endpoint, Connector]]
_Value = TypeVar("_Value")


class EndpointThreads(ABC, Generic[_Value]):
    """One thread for each part that is wanted. ``end_s`` is how long a stop waits for them."""

    def __init__(self, name: str, lights: Lights, *, end_s: float) -> None:
        self._lights = lights
        self._end_s = end_s
        self._tasks = Tasks[tuple[str, str], _Value](name, self._run)
        self._endpoints: Endpoints = {}
        self._started = False

    @abstractmethod
    def _wanted(self, endpoints: Endpoints) -> dict[tuple[str, str], _Value]:
        """What is listened to, by the id of the endpoint and the part, as its light names it."""

    @abstractmethod
    def _run(self, value: _Value, stopping: threading.Event) -> None:
        """Listen until ``stopping``."""

    def start(self) -> None:
        """Begin."""
        self._started = True
        self.endpoints_changed(self._endpoints)

    def stop(self) -> None:
        """End; what was heard is kept."""
        self._started = False
        self._tasks.stop(patience_s=self._end_s)

    def endpoints_changed(self, endpoints: Endpoints) -> None:
        """Listen to these endpoints from now on, with the settings that they have now, and to no others."""
        self._endpoints = endpoints
        if not self._started:
            return
        wanted = self._wanted(endpoints)
        self._tasks.keep(wanted)
        for id in endpoints:
            self._lights.only(id, [part for endpoint, part in wanted if endpoint == id])
