"""Guesses how a table of calls is to be read, from its headings and a sample of its values, and says how sure it is."""

from __future__ import annotations

import re
from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from decroche.capture.files.errors import UnreadableFile
from decroche.capture.files.guess_dates import Start, find_moment, find_start
from decroche.capture.files.guess_results import Result, find_direction, find_result
from decroche.capture.files.mapping import Condition, Duration, Mapping, Moment, Text
from decroche.capture.files.profile import Column
from decroche.capture.files.sentences import Sentence
from decroche.capture.files.words import YES, heading_score

#: Rows of the sample that are looked at, spread evenly.
LOOKED_AT = 2000
#: Below this nobody is told that a column has a use.
ENOUGH = 0.35
#: Uses decided by heading and fit, the surest first; of equals, the one named first here.
_USES = (
    "wait", "ring", "talk", "hold", "wrap", "total", "duration", "caller", "called", "other_number", "line", "agent",
    "queue", "department", "site", "voicemail", "after_hours", "call_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnGuess:
    """What one use is read from, how surely (0 to 1), and what else could be: (column, confidence), best first."""

    use: str
    columns: tuple[str, ...]
    confidence: float
    alternatives: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """A guessed mapping, how sure it is as a whole, per use, and what people should be told."""

    mapping: Mapping
    confidence: float
    per_column: tuple[ColumnGuess, ...]
    warnings: tuple[Sentence, ...]


_DATE = re.compile(r"\d{4}[-/.]\d\d?[-/.]\d\d?|\d\d?[-/.]\d\d?[-/.]\d{4}|\d:\d\d")


def _without_number(value: str) -> str:
    """``value`` as an example that may be printed: what may be somebody's number is left out."""
    return "…" if sum(map(str.isdigit, value)) >= 7 and not _DATE.search(value) else value


class ColumnNotFound(UnreadableFile):
    """A needed column is missing: ``missing`` is "start" or "answered"; ``candidates`` have sample values."""

    def __init__(self, missing: str, candidates: Sequence[tuple[str, Sequence[str]]]) -> None:
        told = [(name, ", ".join(map(_without_number, values))) for name, values in candidates]
        shown = "; ".join(f"{name} ({values or '…'})" for name, values in told) or "…"
        super().__init__(f"column_not_found.{missing}", candidates=shown)
        self.missing = missing
        self.candidates = tuple((name, tuple(values)) for name, values in candidates)
        self.sentence = Sentence(f"column_not_found.{missing}", {"candidates": shown})

    def __str__(self) -> str:
        return self.sentence.english


def guess(names: Sequence[str], sample: pa.Table) -> Guess:
    """The likely mapping of a table with columns ``names``, from a ``sample`` of its rows as strings.

    Raises ColumnNotFound when nothing tells when calls began, or whether they were answered.
    """
    step = max(1, sample.num_rows // LOOKED_AT)
    rows = sample.take(list(range(0, sample.num_rows, step))) if step > 1 else sample
    known = [name for name in names if name not in ("_file", "_row") and name in rows.column_names]
    columns = [Column(name, rows.column(name).cast(pa.string()).to_pylist()) for name in known]
    start = find_start(columns)
    if start is None:
        raise ColumnNotFound("start", [(each.name, each.examples()) for each in _start_candidates(columns)])
    return _Guessing(columns, start).result()


class _Guessing:
    """The decisions taken one after the other; each takes its columns out of what is left for the next."""

    def __init__(self, columns: Sequence[Column], start: Start) -> None:
        self.columns = columns
        self.by_name = {each.name: each for each in columns}
        self.start = start
        self.used = set(start.moment.columns())
        self.found: dict[str, ColumnGuess] = {}
        self.warnings: list[Sentence] = list(start.warnings)
        self.found["start"] = ColumnGuess(
            use="start", columns=start.moment.columns(), confidence=start.confidence, alternatives=start.alternatives
        )

    def result(self) -> Guess:
        end = self._moment("end")
        answered_at = self._moment("answered_at")
        direction = find_direction([each for each in self.columns if each.name not in self.used])
        if direction is not None:
            self._take("direction", direction.words.column, direction.confidence, direction.alternatives)
        outcome = find_result([each for each in self.columns if each.name not in self.used], direction)
        if outcome is not None:
            self._take("outcome", outcome.words.column, outcome.confidence, outcome.alternatives)
            self.warnings += outcome.warnings
        self._by_heading()
        self._settle_duration(outcome, answered_at)
        self._callers_without_heading()
        answered_from, confidence = self._answered(outcome, answered_at)
        if direction is None:
            self.warnings.append(Sentence("guess.direction_assumed"))
        if not {"caller", "other_number"} & self.found.keys():
            self.warnings.append(Sentence("guess.no_caller"))
        durations = self._durations()
        used = [self.by_name[name] for name in sorted(self.used)]
        mapping = Mapping(
            start=self.start.moment,
            clock=self.start.clock,
            call_id=self._call_id(),
            end=end,
            answered_at=answered_at,
            texts={use: Text(column=self._name(use)) for use in self._present(_TEXTS)},
            direction=direction.words if direction else None,
            outcome=outcome.words if outcome else None,
            answered_from=answered_from,
            flags=self._flags(),
            durations=durations,
            wait_from=_wait_rule(durations, answered_at, outcome is not None),
            constants={} if direction else {"direction": "inbound"},
            empty=tuple(sorted({mark for each in used for mark in each.marks})),
            decimal_comma=any(each.share(lambda value: "," in value) > 0 for each in self._columns(durations)),
        )
        least = min(self.start.confidence, confidence)
        return Guess(
            mapping=mapping,
            confidence=round(least, 3),
            per_column=tuple(self.found.values()),
            warnings=tuple(self.warnings),
        )

    def _take(self, use: str, name: str, confidence: float, alternatives: Sequence[tuple[str, float]] = ()) -> None:
        self.used.add(name)
        self.found[use] = ColumnGuess(
            use=use, columns=(name,), confidence=round(confidence, 3), alternatives=tuple(alternatives)
        )

    def _name(self, use: str) -> str:
        return self.found[use].columns[0]

    def _present(self, uses: Sequence[str]) -> list[str]:
        return [use for use in uses if use in self.found]

    def _columns(self, durations: Dictionary[str, Duration]) -> list[Column]:
        return [self.by_name[each.column] for each in durations.values()]

    def _call_id(self) -> tuple[str, ...]:
        """The id, with the date when it has a column of its own: small PBXs count their calls from 1 every day."""
        if "call_id" not in self.found:
            return ()
        dated = (self.start.moment.date,) if self.start.moment.time is not None else ()
        return self.found["call_id"].columns + dated

    def _moment(self, use: str) -> Moment | None:
        found = find_moment(use, [each for each in self.columns if each.name not in self.used], self.start)
        if found is None:
            return None
        moment, name, confidence = found
        self._take(use, name, confidence)
        return moment

    def _by_heading(self) -> None:
        scored = [
            (round(heading_score(each.name, use) * _fit(use, each), 3), use, each)
            for use in _USES
            for each in self.columns
            if each.name not in self.used
        ]
        # Stable sort: of equally sure guesses the use named first wins.
        scored.sort(key=lambda entry: -entry[0])
        for score, use, each in scored:
            if score >= ENOUGH and use not in self.found and each.name not in self.used:
                others = [(other.name, s) for s, u, other in scored if u == use and other is not each and s >= ENOUGH]
                self._take(use, each.name, score, others[:3])

    def _settle_duration(self, outcome: Result | None, answered_at: Moment | None) -> None:
        """A column that is only called "duration" is talk time, unless it also runs for unanswered calls."""
        if "duration" not in self.found:
            return
        told = self.found.pop("duration")
        each = self.by_name[told.columns[0]]
        use = "total" if "talk" in self.found else "talk"
        if use == "talk" and outcome is not None:
            results = self.by_name[outcome.words.column].rows
            answered = set(outcome.words.words.get("answered", ()))
            known = {word for words in outcome.words.words.values() for word in words} - answered
            unanswered = [n for n, result in zip(each.numbers(), results, strict=True) if result in known]
            running = sum(1 for number in unanswered if number is not None and number > 0)
            if unanswered and running / len(unanswered) > 0.2:
                use = "total"
                self.warnings.append(Sentence("guess.duration_is_total", {"column": each.name}))
        elif use == "talk" and answered_at is None and all(number for number in each.numbers()):
            self.warnings.append(Sentence("guess.all_answered", {"column": each.name}))
        if use in self.found:
            self.used.discard(each.name)
        else:
            self.found[use] = ColumnGuess(
                use=use, columns=told.columns, confidence=told.confidence * 0.9, alternatives=told.alternatives
            )

    def _callers_without_heading(self) -> None:
        """Columns of phone numbers that no heading explains: first the caller, then the called."""
        left = [
            each for each in self.columns if each.name not in self.used and each.phone > 0.8 and len(each.distinct) > 1
        ]
        left = [each for each in left if each.share(lambda value: sum(c.isdigit() for c in value) >= 8) > 0.5]
        for use in ("caller", "called"):
            if left and not {use, "other_number"} & self.found.keys():
                self._take(use, left.pop(0).name, 0.4)

    def _answered(self, outcome: Result | None, answered_at: Moment | None) -> tuple[str, float]:
        """The rule by which a call is answered, and how sure it is."""
        tells = outcome is not None and "answered" in outcome.words.words and outcome.known >= 0.5
        if outcome is not None and (tells or ("talk" not in self.found and answered_at is None)):
            return "outcome", outcome.confidence
        if answered_at is not None:
            name = self._name("answered_at")
            if outcome is None:
                self.warnings.append(Sentence("guess.answered_from_answered_at", {"column": name}))
            return "answered_at", self.found["answered_at"].confidence
        if "talk" in self.found:
            if outcome is None:
                self.warnings.append(Sentence("guess.answered_from_talk", {"column": self._name("talk")}))
            return "talk", self.found["talk"].confidence * 0.9
        left = [each for each in self.columns if each.name not in self.start.moment.columns()]
        left.sort(key=lambda each: len(each.distinct))
        raise ColumnNotFound("answered", [(each.name, each.examples()) for each in left[:6]])

    def _durations(self) -> dict[str, Duration]:
        durations: dict[str, Duration] = {}
        for use in self._present(("wait", "ring", "talk", "hold", "wrap", "total")):
            each = self.by_name[self._name(use)]
            unit, _ = each.duration
            durations[use] = Duration(column=each.name, unit=unit)
            example = next((value for value in each.values if value.count(":") == 1), None)
            if unit == "clock" and example:
                self.warnings.append(Sentence("guess.two_part_durations", {"column": each.name, "example": example}))
        return durations

    def _flags(self) -> dict[str, Condition]:
        flags: dict[str, Condition] = {}
        for use in self._present(("voicemail", "after_hours")):
            each = self.by_name[self._name(use)]
            if each.yes_no > 0.8:
                yes = tuple(word for word in each.distinct if word.lower() in YES)
                flags[use] = Condition(column=each.name, equals=yes or ("oui", "yes"))
            elif each.duration[1] > 0.8:
                zeros = {word for word in each.distinct if not word.strip("0:., ")}
                flags[use] = Condition(column=each.name, not_equals=tuple(sorted(zeros | {"0"})))
            else:
                flags[use] = Condition(column=each.name)
        if "queue" in self.found and self.by_name[self._name("queue")].filled < 1:
            flags["queued"] = Condition(column=self._name("queue"))
        return flags


_TEXTS = ("caller", "called", "other_number", "line", "queue", "department", "site", "agent")
_DURATIONS = frozenset({"wait", "ring", "talk", "hold", "wrap", "total", "duration"})


def _fit(use: str, each: Column) -> float:
    """How well the values of a column suit a use, from 0 to 1."""
    if not each.values:
        # A column that is empty in the sample may fill later; its heading alone counts for little.
        return 0.4
    if use in _DURATIONS:
        return each.duration[1]
    dated = (
        each.moment is not None
        and each.moment.time_format is not None
        and each.moment.date_format in ("iso", "numeric")
    )
    if use in ("caller", "called", "other_number"):
        return 0.0 if dated else 0.55 + 0.45 * each.phone
    if use == "call_id":
        return 1.0 if each.filled > 0.9 and len(each.distinct) >= 0.3 * len(each.values) and not dated else 0.0
    if use in ("voicemail", "after_hours"):
        return max(each.yes_no, each.duration[1] * 0.9, 0.6)
    clock = each.share(lambda value: ":" in value) > 0.5
    return 0.1 if dated or clock else 0.95


def _wait_rule(durations: Dictionary[str, Duration], answered_at: Moment | None, has_outcome: bool) -> str:
    if "wait" in durations:
        return "column"
    if "ring" in durations:
        return "ring"
    if answered_at is not None:
        return "answered_at"
    if {"talk", "total"} <= durations.keys():
        return "total_minus_talk"
    return "total" if "total" in durations and has_outcome else "none"


def _start_candidates(columns: Sequence[Column]) -> list[Column]:
    """The columns that come nearest to a start, best first."""

    def nearness(each: Column) -> float:
        looks = (each.moment.share if each.moment else 0.0) + each.time[1]
        return looks + max(heading_score(each.name, use) for use in ("start", "date", "time"))

    return sorted(columns, key=nearness, reverse=True)[:6]
