"""Keep where the house holds a campaign, and what a success of a trial is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("campaigns", sa.Column("house", sa.Text(), nullable=True))
    op.add_column("opener_trials", sa.Column("success", sa.Text(), nullable=False, server_default="told"))


def downgrade() -> None:
    """Take them away."""
    op.drop_column("opener_trials", "success")
    op.drop_column("campaigns", "house")
