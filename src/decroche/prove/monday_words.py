"""Writes Monday's letter, the same as a text message, and the month's report, in one language."""

from __future__ import annotations

from datetime import timedelta

from decroche.language import Language
from decroche.model.board import Measure, Unit
from decroche.prove.kpis.targets import OF_POINTS, TARGETED, Effect, Verdict
from decroche.prove.letter_page import Letter, LetterFigure, LetterItem, LetterPage
from decroche.prove.monday import OVER_FOUR_WEEKS, Decision, MondayFigures, MonthFigures, Variance

NOTHING = "–"
_DAY = timedelta(days=1)
#: Signs of a text: what printers like makes a telephone count two bytes a letter.
_PLAIN = str.maketrans(
    {"\u00a0": " ", "\u202f": " ", "–": "-", "’": "'", "−": "-", "≥": ">=", "≤": "<=", "“": '"', "”": '"'}
)
_LONGEST_NAME, _LONGEST_ACTION = 40, 60


def monday_letter(found: MondayFigures, language: Language, *, link: str = "") -> Letter:
    """Three figures, each with its count and the week before, and one decision. ``link`` leads to the pages."""
    say = language.say
    lines = [
        say("monday.week", first=found.period.start, last=found.period.end - _DAY, business=found.business),
        "",
        say("monday.calls", offered=found.offered, missed=found.missed),
        "",
    ]
    for place, measure in enumerate(found.figures, 1):
        longer = measure.key in OVER_FOUR_WEEKS
        lines.append(f"{place}. {figure_said(measure, found.before.get(measure.key), language, over_four=longer)}")
    lines += ["", say("monday.decide"), decision_said(found.decision, language)]
    if link:
        lines += ["", say("monday.link", link=link)]
    lines += ["", say("monday.why")]
    subject = say("monday.subject", business=found.business, first=found.period.start)
    page = LetterPage(
        language=language.code,
        kicker=found.business,
        title=say("monday.title", first=found.period.start, last=found.period.end - _DAY),
        lead=say("monday.calls", offered=found.offered, missed=found.missed),
        figures=tuple(
            _figure(each, found.before.get(each.key), language, over_four=each.key in OVER_FOUR_WEEKS)
            for each in found.figures
        ),
        decision_title=say("monday.decide"),
        decision=decision_said(found.decision, language),
        link=link,
        link_said=say("monday.see"),
        why=say("monday.why"),
    )
    return Letter(subject=" ".join(subject.split()), body="\n".join(lines) + "\n", page=page)


def monday_text(found: MondayFigures, language: Language) -> str:
    """The same in a text: two or three messages at most, in letters that every telephone counts as one."""
    figures = ", ".join(_short_figure(each, language) for each in found.figures)
    said = language.say(
        "monday.text",
        business=_cut(found.business, _LONGEST_NAME),
        first=found.period.start,
        figures=figures,
        decision=_short_decision(found.decision, language),
    )
    plain = " ".join(said.translate(_PLAIN).split())
    return plain.replace("« ", '"').replace(" »", '"')


def ask_text(business: str, member: str, language: Language) -> str:
    """The text that asks a number whether it is the member's who gave it."""
    said = language.say("monday.ask", business=_cut(business, _LONGEST_NAME), member=_cut(member, _LONGEST_NAME))
    return " ".join(said.translate(_PLAIN).split())


def month_letter(found: MonthFigures, language: Language, *, link: str = "") -> Letter:
    """The month's figures, then each target: what was wanted, what was so, what is done about it."""
    say = language.say
    month = f"{language.month(found.period.start.month)} {found.period.start.year}"
    lines = [
        say("month.head", month=month, business=found.business),
        "",
        say("monday.calls", offered=found.offered, missed=found.missed),
        "",
    ]
    for measure in found.figures:
        lines.append(f"- {figure_said(measure, found.before.get(measure.key), language)}")
    lines += ["", say("month.variances") if found.variances else say("month.no_targets")]
    for each in found.variances:
        lines += ["", *variance_said(each, language)]
    if link:
        lines += ["", say("monday.link", link=link)]
    lines += ["", say("month.why")]
    subject = say("month.subject", business=found.business, month=month)
    page = LetterPage(
        language=language.code,
        kicker=found.business,
        title=say("month.title", month=month),
        lead=say("monday.calls", offered=found.offered, missed=found.missed),
        figures=tuple(_figure(each, found.before.get(each.key), language) for each in found.figures),
        items_title=say("month.variances") if found.variances else "",
        items=tuple(_item(each, language) for each in found.variances),
        nothing="" if found.variances else say("month.no_targets"),
        link=link,
        link_said=say("month.see"),
        why=say("month.why"),
    )
    return Letter(subject=" ".join(subject.split()), body="\n".join(lines) + "\n", page=page)


def _figure(measure: Measure, before: Measure | None, language: Language, *, over_four: bool = False) -> LetterFigure:
    """One figure to look at."""
    name = language.say(f"figures.name.{word(measure.key)}")
    if over_four:
        name = language.say("monday.over_four", name=name)
    if measure.value is None:
        return LetterFigure(name=name, value=NOTHING, base=language.say("monday.few", n=measure.n))
    then = _shown_value(before, language)
    return LetterFigure(
        name=name,
        value=_shown_value(measure, language) or NOTHING,
        base=base_said(measure, language),
        before="" if then is None else language.say("monday.before", before=then),
    )


def _shown_value(measure: Measure | None, language: Language) -> str | None:
    """A measure as it is shown: the median where there is one. None without a value."""
    if measure is None or measure.value is None:
        return None
    return value_said(measure.key, measure.value if measure.median is None else measure.median, language)


def _short_figure(measure: Measure, language: Language) -> str:
    value = _shown_value(measure, language)
    if value is None:
        return language.say(f"monday.short.few.{word(measure.key)}", n=measure.n)
    part, whole = measure.numerator or 0, measure.denominator or 0
    return language.say(f"monday.short.{word(measure.key)}", value=value, part=part, whole=whole, n=measure.n)


def _short_decision(decision: Decision, language: Language) -> str:
    values = dict(decision.values)
    if decision.word == "deviation":
        kpi = str(values["kpi"])
        return language.say(
            "monday.short.deviation",
            name=language.say(f"figures.name.{word(kpi)}"),
            value=value_said(kpi, float(values["value"]), language),
            wanted=values["wanted"],
            action=_cut(str(values["action"]), _LONGEST_ACTION),
        )
    if decision.word == "peak":
        weekday = language.weekday(int(values.pop("weekday")))
        return language.say("monday.short.peak", weekday=weekday, **values)
    return language.say("monday.short.nothing")


def _cut(text: str, most: int) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= most else plain[: most - 3].rstrip() + "..."


def _item(found: Variance, language: Language) -> LetterItem:
    name = language.say(f"figures.name.{word(found.kpi)}") + (f" ({found.site})" if found.site else "")
    standing, (_, *more) = found.standing, variance_said(found, language)
    value = NOTHING if standing.value is None else value_said(found.kpi, standing.value, language)
    kinds = {Verdict.MET: "good", Verdict.OFF: "bad"}
    return LetterItem(
        title=name,
        badge=language.say(f"month.verdict.{standing.verdict}"),
        kind=kinds.get(standing.verdict, "plain"),
        lines=(
            language.say("month.item", value=value, n=standing.n, wanted=signs(found.wanted)),
            *(line.strip() for line in more),
        ),
    )


def signs(wanted: str) -> str:
    """A target as it is printed: a keyboard has no ≥."""
    return wanted.replace(">=", "≥").replace("<=", "≤")


def figure_said(measure: Measure, before: Measure | None, language: Language, *, over_four: bool = False) -> str:
    """One figure: its name, value, count, and the value before. ``over_four``: it is of four weeks."""
    name = language.say(f"figures.name.{word(measure.key)}")
    if over_four:
        name = language.say("monday.over_four", name=name)
    if measure.value is None:
        return language.say("monday.figure.missing", name=name, n=measure.n)
    then = None if before is None else before.value
    return language.say(
        "monday.figure" if then is not None else "monday.figure.first",
        name=name,
        value=value_said(measure.key, measure.median if measure.median is not None else measure.value, language),
        base=base_said(measure, language),
        before=NOTHING
        if then is None or before is None
        else value_said(measure.key, before.median if before.median is not None else then, language),
    )


def base_said(measure: Measure, language: Language) -> str:
    """Of how many a figure is; with its interval where it has one."""
    if measure.unit is Unit.SHARE and measure.numerator is not None and measure.denominator:
        if measure.low is not None and measure.high is not None:
            return language.say(
                "monday.base.between", part=measure.numerator, whole=measure.denominator, low=measure.low,
                high=measure.high,
            )  # fmt: skip
        return language.say("monday.base.share", part=measure.numerator, whole=measure.denominator)
    if measure.unit is Unit.POINTS and measure.low is not None and measure.high is not None:
        ends = {"low": language.number(measure.low), "high": language.number(measure.high)}
        return language.say("monday.base.answers", n=measure.n, **ends)
    return language.say("monday.base.median", n=measure.n)


def value_said(kpi: str, value: float, language: Language) -> str:
    """A value of a measure in its unit."""
    if is_duration(kpi):
        return language.duration(value)
    return language.number(value) if kpi in OF_POINTS else language.percent(value)


def is_duration(kpi: str) -> bool:
    """Whether a measure is a time."""
    return kpi in {"speed_of_answer", "handle_time", "time_to_callback"}


def decision_said(decision: Decision, language: Language) -> str:
    """The one thing to decide, in a sentence or two."""
    values = dict(decision.values)
    if decision.word == "deviation":
        kpi = str(values["kpi"])
        name = language.say(f"figures.name.{word(kpi)}")
        value = value_said(kpi, float(values.pop("value")), language)
        return language.say("monday.decision.deviation", name=name, value=value, **values)
    if decision.word == "peak":
        weekday = language.weekday(int(values.pop("weekday")))
        rate = float(values["missed"]) / float(values["offered"])
        return language.say("monday.decision.peak", weekday=weekday, rate=rate, **values)
    return language.say("monday.decision.nothing")


def variance_said(found: Variance, language: Language) -> list[str]:
    """One target in three lines: what was wanted and was so, what is done, what came of it."""
    say = language.say
    name = say(f"figures.name.{word(found.kpi)}")
    place = f" ({found.site})" if found.site else ""
    standing = found.standing
    value = NOTHING if standing.value is None else value_said(found.kpi, standing.value, language)
    lines = [
        say("month.variance", name=name + place, wanted=found.wanted, value=value, n=standing.n,
            verdict=say(f"month.verdict.{standing.verdict}")),
    ]  # fmt: skip
    if standing.verdict in {Verdict.OFF, Verdict.UNSURE} or found.task != "none":
        lines.append(say(f"month.task.{found.task}", action=found.action, days=found.days))
    if found.effect is not None:
        lines.append(effect_said(found.kpi, found.effect, language))
    return [lines[0], *(f"  {line}" for line in lines[1:])]


def effect_said(kpi: str, found: Effect, language: Language) -> str:
    """What changed after an action, and how sure that is."""
    if found.before is None or found.after is None:
        return language.say("month.effect.unknown")
    before, after = (value_said(kpi, value, language) for value in (found.before, found.after))
    if found.low is None or found.high is None:
        return language.say("month.effect.values", before=before, after=after)
    low, high = (points(end / 100 if kpi in OF_POINTS else end, language) for end in (found.low, found.high))
    return language.say(f"month.effect.{found.says}", before=before, after=after, low=low, high=high)


def points(share: float, language: Language) -> str:
    """A difference of shares in points: « +4,0 »."""
    return ("+" if share >= 0 else "−") + language.number(abs(100 * share), 1)


def word(kpi: str) -> str:
    """A measure's key as the catalogue writes it."""
    return kpi.partition(":")[0]


#: Every measure that may be named.
NAMED = tuple(dict.fromkeys(word(key) for key in TARGETED))
