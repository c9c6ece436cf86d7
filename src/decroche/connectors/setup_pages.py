"""What a person does at the vendor's to connect a phone system, in their language, with our addresses filled in."""

from __future__ import annotations

from importlib.resources import files


def setup_page(connector: str, language: str, *, hook_url: str, public_url: str) -> str:
    """The page of a connector as Markdown. ``language`` is a code such as ``fr-CA``; French unless it is English."""
    code = "en" if language == "en" else "fr"
    text = files(f"decroche.connectors.{connector}").joinpath(f"setup.{code}.md").read_text(encoding="utf-8")
    return text.replace("{hook_url}", hook_url).replace("{public_url}", public_url)
