"""Every phone system says who stands behind it, and what counts as abroad."""

from __future__ import annotations

import pytest

from decroche.connectors.crms import CRMS
from decroche.connectors.platforms import PLATFORMS
from decroche.connectors.vendors import CRM_VENDORS, VENDORS, Vendor, outside


def test_every_platform_is_there_and_nothing_else() -> None:
    assert VENDORS.keys() == {each.name for each in PLATFORMS}
    assert CRM_VENDORS.keys() == {each.name for each in CRMS}


@pytest.mark.parametrize(
    ("countries", "of", "abroad"),
    [
        (("FR",), "FR", ()),
        (("FR",), "BE", ()),
        (("FR",), "CH-GE", ()),
        (("FR", "US"), "FR-57", ("US",)),
        (("CH",), "CH", ()),
        (("FR",), "CA-QC", ("FR",)),
        (("CA",), "CA-QC", ()),
        (("FR", "US"), "US", ("FR",)),
        ((), "FR", ()),
    ],
)
def test_what_is_abroad(countries: tuple[str, ...], of: str, abroad: tuple[str, ...]) -> None:
    assert outside(Vendor(name="x", countries=countries), of) == abroad
    assert outside(None, of) == ()
