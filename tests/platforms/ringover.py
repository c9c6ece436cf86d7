"""Ringover's API as far as past calls go, in this process."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import httpx

from decroche.simulate.ringover_api import HOST, RingoverApi

API_KEY = "an-api-key"


class Ringover(RingoverApi):
    """The simulated API with the key of the tests."""

    def __init__(
        self,
        rows: Iterable[dict[str, Any]],
        *,
        page: int = 1000,
        host: str = HOST,
        bad_days: Iterable[httpx.Response] = (),
    ) -> None:
        super().__init__(rows, key=API_KEY, page=page, host=host, bad_days=bad_days)

    def client(self) -> httpx.Client:
        return httpx.Client(transport=self)
