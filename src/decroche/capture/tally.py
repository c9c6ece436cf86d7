"""Judges whether something goes wrong too often among the latest deliveries of a phone system to be an accident."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

#: So many of the latest deliveries that went wrong are no accident.
MANY = 3
#: How many deliveries are the latest.
LATEST = 30


@dataclass(slots=True)
class Tally:
    """``often`` once MANY of the LATEST deliveries went wrong; until so many in a row are good that, at the share of
    wrong ones before, MANY of them would have gone wrong. ``why`` is the last reason.

    A platform that signs some deliveries with another key than the others is never wholly refused: one good delivery
    says little of those that are refused.
    """

    often: bool = False
    why: str = ""
    #: Whether the last delivery was good.
    well: bool = False
    _latest: deque[bool] = field(default_factory=lambda: deque(maxlen=LATEST))
    _good: int = 0
    _share: float = 0.0

    def wrong(self, why: str) -> None:
        """A delivery went wrong."""
        self.why, self.well, self._good = why[:200], False, 0
        self._latest.append(True)
        self._share = sum(self._latest) / len(self._latest)
        self.often = self.often or sum(self._latest) >= MANY

    def good(self) -> None:
        """A delivery did not."""
        self.well = True
        self._good += 1
        self._latest.append(False)
        if self.often and self._good * self._share >= MANY:
            self.often = False
            self._latest.clear()
