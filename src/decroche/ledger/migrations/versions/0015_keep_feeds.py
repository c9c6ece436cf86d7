"""Keep the addresses at which BI tools read, how new what they read is, and the sheets that are written."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "feed_addresses",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("tables", sa.Text(), server_default="", nullable=False),
        sa.Column("sites", sa.Text(), nullable=True),
        sa.Column("numbers", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_feed_addresses_account_id_accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_feed_addresses"),
        sa.UniqueConstraint("digest", name="uq_feed_addresses_digest"),
    )
    op.create_index("ix_feed_addresses_account", "feed_addresses", ["account_id", "created_at"])
    op.create_table(
        "revision_marks",
        sa.Column("revision", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("revision", name="pk_revision_marks"),
    )
    op.create_table(
        "sheet_pushes",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("spreadsheet", sa.Text(), nullable=False),
        sa.Column("tables", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("secrets", sa.LargeBinary(), nullable=False),
        sa.Column("written", sa.Text(), server_default="{}", nullable=False),
        sa.Column("pushed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_sheet_pushes_account_id_accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_sheet_pushes"),
    )
    op.create_index("ix_sheet_pushes_account", "sheet_pushes", ["account_id", "created_at"])


def downgrade() -> None:
    """Take them away."""
    op.drop_index("ix_sheet_pushes_account", "sheet_pushes")
    op.drop_table("sheet_pushes")
    op.drop_table("revision_marks")
    op.drop_index("ix_feed_addresses_account", "feed_addresses")
    op.drop_table("feed_addresses")
