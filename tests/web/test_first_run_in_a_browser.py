"""From an empty ledger to the first caller won back, on a phone, in French: every form as people fill it in."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
import sqlalchemy as sa
import uvicorn

from decroche.ledger.one_time_links import LinkKind, make_one_time_link
from decroche.ledger.tables import journeys
from decroche.model.call import Direction
from decroche.server import Server, build_server
from decroche.server_settings import ServerSettings
from decroche.simulate.ringover import Account, deliveries
from decroche.simulate.stories import CallStory, Colleague, Happening, Step
from tests.faults.story import AFTER_CALL_KEY, CALL_KEY
from tests.recover.stage import eventually
from tests.web.browser import Browser, browser
from tests.web.garage import CHEAP, PASSWORD

pytestmark = pytest.mark.hard
ANNE, LINE, SENDER = "+33639980001", "+33199000001", "38111"
CAMILLE = Colleague(number=11_330_000, first_name="Camille")


class Gateway(ThreadingHTTPServer):
    """A gateway that accepts every text; ``texts`` holds recipient and words of each."""

    def __init__(self) -> None:
        self.texts: list[tuple[str, str]] = []
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                gateway.texts.append((self.headers["X-Kannel-To"], body))
                self.send_response(202)
                self.end_headers()
                self.wfile.write(b"0: Accepted for delivery")

            def log_message(self, format: str, *args: object) -> None:
                """Nothing: the test looks at what was sent."""

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/cgi-bin/sendsms"


@contextmanager
def installation(folder: Path) -> Iterator[tuple[Server, str]]:
    """A new installation on a port, with everything that runs beside the pages; nothing is replaced."""
    server = build_server(ServerSettings(data=folder, database=None), passwords=CHEAP)
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(server.app, access_log=False, log_config=None, timeout_graceful_shutdown=5)
    web = uvicorn.Server(config)
    thread = threading.Thread(target=web.run, args=([listening],))
    thread.start()
    try:
        yield server, f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.capture.feed.close()
        web.should_exit = True
        thread.join()


def call(hook: str, number: int, last: Happening, *, answered: bool = False) -> None:
    """The phone system delivers a call of Anne's that ended just now."""
    account = Account(url=hook, call_key=CALL_KEY, after_call_key=AFTER_CALL_KEY)
    ended = datetime.now(UTC)
    began = ended - timedelta(seconds=25)
    steps = [Step(at=began, happening=Happening.RINGING, colleague=CAMILLE)]
    if answered:
        talk = began + timedelta(seconds=5)
        steps.append(Step(at=talk, happening=Happening.ANSWERED, colleague=CAMILLE))
    steps.append(Step(at=ended, happening=last, colleague=CAMILLE if answered else None))
    story = CallStory(
        number=1_920_000_000_000_000_000 + number,
        direction=Direction.INBOUND,
        caller=ANNE,
        called=LINE,
        started_at=began,
        menu=None,
        closed=False,
        steps=tuple(steps),
    )
    for each in deliveries(story, account):
        httpx.post(each.url, content=each.body, headers=each.headers).raise_for_status()


def fill(chromium: Browser, **fields: str) -> None:
    for name, value in fields.items():
        chromium.page.fill(f"main [name={name}]", value)


def press(chromium: Browser, text: str) -> None:
    """Press the button or link of the page that says this; what the page has wrong is found at each."""
    assert (found := chromium.barriers()) == [], found
    assert chromium.run("return document.documentElement.scrollWidth") <= 390
    chromium.page.locator("main").locator("button:visible, a:visible").filter(has_text=text).first.click()
    chromium.page.wait_for_load_state("load")


def at(chromium: Browser, path: str) -> None:
    assert urlsplit(chromium.page.url).path == path, chromium.text("main")


def test_from_an_empty_ledger_to_the_first_caller_won_back(tmp_path: Path) -> None:
    with installation(tmp_path) as (server, base), browser(touch=True) as chromium:
        gateway = Gateway()
        chromium.look_like(width=390)
        chromium.context.set_extra_http_headers({"Accept-Language": "fr"})
        with server.ledger.writing() as connection:
            key = make_one_time_link(connection, LinkKind.FIRST_RUN, None, now=datetime.now(UTC))
        chromium.open(f"{base}/first-run?key={key}")
        fill(chromium, name="Inès Martin", email="ines@garage.example", password=PASSWORD, business="Garage Martin")
        press(chromium, "Commencer" if "Commencer" in chromium.text("main") else chromium.text("main button"))
        at(chromium, "/first-run/sites")
        fill(chromium, name="Lyon")
        press(chromium, "Ajouter")
        press(chromium, "Continuer")
        assert "Rien n’est enregistré" in chromium.text("main")
        for day in range(1, 8):
            chromium.page.fill(f"[name=from-{day}-0]", "00:00")
            chromium.page.fill(f"[name=to-{day}-0]", "00:00")
            chromium.page.fill(f"[name=from-{day}-1]", "")
            chromium.page.fill(f"[name=to-{day}-1]", "")
        press(chromium, "Enregistrer les horaires")
        press(chromium, "Continuer")
        fill(chromium, name="Accueil", number="01 99 00 00 01")
        press(chromium, "Ajouter")
        press(chromium, "Continuer")
        press(chromium, "Ringover")
        fill(chromium, call_key=CALL_KEY, after_call_key=AFTER_CALL_KEY)
        press(chromium, "Brancher")
        assert "Rien entendu encore" in chromium.text("#lights") and CALL_KEY not in chromium.page.content()
        hook = chromium.text("#lights code")
        # The door looks for new phone systems now and then; the first call turns the light green while one looks.
        eventually(lambda: httpx.post(hook).status_code != 404)
        call(hook, 1, Happening.HUNG_UP, answered=True)
        chromium.until("document.querySelector('#lights .good') !== null")
        chromium.open(f"{base}/first-run/phone-systems/smpp")
        fill(
            chromium,
            sendsms_url=gateway.url,
            username="decroche",
            password="gateway-password",
            token="gatewayToken1",
            sender=SENDER,
        )
        press(chromium, "Brancher")
        assert chromium.run("return document.querySelectorAll('#lights .alert').length") >= 1
        chromium.open(f"{base}/first-run/import")
        press(chromium, "Continuer" if "Continuer" in chromium.text("main") else "Passer cette étape")
        at(chromium, "/first-run/playbooks")
        press(chromium, "Choisir")
        press(chromium, "Continuer")
        fill(chromium, business="Garage Martin", phone="01 99 00 00 01", sender_0=SENDER)
        # Ringover sends texts too, but was given no key for them.
        chromium.page.select_option("[name=endpoint_0]", index=2)
        # The playbook offers times: what holds their address is open.
        fill(chromium, links=base)
        press(chromium, "Enregistrer")
        press(chromium, "Continuer")
        at(chromium, "/first-run/texts")
        body = "{business} : nous avons manqué votre appel. On vous rappelle vite. STOP = plus de SMS."
        chromium.page.fill("#body-0", "Promotion exceptionnelle chez {business}. STOP")
        chromium.until("document.querySelector('#looked-0 .refused') !== null")
        chromium.page.fill("#body-0", body)
        chromium.until("document.querySelector('#looked-0 .bubble').innerText.startsWith('Garage Martin : nous')")
        press(chromium, "Enregistrer")
        fill(chromium, to="06 39 98 00 02")
        press(chromium, "Envoyer l’essai")
        assert chromium.run("return document.querySelector('main .alert.bad')?.innerText ?? ''") == ""
        eventually(lambda: [to for to, _ in gateway.texts] == ["+33639980002"])
        # The page says so by itself, and lets go on.
        chromium.until("document.querySelector('#tried .good') !== null")
        chromium.until("document.querySelector('#onward .main') !== null")
        chromium.open(f"{base}/first-run/on")
        press(chromium, "Allumer les envois")
        at(chromium, "/callbacks")
        call(hook, 2, Happening.MISSED)
        eventually(lambda: [to for to, _ in gateway.texts] == ["+33639980002", ANNE], patience_s=60)
        assert gateway.texts[-1][1].startswith("Garage Martin : nous avons manqué votre appel.")
        call(hook, 3, Happening.HUNG_UP, answered=True)

        def state() -> list[str]:
            with server.ledger.reading() as connection:
                return list(connection.execute(sa.select(journeys.c.state)).scalars())

        eventually(lambda: state() == ["recovered"])
        assert [line for line in chromium.complaints() if "422" not in line] == []
        chromium.open(f"{base}/settings")
        assert "Mise en route" not in chromium.text("main") or "Texte" in chromium.text("main")
        gateway.shutdown()
        gateway.server_close()
