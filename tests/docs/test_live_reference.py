"""The pages on the server name what it has: its commands, settings, events, metrics."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from decroche.api.schemas import KINDS
from decroche.server_settings import ServerSettings
from decroche.telemetry import Metrics
from tests.docs import commands_page
from tests.docs.blocks import blocks
from tests.docs.test_documents import DOCUMENTS, ROOT

DOCS = ROOT / "docs"
_TYPED = re.compile(r"(?:^|[\s`$(/])decroche (?P<command>[a-z][a-z-]*)(?P<rest>[^`\n|;&)]*(?:\\\n[^`\n]*)*)")


def typed() -> list[tuple[Path, str, str]]:
    """Every ``decroche …`` that a document shows as code: the page, the command, what follows."""
    found = []
    for path in DOCUMENTS:
        text = path.read_text(encoding="utf-8")
        shown = [block.text for block in blocks(text) if block.language in {"bash", "console", "text"}]
        shown += re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE))
        found += [(path, match["command"], match["rest"]) for each in shown for match in _TYPED.finditer(each)]
    return found


def test_every_command_that_is_shown_exists_with_its_options() -> None:
    known = commands_page.commands()
    wrong = []
    for path, command, rest in typed():
        if command not in known:
            wrong.append(f"{path.name}: decroche {command}")
            continue
        unknown = set(re.findall(r"(?<!\S)--[a-z][a-z-]*", rest)) - commands_page.options(known[command])
        wrong += [f"{path.name}: decroche {command} {option}" for option in sorted(unknown)]
    assert wrong == []
    assert len(typed()) > 40


def test_the_page_of_commands_is_what_the_program_has() -> None:
    assert commands_page.PAGE.read_text(encoding="utf-8") == commands_page.markdown(), "type: make docs"


def test_every_setting_of_the_server_is_on_its_page() -> None:
    text = (DOCS / "reference" / "server-settings.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z_]+)` \| `(DECROCHE_[A-Z_]+)` \|", text, re.MULTILINE)
    assert rows == [(name, f"DECROCHE_{name.upper()}") for name in ServerSettings.model_fields]


def test_every_kind_of_change_is_on_its_page() -> None:
    text = (DOCS / "reference" / "events.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `([a-z.]+)` \|", text, re.MULTILINE) == list(KINDS)


def test_the_metrics_to_watch_are_measured() -> None:
    text = (DOCS / "how-to" / "serve-behind-caddy-and-systemd.md").read_text(encoding="utf-8")
    measured = {each.name for each in Metrics().registry.collect()}
    shown = {name.removesuffix("_total") for name in re.findall(r"`(decroche_[a-z_]+)", text)}
    assert len(shown) > 4 and shown <= measured


@pytest.mark.parametrize("path", sorted((DOCS / "decisions").glob("0*.md")), ids=lambda path: path.stem)
def test_every_decision_is_on_the_index(path: Path) -> None:
    assert f"(decisions/{path.name})" in (DOCS / "index.md").read_text(encoding="utf-8")
