"""Who works with Décroche in a business, and what each role may do."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Right(StrEnum):
    """Something that may be allowed."""

    #: The pages, with the numbers of people masked.
    SEE = "see"
    #: The numbers of people in full.
    NUMBERS = "numbers"
    #: Calling back, answering, noting what came of it.
    WORK = "work"
    #: The work and the figures of each agent, and why things were decided.
    SUPERVISE = "supervise"
    #: Hours, lines, playbooks, words and phone systems.
    SET_UP = "set_up"
    #: Members, tokens, the audit log, retention and erasure.
    OWN = "own"


class Role(StrEnum):
    """What a member is in the business."""

    OWNER = "owner"
    SUPERVISOR = "supervisor"
    AGENT = "agent"
    READER = "reader"


RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.OWNER: frozenset(Right),
    Role.SUPERVISOR: frozenset(Right) - {Right.OWN},
    Role.AGENT: frozenset({Right.SEE, Right.NUMBERS, Right.WORK}),
    Role.READER: frozenset({Right.SEE}),
}
