"""An owner lets people in, changes what they may do, and takes it back; who forgot a password gets another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from decroche.ledger.member_tables import audit_log, invitations, memberships, one_time_links
from decroche.ledger.setting_up import add_site
from decroche.model.member import Role
from decroche.recover.workflows.post import Message, NotHanded
from tests.web.garage import PASSWORD, Garage, garage
from tests.web.test_signing_in import second_factor, sign_in, where


class Letters:
    """A mail server that keeps what it is given."""

    def __init__(self, *, open: bool = True) -> None:
        self.sent: list[tuple[str, Message]] = []
        self.open = open

    def __call__(self, address: str, message: Message) -> None:
        if not self.open:
            raise NotHanded("closed")
        self.sent.append((address, message))

    def link(self) -> str:
        return re.search(r"http://decroche(/\S+)", self.sent[-1][1].body).group(1)  # type: ignore[union-attr]


@pytest.fixture
def letters() -> Letters:
    return Letters()


@pytest.fixture
def here(tmp_path: Path, letters: Letters) -> Iterator[Garage]:
    with garage(tmp_path, mail=letters) as found:
        yield found


def invited(owner: httpx.Client, email: str = "lea@garage.example", **form: object) -> tuple[str, httpx.Response]:
    answer = owner.post("/settings/members/invite", data={"email": email, "role": "agent", **form})
    found = re.search(r"<code>http://decroche(/invited/[\w-]+)</code>", answer.text)
    return (found.group(1) if found else ""), answer


def noted(here: Garage) -> list[str]:
    with here.server.ledger.reading() as connection:
        return list(connection.execute(sa.select(audit_log.c.action).order_by(audit_log.c.id)).scalars())


def join(here: Garage, path: str, **form: str) -> tuple[httpx.Client, httpx.Response]:
    visitor = here.visitor()
    given = {"name": "Léa Petit", "password": PASSWORD, "language": "fr", **form}
    return visitor, visitor.post(path, data=given)


def test_who_is_invited_joins_once_with_their_role_and_sites(here: Garage, letters: Letters) -> None:
    with here.server.ledger.writing() as connection:
        bron = add_site(connection, here.mine.account, "Bron")
        other = add_site(connection, here.other.account, "Elsewhere")
    path, answer = invited(here.browser(Role.OWNER), sites=[bron, other])
    assert "L’invitation est partie à lea@garage.example" in answer.text
    assert letters.sent[0][0] == "lea@garage.example" and letters.link() == path
    assert "Garage Martin" in letters.sent[0][1].subject
    assert "Rejoindre Garage Martin" in here.visitor().get(path).text
    for wrong in ({"password": "court"}, {"name": " "}, {"language": "de"}, {"password": "lea petit garage 1"}):
        assert join(here, path, **wrong)[1].status_code == 422, wrong
    visitor, answer = join(here, path)
    assert where(answer) == (303, "/") and visitor.get("/").status_code == 200
    with here.server.ledger.reading() as connection:
        rows = connection.execute(sa.select(memberships.c.role, memberships.c.sites)).all()
    assert ("agent", f'["{bron}"]') in [tuple(row) for row in rows]
    assert join(here, path)[1].status_code == here.visitor().get(path).status_code == 410
    assert where(sign_in(here.visitor(), "LEA@garage.example")) == (303, "/")
    assert noted(here)[:2] == ["member.invited", "member.joined"]


@pytest.mark.parametrize("mail", [None, Letters(open=False)])
def test_without_a_mail_server_the_link_is_handed_over(tmp_path: Path, mail: Letters | None) -> None:
    with garage(tmp_path, mail=mail) as here:
        path, answer = invited(here.browser(Role.OWNER))
        assert path and "Remettez vous-même ce lien" in answer.text
        text = here.visitor().post("/forgotten", data={"email": "lea@garage.example"}).text
        assert ("n’envoie pas d’e-mails" in text) == (mail is None)


def test_an_invitation_ends_after_a_week_or_when_taken_back_or_followed_by_another(here: Garage) -> None:
    owner = here.browser(Role.OWNER)
    first, _ = invited(owner)
    second, _ = invited(owner, "LEA@garage.example ")
    assert here.visitor().get(first).status_code == 410
    with here.server.ledger.reading() as connection:
        id = connection.execute(sa.select(invitations.c.id).where(invitations.c.used_at.is_(None))).scalar_one()
    other = here.browser(Role.OWNER, of=here.other)
    assert "lea@" not in other.get("/settings/members").text.lower()
    other.post(f"/settings/members/invitations/{id}/take-back")
    assert here.visitor().get(second).status_code == 200, "another business takes nothing back"
    owner.post(f"/settings/members/invitations/{id}/take-back")
    assert here.visitor().get(second).status_code == 410
    third, _ = invited(owner)
    here.now += timedelta(days=7, seconds=1)
    assert here.visitor().get(third).status_code == 410


def test_who_works_elsewhere_already_joins_with_the_password_they_have(here: Garage) -> None:
    email = here.with_password(Role.READER, of=here.other)
    path, _ = invited(here.browser(Role.OWNER), email)
    assert "est déjà connu ici" in here.visitor().get(path).text
    assert join(here, path, password="another one than theirs")[1].status_code == 422
    assert where(join(here, path)[1]) == (303, "/")


@pytest.mark.parametrize("email", ["", "lea", "lea@garage", "a@b.c, d@e.f", "lea@\nx.fr"])
def test_what_is_no_address_is_not_invited(here: Garage, email: str) -> None:
    assert invited(here.browser(Role.OWNER), email)[1].status_code == 422
    assert noted(here) == []


def test_the_last_owner_stays(here: Garage) -> None:
    id = here.member(Role.OWNER)
    owner = here.visitor(here.session(id))
    for path, form in ((f"/settings/members/{id}/remove", {}), (f"/settings/members/{id}/role", {"role": "agent"})):
        answer = owner.post(path, data=form)
        assert answer.status_code == 422 and "dernier propriétaire" in answer.text
    second = here.member(Role.READER)
    owner.post(f"/settings/members/{second}/role", data={"role": "owner"})
    assert where(owner.post(f"/settings/members/{id}/remove"))[0] == 303
    assert where(owner.get("/")) == (303, "/sign-in"), "and is out at once"


def test_nobody_changes_a_member_of_another_business(here: Garage) -> None:
    theirs = here.member(Role.AGENT, of=here.other)
    session = here.session(theirs, of=here.other)
    owner = here.browser(Role.OWNER)
    for path in ("role", "remove"):
        owner.post(f"/settings/members/{theirs}/{path}", data={"role": "reader"})
    assert here.visitor(session).get("/").status_code == 200
    assert noted(here) == []


def test_owners_need_a_second_factor_when_the_business_says_so(here: Garage) -> None:
    owner, reader = here.browser(Role.OWNER), here.browser(Role.READER)
    owner.post("/settings/members/second-factor", data={"owners": "yes"})
    assert where(owner.get("/")) == (303, "/account/second-factor")
    assert reader.get("/").status_code == 200
    assert where(owner.post("/settings/members/second-factor", data={})) == (303, "/account/second-factor")
    second_factor(here, here.email.replace(str(here.members), str(here.members - 1)))
    assert owner.get("/").status_code == 200


def test_who_forgot_a_password_gets_another_and_every_session_ends(here: Garage, letters: Letters) -> None:
    email = here.with_password(Role.AGENT)
    before = here.visitor()
    sign_in(before, email)
    same = {here.visitor().post("/forgotten", data={"email": each}).text for each in (email, "nobody@x.example")}
    assert len(same) == 1 and len(letters.sent) == 1
    path, visitor = letters.link(), here.visitor()
    assert email in visitor.get(path).text
    assert visitor.post(path, data={"password": "court"}).status_code == 422
    assert where(visitor.post(path, data={"password": "quatre nuages dans un seau"})) == (303, "/")
    assert where(before.get("/")) == (303, "/sign-in")
    assert sign_in(here.visitor(), email).status_code == 401
    assert here.visitor().post(path, data={"password": PASSWORD}).status_code == 410
    assert where(sign_in(here.visitor(), email, "quatre nuages dans un seau")) == (303, "/")


def test_a_reset_is_good_for_an_hour_and_does_not_pass_by_the_second_factor(here: Garage, letters: Letters) -> None:
    email = here.with_password(Role.AGENT)
    second_factor(here, email)
    here.visitor().post("/forgotten", data={"email": email})
    visitor = here.visitor()
    assert where(visitor.post(letters.link(), data={"password": "quatre nuages dans un seau"})) == (
        303,
        "/sign-in/code",
    )
    assert where(visitor.get("/")) == (303, "/sign-in")
    here.visitor().post("/forgotten", data={"email": email})
    here.now += timedelta(hours=1, seconds=1)
    assert here.visitor().get(letters.link()).status_code == 410


def test_letters_are_not_asked_for_without_end(here: Garage, letters: Letters) -> None:
    email = here.with_password(Role.AGENT)
    for _ in range(6):
        here.visitor().post("/forgotten", data={"email": email})
    assert len(letters.sent) == 3
    with here.server.ledger.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(one_time_links)).scalar_one() == 1


def test_a_business_with_lines_in_its_name_writes_one_subject(tmp_path: Path) -> None:
    letters = Letters()
    with garage(tmp_path, name="Garage\r\nBcc: all@x.example", mail=letters) as here:
        invited(here.browser(Role.OWNER))
    assert "\n" not in letters.sent[0][1].subject
    assert replace(letters.sent[0][1], body="").subject.startswith("Nadia Benali vous invite chez Garage Bcc:")


def test_a_member_sets_up_a_second_factor_and_every_other_session_ends(here: Garage) -> None:
    import pyotp

    email, visitor, other = here.with_password(Role.AGENT), here.visitor(), here.visitor()
    sign_in(visitor, email)
    sign_in(other, email)
    before = dict(visitor.cookies)
    assert visitor.post("/account/second-factor/begin", data={"password": "wrong"}).status_code == 422
    assert where(visitor.post("/account/second-factor/begin", data={"password": PASSWORD}))[0] == 303
    text = visitor.get("/account/second-factor").text
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", text).group(1)  # type: ignore[union-attr]
    picture = visitor.get("/account/second-factor/qr.svg")
    assert picture.headers["content-type"] == "image/svg+xml" and "<svg" in picture.text
    assert visitor.post("/account/second-factor/confirm", data={"code": "000000"}).status_code == 422
    done = visitor.post("/account/second-factor/confirm", data={"code": pyotp.TOTP(secret).at(here.now)})
    assert len(re.findall(r"<code>\w{4}-\w{4}-\w{4}</code>", done.text)) == 10
    assert where(other.get("/")) == (303, "/sign-in")
    assert visitor.get("/account").status_code == 200 and dict(visitor.cookies) != before
    assert visitor.get("/account/second-factor/qr.svg").status_code == 404, "it is shown until it is confirmed"
    assert where(sign_in(here.visitor(), email)) == (303, "/sign-in/code")
    assert visitor.post("/account/second-factor/drop", data={"password": "wrong"}).status_code == 422
    visitor.post("/account/second-factor/drop", data={"password": PASSWORD})
    assert where(sign_in(here.visitor(), email)) == (303, "/")
    assert {"member.second_factor_set", "member.second_factor_dropped"} <= set(noted(here))


def test_a_member_changes_their_name_language_and_password(here: Garage) -> None:
    email, visitor, other = here.with_password(Role.AGENT), here.visitor(), here.visitor()
    sign_in(visitor, email)
    sign_in(other, email)
    visitor.post("/account/about", data={"name": "Nadia B.", "language": "en"})
    assert "My account" in visitor.get("/account").text and "Nadia B." in visitor.get("/account").text
    new = {"old": PASSWORD, "password": "quatre nuages dans un seau"}
    for wrong in ({"old": "wrong"}, {"password": "court"}, {"password": email + email}):
        assert visitor.post("/account/password", data={**new, **wrong}).status_code == 422, wrong
    visitor.post("/account/password", data=new)
    assert visitor.get("/account").status_code == 200 and where(other.get("/")) == (303, "/sign-in")
    assert where(sign_in(here.visitor(), email, new["password"])) == (303, "/")


def test_a_token_is_shown_once_and_revoked_and_all_is_in_the_log(here: Garage) -> None:
    owner = here.browser(Role.OWNER)
    assert owner.post("/settings/tokens", data={"name": "CRM", "scopes": "all"}).status_code == 422
    made = owner.post("/settings/tokens", data={"name": "CRM", "scopes": ["read", "numbers"]}).text
    token = re.search(r"<code>(dcr_[\w-]+)</code>", made).group(1)  # type: ignore[union-attr]
    api = {"Authorization": f"Bearer {token}"}
    assert owner.get("/api/v1/account", headers=api).status_code == 200
    page = owner.get("/settings/tokens").text
    assert token not in page and "CRM" in page
    id = re.search(r"/settings/tokens/(\w+)/revoke", page).group(1)  # type: ignore[union-attr]
    here.browser(Role.OWNER, of=here.other).post(f"/settings/tokens/{id}/revoke")
    assert owner.get("/api/v1/account", headers=api).status_code == 200
    owner.post(f"/settings/tokens/{id}/revoke")
    assert owner.get("/api/v1/account", headers=api).status_code == 401
    log = owner.get("/settings/audit-log").text
    assert "a créé un jeton" in log and "a révoqué un jeton" in log and token not in log
    assert "a créé un jeton" not in owner.get("/settings/audit-log?about=member").text
    assert "a créé un jeton" not in owner.get("/settings/audit-log?until=2026-11-15").text
    assert "a créé un jeton" in owner.get("/settings/audit-log?since=2026-11-16&until=2026-11-16&about=token").text
    assert "Rien à montrer" in here.browser(Role.OWNER, of=here.other).get("/settings/audit-log").text


def test_the_log_is_paged(here: Garage) -> None:
    from decroche.ledger.audit_log import COMMAND, note

    with here.server.ledger.writing() as connection:
        for number in range(120):
            note(connection, here.mine.account, COMMAND, "token.made", details={"name": f"n{number}."}, at=here.now)
    owner, address, seen = here.browser(Role.OWNER), "/settings/audit-log?about=token", []
    while address:
        text = owner.get(address).text
        seen += re.findall(r"un jeton (n\d+)\.", text)
        following = re.search(r'href="([^"]+)" rel="next"', text)
        address = following.group(1).replace("&amp;", "&") if following else ""
    assert seen == [f"n{number}" for number in reversed(range(120))]
