"""Why a file cannot be read at all. Each carries a word and values, so that it can be said in any language."""

from __future__ import annotations


class UnreadableFile(Exception):
    """A file that is not an export of calls, or that cannot be opened safely. ``word`` names the sentence to say."""

    def __init__(self, word: str, **values: str | int) -> None:
        super().__init__(word, values)
        self.word = word
        self.values_said = values
