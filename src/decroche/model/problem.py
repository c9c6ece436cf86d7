"""What is wrong with a phone system, as a sentence of ours with its values: a page says it in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Problem:
    """``sentence`` is one of ours, in English and without secrets; ``{name}`` in it stands for one of the ``values``.

    It names the problem in catalogues: the same words with other values are the same problem. ``because`` is what is
    behind it.
    """

    sentence: str
    values: Mapping[str, str] = field(default_factory=dict)
    because: Problem | None = None

    def __str__(self) -> str:
        """The problem in English."""
        said = self.sentence.format_map(self.values) if self.values else self.sentence
        return said if self.because is None else f"{said}: {self.because}"
