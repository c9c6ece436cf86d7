"""All pages of this package: any module here that defines ``PAGE`` is one."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

from tests.spec.spec import Page

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"


def pages() -> list[Page]:
    """Every page, by name."""
    found = []
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        if module.name.startswith("test_") or module.name == "write_docs":
            continue
        page = getattr(importlib.import_module(f"tests.spec.{module.name}"), "PAGE", None)
        if isinstance(page, Page):
            found.append(page)
    return sorted(found, key=lambda page: page.name)
