"""In which zone a business can be whose numbers are of a country."""

from __future__ import annotations

import pytest

from decroche.capture.files.places import better_zone


@pytest.mark.parametrize(
    ("machine", "region", "advised"),
    [
        ("UTC", "FR", "Europe/Paris"),
        ("UTC", "CA", "America/Toronto"),
        ("UTC", "GB", "Europe/London"),
        ("Etc/GMT", "BE", "Europe/Brussels"),
        ("Europe/Paris", "CA", "America/Toronto"),
        ("America/Halifax", "CA", None),
        ("America/Montreal", "CA", None),
        ("America/Los_Angeles", "US", None),
        ("Europe/Paris", "FR", None),
        ("Europe/Paris", "BE", None),
        ("Europe/Busingen", "DE", None),
        ("UTC", "ZZ", None),
    ],
)
def test_a_machine_on_another_clock_than_the_country_is_noticed(machine: str, region: str, advised: str | None) -> None:
    assert better_zone(machine, region) == advised
