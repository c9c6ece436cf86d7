"""Refuses changes that another site asks a signed-in browser to make."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from decroche.capture.receive.public_address import PublicAddress

_HARMLESS = frozenset({"GET", "HEAD", "OPTIONS"})
#: What no cookie opens: programs bring a token, platforms a signature, callers the address of their page.
_APART = ("/api/", "/hooks/", "/r/")


class SameOrigin:
    """Lets a change through that the browser says comes from a page of ours.

    ``Sec-Fetch-Site`` says so where there is HTTPS (or this machine); ``Origin`` everywhere else. A request that has
    neither comes from no browser that keeps our cookie.
    """

    def __init__(self, app: ASGIApp, address: PublicAddress) -> None:
        self._app, self._address = app, address

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer 403."""
        apart = scope["type"] != "http" or scope["method"] in _HARMLESS or scope["path"].startswith(_APART)
        if apart or self._ours(scope):
            await self._app(scope, receive, send)
        else:
            await PlainTextResponse("This form was not sent from here.", status_code=403)(scope, receive, send)

    def _ours(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        said = headers.get("sec-fetch-site")
        if said is not None:
            return said in {"same-origin", "none"}
        origin = headers.get("origin")
        if origin is None:
            return False
        peer = (scope.get("client") or ("", 0))[0]
        here = self._address.called(scheme=scope["scheme"], path="", query="", peer=peer, headers=dict(headers.items()))
        told, ours = urlsplit(origin), urlsplit(here)
        if self._address.url is None:
            # Whether a proxy before us takes HTTPS is not known: the host says whose page it is.
            return bool(told.netloc) and told.netloc == ours.netloc
        return (told.scheme, told.netloc) == (ours.scheme, ours.netloc)
