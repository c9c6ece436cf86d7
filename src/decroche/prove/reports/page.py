"""Page 1: what was missed, when, who tried again, what it costs, three things to do, and what is supposed."""

from __future__ import annotations

from decroche.language import Language
from decroche.model.figures import Figures, Rate, RedialWindow
from decroche.model.money import MoneyRange
from decroche.prove.reports.actions import peak_window, three_actions
from decroche.prove.reports.assumptions import short_assumptions
from decroche.prove.reports.blocks import Bars, Cell, Chart, Fact, Kind, PageOne, Table
from decroche.prove.reports.heat import missed_map
from decroche.prove.reports.inputs import ReportInputs
from decroche.prove.reports.writing import NOTHING, count, plain, rounded, share, words

#: The simple fractions that a headline may say: one call in two to ten, three to nine calls in ten, and thirds.
FRACTIONS = ((2, 3), (3, 4), *((1, every) for every in range(2, 11)), *((part, 10) for part in (3, 4, 6, 7, 8, 9)))
#: A fraction within this relative error of the rate is said without « about ».
CLOSE = 0.03
#: Below, the headline says a percentage; above, « most ».
LEAST, MOST = 0.1, 0.93


def page_one(inputs: ReportInputs, language: Language) -> PageOne:
    """The first page, in ``language``."""
    figures, say = inputs.figures, language.say
    business = plain(inputs.business or "") or plain(figures.files[0].name if figures.files else "")
    return PageOne(
        title=say("page.title"),
        business=business,
        period=say(
            "page.period", first=figures.first_day, last=figures.last_day, days=figures.days, zone=plain(figures.zone)
        ),
        headline=missed_headline(figures, language),
        facts=_facts(figures, language),
        accounting=accounting_lines(figures, language),
        when_title=say("page.when.title"),
        when_text=_when(figures, language),
        heat=missed_map(figures, language),
        again_title=say("page.again.title"),
        again_headline=_again_headline(figures, language),
        again_text=_again(figures, language),
        became=became_chart(figures, language),
        loss_title=say("page.loss.title"),
        loss_headline=_loss_headline(inputs, language),
        loss_text=_loss(inputs, language),
        actions_title=say("page.actions.title"),
        actions=three_actions(figures, language),
        no_action=say("page.actions.none"),
        assumptions_title=say("page.assumptions.title"),
        assumptions=short_assumptions(figures, language),
        assumptions_more=say("page.assumptions.more"),
    )


def missed_headline(figures: Figures, language: Language) -> str:
    """How much was missed, in a sentence for large type."""
    totals = figures.totals
    if not totals.offered:
        return language.say("page.headline.no_calls")
    if not totals.missed:
        return language.say("page.headline.none", offered=totals.offered)
    rate = totals.missed / totals.offered
    if rate > MOST:
        return language.say("page.headline.most", missed=totals.missed, offered=totals.offered)
    if rate < LEAST:
        percentage = language.percent(rate, 0 if rate >= 0.02 else 1 if rate >= 0.001 else 2)
        return language.say("page.headline.percent", share=percentage, missed=totals.missed, offered=totals.offered)
    error, part, whole = min((abs(part / whole / rate - 1), part, whole) for part, whole in FRACTIONS)
    key = (
        ("page.headline.one_in" if part == 1 else "page.headline.in_ten")
        if error <= CLOSE
        else ("page.headline.about_one_in" if part == 1 else "page.headline.about_in_ten")
    )
    return language.say(key, missed=totals.missed, offered=totals.offered, part=part, every=whole)


def _facts(figures: Figures, language: Language) -> tuple[Fact, ...]:
    totals, say = figures.totals, language.say
    journeys = figures.journeys

    def note(key: str, part: int) -> str:
        return say(key, rate=share(language, Rate(part, totals.offered)).text) if totals.offered else ""

    return (
        Fact(
            say("fact.offered"),
            language.number(totals.offered),
            say("fact.offered.note", callers=totals.unique_callers),
        ),
        Fact(
            say("fact.answered"),
            language.number(totals.answered),
            note("fact.answered.note", totals.answered),
        ),
        Fact(say("fact.missed"), language.number(totals.missed), note("fact.rate.note", totals.missed), True),
        Fact(
            say("fact.lost"),
            language.number(journeys.lost)
            if journeys.observable or (totals.offered and not totals.missed)
            else NOTHING,
            say("fact.lost.note", observable=journeys.observable)
            if journeys.observable
            else say(f"fact.lost.{why_unknown(figures)}"),
            True,
        ),
    )


def accounting_lines(figures: Figures, language: Language) -> tuple[str, ...]:
    """Where every row read went, then what the calls are."""
    rows, totals = figures.accounting, figures.totals
    apart = {
        "outbound": totals.outbound,
        "internal": totals.internal,
        "blocked_spam": totals.blocked_spam,
        "forwarded": totals.forwarded,
        "unknown_direction": totals.unknown_direction,
    }
    others = [language.say(f"accounting.apart.{word}", calls=calls) for word, calls in apart.items() if calls]
    lines = [
        language.say(
            "accounting.rows",
            rows=rows.rows_read,
            calls=rows.calls,
            legs=rows.legs_joined,
            ignored=rows.ignored,
            rejected=rows.rejected,
        )
    ]
    if others:
        lines.append(language.say("accounting.calls", offered=totals.offered, others=language.listing(others)))
    return tuple(lines)


def _when(figures: Figures, language: Language) -> str:
    window = peak_window(figures)
    if window is None or not figures.totals.missed:
        return language.say("page.when.no_peak")
    return language.say(
        "page.when.peak",
        weekday=language.weekday(window.weekday),
        first=window.first,
        last=window.last,
        missed=window.missed,
        offered=window.offered,
        share=window.missed / figures.totals.missed,
    )


def window_of(figures: Figures, hours: int) -> RedialWindow | None:
    """The redial window of ``hours``, when at least one journey could be watched that long."""
    return next((found for found in figures.journeys.windows if found.hours == hours and found.observable), None)


def why_unknown(figures: Figures) -> str:
    """A word for why nobody could be followed for 7 days: nobody was missed, without a number, or too lately."""
    if not figures.totals.missed:
        return "no_misses"
    return "too_short" if figures.journeys.journeys else "no_numbers"


def _again_headline(figures: Figures, language: Language) -> str:
    week = window_of(figures, 168)
    if week is None:
        return language.say(f"page.again.{why_unknown(figures)}")
    return language.say("page.again.headline", share=week.redialed / week.observable)


def _again(figures: Figures, language: Language) -> tuple[str, ...]:
    journeys, say = figures.journeys, language.say
    week = window_of(figures, 168)
    why = "" if week else say(f"page.again.{why_unknown(figures)}.why", masked=journeys.masked_missed)
    if not journeys.journeys:
        return (why,)
    sentences = []
    watched = [
        say(
            f"page.again.within_{row.hours}", share=row.redialed / row.observable, again=row.redialed, of=row.observable
        )
        for row in journeys.windows
        if row.observable
    ]
    if watched:
        sentences += [say("page.again.windows", windows=language.listing(watched)), say("page.again.bases")]
    if week and week.redialed:
        share_answered = week.redialed_answered / week.redialed
        sentences.append(
            say("page.again.answered", share=share_answered, answered=week.redialed_answered, of=week.redialed)
        )
    sentences.append(say("page.again.folklore", never=1 - week.redialed / week.observable) if week else why)
    return (" ".join(sentences), _people(figures, language))


def _people(figures: Figures, language: Language) -> str:
    """Which people are counted where."""
    journeys, say = figures.journeys, language.say
    counts = {"journeys": journeys.journeys, "observable": journeys.observable}
    counts["recent"] = journeys.journeys - journeys.observable
    if journeys.observable:
        told = [say("page.again.people", **counts), say("page.again.twice")]
    else:
        told = [say("page.again.people_recent", **counts)]
    if journeys.masked_missed:
        told.append(say("page.again.masked", masked=journeys.masked_missed))
    return " ".join(told)


def became_chart(figures: Figures, language: Language) -> Chart | None:
    """What became of the people whose call was missed, as bars; None when nobody can be followed."""
    journeys, say = figures.journeys, language.say
    if not journeys.journeys:
        return None
    followed = {
        "by_caller": journeys.recovered_by_caller,
        "by_us": journeys.recovered_by_us,
        "lost": journeys.lost,
    }
    recent = {"lately": journeys.recovered_lately, "open": journeys.open_at_end}
    parts = (followed if journeys.observable else {}) | {part: people for part, people in recent.items() if people}
    whole = journeys.journeys
    labels = tuple(say(f"became.{part}") for part in parts)
    cells = tuple(
        Cell(f"{language.number(people)}  ({language.percent(people / whole, 0)})", people, Kind.COUNT)
        for people in parts.values()
    )
    title = say("became.title", people=whole)
    table = Table(
        title=title,
        columns=(say("column.outcome"), say("column.people"), say("column.share")),
        rows=tuple(
            (words(label), count(language, people), share(language, people / whole))
            for label, people in zip(labels, parts.values(), strict=True)
        ),
    )
    description = say(
        "chart.bars.description",
        title=title,
        parts=" ; ".join(f"{label} {cell.text}" for label, cell in zip(labels, cells, strict=True)),
    )
    drawing = Bars(labels, cells, tuple(part == "lost" for part in parts))
    return Chart(key="became", title=title, description=description, drawing=drawing, table=table)


def _loss_headline(inputs: ReportInputs, language: Language) -> str:
    journeys = inputs.figures.journeys
    if not journeys.observable:
        return language.say(f"page.loss.{why_unknown(inputs.figures)}")
    loss = inputs.priced
    if loss is None or loss.period is None or not journeys.lost:
        return language.say("page.loss.people", people=journeys.lost)
    return language.say("page.loss.interval", days=inputs.figures.days, **_ends(loss.period))


def _ends(amounts: MoneyRange) -> dict[str, tuple[float, str]]:
    return {
        "low": (rounded(float(amounts.low)), amounts.currency),
        "high": (rounded(float(amounts.high)), amounts.currency),
    }


def _loss(inputs: ReportInputs, language: Language) -> tuple[str, ...]:
    journeys, loss, say = inputs.figures.journeys, inputs.priced, language.say
    if not journeys.observable:
        why = why_unknown(inputs.figures)
        return () if why == "no_misses" else (say(f"page.loss.{why}.why"),)
    if not journeys.lost:
        return (say("page.loss.nobody"),)
    if loss is None or loss.period is None or loss.year is None:
        return (say("page.loss.ask"), say("page.loss.how"))
    mean = (rounded(float(loss.period.mean)), loss.period.currency)
    return (
        say("page.loss.mean", people=journeys.lost, mean=mean),
        say("page.loss.year", **_ends(loss.year)),
    )
