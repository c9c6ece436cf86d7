"""Finds when calls began, were answered and ended, and decides whether 04/03 is in March or in April."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from decroche.capture.files.mapping import Moment
from decroche.capture.files.profile import Column
from decroche.capture.files.sentences import Sentence
from decroche.capture.files.words import fold, heading_score
from decroche.connector_kit.files import Clock
from decroche.connector_kit.moments import UTC_FORMATS

_ENOUGH = 0.3
DURATION_HEADINGS = ("wait", "ring", "talk", "hold", "wrap", "total", "duration")
#: Words of French headings that English ones do not have.
_FRENCH = frozenset(
    {"heure", "appel", "appelant", "appele", "duree", "sens", "statut", "poste", "numero", "jour", "debut", "fin"}
    | {"attente", "sonnerie", "resultat", "etat", "entrant", "ligne"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Where the start of a call is read, how surely, and what to tell about its dates."""

    moment: Moment
    clock: Clock
    confidence: float
    alternatives: tuple[tuple[str, float], ...]
    warnings: tuple[Sentence, ...]


def find_start(columns: Sequence[Column]) -> Start | None:
    """The start among the columns: one with date and time, or a date and a time of day. None when there is none."""
    whole = sorted(((_whole_score(each), each) for each in columns), key=lambda entry: -entry[0])
    dates = sorted(((_date_score(each), each) for each in columns), key=lambda entry: -entry[0])
    times = sorted(((_time_score(each), each) for each in columns), key=lambda entry: -entry[0])
    alternatives = tuple((each.name, round(score, 3)) for score, each in whole[1:4] if score >= _ENOUGH)
    pair = min(dates[0][0], times[0][0]) if columns else 0.0
    if columns and whole[0][0] >= max(pair, _ENOUGH):
        confidence, each = whole[0]
        assert each.moment is not None
        date_format, sure, warnings = _decided(each, columns)
        moment = Moment(date=each.name, date_format=date_format, time_format=each.moment.time_format or "24h")
    elif pair >= _ENOUGH:
        confidence, each = pair, dates[0][1]
        date_format, sure, warnings = _decided(each, columns)
        clock = next(time for _, time in times if time is not each)
        moment = Moment(date=each.name, date_format=date_format, time=clock.name, time_format=clock.time[0])
    else:
        return None
    utc = date_format in UTC_FORMATS or bool({"utc", "gmt"} & set(fold(" ".join(moment.columns())).split()))
    return Start(
        moment=moment,
        clock=Clock.UTC if utc else Clock.LOCAL,
        confidence=round(confidence * sure, 3),
        alternatives=alternatives,
        warnings=warnings,
    )


def find_day(columns: Sequence[Column]) -> Start | None:
    """The likeliest date without a time of day among the columns; None when there is none."""
    dates = sorted(((_date_score(each), each) for each in columns), key=lambda entry: -entry[0])
    if not dates or dates[0][0] < _ENOUGH:
        return None
    confidence, each = dates[0]
    date_format, sure, warnings = _decided(each, columns)
    return Start(
        moment=Moment(date=each.name, date_format=date_format),
        clock=Clock.LOCAL,
        confidence=round(confidence * sure, 3),
        alternatives=tuple((other.name, round(score, 3)) for score, other in dates[1:4] if score >= _ENOUGH),
        warnings=warnings,
    )


def find_moment(use: str, columns: Sequence[Column], start: Start) -> tuple[Moment, str, float] | None:
    """Another moment of the call ("end", "answered_at"): a whole date and time, or a time on the date of the start."""
    best: tuple[Moment, str, float] | None = None
    for each in columns:
        heading = heading_score(each.name, use)
        look = each.moment
        if look is not None and look.time_format is not None:
            date_format = _decided(each, columns)[0]
            if date_format == "d/m/y" and start.moment.date_format == "m/d/y":
                date_format = "m/d/y"
            moment = Moment(date=each.name, date_format=date_format, time_format=look.time_format)
            score = heading * look.share
        elif start.moment.time is not None and each.time[1] > 0.5:
            moment = Moment(
                date=start.moment.date, date_format=start.moment.date_format, time=each.name, time_format=each.time[0]
            )
            score = heading * each.time[1]
        else:
            continue
        if (moment.date_format in UTC_FORMATS) != (start.moment.date_format in UTC_FORMATS):
            # Times of two clocks cannot be subtracted from one another.
            continue
        if score >= 0.5 and (best is None or score > best[2]):
            best = moment, each.name, round(score, 3)
    return best


def _whole_score(each: Column) -> float:
    look = each.moment
    if look is None or look.time_format is None:
        return 0.0
    other = max(heading_score(each.name, "end"), heading_score(each.name, "answered_at"))
    heading = max(
        heading_score(each.name, "start"),
        0.97 * heading_score(each.name, "date"),
        0.9 * heading_score(each.name, "time"),
        0.3 if other >= 0.9 else 0.45,
    )
    # Numbers that could be counted seconds need a heading that says time.
    if look.date_format in ("epoch_s", "epoch_ms", "excel") and heading <= 0.45:
        return 0.0
    if other > heading:
        heading = 0.3
    return heading * look.share * (0.5 + 0.5 * each.filled)


def _date_score(each: Column) -> float:
    look = each.moment
    if look is None or look.time_format is not None:
        return 0.0
    heading = max(heading_score(each.name, "date"), 0.9 * heading_score(each.name, "start"))
    if look.date_format in ("yymmdd", "yyyymmdd", "excel"):
        return heading * look.share
    return max(heading, 0.5) * look.share


def _time_score(each: Column) -> float:
    _, share = each.time
    heading = max(heading_score(each.name, "time"), 0.9 * heading_score(each.name, "start"), 0.4)
    other = max(heading_score(each.name, use) for use in ("end", "answered_at", *DURATION_HEADINGS))
    # Calls do not begin at midnight: such a column tells of something that did not happen.
    midnight = each.share(lambda value: not value.strip("0:"))
    return (heading if heading > other else 0.2) * share * (1 - midnight)


def _decided(each: Column, columns: Sequence[Column]) -> tuple[str, float, tuple[Sentence, ...]]:
    """The date format of a column with the order of its dates decided, how sure that is, and what to tell about it."""
    assert each.moment is not None
    if each.moment.date_format != "numeric":
        return each.moment.date_format, 1.0, ()
    seen = each.day_month
    if seen.day_first and seen.month_first:
        day_first = seen.day_first >= seen.month_first
        order = "d/m/y" if day_first else "m/d/y"
        rejected = seen.month_first if day_first else seen.day_first
        kept = seen.either + (seen.day_first if day_first else seen.month_first)
        told = {"column": each.name, "order": order, "kept": str(kept), "rejected": str(rejected)}
        return order, 0.7, (Sentence("guess.date_orders_mixed", told),)
    if seen.day_first or seen.month_first:
        return ("d/m/y" if seen.day_first else "m/d/y"), 1.0, ()
    order, because = _likely_order(each, columns)
    return order, 0.8, (Sentence("guess.date_order_unsure", {"column": each.name, "order": order, "because": because}),)


def _likely_order(each: Column, columns: Sequence[Column]) -> tuple[str, str]:
    """The order of dates that fit both, and the evidence: the days spanned, am and pm, the headings' language."""
    seen = each.day_month
    example = each.values[0]
    if "." in example[:6]:
        return "d/m/y", example
    shorter, longer = sorted((seen.day_first_span, seen.month_first_span))
    if longer > 3 * max(shorter, 1) and longer > 20:
        return ("d/m/y" if seen.day_first_span < seen.month_first_span else "m/d/y"), f"{shorter} < {longer} j/d"
    if each.moment is not None and each.moment.time_format == "12h":
        return "m/d/y", "AM/PM"
    headings = {word for other in columns for word in fold(other.name).split()}
    french = bool(headings & _FRENCH)
    return ("d/m/y" if french else "m/d/y"), ("fr" if french else "en")
