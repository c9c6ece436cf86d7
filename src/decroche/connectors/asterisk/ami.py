"""Speaks Asterisk's manager interface: logs in, asks for the events of calls and queues, and cuts them into blocks.

It holds no connection and no clock: bytes are handed in as they arrive, cut anywhere. Asterisk dates its events only
when ``timestampevents`` is on; where it is off, an event waits for the answer to a ping, which always says the time.

What a queue's agents are dialled is told by the queue itself, and better; so the dials of a call that waits in a queue
are left out. A caller who waits when we connect is told by QueueStatus.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterator

from decroche.connector_kit.connector import Record, Settings
from decroche.connector_kit.errors import Misconfigured

#: The classes of events that are asked for; ``system`` holds FullyBooted only.
EVENT_CLASSES = "system,call,agent"
OF_QUEUES = frozenset(
    {
        *("QueueCallerJoin", "QueueCallerAbandon", "QueueEntry"),
        *("AgentCalled", "AgentConnect", "AgentComplete", "AgentRingNoAnswer", "AgentDump"),
    }
)
OF_AGENTS = frozenset(
    {
        *("QueueMember", "QueueMemberStatus", "QueueMemberPause", "QueueMemberPaused"),
        *("QueueMemberAdded", "QueueMemberRemoved", "AgentLogin", "AgentLogoff"),
    }
)
OF_CHANNELS = frozenset({"Newchannel", "DialBegin", "DialEnd", "BridgeEnter", "Hangup"})
_KEPT = OF_QUEUES | OF_AGENTS | OF_CHANNELS
#: No line and no block of Asterisk is longer; what is, is cut.
_LONGEST_LINE, _MOST_LINES = 16 * 1024, 512
#: How many calls in queues, and channels of their agents, are remembered.
_REMEMBERED = 20_000
#: How many events without a time wait for one.
_WAITING = 10_000

Block = dict[str, str]


def decode(body: bytes) -> Block:
    """The fields of a block by lower-case name, the first of each; a value that is not UTF-8 is Latin-1."""
    found: Block = {}
    for line in body.split(b"\n"):
        name, colon, value = line.partition(b":")
        if colon:
            found.setdefault(_text(name).strip().lower(), _text(value).strip())
    return found


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8").replace("\0", "")
    except UnicodeDecodeError:
        return raw.decode("latin-1").replace("\0", "")


class ManagerConversation:
    """One connection to the manager interface. It yields what to send back, and one Record for each event."""

    def __init__(self, settings: Settings) -> None:
        self._user = settings.get("ami_user", "")
        self._secret = settings.get("ami_secret", "")
        self._plain = settings.get("ami_login", "").strip().lower() == "secret"
        if any(mark in self._user + self._secret for mark in "\r\n"):
            raise Misconfigured("the manager's user or secret holds a line break", ["ami_user", "ami_secret"])
        if not self._user or not self._secret:
            raise Misconfigured("the manager's user and secret are not set", ["ami_user", "ami_secret"])
        self._partial = bytearray()
        self._lines: list[bytes] = []
        self._greeted = self._logged_in = False
        self._undated: list[bytes] = []
        self._pinged = False
        self._queued: OrderedDict[str, None] = OrderedDict()
        self._rung: OrderedDict[str, None] = OrderedDict()

    def opened(self) -> bytes:
        """The log-in, or the wish for a challenge to it."""
        if self._plain:
            return self._login(Secret=self._secret)
        return _action("Challenge", AuthType="MD5")

    def received(self, data: bytes) -> Iterator[bytes | Record]:
        """What to say back, and what was heard.

        Raises Misconfigured when the log-in is refused or when this is not Asterisk's manager interface.
        """
        *lines, rest = data.split(b"\n")
        for line in lines:
            self._add(line)
            whole = bytes(self._partial).rstrip(b"\r")
            self._partial.clear()
            yield from self._line(whole)
        self._add(rest)

    def _add(self, part: bytes) -> None:
        self._partial += part[: max(0, _LONGEST_LINE - len(self._partial))]

    def _line(self, line: bytes) -> Iterator[bytes | Record]:
        if not self._greeted and line:
            self._greeted = True
            if b"Call Manager" in line:
                return
            if b":" not in line:
                raise Misconfigured("what answers there is not Asterisk's manager", ["ami_host", "ami_port"])
        if line:
            if len(self._lines) < _MOST_LINES:
                self._lines.append(line)
            return
        raw, self._lines = b"\r\n".join(self._lines), []
        if raw:
            yield from self._block(raw, decode(raw))

    def _block(self, raw: bytes, block: Block) -> Iterator[bytes | Record]:
        if "response" in block:
            yield from self._response(block)
        elif block.get("event") == "FullyBooted":
            yield _action("QueueStatus")
        elif (event := block.get("event", "")) and self._is_wanted(event, block):
            if block.get("timestamp"):
                yield _record(raw)
            elif len(self._undated) < _WAITING:
                self._undated.append(raw)
                if not self._pinged:
                    self._pinged = True
                    yield _action("Ping")

    def _response(self, block: Block) -> Iterator[bytes | Record]:
        succeeded = block["response"] == "Success"
        if "ping" in block:
            self._pinged = False
            dated, self._undated = self._undated, []
            for raw in dated:
                yield _record(raw, at=block.get("timestamp", ""))
        elif block.get("actionid") == "decroche-challenge":
            if not succeeded or not block.get("challenge"):
                raise Misconfigured("Asterisk refuses the log-in by challenge", ["ami_login"])
            told = (block["challenge"] + self._secret).encode()
            # The interface knows no other digest; the secret itself does not travel.
            yield self._login(AuthType="MD5", Key=hashlib.md5(told, usedforsecurity=False).hexdigest())
        elif block.get("actionid") == "decroche-login":
            if not succeeded:
                raise Misconfigured("Asterisk refuses the manager's user or secret", ["ami_user", "ami_secret"])
            self._logged_in = True
        elif not succeeded and not self._logged_in:
            raise Misconfigured("Asterisk refuses the log-in", ["ami_user", "ami_secret"])

    def _login(self, **words: str) -> bytes:
        return _action("Login", Username=self._user, **words, Events=EVENT_CLASSES)

    def _is_wanted(self, event: str, block: Block) -> bool:
        """Whether an event is kept; remembers which calls wait in a queue, and which channels its agents are."""
        call = block.get("linkedid") or block.get("uniqueid", "")
        if event in ("QueueCallerJoin", "QueueEntry"):
            _remember(self._queued, call)
        elif event == "QueueCallerLeave":
            self._queued.pop(call, None)
        elif event in ("DialBegin", "DialEnd"):
            channel = block.get("destuniqueid", "")
            if call in self._queued:
                _remember(self._rung, channel)
            return channel not in self._rung
        elif event == "BridgeEnter":
            return block.get("uniqueid", "") not in self._rung
        elif event == "Hangup":
            own = block.get("uniqueid", "")
            self._queued.pop(own, None)
            if own in self._rung:
                del self._rung[own]
                return False
        return event in _KEPT


def _remember(known: OrderedDict[str, None], key: str) -> None:
    if key:
        known[key] = None
    if len(known) > _REMEMBERED:
        known.popitem(last=False)


def _action(name: str, **words: str) -> bytes:
    lines = [
        f"Action: {name}",
        f"ActionID: decroche-{name.lower()}",
        *(f"{key}: {word}" for key, word in words.items()),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _record(raw: bytes, at: str = "") -> Record:
    about = {"at": at} if at else {}
    digest = hashlib.sha256(raw + b"\0" + at.encode("utf-8", "replace")).hexdigest()[:32]
    return Record(kind="ami", key=f"ami/{digest}", body=raw, about=about)


#: What the follower sends when nothing has been said for a while.
PING = _action("Ping")
