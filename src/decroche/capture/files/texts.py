"""Makes the texts of old and new phone systems alike: UTF-8, one kind of line end, no line without end."""

from __future__ import annotations

import codecs
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np

from decroche.capture.files.errors import UnreadableFile

SAMPLE_BYTES = 256 * 1024
#: Characters of a line that is left out which are kept to be shown.
SHOWN = 200
_CHUNK = 8 * 1024 * 1024
#: A text may hold this share of zero bytes: phone systems that lose power leave some in their logs.
_STRAY_ZEROS = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainText:
    """A text on disk in UTF-8: its first ``encoding``, its lines (the last counts without an end), what was left out.

    ``dropped`` are the lines that were too long, as (1-based number, beginning); an empty line stands in their place.
    """

    path: Path
    encoding: str
    size: int
    lines: int
    dropped: tuple[tuple[int, str], ...] = ()


@dataclass(slots=True)
class _Survey:
    """What one pass over the bytes of a text tells."""

    valid_utf8: bool = True
    zeros: int = 0
    newlines: int = 0
    returns: int = 0
    pairs: int = 0
    size: int = 0
    long_line: bool = False
    last_byte: bytes = b""
    head: bytes = b""
    _decoder: codecs.IncrementalDecoder = field(default_factory=codecs.getincrementaldecoder("utf-8"))
    _since_newline: int = 0

    def feed(self, chunk: bytes, line_bytes: int) -> None:
        """Take the next bytes into account."""
        if len(self.head) < SAMPLE_BYTES:
            self.head += chunk[: SAMPLE_BYTES - len(self.head)]
        if self.valid_utf8:
            try:
                self._decoder.decode(chunk)
            except UnicodeDecodeError:
                self.valid_utf8 = False
        # Most texts have neither of the two, and looking for the first one costs a tenth of counting them all.
        if b"\0" in chunk:
            self.zeros += chunk.count(0)
        if b"\r" in chunk:
            self.returns += chunk.count(b"\r")
            self.pairs += chunk.count(b"\r\n")
        self.pairs += self.last_byte == b"\r" and chunk[:1] == b"\n"
        # Of what comes as often as line ends, this counts four times as many in the same time.
        self.newlines += int(np.count_nonzero(np.frombuffer(chunk, np.uint8) == ord("\n")))
        self.size += len(chunk)
        self.last_byte = chunk[-1:]
        if not self.long_line:
            self._look_for_long_line(chunk, line_bytes)

    def _look_for_long_line(self, chunk: bytes, line_bytes: int) -> None:
        start, room = 0, line_bytes - self._since_newline
        while (end := chunk.rfind(b"\n", start, start + room)) >= 0:
            start, room, self._since_newline = end + 1, line_bytes, 0
        rest = len(chunk) - start
        self.long_line = rest >= room
        self._since_newline += rest

    @property
    def lines(self) -> int:
        """Its lines; the last one counts even without an end."""
        return self.newlines + (self.last_byte not in {b"\n", b""})

    @property
    def one_line_end(self) -> bool:
        """Whether every line ends alike, in a way that the engine can cut: \\n, or \\r\\n everywhere."""
        return self.returns == 0 or self.returns == self.pairs == self.newlines


def plain_text(path: Path, target: Path, name: str, *, line_bytes: int, tell: Callable[[int], None]) -> PlainText:
    """The text in ``path``, copied to ``target`` as UTF-8 when it is not already as we need it.

    ``name`` is what people call the file; ``tell`` hears how many bytes were read. Raises UnreadableFile.
    """
    survey = _Survey()
    with path.open("rb") as stream:
        for chunk in blocks(stream):
            survey.feed(chunk, line_bytes)
            tell(survey.size)
    encoding = _encoding(survey, name)
    wide = encoding.startswith(("utf-16", "utf-32"))
    dropped: tuple[tuple[int, str], ...] = ()
    if encoding != "utf-8" or survey.long_line or survey.zeros or not survey.one_line_end:
        dropped, survey = _rewrite(path, target, encoding, line_bytes, zeros=bool(survey.zeros) and not wide)
        path = target
    return PlainText(path=path, encoding=encoding, size=survey.size, lines=survey.lines, dropped=dropped)


def blocks(stream: BinaryIO) -> Iterator[bytes]:
    """The bytes of ``stream``, a few megabytes at a time."""
    while block := stream.read(_CHUNK):
        yield block


def is_bare(path: Path, *, delimiter: str, quote: str) -> bool:
    """Whether no value of a delimited text has a blank at one of its ends. A text with quotes is not looked into.

    Looking at all the bytes at once costs a tenth of looking at both ends of each value.
    """
    if len(delimiter.encode()) != 1:
        return False
    last = b"\n"
    with path.open("rb") as stream:
        while block := stream.read(SAMPLE_BYTES):
            if quote and quote.encode() in block:
                return False
            values = np.frombuffer(last + block, np.uint8)
            edge = (values == ord(delimiter)) | (values == ord("\n"))
            if b"\r" in block:
                edge |= values == ord("\r")
            blank = (values <= ord(" ")) & ~edge
            if np.any(blank[1:] & edge[:-1]) or np.any(blank[:-1] & edge[1:]):
                return False
            last = block[-1:]
    return last > b" " or last in {b"\n", b"\r", delimiter.encode()}


def _encoding(survey: _Survey, name: str) -> str:
    head = survey.head
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if survey.zeros > survey.size * _STRAY_ZEROS:
        even, odd = head[0::2].count(0), head[1::2].count(0)
        half = len(head) // 2
        if half and odd > 0.8 * half and even < 0.1 * half:
            return "utf-16-le"
        if half and even > 0.8 * half and odd < 0.1 * half:
            return "utf-16-be"
        raise UnreadableFile("file_binary", file=name)
    control = sum(head.count(byte) for byte in (*range(1, 9), 11, 12, *range(14, 27), *range(28, 32)))
    if control > max(4, len(head) // 1000):
        raise UnreadableFile("file_binary", file=name)
    if survey.valid_utf8:
        return "utf-8"
    old_mac = survey.newlines == 0 and survey.returns > 0
    # The accented letters of an old Mac stand where Windows has signs that no export of calls holds.
    mac_letters = sum(head.count(byte) for byte in range(0x80, 0xA0))
    return "mac_roman" if old_mac and mac_letters > sum(head.count(byte) for byte in range(0xC0, 0x100)) else "cp1252"


def _rewrite(
    path: Path, target: Path, encoding: str, line_bytes: int, *, zeros: bool
) -> tuple[tuple[tuple[int, str], ...], _Survey]:
    """Copy a text as UTF-8 with ``\\n`` line ends; a line over the limit is told and becomes an empty line."""
    survey = _Survey()
    dropped: list[tuple[int, str]] = []
    number, pending, skipping = 1, b"", False
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)(errors="replace"), translate=True)

    def drop(line: bytes) -> None:
        dropped.append((number, line[: 4 * SHOWN].decode("utf-8", "replace")[:SHOWN]))

    with path.open("rb") as stream, target.open("wb") as copy:

        def keep(block: bytes) -> None:
            copy.write(block)
            survey.feed(block, line_bytes)

        def decoded() -> Iterator[str]:
            for chunk in blocks(stream):
                yield decoder.decode(chunk)
            yield decoder.decode(b"", final=True)

        for text in decoded():
            block = pending + (text.replace("\0", "\ufffd") if zeros else text).encode("utf-8")
            pending = b""
            if skipping:
                end = block.find(b"\n")
                if end < 0:
                    continue
                keep(b"\n")
                skipping, block = False, block[end + 1 :]
                number += 1
            cut = block.rfind(b"\n") + 1
            whole, pending = block[:cut], block[cut:]
            if max(map(len, whole.split(b"\n"))) <= line_bytes:
                keep(whole)
                number += whole.count(b"\n")
            else:
                for line in whole.split(b"\n")[:-1]:
                    if len(line) > line_bytes:
                        drop(line)
                        line = b""
                    keep(line + b"\n")
                    number += 1
            if len(pending) > line_bytes:
                drop(pending)
                pending, skipping = b"", True
        if pending:
            keep(pending)
    return tuple(dropped), survey
