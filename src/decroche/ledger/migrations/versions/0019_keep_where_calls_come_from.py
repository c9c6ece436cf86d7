"""Keep which number stands for which source, and the calls that advertising platforms count."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables, and find calls by the number that was called."""
    op.create_table(
        "tracked_numbers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False, server_default=""),
        sa.Column("begins", sa.Date(), nullable=False),
        sa.Column("ends", sa.Date(), nullable=True),
        sa.Column("origin", sa.Text(), nullable=False, server_default=""),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_tracked_numbers_account_id_accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_tracked_numbers"),
    )
    op.create_index("ix_tracked_numbers_account_number", "tracked_numbers", ["account_id", "number", "begins"])
    op.create_table(
        "ad_calls",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("campaign_ref", sa.Text(), nullable=False, server_default=""),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("duration_s", sa.Float(), nullable=True),
        sa.Column("received", sa.Boolean(), nullable=True),
        sa.Column("country", sa.Text(), nullable=False, server_default=""),
        sa.Column("area", sa.Text(), nullable=False, server_default=""),
        sa.Column("fit", sa.Text(), nullable=False, server_default="none"),
        sa.Column("call_id", sa.Text(), nullable=True),
        sa.Column("candidates", sa.Text(), nullable=False, server_default="[]"),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_ad_calls_account_id_accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_ad_calls"),
    )
    op.create_index("ix_ad_calls_account_started", "ad_calls", ["account_id", "started_at", "id"])
    op.create_index("ix_ad_calls_account_call", "ad_calls", ["account_id", "call_id"])
    op.create_index("ix_calls_account_called", "calls", ["account_id", "called", "started_at"])


def downgrade() -> None:
    """Take them away."""
    op.drop_index("ix_calls_account_called", "calls")
    op.drop_index("ix_ad_calls_account_call", "ad_calls")
    op.drop_index("ix_ad_calls_account_started", "ad_calls")
    op.drop_table("ad_calls")
    op.drop_index("ix_tracked_numbers_account_number", "tracked_numbers")
    op.drop_table("tracked_numbers")
