"""Whose opportunity it is: a contact of a CRM matched to a caller by number, then e-mail, then the CRM's own id.

A caller is known here by a number. Whatever speaks for several callers is a doubt, which a person decides.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class How(StrEnum):
    """What told whose it is."""

    NUMBER = "number"
    EMAIL = "email"
    CRM_ID = "crm_id"
    DECIDED = "decided"


class Doubt(StrEnum):
    """Why it is not told."""

    SEVERAL_NUMBERS = "several_numbers"
    SEVERAL_EMAILS = "several_emails"
    NUMBER_AGAINST_EMAIL = "number_against_email"
    SEVERAL_CONTACTS = "several_contacts"


@dataclass(frozen=True, slots=True)
class Match:
    """``person`` (E.164 digits) and ``how``; or a ``doubt`` and who it may be; or neither: nobody is known for it."""

    person: int | None = None
    how: How | None = None
    doubt: Doubt | None = None
    candidates: tuple[int, ...] = ()


def match(
    numbers: Sequence[int],
    *,
    known: Collection[int],
    by_email: Collection[int],
    before: int | None = None,
) -> Match:
    """Who a contact is.

    ``numbers`` are theirs in the CRM; those in ``known`` have called or are known here; ``by_email`` are the people
    known here with the contact's e-mail; ``before`` is who the contact with this CRM id was until now.
    """
    own = tuple(dict.fromkeys(numbers))
    callers = tuple(each for each in own if each in known)
    mailed = tuple(sorted(set(by_email)))
    agreed = tuple(each for each in callers if each in mailed)
    if len(agreed) == 1:
        return Match(agreed[0], How.NUMBER)
    if callers and mailed and not agreed:
        return Match(doubt=Doubt.NUMBER_AGAINST_EMAIL, candidates=_all(callers, mailed))
    if len(callers) == 1:
        return Match(callers[0], How.NUMBER)
    if callers:
        if before in callers:
            return Match(before, How.CRM_ID)
        return Match(doubt=Doubt.SEVERAL_NUMBERS, candidates=callers)
    if len(mailed) == 1:
        return Match(mailed[0], How.EMAIL)
    if mailed:
        if before in mailed:
            return Match(before, How.CRM_ID)
        return Match(doubt=Doubt.SEVERAL_EMAILS, candidates=mailed)
    if before is not None:
        return Match(before, How.CRM_ID)
    if len(own) == 1:
        return Match(own[0], How.NUMBER)
    # Nobody with one of them has called yet: nothing is to be decided before somebody does.
    return Match(candidates=own)


def together(contacts: Iterable[Match]) -> Match:
    """Whose an opportunity is from its contacts: theirs in whom all agree, else a doubt between all that it may be."""
    found = list(contacts)
    persons = tuple(dict.fromkeys(each.person for each in found if each.person is not None))
    doubts = [each for each in found if each.doubt is not None]
    if len(persons) == 1 and not doubts:
        return next(each for each in found if each.person is not None)
    if len(found) == 1:
        return found[0]
    if not persons and len(doubts) == 1:
        return doubts[0]
    if persons or doubts:
        may_be = _all(persons, *(each.candidates for each in doubts))
        return Match(doubt=Doubt.SEVERAL_CONTACTS, candidates=may_be)
    return Match(candidates=_all(*(each.candidates for each in found)))


def _all(*groups: Iterable[int]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(each for group in groups for each in group))
