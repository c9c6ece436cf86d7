"""What a report is written from: the counted figures, and what the business said about money."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from decroche.model.figures import Figures
from decroche.prove.claims import Claim
from decroche.understand.loss import Loss
from decroche.understand.loss_beside import SunkAdSpend
from decroche.understand.loss_inputs import LossInputs


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportInputs:
    """Everything a report needs.

    ``business`` is its name, the first file's name when None. ``loss`` holds amounts only when margin and conversion
    were told; ``told`` is what was told. ``ads`` is sunk advertising. ``claims`` is the ledger by id, empty to leave
    the section out. ``settings`` go to report.json as they are; ``numbers_masked`` False shows phone numbers in full.
    """

    figures: Figures
    business: str | None = None
    loss: Loss | None = None
    told: LossInputs | None = None
    ads: SunkAdSpend | None = None
    claims: Mapping[str, Claim] = field(default_factory=dict)
    settings: Mapping[str, str | int | float | bool | None] = field(default_factory=dict)

    @property
    def priced(self) -> Loss | None:
        """The loss when it is an amount of money."""
        return self.loss if self.loss is not None and self.loss.period is not None else None

    @property
    def each_lost(self) -> tuple[float, str] | None:
        """Mean cost of a journey that nobody recovered, and its currency."""
        if self.loss is None or self.loss.lost_journey is None:
            return None
        return float(self.loss.lost_journey.mean), self.loss.lost_journey.currency
