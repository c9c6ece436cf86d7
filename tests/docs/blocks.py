"""Finds the blocks of code of a document and runs them as a reader would type them.

``bash`` and ``python`` blocks run, ``console`` blocks run what follows ``$ `` and must print what they show (a line
``…`` stands for any lines), ``toml`` and ``json`` blocks must parse. Blocks that nobody runs say so by their language
(``text``, ``csv``, ``mermaid``, ``makefile``) or by ``<!-- not run: reason -->`` on the line above.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

#: Languages of blocks that hold nothing to run.
SHOWN = frozenset({"text", "csv", "mermaid", "makefile"})

_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " "})
_FENCE = re.compile(r"^(?P<indent> *)(?P<ticks>`{3,})(?P<language>[^`]*)$")
_NOT_RUN = re.compile(r"<!-- not run: (?P<reason>\S.*?) -->")


class BlockFailed(AssertionError):
    """A block of a document does not do what the document says."""


@dataclass(frozen=True)
class Block:
    """A fenced block: ``line`` is that of its opening fence, counted from 1; ``exempt`` says why it is not run."""

    line: int
    language: str
    text: str
    exempt: str | None


def blocks(document: str) -> list[Block]:
    """The fenced blocks of a Markdown document, in order. An unclosed fence is a ``BlockFailed``."""
    found: list[Block] = []
    above = ""
    lines = iter(enumerate(document.splitlines(), start=1))
    for number, line in lines:
        if opening := _FENCE.match(line):
            inside: list[str] = []
            for _, following in lines:
                if following.strip() == opening["ticks"]:
                    break
                inside.append(following.removeprefix(opening["indent"]))
            else:
                raise BlockFailed(f"line {number}: the block is never closed")
            exempt = _NOT_RUN.search(above)
            text = "\n".join(inside) + "\n"
            found.append(Block(number, opening["language"].strip(), text, exempt["reason"] if exempt else None))
        if line.strip():
            above = line
    return found


def run(block: Block, *, directory: Path, environment: Mapping[str, str]) -> None:
    """Run or parse one block in ``directory``; ``BlockFailed`` says what went wrong."""
    if block.exempt is not None or block.language in SHOWN:
        return
    match block.language:
        case "toml":
            _parsed(block, tomllib.loads)
        case "json":
            _parsed(block, json.loads)
        case "python":
            _printed(block, [sys.executable, "-W", "error", "-c", block.text], directory, environment)
        case "bash":
            _printed(block, ["bash", "-euo", "pipefail", "-c", block.text], directory, environment)
        case "console":
            for command, shown in commands(block.text):
                printed = _printed(block, ["bash", "-euo", "pipefail", "-c", command], directory, environment)
                if not shows(printed, shown):
                    raise BlockFailed(f"line {block.line}: `{command}` does not print what is shown:\n{printed}")
        case other:
            raise BlockFailed(f"line {block.line}: a block of language {other!r}: name one that runs, or text")


def commands(text: str) -> list[tuple[str, list[str]]]:
    """The commands of a console block (after ``$ ``, continued by ``> ``), each with the lines shown below it."""
    found: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        elif not found:
            raise BlockFailed(f"a console block begins with a command after '$ ', not with {line!r}")
        elif line.startswith("> ") and not found[-1][1]:
            found[-1] = (f"{found[-1][0]}\n{line[2:]}", [])
        else:
            found[-1][1].append(line)
    return found


def shows(printed: str, shown: list[str]) -> bool:
    """Whether ``shown`` is what was printed, line by line; a line ``…`` stands for any number of lines.

    A fixed space on either side is a space: nobody sees the difference on a terminal.
    """
    wanted = [line.translate(_SPACES).rstrip() for line in shown]
    while wanted and not wanted[-1]:
        wanted.pop()
    if not wanted:
        return True
    pattern = "".join(r"(?:.*\n)*?" if line == "…" else re.escape(line) + r"\n" for line in wanted)
    lines = "".join(f"{line.rstrip()}\n" for line in printed.translate(_SPACES).rstrip().splitlines())
    return re.fullmatch(pattern, lines) is not None


def _parsed(block: Block, parse: object) -> None:
    assert callable(parse)
    try:
        parse(block.text)
    except ValueError as error:
        raise BlockFailed(f"line {block.line}: not {block.language}: {error}") from error


def _printed(block: Block, command: list[str], directory: Path, environment: Mapping[str, str]) -> str:
    done = subprocess.run(
        command,
        cwd=directory,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    if done.returncode != 0:
        raise BlockFailed(f"line {block.line}: exit {done.returncode}:\n{done.stdout}")
    return done.stdout
