"""Figures of a moment ago are shown at once with their moment, and give way to those of now."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from decroche.model.member import Role
from tests.web.garage import garage, minutes_ago, missed
from tests.web.test_figures import put_in_columns

#: How often the figures of now are asked for before a test gives up.
PATIENCE = 5_000


@pytest.mark.hard
def test_figures_of_before_carry_their_moment_and_give_way(tmp_path: Path) -> None:
    with garage(tmp_path) as here:
        here.tell(*missed("1", at=minutes_ago(30)))
        put_in_columns(here)
        owner = here.browser(Role.OWNER)
        first = owner.get("/measures/board?period=today")
        assert "les nouveaux arrivent" not in first.text and ">1</a>" in first.text
        here.tell(*missed("2", at=minutes_ago(20), caller="+33639985678"))
        then = html.unescape(owner.get("/measures/board?period=today").text)
        assert "Chiffres de 10\xa0h\xa012" in then and ">1</a>" in then
        source = re.search(r'hx-get="([^"]*newer=\d+)"', then)
        assert source
        answer = next(
            each for _ in range(PATIENCE) if (each := owner.get(source[1])).status_code != 204
        )  # fmt: skip
        assert ">2</a>" in answer.text and "les nouveaux arrivent" not in answer.text
        assert ">2</a>" in owner.get("/measures/board?period=today").text
        assert "2" in owner.get("/measures.csv?period=today").text
