"""Puts the pages into an application, with what they look like."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.routing import Route

from decroche.web import troubles
from decroche.web.access import NotSignedIn, SecondFactorWanted, Services, to_second_factor, to_sign_in
from decroche.web.assets import Assets
from decroche.web.attempts import Attempts
from decroche.web.compressing import Compressing
from decroche.web.pages import (
    attribution,
    audit_log,
    calculators,
    call,
    callback,
    callback_acts,
    callbacks,
    calls,
    campaign,
    campaigns,
    causes,
    choosing,
    connecting,
    conversation,
    costs,
    definitions,
    design,
    elsewhere,
    experiments,
    exports,
    figure_exports,
    first_run,
    inbox,
    joining,
    journey,
    journeys,
    live,
    looks,
    measure,
    measures,
    members,
    my_account,
    opportunities,
    privacy,
    privacy_papers,
    reports,
    satisfaction,
    satisfaction_settings,
    signing_in,
    sources,
    targets,
    tokens,
    voicemails,
    wallboard,
    worth,
)
from decroche.web.same_origin import SameOrigin
from decroche.web.settings_pages import settings_routers
from decroche.web.table_files import TableFiles


def install_pages(app: FastAPI, services: Services) -> None:
    """Every page, and the files that they load."""
    app.add_exception_handler(NotSignedIn, to_sign_in)
    app.add_exception_handler(SecondFactorWanted, to_second_factor)
    app.add_middleware(SameOrigin, services.address)
    app.add_middleware(TableFiles, services)
    app.add_middleware(Compressing)
    troubles.install(app, services)
    paths: set[str] = set()
    attempts = Attempts()
    provider = services.provider
    routers = [
        signing_in.router(services, attempts, elsewhere=provider is not None),
        joining.router(services, attempts),
    ]
    if provider is not None:
        routers.append(elsewhere.router(services, provider))
    routers.append(my_account.router(services, attempts))
    routers += [
        page.router(services)
        for page in (
            first_run,
            members,
            tokens,
            audit_log,
            privacy,
            privacy_papers,
            live,
            connecting,
            choosing,
            looks,
            design,
        )
    ]
    work = (callbacks, callback_acts, callback, inbox, conversation, voicemails)
    routers += [page.router(services) for page in work]
    seen = (
        calculators,
        reports,
        targets,
        worth,
        wallboard,
        exports,
        calls,
        call,
        journeys,
        journey,
        definitions,
        opportunities,
    )
    routers += [page.router(services) for page in seen]
    routers += [page.router(services) for page in (campaigns, campaign, satisfaction, satisfaction_settings)]
    routers += settings_routers(services)
    # Their files before the page of any measure, whose address begins alike.
    routers += [
        page.router(services)
        for page in (figure_exports, causes, costs, attribution, sources, experiments, measures, measure)
    ]
    for router in routers:
        paths |= {route.path for route in router.routes if isinstance(route, Route) and "GET" in (route.methods or ())}
        # As they are: to include a router would make each of its routes anew.
        app.router.routes.extend(router.routes)
    app.state.pages = frozenset(paths)
    app.mount("/static", Assets(), name="static")
