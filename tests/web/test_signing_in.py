"""Who comes in, how they are slowed who guess, and what a browser keeps."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pyotp
import pytest
import sqlalchemy as sa

from decroche.ledger.credentials import credentials_of
from decroche.ledger.member_tables import audit_log, members, sessions
from decroche.ledger.members import change_member, remove_member
from decroche.ledger.one_time_links import LinkKind, make_one_time_link
from decroche.ledger.second_factor import confirm_secret, propose_secret
from decroche.ledger.tokens import Scope
from decroche.model.member import Role
from decroche.server_settings import ServerSettings
from tests.in_process import client
from tests.web.garage import NOW, PASSWORD, Garage, garage

PAGES = (
    "/",
    "/live/now",
    "/live/changes",
    "/live/follow",
    "/connect",
    "/connect/ringover",
    "/connect/ringover/now",
    "/connect/nobody",
)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Garage]:
    with garage(tmp_path) as found:
        yield found


def kept(answer: httpx.Response) -> SimpleCookie:
    found = SimpleCookie()
    for line in answer.headers.get_list("set-cookie"):
        found.load(line)
    return found


def sign_in(visitor: httpx.Client, email: str, password: str = PASSWORD) -> httpx.Response:
    return visitor.post("/sign-in", data={"email": email, "password": password})


def where(answer: httpx.Response) -> tuple[int, str | None]:
    return answer.status_code, answer.headers.get("location")


def member_id(here: Garage, email: str) -> str:
    with here.server.ledger.reading() as connection:
        found = credentials_of(connection, email)
    assert found is not None
    return found.member


def test_a_browser_that_nobody_signed_in_with_is_sent_to_where_somebody_can(here: Garage) -> None:
    api = here.token(*Scope)
    for token in (None, "", "wrong", "dcr_é".encode().decode("latin-1"), api):
        headers = {} if token is None else {"Cookie": f"decroche={token}".encode("latin-1")}
        for page in PAGES:
            answer = client(here.server.app, headers=headers).get(page)
            assert where(answer) == (303, "/sign-in"), (token, page)
            assert answer.text == ""


def test_a_password_opens_a_session_that_no_script_can_read(here: Garage) -> None:
    email = here.with_password(Role.AGENT)
    visitor = here.visitor()
    answer = sign_in(visitor, f"  {email.upper()} ")
    assert where(answer) == (303, "/")
    for cookie in kept(answer).values():
        assert (cookie["httponly"], cookie["samesite"].lower(), cookie["path"]) == (True, "lax", "/")
        assert cookie["secure"] == ""
    token = kept(answer)["decroche"].value
    assert len(token) >= 43
    assert visitor.get("/").status_code == 200
    with here.server.ledger.reading() as connection:
        row = connection.execute(sa.select(sessions)).one()
        password = connection.execute(sa.select(members.c.password)).scalar_one()
        noted = connection.execute(sa.select(audit_log.c.action, audit_log.c.details)).one()
    assert token.encode() not in row.digest and password.startswith("$argon2id$") and PASSWORD not in password
    assert tuple(noted) == ("member.signed_in", '{"how":"password"}')


def test_under_https_cookies_are_of_this_host_alone(tmp_path: Path) -> None:
    with garage(tmp_path, public_url="https://calls.garage.example") as found:
        email = found.with_password(Role.READER)
        answer = sign_in(found.visitor(), email)
        cookies = kept(answer)
        assert set(cookies) == {"__Host-decroche", "__Host-decroche-known"}
        assert all(cookie["secure"] is True and not cookie["domain"] for cookie in cookies.values())
        assert found.browser(Role.READER).get("/").status_code == 200


@pytest.mark.parametrize(
    ("given", "password"), [("", ""), ("x", "not this one"), ("é\x00@b.c", "ù\x00"), ("a@b.example", "x" * 100_000)]
)
def test_what_is_wrong_is_refused_in_the_language_of_the_browser(here: Garage, given: str, password: str) -> None:
    for accepted, sentence in (
        ("fr-FR,fr", "ne vont pas ensemble"),
        ("fr-CA", "ne vont pas"),
        ("en-US", "do not belong"),
    ):
        visitor = here.visitor()
        answer = visitor.post(
            "/sign-in", data={"email": given, "password": password}, headers={"Accept-Language": accepted}
        )
        assert answer.status_code == 401
        assert sentence in answer.text
        assert "set-cookie" not in answer.headers
        assert not password or password not in answer.text


def test_who_is_nobody_and_who_works_nowhere_are_told_the_same(here: Garage) -> None:
    email = here.with_password(Role.AGENT)
    with here.server.ledger.writing() as connection:
        remove_member(connection, here.mine.account, credentials_of(connection, email).member)  # type: ignore[union-attr]
    said = {sign_in(here.visitor(), each).text.replace(each, "") for each in (email, "nobody@garage.example")}
    assert len(said) == 1


def test_a_session_ends_when_idle_and_some_day_and_with_its_member(here: Garage) -> None:
    visitor = here.browser(Role.AGENT)
    for _ in range(5):
        here.now += timedelta(hours=11)
        assert visitor.get("/").status_code == 200, "it is used"
    here.now += timedelta(hours=12, seconds=1)
    assert where(visitor.get("/")) == (303, "/sign-in")
    visitor = here.browser(Role.AGENT)
    for _ in range(70):
        here.now += timedelta(hours=10)
        visitor.get("/")
    assert visitor.get("/").status_code == 200
    for _ in range(3):
        here.now += timedelta(hours=10)
        visitor.get("/")
    assert where(visitor.get("/")) == (303, "/sign-in")


def test_other_rights_end_the_sessions_of_before(here: Garage) -> None:
    id = here.member(Role.AGENT)
    visitor = here.visitor(here.session(id))
    assert visitor.get("/").status_code == 200
    with here.server.ledger.writing() as connection:
        change_member(connection, here.mine.account, id, role=Role.READER, sites=None, now=NOW)
    assert where(visitor.get("/")) == (303, "/sign-in")


def test_signing_in_again_ends_the_session_of_before(here: Garage) -> None:
    email, visitor = here.with_password(Role.AGENT), here.visitor()
    first = kept(sign_in(visitor, email))["decroche"].value
    second = kept(sign_in(visitor, email))["decroche"].value
    assert first != second
    assert where(here.visitor(first).get("/")) == (303, "/sign-in")
    answer = visitor.post("/sign-out")
    assert where(answer) == (303, "/sign-in") and kept(answer)["decroche"].value == ""
    assert where(here.visitor(second).get("/")) == (303, "/sign-in")


def test_who_guesses_is_slowed_more_and_more(here: Garage) -> None:
    email, visitor = here.with_password(Role.AGENT), here.visitor()
    statuses = [sign_in(visitor, email, "wrong").status_code for _ in range(6)]
    assert statuses == [401, 401, 401, 401, 429, 429]
    answer = sign_in(visitor, email)
    assert answer.status_code == 429, "not even with the right password"
    assert answer.headers["retry-after"] == "1" and "Trop d’essais" in answer.text
    waits = []
    for _ in range(12):
        here.now += timedelta(seconds=int(answer.headers["retry-after"]))
        assert sign_in(visitor, email, "wrong").status_code == 401
        answer = sign_in(visitor, email)
        waits.append(int(answer.headers["retry-after"]))
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]
    here.now += timedelta(seconds=901)
    assert where(sign_in(visitor, email)) == (303, "/")


def test_a_browser_that_was_here_before_is_not_slowed_by_strangers(here: Garage) -> None:
    email, mine = here.with_password(Role.OWNER), here.visitor()
    other = here.with_password(Role.AGENT)
    assert where(sign_in(mine, email)) == (303, "/")
    mine.post("/sign-out")
    stranger = here.visitor()
    assert where(sign_in(stranger, other)) == (303, "/"), "their mark is of no use for another member"
    for _ in range(40):
        sign_in(stranger, email, "wrong")
        here.now += timedelta(seconds=61)
    assert sign_in(stranger, email, "wrong").status_code == 429
    assert sign_in(here.visitor(), email).status_code == 429, "a new browser at the same address waits"
    assert where(sign_in(mine, email)) == (303, "/")
    for _ in range(4):
        assert sign_in(mine, email, "wrong").status_code == 401
    assert sign_in(mine, email).status_code == 429, "but it answers for its own failures"


def test_a_mark_that_we_did_not_make_is_none(here: Garage) -> None:
    email, visitor = here.with_password(Role.OWNER), here.visitor()
    for _ in range(4):
        sign_in(visitor, email, "wrong")
    for forged in ("x", "é", "g" * 5_000, '{"a":"b"}'):
        headers = {b"Cookie": f"decroche-known={forged}".encode()}
        answer = visitor.post("/sign-in", data={"email": email, "password": PASSWORD}, headers=headers)
        assert answer.status_code == 429


def second_factor(here: Garage, email: str) -> tuple[pyotp.TOTP, tuple[str, ...]]:
    box, id = ServerSettings(data=here.folder).box(), member_id(here, email)
    with here.server.ledger.writing() as connection:
        made = pyotp.TOTP(propose_secret(connection, box, id))
        codes = confirm_secret(connection, box, id, made.at(here.now), now=here.now)
    assert codes is not None
    return made, codes


def test_the_second_factor_is_asked_for_once_each_code(here: Garage) -> None:
    email, visitor = here.with_password(Role.OWNER), here.visitor()
    made, codes = second_factor(here, email)
    with here.server.ledger.reading() as connection:
        sealed = connection.execute(sa.select(members.c.totp)).scalar_one()
    assert made.secret.encode() not in sealed
    answer = sign_in(visitor, email)
    assert where(answer) == (303, "/sign-in/code")
    assert set(kept(answer)) == {"decroche"}, "the browser is not known before the code"
    half = kept(answer)["decroche"].value
    assert where(visitor.get("/")) == (303, "/sign-in"), "half a sign-in opens nothing"
    assert "Code de vérification" in visitor.get("/sign-in/code").text
    assert visitor.post("/sign-in/code", data={"code": made.at(here.now)}).status_code == 401, "it confirmed the secret"
    assert visitor.post("/sign-in/code", data={"code": "000000"}).status_code == 401
    here.now += timedelta(seconds=30)
    code = made.at(here.now)
    assert where(visitor.post("/sign-in/code", data={"code": f" {code[:3]} {code[3:]}"})) == (303, "/")
    assert visitor.get("/").status_code == 200
    assert where(here.visitor(half).get("/")) == (303, "/sign-in"), "the token is another one"
    again = here.visitor()
    sign_in(again, email)
    assert again.post("/sign-in/code", data={"code": code}).status_code == 401, "a code was seen on its way"
    assert where(again.post("/sign-in/code", data={"code": codes[0].upper()})) == (303, "/")
    third = here.visitor()
    sign_in(third, email)
    assert third.post("/sign-in/code", data={"code": codes[0]}).status_code == 401


def test_codes_are_not_guessed_and_half_a_sign_in_ends_soon(here: Garage) -> None:
    email, visitor = here.with_password(Role.OWNER), here.visitor()
    made, _ = second_factor(here, email)
    sign_in(visitor, email)
    statuses = [visitor.post("/sign-in/code", data={"code": str(number) * 6}).status_code for number in range(6)]
    assert statuses == [401, 401, 401, 401, 429, 429]
    other = here.visitor()
    sign_in(other, email)
    assert other.post("/sign-in/code", data={"code": "1"}).status_code == 429, "from whichever browser"
    here.now += timedelta(minutes=10, seconds=1)
    assert where(visitor.post("/sign-in/code", data={"code": made.at(here.now)})) == (303, "/sign-in")


def test_a_link_signs_in_once_and_not_by_being_looked_at(here: Garage) -> None:
    email = here.with_password(Role.OWNER)
    with here.server.ledger.writing() as connection:
        key = make_one_time_link(connection, LinkKind.SIGN_IN, member_id(here, email), now=NOW)
    visitor = here.visitor()
    for _ in range(2):
        assert "au nom de Nadia Benali" in visitor.get(f"/sign-in/link/{key}").text
    assert where(visitor.post(f"/sign-in/link/{key}")) == (303, "/")
    assert visitor.get("/").status_code == 200
    for path in (f"/sign-in/link/{key}", "/sign-in/link/wrong"):
        assert here.visitor().get(path).status_code == here.visitor().post(path).status_code == 410


def test_a_form_of_another_site_changes_nothing(here: Garage, tmp_path: Path) -> None:
    email = here.with_password(Role.OWNER)
    data = {"email": email, "password": PASSWORD}

    def status(found: Garage, **headers: str) -> int:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return client(found.server.app).post("/sign-in", data=data, headers=named).status_code

    for good in ({"Sec_Fetch_Site": "same-origin"}, {"Sec_Fetch_Site": "none"}, {"Origin": "http://decroche"}):
        assert status(here, **good) == 303, good
    for bad in (
        {}, {"Sec_Fetch_Site": "cross-site"}, {"Sec_Fetch_Site": "same-site"}, {"Origin": "null"},
        {"Origin": "http://evil.example"}, {"Origin": "http://decroche.evil.example"},
        {"Sec_Fetch_Site": "cross-site", "Origin": "http://decroche"},
    ):  # fmt: skip
        assert status(here, **bad) == 403, bad
    with garage(tmp_path / "public", public_url="https://calls.garage.example") as found:
        for origin, expected in (("https://calls.garage.example", 401), ("http://calls.garage.example", 403),
                                 ("http://decroche", 403)):  # fmt: skip
            assert status(found, Origin=origin) == expected, origin


def test_programs_and_callers_are_apart(here: Garage) -> None:
    stranger = client(here.server.app)
    assert stranger.post("/api/v1/webhooks", json={}).status_code == 401
    assert stranger.post("/r/wrong").status_code == 404
    assert stranger.post("/hooks/ringover/wrong").status_code == 404


@pytest.mark.parametrize("page", ["/", "/live/now", "/sign-in", "/connect", "/connect/ringover"])
def test_pages_let_nothing_in_from_elsewhere_and_are_kept_nowhere(here: Garage, page: str) -> None:
    headers = here.browser().get(page).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert {word for sources in policy.values() for word in sources.split()} == {"'none'", "'self'"}
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-type"] == "text/html; charset=utf-8"


def first_run(here: Garage) -> str:
    with here.server.ledger.writing() as connection:
        return make_one_time_link(connection, LinkKind.FIRST_RUN, None, now=here.now)


def test_the_first_owner_comes_in_by_the_link_of_the_terminal(here: Garage) -> None:
    key, visitor = first_run(here), here.visitor()
    text = visitor.get("/first-run", params={"key": key}).text
    assert "Vous dirigerez Garage Martin" in text
    given = {
        "key": key,
        "name": "Inès",
        "email": "ines@garage.example",
        "language": "fr",
        "password": "motdepasse2026!",
    }
    answer = visitor.post("/first-run", data=given)
    assert answer.status_code == 422 and "Trop facile à deviner" in answer.text and "motdepasse2026!" not in answer.text
    answer = visitor.post("/first-run", data={**given, "password": PASSWORD})
    assert where(answer) == (303, "/first-run/sites")
    assert "Garage Martin" in visitor.get("/").text
    for late in (visitor.get("/first-run", params={"key": key}), visitor.post("/first-run", data=given)):
        assert late.status_code == 410 and "déjà un propriétaire" in late.text
    assert urlsplit(str(answer.url)).path == "/first-run"
    assert where(sign_in(here.visitor(), "ines@garage.example")) == (303, "/")


def test_the_first_owner_names_the_business_where_there_is_none(tmp_path: Path) -> None:
    with garage(tmp_path, businesses=False) as here:
        key, visitor = first_run(here), here.visitor()
        assert "Europe/Zurich" in visitor.get("/first-run", params={"key": key}).text
        given = {"key": key, "name": "", "email": "ines", "password": "court", "language": "de", "country": "XX",
                 "zone": "Mars/Phobos", "business": " "}  # fmt: skip
        answer = visitor.post("/first-run", data=given)
        assert answer.status_code == 422
        assert answer.text.count('aria-invalid="true"') == 7
        given |= {"name": "Inès", "email": "ines@garage.example", "password": PASSWORD, "language": "fr-CA",
                  "country": "CA-QC", "zone": "", "business": "Garage Côté"}  # fmt: skip
        assert where(visitor.post("/first-run", data=given)) == (303, "/first-run/sites")
        page = visitor.get("/").text
        assert "Garage Côté" in page and '<html lang="fr-CA"' in page
        with here.server.ledger.reading() as connection:
            about = connection.execute(sa.text("select name, country, zone, language from accounts")).one()
        assert tuple(about) == ("Garage Côté", "CA-QC", "America/Toronto", "fr-CA")


def test_the_first_run_opens_by_its_key_alone_and_for_a_day(here: Garage) -> None:
    key = first_run(here)
    given = {"name": "Eve", "email": "eve@x.example", "password": PASSWORD, "language": "fr"}
    for wrong in ("", "wrong", key[:-1]):
        assert here.visitor().post("/first-run", data={**given, "key": wrong}).status_code == 410
    here.now += timedelta(days=1, seconds=1)
    assert here.visitor().get("/first-run", params={"key": key}).status_code == 410
