"""Rewrites a playbook so that it needs no page of ours: where it offers times, it sends a text that can be answered."""

from __future__ import annotations

import re

#: The text that callers get where times were offered; it has words of its own for when the business is closed.
INSTEAD = "missed"
_STEP = re.compile(r"(?m)^(?=\[\[step\]\])")
_OFFERS = re.compile(r'(?m)^act\s*=\s*"offer_slots"')
_TEMPLATE = re.compile(r'(?m)^template\s*=\s*"[^"\n]*"')


def without_slots(body: str) -> str:
    """The same playbook, as TOML, with no step that offers times; what is written in another way stays as it is."""
    return "".join(_rewritten(each) for each in _STEP.split(body))


def _rewritten(step: str) -> str:
    if not _OFFERS.search(step):
        return step
    written = _OFFERS.sub('act = "text"', step)
    if _TEMPLATE.search(written):
        return _TEMPLATE.sub(f'template = "{INSTEAD}"', written)
    return written.replace('act = "text"', f'act = "text"\ntemplate = "{INSTEAD}"', 1)
