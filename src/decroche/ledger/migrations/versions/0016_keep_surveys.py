"""Keep what callers are asked, and what they answer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "survey_wishes",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), server_default="", nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_survey_wishes_account_id_accounts"),
        sa.PrimaryKeyConstraint("account_id", "site", name="pk_survey_wishes"),
    )
    op.create_table(
        "surveys",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        *(
            sa.Column(name, sa.Text(), server_default="", nullable=False)
            for name in ("site", "department", "queue", "agent", "questions")
        ),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("text_id", sa.Text(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mood", sa.Text(), nullable=True),
        sa.Column("item_id", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_surveys_account_id_accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_surveys"),
    )
    op.create_index("ix_surveys_account_asked", "surveys", ["account_id", "asked_at"])
    op.create_index("ix_surveys_account_person", "surveys", ["account_id", "person", "asked_at"])
    op.create_index("ix_surveys_account_mood", "surveys", ["account_id", "mood", "answered_at"])
    op.create_index("ix_surveys_account_ended", "surveys", ["account_id", "ended_at"])
    op.create_table(
        "survey_answers",
        sa.Column("survey_id", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["survey_id"], ["surveys.id"], name="fk_survey_answers_survey_id_surveys"),
        sa.PrimaryKeyConstraint("survey_id", "question", name="pk_survey_answers"),
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("survey_answers")
    for name in ("ended", "mood", "person", "asked"):
        op.drop_index(f"ix_surveys_account_{name}", "surveys")
    op.drop_table("surveys")
    op.drop_table("survey_wishes")
