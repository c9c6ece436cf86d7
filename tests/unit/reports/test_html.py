"""The web page needs nothing from elsewhere, reads aloud, and shows names as names."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from decroche.language import Language
from decroche.model.figures import Group, SourceFile
from decroche.prove.reports import html
from decroche.prove.reports.audit import all_charts, build
from decroche.prove.reports.blocks import AuditReport
from decroche.prove.reports.inputs import ReportInputs
from tests.unit.reports import sample
from tests.unit.reports.conftest import EMPTY_SVG

VOID = {"meta", "link", "br", "img", "input", "hr"}


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.attributes: Counter[str] = Counter()
        self.open: list[str] = []
        self.words = ""
        self.html_lang: str | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        found = dict(attrs)
        self.attributes.update(found.keys())
        if found.get("id"):
            self.ids.append(str(found["id"]))
        if tag == "a":
            self.links.append(str(found.get("href")))
        if tag == "html":
            self.html_lang = found.get("lang")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.fixture(scope="module")
def page(report: AuditReport, blank: dict[str, str]) -> str:
    return html.render(report, blank)


def test_every_tag_is_closed_and_every_link_leads_somewhere(page: str) -> None:
    parsed = Page(page)
    assert parsed.open == []
    assert [link for link in parsed.links if link.removeprefix("#") not in parsed.ids] == []
    assert max(Counter(parsed.ids).values()) == 1


def test_nothing_comes_from_elsewhere(page: str) -> None:
    parsed = Page(page)
    assert {tag for tag in ("script", "link", "img", "iframe", "object", "form") if parsed.tags[tag]} == set()
    assert {name for name in parsed.attributes if name.startswith("on") or name in {"src", "style"}} == set()
    assert re.findall(r"https?://[^\s\"'<]+", page.replace("http://www.w3.org/2000/svg", "")) == []
    assert "url(" not in page and "@import" not in page


def test_the_page_forbids_itself_everything_but_its_own_style(page: str) -> None:
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'" in page


def test_each_chart_has_its_numbers_as_a_table(page: str, report: AuditReport) -> None:
    assert page.count("<figure>") == page.count("<details>") == len(all_charts(report))


@pytest.mark.parametrize("code", ["fr", "fr-CA", "en"])
def test_the_page_says_its_language(code: str, inputs: ReportInputs, blank: dict[str, str]) -> None:
    assert Page(html.render(build(inputs, Language(code)), blank)).html_lang == code


def test_page_one_and_every_section_are_there(page: str, report: AuditReport) -> None:
    words = Page(page).words
    assert report.page.headline in words
    for advice in report.page.actions:
        assert advice.title in words
    for section in report.annex:
        assert section.title in words


def hostile(name: str) -> ReportInputs:
    """The sample with ``name`` wherever a stored name is shown."""
    figures = sample.figures()
    group = Group(name=name, offered=100, answered=60, missed=40, lost_journeys=10)
    return replace(
        sample.inputs(),
        business=name,
        figures=replace(
            figures,
            files=(SourceFile(name=name, format="generic", title=name, rows=1),),
            departments=(group,),
            lines=(group,),
            sites=(group,),
            queues=(group,),
            daily=tuple(replace(day, holiday=name, after_holiday=name) for day in figures.daily),
        ),
    )


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", '"><img src=x onerror=a()>', "{{ 7 * 7 }}", "</style><b>"]
)
def test_names_are_shown_and_do_nothing(name: str, blank: dict[str, str]) -> None:
    calm, risky = (
        Page(html.render(build(hostile(business), Language("fr")), {**blank, "days": EMPTY_SVG}))
        for business in ("Garage", name)
    )
    assert risky.tags == calm.tags
    assert risky.attributes == calm.attributes
    assert name in risky.words


def test_a_name_cannot_turn_the_text_around(blank: dict[str, str]) -> None:
    text = html.render(build(hostile("abc\u202e\x00\ndef"), Language("fr")), blank)
    assert "\u202e" not in text and "\x00" not in text
    assert "abc def" in text
