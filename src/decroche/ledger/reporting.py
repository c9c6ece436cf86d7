"""Keeps reports that were made, who wants them sent, and which letter went to whom: each once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa

from decroche.ledger.inserting import insert_new
from decroche.ledger.member_tables import members, memberships
from decroche.ledger.members import read_sites
from decroche.ledger.report_tables import report_letters, report_readers, reports
from decroche.ledger.setting_up import new_id

#: Who made a report that was sent without anybody asking that day.
SCHEDULE = "schedule"


class ReportKind(StrEnum):
    """What is made: the quarterly audit, the variances of a month, the letter of a Monday, and that one as a text."""

    QUARTER = "quarter"
    MONTH = "month"
    MONDAY = "monday"
    MONDAY_TEXT = "monday_text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A report that was made, without its figures."""

    id: str
    kind: ReportKind
    period: str
    site: str
    made_at: datetime
    made_by: str
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """A member who wants a report sent. ``sites`` are the ids of those they may see; None: all.

    ``number`` is where it goes by text (E.164 digits); ``since`` is when they asked for it.
    """

    member: str
    name: str
    email: str
    language: str
    sites: frozenset[str] | None
    number: int | None = field(default=None, repr=False)
    since: datetime


def keep_report(
    connection: sa.Connection,
    account: str,
    *,
    kind: ReportKind,
    period: str,
    site: str,
    figures: bytes,
    fingerprint: str,
    by: str,
    at: datetime,
) -> str:
    """Archive the figures of a report; the same report of the same data is kept once. Returns its id."""
    c = reports.c
    same = (c.account_id == account) & (c.kind == str(kind)) & (c.period == period) & (c.site == site)
    known = connection.execute(sa.select(c.id).where(same, c.fingerprint == fingerprint)).scalar()
    if known is not None:
        return str(known)
    id = new_id()
    row = {
        "id": id,
        "account_id": account,
        "kind": str(kind),
        "period": period,
        "site": site,
        "made_at": at,
        "made_by": by,
        "fingerprint": fingerprint,
        "figures": figures.decode(),
    }
    connection.execute(sa.insert(reports).values(**row))
    return id


def made_reports(
    connection: sa.Connection,
    account: str,
    *,
    sites: frozenset[str] | None = None,
    before: tuple[datetime, str] | None = None,
    limit: int,
) -> list[Made]:
    """The reports of an account, the latest first, after the row ``before``; with ``sites`` those about one of them."""
    c = reports.c
    query = sa.select(*(c[name] for name in Made.__dataclass_fields__)).where(c.account_id == account)
    if sites is not None:
        query = query.where(c.site.in_(sorted(sites)))
    if before is not None:
        at, id = before
        query = query.where((c.made_at < at) | ((c.made_at == at) & (c.id < id)))
    rows = connection.execute(query.order_by(c.made_at.desc(), c.id.desc()).limit(limit))
    return [Made(**{**row._mapping, "kind": ReportKind(row.kind)}) for row in rows]


def place_of(found: Made) -> str:
    """Where a list goes on after a report."""
    return f"{found.made_at.isoformat()}~{found.id}"


def read_place(text: str) -> tuple[datetime, str] | None:
    """The place that ``place_of`` wrote; None for anything else."""
    at, tilde, id = text.partition("~")
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return None
    if not tilde or moment.tzinfo is None or not id.isalnum():
        return None
    return moment.astimezone(UTC), id


def figures_of(
    connection: sa.Connection, account: str, id: str, *, sites: frozenset[str] | None = None
) -> tuple[ReportKind, str] | None:
    """The kind and the archived figures (JSON) of a report; None where there is none that may be seen."""
    c = reports.c
    query = sa.select(c.kind, c.figures).where(c.account_id == account, c.id == id)
    if sites is not None:
        query = query.where(c.site.in_(sorted(sites)))
    row = connection.execute(query).one_or_none()
    return None if row is None else (ReportKind(row.kind), str(row.figures))


def wishes_of(connection: sa.Connection, account: str, member: str) -> set[ReportKind]:
    """Which reports a member wants sent."""
    c = report_readers.c
    query = sa.select(c.kind).where(c.account_id == account, c.member_id == member)
    return {ReportKind(kind) for kind in connection.execute(query).scalars()}


def wish(
    connection: sa.Connection,
    account: str,
    member: str,
    kind: ReportKind,
    *,
    wanted: bool,
    at: datetime,
    number: int | None = None,
) -> None:
    """Have a report sent to a member from now on (by text to a ``number`` of theirs), or not any more."""
    c = report_readers.c
    mine = (c.account_id == account) & (c.member_id == member) & (c.kind == str(kind))
    connection.execute(sa.delete(report_readers).where(mine))
    if wanted:
        row = {"account_id": account, "member_id": member, "kind": str(kind), "since": at, "number": number}
        connection.execute(sa.insert(report_readers).values(**row))


def text_number(connection: sa.Connection, account: str, member: str) -> int | None:
    """The number (E.164 digits) to which a member has Monday's figures sent; None: they have not."""
    c = report_readers.c
    mine = (c.account_id == account) & (c.member_id == member) & (c.kind == str(ReportKind.MONDAY_TEXT))
    found = connection.execute(sa.select(c.number).where(mine)).scalar_one_or_none()
    return None if found is None else int(found)


def wants_texts(connection: sa.Connection, account: str, number: int) -> bool:
    """Whether a member who works in the business has figures sent to this number."""
    r, s = report_readers.c, memberships.c
    query = (
        sa.select(r.member_id)
        .join_from(report_readers, memberships, (s.member_id == r.member_id) & (s.account_id == r.account_id))
        .where(r.account_id == account, r.kind == str(ReportKind.MONDAY_TEXT), r.number == number)
    )
    return connection.execute(query.limit(1)).first() is not None


def asked_whose(connection: sa.Connection, account: str, reader: Reader, *, now: datetime) -> bool:
    """Whether a number was asked whose it is, or its member had another asked in the last day: one a day is enough."""
    c = report_letters.c
    mine = (c.account_id == account) & (c.member_id == reader.member) & (c.kind == str(ReportKind.MONDAY_TEXT))
    late = c.period.like("ask %") & (c.at > now - timedelta(days=1))
    query = sa.select(c.id).where(mine, (c.period == ask_period(reader.since)) | late)
    return connection.execute(query.limit(1)).first() is not None


def ask_period(since: datetime) -> str:
    """Under what it is written down that a number which was given then was asked whose it is."""
    return f"ask {since.astimezone(UTC).isoformat()}"


def owned(connection: sa.Connection, account: str, member: str, since: datetime) -> bool:
    """Whether OUI came from the number that a member gave then."""
    return letter_state(connection, account, member, ReportKind.MONDAY_TEXT, _yes(since)) is not None


def _yes(since: datetime) -> str:
    return f"yes {since.astimezone(UTC).isoformat()}"


def own_up(connection: sa.Connection, account: str, number: int, *, at: datetime) -> bool:
    """OUI came from a number, after it was asked: figures go there from now on. Whether it answered that question."""
    found = False
    for each in readers(connection, account, ReportKind.MONDAY_TEXT):
        asked = letter_state(connection, account, each.member, ReportKind.MONDAY_TEXT, ask_period(each.since))
        if each.number != number or asked is None or owned(connection, account, each.member, each.since):
            continue
        id = begin_letter(connection, account, each.member, ReportKind.MONDAY_TEXT, _yes(each.since), at=at)
        if id is not None:
            end_letter(connection, id, state="handed", at=at)
            found = True
    return found


def forget_text_number(connection: sa.Connection, account: str, number: int) -> None:
    """Have nothing sent to a number any more, whoever gave it."""
    c = report_readers.c
    connection.execute(sa.delete(report_readers).where(c.account_id == account, c.number == number))


def readers(connection: sa.Connection, account: str, kind: ReportKind) -> list[Reader]:
    """Who wants a report sent, and still works in the business."""
    r, m, s = report_readers.c, members.c, memberships.c
    query = (
        sa.select(m.id, m.name, m.email, m.language, s.sites, r.number, r.since)
        .join_from(report_readers, members, m.id == r.member_id)
        .join(memberships, (s.member_id == m.id) & (s.account_id == r.account_id))
        .where(r.account_id == account, r.kind == str(kind))
        .order_by(m.id)
    )
    return [
        Reader(
            member=row.id, name=row.name, email=row.email, language=row.language, sites=read_sites(row.sites),
            number=row.number, since=row.since,
        )
        for row in connection.execute(query)
    ]  # fmt: skip


def letter_state(connection: sa.Connection, account: str, member: str, kind: ReportKind, period: str) -> str | None:
    """What became of a letter of a period; None: none was begun, or a failed one waits for another try."""
    c = report_letters.c
    mine = (c.account_id == account) & (c.member_id == member) & (c.kind == str(kind)) & (c.period == period)
    return connection.execute(sa.select(c.state).where(mine)).scalar_one_or_none()


def by_schedule(connection: sa.Connection, account: str, period: str) -> dict[str, str]:
    """The ids of the audits of a quarter that were made on schedule, by site (empty: all of them)."""
    c = reports.c
    query = sa.select(c.site, c.id).where(
        c.account_id == account, c.kind == str(ReportKind.QUARTER), c.period == period, c.made_by == SCHEDULE
    )
    return {row.site: row.id for row in connection.execute(query.order_by(c.made_at))}


def begin_letter(
    connection: sa.Connection, account: str, member: str, kind: ReportKind, period: str, *, at: datetime
) -> str | None:
    """Write down that a letter is handed over now. None: it was before, whatever became of it."""
    row = {
        "id": new_id(),
        "account_id": account,
        "member_id": member,
        "kind": str(kind),
        "period": period,
        "state": "unknown",
        "at": at,
    }
    added = insert_new(connection, report_letters, [row], unique=("account_id", "member_id", "kind", "period"))
    return str(row["id"]) if added else None


def end_letter(connection: sa.Connection, id: str, *, state: str, at: datetime) -> None:
    """Write down what became of a letter: handed, refused or failed; a failed one may be tried again for its period."""
    c = report_letters.c
    if state == "failed":
        connection.execute(sa.delete(report_letters).where(c.id == id))
    else:
        connection.execute(sa.update(report_letters).where(c.id == id).values(state=state, at=at))
