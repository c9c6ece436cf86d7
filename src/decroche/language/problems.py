"""Says what is wrong with phone systems in the language of the page: our English sentences name the others."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from decroche.language.catalogue import read_problems
from decroche.language.language import Language
from decroche.model.problem import Problem


def say_problems(language: Language, problems: Iterable[Problem]) -> str:
    """All ``problems`` in one line. What no catalogue knows is said in English."""
    return language.set(" ; " if _is_french(language) else "; ").join(_say(language, each) for each in problems)


def _say(language: Language, problem: Problem) -> str:
    sentence = problem.sentence
    if _is_french(language):
        sentence = french().get(sentence, sentence)
    sentence = language.set(sentence)
    said = language.write(sentence, **_values(language, problem)) if problem.values else sentence
    if problem.because is None:
        return said
    return said + language.set(" : " if _is_french(language) else ": ") + _say(language, problem.because)


def _values(language: Language, problem: Problem) -> dict[str, Any]:
    """What stands in the sentence: the name of an error of the network in words."""
    error = problem.values.get("error", "")
    known = language.has(f"problem.error.{error}")
    return {**problem.values, "error": language.say(f"problem.error.{error}")} if known else dict(problem.values)


def _is_french(language: Language) -> bool:
    return language.locale.startswith("fr")


@cache
def french() -> dict[str, str]:
    """The sentences in French, by the English ones."""
    return read_problems("fr")
