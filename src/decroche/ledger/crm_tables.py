"""The tables of opportunities and sales: what CRMs, files and programs tell of them, and what we wrote into CRMs."""

from __future__ import annotations

import sqlalchemy as sa

from decroche.ledger import search_tables
from decroche.ledger.tables import Utc

#: Every table of the ledger, these included.
metadata = search_tables.metadata


def _account() -> sa.Column[str]:
    return sa.Column("account_id", sa.Text, sa.ForeignKey("accounts.id"), nullable=False)


def _connection(*, nullable: bool = False) -> sa.Column[str]:
    return sa.Column("connection_id", sa.Text, sa.ForeignKey("crm_connections.id"), nullable=nullable)


crm_connections = sa.Table(
    "crm_connections",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _account(),
    # The connector: hubspot, pipedrive, salesforce.
    sa.Column("crm", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("settings", sa.Text, nullable=False),
    sa.Column("secrets", sa.LargeBinary, nullable=False),
    # What we write there: none, missed (calls) or all (calls); and whether callbacks become tasks.
    sa.Column("writes_calls", sa.Text, nullable=False, server_default="none"),
    sa.Column("writes_tasks", sa.Boolean, nullable=False, server_default=sa.false()),
    # Where reading goes on, in the connector's words; null: nothing was read yet.
    sa.Column("cursor", sa.Text),
    # The last change of ours that was looked at for what is to be written.
    sa.Column("written_up_to", sa.BigInteger, nullable=False),
    # When all that had changed was read last.
    sa.Column("read_at", Utc),
    # A model.Problem in JSON, without secrets; null when all is well.
    sa.Column("problem", sa.Text),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("removed_at", Utc),
    sa.Index("ix_crm_connections_account", "account_id", "created_at"),
)

# What may become a sale, and what has. An id follows from account, origin and ref: the same is never there twice.
opportunities = sa.Table(
    "opportunities",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _account(),
    # The id of a CRM's connection, or file, or api.
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("ref", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False, server_default=""),
    # E.164 digits; negative once forgotten; null: nobody is known for it.
    sa.Column("person", sa.BigInteger),
    # understand.matching.How and Doubt
    sa.Column("matched_by", sa.Text),
    sa.Column("doubt", sa.Text),
    # Who it may be: a list of E.164 digits in JSON.
    sa.Column("candidates", sa.Text, nullable=False, server_default="[]"),
    # Ids of the CRM's contacts, a list in JSON, the main one first.
    sa.Column("contacts", sa.Text, nullable=False, server_default="[]"),
    # open, won, lost, unknown
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("stage", sa.Text),
    sa.Column("pipeline", sa.Text),
    sa.Column("owner", sa.Text),
    # Exact decimals, as text; both in the currency.
    sa.Column("amount", sa.Text),
    sa.Column("margin", sa.Text),
    sa.Column("currency", sa.Text),
    sa.Column("campaign", sa.Text),
    sa.Column("source", sa.Text),
    # A list in JSON.
    sa.Column("tags", sa.Text, nullable=False, server_default="[]"),
    sa.Column("opened_at", Utc),
    sa.Column("closed_at", Utc),
    sa.Column("expected_on", sa.Date),
    # Their last change, as they tell it; and when we kept what it says now.
    sa.Column("changed_at", Utc, nullable=False),
    sa.Column("kept_at", Utc, nullable=False),
    # Deleted there; ``merged_into``: the ref of what it is part of now.
    sa.Column("gone_at", Utc),
    sa.Column("merged_into", sa.Text),
    sa.Column("decided_by", sa.Text),
    sa.Column("decided_at", Utc),
    sa.UniqueConstraint("account_id", "origin", "ref"),
    sa.Index("ix_opportunities_account_changed", "account_id", "changed_at", "id"),
    sa.Index("ix_opportunities_account_person", "account_id", "person"),
    sa.Index("ix_opportunities_account_closed", "account_id", "closed_at"),
)
sa.Index(
    "ix_opportunities_doubtful",
    opportunities.c.account_id,
    opportunities.c.changed_at,
    sqlite_where=opportunities.c.doubt.is_not(None),
    postgresql_where=opportunities.c.doubt.is_not(None),
)

# Who a CRM's contacts are here. Only those are known whom an opportunity names.
crm_links = sa.Table(
    "crm_links",
    metadata,
    _account(),
    _connection(),
    sa.Column("contact", sa.Text, nullable=False),
    sa.Column("person", sa.BigInteger),
    sa.Column("matched_by", sa.Text),
    sa.Column("doubt", sa.Text),
    sa.Column("candidates", sa.Text, nullable=False, server_default="[]"),
    # E.164 digits, a list in JSON; and what they are found by besides.
    sa.Column("numbers", sa.Text, nullable=False, server_default="[]"),
    sa.Column("email", sa.Text),
    # When an opportunity named them last, and when the CRM was asked who they are.
    sa.Column("used_at", Utc, nullable=False),
    sa.Column("read_at", Utc),
    sa.Column("gone_at", Utc),
    sa.Column("merged_into", sa.Text),
    # Forgotten at their own request: nothing of them is kept again.
    sa.Column("erased_at", Utc),
    sa.PrimaryKeyConstraint("connection_id", "contact"),
    sa.Index("ix_crm_links_account_person", "account_id", "person"),
    sa.Index("ix_crm_links_read", "connection_id", "read_at"),
)

# What is to be written into a CRM, or was: the intention is kept before the CRM is asked.
crm_writes = sa.Table(
    "crm_writes",
    metadata,
    # Ours; the CRM keeps it beside what is written.
    sa.Column("id", sa.Text, primary_key=True),
    _account(),
    _connection(),
    # call, note, task
    sa.Column("kind", sa.Text, nullable=False),
    # What it tells of: a call, a journey. Once each.
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("person", sa.BigInteger),
    # The activity in JSON; empty once it is written.
    sa.Column("body", sa.Text, nullable=False),
    # intended, asking, written, refused, cancelled
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("due_at", Utc, nullable=False),
    sa.Column("asked_at", Utc),
    sa.Column("settled_at", Utc),
    # The CRM's id of it.
    sa.Column("ref", sa.Text),
    sa.Column("problem", sa.Text),
    sa.UniqueConstraint("connection_id", "kind", "subject"),
    sa.Index("ix_crm_writes_account_created", "account_id", "created_at"),
    sa.Index("ix_crm_writes_account_person", "account_id", "person"),
)
sa.Index(
    "ix_crm_writes_waiting",
    crm_writes.c.connection_id,
    crm_writes.c.due_at,
    sqlite_where=crm_writes.c.settled_at.is_(None),
    postgresql_where=crm_writes.c.settled_at.is_(None),
)
