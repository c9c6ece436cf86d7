"""The tables of BI tools: who sees what of them, what a tool asks for, and that an address stays a secret."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from decroche.ledger.account import CallFilter
from decroche.ledger.cost_lines import add_line
from decroche.ledger.feed_tables import feed_addresses, revision_marks
from decroche.ledger.feeds import add_feed
from decroche.ledger.recovery_tables import texts
from decroche.ledger.setting_up import add_site
from decroche.ledger.tables import calls, sites
from decroche.ledger.telling import next_revision
from decroche.model.cost import CostKind, CostLine, Rhythm
from decroche.model.feed import FEEDS
from decroche.model.money import Money
from decroche.prove.service_desk import Desk
from decroche.prove.service_feeds import Feeds
from decroche.warehouse.lake import Lake
from decroche.warehouse.lake_rows import fingerprints
from decroche.warehouse.live_columns import LiveColumns
from decroche.warehouse.refresh import refresh
from tests.api.serving import AGENT_NUMBER, NOW, NUMBERS, OTHER_PERSON, PERSON, READ, WRITE, Served, served
from tests.databases import DATABASES
from tests.in_process import client
from tests.ledger.business import Shop

pytestmark = pytest.mark.hard
KEY = b"k" * 32


@dataclass
class Bi:
    """The API of two businesses, with tables for tools."""

    api: Served
    lake: Lake
    folder: Path

    def get(self, path: str, *scopes: Any, of: Shop | None = None, **query: Any) -> httpx.Response:
        return self.api.client(*(scopes or (READ,)), of=of).get(path, params=query)

    def rows(self, table: str, *scopes: Any, of: Shop | None = None, **query: Any) -> list[dict[str, str]]:
        answer = self.get(f"/feeds/{table}", *scopes, of=of, **query)
        assert answer.status_code == 200, answer.text
        return list(csv.DictReader(io.StringIO(answer.text, newline="")))

    def address(self, of: Shop | None = None, **more: Any) -> str:
        """The path of a new address."""
        with self.api.ledger.writing() as connection:
            account = (of or self.api.mine).account
            secret = add_feed(connection, account, name="Looker Studio", by="Nadia", now=self.api.now, **more)
        return f"/feeds/{secret}"

    def visit(self, path: str, **more: Any) -> httpx.Response:
        """What a tool is answered that knows an address, and has no token."""
        return client(self.api.app).get(path, **more)

    def refresh(self) -> None:
        for shop in (self.api.mine, self.api.other):
            refresh(self.api.ledger, self.lake, shop.account, scratch=self.folder)


@contextmanager
def bi(kind: str, folder: Path) -> Iterator[Bi]:
    with served(kind) as api:
        lake = Lake(str(folder / "lake"), lambda account: fingerprints(KEY, account))
        made = Bi(api, lake, folder)
        made.refresh()
        with LiveColumns(api.ledger, lake, scratch=folder, threads=1) as columns:
            desk = Desk(api.ledger, columns, clock=lambda: api.now)
            apart = LiveColumns(api.ledger, lake, scratch=folder, threads=1)
            feeds = Feeds(api.ledger, apart, desk, scratch=folder, clock=lambda: api.now)
            api.app.state.services = replace(api.app.state.services, desk=desk, feeds=feeds)
            yield made
            feeds.close()


@pytest.fixture(params=DATABASES)
def here(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bi]:
    with bi(request.param, tmp_path) as found:
        yield found


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Bi]:
    with bi("sqlite", tmp_path) as found:
        yield found


def test_calls_are_told_one_a_row_without_numbers(here: Bi) -> None:
    rows = here.rows("v1_calls")
    with here.api.ledger.for_account(here.api.mine.account) as mine:
        known = {row["id"]: row for row in mine.calls(CallFilter(), limit=100)[0]}
    assert {row["call_id"] for row in rows} == set(known)
    assert [sum(int(row[name]) for row in rows) for name in ("is_offered", "is_answered", "is_missed")] == [4, 1, 3]
    missed = next(row for row in rows if row["is_missed"] == "1" and row["caller_hash"])
    assert (missed["started_at"], missed["started_local"]) == ("2026-03-26T08:10:00Z", "2026-03-26T09:10:00")
    assert [missed[name] for name in ("tz", "local_date", "local_hour", "iso_week", "dow")] == [
        "Europe/Paris", "2026-03-26", "9", "2026-W13", "4",
    ]  # fmt: skip
    assert (missed["missed_reason"], missed["missed_reason_fr"]) == ("no_answer", "Sonné sans réponse")
    assert missed["direction_en"] == "Inbound"
    everything = "".join(here.get(f"/feeds/{name}").text for name in FEEDS)
    for number in (PERSON, OTHER_PERSON, AGENT_NUMBER):
        assert number[1:] not in everything


def test_whole_numbers_are_for_who_may_see_them(here: Bi) -> None:
    shown = {row["call_id"]: row for row in here.rows("v1_calls", READ, NUMBERS)}
    hidden = {row["call_id"]: row for row in here.rows("v1_calls")}
    assert {row["caller"] for row in shown.values()} == {"", f"'{PERSON}", f"'{OTHER_PERSON}"}
    assert {row["caller"] for row in hidden.values()} == {""}
    assert [shown[id]["caller_hash"] for id in shown] == [hidden[id]["caller_hash"] for id in shown]
    # One person, one fingerprint: the same in every table, and none of another business's.
    by_person = {(row["caller"], row["caller_hash"]) for row in shown.values() if row["caller"]}
    assert len(by_person) == 2
    (journey,) = here.rows("v1_journeys", READ, NUMBERS)
    assert (journey["caller"], journey["caller_hash"]) in by_person
    theirs = {row["caller_hash"] for row in here.rows("v1_calls", READ, of=here.api.other)}
    assert theirs & {hash for _, hash in by_person} == set()


def test_days_add_up_to_the_calls(here: Bi) -> None:
    days, calls, journeys = here.rows("v1_daily_kpi"), here.rows("v1_calls"), here.rows("v1_journeys")

    def added(rows: list[dict[str, str]], name: str) -> int:
        return sum(int(row[name] or 0) for row in rows)

    for day, call in (("offered", "is_offered"), ("answered", "is_answered"), ("missed", "is_missed")):
        assert added(days, day) == added(calls, call) > 0
    assert added(days, "journeys_opened") == len(journeys) == added(days, "journeys_open")
    assert added(days, "wait_s") == sum(int(row["wait_s"]) for row in calls if row["is_answered"] == "1")
    assert len({tuple(row[name] for name in FEEDS["v1_daily_kpi"].key) for row in days}) == len(days)


def test_formats_agree(here: Bi) -> None:
    for table in FEEDS:
        told = here.rows(table)
        parquet = pq.read_table(io.BytesIO(here.get(f"/feeds/{table}", format="parquet").content))
        arrow = pa.ipc.open_stream(here.get(f"/feeds/{table}", format="arrow").content).read_all()
        assert parquet.equals(arrow.cast(parquet.schema)) and parquet.num_rows == len(told)
        names = [each.name for each in FEEDS[table].columns]
        assert parquet.schema.names == names == here.get(f"/feeds/{table}").text.splitlines()[0].split(",")


def test_a_period_without_calls_is_a_table_without_rows(here: Bi) -> None:
    answer = here.get("/feeds/v1_calls", since="2020-01-01", until="2020-02-01")
    assert answer.status_code == 200 and len(answer.text.splitlines()) == 1
    assert len(here.rows("v1_calls", since="2026-03-26", until="2026-03-27")) == 6
    assert here.rows("v1_calls", since="2026-03-27") == []


def test_pages_hold_every_row_once_and_tell_where_to_go_on(here: Bi) -> None:
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(10):
        query: dict[str, Any] = {} if cursor is None else {"cursor": cursor}
        answer = here.get("/feeds/v1_calls", limit=4, **query)
        seen += [row["call_id"] for row in csv.DictReader(io.StringIO(answer.text))]
        cursor = answer.headers["decroche-cursor"]
        if "link" not in answer.headers:
            break
        assert f"cursor={cursor}" in answer.headers["link"]
    assert sorted(seen) == sorted({row["call_id"] for row in here.rows("v1_calls")}) and len(seen) == 6
    assert here.rows("v1_calls", cursor=cursor) == []
    # What changes later comes next, and nothing else does.
    changed = seen[0]
    _touch(here, changed)
    assert [row["call_id"] for row in here.rows("v1_calls", cursor=cursor)] == [changed]
    assert here.rows("v1_daily_kpi", cursor=cursor) == here.rows("v1_daily_kpi", since="2026-03-26") != []


def test_the_place_that_a_call_left_comes_again_with_its_day(here: Bi) -> None:
    one, *others = [row["call_id"] for row in here.rows("v1_calls") if row["is_offered"] == "1"]
    _queue(here, others, "Accueil")
    _queue(here, [one], "Accueil")
    answer = here.get("/feeds/v1_daily_kpi")
    cursor = answer.headers["decroche-cursor"]

    def offered(**query: Any) -> dict[str, int]:
        found: dict[str, int] = {}
        for row in here.rows("v1_daily_kpi", **query):
            found[row["queue"]] = found.get(row["queue"], 0) + int(row["offered"])
        return found

    assert offered(cursor=cursor) == {}
    before = offered()["Accueil"]
    _queue(here, [one], "Atelier")
    changed = offered(cursor=cursor)
    assert (changed["Atelier"], changed["Accueil"]) == (1, before - 1)


def _queue(here: Bi, ids: list[str], queue: str) -> None:
    with here.api.ledger.writing() as connection:
        for id in ids:
            revision = next_revision(connection, 1)
            connection.execute(sa.update(calls).where(calls.c.id == id).values(queue=queue, revision=revision))


def _touch(here: Bi, id: str) -> None:
    """A late fact changes a call."""
    with here.api.ledger.writing() as connection:
        revision = next_revision(connection, 1)
        connection.execute(sa.update(calls).where(calls.c.id == id).values(voicemail=True, revision=revision))


def test_changes_since_a_moment_are_never_missed(here: Bi) -> None:
    begin = here.api.now
    ids = [row["call_id"] for row in here.rows("v1_calls")]  # how far it had come is written down now
    here.api.now = begin + timedelta(hours=1)
    _touch(here, ids[0])
    here.rows("v1_calls")
    later = {row["call_id"] for row in here.rows("v1_calls", updated_since=(begin + timedelta(minutes=1)).isoformat())}
    assert later == {ids[0]}
    row = next(row for row in here.rows("v1_calls") if row["call_id"] == ids[0])
    assert row["updated_at"] == f"{here.api.now:%Y-%m-%dT%H:%M:%SZ}"
    assert len(here.rows("v1_calls", updated_since=(begin - timedelta(days=1)).isoformat())) == 6
    with here.api.ledger.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(revision_marks)).scalar() == 2


def test_what_did_not_change_is_not_sent_again(here: Bi) -> None:
    for table in FEEDS:
        first = here.get(f"/feeds/{table}")
        again = here.api.client(READ).get(f"/feeds/{table}", headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b""), table
    first = here.get("/feeds/v1_calls")
    assert first.headers["last-modified"].endswith("GMT")
    assert first.headers["cache-control"].startswith("private") and first.headers["referrer-policy"] == "no-referrer"
    other = here.get("/feeds/v1_calls", READ, NUMBERS).headers["etag"]
    assert other != first.headers["etag"] != here.get("/feeds/v1_calls", bom=1).headers["etag"]
    _touch(here, here.rows("v1_calls")[0]["call_id"])
    changed = here.api.client(READ).get("/feeds/v1_calls", headers={"If-None-Match": first.headers["etag"]})
    assert changed.status_code == 200


def test_answers_are_compressed_for_who_can_read_it(small: Bi) -> None:
    token = small.api.token(READ)
    for wanted, told in (("gzip", "gzip"), ("identity", None)):
        headers = {"Authorization": f"Bearer {token}", "Accept-Encoding": wanted}
        answer = client(small.api.app).get("/api/v1/feeds/v1_calls", headers=headers)
        assert answer.headers.get("content-encoding") == told and answer.text.startswith("call_id,")
    assert small.get("/feeds/v1_calls", format="parquet").headers.get("content-encoding") is None


def test_what_cannot_be_asked_is_said(small: Bi) -> None:
    for table, query, field in (
        ("v1_calls", {"cursor": "nonsense!"}, "cursor"),
        ("v1_calls", {"limit": 0}, "limit"),
        ("v1_costs", {"since": "2026-01-01"}, "since"),
        ("v1_messages", {"limit": 5}, "limit"),
        ("v1_calls", {"format": "xls"}, "format"),
    ):
        answer = small.get(f"/feeds/{table}", **query)
        assert (answer.status_code, answer.json()["error"]["field"]) == (422, field), table
    assert small.get("/feeds/v1_secrets").status_code == 422


def test_meta_tells_columns_meanings_and_how_new_it_is(here: Bi) -> None:
    told = here.get("/feeds").json()
    assert [each["name"] for each in told["tables"]] == list(FEEDS)
    calls = told["tables"][0]
    reason = next(each for each in calls["columns"] if each["name"] == "missed_reason")
    assert reason["meaning"]["fr"] and {"value": "after_hours", "fr": "Hors horaires", "en": "After hours"}.keys() == (
        reason["values"][0].keys()
    )
    assert [each["connector"] for each in told["freshness"]] == ["told"]
    assert set(told["known_gaps"][0]) == {"fr", "en"}


def test_an_address_opens_what_it_was_made_for_and_nothing_else(here: Bi) -> None:
    path = here.address(tables=["v1_daily_kpi", "v1_calls"])
    assert here.visit(f"{path}/v1_calls.csv").text == here.get("/feeds/v1_calls").text
    assert here.visit(f"{path}/v1_calls.parquet").content[:4] == b"PAR1"
    assert here.visit(f"{path}/v1_journeys.csv").status_code == 404
    assert {each["name"] for each in here.visit(f"{path}/meta.json").json()["tables"]} == {"v1_calls", "v1_daily_kpi"}
    answer = here.visit(f"{path}/v1_calls.csv?separator=semicolon&bom=1")
    assert answer.content.startswith(b"\xef\xbb\xbfcall_id;updated_at")
    for wrong in (f"{path}/v1_calls.exe", f"{path}/nothing", "/feeds/dcf_guessed/v1_calls.csv", f"{path}x/meta.json"):
        assert here.visit(wrong).status_code == 404, wrong
    assert here.visit(f"{path}/v1_calls.csv?since=soon").status_code == 422
    # An address is no token, and a token is no address.
    secret = path.removeprefix("/feeds/")
    assert here.api.with_token(secret).get("/feeds").status_code == 401
    assert here.visit(f"/feeds/{here.api.token(READ)}/v1_calls.csv").status_code == 404


def test_an_address_shows_its_sites_and_no_money(here: Bi) -> None:
    with here.api.ledger.writing() as connection:
        bron = add_site(connection, here.api.mine.account, "Bron")
        mine = connection.execute(sa.select(sites.c.id).where(sites.c.name == "Site a1")).scalar_one()
    bron_id = bron if isinstance(bron, str) else str(bron)
    empty, full = here.address(sites=[bron_id]), here.address(sites=[mine])
    for table in ("v1_calls", "v1_journeys", "v1_daily_kpi", "v1_messages"):
        assert len(here.visit(f"{empty}/{table}.csv").text.splitlines()) == 1, table
    assert len(here.visit(f"{full}/v1_calls.csv").text.splitlines()) == 7
    for table in ("v1_costs", "v1_campaigns", "v1_opportunities"):
        assert here.visit(f"{full}/{table}.csv").status_code == 404, table


def test_an_address_is_made_listed_and_revoked(here: Bi) -> None:
    writer = here.api.client(READ, WRITE)
    assert writer.post("/feed-addresses", json={"name": "Excel", "numbers": True}).status_code == 403
    made = writer.post("/feed-addresses", json={"name": "Excel", "tables": ["v1_calls"]}).json()
    (known,) = writer.get("/feed-addresses").json()
    assert known["name"] == "Excel" and known["read_at"] is None and made["secret"] not in str(known)
    assert here.visit(made["path"]).status_code == 200
    assert writer.get("/feed-addresses").json()[0]["read_at"] is not None
    with here.api.ledger.reading() as connection:
        assert made["secret"] not in str(connection.execute(sa.select(feed_addresses)).all())
    assert here.api.client(READ, WRITE, of=here.api.other).delete(f"/feed-addresses/{known['id']}").status_code == 404
    assert here.api.client(READ).delete(f"/feed-addresses/{known['id']}").status_code == 403
    assert writer.delete(f"/feed-addresses/{known['id']}").status_code == 204
    assert here.visit(made["path"]).status_code == 404
    assert writer.get("/feed-addresses").json() == []


def test_messages_are_told_without_their_words(here: Bi) -> None:
    with here.api.ledger.writing() as connection:
        row = {
            "id": "t1", "account_id": here.api.mine.account, "person": int(PERSON[1:]), "direction": "out",
            "body": "Bonjour, rappelez le 06 11 11 11 11", "purpose": "callback", "state": "delivered",
            "created_at": NOW, "handed_at": NOW, "price": 0.045, "currency": "EUR", "segments": 1,
        }  # fmt: skip
        connection.execute(sa.insert(texts).values(**row))
    (told,) = here.rows("v1_messages")
    assert "Bonjour" not in str(told) and told["caller"] == ""
    assert [told[name] for name in ("state_fr", "is_delivered", "price", "author")] == [
        "Arrivé",
        "1",
        "0.045",
        "playbook",
    ]
    shown = {row["caller_hash"] for row in here.rows("v1_calls", READ, NUMBERS) if row["caller"] == f"'{PERSON}"}
    assert shown == {told["caller_hash"]}
    assert here.rows("v1_messages", of=here.api.other) == []


def test_who_is_paid_what_is_in_no_table(small: Bi) -> None:
    with small.api.ledger.writing() as connection:
        for kind, label in ((CostKind.SALARIES, "Zoé"), (CostKind.TELEPHONY, "Ligne")):
            line = CostLine(
                kind=kind, label=label, amount=Money.of(10, "EUR"), rhythm=Rhythm.MONTHLY, begins=date(2026, 1, 1)
            )
            add_line(connection, small.api.mine.account, line, now=NOW)
    assert [row["label"] for row in small.rows("v1_costs")] == ["Ligne"]
    assert [row["label"] for row in small.rows("v1_costs", READ, NUMBERS)] == ["Ligne"]
    assert "Zoé" not in small.visit(f"{small.address(numbers=True)}/v1_costs.csv").text
