"""What the linter says of words, beyond the cases of its page."""

from __future__ import annotations

import re
import tomllib
from importlib import resources

import pytest

from decroche.language import LANGUAGES, Language
from decroche.model.money import Money
from decroche.recover.lint import Finding, Sending, Severity, lint, usable
from decroche.recover.templates import Channel, Variant, parse

END = " STOP to opt out."


def text(body: str, *, language: str = "en", name: str = "missed") -> Variant:
    return Variant(name=name, channel=Channel.TEXT, language=language, body=parse(body))


def words(findings: tuple[Finding, ...]) -> list[str]:
    return [finding.word for finding in findings]


def test_both_prices_are_told_of_a_text_that_one_sign_makes_dear() -> None:
    body = "{business} : même si vous avez appelé tard, nous vous rappelons ici. STOP = plus de SMS."
    (finding,) = lint(text(body, language="fr"), Sending(per_segment=Money.of("0.049", "EUR")))
    said = finding.said(Language("fr")).replace("\u00a0", " ")
    assert said == "À cause de ê, ce message part en 2 segments (0,098 €) au lieu de 1 (0,049 €)."
    (finding,) = lint(text(body, language="fr"), Sending())
    assert finding.said(Language("en")).replace("\u00a0", " ") == (
        "Because of ê, this message takes 2 segments instead of 1."
    )


def test_lengths_are_those_of_the_example_with_values() -> None:
    variant = text("{business}: we missed your call." + END)
    assert lint(variant, Sending(), rendered="a" * 459) == ()
    (finding,) = lint(variant, Sending(), rendered="a" * 460)
    assert (finding.word, finding.severity, finding.values["segments"]) == ("long", Severity.WARNING, 4)


def test_a_text_in_another_script_has_no_cheap_spelling() -> None:
    assert lint(text("{business} : привет " + "п" * 100 + END), Sending()) == ()


def test_values_of_variables_are_no_advertising_but_links_to_review_pages_are() -> None:
    variant = text("{business}: we missed your call. {link}" + END)
    assert lint(variant, Sending(), rendered="Discount Tyres: we missed your call. https://a.example/r/1") == ()
    found = lint(variant, Sending(), rendered="Tyres: https://www.trustpilot.com/evaluate/x")
    assert words(found) == ["promotion"] and found[0].values["found"] == "trustpilot"


@pytest.mark.parametrize(
    "body",
    [
        "what is the best time to call you?",
        "tell us when you are free.",
        "are you free at ten?",
        "feel free to write.",
        "quel est le meilleur moment pour vous rappeler ?",
        "nous avons noté votre préférence, offrez-nous une minute.",
        "we deal with it today.",
        "dans moins de 20 minutes, au moins 20 sur place.",
        "ouvert 8 h - 12 sur rendez-vous.",
        "tapez 1 pour un rappel, 2 pour une question.",
        "votre rendez-vous de 2 pour 8 h est noté.",
        "la remise des clés se fait au comptoir.",
        "remise en état : nous vous rappelons.",
        "votre offre d'achat est bien notée.",
        "l'appel est gratuit, le stationnement gratuit aussi.",
        "profitez de votre soirée, nous vous rappelons demain.",
        "le meilleur numéro pour vous joindre ?",
        "what is the best number to reach you?",
        "a colleague is free at ten.",
        "we can offer you a time tomorrow.",
        "we are off today.",
    ],
)
def test_harmless_words_are_no_advertising(body: str) -> None:
    assert lint(text("{business}: " + body + END), Sending()) == ()


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("-20 % sur les pneus", "-20 %"),
        ("– 20\u202f% jusqu'à samedi", "– 20\u202f%"),
        ("moins 20 sur les pneus", "moins 20 sur"),
        ("moins vingt pour cent", "vingt pour cent"),
        ("20 p. cent de moins", "20 p. cent"),
        ("20% off", "20%"),
        ("20 percent less, half off", "20 percent, half off"),
        ("2 pour 1", "2 pour 1"),
        ("two for one.", "two for one"),
        ("deux pour un sur les filtres", "deux pour un"),
        ("buy one, get one", "buy one"),
        ("à moitié prix", "prix, moitié prix"),
        ("vidange à 49,90 €", "49,90 €"),
        ("une remise", "remise"),
        ("notre offre", "offre"),
        ("devis gratuit", "gratuit"),
        ("profitez-en", "profitez"),
        ("la vidange vous attend, nous l'offrons", "offrons"),
    ],
)
def test_a_bargain_is_told_as_it_was_written(body: str, found: str) -> None:
    (finding,) = lint(text("{business}: " + body + END), Sending())
    assert (finding.word, finding.values["found"]) == ("promotion", found)
    assert found in finding.said(Language("en")) and "consent" in finding.said(Language("en"))


def test_the_name_of_the_business_is_no_advertising() -> None:
    body = "Hôtel Cinq Étoiles : nous avons manqué votre appel. STOP = fin."
    assert lint(text(body, language="fr"), Sending(business="Hôtel Cinq Étoiles")) == ()
    assert words(lint(text(body, language="fr"), Sending(business="Hôtel du Lac")))[:1] == ["promotion"]
    assert words(lint(text("{business} : hôtel cinq étoiles. STOP", language="fr"), Sending(business="Lac"))) == [
        "promotion"
    ]


def advertised() -> list[str]:
    content = resources.files("decroche.recover").joinpath("lint_words.toml").read_text("utf-8")
    listed = tomllib.loads(content)["promotion"]["words"]
    assert len(listed) > 80
    return list(listed)


@pytest.mark.parametrize("word", advertised())
def test_every_word_of_the_list_is_found_in_capitals_and_between_marks(word: str) -> None:
    assert words(lint(text(f"{{business}}: ({word.upper()}), now." + END), Sending())) == ["promotion"]


def test_an_answer_to_a_person_needs_no_way_out_from_any_sender() -> None:
    assert lint(text("{business}: the call is cancelled.", name="slot_cancelled"), Sending(two_way=False)) == ()


def test_an_email_is_looked_over_with_its_subject_but_has_no_length_and_no_answers() -> None:
    email = Variant(
        name="missed",
        channel=Channel.EMAIL,
        language="fr",
        subject=parse("Nos soldes"),
        body=parse("{business} : répondez OUI, même tard… " + "a" * 900 + " STOP."),
    )
    assert words(lint(email, Sending(two_way=False))) == ["promotion"]
    fresh = Variant(
        name="missed", channel=Channel.EMAIL, language="fr", subject=parse("Un mot!"), body=parse("{business} STOP")
    )
    assert words(lint(fresh, Sending())) == ["space_missing"]


def test_the_gravest_findings_come_first_and_only_refusals_forbid() -> None:
    found = lint(text("un mot! https://bit.ly/1", language="fr"), Sending())
    assert words(found) == ["identity", "stop", "shortener", "space_missing"]
    assert not usable(found)
    assert usable(found[2:])


def test_every_finding_is_said_in_every_language_with_its_values() -> None:
    dear = "répondez oui, même tard, " * 12
    bodies = [
        text(f"soldes -5 % https://bit.ly/1 {dear}", language="fr"),
        text("{business} ?", language="fr-CA"),
        text("{business}: reply CALL. ARRET"),
    ]
    every = {
        finding.word: finding
        for body in bodies
        for price in (None, Money.of(1, "CAD"))
        for finding in lint(body, Sending(two_way=False, region="CA-QC", per_segment=price))
    }
    every["stop"] = lint(text("{business}"), Sending())[0]
    assert sorted(every) == sorted(
        ["promotion", "identity", "stop", "arret", "quebec", "unanswerable", "unanswerable_stop", "control_word",
         "shortener", "dear", "dear_priced", "long", "space_extra"]
    )  # fmt: skip
    for finding in every.values():
        for code in LANGUAGES:
            assert not re.search(r"\{|\}", finding.said(Language(code)))
