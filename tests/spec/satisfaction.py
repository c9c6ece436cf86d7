"""The page on surveys: what a text answers, who is asked when, and what the answers come to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from decroche.model.board import Measure
from decroche.model.survey import SCALES, Question, mood
from decroche.prove.kpis import satisfaction
from decroche.recover.survey import AskNow, Contact, LookAt, SurveyWishes, whether_to_ask
from decroche.recover.survey_answers import read_answer
from tests.spec.spec import Page, Spec, each

_SHORT = {
    "csat": Question.SATISFACTION, "nps": Question.RECOMMEND, "csi": Question.CSI, "solved": Question.SOLVED,
    "competence": Question.COMPETENCE, "empathy": Question.EMPATHY,
}  # fmt: skip
_NAMES = {question: name for name, question in _SHORT.items()}


def told(questions: str, text: object) -> Mapping[str, object]:
    found = read_answer(str(text), [_SHORT[word] for word in questions.split()])
    if found is None:
        return {"answer": None, "rest": None}
    answer = " ".join(f"{_NAMES[question]}={value}" for question, value in found.values.items())
    return {"answer": answer, "rest": found.rest or None}


def felt(answers: str) -> str:
    pairs = (word.partition("=") for word in answers.split())
    return str(mood({_SHORT[name]: int(value) for name, _, value in pairs}))


def shown(found: Measure) -> Mapping[str, object]:
    return asdict(found) | {"missing": None if found.missing is None else str(found.missing)}


_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri")


def at(text: str) -> datetime:
    """« Mon 10:30 »."""
    day, _, clock = text.partition(" ")
    hours, _, minutes = clock.partition(":")
    return datetime(2026, 3, 2 + _DAYS.index(day), int(hours), int(minutes), tzinfo=UTC)


def csat(**of: int) -> Mapping[str, object]:
    return shown(satisfaction.top_two({int(name.removeprefix("n")): count for name, count in of.items()}))


def nps(promoters: int, passives: int, detractors: int) -> Mapping[str, object]:
    return shown(satisfaction.promoters({10: promoters, 8: passives, 3: detractors}))


def graded(**of: int) -> Mapping[str, object]:
    scale = SCALES[Question.COMPETENCE]
    return shown(satisfaction.mean("competence", {int(name.removeprefix("n")): n for name, n in of.items()}, scale))


def asked_when(
    now: str, ended: str, waits: bool, texted: str | None, asked: str | None
) -> Mapping[str, object]:  # fmt: skip
    contact = Contact(
        ended_at=at(ended),
        waits=waits,
        texted_at=None if texted is None else at(texted),
        asked_at=None if asked is None else at(asked),
    )
    wishes = SurveyWishes(active=True, delay_minutes=30, apart_days=90)
    found = whether_to_ask(wishes, contact, now=at(now))
    if isinstance(found, AskNow):
        return {"do": "ask", "in_hours": None}
    if isinstance(found, LookAt):
        return {"do": "look again", "in_hours": round((found.at - at(now)) / timedelta(hours=1), 1)}
    return {"do": found.why, "in_hours": None}


SPECS = (
    Spec(
        title="What a text answers",
        prose="""
            STOP, RAPPEL, help and refusals are read [before](keywords.md) and are never an answer. What stands at the
            beginning of a text and fits a question that is open is its answer; what stands after it goes to a person.
            “8,5” and “4/10” to a question from 1 to 5 are none.
        """,
        given="""
            questions              | text                          || answer                      | rest
            -----------------------+-------------------------------++-----------------------------+------------------
            nps                    | 9                             || nps=9                       |
            nps                    | 9/10                          || nps=9                       |
            nps                    | je mettrais un 8 merci        || nps=8                       |
            nps                    | neuf sur dix                  || nps=9                       | SUR DIX
            nps                    | 8,5                           ||                             |
            nps                    | 11                            ||                             |
            nps                    | je veux un rdv à 9 h          ||                             |
            nps                    | oui                           ||                             |
            nps                    | 10 mais rappelez Anne         || nps=10                      | MAIS RAPPELEZ ANNE
            csat                   | Très bien !                   || csat=5                      |
            csat                   | pas du tout satisfait         || csat=1                      |
            csat                   | very good, thanks             || csat=5                      |
            csat                   | 4/10                          ||                             |
            csat                   | un peu déçu                   ||                             |
            solved                 | Oui                           || solved=1                    |
            solved                 | non, pas encore               || solved=0                    |
            solved                 | 1                             || solved=1                    |
            csat solved            | 4 oui                         || csat=4 solved=1             |
            csat solved            | oui 4                         || solved=1 csat=4             |
            csat solved            | 5                             || csat=5                      |
            csat solved            | 1) 5 2) non                   || csat=5 solved=0             |
            competence empathy     | 1 2                           || competence=1 empathy=2      |
            csat competence solved | 4, 5, yes                     || csat=4 competence=5 solved=1 |
        """,
        plain=each(told),
        defines=(read_answer,),
    ),
    Spec(
        title="Pleased or not",
        prose="""
            One bad answer (NPS 0–6, 1–2 of 5, CSI 1–6, not solved) makes a detractor: somebody calls. An ambassador
            gave 9 or 10 (NPS, else CSI), else 5 of 5. Both are lists for people; nobody is sent anything for it.
        """,
        given="""
            answers               || mood
            ----------------------++-----------
            nps=10                || ambassador
            nps=8                 || neither
            nps=6                 || detractor
            csat=5                || ambassador
            csat=4                || neither
            csat=5 solved=0       || detractor
            nps=9 empathy=2       || detractor
            nps=7 csat=5          || neither
            csi=9                 || ambassador
            solved=1              || neither
        """,
        plain=each(felt, into="mood"),
        defines=(mood,),
    ),
    Spec(
        title="When somebody is asked",
        prose="""
            Half an hour after the call here, once in 90 days, a day away from any text of recovery, and never while the
            person waits for us. After 72 hours it is too late to ask.
        """,
        given="""
            now        | ended      | waits | texted     | asked      || do           | in hours
            -----------+------------+-------+------------+------------++--------------+---------
            Mon 10:30  | Mon 10:00  | no    |            |            || ask          |
            Mon 10:10  | Mon 10:00  | no    |            |            || look again   | 0.3
            Mon 10:30  | Mon 10:00  | yes   |            |            || look again   | 6.0
            Mon 10:30  | Mon 10:00  | no    | Mon 09:00  |            || look again   | 22.5
            Tue 10:30  | Mon 10:00  | no    | Mon 09:00  |            || ask          |
            Thu 10:30  | Mon 10:00  | no    |            |            || too_late     |
            Thu 08:30  | Mon 10:00  | yes   |            |            || waits        |
            Mon 10:30  | Mon 10:00  | no    |            | Mon 09:00  || asked_lately |
        """,
        plain=each(asked_when),
        defines=(whether_to_ask,),
    ),
    Spec(
        title="CSAT",
        prose="Answers of 4 and 5 of all answers from 1 to 5, with the Wilson interval; not of fewer than 10.",
        given="""
            n1 | n2 | n3 | n4 | n5 || value   | low     | high    | n  | missing
            ---+----+----+----+----++---------+---------+---------+----+-----------
            1  | 1  | 2  | 6  | 10 || 80.0 %  | 58.4 %  | 91.9 %  | 20 |
            0  | 0  | 0  | 3  | 6  ||         |         |         | 9  | not_enough
        """,
        plain=each(csat),
        defines=(satisfaction.top_two,),
    ),
    Spec(
        title="NPS, as it is shown",
        prose="""
            Insufficient under 30 answers. Where fewer than five are promoters, or detractors, the usual margin is too
            narrow, and nothing at all where everybody says 10: the interval is widened.
        """,
        given="""
            promoters | passives | detractors || value | low   | high  | n   | missing
            ----------+----------+------------++-------+-------+-------+-----+-----------
            18        | 6        | 6          || 40.0  | 11.4  | 68.6  | 30  |
            30        | 10       | 10         || 40.0  | 17.8  | 62.2  | 50  |
            120       | 40       | 40         || 40.0  | 28.9  | 51.1  | 200 |
            29        | 0        | 0          ||       |       |       | 29  | not_enough
            40        | 0        | 0          || 100.0 | 86.0  | 100.0 | 40  |
        """,
        plain=each(nps),
        defines=(satisfaction.promoters,),
    ),
    Spec(
        title="Competence, empathy, CSI",
        prose="""
            The mean of what the callers say, never read from a voice; not of fewer than 30 answers. That everybody said
            5 does not make the mean certain: one answer at each end is added to the spread.
        """,
        given="""
            n1 | n2 | n3 | n4 | n5 || value | low  | high | n  | missing
            ---+----+----+----+----++-------+------+------+----+-----------
            1  | 2  | 5  | 12 | 20 || 4.20  | 3.85 | 4.55 | 40 |
            0  | 0  | 0  | 0  | 30 || 5.00  | 4.75 | 5.00 | 30 |
            0  | 0  | 4  | 5  | 20 ||       |      |      | 29 | not_enough
        """,
        plain=each(graded),
        defines=(satisfaction.mean,),
    ),
)

PAGE = Page(
    name="satisfaction",
    title="Satisfaction",
    intro="""
        What callers say when they are asked by text: how satisfied they are (CSAT), whether they would recommend the
        business (NPS), whether it was solved at the first contact, and whether whoever answered was competent and
        listened. Who answers is not everybody who was asked: the rate of answers stands beside.
    """,
    specs=SPECS,
)
