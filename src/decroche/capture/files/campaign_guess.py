"""Finds what the columns of a campaign's table are, from their headings and their values, and says how surely."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from decroche.capture.files.campaign_mapping import CampaignMapping, Flag, When
from decroche.capture.files.campaign_words import UNKNOWN, heading_of, of_before, result_of
from decroche.capture.files.errors import UnreadableFile
from decroche.capture.files.guess_dates import Start, find_day, find_start
from decroche.capture.files.mapping import MappingError
from decroche.capture.files.profile import Column
from decroche.capture.files.sentences import Sentence
from decroche.capture.files.words import NO, YES, bag, fold

#: Below this nobody is told that a column has a use.
ENOUGH = 0.5
#: A segment has at most so many values, and a campaign at most so many segments.
MOST_VALUES = 20
MOST_SEGMENTS = 16
#: The uses that people can name with --column.
USES = (
    "person", "dials", "dialed", "outcome", "reached", "opportunity", "sale", "amount", "margin", "cost", "sold",
    "script", "segment",
)  # fmt: skip
_LONGEST_CODE = 40


class NoResult(UnreadableFile):
    """No column says what came of the calls; ``candidates`` are columns that might, with some of their values."""

    def __init__(self, candidates: Sequence[tuple[str, Sequence[str]]]) -> None:
        shown = "; ".join(f"{name} ({', '.join(values)})" for name, values in candidates) or "…"
        super().__init__("campaign.no_result", candidates=shown)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnFound:
    """What one use is read from, and how surely (0 to 1; 1 where somebody said so)."""

    use: str
    column: str
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignGuess:
    """The mapping, what each use is read from, and what people should be told."""

    mapping: CampaignMapping
    found: tuple[ColumnFound, ...]
    told: tuple[Sentence, ...]


@dataclass(slots=True)
class Looked:
    """What is looked at: a sample by column, and of columns of words all that stands in the whole table.

    ``words`` gives (word, rows) of a column, the most frequent first, at most a few hundred.
    """

    columns: Sequence[Column]
    words: Callable[[str], Sequence[tuple[str, int]]]
    given: Mapping[str, Sequence[str]] = field(default_factory=dict)


def guess_campaign(looked: Looked) -> CampaignGuess:
    """The likely mapping of a campaign's table; ``rows`` is settled later, when all its rows are known.

    Raises NoResult, and MappingError where what somebody said cannot be.
    """
    return _Guessing(looked).result()


class _Guessing:
    """Decisions taken one after the other; each takes its column out of what is left for the next."""

    def __init__(self, looked: Looked) -> None:
        self.words = looked.words
        self.by_name = {each.name.casefold(): each for each in looked.columns}
        self.names = [each.name for each in looked.columns]
        self.given = looked.given
        self.left = list(looked.columns)
        self.before: list[Column] = []
        self.found: list[ColumnFound] = []
        self.told: list[Sentence] = []
        for use, columns in looked.given.items():
            if use not in USES:
                raise MappingError("campaign.column_use", use=use, allowed=", ".join(USES))
            for name in columns:
                self._named(name)

    def result(self) -> CampaignGuess:
        reserved = {name.casefold() for names in self.given.values() for name in names}
        self.left = [each for each in self.left if each.name.casefold() not in reserved]
        # The first dial of a person stands back where the last one is dated, too.
        self.left.sort(key=lambda each: bool(bag(each.name) & _OF_THE_FIRST))
        sold = self._moment("sold", lambda each: heading_of(each.name, "sold") >= 0.9)
        dialed = self._moment("dialed", lambda each: heading_of(each.name, "sold") < 0.9)
        dials = self._dials()
        copied = {use: self._number(use) for use in ("amount", "margin", "cost")}
        script = self._one("script", lambda each: 1 < len(each.distinct) <= MOST_VALUES)
        flags = self._results()
        self._statuses(flags)
        person = self._one("person", _many if dials is not None else self._no_id_of_rows)
        talk = self._one("talk", lambda each: each.duration[1] > 0.8)
        if "reached" not in flags and talk is not None and self.by_name[talk.casefold()].duration[0] in {"s", "ms"}:
            flags["reached"] = Flag(column=talk, above=0)
            self.told.append(Sentence("campaign.reached_from_talk", {"column": talk}))
        if "sale" not in flags and copied["amount"] is not None and "opportunity" in flags:
            flags["sale"] = Flag(column=copied["amount"], above=0)
        self._one("agent", lambda each: len(each.distinct) > 1)
        used = [self.by_name[each.column.casefold()] for each in self.found]
        marks = {mark for each in used for mark in each.marks}
        return CampaignGuess(
            mapping=CampaignMapping(
                person=person,
                dials=dials,
                amount=copied["amount"],
                margin=copied["margin"],
                cost=copied["cost"],
                script=script,
                dialed=dialed,
                sold=sold,
                reached=flags.get("reached"),
                opportunity=flags.get("opportunity"),
                sale=flags.get("sale"),
                segments=tuple(self._segments()),
                empty=tuple(sorted(marks)),
                decimal_comma=self._decimal_comma(copied.values()),
            ),
            found=tuple(each for each in self.found if each.use not in ("agent", "talk")),
            told=tuple(self.told),
        )

    def _named(self, name: str) -> Column:
        if name.casefold() not in self.by_name:
            raise MappingError("campaign.column_absent", column=name, columns=", ".join(self.names))
        return self.by_name[name.casefold()]

    def _take(self, use: str, each: Column, confidence: float) -> str:
        self.left = [other for other in self.left if other is not each]
        self.found.append(ColumnFound(use=use, column=each.name, confidence=round(confidence, 2)))
        return each.name

    def _one(self, use: str, fits: Callable[[Column], bool]) -> str | None:
        """The column that somebody named, else the likeliest one that fits."""
        if (named := self.given.get(use)) is not None:
            return self._take(use, self._named(named[0]), 1.0)
        scored = [(heading_of(each.name, use), each) for each in self.left if each.values and fits(each)]
        best = max(scored, key=lambda entry: entry[0], default=None)
        if best is None or best[0] < ENOUGH or best[0] < self._elsewhere(best[1], use):
            return None
        return self._take(use, best[1], best[0])

    def _no_id_of_rows(self, each: Column) -> bool:
        """Whether a column could name people of a table of dials, where numbers come back and ids do not.

        An "id" that never stands twice beside numbers that do is that of the call.
        """
        if not _many(each):
            return False
        alone = len(each.distinct) == len(each.values) and fold(each.name) in _ANY_ID
        return not (alone and any(other.phone > 0.9 and _comes_back(other) and _many(other) for other in self.left))

    def _elsewhere(self, each: Column, use: str) -> float:
        """How much better a heading suits another use whose columns look alike."""
        rivals = {"amount": ("margin", "cost"), "margin": ("cost",), "script": (), "person": ("agent",)}
        return max((heading_of(each.name, other) for other in rivals.get(use, ())), default=0.0)

    def _number(self, use: str) -> str | None:
        return self._one(use, lambda each: each.share(_is_amount) > 0.9)

    def _dials(self) -> str | None:
        """The column that counts the dials of a person, or that numbers the dials of one."""
        return self._one("dials", lambda each: each.share(_is_count) > 0.8)

    def _moment(self, use: str, fits: Callable[[Column], bool]) -> When | None:
        named = self.given.get(use)
        columns = [self._named(name) for name in named] if named else [each for each in self.left if fits(each)]
        start: Start | None = find_start(columns) or find_day(columns)
        if start is None:
            mixed = next((each for each in columns if _is_mixed_dates(each)), None)
            if mixed is None or mixed.moment is None:
                return None
            self._take(use, mixed, mixed.moment.share)
            when = When(date=mixed.name, time_format=mixed.moment.time_format or "24h")
            return _with_other_form(when, mixed)
        for name in start.moment.columns():
            self._take(use, self.by_name[name.casefold()], 1.0 if named else start.confidence)
        self.told += start.warnings
        return _with_other_form(When.of(start.moment), self.by_name[start.moment.date.casefold()])

    def _results(self) -> dict[str, Flag]:
        """What says that a person was reached, that they are an opportunity, that they bought."""
        for each in [each for each in self.left if self._is_of_before(each)]:
            self.told.append(Sentence("campaign.of_before", {"column": each.name}))
            self.before.append(each)
        self.left = [each for each in self.left if each not in self.before]
        flags: dict[str, Flag] = {}
        for use in ("sale", "opportunity", "reached"):
            if (flag := self._yes_no(use)) is not None:
                flags[use] = flag
        outcome = None if {"sale", "opportunity", "reached"} <= flags.keys() else self._outcome()
        for use, flag in (outcome or {}).items():
            flags.setdefault(use, flag)
        # Columns of an earlier campaign are good parts to compare.
        self.left += self.before
        if not {"opportunity", "sale"} & flags.keys():
            candidates = sorted(self.left, key=lambda each: len(each.distinct))
            raise NoResult([(each.name, each.examples()) for each in candidates if len(each.distinct) > 1][:8])
        if "opportunity" not in flags:
            self.told.append(Sentence("campaign.sale_is_opportunity", {"column": flags["sale"].column}))
        return flags

    def _yes_no(self, use: str) -> Flag | None:
        """A column of its own for one of the flags: yes and no, counts, or what stands only where it holds."""
        if (named := self.given.get(use)) is not None:
            each = self._named(named[0])
            self._take(use, each, 1.0)
            return self._flag(use, each)
        scored = [(heading_of(each.name, use), each) for each in self.left if each.values]
        scored.sort(key=lambda entry: -entry[0])
        for score, each in scored:
            if score < ENOUGH:
                return None
            told = [word for word, _ in self.words(each.name)]
            if bag(each.name) & _OF_AN_ID and use != "reached":
                # Numbers that name something count nothing; that there is one says something where it may lack.
                if each.filled < 0.9 and len(each.distinct) > MOST_VALUES:
                    self._take(use, each, score * 0.8)
                    self.told.append(Sentence("campaign.filled", {"use": use, "column": each.name}))
                    return Flag(column=each.name)
                continue
            alike = all(word.lower() in YES or word.lower() in NO or fold(word) in UNKNOWN for word in told)
            if (alike and any(word.lower() in YES for word in told)) or each.share(_is_count) > 0.98:
                self._take(use, each, score)
                return self._flag(use, each)
            if score >= 0.95 and each.filled < 0.9 and len(each.distinct) > MOST_VALUES:
                self._take(use, each, score * 0.8)
                self.told.append(Sentence("campaign.filled", {"use": use, "column": each.name}))
                return Flag(column=each.name)
        return None

    def _flag(self, use: str, each: Column) -> Flag:
        told = [word for word, _ in self.words(each.name)]
        if each.share(_is_amount) > 0.98:
            return Flag(column=each.name, above=0)
        known = [word for word in told if word.lower() not in NO]
        yes = tuple(word for word in known if word.lower() in YES or result_of(word) in _AT_LEAST[use])
        if yes:
            return Flag(column=each.name, words=yes)
        if use not in self.given or not each.values:
            return Flag(column=each.name)
        raise MappingError(
            "campaign.no_yes", use=use, column=each.name, values=", ".join(word[:_LONGEST_CODE] for word in told[:8])
        )

    def _outcome(self) -> dict[str, Flag] | None:
        """What a column of results says of all three."""
        named = self.given.get("outcome")
        scored = [(1.0, self._named(named[0]))] if named else [(self._result_score(each), each) for each in self.left]
        best = max(scored, key=lambda entry: entry[0], default=None)
        if best is None or best[0] < ENOUGH:
            return None
        score, each = best
        self._take("outcome", each, score)
        told = self.words(each.name)
        by_sense: dict[str, list[str]] = {}
        for word, _ in told:
            by_sense.setdefault(result_of(word) or "?", []).append(word)
        unknown = by_sense.get("?", ())
        if unknown:
            rows = sum(count for word, count in told if word in unknown)
            shown = tuple(word[:_LONGEST_CODE] for word in unknown[:8])
            self.told.append(Sentence("campaign.words_unknown", {"column": each.name, "words": shown, "rows": rows}))
        flags = {}
        for use, senses in _AT_LEAST.items():
            words = tuple(word for sense in senses for word in by_sense.get(sense, ()))
            if words and (use != "reached" or {"reached", "unreached"} & by_sense.keys()):
                flags[use] = Flag(column=each.name, words=words)
        return flags

    def _result_score(self, each: Column) -> float:
        if not each.values or len(each.distinct) > 200 or each.moment is not None or each.share(_is_amount) > 0.5:
            return 0.0
        told = self.words(each.name)
        rows = sum(count for _, count in told)
        known = sum(count for word, count in told if result_of(word) is not None)
        senses = {result_of(word) for word, _ in told} - {None}
        if not senses & {"sale", "opportunity"} or len(senses) < 2:
            return 0.0
        heading = heading_of(each.name, "outcome")
        sure = known / rows if rows else 0.0
        plain = 0.6 if len(senses) > 2 or (sure > 0.9 and len(told) > 2) else 0.0
        return sure * max(heading, plain)

    def _statuses(self, flags: dict[str, Flag]) -> None:
        """Columns that say of each dial whether it was taken: contacts where nothing tells more, never segments."""
        for each in [each for each in self.left if each not in self.before and _is_status(self.words(each.name))]:
            self.left = [other for other in self.left if other is not each]
            by_sense: dict[str, list[str]] = {}
            for word, _ in self.words(each.name):
                by_sense.setdefault(result_of(word) or "?", []).append(word)
            reached = by_sense.get("reached", []) + by_sense.get("opportunity", []) + by_sense.get("sale", [])
            told = sum(rows for word, rows in self.words(each.name) if fold(word) not in UNKNOWN)
            other = flags.get("reached")
            fuller = other is None or told > 1.1 * sum(rows for word, rows in self.words(other.column) if word)
            if reached and "unreached" in by_sense and fuller and "reached" not in self.given:
                self.found.append(ColumnFound(use="reached", column=each.name, confidence=0.7))
                flags["reached"] = Flag(column=each.name, words=tuple(reached))

    def _is_of_before(self, each: Column) -> bool:
        """Whether a column of results came of an earlier campaign: its heading says so, or it is filled only there."""
        if not any(result_of(word) in {"sale", "opportunity"} for word in each.distinct):
            return False
        if of_before(each.name):
            return True
        for other in self.by_name.values():
            if of_before(other.name) and other is not each and other.share(_is_amount) > 0.9:
                earlier = [number is not None and number > 0 for number in other.numbers()]
                filled = [fold(value) not in UNKNOWN - {"other", "autre"} for value in each.rows]
                same = sum(a == b for a, b in zip(earlier, filled, strict=True))
                if same >= 0.97 * len(filled) and 0 < sum(earlier) < len(earlier):
                    return True
        return False

    def _segments(self) -> Iterator[str]:
        if (named := self.given.get("segment")) is not None:
            yield from (self._take("segment", self._named(name), 1.0) for name in named)
            return
        fits = [each for each in self.left if _is_segment(each)]
        for each in fits[:MOST_SEGMENTS]:
            yield each.name

    def _decimal_comma(self, names: object) -> bool:
        columns = [self.by_name[str(name).casefold()] for name in names if name is not None]  # type: ignore[attr-defined]
        # Three digits behind a comma are thousands, unless a nought stands before it.
        return any(each.share(_DECIMAL_COMMA.search) > 0.02 for each in columns)


#: A comma that parts decimals: fewer or more than three digits follow, or it follows a nought.
_DECIMAL_COMMA = re.compile(r",(\d{1,2}|\d{4,})(?!\d)|(?<!\d)0,\d")
#: Headings of ids that may be those of the rows.
_ANY_ID = frozenset({"id", "record id", "identifiant", "call id", "activity id", "id appel"})
#: Words of headings that speak of the first dial of a person, and of the ids of something.
_OF_THE_FIRST = frozenset({"first", "premier", "premiere", "erster", "erste", "created", "creation", "erstellt"})
_OF_AN_ID = frozenset({"id", "ids", "identifiant", "identifiants", "ref", "reference", "guid", "uuid", "key", "numero"})
#: The senses of a result that make each flag true.
_AT_LEAST = {
    "reached": ("reached", "opportunity", "sale"),
    "opportunity": ("opportunity", "sale"),
    "sale": ("sale",),
}


def _many(each: Column) -> bool:
    """Whether a column could name people: many values, most of them filled, none of them a date or a long text."""
    told = len(each.distinct)
    # A word that names people has a sign that few other words have, or hardly any of them stands twice.
    like = each.share(lambda value: "@" in value or any(map(str.isdigit, value))) > 0.5 or told > 0.5 * len(each.values)
    return told > 1 and told >= 0.05 * len(each.values) and like and each.filled > 0.5 and each.moment is None


def _comes_back(each: Column) -> bool:
    """Whether many of a column's values stand more than once."""
    return len(each.distinct) < 0.9 * len(each.values)


def _is_status(told: Sequence[tuple[str, int]]) -> bool:
    """Whether a column's words say what became of calls, one by one or as "n/a"."""
    if not 1 < len(told) <= MOST_VALUES:
        return False
    rows = sum(count for _, count in told)
    senses = {result_of(word) for word, _ in told} - {None}
    known = sum(count for word, count in told if result_of(word) or fold(word) in UNKNOWN)
    plain = all(word.lower() in YES or word.lower() in NO for word, _ in told)
    return bool(senses & {"reached", "unreached"}) and known > 0.8 * rows and not plain


def _is_segment(each: Column) -> bool:
    told = len(each.distinct)
    return 1 < told + (each.filled < 1) <= MOST_VALUES and each.moment is None and told <= max(5, 0.5 * len(each.rows))


def _is_mixed_dates(each: Column) -> bool:
    """Whether a column holds dates that a program wrote beside dates that somebody typed."""
    look, seen = each.moment, each.day_month
    typed = seen.day_first + seen.month_first + seen.either
    return (
        look is not None and look.date_format == "iso" and bool(typed) and look.share + typed / len(each.values) > 0.95
    )


def _with_other_form(when: When, each: Column) -> When:
    """The same, also for the rows that somebody typed into a sheet whose other dates a program wrote."""
    seen = each.day_month
    if when.date_format != "iso" or not (seen.day_first or seen.month_first or seen.either):
        return when
    order = "m/d/y" if seen.month_first > seen.day_first else "d/m/y"
    return msgspec.structs.replace(when, also=order)


def _is_count(value: str) -> bool:
    return value.isdigit() and len(value) <= 4


def _is_amount(value: str) -> bool:
    plain = "".join(sign for sign in value if sign not in "  \u00a0\u202f€$£%'").replace(",", ".").lstrip("-")
    return bool(plain) and plain.replace(".", "").isdigit()
