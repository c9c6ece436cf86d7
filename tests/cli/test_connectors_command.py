"""``decroche connectors``: what is known of each phone system is counted, and said in both languages."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from decroche.cli import app
from decroche.connector_kit.connector import Connector
from decroche.connectors.platforms import PLATFORMS, platform
from decroche.connectors.quality import PROVENANCES, SITUATIONS, parts, quality
from decroche.connectors.registry import FORMATS
from tests.cases import running_live


def said(*words: str) -> list[str]:
    found = CliRunner().invoke(app, ["connectors", *words], catch_exceptions=False)
    assert found.exit_code == 0, found.output
    return found.output.replace("\u00a0", " ").replace("\u202f", " ").splitlines()


@pytest.mark.parametrize(("lang", "title"), [("fr", "Fichiers reconnus"), ("en", "Files that are recognised")])
def test_every_phone_system_and_every_file_has_its_line(lang: str, title: str) -> None:
    lines = said("--lang", lang)
    names = [line.split()[0] for line in lines if line.startswith("  ")]
    assert names == [*(each.name for each in PLATFORMS), *(each.name for each in FORMATS)]
    assert any(line.startswith(title) for line in lines)


def test_the_line_says_what_was_counted() -> None:
    [line] = [line for line in said("--lang", "en") if line.split()[:1] == ["twilio"]]
    known = quality(platform("twilio"))
    assert f" {len(known.situations)}/21 " in line and f"{known.cases['synthetic']} made-up cases" in line
    assert "webhooks, past calls by API, files, texts, click-to-call, voicemails" in line


@pytest.mark.parametrize("connector", PLATFORMS, ids=lambda each: each.name)
def test_what_is_counted_is_what_there_is(connector: Connector) -> None:
    known = quality(connector)
    cases = [path for path in running_live.paths() if path.parents[2].name == connector.name]
    assert sum(known.cases.values()) == len(cases) > 0
    assert set(known.cases) <= set(PROVENANCES)
    assert known.situations | set(known.missing) == known.possible <= SITUATIONS.keys()
    assert known.parts == parts(connector) != ()


def test_a_connector_without_parts_has_none() -> None:
    assert parts(Connector(name="x", title="X")) == ()
