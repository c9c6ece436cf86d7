"""``decroche account``, ``connect``, ``endpoints``, ``token`` and ``serve``: what they say, in both languages."""

from __future__ import annotations

import os
import pty
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner, Result

from decroche.cli import app
from decroche.cli.opening import server_speaker
from decroche.cli.serve import address_of, greet
from decroche.connectors.platforms import platform
from decroche.ledger.members import add_member
from decroche.ledger.one_time_links import LinkKind, look_at_link
from decroche.ledger.store import Ledger
from decroche.ledger.tables import endpoints, opening_hours
from decroche.ledger.tokens import bearer_of
from decroche.server_settings import Role, ServerSettings, read_server_settings
from tests.databases import database

SECRET = "hush-hush-0123456789"
TWILIO = ("connect", "twilio", "--set", f"auth_token={SECRET}", "--set", "account_sid=AC0")
Type = Callable[..., Result]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def typed(data: Path) -> Type:
    """Types a command for the ledger in ``data``, with nobody at the keyboard."""

    def run(*words: str, code: int = 0) -> Result:
        clean = {f"DECROCHE_{name}": None for name in ("DATABASE", "SECRET_KEY", "PUBLIC_URL", "HOST", "PORT", "ROLE")}
        found = CliRunner().invoke(app, [*words, "--data", str(data)], env=clean, catch_exceptions=False)
        assert found.exit_code == code, found.output
        assert SECRET not in found.output
        return found

    return run


def plain(found: Result) -> str:
    return " ".join(found.output.split())


def ledger(data: Path) -> Ledger:
    return Ledger(f"sqlite:///{data / 'ledger.db'}")


def test_a_business_is_set_up_and_connected_in_french_and_in_english(typed: Type, data: Path) -> None:
    said = plain(typed("account", "Garage Martin", "--hours", "lun-ven 8h-12h 14h-18h"))
    assert said.startswith("Garage Martin est enregistré (numéro ")
    said = plain(typed(*TWILIO, "--name", "Standard"))
    assert "Twilio est branché sous le nom « Standard »." in said
    assert re.search(r"Adresse à donner à Twilio : http://127\.0\.0\.1:8350/hooks/twilio/[\w-]{32}", said)
    assert "il lui faut une adresse publique en HTTPS" in said
    assert plain(typed("endpoints")).startswith("Standard (Twilio)")
    said = plain(typed("token", "CRM", "--scope", "read", "--scope", "numbers", "--lang", "en"))
    token = said.split()[-1]
    assert said == f"Token “CRM” (read, numbers), shown this once: {token}"
    with ledger(data).reading() as connection:
        bearer = bearer_of(connection, token)
        week = connection.execute(sa.select(opening_hours.c.week)).scalar_one()
        sealed = connection.execute(sa.select(endpoints.c.settings, endpoints.c.secrets)).one()
    assert bearer is not None and bearer.scopes == {"read", "numbers"}
    assert week == "mon-fri 08:00-12:00 14:00-18:00"
    assert SECRET not in sealed.settings and SECRET.encode() not in sealed.secrets


def test_the_steps_at_the_vendors_need_no_ledger(typed: Type, data: Path) -> None:
    assert "/hooks/ringover/" in typed("connect", "ringover", "--steps").output
    assert not (data / "ledger.db").exists()


@pytest.mark.parametrize(
    ("said", "name"), [("3CX", "threecx"), ("FreePBX", "asterisk"), ("kannel", "smpp"), ("OVH", "ovh")]
)
def test_a_phone_system_is_known_by_what_people_call_it(typed: Type, said: str, name: str) -> None:
    assert typed("connect", said, "--steps").output == typed("connect", name, "--steps").output


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("name", ["avaya", "threecx"])
def test_the_steps_name_every_setting_of_a_connection(typed: Type, name: str, lang: str) -> None:
    shown = typed("connect", name, "--steps", "--lang", lang).output
    assert [field.key for field in platform(name).fields if f"`{field.key}`" not in shown] == []
    examples = re.findall(r"`decroche connect (\w+) (.+)`", shown)
    assert [found for found, _ in examples] == [name, name]
    typed("account", "Un")
    for number, (_, settings) in enumerate(examples):
        typed("connect", name, *settings.split(), "--name", f"PBX {number}")


WRONG: dict[tuple[str, ...], tuple[str, str]] = {
    ("account", "G", "--zone", "Mars/Phobos"): ("Le fuseau horaire « Mars/Phobos » n’existe pas", "no time zone “Mars"),
    ("account", "G", "--zone", "/etc/passwd"): ("Le fuseau horaire", "There is no time zone"),
    ("account", "G", "--country", "XX"): ("Aucun calendrier de jours fériés", "No calendar of public holidays"),
    ("account", "G", "--country", "FR-XX"): ("« FR-XX »", "“FR-XX”"),
    ("account", "G", "--country", ""): ("Aucun calendrier", "No calendar"),
    ("account", "G", "--hours", "lun 8-25"): ("les horaires", "the opening hours"),
    ("account", "  "): ("ne peut pas être un nom", "cannot be a name"),
    ("account", "a\nb"): ("ne peut pas être un nom", "cannot be a name"),
    ("account", "\udcff"): ("ne peut pas être un nom", "cannot be a name"),
    ("account", "x" * 201): ("ne peut pas être un nom", "cannot be a name"),
    ("connect", "nokia"): ("n’est pas une téléphonie connue", "is not a phone system we know"),
    ("connect", "twilio"): ("Il manque : ", "Missing: "),
    ("connect", "twilio", "--set", SECRET): ("se lit mal", "cannot be read"),
    ("connect", "twilio", "--set", f"colour={SECRET}"): ("pas de réglage « colour »", "no setting “colour”"),
    (*TWILIO, "--set", "zone=Mars"): ("Le fuseau horaire « Mars »", "There is no time zone “Mars”"),
    (*TWILIO, "--set", "country=XX"): ("Aucun calendrier", "No calendar"),
    TWILIO: ("Aucune entreprise", "No business is set up yet"),
    ("token", "x"): ("Aucune entreprise", "No business is set up yet"),
    ("token", "x", "--scope", "all"): ("Droits possibles : read, numbers, write", "Possible rights: read"),
    ("endpoints", "--settings", "/nowhere.toml"): ("n’existe pas", "does not exist"),
    ("endpoints", "--database", f"mysql://me:{SECRET}@x/y"): ("Le réglage database", "The setting database"),
    ("endpoints", "--database", f"postgresql://me:{SECRET}@127.0.0.1:1/x"): ("ne répond pas", "does not answer"),
    ("serve", "--port", "70000"): ("un nombre de 0 à 65535", "a number from 0 to 65535"),
    ("serve", "--port", "http"): ("Le réglage port", "The setting port"),
    ("serve", "--public-url", "garage.fr"): ("Le réglage public_url", "The setting public_url"),
    ("serve", "--role", "web"): ("demande PostgreSQL", "needs PostgreSQL"),
    ("serve", "--host", "nowhere.invalid"): ("Impossible d’écouter", "Cannot listen on"),
    ("serve", "--port", "0", "--database", "postgresql://x@127.0.0.1:1/x"): ("ne répond pas", "does not answer"),
}


@pytest.mark.parametrize("words", WRONG, ids=lambda words: " ".join(words)[:40].encode("ascii", "replace").decode())
def test_whatever_is_wrong_is_said_in_a_sentence(typed: Type, words: tuple[str, ...]) -> None:
    french, english = WRONG[words]
    assert french in plain(typed(*words, code=2))
    assert english in plain(typed(*words, "--lang", "en", code=2))


def test_a_port_that_is_taken_is_said_in_the_language_of_the_command(typed: Type) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert "un autre programme s’en sert déjà" in plain(typed("serve", "--port", port, code=2))
        assert "another program uses it already" in plain(typed("serve", "--port", port, "--lang", "en", code=2))


def test_an_unknown_language_is_said_too(typed: Type) -> None:
    assert "Langue inconnue" in plain(typed("account", "G", "--lang", "de", code=2))


def test_a_name_is_given_once_and_a_business_is_named_where_there_are_two(typed: Type) -> None:
    typed("account", "Un")
    assert "Une entreprise s’appelle déjà Un" in plain(typed("account", " Un ", code=2))
    typed("account", "Deux")
    said = plain(typed("token", "x", code=2))
    assert "dites laquelle avec --account" in said and "Un" in said and "Deux" in said
    assert "Jeton" in plain(typed("token", "x", "--account", "Deux"))


def test_tokens_are_listed_and_revoked(typed: Type, data: Path) -> None:
    typed("account", "Un")
    assert plain(typed("token", "list")) == "Aucun jeton."
    kept, gone, twin, _ = (typed("token", name).output.split()[-1] for name in ("CRM", "Écran", "Deux", "Deux"))
    said = plain(typed("token", "list", "--lang", "en"))
    assert re.match(r"CRM \(read\), made on \w+ \d+, \d{4}, number [\w-]+ Écran \(read\), ", said)
    assert "dcr_" not in said
    assert plain(typed("token", "revoke", "Écran")) == "Le jeton Écran n’ouvre plus rien."
    with ledger(data).reading() as connection:
        assert bearer_of(connection, gone) is None and bearer_of(connection, kept) is not None
    assert "Écran" not in typed("token", "list").output
    assert "Aucun jeton valable ne s’appelle « Écran »" in plain(typed("token", "revoke", "Écran", code=2))
    first, second = re.findall(r"number ([\w-]+)", said)[2:]
    assert plain(typed("token", "revoke", "Deux", code=2)).endswith(f"de l’un d’eux : {first}, {second}.")
    typed("token", "revoke", first)
    with ledger(data).reading() as connection:
        assert bearer_of(connection, twin) is None
    assert typed("token", "list").output.count("Deux") == 1


@pytest.mark.parametrize("words", [("revoke",), ("CRM", "x"), ("list", "x"), ("list", "--scope", "read")])
def test_words_after_token_that_mean_nothing_are_explained(typed: Type, words: tuple[str, ...]) -> None:
    assert "decroche token revoke NOM" in plain(typed("token", *words, code=2))


def test_nobody_revokes_a_token_of_another_business(typed: Type, data: Path) -> None:
    typed("account", "Un")
    typed("account", "Deux")
    theirs = typed("token", "CRM", "--account", "Deux").output.split()[-1]
    typed("token", "revoke", "CRM", "--account", "Un", code=2)
    with ledger(data).reading() as connection:
        assert bearer_of(connection, theirs) is not None


def test_a_site_that_nobody_set_up_is_refused(typed: Type) -> None:
    typed("account", "Un")
    assert "Il n’y a pas de site « Bron ». Ceux de Un : aucun." in plain(typed(*TWILIO, "--site", "Bron", code=2))


def test_a_wrong_key_is_said_without_repeating_it(typed: Type, data: Path) -> None:
    typed("account", "Un")
    (data / "secret.key").write_text(f"{SECRET}\n", encoding="utf-8")
    for words in (TWILIO, ("serve", "--port", "0")):
        said = plain(typed(*words, code=2))
        assert "secret.key ne convient pas" in said and "sauvegarde" in said


def test_a_key_of_the_environment_is_checked(data: Path) -> None:
    environment = {"DECROCHE_SECRET_KEY": SECRET, "DECROCHE_DATA": str(data)}
    CliRunner().invoke(app, ["account", "Un"], env=environment, catch_exceptions=False)
    found = CliRunner().invoke(app, list(TWILIO), env=environment, catch_exceptions=False)
    assert found.exit_code == 2 and SECRET not in found.output
    assert "Le réglage secret_key ne convient pas" in plain(found)


def test_a_folder_that_is_none_and_a_file_that_is_no_ledger(typed: Type, data: Path) -> None:
    data.write_text("a file", encoding="utf-8")
    for words in (("account", "Un"), ("endpoints",), ("serve", "--port", "0")):
        assert "Impossible d’écrire" in plain(typed(*words, code=2)), words
    data.unlink()
    data.mkdir()
    (data / "ledger.db").write_text("no ledger at all", encoding="utf-8")
    for words in (("account", "Un"), ("endpoints",), ("serve", "--port", "0")):
        assert "ne répond pas" in plain(typed(*words, code=2)), words


def test_a_ledger_of_a_newer_version_is_left_alone(typed: Type, data: Path) -> None:
    typed("account", "Un")
    with ledger(data).writing() as connection:
        connection.execute(sa.text("update alembic_version set version_num = '9999'"))
    for words in (("account", "Deux"), ("serve", "--port", "0")):
        assert "version plus récente" in plain(typed(*words, code=2)), words


def test_a_ledger_that_may_not_be_written(typed: Type, data: Path) -> None:
    typed("account", "Un")
    with ledger(data).writing() as connection:
        connection.execute(
            sa.text("create trigger no before insert on accounts begin select raise(abort, 'read-only'); end")
        )
    assert "ne répond pas" in plain(typed("account", "Deux", code=2))


def test_a_taken_port_is_said(typed: Type) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        said = plain(typed("serve", "--port", str(taken.getsockname()[1]), code=2))
    assert "Choisissez un autre port avec --port" in said


@pytest.mark.parametrize(
    ("flags", "address"),
    [
        ({}, "http://127.0.0.1:9"), ({"host": "0.0.0.0"}, "http://localhost:9"), ({"host": "::1"}, "http://[::1]:9"),
        ({"host": "::"}, "http://localhost:9"), ({"public_url": "https://x.fr/"}, "https://x.fr"),
    ],
)  # fmt: skip
def test_the_address_is_one_to_open(flags: dict[str, object], address: str) -> None:
    assert address_of(read_server_settings(None, **flags), 9) == address


def greeting(
    told: ServerSettings, capsys: pytest.CaptureFixture[str], *, watched: bool = True, lang: str = "fr"
) -> str:
    opened = Ledger(told.database_url)
    greet(server_speaker(lang), opened, told, "http://x", watched=watched)
    opened.close()
    return " ".join(capsys.readouterr().out.split())


def test_until_somebody_works_there_a_link_makes_the_first_owner(
    typed: Type, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = read_server_settings(data=data)
    typed("endpoints")
    # What a service prints is kept in a log: no link there.
    assert "first-run" not in (said := greeting(told, capsys, watched=False)) and "decroche members link" in said
    said = greeting(told, capsys)
    [key] = re.findall(r"http://x/first-run\?key=(\S+)", said)
    assert said.startswith("Décroche est ouvert à http://x (Ctrl-C pour arrêter). Pour commencer")
    with ledger(data).writing() as connection:
        now = datetime.now(UTC)
        assert look_at_link(connection, LinkKind.FIRST_RUN, key, now=now)
        assert not look_at_link(connection, LinkKind.FIRST_RUN, key, now=now + timedelta(days=1, seconds=1))
        add_member(connection, name="A", email="a@b.example", password=None, language="fr", now=now)
    assert greeting(told, capsys, lang="en") == "Décroche is open at http://x (Ctrl-C to stop)."


def test_a_worker_has_no_pages(capsys: pytest.CaptureFixture[str]) -> None:
    with database("postgresql") as url:
        told = read_server_settings(database=url, role=Role.WORKER)
        assert greeting(told, capsys) == "Décroche travaille (Ctrl-C pour arrêter)."


@pytest.mark.parametrize("kind", ["postgresql"])
def test_the_same_on_postgresql(kind: str, typed: Type) -> None:
    with database(kind, migrated=False) as url:
        typed("account", "Un", "--database", url)
        typed(*TWILIO, "--database", url)
        assert "Twilio" in typed("endpoints", "--database", url).output
        opened = Ledger(url)
        with opened.reading() as connection:
            assert connection.execute(sa.select(endpoints.c.name)).scalars().all() == ["Twilio"]
        opened.close()


@pytest.mark.hard
def test_serve_says_its_link_on_a_terminal_and_ends_when_told(typed: Type, data: Path) -> None:
    typed("account", "Un")
    outside, inside = pty.openpty()
    command = [str(Path(sys.prefix) / "bin" / "decroche"), "serve", "--port", "0", "--data", str(data)]
    running = subprocess.Popen(command, stdin=inside, stdout=inside, stderr=subprocess.PIPE)
    os.close(inside)
    said = b""
    while b"first-run?key=" not in said or not said.endswith(b"\n"):
        said += os.read(outside, 4096)
    running.send_signal(signal.SIGTERM)
    _, errors = running.communicate(timeout=60)
    os.close(outside)
    assert b"first-run" not in errors and b"Traceback" not in errors
    assert running.returncode in {0, -signal.SIGTERM}
