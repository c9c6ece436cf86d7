"""What callers say when they are asked: satisfaction, NPS, solved or not, competence and empathy, each with its n."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from decroche.model.board import Measure, Missing, Unit
from decroche.model.figures import Rate
from decroche.model.survey import SCALES, Question, Scale
from decroche.prove.kpis.board import absent, share
from decroche.prove.kpis.certainty import NPS_MINIMUM, Z95, net_promoter_score

#: Of fewer answers no mean is shown, as no NPS is.
LEAST_MEAN = NPS_MINIMUM
#: With fewer promoters or detractors than this the usual margin of an NPS is too narrow.
_FEW = 5
#: The measures of a survey, in order. Those of the board have its names.
SURVEY_KEYS = ("satisfaction", "nps", "survey_solved", "csi", "competence", "empathy", "response_rate")
_MEANS = {"csi": Question.CSI, "competence": Question.COMPETENCE, "empathy": Question.EMPATHY}

#: How often each value was answered.
Values = Mapping[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyTally:
    """Surveys that people were sent, those of them with an answer, and how often each value was answered."""

    asked: int = 0
    answered: int = 0
    values: Mapping[Question, Values] = field(default_factory=dict)

    def of(self, question: Question) -> Values:
        """How often each value was answered to a question."""
        return self.values.get(question, {})


def survey_measures(tally: SurveyTally) -> list[Measure]:
    """Every measure of a survey, in order; what nobody was asked has no answer, and says so."""
    return [
        top_two(tally.of(Question.SATISFACTION)),
        promoters(tally.of(Question.RECOMMEND)),
        solved(tally.of(Question.SOLVED)),
        *(mean(key, tally.of(question), SCALES[question]) for key, question in _MEANS.items()),
        share("response_rate", Rate(tally.answered, tally.asked)),
    ]


def top_two(values: Values) -> Measure:
    """CSAT: answers of 4 and 5 / all answers, on the scale from 1 to 5 [DP2]."""
    return _good("satisfaction", values, Question.SATISFACTION)


def solved(values: Values) -> Measure:
    """Yes / all who said whether it was solved at the first contact: their own view of what calls only let suppose."""
    return _good("survey_solved", values, Question.SOLVED)


def promoters(values: Values) -> Measure:
    """NPS = % of 9–10 − % of 0–6, in points from −100 to 100; not of fewer than 30 answers [NP1].

    Its ends are those of ``net_promoter_score``. With fewer than five promoters or detractors that margin is too
    narrow (nothing at all where everybody says 10): one more of each is counted then (D. G. Bonett, R. M. Price 2012).
    """
    scale = SCALES[Question.RECOMMEND]
    n = sum(values.values())
    good = sum(number for value, number in values.items() if value >= scale.good)
    bad = sum(number for value, number in values.items() if value <= scale.bad)
    found = net_promoter_score(promoters=good, passives=n - good - bad, detractors=bad)
    if not found.sufficient or found.score is None or found.margin is None:
        return _insufficient("nps", Unit.POINTS, n)
    middle, margin = found.score, found.margin
    if min(good, bad) < _FEW:
        p, d = (good + 1) / (n + 2), (bad + 1) / (n + 2)
        middle, margin = 100 * (p - d), 100 * Z95 * math.sqrt((p + d - (p - d) ** 2) / (n + 2))
    return Measure(
        key="nps",
        unit=Unit.POINTS,
        value=found.score,
        n=n,
        low=max(-100.0, middle - margin),
        high=min(100.0, middle + margin),
        least=NPS_MINIMUM,
    )


def mean(key: str, values: Values, scale: Scale) -> Measure:
    """The mean answer with a 95 % interval; not of fewer than 30.

    m ± z √(s²/n), where s² is that of the answers and one more at each end of the scale: that everybody has said 5
    does not make a mean of 5 certain.
    """
    n = sum(values.values())
    if n < LEAST_MEAN:
        return _insufficient(key, Unit.GRADE, n)
    middle = sum(value * number for value, number in values.items()) / n
    more = {
        value: values.get(value, 0) + (value in (scale.low, scale.high)) for value in {*values, scale.low, scale.high}
    }
    centre = sum(value * number for value, number in more.items()) / (n + 2)
    spread = sum(number * (value - centre) ** 2 for value, number in more.items()) / (n + 1)
    margin = Z95 * math.sqrt(spread / n)
    return Measure(
        key=key,
        unit=Unit.GRADE,
        value=middle,
        n=n,
        low=max(float(scale.low), middle - margin),
        high=min(float(scale.high), middle + margin),
        least=LEAST_MEAN,
    )


def _good(key: str, values: Values, question: Question) -> Measure:
    good = sum(number for value, number in values.items() if value >= SCALES[question].good)
    return share(key, Rate(good, sum(values.values())))


def _insufficient(key: str, unit: Unit, n: int) -> Measure:
    least = NPS_MINIMUM if unit is Unit.POINTS else LEAST_MEAN
    found = absent(key, unit, Missing.NOT_ENOUGH)
    return Measure(key=found.key, unit=unit, n=n, least=least, missing=found.missing)
