"""Find new journeys: those newer than a revision by an index, as calls are found."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index."""
    op.create_index("ix_journeys_revision", "journeys", ["revision"])


def downgrade() -> None:
    """Remove it."""
    op.drop_index("ix_journeys_revision", "journeys")
