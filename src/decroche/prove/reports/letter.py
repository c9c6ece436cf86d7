"""A letter as mail programs show it: one column on a telephone, figures side by side on a desk, light or dark."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

from jinja2 import Environment, StrictUndefined, Template, select_autoescape

from decroche.prove.letter_page import LetterPage


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = Environment(
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    source = files("decroche.prove.reports") / "templates" / "letter.html.j2"
    return environment.from_string(source.read_text(encoding="utf-8"))


def letter_html(page: LetterPage) -> str:
    """The letter as HTML that loads nothing: its few styles stand in it, and it has no picture."""
    return _template().render(page=page)
