"""Which characters every telephone can show in seven bits."""

from __future__ import annotations

import pytest

from decroche.connector_kit.alphabet import BASIC, EXTENSION, fits_basic


def test_the_alphabet_has_the_size_of_the_standard() -> None:
    # 128 places, one of which leads to the extension.
    assert len(BASIC) == 127
    assert not BASIC & EXTENSION


@pytest.mark.parametrize("body", ["à ä é è ö ù ü æ Ç É", "10 € [20 %] {a|b} ~ ^ \\", "Répondez RAPPEL\r\n@_£", ""])
def test_what_fits(body: str) -> None:
    assert fits_basic(body)


@pytest.mark.parametrize("character", [*"âçêëîïôûÿœÀÈÊ’«»…—\t`😀", "\u00a0", "\u202f"])
def test_what_does_not(character: str) -> None:
    assert not fits_basic(f"Bonjour {character}")
