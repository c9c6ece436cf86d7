"""Members who come in with the account of their company, and a provider that is not to be believed."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import jwt
import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives import serialization

from decroche.ledger.invitations import invite
from decroche.ledger.member_tables import audit_log, invitations, members, memberships
from decroche.ledger.members import change_member, remove_member
from decroche.model.member import Role
from tests.web.garage import NOW, Garage, garage
from tests.web.identity_provider import CLIENT, ISSUER, SECRET, IdentityProvider
from tests.web.test_signing_in import kept, second_factor, where

LEA = "lea@garage.example"


class World:
    """A garage and its identity provider."""

    def __init__(self, here: Garage, provider: IdentityProvider) -> None:
        self.here, self.provider = here, provider

    def invited(self, role: Role = Role.AGENT, email: str = LEA, account: str = "a1") -> None:
        with self.here.server.ledger.writing() as connection:
            invite(connection, account, email=email, role=role, sites=None, by="Nadia", now=self.here.now)

    def member(self, role: Role = Role.AGENT, email: str = LEA) -> str:
        id = self.here.member(role)
        with self.here.server.ledger.writing() as connection:
            connection.execute(sa.update(members).where(members.c.id == id).values(email=email, email_key=email))
        return id

    def begun(self, visitor: httpx.Client) -> str:
        """The address that a browser is sent to."""
        answer = visitor.get("/sign-in/elsewhere")
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    def comes(self, visitor: httpx.Client | None = None, **answered: str) -> httpx.Response:
        """Somebody goes through the whole of it; ``answered`` is added to what the provider answers."""
        visitor = visitor or self.here.visitor()
        back = self.provider.visit(self.begun(visitor))
        return visitor.get(f"{back}&{urlencode(answered)}" if answered else back)

    def rows(self, query: sa.Select[Any]) -> list[tuple[Any, ...]]:
        with self.here.server.ledger.reading() as connection:
            return [tuple(row) for row in connection.execute(query)]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    found: list[Garage] = []
    provider = IdentityProvider(lambda: found[0].now if found else NOW)
    oidc = {"oidc_issuer": ISSUER, "oidc_client_id": CLIENT, "oidc_client_secret": SECRET}
    with garage(tmp_path, transport=provider, more=oidc) as here:
        found.append(here)
        yield World(here, provider)


def test_who_was_invited_joins_with_their_company_account(world: World) -> None:
    world.invited(Role.SUPERVISOR)
    visitor = world.here.visitor()
    assert 'href="/sign-in/elsewhere"' in visitor.get("/sign-in").text
    answer = world.comes(visitor)
    assert where(answer) == (303, "/")
    assert "Garage Martin" in visitor.get("/").text
    assert world.rows(sa.select(members.c.name, members.c.email, members.c.password, members.c.vouched_by)) == [
        ("Léa Roy", LEA, None, f"{ISSUER} subject-1")
    ]
    assert world.rows(sa.select(memberships.c.account_id, memberships.c.role)) == [("a1", "supervisor")]
    assert world.rows(sa.select(invitations.c.used_at.is_not(None))) == [(True,)]
    actions = [row[0] for row in world.rows(sa.select(audit_log.c.action).order_by(audit_log.c.id))]
    assert actions == ["member.joined", "member.vouched", "member.signed_in"]
    assert kept(answer)["decroche-asking"].value == "", "what bound the answer to the browser is taken back"


def test_a_member_is_known_by_issuer_and_subject_after_the_first_time(world: World) -> None:
    id = world.member()
    assert where(world.comes()) == (303, "/")
    world.provider.claims = {"email": "other@garage.example", "email_verified": None}
    assert where(world.comes()) == (303, "/"), "whatever their address is now"
    assert world.rows(sa.select(members.c.id, members.c.email)) == [(id, LEA)]
    world.provider.claims = {"sub": "subject-2"}
    answer = world.comes()
    assert answer.status_code == 403 and "déjà liée" in answer.text, "who got the address later is somebody else"
    world.provider.claims = {"sub": "SUBJECT-1", "email": "nobody@garage.example"}
    assert world.comes().status_code == 403, "subjects are told apart by case"


@pytest.mark.parametrize("claims", [
    {"email_verified": False}, {"email_verified": None}, {"email_verified": "false"}, {"email_verified": 1.5},
    {"email": None}, {"email": ["lea@garage.example"]},
])  # fmt: skip
def test_an_address_that_nobody_verified_opens_nothing(world: World, claims: dict[str, Any]) -> None:
    world.member()
    world.provider.claims = claims
    answer = world.comes()
    assert answer.status_code == 403 and "ne confirme pas votre adresse" in answer.text
    assert world.rows(sa.select(members.c.vouched_by)) == [(None,)]


def test_nobody_comes_in_uninvited_and_nobody_becomes_an_owner(world: World) -> None:
    assert world.comes().status_code == 403
    world.invited(Role.OWNER)
    answer = world.comes()
    assert answer.status_code == 403 and "le lien de son invitation" in answer.text
    world.here.now += timedelta(days=8)
    world.invited(email="other@garage.example")
    world.provider.claims = {"email": "not an address"}
    assert world.comes().status_code == 403
    assert world.rows(sa.select(members.c.id)) == []
    assert world.rows(sa.select(invitations.c.used_at).where(invitations.c.used_at.is_not(None))) == []


def test_who_was_taken_out_comes_back_by_invitation_only(world: World) -> None:
    id = world.member()
    world.comes()
    with world.here.server.ledger.writing() as connection:
        remove_member(connection, "a1", id)
    assert world.comes().status_code == 403
    world.invited(Role.READER, account="b2")
    visitor = world.here.visitor()
    assert where(world.comes(visitor)) == (303, "/")
    assert "Clinique Nord" in visitor.get("/").text
    with world.here.server.ledger.writing() as connection:
        connection.execute(sa.update(members).values(disabled_at=NOW))
    world.invited()
    assert world.comes().status_code == 403


def test_an_invitation_elsewhere_changes_nothing_for_who_works_here(world: World) -> None:
    world.member()
    world.invited(account="b2")
    world.comes()
    assert world.rows(sa.select(memberships.c.account_id)) == [("a1",)]


def test_a_second_factor_is_asked_for_unless_the_provider_did(world: World) -> None:
    world.member(Role.OWNER)
    second_factor(world.here, LEA)
    visitor = world.here.visitor()
    for methods in (None, ["pwd"], "mfa", ["otp", "MFA"]):
        world.provider.claims = {"amr": methods}
        assert where(world.comes(visitor)) == (303, "/sign-in/code")
        assert where(visitor.get("/")) == (303, "/sign-in")
    world.provider.claims = {"amr": ["pwd", "mfa"]}
    assert where(world.comes(visitor)) == (303, "/")
    assert visitor.get("/").status_code == 200


def test_rights_are_those_of_our_member(world: World) -> None:
    id = world.member(Role.READER)
    world.provider.claims = {"role": "owner", "groups": ["owner"]}
    visitor = world.here.visitor()
    world.comes(visitor)
    assert visitor.get("/settings/members").status_code == 403
    with world.here.server.ledger.writing() as connection:
        change_member(connection, "a1", id, role=Role.AGENT, sites=None, now=NOW)
    assert where(visitor.get("/")) == (303, "/sign-in")


WRONG: dict[str, dict[str, Any]] = {
    "nonce": {"nonce": "another"},
    "no nonce": {"nonce": None},
    "nonce of another kind": {"nonce": 7},
    "audience": {"aud": "another"},
    "no audience": {"aud": None},
    "several audiences, no party": {"aud": [CLIENT, "another"]},
    "another party": {"aud": [CLIENT, "another"], "azp": "another"},
    "issuer": {"iss": "https://evil.example"},
    "issuer with a slash": {"iss": f"{ISSUER}/"},
    "no subject": {"sub": None},
    "empty subject": {"sub": ""},
    "long subject": {"sub": "x" * 256},
    "expired": {"exp": int(NOW.timestamp()) - 121},
    "expiry of another kind": {"exp": "soon"},
    "no expiry": {"exp": None},
    "expiry that never comes": {"exp": float("inf")},
    "expiry that is no number": {"exp": float("nan")},
    "made long ago": {"iat": int(NOW.timestamp()) - 721},
    "made in the future": {"iat": int(NOW.timestamp()) + 121},
    "never made": {"iat": True},
    "not valid yet": {"nbf": int(NOW.timestamp()) + 121},
}


@pytest.mark.parametrize("claims", WRONG.values(), ids=WRONG)
def test_a_claim_that_is_wrong_is_believed_by_nobody(world: World, claims: dict[str, Any]) -> None:
    world.member()
    world.provider.claims = claims
    answer = world.comes()
    assert answer.status_code == 401 and "n’a pas confirmé" in answer.text
    assert "decroche" not in kept(answer)
    assert world.rows(sa.select(members.c.vouched_by)) == [(None,)]


def test_clocks_may_differ_a_little(world: World) -> None:
    world.member()
    second = int(NOW.timestamp())
    for claims in (
        {"exp": second - 119}, {"iat": second + 119, "nbf": second + 119}, {"aud": [CLIENT]},
        {"aud": [CLIENT, "b"], "azp": CLIENT}, {"email_verified": "true"},
    ):  # fmt: skip
        world.provider.claims = claims
        assert where(world.comes()) == (303, "/"), claims


def test_a_token_that_the_provider_did_not_sign_is_nobodys(world: World) -> None:
    world.member()
    provider = world.provider
    public = provider.key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    other = IdentityProvider(provider.clock)

    def confused(claims: dict[str, Any]) -> str:
        """The public key, taken for a shared secret."""
        head, body, _ = jwt.encode(claims, "x" * 64, algorithm="HS256", headers={"kid": "first"}).split(".")
        signed = base64.urlsafe_b64encode(hmac.digest(public, f"{head}.{body}".encode(), "sha256")).rstrip(b"=")
        return f"{head}.{body}.{signed.decode()}"

    forgeries = {
        "none": lambda claims: jwt.encode(claims, "", algorithm="none", headers={"kid": "first"}),
        "shared secret": lambda claims: jwt.encode(claims, SECRET * 9, algorithm="HS256", headers={"kid": "first"}),
        "key of the set as secret": confused,
        "another key": other.signed,
        "unknown key": lambda claims: jwt.encode(claims, other.key, algorithm="ES256", headers={"kid": "third"}),
        "changed": lambda claims: provider.signed({**claims, "sub": "x"})[:-8] + "AAAAAAAA",
        "no token": lambda _: "x",
        "empty": lambda _: "",
    }
    for name, forge in forgeries.items():
        provider.sign = forge
        answer = world.comes()
        assert (answer.status_code, "n’a pas confirmé" in answer.text) == (401, True), name
    assert world.rows(sa.select(members.c.vouched_by)) == [(None,)]


def test_keys_are_fetched_again_when_the_provider_has_others(world: World) -> None:
    world.member()
    for kid in ("first", "first", "second", "second"):
        if kid != world.provider.kid:
            world.provider.rotate(kid)
        assert where(world.comes()) == (303, "/")
    assert world.provider.asked.count("/keys") == 2
    assert world.provider.asked.count("/.well-known/openid-configuration") == 1
    world.here.now += timedelta(hours=1)
    world.comes()
    assert world.provider.asked.count("/keys") == 3


def test_an_answer_is_of_one_browser_and_of_one_time(world: World) -> None:
    world.member()
    visitor, thief = world.here.visitor(), world.here.visitor()
    address = world.begun(visitor)
    assert parse_qs(urlsplit(address).query)["state"][0] not in str(visitor.cookies), "it is sealed"
    sealed = visitor.cookies["decroche-asking"]
    back = world.provider.visit(address)
    for other in (thief, visitor):
        wrong = other.get(back if other is thief else back.replace("state=", "state=x"))
        assert wrong.status_code == 400 and "Recommencez" in wrong.text
    visitor.cookies.set("decroche-asking", sealed)
    assert where(visitor.get(back)) == (303, "/")
    for cookie in (sealed, "", "x", "é", "y" * 3_000):
        again = world.here.visitor()
        headers = {b"Cookie": f"decroche-asking={cookie}".encode()}
        assert again.get(back, headers=headers).status_code == 400, "the state was answered"
    address = world.begun(thief)
    world.here.now += timedelta(minutes=10)
    back = world.provider.visit(address)
    assert thief.get(back).status_code == 400, "it took too long"
    assert len(world.provider.asked) == 3, "nothing of this was asked of the provider"


def test_a_session_that_somebody_else_planted_is_not_kept(world: World) -> None:
    world.member()
    planted = world.here.session(world.here.member(Role.READER))
    visitor = world.here.visitor(planted)
    world.comes(visitor)
    assert where(world.here.visitor(planted).get("/")) == (303, "/sign-in")


def test_a_code_is_traded_once_and_by_who_asked(world: World) -> None:
    world.member()
    visitor = world.here.visitor()
    back = world.provider.visit(world.begun(visitor))
    code = parse_qs(urlsplit(back).query)["code"][0]
    world.provider.codes[code]["code_challenge"] = "of another browser"
    assert visitor.get(back).status_code == 401
    refusals: list[dict[str, Any]] = [
        {"error": "access_denied"},
        {"code": ""},
        {"code": "made-up"},
        {"iss": "https://evil.example"},
    ]
    for answered in refusals:
        assert world.comes(**answered).status_code == 401, answered
    assert where(world.comes(iss=ISSUER)) == (303, "/")
    world.here.now += timedelta(hours=1)
    world.provider.about = {"authorization_response_iss_parameter_supported": True}
    assert world.comes().status_code == 401, "it said that it would name itself"


def test_the_secret_goes_the_way_that_the_provider_wants(world: World) -> None:
    world.member()
    world.provider.about = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    assert where(world.comes()) == (303, "/")


def unreachable(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("down", request=request)


@pytest.mark.parametrize("down", [
    unreachable,
    lambda _: httpx.Response(503),
    lambda _: httpx.Response(200, text="<html>"),
    lambda _: httpx.Response(200, json=["list"]),
    lambda _: httpx.Response(200, content=b"[" * 100_000),
    lambda _: httpx.Response(200, content=b" " * 600_000 + b"{}"),
    lambda _: httpx.Response(302, headers={"location": "https://evil.example/"}),
])  # fmt: skip
def test_a_provider_that_is_down_is_said_to_be(world: World, down: Any) -> None:
    world.member()
    world.provider.down = down
    visitor = world.here.visitor()
    answer = visitor.get("/sign-in/elsewhere")
    assert answer.status_code == 503 and "ne répond pas en ce moment" in answer.text
    assert 'name="password"' in answer.text, "a password opens as before"
    for path in ("/sign-in", "/forgotten"):
        assert visitor.get(path).status_code == 200
    world.provider.down = None
    world.here.now += timedelta(seconds=5)
    back = world.provider.visit(world.begun(visitor))
    world.provider.down = down
    assert visitor.get(back).status_code == 503
    assert world.comes(error="server_error").status_code == 503
    world.provider.down = None
    world.here.now += timedelta(seconds=5)
    assert where(world.comes(visitor)) == (303, "/")


def test_a_provider_that_stays_silent_is_left_alone_for_a_moment(world: World) -> None:
    world.provider.down = unreachable
    for _ in range(10):
        world.here.visitor().get("/sign-in/elsewhere")
    assert len(world.provider.asked) == 1


@pytest.mark.parametrize("about", [
    {"issuer": "https://evil.example"}, {"issuer": None}, {"token_endpoint": "http://login.garage.example/token"},
    {"jwks_uri": "file:///etc/passwd"}, {"authorization_endpoint": None}, {"jwks_uri": "https://[x"},
])  # fmt: skip
def test_a_discovery_that_leads_astray_is_not_followed(world: World, about: dict[str, Any]) -> None:
    world.provider.about = about
    assert world.here.visitor().get("/sign-in/elsewhere").status_code == 503
    assert world.provider.asked == ["/.well-known/openid-configuration"]


def test_who_begins_too_often_waits(world: World) -> None:
    visitor = world.here.visitor()
    assert [visitor.get("/sign-in/elsewhere").status_code for _ in range(31)] == [303] * 30 + [429]


def test_without_a_provider_there_is_no_such_way(tmp_path: Path) -> None:
    with garage(tmp_path) as here:
        assert "elsewhere" not in here.visitor().get("/sign-in").text
        assert here.visitor().get("/sign-in/elsewhere").status_code == 404
