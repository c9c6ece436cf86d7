"""``/voicemails/<id>/audio``: the sound of a voicemail, for the player on the page of whoever calls back."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from decroche.connector_kit.errors import ConnectorError
from decroche.language.problems import say_problems
from decroche.ledger.work_items import NoSuchItem
from decroche.model.member import Right
from decroche.recover.workflows.listening import NoRecording, listen
from decroche.web.access import Services, visit
from decroche.web.acting import acting


def router(services: Services) -> APIRouter:
    """The route of the sound."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/voicemails/{id}/audio")
    def hear(request: Request, id: str) -> Response:
        with visit(services, request, Right.WORK) as here:
            with services.ledger.reading() as connection:
                me = acting(here, connection)
            account, language, sites = here.account.id, here.language, here.sites
        if services.recovery is None:
            raise HTTPException(404)
        try:
            sound = listen(services.recovery.tools, account, id, who=me, part=request.headers.get("range"), sites=sites)
        except NoSuchItem:
            raise HTTPException(404) from None
        except NoRecording:
            return _sentence(language.say("voicemail.none"), 404)
        except ConnectorError as error:
            why = say_problems(language, [error.problem])
            return _sentence(language.say("voicemail.not_now", why=why), 502)
        return StreamingResponse(
            sound.chunks(), status_code=sound.status, media_type=sound.media_type, headers=dict(sound.headers)
        )

    return routes


def _sentence(said: str, status: int) -> Response:
    """What stands in the way, for the page around the player."""
    return PlainTextResponse(said, status_code=status, headers={"Cache-Control": "no-store"})
