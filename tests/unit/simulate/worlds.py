"""Small worlds for the tests: one queue without habits, to be changed with ``dataclasses.replace``."""

from __future__ import annotations

from decroche.simulate.shapes import flat, week
from decroche.simulate.world import (
    AfterHours,
    Agent,
    Calendar,
    Callback,
    Callers,
    HandleTime,
    Numbering,
    Patience,
    Profile,
    Redial,
    Site,
    Team,
    TeamKind,
    Wording,
    World,
)

ROUND_THE_CLOCK = week(range(1, 8), (0, 1440))
EVEN = Profile(weekdays=(1.0,) * 7, usual=flat(0, 24), monday=flat(0, 24), saturday=flat(0, 24), sunday=flat(0, 24))


def queue_world(*, calls_per_day: float, agents: int, handle_s: float, patience_s: float) -> World:
    """M/M/n+M: Poisson arrivals without day-to-day variance, exponential laws, nobody calls again, lines for all."""
    people = tuple(Agent(name=f"A{n}", extension=f"{n}", week=ROUND_THE_CLOCK) for n in range(agents))
    return World(
        name="queue",
        zone="UTC",
        currency="EUR",
        call_prefix="T",
        wording=Wording.ENGLISH,
        numbering=Numbering.UNASSIGNED,
        after_hours=AfterHours.GREETING,
        sites=(Site(name="Here", lines=10_000),),
        agents=people,
        teams=(
            Team(
                name="Queue",
                site="Here",
                department="Service",
                line="Line",
                number="6002000100",
                kind=TeamKind.QUEUE,
                agents=tuple(agent.name for agent in people),
                hours=ROUND_THE_CLOCK,
                calls_per_day=calls_per_day,
                profile=EVEN,
                patience=Patience(mean_s=patience_s),
                handle=HandleTime(mean_s=handle_s, exponential=True),
            ),
        ),
        callers=Callers(customers=1000, masked_share=0.0, voicemail_share=0.0),
        calendar=Calendar(
            country="FR",
            closed_on_holidays=False,
            holiday_factor=1.0,
            eve_factor=1.0,
            rebound_factor=1.0,
            second_day_factor=1.0,
            day_sd=0.0,
        ),
        redial=Redial(otherwise=0.0),
        callback=Callback(share=0.0, share_after_message=0.0),
    )
