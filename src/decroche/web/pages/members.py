"""``/settings/members``: who works in the business; an owner invites, changes roles and sites, and removes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

from decroche.language import Language
from decroche.ledger.audit_log import note
from decroche.ledger.invitations import invitations_of, invite, take_back
from decroche.ledger.member_tables import sign_in_rules
from decroche.ledger.members import (
    BadEmail,
    LastOwner,
    NoSuchMember,
    change_member,
    email_key,
    members_of,
    remove_member,
)
from decroche.model.member import Right, Role
from decroche.web.access import Services, Visit, changing, visit
from decroche.web.addresses import back_to
from decroche.web.letters import send
from decroche.web.moments import since
from decroche.web.rendering import page

_HERE = "/settings/members"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberLine:
    """Somebody who works here. ``sites`` are ids; empty: all."""

    id: str
    name: str
    email: str
    role: str
    role_shown: str
    sites: tuple[str, ...]
    sites_shown: str
    second: bool
    myself: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationLine:
    """Somebody who was invited, and has not come yet."""

    id: str
    email: str
    role_shown: str
    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """What the page needs. ``may`` says what each role allows; ``link`` is that of a new invitation, to hand over;
    ``sent``: an e-mail carries it too.
    """

    members: tuple[MemberLine, ...]
    invitations: tuple[InvitationLine, ...]
    roles: tuple[tuple[str, str], ...]
    may: tuple[tuple[str, str], ...]
    sites: tuple[tuple[str, str], ...]
    link: str | None
    sent: bool
    email: str
    wrong: str | None
    owners_need_second: bool


def router(services: Services) -> APIRouter:
    """The routes of the page."""
    routes = APIRouter(include_in_schema=False)

    def shown(
        here: Visit,
        connection: sa.Connection,
        *,
        link: str | None = None,
        sent: bool = False,
        email: str = "",
        wrong: str | None = None,
    ) -> Response:
        language, now = here.language, services.clock()
        places = tuple((str(row["id"]), str(row["name"])) for row in here.account.sites())
        rules = sa.select(sign_in_rules.c.owners_need_second).where(sign_in_rules.c.account_id == here.account.id)
        context = Members(
            members=tuple(
                MemberLine(
                    id=each.id,
                    name=each.name,
                    email=each.email,
                    role=each.role,
                    role_shown=language.say(f"role.{each.role}"),
                    sites=tuple(sorted(each.sites or ())),
                    sites_shown=_sites(each.sites, dict(places), language),
                    second=each.has_second,
                    myself=each.id == here.member.id,
                )
                for each in members_of(connection, here.account.id)
            ),
            invitations=tuple(
                InvitationLine(
                    id=each.id,
                    email=each.email,
                    role_shown=language.say(f"role.{each.role}"),
                    until=since(each.expires_at, now, here.zone, language),
                )
                for each in invitations_of(connection, here.account.id, now=now)
            ),
            roles=tuple((str(role), language.say(f"role.{role}")) for role in Role),
            may=tuple((language.say(f"role.{role}"), language.say(f"role.{role}.may")) for role in Role),
            sites=places,
            link=link,
            sent=sent,
            email=email,
            wrong=wrong,
            owners_need_second=bool(connection.execute(rules).scalar_one_or_none()),
        )
        return page("members.html", here.frame, context, status=422 if wrong else 200)

    @routes.get(_HERE)
    def show(request: Request) -> Response:
        with visit(services, request, Right.OWN) as here, services.ledger.reading() as connection:
            return shown(here, connection)

    @routes.post(f"{_HERE}/invite")
    def ask(
        request: Request,
        email: Annotated[str, Form()] = "",
        role: Annotated[str, Form()] = "",
        sites: Annotated[list[str] | None, Form()] = None,
    ) -> Response:
        with changing(services, request, Right.OWN) as (here, connection):
            known = {each.email.casefold() for each in members_of(connection, here.account.id)}
            try:
                if role not in set(Role):
                    raise BadEmail(role)
                if email_key(email) in known:
                    return shown(here, connection, email=email, wrong=here.language.say("members.here_already"))
                wanted = _chosen(here, sites)
                id, token = invite(
                    connection, here.account.id, email=email, role=Role(role), sites=wanted, by=here.member.name,
                    now=services.clock(),
                )  # fmt: skip
            except BadEmail:
                return shown(here, connection, email=email, wrong=here.language.say("member.wrong.email"))
            details = {"email": email.strip(), "role": role}
            note(connection, here.account.id, here.who, "member.invited", id, details, at=services.clock())
        link = services.link(request, f"/invited/{token}")
        values = {"by": here.member.name, "business": here.about["name"], "link": link}
        sent = send(services, Language(here.about["language"]), email.strip(), "invitation", **values)
        with visit(services, request, Right.OWN) as here, services.ledger.reading() as connection:
            return shown(here, connection, link=link, sent=sent, email=email.strip())

    @routes.post(f"{_HERE}/invitations/{{id}}/take-back")
    def recall(request: Request, id: str) -> Response:
        with changing(services, request, Right.OWN) as (here, connection):
            found = take_back(connection, here.account.id, id, now=services.clock())
            if found is not None:
                details = {"email": found.email}
                note(connection, here.account.id, here.who, "member.uninvited", id, details, at=services.clock())
        return back_to(_HERE, done="invitation_taken_back")

    @routes.post(f"{_HERE}/{{id}}/role")
    def change(
        request: Request,
        id: str,
        role: Annotated[str, Form()] = "",
        sites: Annotated[list[str] | None, Form()] = None,
    ) -> Response:
        with changing(services, request, Right.OWN) as (here, connection):
            if role not in set(Role):
                return back_to(_HERE)
            now = services.clock()
            try:
                before = change_member(
                    connection, here.account.id, id, role=Role(role), sites=_chosen(here, sites), now=now
                )
            except NoSuchMember:
                return back_to(_HERE)
            except LastOwner:
                return shown(here, connection, wrong=here.language.say("members.last_owner"))
            details = {"name": before.name, "before": before.role, "role": role, "sites": ", ".join(sites or ())}
            note(connection, here.account.id, here.who, "member.changed", id, details, at=now)
        return back_to(_HERE, done="member_changed")

    @routes.post(f"{_HERE}/{{id}}/remove")
    def remove(request: Request, id: str) -> Response:
        with changing(services, request, Right.OWN) as (here, connection):
            try:
                before = remove_member(connection, here.account.id, id)
            except NoSuchMember:
                return back_to(_HERE)
            except LastOwner:
                return shown(here, connection, wrong=here.language.say("members.last_owner"))
            details = {"name": before.name, "role": before.role}
            note(connection, here.account.id, here.who, "member.removed", id, details, at=services.clock())
        return back_to(_HERE, done="member_removed")

    @routes.post(f"{_HERE}/second-factor")
    def require(request: Request, owners: Annotated[str, Form()] = "") -> Response:
        with changing(services, request, Right.OWN) as (here, connection):
            mine, wanted = sign_in_rules.c.account_id == here.account.id, owners == "yes"
            connection.execute(sa.delete(sign_in_rules).where(mine))
            row = {"account_id": here.account.id, "owners_need_second": wanted}
            connection.execute(sa.insert(sign_in_rules).values(**row))
            details = {"owners_need_second": wanted}
            note(connection, here.account.id, here.who, "member.rules_changed", "", details, at=services.clock())
        return back_to(_HERE, done="settings_kept")

    return routes


def _chosen(here: Visit, sites: Iterable[str] | None) -> list[str] | None:
    """The ids among ``sites`` that are of this business; None, that is all, when none is named."""
    known = {str(row["id"]) for row in here.account.sites()}
    return [each for each in sites or () if each in known] or None


def _sites(ids: frozenset[str] | None, names: dict[str, str], language: Language) -> str:
    if ids is None:
        return language.say("members.all_sites")
    return ", ".join(sorted(names[id] for id in ids if id in names)) or language.say("members.no_site")
