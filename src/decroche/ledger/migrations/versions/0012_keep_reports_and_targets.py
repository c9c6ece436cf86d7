"""Keep reports, who gets them, and targets with the deviations from them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def _account(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=f"fk_{table}_account_id_accounts"),
    ]


def _member(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("member_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=f"fk_{table}_member_id_members"),
    ]


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "reports",
        sa.Column("id", sa.Text(), nullable=False),
        *_account("reports"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False, server_default=""),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("figures", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reports"),
    )
    op.create_index("ix_reports_account_made", "reports", ["account_id", "made_at"])
    op.create_table(
        "report_readers",
        *_account("report_readers"),
        *_member("report_readers"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("since", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("account_id", "member_id", "kind", name="pk_report_readers"),
    )
    op.create_table(
        "report_letters",
        sa.Column("id", sa.Text(), nullable=False),
        *_account("report_letters"),
        *_member("report_letters"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_report_letters"),
        sa.UniqueConstraint(
            "account_id", "member_id", "kind", "period", name="uq_report_letters_account_id_member_id_kind_period"
        ),
    )
    op.create_table(
        "targets",
        sa.Column("id", sa.Text(), nullable=False),
        *_account("targets"),
        sa.Column("kpi", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False, server_default=""),
        sa.Column("wanted", sa.Text(), nullable=False),
        sa.Column("baseline", sa.Float(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False, server_default=""),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("set_at", _MOMENT, nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_targets"),
    )
    op.create_index("ix_targets_account", "targets", ["account_id", "ended_at"])
    op.create_table(
        "deviations",
        sa.Column("id", sa.Text(), nullable=False),
        *_account("deviations"),
        sa.Column("target_id", sa.Text(), nullable=False),
        sa.Column("since", sa.Text(), nullable=False),
        sa.Column("until", sa.Text(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=True),
        sa.Column("found_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["target_id"], ["targets.id"], name="fk_deviations_target_id_targets"),
        sa.PrimaryKeyConstraint("id", name="pk_deviations"),
        sa.UniqueConstraint("target_id", "since", name="uq_deviations_target_id_since"),
    )
    op.create_index("ix_deviations_account_found", "deviations", ["account_id", "found_at"])


def downgrade() -> None:
    """Take them away again."""
    op.drop_index("ix_deviations_account_found", table_name="deviations")
    op.drop_table("deviations")
    op.drop_index("ix_targets_account", table_name="targets")
    op.drop_table("targets")
    op.drop_table("report_letters")
    op.drop_table("report_readers")
    op.drop_index("ix_reports_account_made", table_name="reports")
    op.drop_table("reports")
