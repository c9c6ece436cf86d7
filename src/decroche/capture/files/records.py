"""Follows the quotes of a delimited text, so that its rows can be found again by line, and stray quotes taken out."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from decroche.capture.files.texts import SHOWN

#: A quoted field may hold so many line ends; a quote that is still open after them was never meant to open one.
_LINES = 100
_CHUNK = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Record:
    """One row of a text: its first line (from 1), its bytes, and whether a quote that it opens is never closed."""

    line: int
    text: bytes
    stray: bool = False


def records(lines: Iterable[bytes], *, delimiter: str, quote: str, width: int | None = None) -> Iterator[Record]:
    """The rows of the ``lines`` of a text, as the engine cuts them. Empty lines are none.

    With a ``width``, a quoted field with line ends only counts as one when its row has so many columns.
    """
    separator, mark = delimiter.encode(), quote.encode()
    source = iter(lines)
    waiting: deque[bytes] = deque()
    number = 0
    while (first := waiting.popleft() if waiting else next(source, None)) is not None:
        number += 1
        if not first.strip(b"\r\n"):
            continue
        if not mark or mark not in first or not _Cut(separator, mark).ends_inside(first):
            yield Record(number, first)
            continue
        cut = _Cut(separator, mark)
        inside = cut.ends_inside(first)
        taken: list[bytes] = []
        while inside and len(taken) < _LINES:
            if len(waiting) <= len(taken):
                if (line := next(source, None)) is None:
                    break
                waiting.append(line)
            taken.append(waiting[len(taken)])
            inside = cut.ends_inside(taken[-1])
        if inside or cut.broken or (width is not None and cut.columns != width):
            yield Record(number, first, stray=True)
            continue
        yield Record(number, first + b"".join(taken))
        for _ in taken:
            waiting.popleft()
        number += len(taken)


class _Cut:
    """Cuts the lines of one record; a field may begin in one line and end in another.

    ``broken`` once something other than blanks follows a closing quote.
    """

    def __init__(self, separator: bytes, mark: bytes) -> None:
        self.separator = separator
        self.mark = mark
        self.inside = False
        self.broken = False
        self.columns = 1

    def ends_inside(self, line: bytes) -> bool:
        """Whether the record goes on in the next line."""
        place = 0
        while True:
            if not self.inside:
                begin = place
                while line[begin : begin + 1] == b" ":
                    begin += 1
                if line.startswith(self.mark, begin):
                    self.inside, place = True, begin + len(self.mark)
            if self.inside:
                closing = self._closing(line, place)
                if closing < 0:
                    return True
                self.inside, place = False, closing
                following = line.find(self.separator, place)
                self.broken |= bool(line[place : following if following >= 0 else None].strip())
            place = line.find(self.separator, place)
            if place < 0:
                return False
            place += len(self.separator)
            self.columns += 1

    def _closing(self, line: bytes, place: int) -> int:
        """Where the quoted field ends after ``place``, -1 when not in this line. A doubled quote is a quote in it."""
        while (found := line.find(self.mark, place)) >= 0:
            place = found + len(self.mark)
            if not line.startswith(self.mark, place):
                return place
            place += len(self.mark)
        return -1


def without_stray_quotes(
    source: Path, target: Path, *, delimiter: str, quote: str, width: int
) -> Iterator[tuple[int, str]]:
    """Copy a text without the lines whose quote is never closed; each becomes an empty line.

    Yields their (line, beginning) on the way: the copy is whole when all are taken.
    """
    with source.open("rb") as read, target.open("wb") as write:
        number = 0

        def until(line: int) -> None:
            """Empty lines give no record, and are kept for the numbers of the others to stay."""
            write.write(b"\n" * (line - number - 1))

        for record in records(read, delimiter=delimiter, quote=quote, width=width):
            until(record.line)
            number = record.line
            if record.stray:
                yield record.line, record.text[: 4 * SHOWN].decode("utf-8", "replace").strip("\r\n")
                write.write(b"\n")
            else:
                write.write(record.text)
                number += record.text.rstrip(b"\n").count(b"\n")


def lines_at(path: Path, places: Iterable[int]) -> Iterator[int]:
    """The line, from 1, of each of the ascending byte ``places`` of a text; empty lines there are passed over."""
    line, offset, seen = 1, 0, 0
    with path.open("rb") as stream:
        chunk = stream.read(_CHUNK)
        for place in places:
            while chunk and place >= offset + len(chunk):
                line += chunk.count(b"\n", seen)
                offset, seen = offset + len(chunk), 0
                chunk = stream.read(_CHUNK)
            line += chunk.count(b"\n", seen, place - offset)
            seen = place - offset
            yield line + _empty_lines(chunk, seen)


def _empty_lines(text: bytes, begin: int) -> int:
    """Line ends at the very ``begin`` of what follows in ``text``."""
    end = begin
    while text[end : end + 1] in {b"\n", b"\r"}:
        end += 1
    return text.count(b"\n", begin, end)
