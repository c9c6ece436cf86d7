"""Writes the skeleton of a connector: a folder that works on an invented platform, to be made into a real one."""

from __future__ import annotations

import argparse
import keyword
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PLACE = Path("src/decroche/connectors")
TEMPLATES = Path(__file__).parent / "connector_template"
_NAME = re.compile(r"[a-z][a-z0-9_]{1,30}")
_TITLE = re.compile(r"[\w .,&+()’-]{1,40}")
_IMPORT = re.compile(r"^from decroche\.connectors\.\w+\.connector import CONNECTOR as \w+\n", re.MULTILINE)
_LIST = re.compile(r"PLATFORMS: tuple\[Connector, \.\.\.\] = \((?P<names>[^)]*)\)")
_WIDTH = 120


class Refused(Exception):
    """What was asked for cannot be written; the message tells a person why."""


def registered(platforms: str, name: str) -> str:
    """The module of platforms with one more line for ``name``, everything in alphabetical order."""
    listed = _LIST.search(platforms)
    if listed is None:
        raise Refused(f"{PLACE / 'platforms.py'} has no list PLATFORMS that could be added to")
    names = sorted({*re.findall(r"\w+", listed["names"]), name.upper()})
    line = f"PLATFORMS: tuple[Connector, ...] = ({', '.join(names)}{',' if len(names) == 1 else ''})"
    if len(line) > _WIDTH:
        line = "PLATFORMS: tuple[Connector, ...] = (\n" + "".join(f"    {each},\n" for each in names) + ")"
    platforms = platforms[: listed.start()] + line + platforms[listed.end() :]
    mine = f"from decroche.connectors.{name}.connector import CONNECTOR as {name.upper()}\n"
    imports = sorted({*_IMPORT.findall(platforms), mine})
    bare = _IMPORT.sub("", platforms)
    kit = "from decroche.connector_kit.connector import Connector\n"
    return bare.replace(kit, kit + "".join(imports))


def write(root: Path, name: str, title: str) -> list[Path]:
    """Write the folder of ``name`` and register it. What was written, relative to ``root``. Raises Refused."""
    if not _NAME.fullmatch(name) or keyword.iskeyword(name):
        raise Refused(f"{name!r} is no name for a folder: small letters, digits and _, such as keyyo or zoom_phone")
    if not _TITLE.fullmatch(title):
        raise Refused(f"{title!r} is no title: letters, digits, spaces and . , & + ( ) ’ -")
    folder = root / PLACE / name
    if folder.exists():
        raise Refused(f"{PLACE / name} is there already")
    platforms = root / PLACE / "platforms.py"
    new = registered(platforms.read_text(encoding="utf-8"), name)
    written: list[Path] = []
    for template in sorted(TEMPLATES.rglob("*.txt")):
        path = folder / template.relative_to(TEMPLATES).with_suffix("")
        text = template.read_text(encoding="utf-8").replace("@@NAME@@", name).replace("@@TITLE@@", title)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        written.append(path.relative_to(root))
    platforms.write_text(new, encoding="utf-8")
    return written


def main(arguments: list[str]) -> int:
    """Write the skeleton and say what to do next; 1 when it cannot be written."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", help="the folder, such as keyyo")
    parser.add_argument("--title", help="the name that people know, such as Keyyo")
    parser.add_argument("--root", type=Path, default=ROOT, help="the repository (this one)")
    options = parser.parse_args(arguments)
    title = (options.title or options.name.replace("_", " ").capitalize()).strip()
    try:
        written = write(options.root, options.name, title)
    except Refused as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1
    for path in written:
        print(path)
    print(f"{PLACE / 'platforms.py'}: one line more\n")
    print(
        f"It runs already, on an invented platform: make cases\nHow to go on: docs/how-to/add-a-connector.md ({title})"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
