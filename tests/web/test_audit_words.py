"""Every act that is written anywhere has its sentence in both languages, and each of its details too."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

import decroche
from decroche.cli.callback_acts import ACTS as CALLBACK_ACTS
from decroche.language import Language
from decroche.ledger.audit_log import ByKind, Entry, Who
from decroche.web.audit_words import ACTS, Known, Line, line, program_act

SOURCE = Path(decroche.__file__).parent
OPENAPI = Path(__file__).parents[2] / "docs" / "reference" / "openapi.json"
BOTH = pytest.mark.parametrize("code", ["fr", "en"])

#: What an act can be whose name is put together, by its pattern.
PUT_TOGETHER = {
    "callback.{}": [f"callback.{each}" for each in CALLBACK_ACTS],
    "report.{}": ["report.text_wanted", "report.text_not_wanted"],
    "{}.exported": ["calls.exported", "journeys.exported"],
    "{}.imported": ["opt_out.imported", "person.imported", "consent.imported"],
    "hours.day_{}": ["hours.day_close", "hours.day_open", "hours.day_reset"],
    "hours.{}": ["hours.week_set", "hours.week_forgotten", "hours.day_close", "hours.day_open", "hours.day_reset"],
}
#: Acts whose name stands in a variable: where, and which.
NAMED = {
    "settings_recovery.py": ["settings.recovery_on", "settings.recovery_off"],
    # What programs do has sentences of its own, by method and address.
    "access.py": [],
}


def written() -> Iterator[tuple[str, str, set[str] | None]]:
    """Where an act is noted, its name, and the details that stand there; None where they are put together."""
    for path in SOURCE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if "audit_log import" not in text:
            continue
        tree = ast.parse(text)
        aliases = {
            each.asname or each.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module == "decroche.ledger.audit_log"
            for each in node.names
            if each.name == "note"
        }
        for function in (each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)):
            assigned = [node for node in ast.walk(function) if isinstance(node, ast.Assign)]
            for call in ast.walk(function):
                if isinstance(call, ast.Call) and getattr(call.func, "id", "") in aliases and len(call.args) > 3:
                    details = next((each.value for each in call.keywords if each.arg == "details"), None)
                    details = details or (call.args[5] if len(call.args) > 5 else None)
                    if isinstance(details, ast.Name):
                        details = last_before(call, details.id, assigned)
                    for act in acts_of(call.args[3], path.name):
                        yield path.name, act, names_of(details)


def last_before(call: ast.Call, name: str, assigned: list[ast.Assign]) -> ast.expr | None:
    """What was assigned to a name last before a call; something that is no dictionary where that cannot be told."""
    named = [node for node in assigned if name in {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}]
    before = [node for node in named if node.lineno < call.lineno]
    found = max(before, key=lambda node: node.lineno, default=None)
    return found.value if found is not None and isinstance(found.targets[0], ast.Name) else ast.Constant(None)


def acts_of(node: ast.expr, file: str) -> list[str]:
    if isinstance(node, ast.Constant):
        return [str(node.value)]
    if isinstance(node, ast.JoinedStr):
        pattern = "".join(str(each.value) if isinstance(each, ast.Constant) else "{}" for each in node.values)
        return PUT_TOGETHER[pattern]
    return NAMED[file]


def names_of(details: ast.expr | None) -> set[str] | None:
    if details is None:
        return set()
    if not isinstance(details, ast.Dict):
        return None
    return {str(each.value) for each in details.keys if isinstance(each, ast.Constant)}


WRITTEN = sorted(written(), key=lambda each: each[:2])


def entry(action: str, details: Mapping[str, str], kind: ByKind = ByKind.MEMBER) -> Entry:
    now = datetime(2026, 11, 16, tzinfo=UTC)
    return Entry(id=1, at=now, who=Who(kind=kind), action=action, subject="", details=details)


def test_acts_are_found() -> None:
    assert len(WRITTEN) > 60 and {"members.py", "hours.py", "erasing.py", "sites.py"} <= {file for file, *_ in WRITTEN}


@BOTH
def test_every_act_has_its_sentence(code: str) -> None:
    language, acts = Language(code), {act for _, act, _ in WRITTEN}
    assert acts == ACTS.keys()
    assert [act for act in acts if not language.has(f"act.{act.replace('.', '_')}")] == []


def test_every_detail_has_its_sentence() -> None:
    general = {"name", "email"}
    assert [
        (file, act, name) for file, act, names in WRITTEN for name in names or () if name not in {*ACTS[act], *general}
    ] == []


@BOTH
def test_what_a_program_does_has_its_sentence(code: str) -> None:
    paths = json.loads(OPENAPI.read_text(encoding="utf-8"))["paths"]
    acts = {program_act(method, path) for path, methods in paths.items() for method in methods if method != "get"}
    assert len(acts) > 30
    assert [each for each in sorted(acts) if not Language(code).has(f"act_of_program.{each}")] == []
    route = "/api/v1/callbacks/{id}/claim"
    told = line(entry("callback.post", {"route": route}, ByKind.TOKEN), Known(language=Language(code)))
    assert (told.what, told.details) == ("a pris un rappel" if code == "fr" else "took a callback", "")


@pytest.mark.parametrize(
    ("code", "action", "details", "what", "more"),
    [
        (
            "fr", "member.changed", {"name": "Zoé", "before": "agent", "role": "supervisor", "sites": "s1, s2"},
            "a changé le rôle de Zoé",
            "Rôle\u00a0: Superviseur. Rôle d’avant\u00a0: Agent. Sites\u00a0: Bron et s2",
        ),
        ("en", "privacy.retention_changed", {"numbers": "6"}, "changed how long things are kept",
         "Numbers in clear: 6 months"),
        ("en", "settings.recovery", {"daily_cap": "12.5", "phone": "…"}, "changed sending",
         "Number in texts. Daily cap: 12.50"),
        ("en", "hours.day_close", {"day": "2026-12-24", "name": "Inventory"}, "added a closed day",
         "On December\u00a024,\u00a02026. Why: Inventory"),
        ("en", "hours.week_set", {"week": "mon-fri 08:00-12:00"}, "changed the hours", "Week: Mon-Fri 08:00-12:00"),
        ("en", "endpoint.changed", {"name": "PBX", "changed": "api_key, x"}, "changed the keys of PBX",
         "Changed, the value not noted: API key and x"),
        ("en", "calls.exported", {"kind": "csv", "since": "2026-11-01T10:30:00Z", "reason": "short_abandon"},
         "exported calls", "Csv file. From November\u00a01,\u00a02026, 10:30 UTC. Reason: Hung up at once"),
        ("en", "member.signed_in", {"how": "recovery_code"}, "signed in", "With a recovery code"),
        ("en", "who.knows", {"told": "1", "empty": ""}, "who.knows", "Told: 1"),
    ],
)  # fmt: skip
def test_a_line_is_told_in_words(code: str, action: str, details: dict[str, str], what: str, more: str) -> None:
    known = Known(language=Language(code), sites={"s1": "Bron"}, labels={"api_key": "API key"})
    assert line(entry(action, details), known) == Line(what=what, details=more)


@BOTH
@pytest.mark.parametrize("action", ACTS)
def test_nothing_that_is_kept_breaks_a_line(code: str, action: str) -> None:
    known = Known(language=Language(code))
    for value in ("", "x", "<b>", "2026-13-45", "nan", "owner", "1e400", "12"):
        told = line(entry(action, dict.fromkeys(ACTS[action], value)), known)
        assert "audit." not in told.details and "act." not in told.what
