"""The API once on each database; on PostgreSQL with the hard tests, where nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.api.serving import Served, served
from tests.databases import DATABASES


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.hard)], scope="package")
def shared(request: pytest.FixtureRequest) -> Iterator[Served]:
    """One that many tests ask and none changes."""
    with served(request.param) as found:
        yield found


@pytest.fixture(params=DATABASES)
def api(request: pytest.FixtureRequest) -> Iterator[Served]:
    """One that a test may change."""
    with served(request.param) as found:
        yield found
