"""Reads a growing log file from where we stopped, through rotation and truncation, whole lines only."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

#: The most that is read at once; a longer line is no line of a phone system, and is skipped.
CHUNK = 1024 * 1024
#: The beginning of a file tells it from another one that got the same inode.
_HEAD = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where we are in a log: in which file (``inode``, and the ``head`` with which it begins), how many bytes in."""

    inode: int
    head: str
    offset: int


def read_lines(path: Path, place: Place | None) -> tuple[list[str], Place | None]:
    """The whole lines after ``place``, and the place behind them. Raises OSError when the folder cannot be read.

    A rotated file is read to its end under its new name (``queue_log`` → ``queue_log.1``) before the new one is begun;
    a file that became shorter, or begins otherwise, was written anew and is read from its beginning.
    """
    if place is not None:
        current = _find(path, place)
        if current is not None and current != path:
            lines, after = _read(current, place.offset)
            if lines:
                return lines, after
            place = None
        elif current is None:
            place = None
    if not path.exists():
        return [], place
    return _read(path, 0 if place is None else place.offset)


def end_of(path: Path) -> Place | None:
    """The place behind the last whole line of a file; None when there is no file."""
    if not path.exists():
        return None
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
        size = stream.seek(0, os.SEEK_END)
        back = min(size, CHUNK)
        stream.seek(size - back)
        tail = stream.read(back)
    offset = size - len(tail) + tail.rfind(b"\n") + 1
    return Place(inode=path.stat().st_ino, head=head.hex(), offset=offset)


def _find(path: Path, place: Place) -> Path | None:
    """The file of ``place``: still here, or renamed beside it; None when it is gone or was written anew."""
    candidates = [path, *sorted(path.parent.glob(f"{path.name}[.-]*"))]
    return next((each for each in candidates if _is(each, place)), None)


def _is(path: Path, place: Place) -> bool:
    try:
        found = path.stat()
        if found.st_ino != place.inode or found.st_size < place.offset:
            return False
        with path.open("rb") as stream:
            head = bytes.fromhex(place.head)
            return stream.read(len(head)) == head
    except OSError:
        return False


def _read(path: Path, offset: int) -> tuple[list[str], Place]:
    with path.open("rb") as stream:
        inode = os.fstat(stream.fileno()).st_ino
        head = stream.read(_HEAD)
        stream.seek(offset)
        chunk = stream.read(CHUNK)
    end = chunk.rfind(b"\n") + 1
    if end == 0 and len(chunk) == CHUNK:
        # A line that does not end within a chunk is skipped with what follows, to its end.
        return [], Place(inode=inode, head=head.hex(), offset=offset + CHUNK)
    lines = [line.rstrip(b"\r").decode("utf-8", "replace") for line in chunk[:end].split(b"\n")[:-1]]
    return lines, Place(inode=inode, head=head.hex(), offset=offset + end)
