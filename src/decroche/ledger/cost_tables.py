"""The tables of what calls cost, and of the scripts and openers that are tried against each other."""

from __future__ import annotations

import sqlalchemy as sa

from decroche.ledger import report_tables
from decroche.ledger.tables import Utc

#: Every table of the ledger, these included.
metadata = report_tables.metadata


def _account() -> sa.Column[str]:
    return sa.Column("account_id", sa.Text, sa.ForeignKey("accounts.id"), nullable=False)


# What a business pays: a line for each salary, licence, number or campaign. Amounts are texts: exact on both databases.
cost_lines = sa.Table(
    "cost_lines",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _account(),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("nature", sa.Text, nullable=False),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("amount", sa.Text, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("rhythm", sa.Text, nullable=False),
    sa.Column("begins", sa.Date, nullable=False),
    # The last day; null: until somebody ends it.
    sa.Column("ends", sa.Date),
    # Whether it grows with every call.
    sa.Column("per_call", sa.Boolean, nullable=False),
    # Between what and by which key it is shared, and the names with their shares; null: it is not.
    sa.Column("among", sa.Text),
    sa.Column("share_key", sa.Text),
    sa.Column("shares", sa.Text),
    # The file that it came from; empty: somebody typed it.
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("made_at", Utc, nullable=False),
    sa.Index("ix_cost_lines_account_begins", "account_id", "begins", "id"),
)

# Openers or scripts that are tried against each other, the first being what is used today.
opener_trials = sa.Table(
    "opener_trials",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _account(),
    sa.Column("name", sa.Text, nullable=False),
    # [[name, words], …]
    sa.Column("arms", sa.Text, nullable=False),
    # The shares of people called that were planned with: today's, and the one worth knowing.
    sa.Column("base", sa.Float, nullable=False),
    sa.Column("changed", sa.Float, nullable=False),
    sa.Column("window_days", sa.Integer, nullable=False),
    # What a hit is: told by who called, or an opportunity or a sale of the person within the window.
    sa.Column("success", sa.Text, nullable=False, server_default="told"),
    sa.Column("began_at", Utc, nullable=False),
    sa.Column("ended_at", Utc),
    sa.UniqueConstraint("account_id", "name"),
)

# Whom chance gave which opener: keyed fingerprints, never numbers.
opener_draws = sa.Table(
    "opener_draws",
    metadata,
    _account(),
    sa.Column("trial_id", sa.Text, sa.ForeignKey("opener_trials.id"), nullable=False),
    sa.Column("fingerprint", sa.LargeBinary, nullable=False),
    sa.Column("arm", sa.Text, nullable=False),
    sa.Column("site", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
    # When the call led to what was hoped for.
    sa.Column("hit_at", Utc),
    sa.PrimaryKeyConstraint("trial_id", "fingerprint"),
    sa.Index("ix_opener_draws_account_trial", "account_id", "trial_id"),
)
