"""Who is left without the remedy, or gets which variant, so that what recovery brings can be measured and not guessed.

Chance decides, by caller and for ever: the keyed hash of a number gives one uniform draw for each experiment, so that
the same person is in the same arm at every miss, on every machine, and nobody without the key can tell in advance.
The hold-out is off until the business turns it on.
"""

from __future__ import annotations

import hashlib
import hmac
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

#: The arm that recovery acts on, and the one that it leaves alone.
ACT, HOLDOUT = "act", "holdout"
#: A larger hold-out answers later than one of a half, and costs more.
LARGEST_HOLDOUT = 0.5
#: Shorter keys could be guessed, and with them the arms of all numbers.
KEY_BYTES = 16
#: As many as a float tells apart, so that the last one stays below 1.
_DRAWS = 1 << 53


class BadExperiment(ValueError):
    """An experiment that nobody can be assigned to; the message says why."""


class How(StrEnum):
    """What put a person into an arm. Only chance counts for the proof."""

    CHANCE = "chance"
    #: The experiment has one arm with a share: there is nothing to draw.
    OFF = "off"
    #: Nobody is left alone in an emergency.
    EMERGENCY = "emergency"


@dataclass(frozen=True, slots=True)
class Arm:
    """One of the ways in which callers are treated, and its share of them."""

    name: str
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """Arms in the order in which they take their share of the draws, from 0 upwards; the shares make 1.

    Under one name shares never change: a comparison mixes no callers that were drawn differently. Another share is
    another experiment with another name; ``nested_in`` may then name the first one, whose draws it keeps, so that who
    was left alone stays so when the hold-out grows.
    """

    name: str
    arms: tuple[Arm, ...]
    nested_in: str | None = None

    def __post_init__(self) -> None:
        names = [arm.name for arm in self.arms]
        if not self.name or len(set(names)) != len(names) or (HOLDOUT in names and ACT not in names):
            raise BadExperiment(f"{self.name!r} needs a name, arms with different names, and with a hold-out an {ACT}")
        if not all(0 <= arm.share <= 1 for arm in self.arms) or not math.isclose(
            sum(arm.share for arm in self.arms), 1
        ):
            raise BadExperiment(f"the shares of {self.name!r} are not shares that make 1")
        if any(arm.name == HOLDOUT and arm.share > LARGEST_HOLDOUT for arm in self.arms):
            raise BadExperiment(f"{self.name!r} leaves more than half of the callers alone")

    @classmethod
    def holdout(cls, name: str = HOLDOUT, *, share: float = 0.0, nested_in: str | None = None) -> Experiment:
        """A hold-out of ``share`` of the callers against all others. 0, the default, is none."""
        return cls(name=name, arms=(Arm(HOLDOUT, share), Arm(ACT, 1 - share)), nested_in=nested_in)

    @classmethod
    def between(cls, name: str, variants: Sequence[str]) -> Experiment:
        """Variants with equal shares, the first being what the others are compared with."""
        return cls(name=name, arms=tuple(Arm(variant, 1 / len(variants)) for variant in variants))

    @property
    def on(self) -> bool:
        """Whether there is anything to draw."""
        return sum(arm.share > 0 for arm in self.arms) > 1

    def arm_at(self, drawn: float) -> str:
        """The arm whose part of [0, 1) holds ``drawn``."""
        below = 0.0
        for arm in self.arms:
            below += arm.share
            if drawn < below:
                return arm.name
        return next(arm.name for arm in reversed(self.arms) if arm.share > 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """A person's arm. It is logged before anything is done or known about the outcome, and never changed.

    ``person`` are E.164 digits; ``drawn`` is the draw in [0, 1), None where nothing was drawn. Only those with
    ``counted`` enter the comparison.
    """

    experiment: str
    person: int
    arm: str
    how: How
    drawn: float | None
    at: datetime

    @property
    def counted(self) -> bool:
        """Whether chance alone decided."""
        return self.how is How.CHANCE


def draw(person: int, *, experiment: str, key: bytes) -> float:
    """The uniform number in [0, 1) of a person (E.164 digits) in an experiment, under the account's key.

    HMAC-SHA-256 of the experiment's name and the digits, its first 53 bits. Another experiment gives an independent
    draw. Raises BadExperiment for a key under 16 bytes.
    """
    if len(key) < KEY_BYTES:
        raise BadExperiment(f"a key has {KEY_BYTES} bytes at least")
    mac = hmac.digest(key, experiment.encode() + b"\0" + str(person).encode(), hashlib.sha256)
    return (int.from_bytes(mac[:8], "big") >> 11) / _DRAWS


def assign(
    person: int, experiment: Experiment, *, key: bytes, emergency: bool, at: datetime, earlier: Assignment | None = None
) -> Assignment:
    """The arm of ``person`` for a miss that is learned ``at``; ``earlier`` is their assignment in the log, if any.

    1. An emergency is acted on (arm ``act``, else the first arm with a share), and counts for nothing: it is decided
       before the draw, so that it falls on all arms alike. It does not replace ``earlier`` in the log.
    2. ``earlier`` stays as it is, whatever the key or the shares are now.
    3. An experiment that is off acts on everybody, and counts for nothing.
    4. Else chance decides.
    """
    acted = next((arm.name for arm in experiment.arms if arm.name == ACT), None) or next(
        arm.name for arm in experiment.arms if arm.share > 0
    )
    if emergency:
        return Assignment(experiment=experiment.name, person=person, arm=acted, how=How.EMERGENCY, drawn=None, at=at)
    if earlier is not None:
        return earlier
    if not experiment.on:
        return Assignment(
            experiment=experiment.name, person=person, arm=experiment.arm_at(0.0), how=How.OFF, drawn=None, at=at
        )
    drawn = draw(person, experiment=experiment.nested_in or experiment.name, key=key)
    return Assignment(
        experiment=experiment.name, person=person, arm=experiment.arm_at(drawn), how=How.CHANCE, drawn=drawn, at=at
    )
