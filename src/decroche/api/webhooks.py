"""``/api/v1/webhooks``: where to send changes. An address may hold a secret, so only writers see the list."""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import urlsplit

import httpx
import sqlalchemy as sa
from fastapi import APIRouter

from decroche.api.access import Writer
from decroche.api.errors import NotAcceptable, NotFound, responses
from decroche.api.schemas import Id, Page, WebhookIn, WebhookMade, WebhookOut
from decroche.ledger.setting_up import new_id
from decroche.ledger.tables import webhooks

router = APIRouter(tags=["webhooks"], generate_unique_id_function=lambda route: route.name)


@router.get("/webhooks", responses=responses())
def list_webhooks(caller: Writer) -> Page[WebhookOut]:
    """The outgoing webhooks, without their secrets."""
    c = webhooks.c
    query = sa.select(webhooks).where(c.account_id == caller.account, c.removed_at.is_(None))
    with caller.services.ledger.reading() as connection:
        rows = connection.execute(query.order_by(c.created_at, c.id)).all()
    return Page(items=[_shown(row) for row in rows])


@router.post("/webhooks", status_code=201, responses=responses(413))
def create_webhook(caller: Writer, given: WebhookIn) -> WebhookMade:
    """Send changes to an address, from now on. The secret that signs them is shown this once."""
    if given.numbers:
        caller.needs_numbers("it cannot have them sent")
    _check_address(given.url)
    services = caller.services
    secret = secrets.token_urlsafe(32)
    row = {
        "id": new_id(),
        "account_id": caller.account,
        "url": given.url,
        "kinds": " ".join(dict.fromkeys(given.kinds)),
        "numbers": given.numbers,
        "secret": services.box.encrypt(secret.encode()),
        "position": services.feed.end(),
        "created_at": services.clock(),
    }
    with services.ledger.writing() as connection:
        connection.execute(sa.insert(webhooks).values(**row))
        made = connection.execute(sa.select(webhooks).where(webhooks.c.id == row["id"])).one()
    return WebhookMade(**_shown(made).model_dump(), secret=secret)


@router.delete("/webhooks/{id}", status_code=204, responses=responses(404))
def delete_webhook(caller: Writer, id: Id) -> None:
    """Send nothing there any more."""
    c = webhooks.c
    here = (c.account_id == caller.account) & (c.id == id) & c.removed_at.is_(None)
    with caller.services.ledger.writing() as connection:
        if not connection.execute(sa.update(webhooks).where(here).values(removed_at=caller.services.clock())).rowcount:
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


def _check_address(url: str) -> None:
    try:
        possible = httpx.URL(url).host and urlsplit(url).hostname
    except (httpx.InvalidURL, ValueError):
        possible = None
    if not possible:
        raise NotAcceptable("There can be no such address.", "url")
