"""An invented three-site car dealership in Québec: service, parts, sales, reception and personal extensions."""

from __future__ import annotations

from dataclasses import replace

from decroche.model.call import MissedReason
from decroche.rules.construction_holiday import construction_holidays
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
    Season,
    Site,
    Slack,
    Team,
    TeamKind,
    Week,
    Wording,
    World,
)

_DAY = ((clock(7, 30), clock(17, 30)),)
_SALES = {**week(range(1, 5), (clock(9), clock(21))), 5: ((clock(9), clock(18)),), 6: ((clock(10), clock(16)),)}
_SALES_PROFILE = profile(
    (1.15, 1.05, 1.0, 1.0, 1.05, 0.6, 0.1),
    usual=(Bell(11, 1.6, 1.0), Bell(15.5, 2.0, 0.9), Bell(18.8, 1.2, 0.45)),
    saturday=(Bell(12.5, 1.8, 1.0),),
)
_SERVICE_PROFILE = profile(
    (1.35, 1.1, 1.0, 0.95, 1.0, 0.18, 0.05),
    usual=(Bell(8.6, 0.9, 0.9), Bell(10.4, 1.2, 1.0), Bell(13.3, 1.3, 0.75), Bell(16.2, 1.0, 0.7)),
    monday=(Bell(9.4, 0.9, 1.5), Bell(11.0, 1.0, 1.4), Bell(13.5, 1.3, 0.7), Bell(16.2, 1.0, 0.6)),
    level=0.03,
)
#: The rush before winter tyres become compulsory (1 December), and the one of spring.
_TYRES = (Season(month=11, day=14, height=0.4, width_days=12), Season(month=4, day=18, height=0.4, width_days=12))

_NAMES = (
    "Alexandre",
    "Béatrice",
    "Cédric",
    "Danielle",
    "Émile",
    "Florence",
    "Gabriel",
    "Hélène",
    "Isabelle",
    "Jérôme",
    "Karine",
    "Laurent",
    "Mélanie",
    "Nicolas",
    "Océane",
    "Patrick",
)
#: Name, size against the middle one, simultaneous lines.
_PLACES = (("Laval", 1.25, 12), ("Longueuil", 1.0, 10), ("Québec", 0.8, 8))


def dealership_quebec() -> World:
    """About 500 first calls on an ordinary day over three sites, each with its own lines and people."""
    agents: list[Agent] = []
    teams: list[Team] = []
    for number, (name, size, _) in enumerate(_PLACES):
        staff = _staff(name, number)
        agents += staff
        teams += _teams(name, number, size, staff)
    return World(
        name="dealership_quebec",
        zone="America/Toronto",
        currency="CAD",
        call_prefix="Q",
        wording=Wording.CANADIAN_FRENCH,
        numbering=Numbering.QUEBEC,
        after_hours=AfterHours.GREETING,
        sites=tuple(
            Site(name=name, lines=lines, menu_s=14, menu_leave_share=0.015, internal_per_hour=0.8)
            for name, _, lines in _PLACES
        ),
        agents=tuple(agents),
        teams=tuple(teams),
        callers=Callers(
            customers=6000,
            masked_share=0.03,
            mobile_share=0.72,
            spam_share=0.03,
            spam_blocked_share=0.4,
            voicemail_share=0.15,
        ),
        calendar=Calendar(
            country="CA",
            subdivision="QC",
            slack=_construction_holidays(),
            rebound_factor=1.3,
        ),
        redial=Redial(by_reason={MissedReason.AFTER_HOURS: 0.4, MissedReason.BUSY: 0.65}, otherwise=0.5),
        callback=Callback(share=0.18, share_after_message=0.65),
        failure_share=0.001,
    )


def _construction_holidays() -> tuple[Slack, ...]:
    """Two weeks in summer and two in winter in which fewer people call; the dealership stays open."""
    periods = construction_holidays(range(2016, 2040))
    return tuple(Slack(first=period.first, last=period.last, factor=0.85) for period in periods)


def _staff(place: str, number: int) -> list[Agent]:
    """Four advisers, two appointment clerks, two at parts, three sellers, one receptionist; lunches are staggered."""

    def person(rank: int, role: str, timetable: Week, **habits: float) -> Agent:
        return Agent(
            name=f"{_NAMES[(rank + 5 * number) % len(_NAMES)]} {place[0]}{rank + 1:02d} ({role})",
            extension=f"{number + 1}{rank + 1:02d}",
            week=timetable,
            absence_share=0.03,
            **habits,
        )

    def day(begins: int, lunch: int, ends: int) -> Week:
        return dict.fromkeys(range(1, 6), ((begins, lunch), (lunch + 60, ends)))

    early, late = (clock(7, 30), clock(16, 30)), (clock(8, 30), clock(17, 30))
    advisers = [
        person(
            rank,
            "conseil",
            day(begins, clock(11, 30) + 30 * rank, ends),
            away_per_hour=3.5,
            away_mean_s=300,
            outbound_per_hour=0.9,
        )
        for rank, (begins, ends) in enumerate((early, early, late, late))
    ]
    desk = [
        person(
            4,
            "rendez-vous",
            day(early[0], clock(11, 30), early[1]),
            away_per_hour=0.8,
            away_mean_s=240,
            outbound_per_hour=0.5,
        ),
        person(
            5,
            "rendez-vous",
            day(late[0], clock(12, 30), late[1]),
            away_per_hour=0.8,
            away_mean_s=240,
            outbound_per_hour=0.5,
        ),
    ]
    parts = [
        person(6, "pièces", day(clock(7, 30), clock(11, 30), clock(16, 30)), away_per_hour=3.5, away_mean_s=280),
        person(7, "pièces", day(clock(8, 30), clock(12, 30), clock(17, 30)), away_per_hour=3.5, away_mean_s=280),
    ]
    saturday, friday = ((clock(10), clock(16)),), ((clock(10), clock(18)),)
    morning = {**day(clock(9), clock(12), clock(17)), 6: saturday}
    evening = {**dict.fromkeys(range(1, 5), ((clock(12), clock(17)), (clock(18), clock(21)))), 5: friday}
    sellers = [
        person(8, "ventes", morning, away_per_hour=1.5, away_mean_s=1000, outbound_per_hour=1.0),
        person(9, "ventes", evening, away_per_hour=1.5, away_mean_s=1000, outbound_per_hour=1.0),
        person(10, "ventes", evening, away_per_hour=1.5, away_mean_s=1000, outbound_per_hour=1.0),
    ]
    reception = [person(11, "réception", day(clock(8), clock(12), clock(17, 30)), away_per_hour=1.0, away_mean_s=300)]
    return [*advisers, *desk, *parts, *sellers, *reception]


def _teams(place: str, number: int, size: float, staff: list[Agent]) -> list[Team]:
    names = [agent.name for agent in staff]
    waiting = Patience(mean_s=130, shape=0.9, hang_up_share=0.015)
    ringing = Patience(mean_s=38, shape=2.0, hang_up_share=0.015)
    service = week(range(1, 6), *_DAY)
    area = ("450555", "579555", "418555")[number]
    desk = Team(
        name=f"Rendez-vous {place}",
        site=place,
        department="Service",
        line=f"Service {place}",
        number=f"{area}9000",
        kind=TeamKind.QUEUE,
        agents=tuple(names[4:6]),
        hours=service,
        calls_per_day=50 * size,
        profile=_SERVICE_PROFILE,
        patience=waiting,
        handle=HandleTime(mean_s=190, cv=0.8, wrap_mean_s=30),
        pick_up_mean_s=5,
        max_wait_s=300,
        capacity=8,
        overflow_to=f"Conseillers {place}",
        overflow_after_s=75,
        callback_offer_s=90,
        callback_offer_share=0.05,
        new_share=0.2,
        need_share=0.6,
        value_mean=180,
        new_value_mean=320,
        seasons=_TYRES,
    )
    advisers = replace(
        desk,
        name=f"Conseillers {place}",
        line=f"Conseillers {place}",
        number=f"{area}9001",
        agents=tuple(names[:4]),
        calls_per_day=38 * size,
        handle=HandleTime(mean_s=240, cv=0.9, wrap_mean_s=40),
        pick_up_mean_s=8,
        overflow_to=None,
        new_share=0.1,
        need_share=0.3,
    )
    parts = replace(
        desk,
        name=f"Pièces {place}",
        department="Pièces",
        line=f"Pièces {place}",
        number=f"{area}9002",
        kind=TeamKind.RING_GROUP,
        agents=tuple(names[6:8]),
        calls_per_day=16 * size,
        patience=ringing,
        max_wait_s=40,
        overflow_to=None,
        handle=HandleTime(mean_s=170, cv=0.8, wrap_mean_s=20),
        need_share=0.4,
        value_mean=90,
        new_value_mean=110,
        seasons=(),
    )
    sales = replace(
        parts,
        name=f"Ventes {place}",
        department="Ventes",
        line=f"Ventes {place}",
        number=f"{area}9003",
        agents=tuple(names[8:11]),
        hours=_SALES,
        calls_per_day=20 * size,
        profile=_SALES_PROFILE,
        new_share=0.6,
        overflow_to=f"Réception {place}",
        overflow_after_s=20,
        handle=HandleTime(mean_s=280, cv=1.0, wrap_mean_s=40),
        value_mean=900,
        new_value_mean=1400,
    )
    reception = replace(
        parts,
        name=f"Réception {place}",
        department="Réception",
        line=f"Ligne principale {place}",
        number=f"{area}9004",
        agents=(names[11],),
        calls_per_day=18 * size,
        new_share=0.35,
        pick_up_mean_s=5,
        handle=HandleTime(mean_s=60, cv=0.8, wrap_mean_s=5, wrong_number_share=0.04),
        value_mean=150,
    )
    personal = [
        replace(
            parts,
            name=f"Poste {agent.extension}",
            department="Postes individuels",
            line=f"Poste {agent.extension}",
            number=f"{area}91{rank:02d}",
            kind=TeamKind.PERSONAL,
            agents=(agent.name,),
            calls_per_day=calls * size,
            hours=agent.week,
            new_share=0.05,
            need_share=0.35,
            value_mean=200,
            new_value_mean=300,
            max_wait_s=28,
            pick_up_mean_s=9,
            rejected_share=0.02,
            profile=_SALES_PROFILE if rank >= 8 else _SERVICE_PROFILE,
        )
        for rank, agent, calls in [(rank, staff[rank], 3.0 if rank < 4 else 4.0) for rank in (0, 1, 2, 3, 8, 9, 10)]
    ]
    return [desk, advisers, parts, sales, reception, *personal]
