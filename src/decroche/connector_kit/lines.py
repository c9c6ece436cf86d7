"""Cuts what a phone system sends over a connection into lines, however the bytes are cut on the way."""

from __future__ import annotations

#: A line longer than this is no record of a call: it is dropped up to its end.
LONGEST = 16 * 1024


class LineCutter:
    """Gives the lines that are whole, without their ends; the beginning of one that is not is kept for later."""

    def __init__(self) -> None:
        self._begun = bytearray()
        self._too_long = False

    def feed(self, data: bytes) -> list[str]:
        """The lines that ``data`` ends, but empty ones and those that are too long."""
        lines: list[str] = []
        *ended, begun = data.split(b"\n")
        for part in ended:
            self._add(part)
            if not self._too_long and (line := text(bytes(self._begun)).strip("\r\0 ")):
                lines.append(line)
            self._begun.clear()
            self._too_long = False
        self._add(begun)
        return lines

    def _add(self, part: bytes) -> None:
        if self._too_long:
            return
        self._begun += part
        if len(self._begun) > LONGEST:
            self._too_long = True
            self._begun.clear()


def text(line: bytes) -> str:
    """A line as text: UTF-8, else the Western European code page of older systems."""
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace")
