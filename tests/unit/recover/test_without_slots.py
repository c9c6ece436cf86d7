"""Every playbook that offers times has a twin that needs no public address."""

from __future__ import annotations

import pytest

from decroche.recover.playbook import Act
from decroche.recover.playbook_toml import read_playbook, shipped, shipped_text
from decroche.recover.templates import Channel
from decroche.recover.without_slots import without_slots
from decroche.recover.words_toml import names, shipped_words


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_playbook_sends_a_text_where_it_offered_times(name: str) -> None:
    before = read_playbook(shipped_text(name))
    after = read_playbook(without_slots(shipped_text(name)), texts=names(shipped_words(), Channel.TEXT))
    assert [step.name for step in after.steps] == [step.name for step in before.steps]
    assert all(step.act is not Act.OFFER_SLOTS for step in after.steps)
    for old, new in zip(before.steps, after.steps, strict=True):
        assert (new.act, new.template) == (
            (Act.TEXT, "missed") if old.act is Act.OFFER_SLOTS else (old.act, old.template)
        )


def test_a_step_without_a_template_gets_one() -> None:
    assert 'act = "text"\ntemplate = "missed"' in without_slots('[[step]]\nname = "slots"\nact = "offer_slots"\n')
