"""The words that come with the program: complete, lawful, short, and in the cheap alphabet."""

from __future__ import annotations

import re
from datetime import datetime

import pytest

from decroche.language import LANGUAGES, Language
from decroche.model.money import Money
from decroche.recover.keywords import Keyword, read_keyword
from decroche.recover.lint import Sending, usable
from decroche.recover.playbook_checks import problems
from decroche.recover.playbook_toml import shipped
from decroche.recover.previews import example_values, preview
from decroche.recover.segments import Encoding
from decroche.recover.templates import Channel, Values, Variant
from decroche.recover.toml_tables import BadFile
from decroche.recover.words_toml import names, read_words, shipped_words

FRIDAY = datetime.fromisoformat("2026-11-20 18:06")
REGIONS = {"fr": "FR", "fr-CA": "CA-QC", "en": "US"}
TYPICAL = example_values(
    FRIDAY, business="Garage Martin", phone="514-555-0199", link="https://rappel.garage-martin.fr/r/Qm3x8Tz1LkWp"
)
#: A long name, a long address, and times that must be said with their date.
LONG = Values(
    now=FRIDAY,
    business="Concession Automobile de la Vallée, Saint-Rémy-lès-Chevreuse",
    phone="+33 1 99 00 12 34",
    link="https://rappels.concession-automobile-de-la-vallee.example.com/r/Qm3x8Tz1LkWpQm3x8Tz1",
    call_time=datetime.fromisoformat("2026-11-19 22:42"),
    opening=datetime.fromisoformat("2026-12-30 08:30"),
    promised_time=datetime.fromisoformat("2026-12-30 10:30"),
    slot_time=datetime.fromisoformat("2026-12-30 10:30"),
    turn=(datetime.fromisoformat("2026-12-30 10:30"), datetime.fromisoformat("2026-12-31 09:15")),
)
TEXTS = [words for words in shipped_words() if words.channel is Channel.TEXT]
EMAILS = [words for words in shipped_words() if words.channel is Channel.EMAIL]
NEEDED = {
    "missed", "voicemail", "second_touch", "slots", "slot_confirmed", "slot_moved", "slot_cancelled", "reminder",
    "callback_promise", "callback_turn", "opted_out", "opted_in", "help", "unclear", "not_reached", "survey",
}  # fmt: skip


def label(words: Variant) -> str:
    return "-".join([words.language, words.channel, words.name, *words.trades, *words.hour_classes])


@pytest.mark.parametrize("words", shipped_words(), ids=label)
def test_there_is_nothing_to_say_against_the_words(words: Variant) -> None:
    shown = preview(words, TYPICAL, Sending(region=REGIONS[words.language]))
    assert shown.missing == ()
    assert [finding.said(Language("en")) for finding in shown.findings] == []


@pytest.mark.parametrize("words", TEXTS, ids=label)
def test_a_text_is_one_cheap_segment_and_at_most_two_with_long_names(words: Variant) -> None:
    typical, long = (preview(words, values, Sending()).segments for values in (TYPICAL, LONG))
    assert typical is not None and long is not None
    assert (typical.encoding, typical.segments) == (Encoding.GSM_7, 1)
    assert (long.encoding, long.segments <= 2) == (Encoding.GSM_7, True)


@pytest.mark.parametrize("code", ["fr", "en"])
def test_every_message_has_words_for_everybody(code: str) -> None:
    general = {
        (words.name, words.channel)
        for words in shipped_words()
        if words.language == code and not (words.hour_classes or words.departments or words.trades)
    }
    assert {name for name, channel in general if channel is Channel.TEXT} == NEEDED
    assert {name for name, channel in general if channel is Channel.EMAIL} == NEEDED - {
        "callback_turn", "opted_out", "opted_in", "help", "unclear", "survey"
    }  # fmt: skip


def test_quebec_has_its_own_words_wherever_those_of_france_would_sound_foreign_there() -> None:
    of_france = re.compile(r"\b(SMS|e-mail|mail|portable|répondeur|messagerie|week-end)\b|112")
    canadian = {label(words).removeprefix("fr-CA-") for words in shipped_words() if words.language == "fr-CA"}
    assert [
        words.body.source
        for words in shipped_words()
        if words.language == "fr-CA" and of_france.search(words.body.source)
    ] == []
    french = [words for words in shipped_words() if words.language == "fr" and of_france.search(words.body.source)]
    assert [label(words) for words in french if label(words).removeprefix("fr-") not in canadian] == []


def test_a_clinic_and_a_law_office_invite_nobody_to_write_what_should_stay_unwritten() -> None:
    inviting = re.compile(
        r"écrivez votre|votre question|en quelques mots|un mot|tell us|anything to add", re.IGNORECASE
    )
    special = [words for words in shipped_words() if words.trades]
    assert {trade for words in special for trade in words.trades} == {"clinic", "law_office"}
    assert [label(words) for words in special if inviting.search(words.body.source)] == []
    for trade in ("clinic", "law_office"):
        for code in LANGUAGES:
            has = {words.name for words in TEXTS if words.language == code and trade in words.trades}
            general = [words for words in TEXTS if words.language == code and not words.trades]
            assert {words.name for words in general if inviting.search(words.body.source)} <= has


def test_the_shipped_playbooks_send_words_that_exist() -> None:
    words = shipped_words()
    texts, emails = (names(words, channel) for channel in Channel)
    for playbook in shipped().values():
        assert problems(playbook, texts=texts, emails=emails) == ()
        trades = {trade for each in words for trade in each.trades}
        assert playbook.trade is None or playbook.name in trades | {"garage", "dealership"}


def test_every_word_that_is_asked_for_is_understood_when_it_comes_back() -> None:
    asked = {(word, words.language) for words in TEXTS for word in re.findall(r"\b[A-Z]{4,}\b", words.body.source)}
    understood = {word: read_keyword(word, language=code.partition("-")[0]).keyword for word, code in asked}
    assert understood == {
        "RAPPEL": Keyword.CALL_BACK, "CALL": Keyword.CALL_BACK, "STOP": Keyword.OPT_OUT, "ARRET": Keyword.OPT_OUT,
        "REPRENDRE": Keyword.OPT_IN, "START": Keyword.OPT_IN, "HELP": Keyword.HELP,
    }  # fmt: skip


def test_a_wrong_file_of_words_is_told_with_its_lines() -> None:
    text = (
        '[[text]]\nname = "missed"\nbody = "Bonjour {busines}"\n'
        '[[text]]\nname = "x"\nbody = ""\nhour_classes = ["opn"]\n'
        '[[email]]\nname = "y"\nbody = "b"\n'
    )
    with pytest.raises(BadFile) as refused:
        read_words(text, "fr")
    assert str(refused.value).replace("\u00a0", " ").splitlines() == [
        "Line 3, text[1].body: “busines” is not a variable (character 9). Did you mean “business”?",
        "Line 6, text[2].body: Write a text between straight quotes.",
        "Line 7, text[2].hour_classes: “opn” is not known. Did you mean “open”?",
        "Line 8, email[1]: “subject” is missing.",
    ]


def test_a_preview_shows_words_segments_and_price_or_what_is_missing() -> None:
    words = next(each for each in TEXTS if each.name == "missed" and each.language == "fr")
    sending = Sending(per_segment=Money.of("0.05", "EUR"))
    shown = preview(words, TYPICAL, sending)
    assert shown.text is not None and shown.text.startswith("Bonjour, ici Garage Martin. Nous avons manqué")
    assert (shown.price, shown.subject, usable(shown.findings)) == (Money.of("0.05", "EUR"), None, True)
    accented = example_values(FRIDAY, business="Château Fort", phone="514-555-0199", link="https://a.example/r/1")
    assert preview(words, accented, sending).price == Money.of("0.15", "EUR")
    assert preview(words, accented, sending, plain=True).price == Money.of("0.05", "EUR")
    empty = preview(words, Values(now=FRIDAY), sending)
    assert (empty.text, empty.price, empty.missing) == (None, None, ("business", "call_time"))
    mail = next(each for each in EMAILS if each.name == "missed" and each.language == "fr")
    shown = preview(mail, TYPICAL, sending)
    assert (shown.subject, shown.segments, shown.price) == ("Votre appel à Garage Martin", None, None)
