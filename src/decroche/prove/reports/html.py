"""The report as one web page that needs nothing else: no network, no script, styles allowed by their own hash."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

from jinja2 import Environment, StrictUndefined, Template, select_autoescape
from markupsafe import Markup

from decroche.prove.reports.blocks import AuditReport

_TEMPLATES = files("decroche.prove.reports") / "templates"


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = Environment(
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.from_string((_TEMPLATES / "report.html.j2").read_text(encoding="utf-8"))


def render(report: AuditReport, drawings: Mapping[str, str]) -> str:
    """The page. ``drawings`` are the SVG texts of the charts by key (heat maps also by key + "-tall")."""
    style = (_TEMPLATES / "report.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return _template().render(
        report=report,
        drawings={key: Markup(svg) for key, svg in drawings.items()},  # noqa: S704 - drawn by charts.py, text escaped there
        style=Markup(style),  # noqa: S704 - our own stylesheet
        style_hash=f"sha256-{digest}",
    )
