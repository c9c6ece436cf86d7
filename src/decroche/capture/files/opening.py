"""Opens what people drop on us: plain or compressed, in the encodings of old PBXs, within bounded memory and disk."""

from __future__ import annotations

import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from decroche.capture.files.errors import UnreadableFile
from decroche.capture.files.texts import blocks, plain_text
from decroche.capture.files.workbooks import check_workbook

_CHUNK = 8 * 1024 * 1024


class Kind(StrEnum):
    """What a file holds, told by its first bytes."""

    TEXT = "text"
    XLSX = "xlsx"
    PARQUET = "parquet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What we accept to unpack, for each input: bytes on disk, growth over its own size, bytes in a line.

    ``growth`` counts from ``growth_from`` bytes. ``depth`` is how many archives may stand in one another, ``cells`` how
    many cells the rectangle of a sheet may have.
    """

    expanded_bytes: int = 30 * 1024**3
    growth: int = 200
    growth_from: int = 64 * 1024**2
    line_bytes: int = 1024**2
    members: int = 1000
    depth: int = 4
    cells: int = 60_000_000


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
    dropped_lines: tuple[tuple[int, str], ...] = ()


class Progress(Protocol):
    """Told how many bytes of how many were read."""

    def __call__(self, done: int, total: int) -> None:
        """Take note."""


@dataclass(slots=True)
class _Unpacking:
    """The room that one input may take: bytes left to write, and where the next copy goes."""

    scratch: Path
    limits: Limits
    left: int
    copies: int = 0

    def place(self) -> Path:
        """A new file of our own: no name inside an archive ever becomes a path."""
        self.copies += 1
        return self.scratch.with_name(f"{self.scratch.name}-{self.copies}")

    def spool(self, blocks_read: Iterator[bytes], name: str) -> Path:
        """Write what is unpacked, as long as there is room."""
        target = self.place()
        with target.open("wb") as copy:
            for block in blocks_read:
                self.left -= len(block)
                if self.left < 0:
                    raise UnreadableFile("archive_bomb", file=name)
                copy.write(block)
        return target


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
        if not path.is_file():
            raise UnreadableFile("file_special", file=path.name)
        size = path.stat().st_size
        room = min(limits.expanded_bytes, max(limits.growth_from, size * limits.growth))
        unpacking = _Unpacking(scratch / f"input-{number}", limits, room)
        yield from _open(path, path.name, unpacking, 0, _shifted(progress, done, total))
        done += size


def _shifted(progress: Progress | None, offset: int, total: int) -> Callable[[int], None]:
    def tell(done: int) -> None:
        if progress is not None:
            progress(offset + done, total)

    return tell


def _open(
    path: Path, name: str, unpacking: _Unpacking, depth: int, tell: Callable[[int], None]
) -> Iterator[OpenedFile]:
    with path.open("rb") as stream:
        magic = stream.read(8)
    if not magic:
        raise UnreadableFile("file_empty", file=name)
    if depth > unpacking.limits.depth:
        raise UnreadableFile("archive_nested", file=name.partition("/")[0])
    if magic.startswith(b"PK\x03\x04"):
        yield from _open_zip(path, name, unpacking, depth, tell)
    elif magic.startswith(b"PK\x05\x06"):
        raise UnreadableFile("archive_empty", file=name)
    elif magic.startswith(b"\x1f\x8b"):
        with path.open("rb") as stream:
            unpacked = unpacking.spool(_gunzip(stream, name, tell), name)
        yield from _open(unpacked, name.removesuffix(".gz"), unpacking, depth + 1, _silent)
    elif magic.startswith(b"PAR1"):
        yield OpenedFile(name=name, path=path, kind=Kind.PARQUET, size=path.stat().st_size)
    else:
        text = plain_text(path, unpacking.place(), name, line_bytes=unpacking.limits.line_bytes, tell=tell)
        yield OpenedFile(
            name=name,
            path=text.path,
            kind=Kind.TEXT,
            encoding=text.encoding,
            size=text.size,
            lines=text.lines,
            dropped_lines=text.dropped,
        )


def _silent(done: int) -> None:
    """Tell nobody: the bytes of a copy are not those of the input."""


def _open_zip(
    path: Path, name: str, unpacking: _Unpacking, depth: int, tell: Callable[[int], None]
) -> Iterator[OpenedFile]:
    limits = unpacking.limits
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, NotImplementedError):
        raise UnreadableFile("archive_damaged", file=name) from None
    with archive:
        members = [info for info in archive.infolist() if not info.is_dir()]
        if len(members) > limits.members:
            raise UnreadableFile("archive_too_many_files", file=name, count=len(members))
        if any(info.flag_bits & 1 for info in members):
            raise UnreadableFile("archive_encrypted", file=name)
        if sum(info.file_size for info in members) > unpacking.left:
            raise UnreadableFile("archive_bomb", file=name)
        if any(info.filename == "xl/workbook.xml" for info in members):
            with _damage_told(name):
                check_workbook(archive, name, cells=limits.cells)
            yield OpenedFile(name=name, path=path, kind=Kind.XLSX, size=path.stat().st_size)
            return
        wanted = [info for info in members if not _is_clutter(info.filename)]
        if not wanted:
            raise UnreadableFile("archive_empty", file=name)
        packed = path.stat().st_size
        for number, info in enumerate(wanted):
            with _damage_told(name), archive.open(info) as stream:
                unpacked = unpacking.spool(blocks(cast(BinaryIO, stream)), name)
            tell(packed * (number + 1) // len(wanted))
            yield from _open(unpacked, f"{name}/{info.filename}", unpacking, depth + 1, _silent)


@contextmanager
def _damage_told(name: str) -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError):
        raise UnreadableFile("archive_damaged", file=name) from None


def _is_clutter(member: str) -> bool:
    return member.startswith("__MACOSX/") or member.rsplit("/", 1)[-1] in {".DS_Store", "Thumbs.db"}


def _gunzip(stream: BinaryIO, name: str, tell: Callable[[int], None]) -> Iterator[bytes]:
    """The unpacked blocks of a gzip stream (several members in a row allowed), never more than a few megabytes."""
    unpacker = zlib.decompressobj(wbits=31)
    pending = b""
    begun = False
    try:
        while block := pending or stream.read(1024 * 1024):
            pending, begun = b"", True
            out = unpacker.decompress(block, _CHUNK)
            while unpacker.unconsumed_tail:
                yield out
                out = unpacker.decompress(unpacker.unconsumed_tail, _CHUNK)
            if out:
                yield out
            if unpacker.eof:
                pending, begun = unpacker.unused_data.lstrip(b"\0"), False
                unpacker = zlib.decompressobj(wbits=31)
            tell(stream.tell())
    except zlib.error:
        raise UnreadableFile("archive_damaged", file=name) from None
    if begun:
        raise UnreadableFile("archive_damaged", file=name)
