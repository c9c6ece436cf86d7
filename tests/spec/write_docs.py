"""Writes the reference pages from the specs: ``python -m tests.spec.write_docs [page …]``."""

from __future__ import annotations

import sys

from tests.spec.pages import REFERENCE, pages


def main(names: list[str]) -> None:
    """Write the named pages, or all of them."""
    REFERENCE.mkdir(parents=True, exist_ok=True)
    for page in pages():
        if not names or page.name in names:
            path = REFERENCE / f"{page.name}.md"
            path.write_text(page.markdown(), encoding="utf-8")
            sys.stdout.write(f"docs/reference/{path.name}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
