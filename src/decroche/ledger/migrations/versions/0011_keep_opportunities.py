"""Keep opportunities and sales: what CRMs, files and programs tell of them, and what we write into CRMs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "crm_connections",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("crm", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("secrets", sa.LargeBinary(), nullable=False),
        sa.Column("writes_calls", sa.Text(), server_default="none", nullable=False),
        sa.Column("writes_tasks", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("written_up_to", sa.BigInteger(), nullable=False),
        sa.Column("read_at", _MOMENT, nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("removed_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_crm_connections_account_id_accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_crm_connections"),
    )
    op.create_index("ix_crm_connections_account", "crm_connections", ["account_id", "created_at"])
    op.create_table(
        "opportunities",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=True),
        sa.Column("matched_by", sa.Text(), nullable=True),
        sa.Column("doubt", sa.Text(), nullable=True),
        sa.Column("candidates", sa.Text(), server_default="[]", nullable=False),
        sa.Column("contacts", sa.Text(), server_default="[]", nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=True),
        sa.Column("pipeline", sa.Text(), nullable=True),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("amount", sa.Text(), nullable=True),
        sa.Column("margin", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("campaign", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("tags", sa.Text(), server_default="[]", nullable=False),
        sa.Column("opened_at", _MOMENT, nullable=True),
        sa.Column("closed_at", _MOMENT, nullable=True),
        sa.Column("expected_on", sa.Date(), nullable=True),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.Column("kept_at", _MOMENT, nullable=False),
        sa.Column("gone_at", _MOMENT, nullable=True),
        sa.Column("merged_into", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_opportunities_account_id_accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_opportunities"),
        sa.UniqueConstraint("account_id", "origin", "ref", name="uq_opportunities_account_id_origin_ref"),
    )
    op.create_index("ix_opportunities_account_changed", "opportunities", ["account_id", "changed_at", "id"])
    op.create_index("ix_opportunities_account_person", "opportunities", ["account_id", "person"])
    op.create_index("ix_opportunities_account_closed", "opportunities", ["account_id", "closed_at"])
    doubtful = sa.text("doubt IS NOT NULL")
    op.create_index(
        "ix_opportunities_doubtful",
        "opportunities",
        ["account_id", "changed_at"],
        sqlite_where=doubtful,
        postgresql_where=doubtful,
    )
    op.create_table(
        "crm_links",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("connection_id", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=True),
        sa.Column("matched_by", sa.Text(), nullable=True),
        sa.Column("doubt", sa.Text(), nullable=True),
        sa.Column("candidates", sa.Text(), server_default="[]", nullable=False),
        sa.Column("numbers", sa.Text(), server_default="[]", nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("used_at", _MOMENT, nullable=False),
        sa.Column("read_at", _MOMENT, nullable=True),
        sa.Column("gone_at", _MOMENT, nullable=True),
        sa.Column("merged_into", sa.Text(), nullable=True),
        sa.Column("erased_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_crm_links_account_id_accounts"),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["crm_connections.id"], name="fk_crm_links_connection_id_crm_connections"
        ),
        sa.PrimaryKeyConstraint("connection_id", "contact", name="pk_crm_links"),
    )
    op.create_index("ix_crm_links_account_person", "crm_links", ["account_id", "person"])
    op.create_index("ix_crm_links_read", "crm_links", ["connection_id", "read_at"])
    op.create_table(
        "crm_writes",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("connection_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.Column("asked_at", _MOMENT, nullable=True),
        sa.Column("settled_at", _MOMENT, nullable=True),
        sa.Column("ref", sa.Text(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_crm_writes_account_id_accounts"),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["crm_connections.id"], name="fk_crm_writes_connection_id_crm_connections"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_crm_writes"),
        sa.UniqueConstraint("connection_id", "kind", "subject", name="uq_crm_writes_connection_id_kind_subject"),
    )
    op.create_index("ix_crm_writes_account_created", "crm_writes", ["account_id", "created_at"])
    op.create_index("ix_crm_writes_account_person", "crm_writes", ["account_id", "person"])
    waiting = sa.text("settled_at IS NULL")
    op.create_index(
        "ix_crm_writes_waiting",
        "crm_writes",
        ["connection_id", "due_at"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )


def downgrade() -> None:
    """Take them away."""
    for index, table in (
        ("ix_crm_writes_waiting", "crm_writes"),
        ("ix_crm_writes_account_person", "crm_writes"),
        ("ix_crm_writes_account_created", "crm_writes"),
        ("ix_crm_links_read", "crm_links"),
        ("ix_crm_links_account_person", "crm_links"),
        ("ix_opportunities_doubtful", "opportunities"),
        ("ix_opportunities_account_closed", "opportunities"),
        ("ix_opportunities_account_person", "opportunities"),
        ("ix_opportunities_account_changed", "opportunities"),
        ("ix_crm_connections_account", "crm_connections"),
    ):
        op.drop_index(index, table)
    for table in ("crm_writes", "crm_links", "opportunities", "crm_connections"):
        op.drop_table(table)
