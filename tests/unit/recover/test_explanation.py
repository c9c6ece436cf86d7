"""Every reason of recovery has its sentence, in French and in English, with all that fills it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import decroche.recover
from decroche.language import Language
from decroche.model.text import TextFailure, TextState
from decroche.recover.explanation import CODES, reason_said, text_why
from decroche.recover.playbook import Act
from decroche.recover.policy import Ending, Outcome

ROOM = Path(decroche.recover.__file__).parent
LANGUAGES = ("fr", "fr-CA", "en")
#: Reasons whose words come from the condition or the rule that they name.
ELSEWHERE = {"unmet", "rule"}
VALUES: dict[str, Any] = {
    "step": "missed", "template": "missed", "missing": ["link"], "act": "text", "reach_s": 3600.0,
}  # fmt: skip


def codes() -> Iterator[str]:
    """The codes of all reasons in the policy and the workflows, by their source."""
    for path in (ROOM / "policy.py", *(ROOM / "workflows").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or getattr(node.func, "id", "") != "Reason":
                continue
            code = node.args[0]
            if isinstance(code, ast.Constant):
                yield str(code.value)
            else:
                assert isinstance(code, ast.JoinedStr) and ast.unparse(code).startswith("f'journey_")
                yield from (f"journey_{each}" for each in (Ending.RECOVERED, Ending.WITHDRAWN, Ending.EXPIRED))


def test_every_code_of_a_reason_is_known() -> None:
    assert set(codes()) - ELSEWHERE == set(CODES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", CODES)
def test_every_code_has_its_sentence(code: str, language: str) -> None:
    said = reason_said({"code": code, **VALUES}, Language(language))
    assert said.endswith((".", "?")) and "{" not in said.replace("{link}", "")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_an_explanation_is_there(language: str) -> None:
    speech = Language(language)
    for family, words in (("act", Act), ("outcome", Outcome), ("ended", Ending), ("text", TextState)):
        assert [word for word in words if not speech.has(f"recover.{family}.{word}")] == []
    assert [each for each in TextFailure if not text_why("failed", each, None, speech)] == []


def test_reasons_with_values() -> None:
    french, english = Language("fr"), Language("en")
    assert "1\u202fh" in reason_said({"code": "too_old", "reach_s": 3600.0}, french)
    assert reason_said({"code": "too_old", "days": 2}, english) == (
        "Too late to call back: more than 2\u00a0business days after the call."
    )
    unmet = {"code": "unmet", "condition": "hour_classes", "wanted": ["open"], "found": "weekend"}
    assert reason_said(unmet, Language("fr-CA")).startswith("Moment\u00a0: Fin de semaine")
    ruled = {"code": "rule", "rule": "OPT-01", "reason": "opted_out", "values": {"on": "2026-03-04"}}
    assert "4\u00a0mars\u00a02026" in reason_said(ruled, french)
    assert "{link}" in reason_said({"code": "no_value", "missing": ["link"]}, french)


def test_why_a_text_did_not_arrive() -> None:
    english = Language("en")
    assert text_why("failed", "landline", "30006", english) == "it is a landline"
    assert text_why("failed", "of another version", None, english) == "for an unknown reason"
    assert text_why("cancelled", None, "recovered", english) == "the caller was reached meanwhile"
    assert text_why("cancelled", None, "OPT-01", english) == (
        "Whoever said STOP is contacted no more; one confirmation is sent."
    )
    assert text_why("cancelled", None, "GONE-99", english) == "GONE-99"
    assert text_why("delivered", None, None, english) is None
