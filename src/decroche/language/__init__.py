"""What the screens and reports say, in French first, French of Canada and English."""

from decroche.language.language import LANGUAGES, Language

__all__ = ["LANGUAGES", "Language"]
