"""Reads a growing log file from where we stopped, through rotation and truncation: every whole line, once.

While we listen the file stays open, so what is written to it after it was renamed, compressed or removed is read still.
After a pause it is looked for by what stands in it: under its own name, or under that of a rotation beside it
(``queue_log.1``, ``Master.csv-20260301``). What was compressed or moved elsewhere meanwhile is out of reach, and said.
The first time, a log is read from its beginning: what it tells from before is history, and too old to act on.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from decroche.connector_kit.lines import text

#: The most that is read at once; a longer line is no line of a phone system, and is skipped to its end.
CHUNK = 256 * 1024
#: How much of a file, at its beginning and before our place, tells it from others.
_SIGN = 64
_COMPRESSED = frozenset({".gz", ".xz", ".bz2", ".zst", ".zip", ".Z"})
_DIGITS = re.compile(r"[0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where we are in a log: how many bytes in, and by which file: its inode, how it begins, what we read last.

    ``skipping``: we are in the middle of a line that is too long. ``written``: when the file was last written, as far
    as we know (nanoseconds since 1970).
    """

    inode: int
    head: str
    offset: int
    before: str = ""
    skipping: bool = False
    written: int = 0


class Tail:
    """A log that is followed from ``place`` on (None: from its beginning)."""

    def __init__(self, path: Path, place: Place | None) -> None:
        self._path = path
        self._place = place
        self._stream: BinaryIO | None = None
        self.note: str | None = None

    @property
    def place(self) -> Place | None:
        """The place behind the lines that were read."""
        return self._place

    @property
    def is_open(self) -> bool:
        """Whether a file of the log is being read."""
        return self._stream is not None

    def close(self) -> None:
        """Close the file."""
        if self._stream is not None:
            self._stream.close()
        self._stream = None

    def read(self) -> list[str]:
        """The next whole lines; none when nothing was added. Raises OSError when the log cannot be read."""
        if self._stream is None and not self._open():
            return []
        stream = self._stream
        assert stream is not None and self._place is not None
        # Asked before the last lines are read: whoever writes a new file has written the last of the old one.
        begun_anew = self._is_begun_anew(stream)
        if not _is_same(stream, self._place):
            self._begin(self._copy_of(self._place) or self._path.open("rb"), self._place)
            if not self._place.offset:
                self.note = "the log was emptied, and no copy of it stands beside it"
            return []
        if self._was_filled_and_emptied(stream, self._place):
            self._begin(self._unread().open("rb"), None)
            return []
        offset = self._place.offset
        lines = self._lines(stream)
        if not begun_anew or self._place.offset != offset:
            return lines
        last = self._last_words(stream)
        self._begin(self._next_file(stream).open("rb"), None)
        return last

    def _open(self) -> bool:
        """Find the file of our place, or the log as it is now; False while there is none."""
        if self._place is not None and self._place.head:
            for path in (self._path, *self._rotated()):
                stream = _opened(path)
                if stream is not None and _is_same(stream, self._place):
                    self._begin(stream, self._place)
                    return True
                if stream is not None:
                    stream.close()
        if not self._path.exists():
            return False
        if self._place is not None and self._place.offset:
            packed = any(path.suffix in _COMPRESSED for path in self._siblings())
            why = "it was compressed" if packed else "it is gone"
            self.note = f"the rest of the log from before {why}: what it held is not read"
        self._begin(self._unread().open("rb"), None)
        return True

    def _unread(self) -> Path:
        """The oldest file that was written after what we read last; the log itself the first time."""
        if self._place is None:
            return self._path
        known = self._place.written
        return next((path for path in reversed(self._rotated()) if path.stat().st_mtime_ns > known), self._path)

    def _begin(self, stream: BinaryIO, place: Place | None) -> None:
        """Go on in ``stream``: at ``place``, if it is its file, else at its beginning."""
        self.close()
        self._stream = stream
        found = os.fstat(stream.fileno())
        if place is not None and _is_same(stream, place):
            self._place = replace(place, inode=found.st_ino)
        else:
            self._place = Place(inode=found.st_ino, head="", offset=0, written=found.st_mtime_ns)

    def _lines(self, stream: BinaryIO) -> list[str]:
        place = self._place
        assert place is not None
        stream.seek(place.offset)
        chunk = stream.read(CHUNK)
        end = chunk.rfind(b"\n") + 1
        if end == 0:
            if len(chunk) == CHUNK:
                self._move(stream, place.offset + CHUNK, skipping=True)
            elif not place.offset and chunk:
                # Nothing is whole yet; but the file can be known again.
                self._place = replace(place, head=chunk[:_SIGN].hex())
            return []
        parts = chunk[:end].split(b"\n")[:-1]
        self._move(stream, place.offset + end, skipping=False)
        return [text(line.rstrip(b"\r")) for line in (parts[1:] if place.skipping else parts)]

    def _last_words(self, stream: BinaryIO) -> list[str]:
        """A last line without an end, of a file to which nobody writes any more."""
        assert self._place is not None
        stream.seek(self._place.offset)
        rest = stream.read(CHUNK)
        return [text(rest.rstrip(b"\r\n"))] if rest and not self._place.skipping else []

    def _move(self, stream: BinaryIO, offset: int, *, skipping: bool) -> None:
        stream.seek(0)
        head = stream.read(min(_SIGN, offset))
        stream.seek(offset - min(_SIGN, offset))
        before = stream.read(min(_SIGN, offset))
        found = os.fstat(stream.fileno())
        self._place = Place(
            inode=found.st_ino,
            head=head.hex(),
            offset=offset,
            before=before.hex(),
            skipping=skipping,
            written=found.st_mtime_ns,
        )

    def _is_begun_anew(self, stream: BinaryIO) -> bool:
        """Whether the log goes on in another file, and something stands in that already."""
        try:
            now = self._path.stat()
            if now.st_ino == os.fstat(stream.fileno()).st_ino:
                return False
            if now.st_size:
                return True
        except FileNotFoundError:
            pass
        return self._next_file(stream) != self._path

    def _was_filled_and_emptied(self, stream: BinaryIO, place: Place) -> bool:
        """Whether an empty file was written and truncated between two looks, and a copy of it stands beside it."""
        found = os.fstat(stream.fileno())
        if place.head or found.st_mtime_ns <= place.written:
            return False
        return self._unread() != self._path

    def _copy_of(self, place: Place) -> BinaryIO | None:
        """A rotation that holds what was truncated away (``copytruncate``), from our place on."""
        if not place.head:
            return None
        for path in self._rotated():
            stream = _opened(path)
            if stream is not None and _is_same(stream, place):
                return stream
            if stream is not None:
                stream.close()
        return None

    def _next_file(self, stream: BinaryIO) -> Path:
        """The file that was written after ``stream``: the oldest of the younger rotations, else the log itself."""
        own = os.fstat(stream.fileno())
        younger: list[tuple[int, Path]] = []
        for path in self._rotated():
            found = path.stat()
            if found.st_ino == own.st_ino:
                # It has its place among them: what stands before it is younger.
                return next((each for at, each in reversed(younger) if at >= own.st_mtime_ns), self._path)
            younger.append((found.st_mtime_ns, path))
        return next((each for at, each in reversed(younger) if at > own.st_mtime_ns), self._path)

    def _rotated(self) -> list[Path]:
        """The rotations that can be read, the youngest first."""
        found = [path for path in self._siblings() if path.suffix not in _COMPRESSED]
        return sorted(found, key=lambda path: _age(path.name[len(self._path.name) + 1 :]))

    def _siblings(self) -> Iterator[Path]:
        """Files beside the log that have its name, a dot or a dash, and digits: ``queue_log.1``."""
        for path in self._path.parent.iterdir():
            log, rotation = path.name[: len(self._path.name)], path.name[len(self._path.name) :]
            if log == self._path.name and rotation[:1] in {".", "-"} and _DIGITS.search(rotation) and path.is_file():
                yield path


def _age(rotation: str) -> tuple[int, tuple[int, ...]]:
    """Sorts the youngest first: ``1`` before ``2``, and the later of two dates before the earlier."""
    if rotation.isascii() and rotation.isdigit() and len(rotation) <= 4:
        return 0, (int(rotation),)
    return 1, tuple(-int(part) for part in _DIGITS.findall(rotation))


def _opened(path: Path) -> BinaryIO | None:
    try:
        return path.open("rb")
    except OSError:
        return None


def _is_same(stream: BinaryIO, place: Place) -> bool:
    """Whether ``stream`` is the file of ``place``: what we read of it stands in it."""
    if os.fstat(stream.fileno()).st_size < place.offset:
        return False
    if not place.head:
        return os.fstat(stream.fileno()).st_ino == place.inode
    head, before = bytes.fromhex(place.head), bytes.fromhex(place.before)
    stream.seek(0)
    if stream.read(len(head)) != head:
        return False
    stream.seek(place.offset - len(before))
    return stream.read(len(before)) == before
