"""Which address a platform called: what it signed is the public one, not the one behind our proxy."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class PublicAddress:
    """``url`` is the scheme and host that people type, such as ``https://appels.garage.fr``; None when not told.

    ``proxies`` are the networks whose ``X-Forwarded-*`` headers are believed.
    """

    url: str | None = None
    proxies: Sequence[Network] = ()

    def called(self, *, scheme: str, path: str, query: str, peer: str, headers: Mapping[str, str]) -> str:
        """The address of a request that came from ``peer``; header names are lower-case, ``path`` as it was sent."""
        base = self.url
        if base is None:
            host = headers.get("host", "localhost")
            if self._believed(peer):
                scheme = _last(headers.get("x-forwarded-proto")) or scheme
                host = _last(headers.get("x-forwarded-host")) or host
            base = f"{scheme}://{host}"
        return f"{base.rstrip('/')}{path}" + (f"?{query}" if query else "")

    def visitor(self, peer: str, headers: Mapping[str, str]) -> str:
        """The network address of whoever asks: of ``peer``, or of whom our own proxies say that they speak for.

        Of an IPv6 address only the network of a household or a phone is told, since the rest changes by itself.
        """
        told = [peer, *reversed([each.strip() for each in headers.get("x-forwarded-for", "").split(",")])]
        here = next((each for each in told if each and not self._believed(each)), peer)
        try:
            address = ipaddress.ip_address(here)
        except ValueError:
            return here
        if isinstance(address, ipaddress.IPv6Address):
            return str(address.ipv4_mapped or ipaddress.ip_network((address, 64), strict=False))
        return str(address)

    def _believed(self, peer: str) -> bool:
        try:
            address = ipaddress.ip_address(peer)
        except ValueError:
            return False
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        return any(address in network for network in self.proxies)


def _last(value: str | None) -> str:
    """What the proxy itself wrote: what stands before may come from anybody."""
    return "" if value is None else value.rpartition(",")[2].strip()
