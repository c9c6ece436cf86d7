"""A realistic set of figures for the reports: a garage in Lyon, 90 days, about 3,500 calls."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from decroche.model.figures import (
    Accounting,
    Assumption,
    Cause,
    ClassCount,
    DayCount,
    Durations,
    Figures,
    Group,
    HandleTime,
    HourCount,
    Journeys,
    ReasonCount,
    RedialWindow,
    ServiceLevelTerms,
    SourceFile,
    Totals,
    WeekMap,
)
from decroche.model.hours import HourClass
from decroche.model.money import Money
from decroche.prove import claims
from decroche.prove.reports.inputs import ReportInputs
from decroche.understand.loss import Loss, LossCounts, estimate
from decroche.understand.loss_beside import sunk_ad_spend
from decroche.understand.loss_inputs import LossInputs

#: Calls offered in an ordinary hour of a weekday from 7:00 to 20:00, and the part missed, in percent.
OFFERED = (9, 52, 60, 55, 44, 22, 19, 38, 44, 41, 30, 12, 5)
MISSED = (90, 17, 14, 12, 11, 38, 42, 12, 11, 13, 22, 88, 100)
DAY_WEIGHT = (1.45, 1.05, 0.95, 0.95, 1.1, 0.42, 0.06)
DAY_MISSED = (1.6, 1.0, 0.9, 0.9, 1.0, 1.3, 6.0)


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo("Europe/Paris"))  # type: ignore[misc, arg-type]


def week() -> WeekMap:
    offered = [[0] * 24 for _ in range(7)]
    missed = [[0] * 24 for _ in range(7)]
    for day in range(7):
        for place, calls in enumerate(OFFERED):
            count = round(calls * DAY_WEIGHT[day] * 1.36)
            part = min(1.0, MISSED[place] / 100 * DAY_MISSED[day] * (1.25 if day == 0 and place in (2, 3) else 1))
            if day == 5 and place > 5:
                count, part = count // 4, 1.0
            offered[day][7 + place] = count
            missed[day][7 + place] = round(count * part)
        offered[day][21] = missed[day][21] = 2 if day < 5 else 1
    return WeekMap(tuple(map(tuple, offered)), tuple(map(tuple, missed)))


def figures() -> Figures:
    table = week()
    offered = sum(map(sum, table.offered))
    missed = sum(map(sum, table.missed))
    answered = offered - missed
    after = sum(row[7] + row[18] + row[19] + row[21] for row in table.missed[:5])
    weekend = sum(sum(row) for row in table.missed[5:])
    holiday = 6
    opened = missed - after - weekend - holiday
    abandoned, short = round(missed * 0.43), round(missed * 0.07)
    queued, queued_abandoned, queued_short = round(offered * 0.55), round(missed * 0.26), round(missed * 0.03)
    outbound, internal, spam, forwarded = 402, 138, 9, 3
    calls = offered + outbound + internal + spam + forwarded
    journeys_missed = round(missed * 0.72)
    observable = journeys_missed - 38
    by_caller, by_us = round(observable * 0.46), round(observable * 0.13)
    lost = observable - by_caller - by_us
    start = date(2026, 8, 3)
    return Figures(
        zone="Europe/Paris",
        country="FR",
        first_day=start,
        last_day=start + timedelta(days=89),
        days=90,
        accounting=Accounting(
            rows_read=calls + 214 + 61 + 4,
            calls=calls,
            legs_joined=214,
            ignored=61,
            rejected=4,
            ignored_by_reason={"duplicate": 38, "fax": 14, "test_call": 9},
            rejected_by_reason={"start_unreadable": 3, "malformed": 1},
        ),
        files=(
            SourceFile(name="garage-aout.csv", format="generic", title="Tableau CSV", rows=calls - 100),
            SourceFile(name="garage-octobre.csv.gz", format="generic", title="Tableau CSV", rows=379, note="gzip"),
        ),
        totals=Totals(
            calls=calls,
            inbound=offered + spam + forwarded,
            outbound=outbound,
            internal=internal,
            unknown_direction=0,
            blocked_spam=spam,
            forwarded=forwarded,
            offered=offered,
            answered=answered,
            missed=missed,
            abandoned=abandoned,
            short_abandoned=short,
            queued=queued,
            queued_abandoned=queued_abandoned,
            queued_short_abandoned=queued_short,
            voicemail_left=round(missed * 0.11),
            masked=round(offered * 0.06),
            masked_missed=round(missed * 0.07),
            unique_callers=1874,
            unique_callers_missed=round(journeys_missed * 0.93),
        ),
        terms=ServiceLevelTerms(
            answered=answered,
            unanswered=missed - after - weekend,
            answered_within=round(answered * 0.74),
            unanswered_within=round(abandoned * 0.41),
            unanswered_short=short,
            threshold_s=20.0,
            short_s=5.0,
            wait_known=offered,
        ),
        wait_answered=Durations(n=answered, mean=17.8, median=12.0, p90=41.0),
        wait_abandoned=Durations(n=abandoned, mean=38.4, median=29.0, p90=84.0),
        handle_time=HandleTime(
            talk=Durations(n=answered, mean=174.0, median=131.0, p90=362.0),
            hold=Durations(n=answered, mean=11.0, median=0.0, p90=40.0),
            wrap=Durations(n=0, mean=None, median=None, p90=None),
            handle=Durations(n=answered, mean=185.0, median=140.0, p90=381.0),
        ),
        reasons=(
            ReasonCount(reason="short_abandon", missed=short, within=short, after_hours=2, voicemail=0),
            ReasonCount(
                reason="abandoned_queue",
                missed=queued_abandoned,
                within=queued_abandoned // 5,
                after_hours=0,
                voicemail=0,
            ),
            ReasonCount(reason="busy", missed=round(missed * 0.08), within=0, after_hours=0, voicemail=0),
            ReasonCount(
                reason="abandoned_ringing",
                missed=abandoned - short - queued_abandoned,
                within=90,
                after_hours=3,
                voicemail=0,
            ),
            ReasonCount(
                reason="no_answer",
                missed=missed - abandoned - round(missed * 0.08) - after,
                within=30,
                after_hours=8,
                voicemail=41,
            ),
            ReasonCount(
                reason="after_hours", missed=after, within=0, after_hours=after, voicemail=round(missed * 0.11) - 41
            ),
        ),
        week=table,
        hour_classes=(
            ClassCount(hour_class=HourClass.OPEN, offered=opened + answered, answered=answered, missed=opened),
            ClassCount(hour_class=HourClass.CLOSED_WEEKDAY, offered=after, answered=0, missed=after),
            ClassCount(hour_class=HourClass.WEEKEND, offered=weekend, answered=0, missed=weekend),
            ClassCount(hour_class=HourClass.HOLIDAY, offered=holiday, answered=0, missed=holiday),
        ),
        sites=(),
        departments=(
            Group(
                name="Atelier",
                offered=offered - 980,
                answered=answered - 830,
                missed=missed - 150,
                lost_journeys=lost - 45,
            ),
            Group(name="Vente", offered=420, answered=372, missed=48, lost_journeys=21),
            Group(name="Pièces", offered=560, answered=458, missed=102, lost_journeys=24),
        ),
        queues=(),
        lines=(
            Group(
                name="+33472000101",
                offered=offered - 420,
                answered=answered - 372,
                missed=missed - 48,
                lost_journeys=lost - 21,
            ),
            Group(name="+33472000102", offered=420, answered=372, missed=48, lost_journeys=21),
        ),
        daily=daily(start, missed, offered),
        longest_hours=(
            HourCount(start=local(2026, 8, 31, 9), offered=24, missed=11, lost_journeys=4, mean_wait_s=64.0),
            HourCount(start=local(2026, 9, 7, 10), offered=21, missed=9, lost_journeys=4, mean_wait_s=58.5),
            HourCount(start=local(2026, 10, 5, 9), offered=22, missed=8, lost_journeys=2, mean_wait_s=51.0),
        ),
        costliest_hours=(
            HourCount(start=local(2026, 9, 14, 9), offered=23, missed=12, lost_journeys=6, mean_wait_s=49.0),
            HourCount(start=local(2026, 8, 31, 10), offered=20, missed=10, lost_journeys=5, mean_wait_s=47.0),
            HourCount(start=local(2026, 8, 31, 9), offered=24, missed=11, lost_journeys=4, mean_wait_s=64.0),
        ),
        journeys=Journeys(
            journeys=journeys_missed,
            observable=observable,
            recovered_by_caller=by_caller,
            recovered_by_us=by_us,
            lost=lost,
            open_at_end=31,
            attempts_mean=1.7,
            windows=(
                RedialWindow(
                    hours=1,
                    observable=observable + 25,
                    redialed=round(observable * 0.33),
                    redialed_answered=round(observable * 0.24),
                    called_back=31,
                    called_back_answered=24,
                ),
                RedialWindow(
                    hours=24,
                    observable=observable + 18,
                    redialed=round(observable * 0.51),
                    redialed_answered=round(observable * 0.39),
                    called_back=74,
                    called_back_answered=52,
                ),
                RedialWindow(
                    hours=168,
                    observable=observable,
                    redialed=round(observable * 0.57),
                    redialed_answered=round(observable * 0.46),
                    called_back=96,
                    called_back_answered=66,
                ),
            ),
            masked_missed=round(missed * 0.07),
            internal_missed=12,
            new_callers=round(lost * 0.55),
            missed_called_back=70,
        ),
        causes=(
            Cause(
                cause="understaffing",
                missed=queued_abandoned + 226,
                evidence={"open_missed": opened, "waiting": queued_abandoned, "median_wait_s": 29, "waits_known": 363},
            ),
            Cause(cause="unforeseen_peak", missed=41, evidence={"hours": 9, "ratio": 1.5}),
            Cause(
                cause="bad_planning",
                missed=74,
                evidence={"slots": 12, "ratio": 2.0, "worst_rate": 0.68, "worst_weekday": 1, "worst_hour": 13},
            ),
            Cause(
                cause="saturated_lines",
                missed=round(missed * 0.08),
                evidence={"busy": round(missed * 0.08), "queue_full": 0, "failed": 0},
            ),
            Cause(cause="no_overflow", missed=None, evidence={"queue_timeout": 0, "no_agent": 0, "busy": 0}),
            Cause(cause="no_cover", missed=after + weekend + holiday, evidence={"missed": missed}),
            Cause(
                cause="no_callback",
                missed=observable - 96,
                evidence={"journeys": journeys_missed, "outbound_calls": outbound},
            ),
        ),
        assumptions=(
            Assumption(word="zone_from_machine", values={"zone": "Europe/Paris"}),
            Assumption(
                word="country_from_numbers", values={"country": "FR", "share": 0.97, "valid": 1940, "numbers": 2000}
            ),
            Assumption(word="hours_inferred", values={"text": "mon-fri 08:00-18:00; sat 08:00-12:00"}),
            Assumption(word="holidays_used", values={"country": "FR", "subdivision": ""}),
            Assumption(word="mapping_guessed", values={"file": "garage-aout.csv", "confidence": 0.92}),
            Assumption(word="short_abandon_s", values={"seconds": 5}),
            Assumption(word="answer_within_s", values={"seconds": 20}),
            Assumption(word="journey_days", values={"days": 7}),
            Assumption(word="answered_assumed_person", values={}),
            Assumption(word="ambiguous_hours", values={"calls": 2}),
        ),
    )


def daily(start: date, missed: int, offered: int) -> tuple[DayCount, ...]:
    shape = (1.45, 1.05, 0.95, 0.95, 1.1, 0.42, 0.06)
    unit, base = missed / (sum(shape) * 90 / 7), offered / (sum(shape) * 90 / 7)
    days = []
    for place in range(90):
        day = start + timedelta(days=place)
        weekday = day.isoweekday()
        usual = shape[weekday - 1]
        swing = 1 + 0.35 * (((place * 37) % 11) / 5 - 1)
        count = round(unit * usual * swing)
        holiday = {date(2026, 8, 15): "Assomption"}.get(day)
        after = {date(2026, 8, 17): "Assomption"}.get(day)
        if after:
            count = round(unit * usual * 2.4)
        days.append(
            DayCount(
                day=day,
                weekday=weekday,
                offered=round(base * usual * swing),
                missed=count,
                usual_offered=round(base * usual),
                usual_missed=round(unit * usual),
                holiday=holiday,
                after_holiday=after,
            )
        )
    return tuple(days)


def told() -> LossInputs:
    return LossInputs.from_mapping(
        {"margin": [90, 260], "conversion": "20-40 %", "need": "40-70 %", "remedy_per_month": 99, "ad_spend": 1200}
    )


def loss(prices: LossInputs) -> Loss:
    counts = LossCounts.of(figures().journeys)
    return estimate(counts, prices, days=90, rng=np.random.default_rng(7), draws=20_000)


def inputs() -> ReportInputs:
    return ReportInputs(
        figures=figures(),
        business="Garage des Brotteaux",
        loss=loss(told()),
        told=told(),
        ads=sunk_ad_spend(spend=Money.of(1200, "EUR"), calls=150, missed=32),
        claims=claims.load(),
        settings={"short_abandon_s": 5.0, "answer_within_s": 20.0, "journey_days": 7},
    )


def without_money() -> ReportInputs:
    return replace(inputs(), loss=loss(LossInputs()), told=None, ads=None)
