"""Who stands behind each phone system, and from which countries: what a list of processors has to say.

Countries are those of the vendor's company, as it presents itself in 2026; where data lies is for the contract to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """A company that has data of people. ``countries`` are ISO codes; empty: only the user knows which company."""

    name: str
    countries: tuple[str, ...]


#: None: the phone system runs on the user's own machines.
VENDORS: Mapping[str, Vendor | None] = {
    "aircall": Vendor(name="Aircall", countries=("FR", "US")),
    "asterisk": None,
    "avaya": None,
    "freeswitch": None,
    "ovh": Vendor(name="OVH SAS", countries=("FR",)),
    "ringcentral": Vendor(name="RingCentral, Inc.", countries=("US",)),
    "ringover": Vendor(name="Ringover Group", countries=("FR",)),
    "smpp": Vendor(name="", countries=()),
    "threecx": None,
    "twilio": Vendor(name="Twilio Inc.", countries=("US",)),
    "vonage": Vendor(name="Vonage", countries=("US",)),
    "zendesk_talk": Vendor(name="Zendesk, Inc.", countries=("US",)),
}

#: The same for CRMs and for who tells of advertising.
CRM_VENDORS: Mapping[str, Vendor] = {
    "google_ads": Vendor(name="Google Ireland Limited, Google LLC", countries=("IE", "US")),
    "hubspot": Vendor(name="HubSpot, Inc.", countries=("US",)),
    "pipedrive": Vendor(name="Pipedrive OÜ", countries=("EE",)),
    "salesforce": Vendor(name="Salesforce, Inc.", countries=("US",)),
    "zendesk": Vendor(name="Zendesk, Inc.", countries=("US",)),
}

#: The European Economic Area.
EEA = frozenset({
    "AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR", "HU", "IE", "IT", "LV", "LT", "LU", "MT",
    "NL", "PL", "PT", "RO", "SK", "SI", "ES", "SE", "IS", "LI", "NO",
})  # fmt: skip


def outside(vendor: Vendor | None, country: str) -> tuple[str, ...]:
    """The countries of a vendor to which data leaves the protection of ``country`` (FR, CA-QC…), of rule DP-5.

    In Québec every other country counts, elsewhere those beyond the European Economic Area and one's own. A vendor in
    the United States is abroad for everybody but them.
    """
    own = country.partition("-")[0]
    near = {own} if own in {"CA", "US"} else EEA | {own}
    return () if vendor is None else tuple(each for each in vendor.countries if each not in near)
