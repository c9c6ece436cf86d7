"""No platform with webhooks lets in what it did not sign, and none tells by its time how near a guess was."""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from decroche.connector_kit.connector import Delivery, Events
from decroche.connector_kit.errors import NotAuthentic
from decroche.connectors.platforms import PLATFORMS, platform
from tests.platforms.signing import NOW, SIGNERS, Signer

URL = "https://calls.garage.example/hooks/{0}/a-key"
WITH_EVENTS = [each for each in PLATFORMS if each.events is not None]
SIGNED = pytest.mark.parametrize("signer", SIGNERS, ids=lambda each: f"{each.platform}-{each.scheme}")


def events(signer: Signer) -> Events:
    found = platform(signer.platform).events
    assert found is not None
    return found


def url(signer: Signer) -> str:
    return URL.format(signer.platform)


def ours(signer: Signer) -> Delivery:
    return signer.sign(signer.ours, url(signer), NOW)


def verify(signer: Signer, delivery: Delivery, *, now: datetime = NOW) -> None:
    events(signer).verify(delivery, signer.ours, now)


def refused(signer: Signer, delivery: Delivery, *, now: datetime = NOW) -> None:
    with pytest.raises(NotAuthentic) as caught:
        verify(signer, delivery, now=now)
    told = str(caught.value)
    assert told
    assert not any(secret in told for secret in (*signer.ours.values(), *signer.theirs.values()))


def secret_part(signer: Signer, proof: str) -> int:
    """Where the part begins that cannot be known: of a JWT the signature, of a Basic log-in what follows the word."""
    return proof.rfind(".") + 1 if signer.scheme in ("v1", "jwt") else len("Basic ") if signer.scheme == "basic" else 0


def changed(proof: str, place: int) -> str:
    letter = "B" if proof[place] == "A" else "A"
    return proof[:place] + letter + proof[place + 1 :]


@pytest.mark.parametrize("name", [each.name for each in WITH_EVENTS])
def test_every_platform_with_webhooks_has_a_signer_here(name: str) -> None:
    assert [each for each in SIGNERS if each.platform == name]


@SIGNED
def test_what_the_platform_signed_comes_in(signer: Signer) -> None:
    verify(signer, ours(signer))


@SIGNED
def test_a_proof_that_is_missing_or_empty_is_none(signer: Signer) -> None:
    for proof in (None, "", " ", "Basic ", "Bearer ", "null", "None", "a.b.c"):
        refused(signer, signer.with_proof(ours(signer), proof))


@SIGNED
def test_a_proof_that_is_cut_or_longer_is_none(signer: Signer) -> None:
    delivery = ours(signer)
    proof = signer.proof(delivery)
    for length in (1, len(proof) // 2, len(proof) - 4, len(proof) - 1):
        refused(signer, signer.with_proof(delivery, proof[:length]))
    for longer in (proof + proof, "x" + proof, proof + "xxxx"):
        refused(signer, signer.with_proof(delivery, longer))


@SIGNED
def test_a_proof_with_one_letter_changed_is_none(signer: Signer) -> None:
    delivery = ours(signer)
    proof = signer.proof(delivery)
    # The last letter of Base64 may hold bits that mean nothing.
    for place in range(secret_part(signer, proof), len(proof) - 3):
        refused(signer, signer.with_proof(delivery, changed(proof, place)))
    refused(signer, signer.with_proof(delivery, proof.swapcase()))


@SIGNED
def test_another_account_does_not_come_in(signer: Signer) -> None:
    refused(signer, signer.sign(signer.theirs, url(signer), NOW))
    mixed = signer.with_proof(ours(signer), signer.proof(signer.sign(signer.theirs, url(signer), NOW)))
    refused(signer, mixed)


@SIGNED
def test_without_a_secret_nobody_comes_in(signer: Signer) -> None:
    empty = dict.fromkeys(signer.ours, "")
    signed_with_nothing = [] if signer.scheme == "v1" else [signer.sign(empty, url(signer), NOW)]
    for settings in ({}, empty):
        for delivery in (ours(signer), *signed_with_nothing):
            with pytest.raises(NotAuthentic):
                events(signer).verify(delivery, settings, NOW)


@SIGNED
def test_what_was_signed_for_another_address_is_refused_where_the_address_is_signed(signer: Signer) -> None:
    place, _, shown = ours(signer).url.partition("?")
    for other in (place + "x", place.replace("garage", "others"), place + "?a=1"):
        called = f"{other}{'&' if '?' in other else '?'}{shown}".rstrip("?&")
        delivery = replace(ours(signer), url=called)
        if "url" in signer.covers and not (other.endswith("?a=1") and signer.scheme == "v1"):
            refused(signer, delivery)
        else:
            verify(signer, delivery)


@SIGNED
def test_another_body_is_refused_or_not_believed(signer: Signer) -> None:
    delivery = ours(signer)
    other = replace(delivery, body=delivery.body.replace(b"7", b"8").replace(b"no-answer", b"completed"))
    if "body" in signer.covers:
        refused(signer, other)
    elif signer.scheme == "v1":
        # The signed copy is what is kept, whatever the body says.
        assert events(signer).record(other) == events(signer).record(delivery)


@SIGNED
@pytest.mark.parametrize("minutes", [-60 * 24, -6, 6, 60 * 24])
def test_a_signed_time_that_is_far_off_is_refused(signer: Signer, minutes: int) -> None:
    then = NOW + timedelta(minutes=minutes)
    if "time" in signer.covers:
        refused(signer, ours(signer), now=then)
        fresh = signer.sign(signer.ours, url(signer), then)
        stamp = "x-ringover-request-signature-v3-timestamp"
        if stamp in fresh.headers:
            headers = {**ours(signer).headers, stamp: fresh.headers[stamp]}
            refused(signer, replace(ours(signer), headers=headers), now=then)
    else:
        verify(signer, ours(signer), now=then)


#: What holds a secret, or what is held against one.
_SECRET = re.compile(r"secret|token|key|password|signature|given|expected|wanted|shown|proof|hash|mac\b|bearer", re.I)
_BY_PART = {"startswith", "endswith"}


def functions(module: ast.Module) -> dict[str, ast.FunctionDef]:
    return {node.name: node for node in ast.walk(module) if isinstance(node, ast.FunctionDef)}


def reached(name: str, known: dict[str, ast.FunctionDef]) -> set[str]:
    """The functions of the module that ``name`` calls, and those that they call."""
    found, todo = set[str](), [name]
    while todo:
        if (each := todo.pop()) in found or each not in known:
            continue
        found.add(each)
        todo += [node.id for node in ast.walk(known[each]) if isinstance(node, ast.Name)]
    return found


def comparisons_of_secrets(node: ast.AST) -> Iterator[str]:
    """Comparisons by ``==``, ``in`` or ``startswith`` of something that is called like a secret."""
    for each in ast.walk(node):
        if isinstance(each, ast.Compare) and not all(isinstance(how, ast.Is | ast.IsNot) for how in each.ops):
            compared: list[ast.expr] = [each.left, *each.comparators]
        elif isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute) and each.func.attr in _BY_PART:
            compared = [each.func.value] if not all(isinstance(word, ast.Constant) for word in each.args) else []
        else:
            continue
        sides = [ast.unparse(side) for side in compared if isinstance(side, ast.Name | ast.Attribute | ast.Subscript)]
        if any(_SECRET.search(side) for side in sides):
            yield ast.unparse(each)


@pytest.mark.parametrize("connector", WITH_EVENTS, ids=lambda each: each.name)
def test_secrets_are_compared_in_constant_time(connector: Any) -> None:
    check = connector.events.verify
    module = ast.parse(inspect.getsource(sys.modules[check.__module__]))
    known = functions(module)
    used = [known[name] for name in reached(check.__name__, known)]
    assert [text for node in used for text in comparisons_of_secrets(node)] == []
    called = {
        node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        for function in used for node in ast.walk(function) if isinstance(node, ast.Call)
    }  # fmt: skip
    assert "compare_digest" in called


def test_a_comparison_of_secrets_is_found() -> None:
    code = (
        "def verify(d):\n    return d.token == x or given in known or password.startswith(x) or a == b or key is None"
    )
    found = sorted(comparisons_of_secrets(ast.parse(code)))
    assert found == ["d.token == x", "given in known", "password.startswith(x)"]


def lines(signer: Signer, delivery: Delivery) -> list[tuple[str, int]]:
    """Every line of our connectors that runs while a delivery is verified, in order."""
    found: list[tuple[str, int]] = []
    folder = str(Path(inspect.getfile(platform)).parent)

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        if not frame.f_code.co_filename.startswith(folder):
            return None
        if event == "line":
            found.append((Path(frame.f_code.co_filename).name, frame.f_lineno))
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        events(signer).verify(delivery, signer.ours, NOW)
    except NotAuthentic:
        pass
    finally:
        sys.settrace(before)
    return found


@SIGNED
def test_a_near_guess_takes_the_same_way_as_a_far_one(signer: Signer) -> None:
    delivery = ours(signer)
    proof = signer.proof(delivery)
    far, near = changed(proof, secret_part(signer, proof)), changed(proof, len(proof) - 4)
    taken = lines(signer, signer.with_proof(delivery, far))
    assert taken
    assert taken == lines(signer, signer.with_proof(delivery, near))
