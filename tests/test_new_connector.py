"""`make new-connector` gives a connector that works: its cases pass, and the rules of the tree hold."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from decroche.connector_kit import errors
from decroche.connector_kit.connector import Connector
from tests.cases import running_live as running
from tests.cases.running import read

ROOT = Path(__file__).parents[1]
PLACE = Path("src/decroche/connectors")


def new_connector(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "scripts" / "new_connector.py"), "--root", str(root), *arguments]
    return subprocess.run(command, check=False, capture_output=True, encoding="utf-8")


def tree(root: Path, *platforms: str) -> Path:
    """A tree with nothing but the list of platforms, and these in it."""
    path = root / PLACE / "platforms.py"
    path.parent.mkdir(parents=True)
    imports = "".join(
        f"from decroche.connectors.{each}.connector import CONNECTOR as {each.upper()}\n" for each in platforms
    )
    names = ", ".join(each.upper() for each in platforms) + ("," if len(platforms) == 1 else "")
    path.write_text(
        '"""The list."""\n\nfrom decroche.connector_kit.connector import Connector\n'
        f"{imports}\nPLATFORMS: tuple[Connector, ...] = ({names})\n",
        encoding="utf-8",
    )
    return path


def test_its_cases_pass(tmp_path: Path) -> None:
    tree(tmp_path)
    done = new_connector(tmp_path, "keyyo", "--title", "Keyyo & Cie")
    assert (done.returncode, done.stderr) == (0, "")
    folder = tmp_path / PLACE / "keyyo"
    spec = importlib.util.spec_from_file_location("made_connector", folder / "connector.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    connector: Connector = module.CONNECTOR
    assert (connector.name, connector.title) == ("keyyo", "Keyyo & Cie")
    case = read(folder / "cases" / "live" / "no_answer.json")
    [live] = running.calls(running.heard(connector, running.records(connector, case), case).facts)
    assert running.verdict(live, "FR") == case["verdict"]
    refused = read(folder / "cases" / "live" / "refused.json")
    with pytest.raises(errors.NotAuthentic):
        running.records(connector, refused)
    for language in ("fr", "en"):
        assert "{hook_url}" in (folder / f"setup.{language}.md").read_text(encoding="utf-8")


def test_the_list_stays_in_order_and_short(tmp_path: Path) -> None:
    many = ("aircall", "asterisk", "avaya", "freeswitch", "ringcentral", "ringover", "threecx", "twilio", "vonage")
    path = tree(tmp_path, *many)
    assert new_connector(tmp_path, "keyyo").returncode == 0
    text = path.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.startswith("from decroche.connectors.")]
    assert lines == sorted(lines)
    assert len(lines) == len(many) + 1
    assert max(len(line) for line in text.splitlines()) <= 120
    assert "    FREESWITCH,\n    KEYYO,\n    RINGCENTRAL,\n" in text


def test_one_name_in_the_list_is_still_a_tuple(tmp_path: Path) -> None:
    path = tree(tmp_path)
    assert new_connector(tmp_path, "keyyo").returncode == 0
    assert "PLATFORMS: tuple[Connector, ...] = (KEYYO,)" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["Keyyo", "3cx", "../keyyo", "key yo", "class", "k", ""])
def test_a_name_that_is_none_is_refused(tmp_path: Path, name: str) -> None:
    path = tree(tmp_path)
    before = path.read_text(encoding="utf-8")
    refused = new_connector(tmp_path, name)
    assert refused.returncode == 1
    assert "is no name for a folder" in refused.stderr
    assert path.read_text(encoding="utf-8") == before
    assert [each.name for each in path.parent.iterdir()] == ["platforms.py"]


def test_a_title_that_would_break_the_code_is_refused(tmp_path: Path) -> None:
    tree(tmp_path)
    assert new_connector(tmp_path, "keyyo", "--title", 'Key"""yo').returncode == 1


def test_a_connector_that_is_there_is_left_alone(tmp_path: Path) -> None:
    tree(tmp_path)
    assert new_connector(tmp_path, "keyyo").returncode == 0
    again = new_connector(tmp_path, "keyyo")
    assert (again.returncode, again.stderr) == (1, f"{PLACE / 'keyyo'} is there already\n")


@pytest.mark.hard
def test_the_rules_of_the_tree_hold_for_it(tmp_path: Path) -> None:
    ignored = shutil.ignore_patterns("__pycache__", ".*")
    for name in ("src", "tests", "scripts"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    assert new_connector(tmp_path, "keyyo").returncode == 0
    environment = os.environ | {"PYTHONPATH": str(tmp_path / "src")}
    for command in (
        ["-m", "pytest", "tests/cases/test_live_cases.py", "-k", "keyyo", "-p", "no:cacheprovider"],
        ["-m", "mypy", str(PLACE / "keyyo"), str(PLACE / "platforms.py")],
        ["-m", "ruff", "check", str(PLACE / "keyyo"), str(PLACE / "platforms.py")],
        ["-m", "ruff", "format", "--check", str(PLACE / "keyyo"), str(PLACE / "platforms.py")],
    ):
        done = subprocess.run(
            [sys.executable, *command],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
