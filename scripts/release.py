"""Gathers the fragments of changes/ into CHANGELOG.md under the version that pyproject.toml names."""

from __future__ import annotations

import argparse
import datetime
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

KINDS = ("added", "changed", "fixed", "removed")
TITLE = "# Changelog\n"


def section(version: str, date: str, fragments: Mapping[str, str]) -> str:
    """The part of the changelog for one version; ``fragments`` maps file names (``slug.kind.md``) to their text."""
    parts = [f"## {version} ({date})\n"]
    for kind in KINDS:
        sentences = [content.strip() for name, content in sorted(fragments.items()) if name.endswith(f".{kind}.md")]
        if sentences:
            items = "".join(f"- {sentence}\n".replace("\n", "\n  ").rstrip() + "\n" for sentence in sentences)
            parts.append(f"### {kind.capitalize()}\n\n{items}")
    return "\n".join(parts)


def main(arguments: list[str]) -> int:
    """Write the section, remove the fragments, and leave the commit to a person."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, default=Path(__file__).parents[1])
    parser.add_argument("--date", default=datetime.datetime.now(tz=datetime.UTC).date().isoformat())
    options = parser.parse_args(arguments)
    root: Path = options.root

    version = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    paths = [path for path in (root / "changes").glob("*.md") if path.name.split(".")[-2] in KINDS]
    if not paths:
        sys.stderr.write("changes/ holds nothing to release\n")
        return 1
    changelog = root / "CHANGELOG.md"
    released = changelog.read_text(encoding="utf-8").removeprefix(TITLE) if changelog.exists() else ""
    if f"\n## {version} (" in released:
        sys.stderr.write(f"{version} is released already: raise the version in pyproject.toml\n")
        return 1

    new = section(version, options.date, {path.name: path.read_text(encoding="utf-8") for path in paths})
    changelog.write_text(f"{TITLE}\n{new}{released}", encoding="utf-8")
    for path in paths:
        path.unlink()
    print(f"CHANGELOG.md: {len(paths)} changes under {version}. Read it, commit it, tag it v{version}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
