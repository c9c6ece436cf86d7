"""The tables of where calls come from: which number stands for which source, and the calls that Google Ads counted."""

from __future__ import annotations

import sqlalchemy as sa

from decroche.ledger import survey_tables
from decroche.ledger.tables import Utc

#: Every table of the ledger, these included.
metadata = survey_tables.metadata


def _account() -> sa.Column[str]:
    return sa.Column("account_id", sa.Text, sa.ForeignKey("accounts.id"), nullable=False)


# A number of the business stands for a source from a day to a day. No person is in it.
tracked_numbers = sa.Table(
    "tracked_numbers",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _account(),
    # E.164 digits of a number of the business.
    sa.Column("number", sa.BigInteger, nullable=False),
    # A word of model.source.Source, or what the business calls it; the campaign is empty for all of the source.
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("campaign", sa.Text, nullable=False, server_default=""),
    sa.Column("begins", sa.Date, nullable=False),
    # The last day; null: until somebody ends it.
    sa.Column("ends", sa.Date),
    # The file that it came from; empty: somebody typed it.
    sa.Column("origin", sa.Text, nullable=False, server_default=""),
    sa.Column("made_at", Utc, nullable=False),
    sa.Index("ix_tracked_numbers_account_number", "account_id", "number", "begins"),
)

# A call that an advertiser's platform counted. It tells no number: of whom it was follows from ``call_id`` alone.
ad_calls = sa.Table(
    "ad_calls",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _account(),
    # The account at the platform that told it, or the name of a file.
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    # The platform's id of the campaign (empty where it is not told) and its name.
    sa.Column("campaign_ref", sa.Text, nullable=False, server_default=""),
    sa.Column("campaign", sa.Text, nullable=False),
    sa.Column("started_at", Utc, nullable=False),
    sa.Column("duration_s", sa.Float),
    # Whether the platform says that it was received: by a person, a menu or a voicemail, it does not tell.
    sa.Column("received", sa.Boolean),
    # Where the caller's number is from, as far as it is told.
    sa.Column("country", sa.Text, nullable=False, server_default=""),
    sa.Column("area", sa.Text, nullable=False, server_default=""),
    # understand.ad_calls.Fit: matched, doubtful, none; decided by a person: chosen, not_ours.
    sa.Column("fit", sa.Text, nullable=False, server_default="none"),
    sa.Column("call_id", sa.Text),
    # Ids of calls that it may be, a list in JSON.
    sa.Column("candidates", sa.Text, nullable=False, server_default="[]"),
    sa.Column("decided_by", sa.Text),
    sa.Column("decided_at", Utc),
    sa.Column("kept_at", Utc, nullable=False),
    sa.Index("ix_ad_calls_account_started", "account_id", "started_at", "id"),
    sa.Index("ix_ad_calls_account_call", "account_id", "call_id"),
)
