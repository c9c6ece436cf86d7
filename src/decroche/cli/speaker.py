"""Speaks on the terminal in one language: what is found goes to the output, what stops a command to the errors."""

from __future__ import annotations

import errno
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

import typer

from decroche.capture.files.errors import UnreadableFile
from decroche.capture.files.sentences import TEXTS, said
from decroche.cli.sayings import SAYINGS
from decroche.language import Language
from decroche.model.sentence import Sentence


class Speaker:
    """Says things on the terminal in one language; errors go to the error stream and end the command."""

    def __init__(self, code: str, sayings: Mapping[str, Sentence] | None = None) -> None:
        self._sayings = {**SAYINGS, **(sayings or {})}
        try:
            self.language = Language(code)
        except ValueError:
            self.language = Language("fr")
            self.fail("unknown_language", language=code)

    def knowing(self, sayings: Mapping[str, Sentence]) -> Speaker:
        """The same, with more to say."""
        return Speaker(self.language.code, {**self._sayings, **sayings})

    def text(self, key: str, /, **values: object) -> str:
        """The saying ``key`` filled with ``values``."""
        text = self._sayings[key].text(self.language.code)
        return self.language.write(self.language.set(text), **values)

    def say(self, key: str, /, **values: object) -> None:
        """Print a saying."""
        print(self.text(key, **values))

    def stop(self, text: str) -> NoReturn:
        """End the command: the input cannot be used, and ``text`` says why."""
        print(text, file=sys.stderr)
        raise typer.Exit(2)

    def fail(self, key: str, /, **values: object) -> NoReturn:
        """End the command with a saying."""
        self.stop(self.text(key, **values))

    def no_access(self, error: OSError, out: Path) -> NoReturn:
        """End the command: a file cannot be read, or ``out`` cannot be written to."""
        known = f"errno_{errno.errorcode.get(error.errno or 0, '')}"
        problem = self.text(known) if known in self._sayings else error.strerror or str(error)
        named = Path(str(error.filename)) if error.filename else out
        if isinstance(error, FileNotFoundError) and named != out:
            self.fail("file_not_found", file=named)
        if named == out or out in named.parents or (named in out.parents and not named.exists()):
            self.fail("cannot_write", path=out, problem=problem)
        self.fail("file_unreadable", file=named, problem=problem)

    def unreadable(self, error: UnreadableFile) -> NoReturn:
        """End the command with the sentence of ``error``."""
        if error.word in TEXTS:
            self.stop(self.language.set(said(error.word, error.values_said, french=self.language.code != "en")))
        self.fail(error.word, **error.values_said)
