"""Reads from the address of a list which number it stands behind, and shows the calls or journeys that were counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from fastapi.exceptions import HTTPException
from starlette.requests import Request

from decroche.language import Language
from decroche.ledger.account import Account, Cursor
from decroche.ledger.looking import Found, calls_by_id, journeys_by_id
from decroche.model.member import Right
from decroche.prove.opening import AMONG, COUNTED, JOURNEYS, counted_by, is_of_journeys
from decroche.prove.service_desk import NotReady
from decroche.prove.service_opened import Number, opened
from decroche.web.access import Services, Visit
from decroche.web.asked import asked_of, said_period, words_of
from decroche.web.figure_words import name_of
from decroche.web.filters import Period, with_words

#: The parameters of an address that only a list behind a number has.
OWN_WORDS = (COUNTED, AMONG, "weekday", "hour")
_HOURS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """What stands above a list behind a number: which number, and how many calls or journeys it counts.

    ``total`` is None while figures are made ready. ``rest`` leads to the list of everything in the same days, and
    ``kept`` goes along with the filters.
    """

    said: str
    total: int | None
    counted: str
    rest: str
    kept: tuple[tuple[str, str], ...]


def behind_of(request: Request, here: Visit, services: Services, page: str) -> Number | None:
    """What number the list ``page`` is asked to stand behind; None for none. Raises HTTPException 403 and 404."""
    told = request.query_params
    key, among = told.get(COUNTED, ""), told.get(AMONG, "")
    if not (key or among):
        return None
    known = counted_by().get(key or among)
    if (
        known is None
        or (among and not key and known.among is None)
        or is_of_journeys(key or among) != (page == JOURNEYS)
    ):
        raise HTTPException(404)
    asked = asked_of(request, here, services.clock())
    return Number(
        key=key or among,
        among=not key,
        period=asked.period,
        scope=asked.scope,
        weekday=_whole(told.get("weekday", ""), range(1, 8)),
        hour=_whole(told.get("hour", ""), range(_HOURS)),
    )


def find_counted(
    services: Services, here: Visit, account: Account, number: Number, *, after: Cursor | None, limit: int
) -> tuple[Found, int | None]:
    """A page of what was counted, and how many there are in all: none, and None, while figures are made ready."""
    if services.desk is None:
        raise HTTPException(503)
    try:
        found = opened(
            services.desk, here.account.id, number, after=after, limit=limit, supervise=here.may(Right.SUPERVISE)
        )
    except NotReady:
        return Found([]), None
    ids = [row.id for row in found.rows]
    by_id = {row["id"]: row for row in (journeys_by_id if is_of_journeys(number.key) else calls_by_id)(account, ids)}
    return Found([by_id[id] for id in ids if id in by_id], found.next), found.total


def shown_behind(number: Number, total: int | None, here: Visit, page: str) -> Behind:
    """What stands above the list ``page`` of a number."""
    kept = {name: value for name, value in words_behind(number).items() if name in OWN_WORDS}
    return Behind(
        said=said_behind(number, here.language),
        total=total,
        counted="" if total is None else here.language.say(f"behind.{page}", total=total),
        rest=with_words(f"/{page}", **days_of(number).words(), **words_of(number.scope)),
        kept=tuple(kept.items()),
    )


def said_behind(number: Number, language: Language) -> str:
    """The number whose calls or journeys are listed, in words."""
    cause = number.key.removeprefix("cause:")
    name = name_of(number.key, language) if cause == number.key else language.say(f"cause.{cause}")
    said = language.say("behind.among" if number.among else "behind.counted", name=name)
    parts = [said, said_period(number.period, language)]
    if number.weekday is not None:
        parts.append(language.weekday(number.weekday))
    if number.hour is not None:
        parts.append(language.say("causes.between", hour=number.hour, next=number.hour + 1))
    return ", ".join(parts)


def days_of(number: Number) -> Period:
    """The days of a number as those of a list."""
    return Period(since=number.period.start, until=number.period.end - timedelta(days=1))


def words_behind(number: Number) -> dict[str, str]:
    """The same as the parameters of an address, without its days."""
    clock = {
        name: str(value) for name, value in (("weekday", number.weekday), ("hour", number.hour)) if value is not None
    }
    return {(AMONG if number.among else COUNTED): number.key, **clock, **words_of(number.scope)}


def _whole(told: str, known: range) -> int | None:
    return int(told) if told.isascii() and told.isdigit() and len(told) < 3 and int(told) in known else None
