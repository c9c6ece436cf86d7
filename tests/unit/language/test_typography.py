"""The fixed spaces of French, in France and in Québec."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decroche.language.typography import typeset


@pytest.mark.parametrize(
    ("text", "france", "quebec", "english"),
    [
        ("Vraiment ?", "Vraiment\u202f?", "Vraiment?", "Vraiment ?"),
        ("Oui ; non !", "Oui\u202f; non\u202f!", "Oui; non!", "Oui ; non !"),
        ("Ici : là", "Ici\u00a0: là", "Ici\u00a0: là", "Ici : là"),
        ("« mot »", "«\u202fmot\u202f»", "«\u00a0mot\u00a0»", "« mot »"),
        ("«mot»", "«\u202fmot\u202f»", "«\u00a0mot\u00a0»", "«mot»"),
        ("l'heure", "l’heure", "l’heure", "l'heure"),
        ("7 jours", "7\u00a0jours", "7\u00a0jours", "7\u00a0jours"),
        ("à 14:30 https://a.b/?c", "à 14:30 https://a.b/?c", "à 14:30 https://a.b/?c", "à 14:30 https://a.b/?c"),
        ("{calls:n} appels", "{calls:n}\u00a0appels", "{calls:n}\u00a0appels", "{calls:n}\u00a0appels"),
    ],
)
def test_spaces(text: str, france: str, quebec: str, english: str) -> None:
    assert [typeset(text, locale) for locale in ("fr", "fr_CA", "en")] == [france, quebec, english]


TEXTS = st.text(alphabet="ab1 2:;!?«»'{}\u00a0\u202f.%", max_size=30)


@given(TEXTS, st.sampled_from(["fr", "fr_CA", "en"]))
def test_only_spaces_and_apostrophes_change(text: str, locale: str) -> None:
    def bare(written: str) -> str:
        return re.sub(r"[ \u00a0\u202f]", "", written).replace("'", "’")

    assert bare(typeset(text, locale)) == bare(text)


@given(TEXTS, st.sampled_from(["fr", "fr_CA", "en"]))
def test_setting_twice_changes_nothing_more(text: str, locale: str) -> None:
    once = typeset(text, locale)
    assert typeset(once, locale) == once
