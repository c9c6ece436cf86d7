"""The composition root of the server: puts the ledger, capture, the API and the pages together in one process."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parseaddr
from functools import partial

import httpx
import sqlalchemy as sa
from fastapi import FastAPI
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from decroche.api.access import Services
from decroche.api.door import install_api
from decroche.api.operations import operations
from decroche.api.service import OutgoingWebhooks
from decroche.capture.folder import Quiet
from decroche.capture.follow.followers import Followers
from decroche.capture.forgetting import Forgetter
from decroche.capture.history.poller import HistoryPoller
from decroche.capture.pace import Paces
from decroche.capture.patience import REAL_TIME
from decroche.capture.reachability import Reachability, reach_door
from decroche.capture.receive.door import HookDoor
from decroche.capture.receive.late_doors import LateDoors
from decroche.capture.receive.public_address import PublicAddress
from decroche.capture.service import Capture
from decroche.capture.sheets_push import SheetPusher
from decroche.capture.subscribing import Subscriptions
from decroche.capture.sync import CrmSync
from decroche.connector_kit.connector import Connector, LongPoll
from decroche.connector_kit.http import Http
from decroche.connectors.crms import CRMS
from decroche.connectors.platforms import PLATFORMS
from decroche.ledger.passwords import Passwords
from decroche.ledger.recovery_settings import settings_of
from decroche.ledger.setting_up import Endpoint
from decroche.ledger.store import Ledger
from decroche.model.money import Money
from decroche.prove.letter_page import Letter
from decroche.prove.reports.letter import letter_html
from decroche.prove.service_desk import Desk, NotReady
from decroche.prove.service_feeds import Feeds, Reader
from decroche.prove.service_post import Clerk, Hand
from decroche.recover.notices import Channel
from decroche.recover.service import Recovery
from decroche.recover.settings import read_settings
from decroche.recover.timers import Timers
from decroche.recover.workflows.post import Hook, Mailbox, MaybeHanded, Message, NotHanded, Sender
from decroche.recover.workflows.pushing import Pusher, vapid_key
from decroche.recover.workflows.telling import telling
from decroche.recover.workflows.texting_members import REPORT_LASTS, Refused, text_member
from decroche.recover.workflows.tools import Tools
from decroche.rules.outreach import Purpose
from decroche.server_settings import Role, ServerSettings
from decroche.telemetry import Metrics
from decroche.warehouse.lake import Lake
from decroche.warehouse.lake_rows import fingerprints
from decroche.warehouse.live_columns import LiveColumns
from decroche.warehouse.refresher import LakeRefresher
from decroche.web import access as web
from decroche.web.door import install_pages
from decroche.web.identity import Provider

#: The memory of the engine that makes files for BI tools.
FEEDS_MEMORY = "250MB"


@dataclass(frozen=True, slots=True)
class Server:
    """One process of the server: ``app`` is what uvicorn serves, and starts and stops the rest with it."""

    app: FastAPI
    capture: Capture
    recovery: Recovery
    ledger: Ledger
    metrics: Metrics
    desk: Desk


class _Front(FastAPI):
    """The web framework with the door of deliveries before it: they go through nothing that they do not need."""

    door: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await (self.door or self.pages)(scope, receive, send)

    async def pages(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Everything else."""
        await super().__call__(scope, receive, send)


def system_clock() -> datetime:
    """The present moment."""
    return datetime.now(UTC)


def build_server(
    settings: ServerSettings,
    *,
    clock: Callable[[], datetime] = system_clock,
    platforms: Sequence[Connector] = PLATFORMS,
    times_faster: float | None = None,
    transport: httpx.BaseTransport | None = None,
    open_ledger: Callable[[str], Ledger] = Ledger,
    passwords: Passwords | None = None,
    mail: Sender | None = None,
) -> Server:
    """A server that is ready to start; its tables are brought up to date. Raises OSError and BadServerSettings.

    ``times_faster`` is told where the calls are simulated: how much faster than ours ``clock`` is. ``transport`` stands
    for the network to the platforms, ``mail`` for the mail server of the settings.
    """
    settings.prepare()
    box = settings.box()
    ledger = open_ledger(settings.database_url)
    ledger.migrate()
    ledger.learn()
    metrics = Metrics()
    capture = Capture(
        ledger,
        {each.name: each for each in platforms},
        box=box,
        clock=clock,
        metrics=metrics,
        quiet=Quiet(unanswered=settings.quiet_unanswered, answered=settings.quiet_answered),
    )
    folds = settings.role is not Role.WEB
    reachability = Reachability(ledger, public_url=settings.public_url, box=box, clock=clock, transport=transport)

    def polls(connector: Connector) -> bool:
        """Platforms that could deliver to us, and cannot because nobody outside reaches us, are asked each minute."""
        delivers = connector.events is not None and reachability.deliveries_come
        return not delivers and not any(isinstance(part, LongPoll) for part in connector.follow)

    capture.listen_with(reachability)
    paces = Paces(REAL_TIME)
    capture.listen_with(
        HistoryPoller(ledger, capture.journal, clock=clock, polls=polls, transport=transport, paces=paces)
    )
    capture.listen_with(
        Followers(ledger, capture.journal, clock=clock, chance=random.Random(), transport=transport, paces=paces)
    )
    capture.listen_with(Subscriptions(ledger, public_url=settings.public_url, clock=clock, transport=transport))
    capture.listen_with(OutgoingWebhooks(ledger, capture.feed, box=box, clock=clock))
    known = {each.name: each for each in CRMS}
    capture.listen_with(CrmSync(ledger, known, box=box, clock=clock, transport=transport, counts_in=_counts_in))
    capture.listen_with(Forgetter(ledger, capture.hear, key=settings.fingerprint_key(), clock=clock))
    lake = Lake(settings.lake_place, partial(fingerprints, settings.fingerprint_key()))
    scratch = settings.data / "scratch"
    columns = LiveColumns(ledger, lake, scratch=scratch)
    desk = Desk(ledger, columns, clock=clock)
    # Columns of their own: a long file keeps no page waiting, and takes little memory.
    apart = LiveColumns(ledger, lake, scratch=scratch, memory=FEEDS_MEMORY, threads=1)
    feeds = Feeds(ledger, apart, desk, scratch=scratch, clock=clock)
    capture.listen_with(LakeRefresher(ledger, lake, scratch=scratch, clock=clock))
    capture.listen_with(
        SheetPusher(
            ledger,
            lambda account, table, since: feeds.rows(Reader(account=account), table, since=since),
            not_ready=NotReady,
            box=box,
            clock=clock,
            transport=transport,
        )
    )
    client = httpx.Client(transport=transport, timeout=httpx.Timeout(10.0, connect=5.0))
    senders = _senders(settings, client, clock)
    recovery = _recovery(settings, ledger, capture, client, senders, clock=clock)
    capture.listen_with(
        Clerk(
            ledger,
            desk,
            hand=_hand(mail or senders.get(Channel.EMAIL)),
            hand_text=partial(_hand_text, recovery),
            value=partial(_value, ledger),
            link=settings.public_url or "",
            clock=clock,
        )
    )
    capture.wake_with(recovery.wake)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        capture.feed.open()
        await asyncio.to_thread(capture.start, folds=folds)
        if folds:
            await asyncio.to_thread(recovery.start)
        try:
            yield
        finally:
            await asyncio.to_thread(recovery.stop)
            await asyncio.to_thread(capture.stop)
            await asyncio.to_thread(desk.close)
            columns.close()
            feeds.close()
            ledger.close()

    app = _Front(docs_url=None, redoc_url=None, openapi_url="/api/v1/openapi.json", lifespan=lifespan)
    install_api(
        app,
        Services(
            ledger=ledger,
            feed=capture.feed,
            clock=clock,
            box=box,
            key=settings.fingerprint_key(),
            recovery=recovery,
            desk=desk,
            feeds=feeds,
        ),
    )
    app.include_router(operations(ledger, metrics))
    address = PublicAddress(settings.public_url, settings.trusted_proxies)
    install_pages(
        app,
        web.Services(
            ledger=ledger,
            feed=capture.feed,
            clock=clock,
            platforms=platforms,
            box=box,
            passwords=passwords or Passwords(),
            mail=mail or senders.get(Channel.EMAIL),
            public_url=settings.public_url,
            times_faster=times_faster,
            address=address,
            desk=desk,
            key=settings.fingerprint_key(),
            recovery=recovery,
            provider=_provider(settings, client, clock),
        ),
    )
    late = LateDoors(capture.read_doors)
    app.door = HookDoor(
        app.pages, capture.doors, capture.journal, address, clock=clock, note=capture.note_delivery, late=late
    )
    app.router.routes.append(Route("/reach/{word}", reach_door(box), methods=["GET"]))
    return Server(app=app, capture=capture, recovery=recovery, ledger=ledger, metrics=metrics, desk=desk)


def _recovery(
    settings: ServerSettings,
    ledger: Ledger,
    capture: Capture,
    client: httpx.Client,
    senders: Mapping[Channel, Sender],
    *,
    clock: Callable[[], datetime],
) -> Recovery:
    """Recovery, with the platforms that are connected as its ways out."""
    asking: dict[str, Http] = {}

    def http(endpoint: Endpoint) -> Http:
        return asking.setdefault(endpoint.id, Http(client))

    def hook(endpoint: Endpoint) -> str:
        base = (settings.public_url or "").rstrip("/")
        return f"{base}/hooks/{endpoint.connector}/{endpoint.key}" if base else ""

    timers = Timers(ledger)
    tools = Tools(
        ledger=ledger,
        timers=timers,
        clock=clock,
        key=settings.fingerprint_key(),
        ways=lambda: capture.endpoints,
        http=http,
        hook=hook,
        mail=senders.get(Channel.EMAIL),
    )
    push = Pusher(client=client, key=vapid_key(settings.fingerprint_key()), clock=clock, contact=_contact(settings))
    return Recovery(tools, timers, more=telling(senders, push))


def _hand(mail: Sender | None) -> Hand | None:
    """What hands the letters of reports to the mail server."""
    if mail is None:
        return None

    def hand(address: str, letter: Letter, id: str) -> str:
        try:
            mail(
                address,
                Message(
                    id=id, subject=letter.subject, body=letter.body, data={}, html=letter_html(letter.page),
                    papers=letter.papers,
                ),
            )  # fmt: skip
        except NotHanded:
            return "failed"
        except MaybeHanded:
            return "unknown"
        return "handed"

    return hand


def _hand_text(recovery: Recovery, account: str, number: int, body: str, id: str) -> str:
    """Have figures sent to the number that a member gave for them, by the ways of the business."""
    tools = recovery.tools
    recovery.ready()
    try:
        text_member(
            tools, account, f"+{number}", body, id=id, purpose=Purpose.REPORT, lasts=REPORT_LASTS, now=tools.clock()
        )  # fmt: skip
    except Refused:
        return "refused"
    except NotHanded:
        return "failed"
    return "handed"


def _value(ledger: Ledger, account: str) -> Money | None:
    """What a caller who is won brings an account; None where nobody told."""
    with ledger.reading() as connection:
        return read_settings(settings_of(connection, account)).usual_value


def _counts_in(connection: sa.Connection, account: str) -> str:
    """The currency in which a business counts."""
    return read_settings(settings_of(connection, account)).currency


def _contact(settings: ServerSettings) -> str:
    """Whom push services write to about us."""
    if settings.mail_from:
        return f"mailto:{parseaddr(settings.mail_from)[1]}"
    return settings.public_url or "mailto:decroche@localhost.invalid"


def _provider(settings: ServerSettings, client: httpx.Client, clock: Callable[[], datetime]) -> Provider | None:
    """Who vouches for members, where somebody does."""
    if settings.oidc_issuer is None or settings.oidc_client_id is None or settings.oidc_client_secret is None:
        return None
    return Provider(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        secret=settings.oidc_client_secret.get_secret_value(),
        client=client,
        clock=clock,
    )


def _senders(settings: ServerSettings, client: httpx.Client, clock: Callable[[], datetime]) -> dict[Channel, Sender]:
    """What hands messages to members, by the way they go."""
    senders: dict[Channel, Sender] = {}
    if settings.mail is not None:
        senders[Channel.EMAIL] = Mailbox(url=settings.mail.get_secret_value(), sender=settings.mail_from or "")
    if settings.notice_secret is not None:
        secret = settings.notice_secret.get_secret_value()
        senders[Channel.WEBHOOK] = Hook(client=client, secret=secret, clock=clock)
    return senders
