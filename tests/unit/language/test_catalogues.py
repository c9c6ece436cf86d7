"""Every sentence that the code says exists in French and English, and every sentence is said somewhere."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

import decroche
from decroche.connector_kit.files import FATE_REASONS
from decroche.language.catalogue import read, sentences
from decroche.model.call import MissedReason
from decroche.model.fact import Progress
from decroche.model.hours import HourClass
from decroche.prove.reports.annex_money import TERMS
from decroche.prove.reports.annex_people import CAUSES
from decroche.prove.reports.assumptions import WORDS

SOURCE = Path(decroche.__file__).parent
KEY = re.compile(r"[a-z0-9_]+(?:\.[a-zA-Z0-9_]+)+")

#: Sentences whose key is put together: the words that may stand in the gap, where a list of them exists.
FAMILIES: dict[str, Iterable[str]] = {
    "fate.{}": FATE_REASONS,
    "reason.{}": [str(reason) for reason in MissedReason],
    "hour_class.{}": [str(hour_class) for hour_class in HourClass],
    "cause.{}": CAUSES,
    "cause.{}.sign": CAUSES,
    "assume.{}": WORDS,
    "assume.{}.change": WORDS,
    "definition.{}": TERMS,
    "live.progress.{}": [str(progress) for progress in Progress if progress is not Progress.ENDED],
}
#: What may stand in the gap of a key that is put together.
GAP = r"[a-z0-9_A-Z]+"


@cache
def parsed(path: Path) -> ast.Module:
    """A module of the code."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def said() -> tuple[set[str], set[re.Pattern[str]]]:
    """The whole keys in the code, and a pattern for each key that is put together."""
    whole: set[str] = set()
    patterns: set[re.Pattern[str]] = set()
    for path in SOURCE.rglob("*.py"):
        tree = tuple(ast.walk(parsed(path)))
        for node in tree:
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and KEY.fullmatch(node.value):
                whole.add(node.value)
        for call in (node for node in tree if isinstance(node, ast.Call) and node.args):
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            if name in {"say", "has"} and isinstance(call.args[0], ast.JoinedStr):
                parts = [
                    re.escape(str(part.value)) if isinstance(part, ast.Constant) else GAP
                    for part in call.args[0].values
                ]
                patterns.add(re.compile("".join(parts)))
    for key in in_templates():
        if None in key:
            patterns.add(re.compile("".join(GAP if part is None else re.escape(part) for part in key)))
        else:
            whole.add("".join(part or "" for part in key))
    return whole, patterns


@cache
def in_templates() -> tuple[tuple[str | None, ...], ...]:
    """The keys that the templates of pages ask for, in parts; None is a part that is only known when a page is made."""
    return tuple(_asked_for())


def _asked_for() -> Iterator[tuple[str | None, ...]]:
    for path in SOURCE.rglob("templates/**/*.html"):
        tree = Environment(autoescape=True).parse(path.read_text(encoding="utf-8"))
        for call in tree.find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "t":
                key = call.args[0]
                parts = key.nodes if isinstance(key, nodes.Concat) else [key]
                yield tuple(part.value if isinstance(part, nodes.Const) else None for part in parts)


@cache
def direct() -> frozenset[str]:
    """The keys in calls of ``say`` with nothing put together."""
    return frozenset(_said_directly())


def _said_directly() -> Iterator[str]:
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(parsed(path)):
            if (
                isinstance(node, ast.Call)
                and node.args
                and getattr(node.func, "attr", getattr(node.func, "id", "")) == "say"
                and isinstance(node.args[0], ast.Constant)
                and KEY.fullmatch(str(node.args[0].value))
            ):
                yield str(node.args[0].value)
    for parts in in_templates():
        if None not in parts:
            yield "".join(part or "" for part in parts)


def fields(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_templates_say_which_sentence_they_want() -> None:
    found = in_templates()
    assert ("page.skip",) in found and ("live.progress.", None) in found
    assert [parts for parts in found if parts[0] is None] == []


@pytest.mark.parametrize("language", ["fr", "en"])
def test_no_sentence_is_missing(language: str) -> None:
    have = read(language)
    assert sorted(direct() - have.keys()) == []
    wanted = {family.format(word) for family, words in FAMILIES.items() for word in words}
    assert sorted(wanted - have.keys()) == []


@pytest.mark.parametrize("language", ["fr", "en"])
def test_no_sentence_is_unused(language: str) -> None:
    whole, patterns = said()
    unused = [
        key for key in read(language) if key not in whole and not any(pattern.fullmatch(key) for pattern in patterns)
    ]
    assert unused == []


@pytest.mark.parametrize("language", ["fr", "en"])
def test_families_hold_no_word_that_the_code_does_not_know(language: str) -> None:
    for family in ("fate.", "reason.", "hour_class.", "definition.", "live.progress."):
        known = {family + word for word in FAMILIES[family + "{}"]}
        assert sorted(key for key in read(language) if key.startswith(family) and key not in known) == []


def test_french_and_english_say_the_same_things_with_the_same_values() -> None:
    french, english = read("fr"), read("en")
    assert french.keys() == english.keys()
    assert [key for key in french if fields(french[key]) != fields(english[key])] == []


def test_canadian_french_holds_only_what_differs() -> None:
    french, canadian = read("fr"), read("fr_CA")
    assert [key for key in canadian if canadian[key] == french.get(key)] == []
    assert [key for key in canadian if fields(canadian[key]) != fields(french[key])] == []


def test_canadian_french_uses_no_word_of_france_for_these() -> None:
    of_france = re.compile(r"\b(SMS|week-end|portable|e-mail|mail|messagerie|répondeur|brochures?)\b")
    assert {key: text for key, text in sentences("fr_CA").items() if of_france.search(text)} == {}


def test_no_sentence_keeps_a_plain_space_before_strong_punctuation() -> None:
    assert [key for key, text in sentences("fr").items() if re.search(r" [;:!?»]|« ", text)] == []
