"""The address that a platform called and signed: the one that was set, or what a proxy that is trusted tells."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decroche.capture.receive.public_address import PublicAddress

PROXIES = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"), ip_network("127.0.0.1/32"))
SPOOFED = {"x-forwarded-proto": "https", "x-forwarded-host": "evil.example", "x-forwarded-for": "10.0.0.1",
           "forwarded": "for=10.0.0.1;host=evil.example;proto=https", "x-forwarded-prefix": "/evil"}  # fmt: skip


def called(
    address: PublicAddress, peer: str, headers: dict[str, str], *, path: str = "/hooks/a/b", query: str = ""
) -> str:
    return address.called(
        scheme="http", path=path, query=query, peer=peer, headers={"host": "own.example:8350"} | headers
    )


@pytest.mark.parametrize(
    ("peer", "headers", "expected"),
    [
        ("10.1.2.3", {"x-forwarded-proto": "https", "x-forwarded-host": "calls.example"}, "https://calls.example"),
        ("fd00::7", {"x-forwarded-proto": "https", "x-forwarded-host": "calls.example"}, "https://calls.example"),
        ("::ffff:10.1.2.3", {"x-forwarded-proto": "https", "x-forwarded-host": "c.example"}, "https://c.example"),
        ("10.1.2.3", {"x-forwarded-proto": "https"}, "https://own.example:8350"),
        ("10.1.2.3", {"x-forwarded-host": "calls.example:8443"}, "http://calls.example:8443"),
        ("10.1.2.3", {}, "http://own.example:8350"),
        ("10.1.2.3", {"x-forwarded-proto": " ", "x-forwarded-host": ","}, "http://own.example:8350"),
        ("10.1.2.3", {"x-forwarded-host": "evil.example, calls.example"}, "http://calls.example"),
        ("203.0.113.9", SPOOFED, "http://own.example:8350"),
        ("::ffff:203.0.113.9", SPOOFED, "http://own.example:8350"),
        ("11.0.0.1", SPOOFED, "http://own.example:8350"),
        ("", SPOOFED, "http://own.example:8350"),
        ("/run/socket", SPOOFED, "http://own.example:8350"),
    ],
)  # fmt: skip
def test_only_a_trusted_proxy_says_what_was_called(peer: str, headers: dict[str, str], expected: str) -> None:
    assert called(PublicAddress(proxies=PROXIES), peer, headers) == f"{expected}/hooks/a/b"


@pytest.mark.parametrize("peer", ["10.1.2.3", "203.0.113.9"])
@pytest.mark.parametrize("url", ["https://calls.example", "https://calls.example/", "https://calls.example/decroche"])
def test_the_address_that_was_set_wins(peer: str, url: str) -> None:
    found = called(PublicAddress(url, PROXIES), peer, {"host": "evil.example", **SPOOFED}, query="a=1")
    assert found == f"{url.rstrip('/')}/hooks/a/b?a=1"


def test_nobody_is_trusted_unless_it_is_set() -> None:
    assert called(PublicAddress(), "127.0.0.1", SPOOFED) == "http://own.example:8350/hooks/a/b"


_VISIBLE = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="?#"), max_size=30)


@given(path=_VISIBLE, query=_VISIBLE)
def test_path_and_query_stay_as_they_were_sent(path: str, query: str) -> None:
    for address in (PublicAddress(), PublicAddress("https://calls.example", PROXIES)):
        found = called(address, "10.1.2.3", {}, path=f"/hooks/{path}", query=query)
        assert found.endswith(f"/hooks/{path}" + (f"?{query}" if query else ""))
        assert found.count("://", 0, 10) == 1


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("203.0.113.9", "", "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("10.1.2.3", "198.51.100.1", "198.51.100.1"),
        ("10.1.2.3", "192.0.2.66, 198.51.100.1, 10.0.0.9", "198.51.100.1"),
        ("10.1.2.3", "10.0.0.9", "10.1.2.3"),
        ("10.1.2.3", "", "10.1.2.3"),
        ("2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "", "203.0.113.9"),
        ("somebody", "", "somebody"),
        ("", "", ""),
    ],
)
def test_who_asks_is_told_by_our_own_proxies_alone(peer: str, forwarded: str, expected: str) -> None:
    headers = {"x-forwarded-for": forwarded} if forwarded else {}
    assert PublicAddress(None, PROXIES).visitor(peer, headers) == expected
