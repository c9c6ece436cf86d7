"""Logs, connections and long polls are followed through whatever breaks them, against phone systems on real ports."""

from __future__ import annotations

import random
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from decroche.capture.follow.followers import FIRST_WAIT_S, LONGEST_WAIT_S, Followers
from decroche.capture.follow.sockets import Watch, readable
from decroche.capture.pace import Paces
from decroche.capture.receive.journal import Journal, StoreUnavailable
from decroche.connector_kit.connector import Connector, LongPoll, Record, Settings
from decroche.connector_kit.errors import Unavailable
from decroche.connector_kit.http import Http
from decroche.connectors.platforms import platform
from decroche.ledger.observations import Observation
from tests.capture.listening import NOW, Listening, Turnstile, listening
from tests.platforms import asterisk as ami
from tests.platforms.avaya import SmdrServer, encoded, segment, send
from tests.platforms.freeswitch import EventSocketServer, missed_call
from tests.platforms.ovh import SETTINGS as OVH
from tests.platforms.ovh import Ovh, event

QUEUE_LOG = [
    "1772629878|1772629878.42|NONE|NONE|DID|+33199000002",
    "1772629880|1772629878.42|accueil|NONE|ENTERQUEUE||0639980001|1",
    "1772629917|1772629878.42|accueil|NONE|ABANDON|1|1|37",
]
CDR = (
    '"","0639980001","0199000002","from-trunk","""0639980001"" <0639980001>","PJSIP/trunk-0000002a","","Queue",'
    '"accueil,t,,,120","2026-03-04 14:11:18","2026-03-04 14:11:18","2026-03-04 14:11:57",39,39,"ANSWERED",'
    '"DOCUMENTATION","1772629878.42",""'
)


@contextmanager
def following(
    place: Listening,
    turn: Turnstile,
    *,
    watch: Watch = readable,
    transport: httpx.BaseTransport | None = None,
    journal: Journal | None = None,
    paces: Paces | None = None,
) -> Iterator[Followers]:
    followers = Followers(
        place.ledger,
        journal or place.journal,
        clock=lambda: NOW,
        chance=random.Random(7),
        transport=transport,
        patience=turn.patience,
        watch=watch,
        paces=paces,
    )
    followers.endpoints_changed({place.endpoint.id: (place.endpoint, place.connector)})
    followers.start()
    try:
        yield followers
    finally:
        followers.stop()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def only(name: str, *parts: str) -> Connector:
    found = platform(name)
    return replace(found, follow=tuple(part for part in found.follow if part.name in parts))


def add(path: Path, *lines: str) -> None:
    with path.open("a", encoding="utf-8") as log:
        log.writelines(f"{line}\n" for line in lines)


def test_a_log_and_the_call_records_tell_one_call_however_they_come(tmp_path: Path) -> None:
    queue_log, cdr = tmp_path / "queue_log", tmp_path / "Master.csv"
    settings = {"queue_log_path": str(queue_log), "cdr_path": str(cdr)}
    add(queue_log, *QUEUE_LOG[:2])
    add(cdr)
    with listening("asterisk", settings) as place:
        turn = Turnstile()
        with following(place, turn):
            place.until(lambda it: len(it.kept()) == 2)
            assert [call["progress"] for call in place.fold()] == ["waiting"]
            add(queue_log, QUEUE_LOG[2])
            add(cdr, CDR)
            for _ in range(6):
                turn.pause()
                turn.go_on()
            place.until(lambda it: len(it.kept()) == 4)
        [call] = place.fold()
        assert (call["progress"], call["disposition"], call["wait_s"]) == ("ended", "missed", 37.0)
        assert call["sources"] == "log"
        assert place.problem is None


def test_a_log_that_is_not_there_lights_the_light_until_it_comes(tmp_path: Path) -> None:
    path = tmp_path / "queue_log"
    with listening("asterisk", {"queue_log_path": str(path)}) as place:
        turn = Turnstile()
        with following(place, turn):
            assert 0.5 <= turn.pause() <= 1.0
            assert place.problem is not None and "does not exist" in place.problem
            add(path, *QUEUE_LOG)
            turn.go_on()
            assert turn.pause() == 0.5
            assert place.problem is None
            assert len(place.kept("log")) == 3


def test_a_restart_goes_on_behind_the_last_line_that_was_kept(tmp_path: Path) -> None:
    path = tmp_path / "queue_log"
    add(path, QUEUE_LOG[0])
    with listening("asterisk", {"queue_log_path": str(path)}) as place:
        for expected, line in ((1, QUEUE_LOG[1]), (2, QUEUE_LOG[2]), (3, None)):
            turn = Turnstile()
            with following(place, turn):
                turn.pause()
                assert len(place.kept()) == expected
            path.rename(path.with_name(f"queue_log.{4 - expected}"))
            if line is not None:
                add(path, line)


class _Full(Journal):
    """A journal that keeps nothing the first times."""

    def __init__(self, real: Journal, times: int) -> None:
        self._real, self.times = real, times

    def keep_all(self, observations: Sequence[Observation]) -> None:
        if self.times and observations:
            self.times -= 1
            raise StoreUnavailable("the disk is full")
        self._real.keep_all(observations)


def test_lines_that_were_not_kept_are_read_again(tmp_path: Path) -> None:
    path = tmp_path / "queue_log"
    add(path, *QUEUE_LOG)
    with listening("asterisk", {"queue_log_path": str(path)}) as place:
        turn = Turnstile()
        with following(place, turn, journal=_Full(place.journal, 2)):
            for _ in range(2):
                assert turn.pause() != 0.5
                turn.go_on()
            assert turn.pause() == 0.5
            assert len(place.kept()) == 3
            assert place.problem is None, "a full disk is no fault of the phone system"


def test_what_a_connection_says_waits_for_the_store() -> None:
    port = free_port()
    with listening("avaya", {"smdr_in_port": str(port), "smdr_in_host": "127.0.0.1"}) as place:
        turn, listens = Turnstile(), threading.Event()
        with following(place, turn, watch=_telling(listens), journal=_Full(place.journal, 2)):
            assert listens.wait(20)
            send(port, [segment(1000101)])
            for _ in range(2):
                assert turn.pause() == 1.0
                turn.go_on()
            place.until(lambda it: len(it.kept("live")) == 1)


def _telling(listens: threading.Event) -> Watch:
    def watch(connections: Sequence[socket.socket], seconds: float) -> Sequence[socket.socket]:
        listens.set()
        return readable(connections, seconds)

    return watch


def test_asterisk_is_heard_through_a_cut_in_the_middle_of_a_block() -> None:
    with ami.asterisk() as exchange, listening("asterisk", ami.settings(exchange)) as place:
        turn = Turnstile()
        with following(place, turn):
            assert exchange.logged_in.wait(20)
            first, second, *rest = ami.abandoned_call()
            exchange.say(first, second[: len(second) // 2])
            place.until(lambda it: len(it.kept()) == 1)
            exchange.hang_up()
            turn.pause()
            assert place.problem is not None and "closed the connection" in place.problem
            turn.go_on()
            assert exchange.logged_in.wait(20)
            exchange.say(*rest)
            place.until(lambda it: it.fold() and it.fold()[0]["progress"] == "ended")
        [call] = place.fold()
        assert call["disposition"] == "missed"


def test_a_refused_password_lights_the_light_and_is_not_tried_again_at_once() -> None:
    with (
        ami.asterisk(secret="another") as exchange,
        listening("asterisk", ami.settings(exchange)) as place,
    ):
        turn = Turnstile()
        with following(place, turn):
            assert turn.pause() >= LONGEST_WAIT_S / 2
            assert place.problem == "ami: Asterisk refuses the manager's user or secret"


def test_agents_are_seen_where_a_platform_tells_what_they_do() -> None:
    with ami.asterisk() as exchange, listening("asterisk", ami.settings(exchange)) as place:
        with following(place, Turnstile()):
            assert exchange.logged_in.wait(20)
            told = {"Queue": "sales", "MemberName": "Zoé", "Interface": "PJSIP/201", "Paused": 1}
            exchange.say(
                ami.block("QueueMemberPause", Timestamp="1772629878.0", **told, PausedReason="lunch"),
                *ami.abandoned_call(),
            )
            place.until(lambda it: len(it.kept()) >= 4)
        place.fold()
        assert [(row["agent"], row["presence"], row["reason"]) for row in place.agent_states()] == [
            ("Zoé", "paused", "lunch")
        ]
        with place.ledger.for_account(place.endpoint.account_id) as account:
            assert {row["name"]: row["presence"] for row in account.agents()} == {"Zoé": "paused"}


def test_agents_of_a_platform_that_tells_nothing_of_them_are_not_available() -> None:
    with SmdrServer([segment(1000101, connected="00:01:30")]) as server:
        settings = {"smdr_host": "127.0.0.1", "smdr_port": str(server.port)}
        with listening("avaya", settings) as place:
            with following(place, Turnstile()):
                place.until(lambda it: it.kept())
            place.fold()
            with place.ledger.for_account(place.endpoint.account_id) as account:
                [agent] = account.agents()
            assert agent["name"] and (agent["presence"], agent["since"], agent["reason"]) == (None, None, None)


def test_a_connection_that_says_nothing_is_asked_and_then_opened_again() -> None:
    turn = Turnstile()

    def nothing(connections: Sequence[socket.socket], seconds: float) -> Sequence[socket.socket]:
        found = readable(connections, 0)
        if not found:
            turn.elapsed += 10
        return found

    with socket.create_server(("127.0.0.1", 0)) as deaf:
        settings = {
            "ami_host": "127.0.0.1", "ami_port": str(deaf.getsockname()[1]), "ami_user": "u", "ami_secret": "s",
        }  # fmt: skip
        with (
            listening("asterisk", settings, connector=only("asterisk", "ami")) as place,
            following(place, turn, watch=nothing),
        ):
            connection, _ = deaf.accept()
            with connection:
                turn.pause()
                assert place.problem == "ami: nothing heard for 100 s"
                said = connection.recv(65_536).decode()
                assert said.count("Action: Ping") == 2
            turn.go_on()
            again, _ = deaf.accept()
            again.close()


def test_waits_between_attempts_grow_and_end_growing() -> None:
    settings = {"esl_host": "127.0.0.1", "esl_port": str(free_port()), "esl_password": "ClueCon"}
    with listening("freeswitch", settings) as place:
        turn = Turnstile()
        with following(place, turn):
            seen = []
            for _ in range(9):
                seen.append(turn.pause())
                turn.go_on()
            assert place.problem == "esl: the connection is refused"
    for pause, longest in zip(seen, [1, 2, 4, 8, 16, 32, 60, 60, 60], strict=True):
        assert longest / 2 <= pause <= longest
    assert len({round(pause / longest, 3) for pause, longest in zip(seen, [1, 2, 4, 8], strict=False)}) > 1


def test_freeswitch_is_heard_again_after_it_said_goodbye() -> None:
    calls = [missed_call(f"uuid-{number}", start_s=1772629878 + 60 * number) for number in range(3)]
    with EventSocketServer(calls[0], cut=7) as server:
        settings = {"esl_host": "127.0.0.1", "esl_port": str(server.port), "esl_password": "ClueCon"}
        with listening("freeswitch", settings) as place:
            turn = Turnstile()
            with following(place, turn):
                place.until(lambda it: len(it.kept()) == 2)
                server.hang_up()
                turn.pause()
                server.say(*calls[1])
                turn.go_on()
                # All that it says again is known.
                place.until(lambda it: len(it.kept()) == 4)
            assert [call["disposition"] for call in place.fold()] == ["missed", "missed"]


@pytest.mark.parametrize(
    ("name", "part"),
    [("avaya", "smdr_in"), ("threecx", "cdr_in")],
)
def test_whoever_calls_us_is_heard_also_while_an_older_connection_hangs(name: str, part: str) -> None:
    port = free_port()
    line = segment(1000101) if name == "avaya" else THREECX_LINE
    other = segment(1000102) if name == "avaya" else THREECX_LINE.replace("C2470_1", "C2470_2")
    with listening(name, {f"{part}_port": str(port), f"{part}_host": "127.0.0.1"}) as place:
        listens = threading.Event()
        with following(place, Turnstile(), watch=_telling(listens)):
            assert listens.wait(20)
            with socket.create_connection(("127.0.0.1", port)) as hangs:
                hangs.sendall(encoded([line])[:30])
                send(port, [other], cut=9)
                place.until(lambda it: len(it.kept()) == 1)
                hangs.sendall(encoded([line])[30:])
                place.until(lambda it: len(it.kept()) == 2)
            send(port, [line])
        assert len(place.kept()) == 2
        assert place.problem is None


THREECX_LINE = (
    "Call 1,00000C21DE5C2470_1,00:02:06,2026/03/04 09:12:00,2026/03/04 09:12:06,2026/03/04 09:14:06,TerminatedBySrc,"
    "+33199000101,Ext.101,10021,101,101,,,,,,,,Chain: +33199000101;Ext.101;,OutsideLine,Extension,,,Zoé,,"
)


def test_we_listen_at_the_address_that_was_set_and_at_no_other() -> None:
    port = free_port()
    with listening("avaya", {"smdr_in_port": str(port), "smdr_in_host": "127.0.0.1"}) as place:
        listens = threading.Event()
        with following(place, Turnstile(), watch=_telling(listens)):
            assert listens.wait(20)
            # Were it all addresses, nobody else could listen at one of them.
            with socket.create_server(("127.0.0.2", port)):
                pass


def test_a_port_that_is_taken_or_none_lights_the_light() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = {"smdr_in_port": str(taken.getsockname()[1]), "smdr_in_host": "127.0.0.1"}
        with listening("avaya", settings) as place:
            turn = Turnstile()
            with following(place, turn) as followers:
                turn.pause()
                assert place.problem == "smdr_in: another program listens on this port"
                wrong = replace(place.endpoint, settings={**place.endpoint.settings, "smdr_in_port": "eighty"})
                followers.endpoints_changed({wrong.id: (wrong, place.connector)})
                turn.pause()
                assert place.problem is not None and "not a number" in place.problem
                off = replace(place.endpoint, settings={})
                followers.endpoints_changed({off.id: (off, place.connector)})
                assert place.problem is None, "what is not followed has no problem"


def test_the_events_of_ovh_are_polled_and_the_session_is_remembered() -> None:
    ovh = Ovh()
    ovh.events = [[event("member-queue-start")], [], [event("member-queue-end", second=1777885960)]]
    turn = Turnstile()
    with listening("ovh", OVH | {"tokens": "known-token"}) as place:
        with following(place, turn, transport=httpx.MockTransport(ovh.answer)):
            place.until(lambda it: len(it.kept()) >= 1)
            turn.pause()
        again = Turnstile()
        for _ in range(10):  # whatever the first came to before it ended
            again.go_on()
        with following(place, again, transport=httpx.MockTransport(ovh.answer)):
            place.until(lambda it: len(it.kept()) == 2)
        assert len(ovh.sessions) == 1
        assert place.problem is None


def test_a_pause_that_the_platform_wants_holds_the_history_and_the_poll_alike() -> None:
    """They ask with one key, and a question during the pause begins it anew."""
    asked: list[str | None] = []

    def poll(http: Http, settings: Settings, position: str | None) -> tuple[tuple[Record, ...], str | None]:
        http.before()
        asked.append(position)
        if len(asked) == 1:
            raise Unavailable("one question too many", timedelta(seconds=60))
        return (), "on"

    polled = replace(platform("ringcentral"), follow=(LongPoll(name="sync", poll=poll),))
    keys = {"client_id": "a", "client_secret": "b", "jwt": "c"}
    with listening("ringcentral", keys, connector=polled) as place:
        turn = Turnstile()
        paces = Paces(turn.patience)
        assert polled.history is not None
        pace = paces.of_history(place.endpoint, polled.name, polled.history)
        pace.hold(40)
        with following(place, turn, paces=paces):
            assert (turn.pause(), asked) == (40, [])
            turn.elapsed = 40.0
            turn.go_on()
            # It is refused, and waits before the next attempt.
            assert turn.pause() <= FIRST_WAIT_S
            assert asked == [None]
            turn.go_on()
            assert turn.pause() == 60


def test_a_connector_that_fails_is_told_and_the_others_go_on(tmp_path: Path) -> None:
    path = tmp_path / "queue_log"
    add(path, *QUEUE_LOG)
    found = only("asterisk", "queue_log")

    def broken(http: object, settings: Settings, position: str | None) -> tuple[tuple[Record, ...], str | None]:
        raise KeyError("+33639980001")

    broken_too = replace(found, follow=(*found.follow, LongPoll(name="stream", poll=broken)))
    with listening("asterisk", {"queue_log_path": str(path)}, connector=broken_too) as place:
        turn = Turnstile()
        with following(place, turn):
            assert {turn.pause() > 20, turn.pause() > 20} == {True, False}
            assert place.problem == "stream: failed (KeyError)"
            assert len(place.kept()) == 3
