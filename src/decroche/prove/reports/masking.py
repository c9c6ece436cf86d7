"""Hides phone numbers in the names of lines, queues and departments, so that a report can be passed around."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

import phonenumbers

from decroche.model.figures import Group
from decroche.prove.reports.inputs import ReportInputs

#: Digits that hide, just before the last ones, which stay so that the owner knows the line again.
HIDDEN, LAST = 4, 2
#: Spaces, points, hyphens and dashes, narrow, wide and without a break.
_SET_APART = r"[ .\-\u00a0\u00ad\u2007-\u2015\u202f\u2060\u2212]"
#: A run of digits with the signs that people put between them; shorter than this it is no phone number.
_NUMBER = re.compile(rf"(?<![\w•])\+?(?:\(\d{{1,4}}\) ?)?\d(?:(?:{_SET_APART}{{0,2}}| ?\(0\) ?)\d)+(?![\w•])")
LEAST_DIGITS = 8
_GROUPS = ("sites", "departments", "queues", "lines")


def masked(inputs: ReportInputs) -> ReportInputs:
    """``inputs`` with phone numbers in names hidden, unless its setting ``numbers_masked`` is False.

    A name stays the same wherever it stands; two that would look alike are numbered. Masking twice changes nothing.
    """
    if inputs.settings.get("numbers_masked") is False:
        return inputs
    figures, loss = inputs.figures, inputs.loss
    groups: dict[str, tuple[Group, ...]] = {kind: getattr(figures, kind) for kind in _GROUPS}
    names = masked_names([group.name for found in groups.values() for group in found], figures.country)
    hidden = {kind: tuple(replace(group, name=names[group.name]) for group in found) for kind, found in groups.items()}
    if loss is not None:
        loss = replace(loss, departments={names.get(name, name): amounts for name, amounts in loss.departments.items()})
    return replace(inputs, figures=replace(figures, **hidden), loss=loss)  # type: ignore[arg-type]


def masked_names(names: Iterable[str], country: str) -> Mapping[str, str]:
    """What to show for each name; different names stay different."""
    shown: dict[str, str] = {}
    taken: set[str] = set()
    for name in sorted(set(names)):
        hidden, number = mask(name, country), 1
        unique = hidden
        while unique in taken:
            number += 1
            unique = f"{hidden} ({number})"
        taken.add(unique)
        shown[name] = unique
    return shown


def mask(name: str, country: str) -> str:
    """``name`` with the middle of every phone number in it hidden: +33199004242 is « +33 1 99 •• •• 42 »."""
    return _NUMBER.sub(lambda match: _hidden(match[0], country), name)


def _hidden(text: str, country: str) -> str:
    if sum(char.isdigit() for char in text) < LEAST_DIGITS:
        return text
    spaced = _spaced(text, country)
    places = [place for place, char in enumerate(spaced) if char.isdigit()]
    hide = set(places[-LAST - HIDDEN : -LAST])
    return "".join("•" if place in hide else char for place, char in enumerate(spaced))


def _spaced(text: str, country: str) -> str:
    """The number as its country writes it, or as it stands when it is none."""
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return text
    if not phonenumbers.is_possible_number(number):
        return text
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
