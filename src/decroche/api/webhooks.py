"""``/api/v1/webhooks``: where to send changes. An address may hold a secret, so only writers see the list."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter

from decroche.api.access import Writer
from decroche.api.errors import NotAcceptable, NotFound, responses
from decroche.api.schemas import Id, Page, WebhookIn, WebhookMade, WebhookOut
from decroche.ledger.outgoing import BadAddress, add_webhook, remove_webhook, webhooks_of

router = APIRouter(tags=["webhooks"], generate_unique_id_function=lambda route: route.name)


@router.get("/webhooks", responses=responses())
def list_webhooks(caller: Writer) -> Page[WebhookOut]:
    """The outgoing webhooks, without their secrets."""
    with caller.services.ledger.reading() as connection:
        rows = webhooks_of(connection, caller.account)
    return Page(items=[_shown(row) for row in rows])


@router.post("/webhooks", status_code=201, responses=responses(413))
def create_webhook(caller: Writer, given: WebhookIn) -> WebhookMade:
    """Send changes to an address, from now on. The secret that signs them is shown this once."""
    if given.numbers:
        caller.needs_numbers("it cannot have them sent")
    services = caller.services
    position = services.feed.end()
    try:
        with services.ledger.writing() as connection:
            id, secret = add_webhook(
                connection, caller.account, url=given.url, kinds=given.kinds, numbers=given.numbers, box=services.box,
                position=position, now=services.clock(),
            )  # fmt: skip
            [made] = [row for row in webhooks_of(connection, caller.account) if row.id == id]
    except BadAddress as error:
        raise NotAcceptable("There can be no such address.", "url") from error
    return WebhookMade(**_shown(made).model_dump(), secret=secret)


@router.delete("/webhooks/{id}", status_code=204, responses=responses(404))
def delete_webhook(caller: Writer, id: Id) -> None:
    """Send nothing there any more."""
    with caller.services.ledger.writing() as connection:
        if not remove_webhook(connection, caller.account, id, now=caller.services.clock()):
            raise NotFound("There is no such webhook.")


def _shown(row: sa.Row[Any]) -> WebhookOut:
    return WebhookOut(
        id=row.id,
        url=row.url,
        kinds=row.kinds.split(),
        numbers=row.numbers,
        failures=row.failures,
        problem=row.problem,
        gone=row.gone_at is not None,
    )
