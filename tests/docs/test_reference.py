"""The reference pages name what the program has: nothing undocumented, nothing stale."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest
import typer.main

from decroche.cli import app
from decroche.connector_kit.files import FileFormat
from decroche.connectors.registry import FORMATS
from decroche.understand.loss_inputs import LossInputs, Prices
from tests.docs import api_page, bi_tables_page, connectors_page, playbooks_page, templates_page
from tests.docs.connectors_page import PAGE, ROOT

REFERENCE = ROOT / "docs" / "reference"


def _code(page: str) -> set[str]:
    """Everything set as code in the tables of a page."""
    text = (REFERENCE / page).read_text(encoding="utf-8")
    return {word for line in text.splitlines() if line.startswith("|") for word in re.findall(r"`([^`]+)`", line)}


def test_the_page_of_tables_for_bi_tools_is_what_the_program_has() -> None:
    assert bi_tables_page.PAGE.read_text(encoding="utf-8") == bi_tables_page.markdown(), "type: make docs"


def test_the_page_of_formats_is_what_the_registry_and_the_cases_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == connectors_page.markdown(), "type: make docs"


def test_the_page_of_the_api_is_what_the_program_says() -> None:
    assert api_page.PAGE.read_text(encoding="utf-8") == api_page.markdown(), "type: make docs"
    assert api_page.DOCUMENT.read_text(encoding="utf-8") == api_page.document_text(), "type: make docs"


def test_the_page_of_playbooks_is_what_is_read() -> None:
    assert playbooks_page.PAGE.read_text(encoding="utf-8") == playbooks_page.markdown(), "type: make docs"


def test_the_page_of_templates_shows_the_words_that_are_sent() -> None:
    assert templates_page.PAGE.read_text(encoding="utf-8") == templates_page.markdown(), "type: make docs"


@pytest.mark.parametrize("known", FORMATS, ids=lambda known: known.name)
def test_every_format_has_cases(known: FileFormat) -> None:
    assert connectors_page.cases()[known.name]


def test_situations_are_read_from_the_names_of_cases() -> None:
    assert connectors_page.situations(["cdr_abandon_in_queue", "short_abandon"]) == [
        "abandoned while waiting",
        "short abandon",
    ]
    assert connectors_page.situations(["documented"]) == []


def test_every_option_of_the_audit_is_on_its_page() -> None:
    command = typer.main.get_command(app).get_command(None, "audit")  # type: ignore[attr-defined]
    options = {option for parameter in command.params for option in parameter.opts if option.startswith("--")}
    written = {word.split()[0] for word in _code("audit-command.md") if word.startswith("--")}
    assert written - {"--help"} == options - {"--help"}


def test_every_key_of_the_settings_is_on_their_page() -> None:
    money = {field.name for kind in (LossInputs, Prices) for field in fields(kind)} - {"prices", "departments"}
    written = _code("settings.md")
    assert {f"loss.{name}" for name in money} <= written
    assert {
        f"audit.{name}" for name in ("business", "zone", "country", "answer_within", "short_abandon", "supposed")
    } <= written
