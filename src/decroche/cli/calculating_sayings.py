"""What ``decroche calculate`` says, in French and in English."""

from __future__ import annotations

from collections.abc import Mapping

from decroche.model.sentence import Sentence

_PAIRS: Mapping[str, tuple[str, str]] = {
    "calculate_how": (
        "Par exemple : decroche calculate return invested=120000 gain=180000 reading=gross",
        "For example: decroche calculate return invested=120000 gain=180000 reading=gross",
    ),
    "no_calculator": (
        "Il n’y a pas de calculateur « {name} ». Il y a : {known}.",
        "There is no calculator “{name}”. There are: {known}.",
    ),
    "bad_value": (
        "« {text} » n’est pas une donnée de ce calculateur : écrivez clé=valeur, avec {known}.",
        "“{text}” is no input of this calculator: type key=value, with {known}.",
    ),
}

CALCULATING_SAYINGS: Mapping[str, Sentence] = {
    key: Sentence(key=f"calculating.{key}", fr=french, en=english) for key, (french, english) in _PAIRS.items()
}
