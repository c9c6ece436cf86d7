"""Phone numbers in names are hidden in every form of the report, and rows stay apart."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decroche.model.figures import Group
from decroche.model.money import Money, MoneyRange
from decroche.prove.reports import ReportInputs, render_all
from decroche.prove.reports.masking import mask, masked, masked_names
from tests.unit.reports import sample

LINES = ("+33472000101", "0472331201")


def told(*, in_full: bool) -> ReportInputs:
    inputs = sample.inputs()
    names = (*LINES, "+33472999901")
    figures = replace(
        inputs.figures,
        lines=tuple(Group(name=name, offered=9, answered=5, missed=4, lost_journeys=1) for name in names),
        queues=(Group(name="Accueil 04.72.33.12.01", offered=9, answered=5, missed=4, lost_journeys=1),),
    )
    return replace(inputs, figures=figures, settings={**inputs.settings, "numbers_masked": not in_full})


@pytest.mark.parametrize(
    ("name", "country", "shown"),
    [
        ("+33199004242", "FR", "+33 1 99 •• •• 42"),
        ("0199004242", "FR", "+33 1 99 •• •• 42"),
        ("+15145550101", "CA", "+1 514-5••-••01"),
        ("Accueil (04 72 00 01 01)", "FR", "Accueil (+33 4 72 •• •• 01)"),
        ("Vente 04-72-00-01-01 / 2", "FR", "Vente +33 4 72 •• •• 01 / 2"),
        ("+33 (0)4 72 00 01 01", "FR", "+33 4 72 •• •• 01"),
        ("(514) 555-0101", "CA", "+1 514-5••-••01"),
        ("0472000101/0472000102 (2)", "FR", "+33 4 72 •• •• 01/+33 4 72 •• •• 02 (2)"),
        ("04\u201172\u201100\u201101\u201101", "FR", "+33 4 72 •• •• 01"),
        ("04\u221272\u221200\u221201\u221201", "FR", "+33 4 72 •• •• 01"),
        ("04\u200972\u200900\u200901\u200901", "FR", "04\u200972\u2009••\u2009••\u200901"),
        ("12345678", "FR", "12••••78"),
        ("Atelier 2", "FR", "Atelier 2"),
        ("poste 1204567", "FR", "poste 1204567"),
        ("", "FR", ""),
    ],
)
def test_the_middle_of_a_number_is_hidden(name: str, country: str, shown: str) -> None:
    assert mask(name, country) == shown


@pytest.mark.hard
@given(st.lists(st.from_regex(r"(\+33|0)4720[0-9]{5}|[A-Z][a-z]{0,5}", fullmatch=True), unique=True))
def test_different_names_stay_different_and_masking_twice_changes_nothing(names: list[str]) -> None:
    shown = masked_names(names, "FR")
    assert len(set(shown.values())) == len(names)
    assert {name: masked_names(shown.values(), "FR")[name] for name in shown.values()} == {
        name: name for name in shown.values()
    }


def test_the_price_of_a_department_follows_its_name() -> None:
    inputs = told(in_full=False)
    amount = MoneyRange(**dict.fromkeys(("mean", "low", "middle", "high"), Money.of(100, "EUR")))
    assert inputs.loss is not None
    figures = replace(
        inputs.figures,
        departments=(Group(name="0472000199", offered=9, answered=5, missed=4, lost_journeys=2),),
    )
    hidden = masked(replace(inputs, figures=figures, loss=replace(inputs.loss, departments={"0472000199": amount})))
    assert hidden.loss is not None
    assert list(hidden.loss.departments) == [hidden.figures.departments[0].name] == ["+33 4 72 •• •• 99"]


def words(paths: list[Path]) -> dict[str, str]:
    found = {}
    for path in paths:
        content = path.read_bytes()
        if path.suffix == ".pdf":
            found[path.name] = " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)
        elif path.suffix == ".xlsx":
            with zipfile.ZipFile(io.BytesIO(content)) as parts:
                found[path.name] = " ".join(parts.read(name).decode() for name in parts.namelist())
        else:
            found[path.name] = content.decode()
    return found


@pytest.mark.hard
def test_no_form_shows_a_number_unless_asked_to(tmp_path: Path) -> None:
    hidden = words(render_all(told(in_full=False), tmp_path / "hidden"))
    assert len(hidden) == 4
    for form, text in hidden.items():
        bare = "".join(char for char in text if not char.isspace() and char not in ".")
        assert [line for line in (*LINES, "472331201", "472000101") if line in bare] == [], form
        assert "72••••01" in bare and "72••••01(2)" in bare, form
    for form, text in words(render_all(told(in_full=True), tmp_path / "full")).items():
        assert all(line in text for line in LINES), form
