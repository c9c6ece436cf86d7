"""Remember whose calls are to be judged again, and who is sending to a webhook."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add what these two need."""
    op.create_table(
        "rejudging",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("since", _MOMENT, nullable=False),
        sa.Column("after_started", _MOMENT, nullable=True),
        sa.Column("after_id", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_rejudging_account_id_accounts"),
        sa.PrimaryKeyConstraint("account_id", name="pk_rejudging"),
    )
    with op.batch_alter_table("webhooks") as table:
        table.add_column(sa.Column("numbers", sa.Boolean(), server_default=sa.false(), nullable=False))
        table.add_column(sa.Column("gone_at", _MOMENT, nullable=True))
        table.add_column(sa.Column("leased_by", sa.Text(), nullable=True))
        table.add_column(sa.Column("leased_until", _MOMENT, nullable=True))


def downgrade() -> None:
    """Take it away again."""
    with op.batch_alter_table("webhooks") as table:
        for name in ("leased_until", "leased_by", "gone_at", "numbers"):
            table.drop_column(name)
    op.drop_table("rejudging")
