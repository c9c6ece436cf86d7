"""A sentence that a report says, under one key, in French and in English."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """``key`` is stable and names the sentence in catalogues; ``fr_ca`` is None where Québec says it like France."""

    key: str
    fr: str
    en: str
    fr_ca: str | None = None

    def text(self, language: str) -> str:
        """The sentence in ``language`` ("fr", "fr-CA" or "en"; anything else gets English)."""
        if language == "fr-CA":
            return self.fr_ca or self.fr
        return self.fr if language.startswith("fr") else self.en
