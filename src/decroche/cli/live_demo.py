"""The live part of ``decroche demo``: a server of its own, an invented business, and a phone system that calls it."""

from __future__ import annotations

import secrets
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from cryptography.fernet import Fernet

from decroche.capture.history.poller import ask_for
from decroche.cli.demo_money import Invented, archive_letters, show_money
from decroche.cli.demo_sayings import DEMO_SAYINGS
from decroche.cli.running import run
from decroche.cli.speaker import Speaker
from decroche.ledger.members import add_member, join_account
from decroche.ledger.one_time_links import LinkKind, make_one_time_link
from decroche.ledger.recovery_settings import write_settings
from decroche.ledger.setting_up import Endpoint, add_account, add_endpoint, add_line, add_site, set_week
from decroche.ledger.tables import calls
from decroche.model.member import Role as MemberRole
from decroche.model.money import currency_of
from decroche.recover.settings import RecoverySettings
from decroche.recover.settings import write_settings as write_recovery_settings
from decroche.server import Server, build_server, system_clock
from decroche.server_settings import LogLevel, Role, ServerSettings
from decroche.simulate.platform import Platform, told
from decroche.simulate.ringover import Account, Sent
from decroche.simulate.ringover_api import RingoverApi
from decroche.simulate.stories import international
from decroche.simulate.timetable import Placed, Timelapse, in_order_of_time, monday_rush, without_end
from decroche.simulate.world import Week, World
from decroche.telemetry import configure_logging

HOST = "127.0.0.1"
_SEED = 9
#: How often is looked whether the past calls are read, in seconds, and how many live ones come meanwhile at most.
_LOOK_S, _FEW = 3.0, 12
#: How soon something happens, in seconds.
_QUIET_S = 4.0
#: Who owns the invented business.
_OWNER = "Camille Demo"
#: How the invented business calls back, and what a caller who is won brings it.
_PLAYBOOK, _VALUE = "garage", 180.0
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A business as the demonstration shows it.

    ``past_days`` are simulated before the moment at which it begins: their calls are read from the phone system.
    """

    name: str
    country: str
    world: World
    speed: float
    past_days: int


def show_live(business: Shown, *, port: int, seconds: float, speaker: Speaker) -> None:
    """Serve until Ctrl-C, or for ``seconds`` when they are told. Nothing is left behind."""
    configure_logging(LogLevel.WARNING)
    with tempfile.TemporaryDirectory(prefix="decroche-demo-") as folder, closing(_free_port(port)) as listening:
        port = listening.getsockname()[1]
        # Each setting is told: what is set on this machine for a real server must not reach the demonstration.
        settings = ServerSettings(
            data=Path(folder), database=None, secret_key=None, public_url=None, trusted_proxies=(),
            host=HOST, port=port, role=Role.ALL, log_level=LogLevel.WARNING,
            quiet_unanswered=timedelta(minutes=15), quiet_answered=timedelta(hours=4),
        )  # fmt: skip
        clock = _clock(business)
        api = RingoverApi(key=secrets.token_hex(20), clock=lambda: clock.shown(system_clock()))
        server = build_server(
            settings, clock=lambda: clock.shown(system_clock()), times_faster=business.speed, transport=api
        )
        with server.ledger.writing() as connection:
            endpoint, key = _set_up(connection, business, settings.box(), speaker, clock, api)
        account = Account(
            url=f"http://{HOST}:{port}/hooks/ringover/{endpoint.key}",
            call_key=endpoint.secret["call_key"],
            after_call_key=endpoint.secret["after_call_key"],
        )
        platform = Platform(
            _deliveries(business, account, api, clock),
            account=account,
            clock=lambda: clock.shown(system_clock()),
            speed=business.speed,
        )
        callers = [row["from_number"] for row in api.rows if row["direction"] == "in"]
        about = Invented(
            account=endpoint.account_id,
            currency=currency_of(business.country),
            key=settings.fingerprint_key(),
            callers=[f"+{number}" for number in map(str, callers) if number.isdecimal()],
            called=[str(row["to_number"]) for row in api.rows if row["direction"] == "in"],
            now=clock.shows,
        )
        show_money(server.ledger, about, speaker.knowing(DEMO_SAYINGS))
        speaker.say(
            "live_demo", name=business.name, speed=business.speed, url=f"http://{HOST}:{port}/sign-in/link/{key}"
        )
        speaker.say("live_demo_seconds" if seconds else "live_demo_until", seconds=seconds)
        sys.stdout.flush()
        platform.start()
        server.capture.listen_with(_Letters(server, endpoint.account_id, business, clock))
        run(server, host=HOST, port=port, listening=listening, seconds=seconds)
        platform.stop()
        speaker.say("live_demo_over", taken=platform.answers.taken)


class _Letters:
    """Has the letters of this Monday and of last month archived, once the calls that they count are read."""

    def __init__(self, server: Server, account: str, business: Shown, clock: Timelapse) -> None:
        self._server, self._account, self._business, self._clock = server, account, business, clock
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="demo-letters", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """End: the figures are closed after this."""
        self._ending.set()
        self._thread.join()

    def endpoints_changed(self, endpoints: Mapping[str, object]) -> None:
        """There is one phone system, and no other comes."""

    def _run(self) -> None:
        known, read = sa.select(sa.func.count()).where(calls.c.account_id == self._account), -1
        while not self._ending.wait(_LOOK_S):
            with self._server.ledger.reading() as connection:
                before, read = read, int(connection.execute(known).scalar_one())
            now, name = self._clock.shown(system_clock()), self._business.name
            # Two looks that find as many calls: the past is read.
            quiet = read and read - before < _FEW
            if quiet and archive_letters(self._server.ledger, self._server.desk, self._account, name, now=now):
                return


def _clock(business: Shown) -> Timelapse:
    """A clock that shows a busy hour; something happens as soon as the page is open."""
    now = system_clock()
    rush = monday_rush(business.world, now)
    first = next(step.at for _, step in in_order_of_time(_calls(business, rush)) if step.at >= rush)
    shows = max(rush, first - timedelta(seconds=_QUIET_S * business.speed))
    return Timelapse(began=now, shows=shows, speed=business.speed)


def _calls(business: Shown, begins: datetime) -> Iterator[Placed]:
    world = business.world
    first = begins.astimezone(ZoneInfo(world.zone)).date() - timedelta(days=business.past_days)
    return without_end(world, seed=_SEED, first=first)


def _deliveries(business: Shown, account: Account, api: RingoverApi, clock: Timelapse) -> Iterator[Sent]:
    sent = told(_calls(business, clock.shows), account=account, api=api, since=clock.shows)
    # The first delivery is made once everything before it is listed: the server will ask for that at its start.
    return chain([next(sent)], sent)


def _set_up(
    connection: sa.Connection, business: Shown, box: Fernet, speaker: Speaker, clock: Timelapse, api: RingoverApi
) -> tuple[Endpoint, str]:
    """The business with its sites, lines, hours, phone system and a link that signs its invented owner in."""
    world, now = business.world, clock.shows
    id = add_account(
        connection, name=business.name, country=business.country, zone=world.zone, language=speaker.language.code,
        now=now,
    )  # fmt: skip
    for site in world.sites:
        add_site(connection, id, site.name)
    set_week(connection, id, _written(world.teams[0].hours))
    placed: set[tuple[str, str]] = set()
    for team in world.teams:
        number = int(international(team.number, world.numbering).lstrip("+"))
        add_line(connection, id, name=team.line, number=number, site=team.site, department=team.department)
        if (team.site, team.department) not in placed:
            set_week(connection, id, _written(team.hours), site=team.site, department=team.department)
        placed.add((team.site, team.department))
    endpoint = add_endpoint(
        connection, id, connector="ringover", name="Ringover",
        settings={"zone": world.zone, "country": business.country.partition("-")[0], "region": "eu"},
        secret={"call_key": secrets.token_hex(32), "after_call_key": secrets.token_hex(32), "api_key": api.key},
        box=box, now=now,
    )  # fmt: skip
    ask_for(connection, endpoint.id, now - timedelta(days=business.past_days), now)
    # Nothing is sent: no phone system that sends texts is told. People are put on the list of callbacks all the same.
    wanted = RecoverySettings(active=True, business=business.name, playbook=_PLAYBOOK, value=_VALUE)
    write_settings(connection, id, write_recovery_settings(wanted), now)
    owner = add_member(
        connection, name=_OWNER, email="demo@decroche.example", password=None, language=speaker.language.code, now=now
    )
    join_account(connection, id, owner, role=MemberRole.OWNER, sites=None, now=now)
    # The clock of the demonstration runs fast: an hour of it is soon over.
    lasts = timedelta(days=1) * business.speed
    return endpoint, make_one_time_link(connection, LinkKind.SIGN_IN, owner, now=now, lasts=lasts)


def _written(week: Week) -> str:
    """Opening hours as ``set_week`` reads them."""
    return "; ".join(
        f"{_DAYS[day - 1]} " + " ".join(f"{_time(begin)}-{_time(end)}" for begin, end in spans)
        for day, spans in sorted(week.items())
        if spans
    )


def _time(minutes: float) -> str:
    return f"{int(minutes) // 60:02d}:{int(minutes) % 60:02d}"


def _free_port(wanted: int) -> socket.socket:
    """A socket that listens on ``wanted``, or on any free port when somebody else does."""
    for port in (wanted, 0):
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((HOST, port))
            listening.listen(128)
        except OSError:
            listening.close()
            if port == 0:
                raise
        else:
            return listening
    raise AssertionError("a port was chosen, or the system gave none")
