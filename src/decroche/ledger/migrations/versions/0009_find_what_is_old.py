"""Find what is old: texts and notes by their age, so that a page can say what will be forgotten next."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the indexes."""
    op.create_index("ix_texts_account_created", "texts", ["account_id", "created_at"])
    written = sa.text("kind = 'note'")
    op.create_index("ix_work_notes_written", "work_notes", ["at"], sqlite_where=written, postgresql_where=written)


def downgrade() -> None:
    """Remove them."""
    op.drop_index("ix_work_notes_written", "work_notes")
    op.drop_index("ix_texts_account_created", "texts")
