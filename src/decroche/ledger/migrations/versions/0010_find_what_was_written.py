"""Find what was written by its words, those that are there already included; and what is promised."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from alembic import op

from decroche.understand.search_words import words_of, words_of_number

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_AT_ONCE = 1000
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_PROMISED = sa.text("state = 'open' AND promised_at IS NOT NULL")
#: When a name was given is not known.
_NO_MOMENT = datetime(1970, 1, 1, tzinfo=UTC)


def upgrade() -> None:
    """Add the tables, and fill them."""
    op.create_table(
        "search_entries",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_search_entries_account_id_accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_search_entries"),
        sa.UniqueConstraint(
            "account_id", "kind", "subject", "person", name="uq_search_entries_account_id_kind_subject_person"
        ),
    )
    op.create_index("ix_search_entries_account_person", "search_entries", ["account_id", "person"])
    op.create_table(
        "search_words",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("word", _WORD, nullable=False),
        sa.Column("entry", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_search_words_account_id_accounts"),
        sa.ForeignKeyConstraint(
            ["entry"], ["search_entries.id"], name="fk_search_words_entry_search_entries", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "word", "entry", name="pk_search_words"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_work_items_promised", "work_items", ["account_id", "promised_at"], sqlite_where=_PROMISED,
        postgresql_where=_PROMISED,
    )  # fmt: skip
    connection = op.get_bind()
    number = 0
    for kind, rows in (
        ("name", _names(connection)),
        ("note", _notes(connection)),
        ("voicemail", _voicemails(connection)),
        ("text", _texts(connection)),
    ):
        for some in rows:
            _enter(connection, kind, some, after=number)
            number += len(some)
    if connection.dialect.name == "postgresql":
        op.execute(sa.text(f"ALTER SEQUENCE search_entries_id_seq RESTART WITH {number + 1}"))
    # Made once the words are there, which takes a tenth of the time.
    op.create_index("ix_search_words_entry", "search_words", ["entry"])


def downgrade() -> None:
    """Take them away: nothing is lost that stands nowhere else."""
    op.drop_index("ix_work_items_promised", "work_items")
    op.drop_index("ix_search_words_entry", "search_words")
    op.drop_table("search_words")
    op.drop_index("ix_search_entries_account_person", "search_entries")
    op.drop_table("search_entries")


def _names(connection: sa.Connection) -> Iterator[list[dict[str, Any]]]:
    """What people are called."""
    query = """
        SELECT account_id, person, name AS said FROM people
        WHERE name IS NOT NULL AND (account_id, person) > (:account, :person)
        ORDER BY account_id, person LIMIT :most"""
    account, person = "", -(2**62)
    embedded = connection.dialect.name == "sqlite"
    at = _NO_MOMENT.strftime("%Y-%m-%d %H:%M:%S.%f") if embedded else _NO_MOMENT
    while rows := _read(connection, query, account=account, person=person):
        account, person = rows[-1]["account_id"], rows[-1]["person"]
        yield [{**row, "subject": "", "at": at} for row in rows]


def _notes(connection: sa.Connection) -> Iterator[list[dict[str, Any]]]:
    """What colleagues noted."""
    query = """
        SELECT w.account_id, w.person, n.id AS subject, n.at, n.body AS said
        FROM work_notes n JOIN work_items w ON w.id = n.item_id
        WHERE n.kind = 'note' AND n.who <> '' AND n.id > :last ORDER BY n.id LIMIT :most"""
    return _by_subject(connection, query)


def _texts(connection: sa.Connection) -> Iterator[list[dict[str, Any]]]:
    """What was written to people and by them, of each account the oldest first."""
    for account in connection.execute(sa.text("SELECT id FROM accounts ORDER BY id")).scalars().all():
        ids = connection.execute(
            sa.text("SELECT id FROM texts WHERE account_id = :account AND person > 0 ORDER BY created_at, id"),
            {"account": account},
        ).scalars()
        wanted = sa.text("""
            SELECT account_id, person, id AS subject, created_at AS at, coalesce(subject, '') || ' ' || body AS said
            FROM texts WHERE id IN :ids ORDER BY created_at, id""").bindparams(sa.bindparam("ids", expanding=True))
        for some in _parts(ids.all()):
            yield [dict(row._mapping) for row in connection.execute(wanted, {"ids": some})]


def _voicemails(connection: sa.Connection) -> Iterator[list[dict[str, Any]]]:
    """What was said to the voicemail, of what somebody has to hear or had to."""
    query = """
        SELECT id AS subject, account_id, about FROM work_items
        WHERE kind = 'voicemail' AND id > :last ORDER BY id LIMIT :most"""
    told = sa.text("""
        SELECT c.account_id, c.id AS subject, c.person, c.started_at AS at, f.body
        FROM calls c JOIN facts f ON f.call_id = c.id WHERE c.id IN :ids
        ORDER BY c.id, f.observation_id, f.number""").bindparams(sa.bindparam("ids", expanding=True))
    seen: set[str] = set()
    for rows in _by_subject(connection, query):
        calls = {str(call) for row in rows if (call := msgspec.json.decode(row["about"]).get("call"))} - seen
        seen |= calls
        found: dict[str, dict[str, Any]] = {}
        for row in connection.execute(told, {"ids": sorted(calls)}):
            values = dict(row._mapping)
            said = (msgspec.json.decode(bytes(values.pop("body"))).get("message") or {}).get("text")
            if said:
                found[values["subject"]] = values | {"said": said}
        yield list(found.values())


def _by_subject(connection: sa.Connection, query: str) -> Iterator[list[dict[str, Any]]]:
    last = ""
    while rows := _read(connection, query, last=last):
        last = rows[-1]["subject"]
        yield rows


def _read(connection: sa.Connection, query: str, **values: Any) -> list[dict[str, Any]]:
    found = connection.execute(sa.text(query), {**values, "most": _AT_ONCE})
    return [dict(row._mapping) for row in found]


def _parts(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), _AT_ONCE):
        yield ids[start : start + _AT_ONCE]


def _enter(connection: sa.Connection, kind: str, rows: Iterable[Mapping[str, Any]], *, after: int) -> None:
    """Write entries, numbered from after ``after`` on, and their words."""
    entries, words = [], []
    for number, row in enumerate(rows, after + 1):
        if row["person"] is None or row["person"] <= 0 or not row["said"].strip():
            continue
        entries.append({name: row[name] for name in ("account_id", "subject", "person", "at")} | {"id": number})
        known = sorted(words_of(row["said"]) | words_of_number(row["person"]))
        words += [{"account_id": row["account_id"], "word": word, "entry": number} for word in known]
    if entries:
        connection.execute(
            sa.text(
                "INSERT INTO search_entries (id, account_id, kind, subject, person, at)"
                f" VALUES (:id, :account_id, '{kind}', :subject, :person, :at)"
            ),
            entries,
        )
        connection.execute(
            sa.text("INSERT INTO search_words (account_id, word, entry) VALUES (:account_id, :word, :entry)"), words
        )
