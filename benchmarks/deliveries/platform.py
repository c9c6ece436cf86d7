"""A phone system that delivers as fast as it can: Ringover's events, each signed (HMAC-SHA256)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from decroche.model.call import Direction
from decroche.simulate.ringover import Account, Scheme, event, signed
from decroche.simulate.stories import CallStory, Colleague, Happening, Step

CALL_KEY = "benchmark-" * 7
CALLED = "+33199000002"
_COLLEAGUE = Colleague(number=11_330_000, first_name="Camille")


def account(port: int, key: str) -> Account:
    """The platform's side of the endpoint."""
    url = f"http://127.0.0.1:{port}/hooks/ringover/{key}"
    return Account(url=url, call_key=CALL_KEY, after_call_key=CALL_KEY, scheme=Scheme.V3)


def missed_call(number: int, began: datetime) -> CallStory:
    """A call that rings once and is missed; every caller is somebody else."""
    return CallStory(
        number=1_920_000_000_000_000_000 + number,
        direction=Direction.INBOUND,
        caller=f"+336{number % 100_000_000:08d}",
        called=CALLED,
        started_at=began,
        menu=None,
        closed=False,
        steps=(
            Step(at=began, happening=Happening.RINGING, colleague=_COLLEAGUE),
            Step(at=began + timedelta(seconds=20), happening=Happening.MISSED),
        ),
    )


def requests(numbers: range, where: Account, port: int, now: datetime) -> list[bytes]:
    """The requests of the calls ``numbers`` as bytes for a connection: one for each ringing, one for each miss."""
    began = now - timedelta(seconds=25)
    path = where.url.partition(f":{port}")[2]
    found = []
    for number in numbers:
        story = missed_call(number, began)
        for step in story.steps:
            sent = signed(event(story, step), account=where, at=now)
            headers = "".join(f"{name}: {value}\r\n" for name, value in sent.headers.items())
            head = (
                f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: {len(sent.body)}\r\n{headers}\r\n"
            )
            found.append(head.encode() + sent.body)
    return found


def call_number(call_key: str) -> int:
    """The number of a call of ours from the platform's id."""
    return int(call_key) - 1_920_000_000_000_000_000


def present() -> datetime:
    """The present moment."""
    return datetime.now(UTC)
