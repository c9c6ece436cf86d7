"""Remember whom to forget, and how long what is kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0004"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add what these two need."""
    op.create_table(
        "erasures",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("pseudonym", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("requested_at", _MOMENT, nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("looked_through", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("done_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_erasures_account_id_accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_erasures"),
    )
    op.create_index("ix_erasures_account_requested", "erasures", ["account_id", "requested_at"])
    op.create_index("ix_erasures_account_fingerprint", "erasures", ["account_id", "fingerprint"])
    op.create_table(
        "retention",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("numbers", sa.Integer(), nullable=False),
        sa.Column("texts", sa.Integer(), nullable=False),
        sa.Column("notes", sa.Integer(), nullable=False),
        sa.Column("prospects", sa.Integer(), nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_retention_account_id_accounts"),
        sa.PrimaryKeyConstraint("account_id", name="pk_retention"),
    )


def downgrade() -> None:
    """Take it away again."""
    op.drop_table("retention")
    op.drop_index("ix_erasures_account_fingerprint", table_name="erasures")
    op.drop_index("ix_erasures_account_requested", table_name="erasures")
    op.drop_table("erasures")
