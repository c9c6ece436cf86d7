"""A log is read line by line, once, whatever is done to its file: no line is lost, and none comes twice."""

from __future__ import annotations

import gzip
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decroche.capture.follow.tail import CHUNK, Place, Tail

_STEPS = st.lists(
    st.sampled_from(
        ["line", "line", "lines", "half", "look", "look", "restart", "rename", "reopen", "copy", "remove", "pack"]
    ),
    max_size=30,
)


class Log:
    """A log file, the phone system that writes it, whoever rotates it, and us who read it."""

    def __init__(self, folder: Path, name: str = "queue_log") -> None:
        self.path = folder / name
        self.path.touch()
        self.writer = self.path.open("ab", buffering=0)
        self.written: list[str] = []
        self.read: list[str] = []
        self._half = ""
        self._second = 0
        self.tail = Tail(self.path, None)

    def line(self) -> None:
        self.half()
        self._end()

    def lines(self) -> None:
        for _ in range(3):
            self.line()

    def half(self) -> None:
        if not self._half:
            self._half = f"177262987{len(self.written)}|{len(self.written)}.7|accueil|NONE|ENTERQUEUE||é{'x' * 40}"
            self.writer.write(self._half[:20].encode())
            self._date(self.writer.fileno())

    def _end(self) -> None:
        if self._half:
            self.writer.write(f"{self._half[20:]}\n".encode())
            self._date(self.writer.fileno())
            self.written.append(self._half)
            self._half = ""

    def look(self) -> None:
        for _ in range(20):
            self.read += self.tail.read()

    def restart(self) -> None:
        self.tail.close()
        place = None if self.tail.place is None else msgspec.json.encode(self.tail.place)
        self.tail = Tail(self.path, None if place is None else msgspec.json.decode(place, type=Place))

    def rename(self) -> None:
        """logrotate: what is there is renamed, and the phone system still writes into it until it opens anew."""
        if self.path.exists():
            self._shift()
            self.path.rename(self._rotation(1))

    def reopen(self) -> None:
        if not self.path.exists():
            self._end()
            self.writer.close()
            self.writer = self.path.open("ab", buffering=0)
            self._date(self.writer.fileno())

    def copy(self) -> None:
        """logrotate with copytruncate."""
        if self.path.exists():
            self._end()
            self._shift()
            shutil.copyfile(self.path, self._rotation(1))
            self._date(self._rotation(1))
            self.path.open("wb").close()
            self._date(self.path)

    def remove(self) -> None:
        """Somebody clears the log away while we look on, and the phone system makes another."""
        if self.path.exists():
            self._end()
            self.look()
            self.path.unlink()
            self.reopen()

    def pack(self) -> None:
        """The oldest rotation is compressed, after it was read."""
        self.look()
        oldest = next((path for n in range(9, 0, -1) if (path := self._rotation(n)).exists()), None)
        if oldest is not None and self.path.exists():
            with gzip.open(f"{oldest}.gz", "wb") as packed:
                packed.write(oldest.read_bytes())
            oldest.unlink()

    def _date(self, file: int | Path) -> None:
        """Files are written a second apart, however quick the test is."""
        self._second += 1
        os.utime(file, ns=(self._second * 10**9, self._second * 10**9))

    def _rotation(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}")

    def _shift(self) -> None:
        for number in range(30, 0, -1):
            if self._rotation(number).exists():
                self._rotation(number).rename(self._rotation(number + 1))

    def close(self) -> None:
        self.reopen()
        self.line()
        self.look()
        self.writer.close()
        self.tail.close()


@given(steps=_STEPS)
@settings(max_examples=300)
def test_no_line_is_lost_and_none_comes_twice(steps: list[str]) -> None:
    with tempfile.TemporaryDirectory(prefix="decroche-") as folder:
        log = Log(Path(folder))
        log.line()
        log.look()
        for step in steps:
            getattr(log, step)()
        log.close()
        assert log.read == log.written


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    found = Log(tmp_path)
    found.line()
    found.look()
    yield found
    found.writer.close()
    found.tail.close()


def test_the_first_time_the_whole_log_is_read(tmp_path: Path) -> None:
    (tmp_path / "queue_log").write_bytes(b"one\r\ntwo\n")
    tail = Tail(tmp_path / "queue_log", None)
    assert tail.read() == ["one", "two"]
    assert tail.read() == []
    tail.close()


def test_a_log_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    tail = Tail(tmp_path / "queue_log", None)
    assert tail.read() == [] and tail.place is None
    (tmp_path / "queue_log").write_bytes(b"one\n")
    assert tail.read() == ["one"]
    tail.close()


def test_a_line_that_is_half_written_at_a_restart_comes_whole(log: Log) -> None:
    log.half()
    log.look()
    log.restart()
    log.look()
    assert log.read == log.written
    log.close()
    assert log.read == log.written


def test_another_file_that_got_the_same_inode_is_read_from_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "queue_log"
    path.write_bytes(b"old\n" * 20)
    tail = Tail(path, None)
    assert len(tail.read()) == 20
    assert tail.place is not None
    tail.close()
    # As after a removal: the inode is the same, and the file is longer already than where we were.
    path.write_bytes(b"new\n" * 40)
    assert path.stat().st_ino == tail.place.inode
    tail = Tail(path, tail.place)
    assert tail.read() == ["new"] * 40
    tail.close()


def test_a_log_that_was_emptied_and_grew_again_while_we_look_is_read_from_its_beginning(log: Log) -> None:
    log.path.write_bytes(b"1900000000|9.9|accueil|NONE|ENTERQUEUE||\n" * 50)
    log.look()
    assert len(log.read) == 1 + 50
    assert log.tail.note is not None and "emptied" in log.tail.note


def test_what_was_compressed_while_we_were_away_is_said(log: Log) -> None:
    log.line()
    log.tail.close()
    log.rename()
    with gzip.open(f"{log.path}.1.gz", "wb") as packed:
        packed.write(log.path.with_name("queue_log.1").read_bytes())
    log.path.with_name("queue_log.1").unlink()
    log.restart()
    log.reopen()
    log.line()
    log.look()
    assert log.read == [log.written[0], log.written[2]]
    assert log.tail.note is not None and "compressed" in log.tail.note


def test_dated_rotations_are_found_the_oldest_first(log: Log) -> None:
    log.tail.close()
    for day in ("20260301", "20260308"):
        log.line()
        log.path.rename(log.path.with_name(f"queue_log-{day}"))
        log.reopen()
    log.line()
    log.restart()
    log.look()
    assert log.read == log.written


@pytest.mark.parametrize("length", [CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 7])
def test_a_line_without_measure_is_skipped_to_its_end(tmp_path: Path, length: int) -> None:
    path = tmp_path / "queue_log"
    path.write_bytes(b"one\n" + b"x" * length + b"\ntwo\n")
    tail = Tail(path, None)
    found: list[str] = []
    for _ in range(10):
        found += tail.read()
    tail.close()
    assert [line for line in found if len(line) < 10] == ["one", "two"]
    assert [len(line) for line in found if len(line) >= 10] in ([], [length])
    assert length < CHUNK or len(found) == 2


@pytest.mark.parametrize(
    ("raw", "line"),
    [(b"caf\xc3\xa9", "café"), (b"caf\xe9", "café"), (b"\xff\xfe\x00", "ÿþ\x00"), (b"\x81\xc3", "�Ã")],
)
def test_a_line_that_is_not_utf_8_is_read_all_the_same(tmp_path: Path, raw: bytes, line: str) -> None:
    path = tmp_path / "queue_log"
    path.write_bytes(raw + b"\nnext\n")
    tail = Tail(path, None)
    assert tail.read() == [line, "next"]
    tail.close()
