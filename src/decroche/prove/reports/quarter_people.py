"""Quarterly audit: what became of missed people, how soon they were called back, and who tried again by themselves."""

from __future__ import annotations

from decroche.language import Language
from decroche.model.figures import Rate
from decroche.prove.kpis.certainty import wilson
from decroche.prove.reports.annex_people import windows_table
from decroche.prove.reports.blocks import Block, Section, Table
from decroche.prove.reports.writing import count, seconds, share, words
from decroche.prove.service_quarter import QuarterFigures


def recovery(found: QuarterFigures, language: Language) -> Section:
    """What became of the journeys that opened in the quarter, and the time until we called."""
    say, tally = language.say, found.journeys
    counts = {
        "opened": tally.opened,
        "recovered": tally.recovered,
        **{f"by_{way}": n for way, n in tally.recovered_by.items()},
        "expired": tally.expired,
        "open": tally.open,
    }
    became = Table(
        title=say("quarter.table.became"),
        columns=(say("column.measure"), say("column.count"), say("quarter.column.share")),
        rows=tuple(
            (words(say(f"quarter.became.{key}")), count(language, n), share(language, Rate(n, tally.opened)))
            for key, n in counts.items()
        ),
        note=recovery_interval(tally.decided, language),
    )
    callback = tally.to_callback
    delays = Table(
        title=say("quarter.table.delays"),
        columns=(say("column.measure"), say("column.value"), say("quarter.column.of")),
        rows=(
            (words(say("column.median")), seconds(language, callback.median), count(language, callback.n)),
            (words(say("column.p90")), seconds(language, callback.p90), count(language, callback.n)),
            *(
                (
                    words(say("quarter.within", limit=float(limit))),
                    share(language, Rate(n, tally.opened)),
                    count(language, tally.opened),
                )
                for limit, n in sorted(found.called_within.items())
            ),
        ),
        note=say("quarter.delays.note"),
    )
    blocks: list[Block] = [became, delays]
    if found.figures.journeys.windows:
        blocks.append(windows_table(found.figures.journeys, language))
    return Section(
        key="recovery", title=say("quarter.section.recovery"), sheet=say("sheet.journeys"), blocks=tuple(blocks)
    )


def recovery_interval(decided: Rate, language: Language) -> str:
    """The rate of recovery with its numerator, denominator and 95 % interval, in a sentence."""
    ends = wilson(decided)
    if ends is None:
        return language.say("quarter.recovery.none")
    return language.say(
        "quarter.recovery.interval", kept=decided.numerator, decided=decided.denominator, low=ends[0], high=ends[1]
    )
