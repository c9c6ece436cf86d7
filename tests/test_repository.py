"""The rules of the tree that no linter knows."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "decroche"

#: Modules that may touch the ledger, the warehouse, the network, the disk or the clock: of any room, and of one.
DOORS = frozenset({"service", "workflows", "sync", "reports", "agent"})
ROOMS_WITH_A_PURE_HALF: Mapping[str, frozenset[str]] = {
    "recover": DOORS | {"lost_timers", "service_openers", "timers"},
    "prevent": DOORS,
    "converse": DOORS,
    "prove": DOORS
    | {
        "service_audits",
        "service_board",
        "service_busy",
        "service_causes",
        "service_attribution",
        "service_campaigns",
        "service_costs",
        "service_desk",
        "service_feed_files",
        "service_feed_meta",
        "service_feeds",
        "service_monday",
        "service_opened",
        "service_post",
        "service_quarter",
        "service_sources",
        "service_targets",
        "service_satisfaction",
        "service_trials",
    },
    "simulate": DOORS | {"export", "bulk", "platform", "ringover_api"},
}

#: Written in pieces, because this file is searched too.
HOSTS = tuple(
    ".".join(name) for name in (("pypi", "org"), ("pythonhosted", "org"), ("debian", "org"), ("npmjs", "org"))
)
HOMES = re.compile(r"(?<![\w.-])/(?:root|home/\w+|Users/\w+)/")


def tracked() -> list[Path]:
    """The files that git has, or would have at the next commit."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        encoding="utf-8",
    ).stdout
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def text(path: Path) -> str:
    """What a file says; nothing when it is not text."""
    content = path.read_bytes()
    return "" if b"\0" in content else content.decode("utf-8", errors="replace")


def lines_with(pattern: re.Pattern[str], paths: list[Path]) -> list[str]:
    """The lines that match, as ``path:line: text``."""
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path in paths
        for number, line in enumerate(text(path).splitlines(), start=1)
        if pattern.search(line)
    ]


def python_files(*folders: str) -> list[Path]:
    return [path for path in tracked() if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in folders]


def test_no_package_host_is_named() -> None:
    assert lines_with(re.compile("|".join(map(re.escape, HOSTS))), tracked()) == []


def test_locks_hold_hashes_and_no_address() -> None:
    for path in (ROOT / "requirements").glob("*.txt"):
        if path.name.startswith("debian"):
            continue
        packages = re.findall(r"^[a-z].*==.*$", text(path), re.MULTILINE)
        hashed = re.findall(r"^[a-z].*==.* \\\n {4}--hash=sha256:[0-9a-f]{64}", text(path), re.MULTILINE)
        assert len(hashed) == len(packages) > 0, path.name
        assert "://" not in text(path), path.name


def test_no_path_of_the_writers_machine() -> None:
    anyones = {"/", "/home", "/mnt", "/opt", "/srv", "/tmp", "/usr/src", "/var/tmp"}
    places = sorted(f"{place}/" for place in {str(ROOT.parent), str(Path.home())} - anyones)
    assert lines_with(re.compile("|".join([HOMES.pattern, *map(re.escape, places)])), tracked()) == []


def test_source_files_stay_short() -> None:
    lengths = {str(path.relative_to(ROOT)): len(text(path).splitlines()) for path in python_files("src")}
    assert {name: length for name, length in lengths.items() if length > 500} == {}


def test_no_module_is_a_drawer() -> None:
    drawers = {"utils", "util", "helpers", "helper", "common", "core", "base", "manager", "managers", "misc"}
    names = [path.relative_to(ROOT).with_suffix("") for path in python_files("src", "tests", "benchmarks")]
    assert [str(name) for name in names if drawers & set(name.parts)] == []


def test_a_module_begins_with_its_purpose() -> None:
    bare = [path for path in python_files("src") if text(path).strip() and not text(path).startswith('"""')]
    assert [str(path.relative_to(ROOT)) for path in bare] == []


def test_tests_patch_skip_and_sleep_nowhere() -> None:
    banned = re.compile(r"\bmock\.patch|monkeypatch\.setattr|mark\.(?:skip|xfail)|pytest\.skip\(|\btime\.sleep\(")
    others = [path for path in python_files("tests") if path != Path(__file__)]
    assert lines_with(banned, others) == []


def test_one_module_knows_the_engine_of_the_timers() -> None:
    knowing = lines_with(re.compile(r"^\s*(?:from|import) dbos\b"), python_files("src", "tests"))
    assert [line.split(":")[0] for line in knowing] == ["src/decroche/recover/timers.py"]


def test_nothing_is_left_unfinished() -> None:
    assert lines_with(re.compile(r"\b(?:TODO|FIXME|XXX|raise NotImplementedError)\b"), python_files("src")) == []


def test_every_pure_module_is_under_the_purity_contract() -> None:
    project = tomllib.loads(text(ROOT / "pyproject.toml"))
    contracts = project["tool"]["importlinter"]["contracts"]
    pure = set(next(contract for contract in contracts if contract.get("id") == "pure")["source_modules"])
    expected = {
        f"decroche.{room}.{path.stem}"
        for room, doors in ROOMS_WITH_A_PURE_HALF.items()
        for path in (SOURCE / room).glob("*")
        if path.stem not in doors | {"__init__"} and (path.suffix == ".py" or any(path.glob("*.py")))
    }
    assert expected - pure == set(), "name the new module in pyproject.toml's purity contract, or make it a door"


def test_a_fragment_of_the_changelog_has_a_kind_and_a_sentence() -> None:
    fragments = [path for path in (ROOT / "changes").glob("*") if path.name != "README.md"]
    kinds = re.compile(r"[a-z0-9-]+\.(?:added|changed|fixed|removed)\.md")
    wrong = [path.name for path in fragments if not kinds.fullmatch(path.name) or not text(path).strip().endswith(".")]
    assert wrong == []


def release(directory: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "scripts" / "release.py"), "--root", str(directory), "--date", "2026-12-01"]
    return subprocess.run(command, check=False, capture_output=True, encoding="utf-8")


def test_a_release_gathers_the_fragments(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "0.2.0"\n', encoding="utf-8")
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\n## 0.1.0 (2026-11-01)\n\n- Old.\n", encoding="utf-8")
    changes = tmp_path / "changes"
    changes.mkdir()
    for name, sentence in {
        "b.fixed.md": "Repairs b.\n",
        "a.added.md": "Adds a,\nat length.\n",
        "README.md": "How.\n",
    }.items():
        (changes / name).write_text(sentence, encoding="utf-8")
    assert release(tmp_path).returncode == 0
    assert (tmp_path / "CHANGELOG.md").read_text(encoding="utf-8") == (
        "# Changelog\n\n## 0.2.0 (2026-12-01)\n\n### Added\n\n- Adds a,\n  at length.\n\n### Fixed\n\n- Repairs b.\n"
        "\n## 0.1.0 (2026-11-01)\n\n- Old.\n"
    )
    assert [path.name for path in changes.iterdir()] == ["README.md"]


def test_a_release_of_nothing_or_of_a_released_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "0.1.0"\n', encoding="utf-8")
    (tmp_path / "changes").mkdir()
    empty = release(tmp_path)
    assert (empty.returncode, empty.stderr) == (1, "changes/ holds nothing to release\n")
    (tmp_path / "changes" / "a.added.md").write_text("Adds a.\n", encoding="utf-8")
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\n## 0.1.0 (2026-11-01)\n\n- Old.\n", encoding="utf-8")
    again = release(tmp_path)
    assert (again.returncode, again.stderr) == (1, "0.1.0 is released already: raise the version in pyproject.toml\n")
