"""The tables of what people ask about their numbers, and of how long a business keeps what it knows of them."""

from __future__ import annotations

import sqlalchemy as sa

from decroche.ledger import member_tables
from decroche.ledger.tables import Utc

#: Every table of the ledger, these included.
metadata = member_tables.metadata


def _account() -> sa.Column[str]:
    return sa.Column("account_id", sa.Text, sa.ForeignKey("accounts.id"), nullable=False)


# Whom a business was asked to forget. The number is kept only until that is done.
erasures = sa.Table(
    "erasures",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _account(),
    sa.Column("fingerprint", sa.LargeBinary, nullable=False),
    # The negative person under which calls stay joined.
    sa.Column("pseudonym", sa.BigInteger, nullable=False),
    sa.Column("number", sa.BigInteger),
    # Calls that began later are a new contact, and stay.
    sa.Column("requested_at", Utc, nullable=False),
    sa.Column("requested_by", sa.Text, nullable=False),
    # The last observation that was looked through.
    sa.Column("looked_through", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("done_at", Utc),
    sa.Index("ix_erasures_account_requested", "account_id", "requested_at"),
    sa.Index("ix_erasures_account_fingerprint", "account_id", "fingerprint"),
)

# For how many months an account keeps what; no row: as long as is usual.
retention = sa.Table(
    "retention",
    metadata,
    sa.Column("account_id", sa.Text, sa.ForeignKey("accounts.id"), primary_key=True),
    sa.Column("numbers", sa.Integer, nullable=False),
    sa.Column("texts", sa.Integer, nullable=False),
    sa.Column("notes", sa.Integer, nullable=False),
    sa.Column("prospects", sa.Integer, nullable=False),
    sa.Column("changed_at", Utc, nullable=False),
)
