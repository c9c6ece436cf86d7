"""The mapping file: what it may say, and the sentence for each thing that it may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from decroche.capture.files.errors import UnreadableFile
from decroche.capture.files.mapping import (
    CONSTANTS,
    DIRECTIONS,
    DURATION_FIELDS,
    FLAG_FIELDS,
    IGNORE_REASONS,
    OUTCOMES,
    TEXT_FIELDS,
    WAIT_FROM,
    MappingError,
    Moment,
)
from decroche.capture.files.mapping_toml import parsed, read_mapping, written
from decroche.capture.files.sentences import TEXTS
from decroche.connector_kit.files import FATE_REASONS, Clock
from decroche.connector_kit.moments import DATE_FORMATS, TIME_FORMATS
from decroche.connector_kit.values import DURATION_UNITS

ROOT = Path(__file__).parents[3]
LEAST = '[start]\ndate = "Date"\n[outcome]\ncolumn = "Status"\n'


def test_the_least_mapping_has_a_start_and_a_result() -> None:
    mapping = parsed(LEAST)
    assert mapping.start == Moment(date="Date")
    assert mapping.outcome is not None
    assert (mapping.clock, mapping.zone, mapping.answered_from) == (Clock.LOCAL, None, "outcome")


def test_a_mapping_inside_a_larger_file_is_found() -> None:
    text = '[hours]\nmonday = "9-12"\n[mapping.start]\ndate = "Date"\n[mapping.outcome]\ncolumn = "Status"\n'
    assert parsed(text) == parsed(LEAST)


def test_short_forms_are_texts() -> None:
    mapping = parsed(LEAST + '[columns]\ncaller = "From"\n[flags]\nvoicemail = "VM"\n[durations]\ntalk = "Talk"\n')
    assert mapping.texts["caller"].column == "From"
    assert (mapping.flags["voicemail"].column, mapping.flags["voicemail"].equals) == ("VM", ())
    assert (mapping.durations["talk"].column, mapping.durations["talk"].unit) == ("Talk", "clock")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("start = ", "mapping.not_toml"),
        ('[outcome]\ncolumn = "x"\n', "mapping.missing_key"),
        ('[start]\ntime = "x"\n', "mapping.missing_key"),
        ("[start]\ndate = 3\n", "mapping.bad_type"),
        ("start = 3\n", "mapping.bad_type"),
        ('[start]\ndate = "x"\n', "mapping.rule_without_column"),
        ('zone = "Europe/Lyon"\n' + LEAST, "mapping.unknown_zone"),
        ('zone = "../etc/passwd"\n' + LEAST, "mapping.unknown_zone"),
        ('clock = "moon"\n' + LEAST, "mapping.bad_value"),
        ('caller_kind = "name"\n' + LEAST, "mapping.bad_value"),
        ('decimal_comma = "yes"\n' + LEAST, "mapping.bad_type"),
        ("empty = [1]\n" + LEAST, "mapping.bad_type"),
        ("colour = 1\n" + LEAST, "mapping.unknown_key"),
        (LEAST + "words = { won = ['x'] }\n", "mapping.bad_value"),
        (LEAST + 'words = { "ignore:rain" = ["x"] }\n', "mapping.bad_value"),
        (LEAST + '[direction]\ncolumn = "d"\nwords = { up = ["x"] }\n', "mapping.bad_value"),
        (LEAST + "[direction]\n", "mapping.missing_key"),
        (LEAST + "[start.x]\ny = 1\n", "mapping.unknown_key"),
        (LEAST + '[end]\ndate = "x"\ndate_format = "dd/mm"\n', "mapping.bad_value"),
        (LEAST + '[end]\ndate = "x"\ntime_format = "sundial"\n', "mapping.bad_value"),
        (LEAST + '[columns]\nhair = "x"\n', "mapping.bad_value"),
        (LEAST + '[columns]\nline = { column = "x", first = 0 }\n', "mapping.bad_value"),
        (LEAST + '[columns]\nline = { column = "x", first = true }\n', "mapping.bad_type"),
        (LEAST + '[durations]\ntalk = { column = "x", unit = "moons" }\n', "mapping.bad_value"),
        (LEAST + '[durations]\ntalk = { unit = "s" }\n', "mapping.missing_key"),
        (LEAST + '[flags]\nqueued = { column = "x", equals = ["a"], not_equals = ["b"] }\n', "mapping.two_conditions"),
        (LEAST + '[[ignore]]\ncolumn = "x"\nreason = "rain"\n', "mapping.bad_value"),
        (LEAST + '[constants]\ndirection = "up"\n', "mapping.bad_value"),
        (LEAST + '[answered]\nfrom = "talk"\n', "mapping.rule_without_column"),
        (LEAST + '[answered]\nfrom = "luck"\n', "mapping.bad_value"),
        (LEAST + '[waiting]\nfrom = "column"\n', "mapping.rule_without_column"),
        (LEAST + '[waiting]\nfrom = "total_minus_talk"\n', "mapping.rule_without_column"),
    ],
)
def test_what_a_mapping_may_not_say(text: str, word: str) -> None:
    with pytest.raises(MappingError) as raised:
        parsed(text)
    assert raised.value.word == word
    assert isinstance(raised.value, UnreadableFile)
    assert str(raised.value) == raised.value.sentence.english
    assert "{" not in raised.value.sentence.french


def test_a_file_in_another_encoding_is_no_mapping(tmp_path: Path) -> None:
    path = tmp_path / "mapping.toml"
    path.write_bytes("# café\n".encode("cp1252"))
    with pytest.raises(MappingError):
        read_mapping(path)
    path.write_text("\ufeff" + LEAST, encoding="utf-8")
    assert read_mapping(path) == parsed(LEAST)


def test_the_example_says_everything_about_the_bank() -> None:
    mapping = read_mapping(Path(__file__).parents[3] / "examples" / "anonymous-bank.toml")
    assert mapping.zone == "Asia/Jerusalem"
    assert mapping.caller_kind == "id"
    assert parsed(written(mapping)) == mapping


def test_reasons_to_ignore_are_fates() -> None:
    assert IGNORE_REASONS < FATE_REASONS


def test_every_sentence_has_the_same_values_in_both_languages() -> None:
    for english, french in TEXTS.values():
        fields = [set(text.split("{")[1:]) for text in (english, french)]
        assert {each.split("}")[0] for each in fields[0]} == {each.split("}")[0] for each in fields[1]}


def test_every_format_unit_word_and_reason_is_in_the_reference() -> None:
    page = (ROOT / "docs" / "reference" / "mapping.md").read_text(encoding="utf-8")
    words = {
        *DATE_FORMATS,
        *TIME_FORMATS,
        *DURATION_UNITS,
        *TEXT_FIELDS,
        *DURATION_FIELDS,
        *FLAG_FIELDS,
        *IGNORE_REASONS,
    }
    words |= {*DIRECTIONS, *WAIT_FROM, *OUTCOMES, *CONSTANTS, *IGNORE_REASONS}
    assert [word for word in sorted(words) if f"`{word}`" not in page] == []
