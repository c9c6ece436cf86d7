"""Sends pages and what they load compressed to browsers that understand it: on a phone a page is there sooner."""

from __future__ import annotations

import gzip
from collections import OrderedDict

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Smaller answers gain nothing.
_LEAST = 700
_LEVEL = 5
_KINDS = ("text/html", "text/css", "text/javascript", "application/javascript", "image/svg+xml", "application/json")
#: Pages about what opens an account.
_APART = ("/account", "/sign-in", "/invited", "/reset", "/r/", "/hooks/")
#: Files of ours that stay compressed: their addresses bear the mark of what is in them.
_KEPT_MOST = 64


class Compressing:
    """Compresses answers to questions that come whole: never a stream, nor an answer to a change.

    From the length of what is compressed others could find out a secret beside words of theirs. Secrets are told in
    answer to a change, or on the pages of ``_APART``.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._kept: OrderedDict[str, tuple[bytes, bytes]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and its answer back."""
        if scope["type"] != "http" or scope["method"] != "GET" or not _understood(scope):
            await self._app(scope, receive, send)
            return
        begun: Message | None = None

        async def sent(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start" and _worth(message):
                begun = message
                return
            if begun is None:
                await send(message)
                return
            body = message.get("body", b"")
            headers = MutableHeaders(raw=begun["headers"])
            headers.add_vary_header("Accept-Encoding")
            if not message.get("more_body") and len(body) >= _LEAST:
                body = self._compressed(scope, headers, body)
                headers["Content-Encoding"] = "gzip"
                headers["Content-Length"] = str(len(body))
                message = {**message, "body": body}
                if (mark := headers.get("etag")) is not None and not mark.startswith("W/"):
                    headers["ETag"] = f"W/{mark}"
            await send(begun)
            begun = None
            await send(message)

        await self._app(scope, receive, sent)

    def _compressed(self, scope: Scope, headers: Headers, body: bytes) -> bytes:
        if "immutable" not in headers.get("cache-control", ""):
            return gzip.compress(body, _LEVEL, mtime=0)
        name = f"{scope['path']}?{scope['query_string'].decode('latin-1')}"
        known = self._kept.get(name)
        if known is None or known[0] != body:
            self._kept[name] = known = (body, gzip.compress(body, 9, mtime=0))
            while len(self._kept) > _KEPT_MOST:
                self._kept.popitem(last=False)
        return known[1]


def understands_gzip(headers: Headers) -> bool:
    """Whether whoever asks can read what is compressed."""
    for offered in headers.get("accept-encoding", "").lower().split(","):
        name, _, weight = offered.partition(";")
        if name.strip() in {"gzip", "*"}:
            return weight.strip() not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False


def _understood(scope: Scope) -> bool:
    return not scope["path"].startswith(_APART) and understands_gzip(Headers(scope=scope))


def _worth(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    kind = headers.get("content-type", "").partition(";")[0].strip()
    return start["status"] == 200 and kind in _KINDS and "content-encoding" not in headers
