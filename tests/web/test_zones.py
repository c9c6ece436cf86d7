"""The time zones that pages offer."""

from __future__ import annotations

from decroche.web.zones import offered_zones


def test_places_are_offered_and_what_only_machines_have_is_not() -> None:
    offered = offered_zones()
    assert {"UTC", "Europe/Paris", "America/Toronto", "America/Argentina/Salta"} <= {*offered}
    assert {"Factory", "localtime", "EST5EDT", "Etc/GMT+5"}.isdisjoint(offered)
    assert list(offered) == sorted(offered)
