"""How the recording of a voicemail is fetched from the platform that keeps it: the part ``voicemails`` of a connector.

We ask hosts of the platform and nobody else, whatever an answer of theirs says; what we ask them with goes to the host
that it is for; and what comes back must be sound, in reasonable size and time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import httpx

from decroche.connector_kit.errors import ConnectorError, Misconfigured, Unavailable
from decroche.connector_kit.http import Http, answered, retry_after
from decroche.model.problem import Problem

Settings = Mapping[str, str]

#: Larger is no voicemail: an hour of speech as MP3 has 14 MB, ten minutes of it as telephones speak 10 MB.
LARGEST = 25_000_000
#: How long a whole recording may take, and how long a platform may say nothing.
_LONGEST, _SILENCE = timedelta(minutes=5), timedelta(seconds=10)
_REDIRECTS = 3
_CHUNK = 64 * 1024
#: What browsers play, by what platforms call it.
_SOUNDS: Mapping[str, str] = {
    "audio/mpeg": "audio/mpeg", "audio/mp3": "audio/mpeg", "audio/x-mp3": "audio/mpeg", "audio/x-mpeg": "audio/mpeg",
    "audio/wav": "audio/wav", "audio/x-wav": "audio/wav", "audio/wave": "audio/wav", "audio/vnd.wave": "audio/wav",
    "audio/ogg": "audio/ogg", "audio/webm": "audio/webm", "audio/mp4": "audio/mp4", "audio/x-m4a": "audio/mp4",
    "audio/aac": "audio/aac", "audio/flac": "audio/flac",
}  # fmt: skip
#: What a store calls whatever it does not know, and then the ending of the name.
_ANYTHING = frozenset({"application/octet-stream", "binary/octet-stream"})
_ENDINGS = {".mp3": "audio/mpeg", ".wav": "audio/wav", ".ogg": "audio/ogg", ".m4a": "audio/mp4"}
#: A part that a player asks for, and what of a recording a platform says it sends.
_RANGE = re.compile(r"bytes=(?:[0-9]{1,12}-[0-9]{0,12}|-[0-9]{1,12})")
_PART = re.compile(r"bytes [0-9]{1,12}-[0-9]{1,12}/(?:[0-9]{1,12}|\*)")


class NotFetched(ConnectorError):
    """The platform gives no recording that could be played, and asking again as soon will not help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """An address at which a recording lies, and the headers that open it there."""

    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Voicemails:
    """Fetching what callers said.

    ``find`` gets the ``recording`` of a Message and says where it lies now; it raises Unavailable, Misconfigured or
    NotFetched. ``hosts`` are the only ones that are asked for recordings: names, or ``.name`` for all below it.
    """

    find: Callable[[Http, Settings, str], Where]
    hosts: tuple[str, ...]
    needs: tuple[str, ...]


class Sound:
    """A recording, or a part of it, that is on its way. Whoever has it closes it, or reads it to its end.

    ``status`` is 200, or 206 for the part that ``part`` names; ``length`` is of what comes, where the platform says.
    """

    def __init__(self, answer: httpx.Response, media_type: str, clock: Callable[[], float]) -> None:
        self.status = 206 if answer.status_code == 206 else 200
        self.media_type = media_type
        told = answer.headers.get("content-length", "")
        self.length = int(told) if told.isascii() and told.isdigit() else None
        part = answer.headers.get("content-range", "")
        self.part = part if self.status == 206 and _PART.fullmatch(part) else None
        self._answer, self._clock = answer, clock

    @property
    def headers(self) -> Mapping[str, str]:
        """What goes with it to whoever listens: nothing keeps a copy, and nothing takes it for something else."""
        found = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Content-Disposition": "inline"}
        if self.length is not None:
            found["Content-Length"] = str(self.length)
        if self.part is not None:
            found["Content-Range"] = self.part
        return found

    def chunks(self) -> Iterator[bytes]:
        """The bytes, as they come. Raises NotFetched for more than a voicemail, and Unavailable when it stops."""
        received, until = 0, self._clock() + _LONGEST.total_seconds()
        try:
            for chunk in self._answer.iter_raw(_CHUNK):
                received += len(chunk)
                if received > LARGEST or self._clock() > until:
                    raise NotFetched("the recording is too large, or takes too long")
                yield chunk
        except httpx.TransportError as error:
            raise Unavailable("the recording stopped on its way") from error
        finally:
            self.close()

    def close(self) -> None:
        """Ask for no more of it."""
        self._answer.close()


def fetch(
    http: Http,
    settings: Settings,
    voicemails: Voicemails,
    recording: str,
    *,
    clock: Callable[[], float],
    part: str | None = None,
) -> Sound:
    """The recording that ``recording`` names. ``part`` is a header ``Range``; what we do not understand is left out.

    ``clock`` counts seconds. Raises Unavailable, Misconfigured and NotFetched; none says an address.
    """
    missing = [key for key in voicemails.needs if not settings.get(key, "").strip()]
    if missing:
        raise Misconfigured("the settings lack what the platform's API asks for", missing)
    where = voicemails.find(http, settings, recording)
    wanted = {"accept": "audio/*", "accept-encoding": "identity"}
    if part is not None and _RANGE.fullmatch(part.strip()):
        wanted["range"] = part.strip()
    first = url = _allowed(where.url, voicemails.hosts)
    for _ in range(_REDIRECTS + 1):
        # What opens it there is for nobody else.
        opens = where.headers if url.host == first.host else {}
        answer = _ask(http, url, {**wanted, **opens})
        if answer.has_redirect_location:
            answer.close()
            url = _allowed(answer.headers["location"], voicemails.hosts, at=url)
            continue
        try:
            return Sound(_taken(answer), _sound(answer), clock)
        except BaseException:
            answer.close()
            raise
    raise NotFetched("the platform sends us on and on")


def _ask(http: Http, url: httpx.URL, headers: Mapping[str, str]) -> httpx.Response:
    http.before()
    try:
        request = http.client.build_request("GET", url, headers=headers, timeout=_SILENCE.total_seconds())
        # No cookie of one account goes along with what another asks for.
        request.headers.pop("cookie", None)
        return http.client.send(request, stream=True, follow_redirects=False, auth=None)
    except httpx.TransportError as error:
        told = {"host": url.host, "error": type(error).__name__}
        raise Unavailable(Problem("{host} cannot be reached ({error})", told)) from error


def _allowed(written: str, hosts: tuple[str, ...], *, at: httpx.URL | None = None) -> httpx.URL:
    """An address of one of ``hosts``, over HTTPS, at its usual port. Raises NotFetched for any other.

    ``at`` is where it was named: it may say only how it differs from there.
    """
    try:
        url = httpx.URL(written) if at is None else at.join(written)
    except (httpx.InvalidURL, ValueError, TypeError) as error:
        raise NotFetched("the platform names no address of the recording") from error
    host = url.host.lower().rstrip(".")
    known = any(host.endswith(each) if each.startswith(".") else host == each for each in hosts)
    if url.scheme != "https" or url.port not in (None, 443) or url.userinfo or not known:
        raise NotFetched("the recording does not lie at the platform: nobody else is asked")
    return url


def _taken(answer: httpx.Response) -> httpx.Response:
    status = answer.status_code
    if status == 429 or status >= 500:
        raise Unavailable(answered(answer), retry_after(answer.headers))
    if status in (404, 410):
        raise NotFetched("the platform has this recording no more")
    if status == 416:
        raise NotFetched("the recording ends before the part that is asked for")
    if status not in (200, 206):
        raise Misconfigured(answered(answer), status=status)
    told = answer.headers.get("content-length", "")
    if told.isascii() and told.isdigit() and int(told) > LARGEST:
        raise NotFetched("the recording is too large, or takes too long")
    if answer.headers.get("content-encoding", "identity").lower() != "identity":
        raise NotFetched("the platform does not answer with a recording")
    return answer


def _sound(answer: httpx.Response) -> str:
    """What it is, in the words of browsers. Raises NotFetched for what is no sound."""
    told = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if told in _ANYTHING:
        path = answer.request.url.path.lower()
        told = next((kind for ending, kind in _ENDINGS.items() if path.endswith(ending)), told)
    if told not in _SOUNDS:
        raise NotFetched("the platform does not answer with a recording")
    return _SOUNDS[told]
