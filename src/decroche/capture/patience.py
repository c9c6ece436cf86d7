"""How time is waited for: until it has passed, or until somebody wants an end. Tests hand in a time of their own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """``wait`` returns after so many seconds, or as soon as the event is set; ``elapsed`` counts seconds forwards."""

    wait: Callable[[threading.Event, float], object] = threading.Event.wait
    elapsed: Callable[[], float] = time.monotonic


#: The time of everybody.
REAL_TIME = Patience()
