"""The group ``decroche recovery`` with all its commands."""

from __future__ import annotations

from decroche.cli import recovery_people, recovery_team, recovery_words
from decroche.cli.recovery import recovery

__all__ = ["recovery", "recovery_people", "recovery_team", "recovery_words"]
