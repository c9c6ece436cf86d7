"""The tables of who works in a business: members, what lets them in, and the log of what they saw and changed."""

from __future__ import annotations

import sqlalchemy as sa

from decroche.ledger import recovery_tables
from decroche.ledger.tables import Utc

#: Every table of the ledger, these included.
metadata = recovery_tables.metadata
#: An increasing number; SQLite only counts in a column that it calls INTEGER.
_Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _account() -> sa.Column[str]:
    return sa.Column("account_id", sa.Text, sa.ForeignKey("accounts.id"), nullable=False)


def _member(*, nullable: bool = False) -> sa.Column[str]:
    return sa.Column("member_id", sa.Text, sa.ForeignKey("members.id"), nullable=nullable)


members = sa.Table(
    "members",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("email", sa.Text, nullable=False),
    # The e-mail with the case of its letters taken away: it names one member.
    sa.Column("email_key", sa.Text, nullable=False, unique=True),
    # Argon2id, with its parameters and salt; null: comes in by another way only.
    sa.Column("password", sa.Text),
    sa.Column("language", sa.Text, nullable=False),
    # Sealed as the secrets of phone systems are; the second holds until its first code is confirmed.
    sa.Column("totp", sa.LargeBinary),
    sa.Column("totp_proposed", sa.LargeBinary),
    # The time step of the last code that was taken: none is taken twice.
    sa.Column("totp_step", sa.BigInteger),
    # Who vouches for them elsewhere: issuer and subject.
    sa.Column("vouched_by", sa.Text, unique=True),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("disabled_at", Utc),
)

recovery_codes = sa.Table(
    "recovery_codes",
    metadata,
    _member(),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("used_at", Utc),
    sa.PrimaryKeyConstraint("member_id", "digest"),
)

memberships = sa.Table(
    "memberships",
    metadata,
    _account(),
    _member(),
    # owner, supervisor, agent, reader
    sa.Column("role", sa.Text, nullable=False),
    # The ids of the sites they may see, a list in JSON; null: all.
    sa.Column("sites", sa.Text),
    sa.Column("created_at", Utc, nullable=False),
    sa.PrimaryKeyConstraint("account_id", "member_id"),
    sa.Index("ix_memberships_member", "member_id"),
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("digest", sa.LargeBinary, nullable=False, unique=True),
    _member(),
    _account(),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("seen_at", Utc, nullable=False),
    # However often it is seen, it ends then.
    sa.Column("ends_at", Utc, nullable=False),
    # Whether the second factor was asked for and given, or there is none.
    sa.Column("complete", sa.Boolean, nullable=False),
    # What the browser says of itself, and its network address, both cut short.
    sa.Column("browser", sa.Text, nullable=False),
    sa.Column("client", sa.Text, nullable=False),
    sa.Index("ix_sessions_member", "member_id"),
)

invitations = sa.Table(
    "invitations",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _account(),
    sa.Column("digest", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("sites", sa.Text),
    sa.Column("invited_by", sa.Text, nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("expires_at", Utc, nullable=False),
    # Accepted or taken back: it opens nothing any more.
    sa.Column("used_at", Utc),
    sa.Index("ix_invitations_account", "account_id", "created_at"),
)

# Links that let somebody in once: reset (a new password), sign_in (as a member), first_run (as the first owner).
one_time_links = sa.Table(
    "one_time_links",
    metadata,
    sa.Column("digest", sa.LargeBinary, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    _member(nullable=True),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("expires_at", Utc, nullable=False),
    sa.Column("used_at", Utc),
    sa.Index("ix_one_time_links_member", "member_id"),
)

sign_in_rules = sa.Table(
    "sign_in_rules",
    metadata,
    sa.Column("account_id", sa.Text, sa.ForeignKey("accounts.id"), primary_key=True),
    sa.Column("owners_need_second", sa.Boolean, nullable=False, server_default=sa.false()),
)

# Rows are added, never changed.
audit_log = sa.Table(
    "audit_log",
    metadata,
    sa.Column("id", _Number, primary_key=True, autoincrement=True),
    _account(),
    sa.Column("at", Utc, nullable=False),
    # member, token, command, system
    sa.Column("by_kind", sa.Text, nullable=False),
    sa.Column("by_id", sa.Text, nullable=False),
    # As they were called then: the log outlives them.
    sa.Column("by_name", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    # A flat object in JSON, without secrets or whole numbers.
    sa.Column("details", sa.Text, nullable=False),
    sa.Column("client", sa.Text, nullable=False),
    sa.Index("ix_audit_log_account_id", "account_id", "id"),
    sa.Index("ix_audit_log_account_action", "account_id", "action", "id"),
    sa.Index("ix_audit_log_account_by", "account_id", "by_id", "id"),
    sqlite_autoincrement=True,
)
