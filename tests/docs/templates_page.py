"""Writes the page of templates from the words that come with the program: ``python -m tests.docs.templates_page``."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from decroche.recover.lint import Sending
from decroche.recover.previews import example_values, preview
from decroche.recover.templates import VARIABLES, Channel, Variant
from decroche.recover.words_toml import EMAIL_KEYS, shipped_words

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "templates.md"
MEANINGS = {
    "business": "name of the business; every message has it",
    "site": "name of the site that was called",
    "department": "department that was called",
    "agent": "who calls back",
    "first_name": "first name of the caller, where a person or a system told it",
    "phone": "number to call, as it is written",
    "link": "page on which the caller chooses a time",
    "call_time": "when the missed call came",
    "opening": "next opening",
    "promised_time": "until when somebody calls back",
    "slot_time": "time that the caller chose",
    "turn": "when whoever kept their place in the queue is probably called",
    "questions": "what a survey asks, as chosen in its settings",
}
_HEAD = """\
# Templates and the words that come with them

<!-- Written by `python -m tests.docs.templates_page` from the program. Do not edit. -->

A business writes its own words in a file like `src/decroche/recover/words/fr.toml`; its words stand before those that
come with the program. Of the words of one name, those in the caller's language are taken (then those of the nearest
language), and of these the most particular: for the department, then for the trade, then for the class of hours. Words
that ask for a value which is not there are not used. What may be written: [words of messages](lint.md).

Variables stand in braces, `{business}`; a brace to be shown is doubled. Times are written as people say them:
`10 h 42`, `demain 8 h`, `lundi 8 h`, `8 am on Monday`.

| variable | meaning |
|---|---|
"""


def markdown() -> str:
    """The whole page."""
    page = _HEAD + "".join(f"| `{name}` | {MEANINGS[name]} |\n" for name in VARIABLES)
    page += "\n## Keys of a file of words\n\nUnder `[[text]]` or `[[email]]`; only e-mails have a subject.\n\n"
    page += "| key | written | needed | meaning |\n|---|---|---|---|\n"
    page += "".join(
        f"| `{name}` | {key.form} | {'yes' if key.required else ''} | {key.meaning} |\n"
        for name, key in EMAIL_KEYS.items()
    )
    page += "\n## Texts\n\nThe places are those that the example takes of the 160 of one segment.\n\n"
    page += "| template | for | language | example | places |\n|---|---|---|---|---|\n"
    texts = [words for words in shipped_words() if words.channel is Channel.TEXT]
    order = list(dict.fromkeys(words.name for words in texts))
    return page + "".join(_row(words) for words in sorted(texts, key=lambda each: order.index(each.name)))


def _row(words: Variant) -> str:
    values = example_values(
        datetime.fromisoformat("2026-11-20 18:06"),
        business="Garage Martin",
        phone="514-555-0199",
        link="https://rappel.garage-martin.example/r/Qm3x8Tz1",
    )
    shown = preview(words, values, Sending())
    assert shown.segments is not None
    meant = ", ".join(f"`{each}`" for each in (*words.trades, *words.hour_classes))
    return f"| `{words.name}` | {meant} | {words.language} | {shown.text} | {shown.segments.places} |\n"


if __name__ == "__main__":
    PAGE.write_text(markdown(), encoding="utf-8")
