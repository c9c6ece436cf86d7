"""Keep what calls cost, and which openers are tried on whom."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "cost_lines",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("nature", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("amount", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("rhythm", sa.Text(), nullable=False),
        sa.Column("begins", sa.Date(), nullable=False),
        sa.Column("ends", sa.Date(), nullable=True),
        sa.Column("per_call", sa.Boolean(), nullable=False),
        sa.Column("among", sa.Text(), nullable=True),
        sa.Column("share_key", sa.Text(), nullable=True),
        sa.Column("shares", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_cost_lines_account_id_accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_cost_lines"),
    )
    op.create_index("ix_cost_lines_account_begins", "cost_lines", ["account_id", "begins", "id"])
    op.create_table(
        "opener_trials",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("arms", sa.Text(), nullable=False),
        sa.Column("base", sa.Float(), nullable=False),
        sa.Column("changed", sa.Float(), nullable=False),
        sa.Column("window_days", sa.Integer(), nullable=False),
        sa.Column("began_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_opener_trials_account_id_accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_opener_trials"),
        sa.UniqueConstraint("account_id", "name", name="uq_opener_trials_account_id_name"),
    )
    op.create_table(
        "opener_draws",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("trial_id", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("arm", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("hit_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_opener_draws_account_id_accounts"),
        sa.ForeignKeyConstraint(["trial_id"], ["opener_trials.id"], name="fk_opener_draws_trial_id_opener_trials"),
        sa.PrimaryKeyConstraint("trial_id", "fingerprint", name="pk_opener_draws"),
    )
    op.create_index("ix_opener_draws_account_trial", "opener_draws", ["account_id", "trial_id"])


def downgrade() -> None:
    """Take them away again."""
    op.drop_index("ix_opener_draws_account_trial", table_name="opener_draws")
    op.drop_table("opener_draws")
    op.drop_table("opener_trials")
    op.drop_index("ix_cost_lines_account_begins", table_name="cost_lines")
    op.drop_table("cost_lines")
