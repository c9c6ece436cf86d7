"""Tells what happened with a person as entries of a timeline: calls, texts, promises, and what was done for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from decroche.ledger.work_notes import Note
from decroche.ledger.work_outcomes import Outcome
from decroche.model.call import Direction
from decroche.recover.explanation import text_why
from decroche.recover.workflows.listing import Happened
from decroche.web.moments import clock
from decroche.web.work_words import Words

Row = Mapping[str, Any]
#: Notes that say nothing to whoever calls next.
_SILENT = frozenset({Note.JOINED})
_BOOKED = ("booked", "moved", "cancelled", "kept", "broken")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry of the timeline, as ``ui.timeline`` shows it."""

    when: str
    iso: str
    title: str
    text: str
    kind: str


def story(happened: Iterable[Happened], words: Words) -> tuple[Entry, ...]:
    """The entries of ``happened``, in its order."""
    found = []
    for each in happened:
        told = _told(each, words)
        if told is not None:
            title, text, kind = told
            found.append(
                Entry(when=words.when(each.at), iso=each.at.isoformat(), title=title, text=words.free(text), kind=kind)
            )
    return tuple(found)


def _told(each: Happened, words: Words) -> tuple[str, str, str] | None:
    if each.kind == "call":
        return _call(each.row, words)
    if each.kind == "text":
        return _text(each.row, words)
    if each.kind == "booking":
        return _booking(each.row, words)
    return None if each.kind in _SILENT else _note(each.row, words)


def _call(row: Row, words: Words) -> tuple[str, str, str]:
    language = words.here.language
    agent = words.free(row["agent"] or "")
    where = words.free(" · ".join(dict.fromkeys(part for part in (row["site"], row["department"]) if part)))
    if row["direction"] == Direction.OUTBOUND:
        if not row["answered"]:
            return language.say("work.story.tried", who=agent or language.say("work.somebody")), where, "plain"
        lasted = "" if row["talk_s"] is None else language.duration(row["talk_s"])
        return language.say("work.story.talked_out", who=agent or language.say("work.somebody")), lasted, "good"
    if row["answered"]:
        lasted = "" if row["talk_s"] is None else language.duration(row["talk_s"])
        return language.say("work.story.talked_in", who=agent or language.say("work.somebody")), lasted, "good"
    known = row["reason"] not in (None, "unknown")
    said = [language.say(f"reason.{row['reason']}")] if known else []
    said += [where] if where else []
    said += [language.say("work.voicemail")] if row["voicemail"] else []
    return language.say("work.story.missed"), " · ".join(said), "bad"


def _text(row: Row, words: Words) -> tuple[str, str, str]:
    say = words.here.language.say
    way = "email" if row["channel"] == "email" else "text"
    if row["direction"] == "in":
        return say(f"work.story.{way}_in"), row["body"], "busy"
    state = say(f"recover.text.{row['state']}")
    why = text_why(row["state"], row["failure"], row["raw_failure"], words.here.language)
    by = words.free(row["author"]) if row["author"] else say("work.playbook")
    title = say(f"work.story.{way}_out", who=by, state=state + (f" ({why})" if why else ""))
    return title, row["body"], "bad" if row["state"] == "failed" else "note"


def _booking(row: Row, words: Words) -> tuple[str, str, str]:
    state = row["state"] if row["state"] in _BOOKED else "booked"
    since, until = words.when(row["starts_at"]), clock(row["ends_at"], words.here.zone, words.here.language)
    kind = "bad" if state == "broken" else "good" if state == "kept" else "note"
    return words.here.language.say(f"work.story.booking.{state}", since=since, until=until), "", kind


def _note(row: Row, words: Words) -> tuple[str, str, str] | None:
    say = words.here.language.say
    by, body = words.free(row["who"]) or "Décroche", row["body"]
    match row["kind"]:
        case Note.OUTCOME if body in set(Outcome):
            return say("work.story.outcome", who=by, outcome=say(f"work.outcome.{Outcome(body)}")), "", "note"
        case Note.NOTE if body.startswith("not_placed"):
            return say("work.story.not_placed"), "", "bad"
        case Note.NOTE if body == "cancelled_by_caller":
            return say("work.story.cancelled_by_caller"), "", "note"
        case Note.NOTE:
            return say("work.story.note", who=by), body, "note"
        case Note.SNOOZED:
            return say("work.story.snoozed", who=by), body, "plain"
        case Note.ASSIGNED:
            to = words.free(body)
            return (
                say("work.story.assigned", who=by, to=to) if body else say("work.story.unassigned", who=by),
                "",
                "plain",
            )
        case Note.CLAIMED | Note.RELEASED | Note.CALLED | Note.LISTENED:
            return say(f"work.story.{Note(row['kind'])}", who=by), "", "plain"
    return None
