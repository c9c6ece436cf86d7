"""Keep to which number a member has figures sent, and which audits could not be made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column and the table."""
    op.add_column("report_readers", sa.Column("number", sa.BigInteger(), nullable=True))
    op.create_table(
        "report_attempts",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False, server_default=""),
        sa.Column("names_hidden", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begun_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False, server_default=""),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_report_attempts_account_id_accounts"),
        sa.PrimaryKeyConstraint("account_id", "period", "site", "names_hidden", name="pk_report_attempts"),
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("report_attempts")
    op.drop_column("report_readers", "number")
