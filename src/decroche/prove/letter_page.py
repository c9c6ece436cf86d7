"""What a letter shows where mail is read with pictures and type: a title, a few figures, what to decide, and a list."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterFigure:
    """One figure: its name, its value, of how many it is, and what it was before (empty: nothing is known)."""

    name: str
    value: str
    base: str
    before: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterItem:
    """A line of the list. ``kind`` is good, bad or plain, and colours the ``badge``."""

    title: str
    badge: str = ""
    kind: str = "plain"
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterPage:
    """A letter in one language, every word ready. What is empty is not shown."""

    language: str
    kicker: str
    title: str
    lead: str
    figures: tuple[LetterFigure, ...]
    decision_title: str = ""
    decision: str = ""
    items_title: str = ""
    items: tuple[LetterItem, ...] = ()
    nothing: str = ""
    note: str = ""
    link: str = ""
    link_said: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """An e-mail: its subject, its text, the same to look at, and what is attached to it (name, PDF)."""

    subject: str
    body: str
    page: LetterPage
    papers: tuple[tuple[str, bytes], ...] = field(default=(), repr=False)
