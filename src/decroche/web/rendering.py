"""Writes pages: templates with the sentences of one language, and headers that let nothing in from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from decroche.language import Language

#: Everything comes from here, nothing is embedded, nobody may frame us.
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}

_templates = Environment(
    loader=PackageLoader("decroche.web"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True)
class Sentences:
    """The sentences of one language, as a template asks for them."""

    language: Language

    def __call__(self, key: str, **values: Any) -> str:
        """The sentence ``key`` filled with ``values``."""
        return self.language.say(key, **values)


def page(template: str, language: Language, context: object, *, status: int = 200) -> HTMLResponse:
    """The page that ``template`` makes of ``context`` (a frozen dataclass, called ``page`` there)."""
    text = _templates.get_template(template).render(page=context, t=Sentences(language), lang=language.code)
    return HTMLResponse(text, status_code=status, headers=_HEADERS)
