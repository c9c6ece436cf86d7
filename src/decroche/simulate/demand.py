"""Who wants to call, when, and what for: the first intents, drawn before anybody is served."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from decroche.simulate.calendar import Day, season_factor
from decroche.simulate.world import SLOTS, Callers, Team, World

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

SLOT_S = 1800


@dataclass(frozen=True, slots=True, kw_only=True)
class Intents:
    """First intents in time order, one per element. ``start`` is UTC seconds, ``team`` an index into the world's teams.

    ``surge`` is how much more than a usual day the day of the intent brings to its team.
    """

    start: Floats
    team: Ints
    person: Ints
    new: Flags
    spam: Flags
    value: Floats
    surge: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Everybody who can call, one per element: known customers of each site first, then new callers, then spammers."""

    masked: Flags
    mobile: Flags
    spam: Flags


def day_factors(world: World, days: int, chance: np.random.Generator) -> dict[str, Floats]:
    """By site: a positive factor per day, mean 1, lognormal, each day remembering the one before."""
    calendar = world.calendar
    factors = {}
    for site in world.sites:
        noise = chance.standard_normal(days) * calendar.day_sd
        level = np.empty(days)
        last = noise[0] if days else 0.0
        for day in range(days):
            fresh = noise[day] * np.sqrt(1 - calendar.day_memory**2)
            last = noise[0] if day == 0 else calendar.day_memory * last + fresh
            level[day] = last
        factors[site.name] = np.exp(level - calendar.day_sd**2 / 2)
    return factors


def expected(team: Team, days: tuple[Day, ...], factors: Floats) -> Floats:
    """Expected first intents by day (rows) and half-hour (48 columns)."""
    rates = np.zeros((len(days), SLOTS))
    for row, day in enumerate(days):
        shape = np.asarray(team.profile.shape(day.shape_weekday))
        weight = team.profile.weekdays[day.weekday - 1]
        level = team.calls_per_day * weight * day.factor * season_factor(team.seasons, day.day) * factors[row]
        rates[row] = level * shape / shape.sum()
    return rates


def draw(world: World, days: tuple[Day, ...], chance: np.random.Generator) -> tuple[Intents, People]:
    """The first intents of the days and the people behind them. Poisson given the day's factor."""
    factors = day_factors(world, len(days), chance)
    bases = np.array([day.base for day in days], dtype=np.float64)
    starts, teams, surges = [], [], []
    for index, team in enumerate(world.teams):
        counts = chance.poisson(expected(team, days, factors[team.site]))
        day_of, slot = (np.repeat(axis, counts.ravel()) for axis in np.indices(counts.shape).reshape(2, -1))
        starts.append(bases[day_of] + (slot + chance.random(len(slot))) * SLOT_S)
        teams.append(np.full(len(slot), index, dtype=np.int64))
        season = np.array([season_factor(team.seasons, day.day) * day.factor for day in days])
        surges.append((season * factors[team.site])[day_of])
    start, team_of, surge = np.concatenate(starts), np.concatenate(teams), np.concatenate(surges)
    order = np.argsort(start, kind="stable")
    start, team_of, surge = start[order], team_of[order], surge[order]
    return _callers(world, start, team_of, surge, chance)


def _callers(
    world: World, start: Floats, team_of: Ints, surge: Floats, chance: np.random.Generator
) -> tuple[Intents, People]:
    callers, count = world.callers, len(start)
    site_index = {site.name: number for number, site in enumerate(world.sites)}
    site_of = np.array([site_index[team.site] for team in world.teams], dtype=np.int64)[team_of]
    spam = chance.random(count) < callers.spam_share
    new = (chance.random(count) < np.array([team.new_share for team in world.teams])[team_of]) & ~spam
    known = len(world.sites) * callers.customers
    person = site_of * callers.customers + chance.integers(0, max(callers.customers, 1), count)
    fresh = int(new.sum())
    person[new] = known + np.arange(fresh)
    spammers = max(1, int(spam.sum()) // 4)
    person[spam] = known + fresh + chance.integers(0, spammers, int(spam.sum()))
    people = _people(callers, known + fresh, spammers, chance)
    needed = (chance.random(count) < np.array([team.need_share for team in world.teams])[team_of]) & ~spam
    usual = np.array([team.value_mean for team in world.teams])[team_of]
    first = np.array([team.new_value_mean or team.value_mean for team in world.teams])[team_of]
    spread = np.exp(0.7 * chance.standard_normal(count) - 0.245)
    value = np.where(needed, np.round(np.where(new, first, usual) * spread, 2), 0.0)
    intents = Intents(start=start, team=team_of, person=person, new=new, spam=spam, value=value, surge=surge)
    return intents, people


def _people(callers: Callers, genuine: int, spammers: int, chance: np.random.Generator) -> People:
    total = genuine + spammers
    spam = np.arange(total) >= genuine
    return People(
        masked=chance.random(total) < np.where(spam, 0.3, callers.masked_share),
        mobile=(chance.random(total) < callers.mobile_share) & ~spam,
        spam=spam,
    )
