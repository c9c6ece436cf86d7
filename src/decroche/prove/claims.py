"""The claim ledger: every benchmark with its source, sample and grade. Claims are shown, never calculated with.

A claim has words and no number: its figures are text, and it refuses to become a number. Whoever needs an input
asks the owner for it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, fields
from importlib.resources import files
from typing import Any, NoReturn

#: What is told about a claim in both languages, where it is told at all.
FACTS = ("source", "population", "sample", "definition")

#: What the grade means; the stars shown are the grade.
GRADES: Mapping[int, str] = {
    3: "a study with its method",
    2: "measured by a vendor on its own data",
    1: "claimed by a vendor",
    0: "no source found",
}


class ClaimIsDisplayOnly(TypeError):
    """Somebody tried to calculate with a claim."""

    def __init__(self, claim_id: str) -> None:
        super().__init__(f"the claim {claim_id} is for display: ask the owner for a number instead")


class BadLedger(ValueError):
    """A ledger that contradicts itself; the message names the claim."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One benchmark. ``values`` are text; ``grade`` 3 … 0 as in ``GRADES``; empty text means "not told".

    ``reproducible``: the figure follows from the numbers given with it. ``contradicted_by``: ids of other claims.
    ``seeds`` and ``missions`` say where it is quoted. ``note_*`` is what we have to say about it. ``*_fr`` is the same
    fact for French readers.
    """

    id: str
    fr: str
    en: str
    values: tuple[str, ...]
    source: str
    publisher: str
    grade: int
    reproducible: bool
    unit: str = ""
    currency: str | None = None
    year: int | None = None
    country: str = ""
    population: str = ""
    sample: str = ""
    definition: str = ""
    source_fr: str = ""
    population_fr: str = ""
    sample_fr: str = ""
    definition_fr: str = ""
    contradicted_by: tuple[str, ...] = ()
    seeds: tuple[str, ...] = ()
    missions: tuple[str, ...] = ()
    note_fr: str = ""
    note_en: str = ""

    @property
    def stars(self) -> str:
        """The grade as it is printed: ★★★ … ✗."""
        return "★" * self.grade or "✗"

    def wording(self, language: str) -> str:
        """The claim in words."""
        return self.fr if language.startswith("fr") else self.en

    def note(self, language: str) -> str:
        """What we have to say about it, possibly nothing."""
        return self.note_fr if language.startswith("fr") else self.note_en

    def fact(self, name: str, language: str) -> str:
        """The ``source``, ``population``, ``sample`` or ``definition`` in words, possibly nothing."""
        return str(getattr(self, f"{name}_fr" if language.startswith("fr") else name))

    def _refuse(self, *_: object) -> NoReturn:
        raise ClaimIsDisplayOnly(self.id)

    __float__ = __int__ = __index__ = __add__ = __radd__ = __sub__ = __rsub__ = _refuse
    __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __lt__ = __le__ = __gt__ = __ge__ = _refuse


def load() -> Mapping[str, Claim]:
    """The ledger that comes with Décroche, by id."""
    return parse(files("decroche.prove").joinpath("claims.toml").read_text(encoding="utf-8"))


def parse(text: str) -> Mapping[str, Claim]:
    """A ledger from TOML. Raises BadLedger for an unknown or missing key, a wrong type, or a broken reference."""
    claims = [_claim(table) for table in tomllib.loads(text).get("claim", [])]
    ledger = {claim.id: claim for claim in claims}
    if len(ledger) != len(claims):
        raise BadLedger("two claims share an id")
    for claim in claims:
        for other in claim.contradicted_by:
            if other not in ledger or other == claim.id:
                raise BadLedger(f"{claim.id}: contradicted by {other}, which is no other claim")
    return ledger


def cited(ledger: Mapping[str, Claim], *, missions: Iterable[str]) -> list[Claim]:
    """The claims that concern these items of the mission, best grade first."""
    wanted = set(missions)
    found = [claim for claim in ledger.values() if wanted & set(claim.missions)]
    return sorted(found, key=lambda claim: (-claim.grade, claim.id))


_TYPES: Mapping[str, type] = {"grade": int, "year": int, "reproducible": bool}
_LISTS = ("values", "contradicted_by", "seeds", "missions")


def _claim(table: Mapping[str, Any]) -> Claim:
    name = table.get("id", "?")
    known = {f.name: f for f in fields(Claim)}
    for key, value in table.items():
        if key not in known:
            raise BadLedger(f"{name}: {key} is not a key of a claim")
        if key in _LISTS:
            if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
                raise BadLedger(f"{name}: {key} = {value!r} is not a list of text")
        elif type(value) is not _TYPES.get(key, str):
            raise BadLedger(f"{name}: {key} = {value!r} is not a {_TYPES.get(key, str).__name__}")
    for key, f in known.items():
        if f.default is MISSING and key not in table:
            raise BadLedger(f"{name}: {key} is missing")
    if table["grade"] not in GRADES:
        raise BadLedger(f"{name}: the grade is 0 to 3")
    read: dict[str, Any] = {key: tuple(value) if key in _LISTS else value for key, value in table.items()}
    return Claim(**read)
