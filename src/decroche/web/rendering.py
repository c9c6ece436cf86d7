"""Writes pages: templates with the sentences of one language, and headers that let nothing in from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from decroche.language import Language
from decroche.web.addresses import changed
from decroche.web.assets import asset
from decroche.web.frame import Frame, Theme
from decroche.web.page_tables import offers_files

#: Everything comes from here, nothing is embedded, nobody may frame us. A form tells us where it comes from, and no
#: other site learns which page a link was on.
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
        "media-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
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
_templates.globals["asset"] = asset
_templates.globals["changed"] = changed
_templates.globals["offers_files"] = offers_files
_COMPONENTS = ("words", "forms", "lists", "figures", "states", "media")


@dataclass(frozen=True, slots=True)
class Sentences:
    """The sentences of one language, as a template asks for them."""

    language: Language

    def __call__(self, key: str, **values: Any) -> str:
        """The sentence ``key`` filled with ``values``."""
        return self.language.say(key, **values)


class Components:
    """The macros of ``templates/components``, all under one name (``ui`` in templates), in the words of a language."""

    def __init__(self, language: Language) -> None:
        words = {"t": Sentences(language), "language": language}
        for name in _COMPONENTS:
            made = _templates.get_template(f"components/{name}.html").make_module(words)
            vars(self).update({key: value for key, value in vars(made).items() if not key.startswith("_")})


@cache
def components(language: Language) -> Components:
    """Those of a language, made once."""
    return Components(language)


def page(
    template: str, reader: Frame | Language, context: object, *, status: int = 200, theme: Theme = Theme.SYSTEM
) -> HTMLResponse:
    """The page that ``template`` makes of ``context`` (a frozen dataclass, called ``page`` there).

    A page of the desk is given its ``Frame`` (``here.frame`` of a visit). A part of a page, and a page that stands
    alone, are given a ``Language``, and a page that stands alone the ``theme``.
    """
    return sent(written(template, reader, context, theme=theme), status=status)


def written(template: str, reader: Frame | Language, context: object, *, theme: Theme = Theme.SYSTEM) -> Markup:
    """The same as text, such as a part that many pages show."""
    frame, language = (reader, reader.language) if isinstance(reader, Frame) else (None, reader)
    text = _templates.get_template(template).render(
        page=context,
        ui=components(language),
        t=Sentences(language),
        language=language,
        lang=language.code,
        frame=frame,
        theme=frame.theme if frame is not None else theme,
    )
    return Markup(text)  # noqa: S704 - a template wrote it, and escaped what it was given


def sent(text: str, *, status: int = 200) -> HTMLResponse:
    """A page, or a part of one, that is written already."""
    return HTMLResponse(text, status_code=status, headers=_HEADERS)
