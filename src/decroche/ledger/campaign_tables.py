"""The tables of outbound campaigns: what each counted, what it costs, what was decided. No person is in them."""

from __future__ import annotations

import sqlalchemy as sa

from decroche.ledger import cost_tables
from decroche.ledger.tables import Utc

#: Every table of the ledger, these included.
metadata = cost_tables.metadata


def _account() -> sa.Column[str]:
    return sa.Column("account_id", sa.Text, sa.ForeignKey("accounts.id"), nullable=False)


campaigns = sa.Table(
    "campaigns",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _account(),
    sa.Column("name", sa.Text, nullable=False),
    # What people told, as they wrote it: cost, margin, closing, goal.
    sa.Column("terms", sa.Text, nullable=False),
    # model.campaign.CampaignCounts, and how its file was read.
    sa.Column("counts", sa.Text, nullable=False),
    sa.Column("reading", sa.Text, nullable=False),
    # ledger.campaigns.House in JSON: counted from the ledger's own calls; null: from a file.
    sa.Column("house", sa.Text),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("counted_at", Utc, nullable=False),
    sa.Index("ix_campaigns_account_created", "account_id", "created_at"),
)

campaign_decisions = sa.Table(
    "campaign_decisions",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _account(),
    sa.Column("campaign_id", sa.Text, sa.ForeignKey("campaigns.id", ondelete="CASCADE"), nullable=False),
    # raise, rewrite, retarget, cut
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("decided_on", sa.Date, nullable=False),
    # The name of the member or token that wrote it down.
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Index("ix_campaign_decisions_campaign", "campaign_id", "decided_on"),
)
