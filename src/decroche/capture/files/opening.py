"""Opens what people drop on us: plain or compressed, in the encodings of old PBXs, within bounded memory and disk."""

from __future__ import annotations

import codecs
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Protocol

from decroche.capture.files.errors import UnreadableFile

_CHUNK = 8 * 1024 * 1024
SAMPLE_BYTES = 256 * 1024


class Kind(StrEnum):
    """What a file holds, told by its first bytes."""

    TEXT = "text"
    XLSX = "xlsx"
    PARQUET = "parquet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What we accept to unpack: bytes on disk, growth over the compressed size, bytes in a line."""

    expanded_bytes: int = 30 * 1024**3
    growth: int = 200
    growth_from: int = 64 * 1024**2
    line_bytes: int = 1024**2
    members: int = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedFile:
    """A file ready to be cut into columns: UTF-8 text, XLSX or Parquet, on disk.

    ``lines`` counts the line ends of a text (the last line counts even without one). ``dropped_lines`` are the
    1-based numbers of the lines of the original that were too long to keep, as (number, beginning of the line).
    """

    name: str
    path: Path
    kind: Kind
    encoding: str = "utf-8"
    size: int = 0
    lines: int = 0
    quotes: int = 0
    dropped_lines: tuple[tuple[int, str], ...] = ()


class Progress(Protocol):
    """Told how many bytes of how many were read."""

    def __call__(self, done: int, total: int) -> None: ...


@dataclass(slots=True)
class _Survey:
    """What one pass over the bytes of a text tells."""

    valid_utf8: bool = True
    nul: int = 0
    newlines: int = 0
    returns: int = 0
    quotes: int = 0
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
        self.nul += chunk.count(0)
        self.newlines += chunk.count(b"\n")
        self.returns += chunk.count(b"\r")
        self.quotes += chunk.count(b'"')
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


def open_files(
    paths: list[Path], scratch: Path, *, limits: Limits | None = None, progress: Progress | None = None
) -> Iterator[OpenedFile]:
    """Open each path; archives give one OpenedFile for each member.

    Raises UnreadableFile for what is empty, binary, unsafe to unpack or not there. Unpacked and re-encoded copies
    are written to ``scratch``.
    """
    limits = limits or Limits()
    total = sum(path.stat().st_size for path in paths if path.is_file())
    done = 0
    for number, path in enumerate(paths):
        if not path.exists():
            raise UnreadableFile("file_not_found", file=path.name)
        if path.is_dir():
            raise UnreadableFile("file_is_directory", file=path.name)
        yield from _open(path, path.name, scratch / f"input-{number}", limits, _shifted(progress, done, total))
        done += path.stat().st_size


def _shifted(progress: Progress | None, offset: int, total: int) -> Callable[[int], None]:
    def tell(done: int) -> None:
        if progress is not None:
            progress(offset + done, total)

    return tell


def _open(path: Path, name: str, scratch: Path, limits: Limits, tell: Callable[[int], None]) -> Iterator[OpenedFile]:
    with path.open("rb") as stream:
        magic = stream.read(8)
    if not magic:
        raise UnreadableFile("file_empty", file=name)
    if magic.startswith(b"PK\x03\x04"):
        yield from _open_zip(path, name, scratch, limits, tell)
    elif magic.startswith(b"\x1f\x8b"):
        with path.open("rb") as stream:
            unpacked = _spool(_gunzip(stream, name, tell), scratch, name, limits, compressed=path.stat().st_size)
        inner = name.removesuffix(".gz")
        yield from _open(unpacked, inner, scratch.with_name(scratch.name + "-text"), limits, lambda done: None)
    elif magic.startswith(b"PAR1"):
        yield OpenedFile(name=name, path=path, kind=Kind.PARQUET, size=path.stat().st_size)
    else:
        yield _open_text(path, name, scratch, limits, tell)


def _open_zip(
    path: Path, name: str, scratch: Path, limits: Limits, tell: Callable[[int], None]
) -> Iterator[OpenedFile]:
    try:
        archive = zipfile.ZipFile(path)
    except zipfile.BadZipFile:
        raise UnreadableFile("archive_damaged", file=name) from None
    with archive:
        members = [info for info in archive.infolist() if not info.is_dir()]
        if len(members) > limits.members:
            raise UnreadableFile("archive_too_many_files", file=name, count=len(members))
        if any(info.flag_bits & 1 for info in members):
            raise UnreadableFile("archive_encrypted", file=name)
        declared = sum(info.file_size for info in members)
        packed = path.stat().st_size
        if declared > limits.expanded_bytes or (
            declared > limits.growth_from and declared > packed * limits.growth
        ):
            raise UnreadableFile("archive_bomb", file=name)
        if any(info.filename == "xl/workbook.xml" for info in members):
            yield OpenedFile(name=name, path=path, kind=Kind.XLSX, size=packed)
            return
        wanted = [info for info in members if not _is_clutter(info.filename)]
        if not wanted:
            raise UnreadableFile("archive_empty", file=name)
        for number, info in enumerate(wanted):
            target = scratch.with_name(f"{scratch.name}-{number}")
            try:
                with archive.open(info) as stream:
                    unpacked = _spool(_blocks(stream), target, name, limits, compressed=max(info.compress_size, 1))
            except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError):
                raise UnreadableFile("archive_damaged", file=name) from None
            tell(packed * (number + 1) // len(wanted))
            inner = f"{name}/{info.filename}"
            yield from _open(unpacked, inner, target.with_name(target.name + "-text"), limits, lambda done: None)


def _is_clutter(member: str) -> bool:
    return member.startswith("__MACOSX/") or member.rsplit("/", 1)[-1] in {".DS_Store", "Thumbs.db"}


def _blocks(stream: BinaryIO | zipfile.ZipExtFile) -> Iterator[bytes]:
    while block := stream.read(_CHUNK):
        yield block


def _gunzip(stream: BinaryIO, name: str, tell: Callable[[int], None]) -> Iterator[bytes]:
    """The unpacked blocks of a gzip stream (several members in a row allowed), never more than a chunk at a time."""
    read = 0
    unpacker = zlib.decompressobj(wbits=31)
    pending = b""
    try:
        while True:
            block = pending or stream.read(1024 * 1024)
            pending = b""
            if not block:
                break
            read = stream.tell()
            out = unpacker.decompress(block, _CHUNK)
            while unpacker.unconsumed_tail:
                yield out
                out = unpacker.decompress(unpacker.unconsumed_tail, _CHUNK)
            if out:
                yield out
            if unpacker.eof:
                pending = unpacker.unused_data.lstrip(b"\0")
                unpacker = zlib.decompressobj(wbits=31)
            tell(read)
    except zlib.error:
        raise UnreadableFile("archive_damaged", file=name) from None


def _spool(blocks: Iterator[bytes], target: Path, name: str, limits: Limits, *, compressed: int) -> Path:
    written = 0
    with target.open("wb") as copy:
        for block in blocks:
            written += len(block)
            bomb = written > limits.growth_from and written > compressed * limits.growth
            if bomb or written > limits.expanded_bytes:
                raise UnreadableFile("archive_bomb", file=name)
            copy.write(block)
    return target


def _open_text(path: Path, name: str, scratch: Path, limits: Limits, tell: Callable[[int], None]) -> OpenedFile:
    survey = _Survey()
    with path.open("rb") as stream:
        for chunk in _blocks(stream):
            survey.feed(chunk, limits.line_bytes)
            tell(survey.size)
    encoding = _encoding(survey, name)
    old_mac = survey.newlines == 0 and survey.returns > 0
    dropped: tuple[tuple[int, str], ...] = ()
    if encoding != "utf-8" or survey.long_line or old_mac:
        path, dropped, survey = _rewrite(path, scratch, encoding, limits)
    unfinished = survey.last_byte not in {b"\n", b""}
    return OpenedFile(
        name=name,
        path=path,
        kind=Kind.TEXT,
        encoding=encoding,
        size=survey.size,
        lines=survey.newlines + unfinished,
        quotes=survey.quotes,
        dropped_lines=dropped,
    )


def _encoding(survey: _Survey, name: str) -> str:
    head = survey.head
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if survey.nul:
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
    return "utf-8" if survey.valid_utf8 else "cp1252"


def _rewrite(
    path: Path, target: Path, encoding: str, limits: Limits
) -> tuple[Path, tuple[tuple[int, str], ...], _Survey]:
    """Copy a text as UTF-8 with ``\\n`` line ends; lines over the limit are left out and told."""
    survey = _Survey()
    dropped: list[tuple[int, str]] = []
    number, pending, skipping = 1, b"", False
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")

    def drop(line: bytes) -> None:
        dropped.append((number, line[:200].decode("utf-8", "replace")))

    with path.open("rb") as stream, target.open("wb") as copy:

        def keep(block: bytes) -> None:
            copy.write(block)
            survey.feed(block, limits.line_bytes)

        for chunk in _blocks(stream):
            block = pending + decoder.decode(chunk).replace("\r\n", "\n").replace("\r", "\n").encode("utf-8")
            if skipping:
                end = block.find(b"\n")
                skipping = end < 0
                block = b"" if skipping else block[end + 1 :]
                number += not skipping
            cut = block.rfind(b"\n") + 1
            whole, pending = block[:cut], block[cut:]
            if max(map(len, whole.split(b"\n"))) <= limits.line_bytes:
                keep(whole)
                number += whole.count(b"\n")
            else:
                for line in whole.splitlines(keepends=True):
                    keep(line) if len(line) <= limits.line_bytes else drop(line)
                    number += 1
            if len(pending) > limits.line_bytes:
                drop(pending)
                pending, skipping = b"", True
        if pending:
            keep(pending)
    return target, tuple(dropped), survey
