"""Page 1 says what an owner needs, in numbers that add up, whatever the export lacks."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from decroche.language import Language
from decroche.model.figures import Assumption, Figures, Journeys, RedialWindow, WeekMap
from decroche.prove.reports.assumptions import WORDS, full_assumptions
from decroche.prove.reports.audit import build
from decroche.prove.reports.blocks import AuditReport, Bars, HeatMap
from decroche.prove.reports.inputs import ReportInputs
from tests.unit.reports import sample

FR = Language("fr")


def numbers(text: str) -> list[int]:
    return [int(found.replace("\u202f", "")) for found in re.findall(r"\d[\d\u202f]*", text)]


def no_journeys(figures: Figures) -> Journeys:
    counts = ("journeys", "observable", "recovered_by_caller", "recovered_by_us", "lost", "open_at_end")
    return replace(figures.journeys, **dict.fromkeys(counts, 0), attempts_mean=None, windows=())


def without_calls() -> Figures:
    figures = sample.figures()
    nothing = tuple((0,) * 24 for _ in range(7))
    totals = replace(
        figures.totals,
        **dict.fromkeys(
            ("offered", "answered", "missed", "abandoned", "short_abandoned", "queued", "queued_abandoned"), 0
        ),
        voicemail_left=0,
    )
    return replace(
        figures,
        totals=totals,
        journeys=replace(no_journeys(figures), masked_missed=0),
        week=WeekMap(nothing, nothing),
        reasons=(),
        hour_classes=(),
        daily=(),
        departments=(),
        lines=(),
        longest_hours=(),
        costliest_hours=(),
        causes=(),
    )


def test_the_accounting_line_adds_up(report: AuditReport) -> None:
    read, *parts = numbers(report.page.accounting[0])
    assert read == sum(parts)
    figures = sample.figures()
    assert sum(numbers(report.page.accounting[1])) == figures.accounting.calls


def test_the_headline_is_the_missed_calls(report: AuditReport) -> None:
    totals = sample.figures().totals
    every, missed, offered = numbers(report.page.headline)
    assert (missed, offered) == (totals.missed, totals.offered)
    assert every == round(totals.offered / totals.missed)


@pytest.mark.parametrize(
    ("answered", "missed", "words"),
    [
        (100, 0, "Sur 100 appels reçus, aucun n’a été manqué."),
        (10, 90, "9 appels sur 10 manqués : 90 sur 100 reçus."),
        (5, 95, "La plupart de vos appels sont manqués : 95 sur 100."),
        (75, 25, "Un appel sur 4 manqué : 25 sur 100 reçus."),
        (71, 29, "Environ 3 appels sur 10 manqués : 29 sur 100 reçus."),
        (60, 40, "4 appels sur 10 manqués : 40 sur 100 reçus."),
        (67, 33, "Un appel sur 3 manqué : 33 sur 100 reçus."),
        (846, 154, "Environ un appel sur 7 manqué : 154 sur 1 000 reçus."),
        (2395, 1642, "4 appels sur 10 manqués : 1 642 sur 4 037 reçus."),
        (1, 2, "2 appels sur 3 manqués : 2 sur 3 reçus."),
        (15, 85, "Environ 8 appels sur 10 manqués : 85 sur 100 reçus."),
        (97, 3, "3 % d’appels manqués : 3 sur 100 reçus."),
        (997, 3, "0,3 % d’appels manqués : 3 sur 1 000 reçus."),
    ],
)
def test_headlines(answered: int, missed: int, words: str) -> None:
    figures = sample.figures()
    totals = replace(figures.totals, offered=answered + missed, answered=answered, missed=missed)
    page = build(ReportInputs(figures=replace(figures, totals=totals)), FR).page
    assert re.sub(r"[\u00a0\u202f]", " ", page.headline) == words


def test_the_heat_map_holds_every_missed_call(report: AuditReport) -> None:
    heat = report.page.heat.drawing
    assert isinstance(heat, HeatMap)
    assert sum(cell.value or 0 for row in heat.cells for cell in row) == sum(map(sum, sample.figures().week.missed))
    assert len(heat.rows) == 7
    assert all(len(row) == len(heat.columns) for row in heat.cells)


def test_the_named_peak_is_on_the_map(report: AuditReport) -> None:
    assert report.page.when_text.startswith("Le pire moment\u00a0: le lundi de 8\u00a0h à 11\u00a0h.")
    missed = sum(sample.figures().week.missed[0][8:11])
    assert f"{missed}\u00a0appels manqués" in report.page.when_text


def test_who_called_again_is_our_own_figure(report: AuditReport) -> None:
    week = sample.figures().journeys.windows[-1]
    assert FR.percent(week.redialed / week.observable, 0) in report.page.again_headline
    assert FR.percent(1 - week.redialed / week.observable, 0) in report.page.again_text[0]
    assert "85" in report.page.again_text[0]


def test_the_outcomes_of_people_add_up(report: AuditReport) -> None:
    assert report.page.became is not None
    bars = report.page.became.drawing
    assert isinstance(bars, Bars)
    journeys = sample.figures().journeys
    assert journeys.recovered_lately > 0
    assert sum(cell.value or 0 for cell in bars.cells) == journeys.journeys
    assert numbers(report.page.became.title) == [journeys.journeys]


def test_every_count_of_people_says_which_it_is(report: AuditReport) -> None:
    journeys = sample.figures().journeys
    hour, day, week = journeys.windows
    shares, people = report.page.again_text
    for window in (hour, day, week):
        assert f"({FR.number(window.redialed)} sur {FR.number(window.observable)})" in shares.replace("\u00a0", " ")
    everyone, followed, _, recent = numbers(people)[:4]
    assert (everyone, followed, recent) == (
        journeys.journeys, journeys.observable, journeys.journeys - journeys.observable,
    )  # fmt: skip
    assert numbers(report.page.facts[3].note)[0] == followed
    assert FR.number(journeys.masked_missed) in people


def test_a_young_export_says_what_it_can_and_what_is_too_early() -> None:
    figures = sample.figures()
    journeys = replace(
        figures.journeys, journeys=12, observable=0, recovered_by_caller=0, recovered_by_us=0, lost=0, open_at_end=9,
        windows=(RedialWindow(hours=1, observable=8, redialed=2, redialed_answered=1, called_back=0,
                              called_back_answered=0),
                 *(replace(window, observable=0, redialed=0, redialed_answered=0, called_back=0,
                           called_back_answered=0) for window in figures.journeys.windows[1:])),
    )  # fmt: skip
    page = build(ReportInputs(figures=replace(figures, journeys=journeys)), FR).page
    assert page.again_headline == "Il est trop tôt pour le dire."
    assert "(2\u00a0sur 8)" in page.again_text[0] and "24" not in page.again_text[0]
    assert "aucune depuis plus de 7\u00a0jours" in page.again_text[1]
    assert page.became is not None and isinstance(page.became.drawing, Bars)
    shown = dict(zip(page.became.drawing.labels, (cell.value for cell in page.became.drawing.cells), strict=True))
    assert {label.replace("\u00a0", " "): people for label, people in shown.items()} == {
        "Trop récent : déjà jointes": 3,
        "Trop récent : pas encore jointes": 9,
    }
    for text in (page.facts[3].note, page.again_headline, *page.again_text, *page.loss_text):
        assert "numéro" not in text.replace("à numéro masqué", "")
    assert "7\u00a0jours" in page.facts[3].note + page.loss_text[0]


def test_calls_without_a_number_are_why_nobody_is_followed() -> None:
    figures = sample.figures()
    page = build(ReportInputs(figures=replace(figures, journeys=no_journeys(figures))), FR).page
    assert page.became is None
    assert "numéro" in page.facts[3].note and "numéro" in page.again_text[0] and "numéro" in page.loss_text[0]
    assert "7\u00a0jours" not in page.facts[3].note + page.loss_text[0]


def test_without_a_missed_call_nobody_is_lost() -> None:
    figures = sample.figures()
    totals = replace(figures.totals, answered=figures.totals.offered, missed=0, masked_missed=0)
    journeys = replace(no_journeys(figures), masked_missed=0)
    page = build(ReportInputs(figures=replace(figures, totals=totals, journeys=journeys)), FR).page
    assert page.facts[3].value == "0"
    assert "numéro" not in "".join((page.facts[3].note, page.again_headline, *page.again_text, *page.loss_text))


def test_the_loss_is_an_interval(report: AuditReport) -> None:
    low, high, _, days = (*numbers(report.page.loss_headline), 0)[:4]
    assert low < high
    assert "90" in report.page.loss_headline
    assert days == 0
    assert "En moyenne" in report.page.loss_text[0]


def test_without_inputs_no_money_is_shown_and_two_numbers_are_asked() -> None:
    report = build(sample.without_money(), FR)
    page = report.page
    assert page.loss_headline.startswith(f"{sample.figures().journeys.lost}\u00a0personnes")
    assert "deux\u00a0nombres" in page.loss_text[0] or "deux nombres" in page.loss_text[0]
    assert "€" not in page.loss_headline + "".join(page.loss_text)


def test_everyone_reached_costs_nothing() -> None:
    figures = sample.figures()
    journeys = replace(
        figures.journeys, lost=0, recovered_by_us=figures.journeys.recovered_by_us + figures.journeys.lost
    )
    page = build(ReportInputs(figures=replace(figures, journeys=journeys)), FR).page
    assert page.loss_text == ("Toutes les personnes suivies ont fini par être jointes.",)


def test_a_report_of_no_calls_is_still_a_report() -> None:
    report = build(ReportInputs(figures=without_calls()), FR)
    assert report.page.headline == "Ce relevé ne contient aucun appel reçu de l’extérieur."
    assert report.page.became is None
    assert report.page.actions == ()
    assert report.page.again_headline == "Aucun appel manqué."
    assert (report.page.loss_headline, report.page.loss_text) == ("Aucun appel manqué\u00a0: rien n’est perdu.", ())
    assert [fact.note for fact in report.page.facts[1:3]] == ["", ""]
    assert report.page.facts[3].value == "–"


def test_the_business_is_named_or_the_file() -> None:
    assert build(sample.inputs(), FR).page.business == "Garage des Brotteaux"
    assert build(ReportInputs(figures=sample.figures()), FR).page.business == "garage-aout.csv"
    assert build(ReportInputs(figures=replace(sample.figures(), files=())), FR).page.business == ""


def test_page_one_keeps_to_the_assumptions_that_matter_most(report: AuditReport) -> None:
    assert len(report.page.assumptions) == 6
    assert report.page.assumptions[0].startswith("Le relevé ne dit pas qui décroche")


@pytest.mark.parametrize("code", ["fr", "fr-CA", "en"])
def test_every_assumption_has_a_sentence_and_a_way_to_change_it(code: str) -> None:
    values: dict[str, dict[str, str | int | float]] = {
        "zone_from_machine": {"zone": "Europe/Paris"},
        "zone_given": {"zone": "Europe/Paris"},
        "country_from_numbers": {"country": "CA", "share": 0.9, "valid": 1800, "numbers": 2000},
        "country_given": {"country": "CA"},
        "hours_inferred": {"text": "mon-fri 08:00-12:00 14:00-18:00"},
        "hours_given": {"text": "—"},
        "hours_default": {"text": "mon-fri 08:00-18:00", "answered": 12},
        "country_from_zone": {"country": "CA", "zone": "America/Toronto"},
        "holidays_used": {"country": "CA", "subdivision": "QC"},
        "mapping_guessed": {"file": "a.csv", "confidence": 0.8},
        "short_abandon_s": {"seconds": 5},
        "answer_within_s": {"seconds": 20},
        "journey_days": {"days": 7},
        "direction_assumed_inbound": {},
        "answered_assumed_person": {},
        "ambiguous_hours": {"calls": 1},
        "nonexistent_hours": {"calls": 2},
        "internal_numbers": {"digits": 4},
        "wait_unknown": {"share": 0.25, "calls": 1234, "of": 4936},
    }
    assert values.keys() == set(WORDS)
    figures = replace(
        sample.figures(), assumptions=tuple(Assumption(word=word, values=found) for word, found in values.items())
    )
    shown = full_assumptions(figures, Language(code))
    assert len(shown) == len(WORDS)
    assert all(text and change for text, change in shown)
    said = "".join(re.sub(r"[\u00a0\u202f,]", "", text) for text, _ in shown)
    assert all(count in said for count in ("1800", "2000", "1234", "4936"))


def test_opening_hours_are_said_in_the_readers_words() -> None:
    figures = replace(
        sample.figures(),
        assumptions=(
            Assumption(word="hours_given", values={"text": "mon-fri 08:00-12:00 14:00-18:30; sat 09:00-12:00"}),
        ),
    )
    (said,) = build(ReportInputs(figures=figures), FR).page.assumptions
    assert said.replace("\u00a0", " ") == (
        "Horaires d’ouverture selon vos réglages : lun.–ven. 8 h à 12 h et 14 h à 18 h 30, sam. 9 h à 12 h."
    )


def test_an_assumption_without_a_sentence_is_shown_all_the_same() -> None:
    figures = replace(sample.figures(), assumptions=(Assumption(word="brand_new", values={"x": 3}),))
    assert full_assumptions(figures, FR) == (("brand_new: x=3", ""),)
