"""``/api/v1/webhooks``: where to send changes."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from fastapi import APIRouter

from decroche.api.access import Reader, Writer
from decroche.api.errors import RESPONSES, NotAcceptable, NotFound
from decroche.api.schemas import Page, WebhookIn, WebhookOut
from decroche.ledger.setting_up import new_id
from decroche.ledger.tables import webhooks

router = APIRouter(responses=RESPONSES)

#: What a webhook can be told of.
KINDS = (
    "call.updated",
    "call.missed",
    "journey.opened",
    "journey.reopened",
    "journey.closed",
    "journey.withdrawn",
)


@router.get("/webhooks")
def list_webhooks(caller: Reader) -> Page[WebhookOut]:
    """The outgoing webhooks, without their secrets."""
    c = webhooks.c
    with caller.services.ledger.reading() as connection:
        rows = connection.execute(
            sa.select(webhooks).where(c.account_id == caller.account, c.removed_at.is_(None)).order_by(c.created_at)
        ).all()
    return Page(
        items=[
            WebhookOut(id=row.id, url=row.url, kinds=row.kinds.split(), failures=row.failures, problem=row.problem)
            for row in rows
        ]
    )


@router.post("/webhooks", status_code=201)
def create_webhook(caller: Writer, given: WebhookIn) -> WebhookOut:
    """Send changes to an address, from now on. The secret that signs them is shown this once."""
    if unknown := [kind for kind in given.kinds if kind not in KINDS]:
        raise NotAcceptable(f"There is no change of the kind {unknown[0]!r}.", "kinds")
    services = caller.services
    secret = secrets.token_urlsafe(32)
    row = {
        "id": new_id(),
        "account_id": caller.account,
        "url": given.url,
        "kinds": " ".join(given.kinds),
        "secret": services.box.encrypt(secret.encode()),
        "position": services.feed.end(),
        "created_at": services.clock(),
    }
    with services.ledger.writing() as connection:
        connection.execute(sa.insert(webhooks).values(**row))
    return WebhookOut(id=str(row["id"]), url=given.url, kinds=given.kinds, failures=0, problem=None, secret=secret)


@router.delete("/webhooks/{id}", status_code=204)
def delete_webhook(caller: Writer, id: str) -> None:
    """Send nothing there any more."""
    c = webhooks.c
    here = (c.account_id == caller.account) & (c.id == id) & c.removed_at.is_(None)
    with caller.services.ledger.writing() as connection:
        if not connection.execute(sa.update(webhooks).where(here).values(removed_at=caller.services.clock())).rowcount:
            raise NotFound("There is no such webhook.")
