"""Annex: who called again and who was lost, why calls were missed, and the first signs of the seven causes."""

from __future__ import annotations

from decroche.language import Language
from decroche.model.figures import Cause, Journeys, Rate
from decroche.prove.reports.blocks import Block, Cell, Section, Table
from decroche.prove.reports.inputs import ReportInputs
from decroche.prove.reports.writing import count, plain, share, words

#: The seven causes, in the order in which the report lists them.
CAUSES = (
    "understaffing",
    "unforeseen_peak",
    "bad_planning",
    "saturated_lines",
    "no_overflow",
    "no_cover",
    "no_callback",
)
#: Causes that count people, not calls: they are no share of the missed calls.
COUNTED_IN_PEOPLE = {"no_callback"}
#: What the evidence of some causes is made of: the word of each part and where its number stands.
_SEEN = {
    "saturated_lines": (("busy", "busy"), ("queue_full", "queue_full"), ("failed", "failed")),
    "no_overflow": (("queue_timeout", "queue_timeout"), ("no_agent", "no_agent"), ("busy_or_full", "busy")),
}


def journeys(inputs: ReportInputs, language: Language) -> Section:
    """The people behind the missed calls, followed from their first miss."""
    followed, say = inputs.figures.journeys, language.say
    numbers = {
        "journeys": followed.journeys,
        "new_callers": followed.new_callers,
        "observable": followed.observable,
        "recovered_by_caller": followed.recovered_by_caller,
        "recovered_by_us": followed.recovered_by_us,
        "lost": followed.lost,
        "recovered_lately": followed.recovered_lately,
        "open_at_end": followed.open_at_end,
        "masked_missed": followed.masked_missed,
        "internal_missed": followed.internal_missed,
    }
    people = Table(
        title=say("table.journeys"),
        columns=(say("column.measure"), say("column.count"), say("column.definition")),
        rows=tuple(
            (words(say(f"journey.{name}")), count(language, number), words(say(f"journey.{name}.definition")))
            for name, number in numbers.items()
        ),
    )
    blocks: list[Block] = [windows_table(followed, language), people] if followed.windows else [people]
    if followed.attempts_mean is not None:
        blocks.append(say("text.attempts", attempts=followed.attempts_mean))
    return Section(key="journeys", title=say("section.journeys"), sheet=say("sheet.journeys"), blocks=tuple(blocks))


def windows_table(followed: Journeys, language: Language) -> Table:
    """Who tried again by themselves, and whom we called, within an hour, a day and a week of a first miss."""
    say = language.say
    return Table(
        title=say("table.windows"),
        columns=(
            say("column.window"),
            say("column.followed"),
            say("column.redialed"),
            say("column.redialed_share"),
            say("column.redialed_answered"),
            say("column.called_back"),
            say("column.called_back_answered"),
        ),
        rows=tuple(
            (
                words(
                    say("window.hours", hours=row.hours) if row.hours < 48 else say("window.days", days=row.hours / 24)
                ),
                count(language, row.observable),
                count(language, row.redialed),
                share(language, Rate(row.redialed, row.observable)),
                share(language, Rate(row.redialed_answered, row.redialed)),
                count(language, row.called_back),
                share(language, Rate(row.called_back_answered, row.called_back)),
            )
            for row in followed.windows
        ),
        note=say("text.windows"),
    )


def reasons(inputs: ReportInputs, language: Language) -> Section:
    """Why each call was missed, and what that says about the seven causes."""
    figures, say = inputs.figures, language.say
    missed = figures.totals.missed
    by_reason = Table(
        title=say("table.reasons"),
        columns=(
            say("column.reason"),
            say("column.missed"),
            say("column.missed_share"),
            say("column.outside_hours"),
            say("column.voicemail"),
        ),
        rows=tuple(
            (
                words(say(f"reason.{row.reason}") if language.has(f"reason.{row.reason}") else plain(row.reason)),
                count(language, row.missed),
                share(language, Rate(row.missed, missed)),
                count(language, row.after_hours),
                count(language, row.voicemail),
            )
            for row in sorted(figures.reasons, key=lambda row: (-row.missed, row.reason))
        ),
    )
    found = {cause.cause: cause for cause in figures.causes}
    causes = Table(
        title=say("table.causes"),
        columns=(say("column.cause"), say("column.missed"), say("column.missed_share"), say("column.evidence")),
        rows=tuple(_cause_row(found.get(name), name, missed, language) for name in CAUSES),
        note=say("text.causes"),
    )
    return Section(key="reasons", title=say("section.reasons"), sheet=say("sheet.reasons"), blocks=(by_reason, causes))


def _cause_row(cause: Cause | None, name: str, missed: int, language: Language) -> tuple[Cell, ...]:
    say = language.say
    title = words(say(f"cause.{name}"))
    if cause is None or cause.missed is None:
        return (title, count(language, None), share(language, None), words(say("text.cannot_tell")))
    if not cause.missed:
        nothing = words(say("text.no_sign"))
        return (title, count(language, 0), share(language, Rate(0, missed)), nothing)
    return (
        title,
        count(language, cause.missed),
        share(language, None if name in COUNTED_IN_PEOPLE else Rate(cause.missed, missed)),
        words(evidence(cause, cause.missed, language)),
    )


def evidence(cause: Cause, calls: int, language: Language) -> str:
    """What the export shows, in sentences."""
    say, found = language.say, dict(cause.evidence)
    if "worst_weekday" in found:
        found["weekday"] = language.weekday(int(found["worst_weekday"]))
    seen = [say(f"evidence.{word}", value=found[key]) for word, key in _SEEN.get(cause.cause, ()) if found.get(key)]
    told = say(f"cause.{cause.cause}.sign", calls=calls, items=language.listing(seen), **found)
    if cause.cause == "understaffing" and (patience := found.get("median_wait_s")):
        told += " " + say("cause.understaffing.patience", patience=patience)
    return told
