"""``/first-run``: whoever set the server up becomes the first owner, and names the business.

The link of the terminal opens it once. What a business needs besides is asked for by the pages that come after.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from zoneinfo import available_timezones

import sqlalchemy as sa
from babel import Locale
from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

from decroche.language import Language
from decroche.language.language import LANGUAGES
from decroche.ledger.audit_log import ByKind, Who, note, shortened
from decroche.ledger.members import BadEmail, add_member, anybody, email_key, join_account, name_of
from decroche.ledger.one_time_links import LinkKind, look_at_link, use_link
from decroche.ledger.setting_up import add_account
from decroche.ledger.tables import accounts
from decroche.model.member import Role
from decroche.model.password import why_weak
from decroche.web.access import Services
from decroche.web.entering import alone, let_in, remember_device
from decroche.web.frame import browser_language
from decroche.web.zones import offered_zones

#: Where the new owner goes: the next step of the first run.
NEXT = "/first-run/sites"
#: The countries that are offered, with the zone of most of their businesses.
COUNTRIES = {
    "FR": "Europe/Paris", "BE": "Europe/Brussels", "CH": "Europe/Zurich", "LU": "Europe/Luxembourg",
    "CA-QC": "America/Toronto", "CA-ON": "America/Toronto", "CA-NB": "America/Moncton", "CA": "America/Toronto",
    "GB": "Europe/London", "IE": "Europe/Dublin", "US": "America/New_York", "MA": "Africa/Casablanca",
    "TN": "Africa/Tunis", "SN": "Africa/Dakar", "CI": "Africa/Abidjan",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstRun:
    """What the page needs. ``business`` is that which is there already, by name; None where it is named here.

    ``given`` is what was typed, ``wrong`` what was wrong with it, by field.
    """

    key: str
    business: str | None
    given: dict[str, str]
    wrong: dict[str, str]
    countries: tuple[tuple[str, str], ...]
    languages: tuple[tuple[str, str], ...]
    zones: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstRunOver:
    """What the page needs when its link opens nothing."""

    somebody: bool


def router(services: Services) -> APIRouter:
    """The routes of the page."""
    routes = APIRouter(include_in_schema=False)

    def shown(connection: sa.Connection, key: str, request: Request) -> Response | None:
        """The page that says that there is nothing to do; None when there is."""
        somebody = anybody(connection)
        opens = look_at_link(connection, LinkKind.FIRST_RUN, key, now=services.clock())
        if opens is None or somebody:
            return alone(request, "first_run_over.html", FirstRunOver(somebody=somebody), status=410)
        return None

    def asked(
        connection: sa.Connection, key: str, request: Request, given: dict[str, str], wrong: dict[str, str]
    ) -> Response:
        language = browser_language(request)
        context = FirstRun(
            key=key,
            business=_business(connection)[1],
            given=given,
            wrong=wrong,
            countries=tuple((code, _country(code, language)) for code in COUNTRIES),
            languages=language_choices(),
            zones=(
                ("", language.say("first_run.zone_of_country")),
                *((each, each) for each in offered_zones()),
            ),
        )
        return alone(request, "first_run.html", context, status=422 if wrong else 200)

    @routes.get("/first-run")
    def show(request: Request, key: str = "") -> Response:
        language = browser_language(request)
        with services.ledger.reading() as connection:
            over = shown(connection, key, request)
            proposed = "CA-QC" if language.code == "fr-CA" else "FR"
            given = {"country": proposed, "language": language.code}
            return over or asked(connection, key, request, given, {})

    @routes.post("/first-run")
    def make(
        request: Request,
        key: Annotated[str, Form()] = "",
        name: Annotated[str, Form()] = "",
        email: Annotated[str, Form()] = "",
        password: Annotated[str, Form()] = "",
        business: Annotated[str, Form()] = "",
        country: Annotated[str, Form()] = "",
        language: Annotated[str, Form()] = "",
        zone: Annotated[str, Form()] = "",
    ) -> Response:
        spoken, now = browser_language(request), services.clock()
        given = {
            "name": name, "email": email, "business": business, "country": country, "language": language, "zone": zone,
        }  # fmt: skip
        digest = None if why_weak(password) else services.passwords.digest(password)
        with services.ledger.writing() as connection:
            over = shown(connection, key, request)
            if over is not None:
                return over
            account, known = _business(connection)
            wrong = _wrong(given, password, spoken, asks_business=known is None)
            if wrong or digest is None:
                return asked(connection, key, request, given, wrong)
            use_link(connection, LinkKind.FIRST_RUN, key, now=now)
            if account is None:
                account = add_account(
                    connection,
                    name=name_of(business),
                    country=country,
                    zone=zone or COUNTRIES[country],
                    language=language,
                    now=now,
                )
            member = add_member(connection, name=name, email=email, password=digest, language=language, now=now)
            for each in connection.execute(sa.select(accounts.c.id)).scalars().all():
                join_account(connection, each, member, role=Role.OWNER, sites=None, now=now)
            who = Who(kind=ByKind.MEMBER, id=member, name=name_of(name), client=shortened(services.client(request)))
            note(connection, account, who, "member.first_owner", member, at=now)
            answer = let_in(
                services, request, connection, account=account, member=member, name=name_of(name), complete=True,
                how="first_run", to=NEXT,
            )  # fmt: skip
        remember_device(services, request, answer, member)
        return answer

    return routes


def language_choices() -> tuple[tuple[str, str], ...]:
    """The languages by their own names."""
    names = {"fr": "Français", "fr-CA": "Français (Canada)", "en": "English"}
    return tuple((code, names[code]) for code in LANGUAGES)


def password_wrong(password: str, language: Language, *about: str) -> str | None:
    """What is wrong with a new password, in words; None when it will do."""
    why = why_weak(password, about)
    return None if why is None else language.say(f"member.password.{why}")


def _business(connection: sa.Connection) -> tuple[str | None, str | None]:
    """The first business that is there, and its name."""
    row = connection.execute(sa.select(accounts.c.id, accounts.c.name).order_by(accounts.c.created_at)).first()
    return (None, None) if row is None else (row.id, row.name)


def _wrong(given: dict[str, str], password: str, language: Language, *, asks_business: bool) -> dict[str, str]:
    found: dict[str, str] = {}
    if not name_of(given["name"]):
        found["name"] = language.say("member.wrong.name")
    try:
        email_key(given["email"])
    except BadEmail:
        found["email"] = language.say("member.wrong.email")
    if weak := password_wrong(password, language, given["name"], given["email"], given["business"]):
        found["password"] = weak
    if given["language"] not in LANGUAGES:
        found["language"] = language.say("member.wrong.choice")
    if asks_business:
        if not name_of(given["business"]):
            found["business"] = language.say("member.wrong.name")
        if given["country"] not in COUNTRIES:
            found["country"] = language.say("member.wrong.choice")
        if given["zone"] and given["zone"] not in available_timezones():
            found["zone"] = language.say("member.wrong.choice")
    return found


def _country(code: str, language: Language) -> str:
    country, _, region = code.partition("-")
    name = str(Locale.parse(language.locale).territories[country])
    return f"{name} ({region})" if region else name
