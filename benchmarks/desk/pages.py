"""Measures every page of the server as each role sees it: after a change of the data, and while nothing changes."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from benchmarks.desk.asking import Answer, Member, example, links_of, parts_of, weight
from benchmarks.desk.past import ACCOUNT
from decroche.model.member import Role
from decroche.server import build_server
from decroche.server_settings import ServerSettings

#: Addresses that need more than a member: streams, links that somebody was sent, and doors.
_APART = ("/sign-in", "/r/", "/reset", "/invited", "/connect/", "/first-run", "/design/trouble")
#: What nobody links to and people type, or reach by going on: a word that many wrote, one that few did, a later page.
_TYPED = ("/inbox?q=rappel", "/inbox?q=dossier+1234", "/callbacks?from=25", "/callbacks?from=200")
#: Addresses with words, such as filters, that are asked for beside each page as it is.
_FILTERS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """How long an address took one role. ``kind``: page, live (a moving part) or fragment (asked for by the page).

    Milliseconds in order of length: ``changed`` after the data changed, ``same`` while they did not.
    """

    path: str
    role: str
    kind: str
    changed: list[float]
    same: list[float]
    sent: int
    first_load: int | None = None


def routes() -> list[str]:
    """The paths of all pages of the application."""
    with tempfile.TemporaryDirectory(prefix="decroche-bench-") as folder:
        server = build_server(ServerSettings(data=Path(folder), database=None, public_url=None))
        server.ledger.close()
        return sorted(server.app.state.pages)


def addresses(member: Member, paths: Sequence[str]) -> dict[str, Answer]:
    """What there is for a member: pages without a gap, examples of those with one, and a few of their filters."""
    found: dict[str, Answer] = {}
    links: dict[str, None] = {}

    def ask(path: str) -> None:
        if path in found or path.endswith(("/changes", "/follow")):
            return
        answer = member.get(path)
        if answer.status == 200 and answer.text.lstrip().lower().startswith("<!doctype html"):
            found[path] = answer
            links.update(dict.fromkeys(links_of(answer.text)))

    plain = [path for path in paths if "{" not in path and not path.startswith(_APART)]
    for path in (*plain, *_TYPED):
        ask(path)
    for path in list(found):
        # Lists have filters that name somebody or something only there.
        for link in _filters(path, list(links)):
            ask(link)
    for template in paths:
        if "{" in template and not template.startswith(_APART) and (shown := example(template, links)) is not None:
            ask(shown)
    return found


def _filters(path: str, links: Sequence[str]) -> list[str]:
    """Links to a page with words in them, each with words that the others lack."""
    chosen: dict[frozenset[str], str] = {}
    for link in links:
        parts = urlsplit(link)
        words = frozenset(name for name, _ in parse_qsl(parts.query))
        if parts.path == path and words:
            chosen.setdefault(words, link)
    return list(chosen.values())[:_FILTERS]


def measure(
    member: Member, role: Role, found: dict[str, Answer], change: Callable[[], None], *, rounds: int, cold: int
) -> list[Timed]:
    """The times of every page of ``found`` and of what they ask for by themselves."""
    measured: list[Timed] = []
    seen: set[str] = set()
    for path, page in found.items():
        live, fragments = parts_of(page.text)
        wanted = [(path, "page"), *((each, "live") for each in live), *((each, "fragment") for each in fragments)]
        for address, kind in wanted:
            if address in seen:
                continue
            seen.add(address)
            changed, same, last = [], [], None
            for _ in range(cold):
                change()
                changed.append(1000 * member.get(address).seconds)
            for _ in range(rounds):
                last = member.get(address)
                same.append(1000 * last.seconds)
            assert last is not None
            if last.status != 200:
                print(f"{role} {address}: {last.status}")
                continue
            measured.append(
                Timed(
                    path=address,
                    role=str(role),
                    kind=kind,
                    changed=sorted(changed),
                    same=sorted(same),
                    sent=last.sent,
                    first_load=weight(member, page) if kind == "page" and role is Role.OWNER else None,
                )
            )
    return measured


def one_row(program: Member, call: str, *, rounds: int) -> list[float]:
    """Milliseconds of a plain question by the same door: one call by its id, for a program with a token."""
    found = []
    for _ in range(rounds):
        answer = program.get(f"/api/v1/calls/{call}")
        if answer.status != 200:
            raise RuntimeError(f"the call was not found: {answer.status} {answer.text[:200]} ({ACCOUNT})")
        found.append(1000 * answer.seconds)
    return sorted(found)
