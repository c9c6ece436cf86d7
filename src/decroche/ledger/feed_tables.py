"""The tables of what BI tools read: the addresses they read it at, how new it is, and the sheets it is written to."""

from __future__ import annotations

import sqlalchemy as sa

from decroche.ledger import campaign_tables
from decroche.ledger.tables import Utc

#: Every table of the ledger, these included.
metadata = campaign_tables.metadata


def _account() -> sa.Column[str]:
    return sa.Column("account_id", sa.Text, sa.ForeignKey("accounts.id"), nullable=False)


# An address at which a tool reads, which cannot send a token: who knows it reads. It can be revoked.
feed_addresses = sa.Table(
    "feed_addresses",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _account(),
    sa.Column("name", sa.Text, nullable=False),
    # A digest of the secret part: who reads the database cannot use it.
    sa.Column("digest", sa.LargeBinary, nullable=False, unique=True),
    # The tables that may be read, joined by a space; empty: all.
    sa.Column("tables", sa.Text, nullable=False, server_default=""),
    # Ids of the sites that may be seen, a list in JSON; null: all.
    sa.Column("sites", sa.Text),
    # Whether phone numbers are told in full.
    sa.Column("numbers", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("made_by", sa.Text, nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("read_at", Utc),
    sa.Column("revoked_at", Utc),
    sa.Index("ix_feed_addresses_account", "account_id", "created_at"),
)

# How far the revisions of the ledger had come at a moment: what changed since then has a greater one.
revision_marks = sa.Table(
    "revision_marks",
    metadata,
    sa.Column("revision", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", Utc, nullable=False),
)

# Spreadsheets of Google's that are kept up to date.
sheet_pushes = sa.Table(
    "sheet_pushes",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _account(),
    sa.Column("name", sa.Text, nullable=False),
    # The id of the spreadsheet, as its address has it.
    sa.Column("spreadsheet", sa.Text, nullable=False),
    # The tables that are written, joined by a space; and the first local day of them.
    sa.Column("tables", sa.Text, nullable=False),
    sa.Column("since", sa.Date, nullable=False),
    # The key of the service account, sealed.
    sa.Column("secrets", sa.LargeBinary, nullable=False),
    # Of each table: how many rows and columns were written, and a digest of each block of them (JSON).
    sa.Column("written", sa.Text, nullable=False, server_default="{}"),
    sa.Column("pushed_at", Utc),
    # A model.Problem in JSON, without secrets; null when all is well.
    sa.Column("problem", sa.Text),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("removed_at", Utc),
    sa.Index("ix_sheet_pushes_account", "account_id", "created_at"),
)
