"""Two invented businesses of one site: a garage in Lyon, and a contact centre. The dealership has its own module."""

from __future__ import annotations

from decroche.model.call import MissedReason
from decroche.simulate.shapes import Bell, clock, profile, week
from decroche.simulate.world import (
    AfterHours,
    Agent,
    Calendar,
    Callback,
    Callers,
    HandleTime,
    Numbering,
    Patience,
    Redial,
    Site,
    Team,
    TeamKind,
    Wording,
    World,
)


def garage_lyon() -> World:
    """A garage with two lines and three people who also serve the counter; shut at lunch, and on Saturdays at noon."""
    weekday = ((clock(8), clock(12)), (clock(14), clock(18, 30)))
    saturday = ((clock(9), clock(12)),)
    hours = {**week(range(1, 6), *weekday), 6: saturday}
    calls = profile(
        (1.3, 1.05, 0.95, 0.95, 1.1, 0.45, 0.06),
        usual=(Bell(9.3, 1.1, 1.0), Bell(11.1, 1.0, 0.75), Bell(14.4, 0.9, 0.8), Bell(17.2, 1.2, 0.9)),
        monday=(Bell(8.9, 1.0, 1.5), Bell(11.0, 1.3, 0.9), Bell(14.3, 0.9, 0.8), Bell(17.2, 1.2, 0.8)),
        saturday=(Bell(10.0, 1.2, 1.0),),
    )
    return World(
        name="garage_lyon",
        zone="Europe/Paris",
        currency="EUR",
        call_prefix="G",
        wording=Wording.FRENCH,
        numbering=Numbering.FRANCE,
        after_hours=AfterHours.GREETING,
        sites=(Site(name="Lyon", lines=2, internal_per_hour=0.15),),
        agents=(
            Agent(
                name="Nadia",
                extension="11",
                week=hours,
                away_per_hour=2.2,
                away_mean_s=360,
                absence_share=0.03,
                outbound_per_hour=0.7,
            ),
            Agent(
                name="Karim",
                extension="12",
                week=week(range(1, 6), *weekday),
                away_per_hour=1.6,
                away_mean_s=1500,
                absence_share=0.03,
                outbound_per_hour=0.25,
            ),
            Agent(
                name="Hugo",
                extension="13",
                week=week(range(2, 7), (clock(9), clock(12)), (clock(14), clock(18))),
                away_per_hour=1.5,
                away_mean_s=2400,
                absence_share=0.03,
            ),
        ),
        teams=(
            Team(
                name="Accueil",
                site="Lyon",
                department="Atelier",
                line="Ligne principale",
                number="465714200",
                kind=TeamKind.RING_GROUP,
                agents=("Nadia", "Karim", "Hugo"),
                hours=hours,
                calls_per_day=40,
                profile=calls,
                patience=Patience(mean_s=44, shape=2.0, hang_up_share=0.015),
                handle=HandleTime(mean_s=150, cv=0.9, wrap_mean_s=35, wrong_number_share=0.02),
                pick_up_mean_s=8,
                max_wait_s=35,
                new_share=0.32,
                need_share=0.5,
                value_mean=125,
                new_value_mean=190,
            ),
            Team(
                name="Pièces",
                site="Lyon",
                department="Pièces",
                line="Ligne pièces",
                number="465714201",
                kind=TeamKind.PERSONAL,
                agents=("Karim",),
                hours=week(range(1, 6), *weekday),
                calls_per_day=5,
                profile=calls,
                patience=Patience(mean_s=36, shape=2.0, hang_up_share=0.015),
                handle=HandleTime(mean_s=120, cv=0.8, wrap_mean_s=30),
                pick_up_mean_s=9,
                max_wait_s=30,
                new_share=0.2,
                need_share=0.35,
                value_mean=70,
            ),
        ),
        callers=Callers(customers=1200, masked_share=0.05, mobile_share=0.8, spam_share=0.05, voicemail_share=0.13),
        calendar=Calendar(country="FR"),
        redial=Redial(by_reason={MissedReason.AFTER_HOURS: 0.42, MissedReason.BUSY: 0.7}, otherwise=0.5),
        callback=Callback(share=0.14, share_after_message=0.6),
        failure_share=0.002,
    )


def contact_centre(*, calls_per_day: float = 3000, agents: int = 40) -> World:
    """One queue, open 8 to 20 from Monday to Saturday, three overlapping shifts with staggered lunches."""
    calls = profile(
        (1.25, 1.05, 1.0, 0.95, 0.95, 0.5, 0.02),
        usual=(Bell(10.2, 1.4, 1.0), Bell(14.8, 1.8, 0.85), Bell(18.0, 1.0, 0.35)),
        level=0.03,
    )
    people = tuple(_centre_agent(number) for number in range(agents))
    return World(
        name="contact_centre",
        zone="UTC",
        currency="EUR",
        call_prefix="C",
        wording=Wording.ENGLISH,
        numbering=Numbering.UNASSIGNED,
        after_hours=AfterHours.GREETING,
        sites=(Site(name="Centre", lines=agents * 3),),
        agents=people,
        teams=(
            Team(
                name="Service client",
                site="Centre",
                department="Service client",
                line="Customer line",
                number="6002000100",
                kind=TeamKind.QUEUE,
                agents=tuple(agent.name for agent in people),
                hours=week(range(1, 7), (clock(8), clock(20))),
                calls_per_day=calls_per_day,
                profile=calls,
                patience=Patience(mean_s=180, shape=0.9, hang_up_share=0.01),
                handle=HandleTime(mean_s=200, cv=1.0, wrap_mean_s=30),
                pick_up_mean_s=3,
                max_wait_s=900,
                capacity=60,
                callback_offer_s=120,
                callback_offer_share=0.15,
                new_share=0.25,
                need_share=0.4,
                value_mean=60,
            ),
        ),
        callers=Callers(customers=40_000, masked_share=0.05, mobile_share=0.7, spam_share=0.01, spam_blocked_share=0.5),
        calendar=Calendar(country="FR", rebound_factor=1.25),
        redial=Redial(otherwise=0.55),
        callback=Callback(share=0.03),
        failure_share=0.001,
    )


def _centre_agent(number: int) -> Agent:
    """Early (8–16), middle (10–18) or late (12–20), one hour of lunch; four weekdays and every other Saturday."""
    begins = (clock(8), clock(10), clock(12))[number % 3]
    lunch = begins + 180 + 30 * (number // 3 % 4)
    spans = ((begins, lunch), (lunch + 60, begins + 480))
    off = 1 + number % 5
    days = {day: spans for day in range(1, 6) if day != off} if number % 2 else dict.fromkeys(range(1, 6), spans)
    if number % 2:
        days[6] = spans
    return Agent(
        name=f"Agent {number + 1:02d}",
        extension=f"{200 + number}",
        week=days,
        away_per_hour=0.5,
        away_mean_s=240,
        absence_share=0.05,
        outbound_per_hour=0.15,
    )
