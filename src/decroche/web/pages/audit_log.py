"""``/settings/audit-log``: who saw and changed what, the latest first, by person, kind of act and day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from decroche.language import Language
from decroche.ledger.audit_log import ByKind, Entry, EntryFilter, entries
from decroche.ledger.members import members_of
from decroche.model.member import Right
from decroche.web.access import Services, Visit, visit
from decroche.web.addresses import Pager, changed
from decroche.web.audit_words import Known, line
from decroche.web.moments import clock
from decroche.web.rendering import page

_HERE = "/settings/audit-log"
_LISTED = 50
#: What acts are about, as the first word of their names.
SUBJECTS = (
    "member", "token", "endpoint", "hours", "playbook", "words", "settings", "opt_out", "consent", "person", "callback",
    "calls", "journeys", "figures", "report", "target", "text", "webhook", "privacy",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryLine:
    """A line of the log, in words where there are some."""

    iso: str
    when: str
    who: str
    action: str
    details: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLog:
    """What the page needs; ``by``, ``about``, ``since`` and ``until`` are the filters of the address."""

    entries: tuple[EntryLine, ...]
    pager: Pager
    members: tuple[tuple[str, str], ...]
    subjects: tuple[tuple[str, str], ...]
    by: str
    about: str
    since: str
    until: str
    filtered: bool


def router(services: Services) -> APIRouter:
    """The route of the page."""
    routes = APIRouter(include_in_schema=False)

    @routes.get(_HERE)
    def show(
        request: Request, by: str = "", about: str = "", since: str = "", until: str = "", before: str = ""
    ) -> Response:
        with visit(services, request, Right.OWN) as here, services.ledger.reading() as connection:
            language, last = here.language, _day(until)
            wanted = EntryFilter(
                since=_midnight(_day(since), here),
                until=_midnight(None if last is None else last + timedelta(days=1), here),
                by=by or None,
                actions=f"{about}." if about in SUBJECTS else None,
            )
            start = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
            found, more = entries(connection, here.account.id, wanted, before=start, limit=_LISTED)
            address = here.frame.address
            known = Known(language=language, sites=_sites(here), labels=_labels(services, language))
            context = AuditLog(
                entries=tuple(_line(each, here, known) for each in found),
                pager=Pager(
                    shown=len(found),
                    first=changed(address) if start is not None else None,
                    next=None if more is None else changed(changed(address), before=str(more)),
                ),
                members=(
                    ("", language.say("audit.everybody")),
                    *((each.id, each.name) for each in members_of(connection, here.account.id)),
                ),
                subjects=(
                    ("", language.say("audit.everything")),
                    *((each, language.say(f"audit.about.{each}")) for each in SUBJECTS),
                ),
                by=by,
                about=about,
                since=since,
                until=until,
                filtered=bool(by or about or since or until),
            )
            return page("audit_log.html", here.frame, context)

    return routes


def _line(entry: Entry, here: Visit, known: Known) -> EntryLine:
    local, told = entry.at.astimezone(here.zone), line(entry, known)
    return EntryLine(
        iso=entry.at.isoformat(),
        when=f"{here.language.short_day(local.date())} {local.year}, {clock(entry.at, here.zone, here.language)}",
        who=_who(entry, here.language),
        action=told.what,
        details=told.details,
    )


def _who(entry: Entry, language: Language) -> str:
    if entry.who.kind is ByKind.MEMBER:
        return entry.who.name
    named = f" ({entry.who.name})" if entry.who.name else ""
    return language.say(f"audit.by.{entry.who.kind}") + named


def _sites(here: Visit) -> dict[str, str]:
    return {str(row["id"]): str(row["name"]) for row in here.account.sites()}


def _labels(services: Services, language: Language) -> dict[str, str]:
    """What the settings of phone systems are called."""
    french = language.code != "en"
    fields = [each for platform in services.platforms for each in platform.fields]
    return {each.key: language.set(each.french if french else each.english) for each in reversed(fields)}


def _day(told: str) -> date | None:
    try:
        return date.fromisoformat(told)
    except ValueError:
        return None


def _midnight(day: date | None, here: Visit) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), here.zone).astimezone(UTC)
