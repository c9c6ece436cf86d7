"""What is wrong with a phone system is said in French on French pages, whatever it is."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import decroche
from decroche.capture.endpoint_health import REFUSED, UNREADABLE
from decroche.language import Language
from decroche.language.problems import french, say_problems
from decroche.model.problem import Problem

SOURCE = Path(decroche.__file__).parent
#: What is raised or noted with a sentence that a page may show.
SAID = {
    "Misconfigured",
    "Unavailable",
    "AnswerLost",
    "OutcomeUnknown",
    "Refused",
    "NotAuthentic",
    "NotFetched",
    "Problem",
}
#: Modules whose Malformed is told of a delivery; those that hear what was kept tell nobody.
READING = {"events.py", "pushed.py", "xml_record.py", "signatures.py", "objects.py"}


def sentences() -> Iterator[str]:
    """The sentences that are written where they are said."""
    for path in SOURCE.rglob("*.py"):
        if "api" in path.relative_to(SOURCE).parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and _is_said(node, path):
                yield from _constants(node.args[0])


def _is_said(call: ast.Call, path: Path) -> bool:
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    return name in SAID or (name == "Malformed" and path.name in READING)


def _constants(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.IfExp):
        yield from _constants(node.body)
        yield from _constants(node.orelse)
    elif isinstance(node, ast.Constant):
        yield str(node.value)
    else:
        assert not isinstance(node, ast.JoinedStr), "a sentence with values is a Problem"


def test_every_sentence_is_said_in_french_and_none_besides() -> None:
    # The door says of one delivery that it is too large.
    assert french().keys() == {*sentences(), REFUSED, UNREADABLE, "a body too large"}


WRONG = Problem("deliveries are refused", because=Problem("the signature is not Twilio's"))
AWAY = Problem("history", because=Problem("{host} answered {status}", {"host": "api.example", "status": "503"}))


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (
            "fr",
            "des notifications sont refusées\u00a0: la signature n’est pas celle de Twilio\u202f; "
            "history\u00a0: api.example a répondu 503",
        ),
        (
            "fr-CA",
            "des notifications sont refusées\u00a0: la signature n’est pas celle de Twilio; "
            "history\u00a0: api.example a répondu 503",
        ),
        ("en", "deliveries are refused: the signature is not Twilio's; history: api.example answered 503"),
    ],
)
def test_each_language_says_it_its_own_way(code: str, expected: str) -> None:
    assert say_problems(Language(code), [WRONG, AWAY]) == expected


def test_a_sentence_that_nobody_knows_is_said_as_it_is() -> None:
    assert say_problems(Language("fr"), [Problem("{odd} {0}"), Problem("{system}", {"system": "{x}"})]) == (
        "{odd} {0}\u202f; {x}"
    )
