"""The tables of the ledger, the same on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

#: Names for every constraint, so that a migration can speak of them on both databases.
_NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = sa.MetaData(naming_convention=_NAMING)


class Utc(sa.types.TypeDecorator[datetime]):
    """A moment: with its zone on the way in, UTC in the database, UTC with its zone on the way out."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """The moment in UTC. A moment without a zone is an error of ours."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> datetime | None:
        """The moment with its zone, which SQLite does not keep."""
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


#: An increasing number; SQLite only counts in a column that it calls INTEGER.
_Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _account() -> sa.Column[str]:
    return sa.Column("account_id", sa.Text, sa.ForeignKey("accounts.id"), nullable=False)


accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("country", sa.Text, nullable=False),
    sa.Column("zone", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False, server_default="fr"),
    sa.Column("short_abandon_s", sa.Float, nullable=False, server_default="5"),
    sa.Column("answer_within_s", sa.Float, nullable=False, server_default="20"),
    sa.Column("created_at", Utc, nullable=False),
)

sites = sa.Table(
    "sites",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _account(),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("zone", sa.Text),
    sa.UniqueConstraint("account_id", "name"),
)

opening_hours = sa.Table(
    "opening_hours",
    metadata,
    _account(),
    # Empty stands for any site and any department: a null would be unequal to itself.
    sa.Column("site", sa.Text, nullable=False, server_default=""),
    sa.Column("department", sa.Text, nullable=False, server_default=""),
    sa.Column("week", sa.Text, nullable=False),
    sa.PrimaryKeyConstraint("account_id", "site", "department"),
)

closed_days = sa.Table(
    "closed_days",
    metadata,
    _account(),
    sa.Column("day", sa.Date, nullable=False),
    # The name of an added holiday; null: a public holiday on which this business works.
    sa.Column("name", sa.Text),
    sa.PrimaryKeyConstraint("account_id", "day"),
)

lines = sa.Table(
    "lines",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _account(),
    # E.164 digits where the line has a number, else null.
    sa.Column("number", sa.BigInteger),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("site", sa.Text, nullable=False, server_default=""),
    sa.Column("department", sa.Text, nullable=False, server_default=""),
    sa.UniqueConstraint("account_id", "number"),
)

endpoints = sa.Table(
    "endpoints",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _account(),
    sa.Column("connector", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    # What makes the address of the endpoint's door hard to guess.
    sa.Column("key", sa.Text, nullable=False, unique=True),
    sa.Column("settings", sa.Text, nullable=False),
    sa.Column("secrets", sa.LargeBinary, nullable=False),
    sa.Column("site", sa.Text, nullable=False, server_default=""),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("removed_at", Utc),
    sa.Column("heard_at", Utc),
    sa.Column("refused_at", Utc),
    # What is wrong, as a list of model.Problem in JSON, without secrets; null when all is well.
    sa.Column("problem", sa.Text),
)

positions = sa.Table(
    "positions",
    metadata,
    sa.Column("endpoint_id", sa.Text, sa.ForeignKey("endpoints.id"), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("value", sa.Text, nullable=False),
    sa.PrimaryKeyConstraint("endpoint_id", "name"),
)

observations = sa.Table(
    "observations",
    metadata,
    sa.Column("id", _Number, primary_key=True, autoincrement=True),
    sa.Column("endpoint_id", sa.Text, sa.ForeignKey("endpoints.id"), nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    # live, history, log, file; clock: our own word that nothing more was heard of a call
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("received_at", Utc, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("about", sa.Text, nullable=False),
    # pending, then heard, ignored, malformed, or failed for a fault of ours.
    sa.Column("state", sa.Text, nullable=False, server_default="pending"),
    sa.UniqueConstraint("endpoint_id", "key"),
    sqlite_autoincrement=True,
)
sa.Index(
    "ix_observations_pending",
    observations.c.id,
    sqlite_where=observations.c.state == "pending",
    postgresql_where=observations.c.state == "pending",
)

facts = sa.Table(
    "facts",
    metadata,
    sa.Column("observation_id", _Number, sa.ForeignKey("observations.id"), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("call_id", sa.Text, nullable=False, index=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.PrimaryKeyConstraint("observation_id", "number"),
)

call_keys = sa.Table(
    "call_keys",
    metadata,
    _account(),
    sa.Column("connector", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("call_id", sa.Text, nullable=False, index=True),
    sa.PrimaryKeyConstraint("account_id", "connector", "key"),
)

calls = sa.Table(
    "calls",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _account(),
    # Increases with every change of any call: what is newer than a revision is what has it greater.
    sa.Column("revision", sa.BigInteger, nullable=False, index=True),
    sa.Column("endpoint_id", sa.Text, sa.ForeignKey("endpoints.id"), nullable=False),
    sa.Column("external_key", sa.Text, nullable=False),
    sa.Column("progress", sa.Text, nullable=False),
    sa.Column("disposition", sa.Text),
    sa.Column("reason", sa.Text),
    sa.Column("raw_reason", sa.Text),
    sa.Column("hour_class", sa.Text),
    sa.Column("direction", sa.Text, nullable=False),
    sa.Column("started_at", Utc, nullable=False),
    sa.Column("answered_at", Utc),
    sa.Column("ended_at", Utc),
    sa.Column("last_heard_at", Utc, nullable=False),
    sa.Column("caller", sa.Text),
    sa.Column("called", sa.Text),
    sa.Column("caller_kind", sa.Text, nullable=False),
    # E.164 digits of the person outside; null when masked or internal.
    sa.Column("person", sa.BigInteger),
    sa.Column("line", sa.Text),
    sa.Column("queue", sa.Text),
    sa.Column("department", sa.Text, nullable=False, server_default=""),
    sa.Column("site", sa.Text, nullable=False, server_default=""),
    sa.Column("agent", sa.Text),
    sa.Column("answered", sa.Boolean, nullable=False),
    sa.Column("queued", sa.Boolean, nullable=False),
    sa.Column("rang", sa.Boolean, nullable=False),
    sa.Column("voicemail", sa.Boolean, nullable=False),
    sa.Column("after_hours", sa.Boolean, nullable=False),
    *(sa.Column(name, sa.Float) for name in ("wait_s", "ring_s", "talk_s", "hold_s", "wrap_s", "total_s")),
    sa.Column("legs", sa.Text, nullable=False),
    # live, history, log, file, clock: the sources that spoke of it, joined by a space.
    sa.Column("sources", sa.Text, nullable=False),
    sa.Index("ix_calls_account_started", "account_id", "started_at", "id"),
    sa.Index("ix_calls_account_person", "account_id", "person"),
    sa.Index("ix_calls_account_called", "account_id", "called", "started_at"),
)
sa.Index(
    "ix_calls_in_progress",
    calls.c.last_heard_at,
    sqlite_where=calls.c.progress != "ended",
    postgresql_where=calls.c.progress != "ended",
)

reached = sa.Table(
    "reached",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _account(),
    sa.Column("person", sa.BigInteger, nullable=False),
    sa.Column("at", Utc, nullable=False),
    # reply, booking: what besides a call can meet a caller's need.
    sa.Column("kind", sa.Text, nullable=False),
    sa.Index("ix_reached_account_person", "account_id", "person"),
)

journeys = sa.Table(
    "journeys",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _account(),
    sa.Column("revision", sa.BigInteger, nullable=False, index=True),
    sa.Column("site", sa.Text, nullable=False),
    sa.Column("person", sa.BigInteger, nullable=False),
    # open, recovered, expired, withdrawn
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("opened_at", Utc, nullable=False),
    sa.Column("last_missed_at", Utc, nullable=False),
    sa.Column("expires_at", Utc, nullable=False),
    sa.Column("closed_at", Utc),
    # our_call, their_call, reply, booking
    sa.Column("recovered_by", sa.Text),
    sa.Column("recovered_ref", sa.Text),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("missed_calls", sa.Text, nullable=False),
    sa.Column("calls", sa.Text, nullable=False),
    sa.Column("learned_at", Utc, nullable=False),
    sa.Index("ix_journeys_account_opened", "account_id", "opened_at", "id"),
    sa.Index("ix_journeys_account_person", "account_id", "person"),
    sa.Index("ix_journeys_state_expires", "state", "expires_at"),
)

journey_aliases = sa.Table(
    "journey_aliases",
    metadata,
    _account(),
    sa.Column("old_id", sa.Text, nullable=False),
    sa.Column("journey_id", sa.Text, nullable=False, index=True),
    sa.PrimaryKeyConstraint("account_id", "old_id"),
)

agent_states = sa.Table(
    "agent_states",
    metadata,
    _account(),
    sa.Column("endpoint_id", sa.Text, sa.ForeignKey("endpoints.id"), nullable=False),
    sa.Column("agent", sa.Text, nullable=False),
    sa.Column("queue", sa.Text, nullable=False, server_default=""),
    sa.Column("at", Utc, nullable=False),
    sa.Column("presence", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.PrimaryKeyConstraint("endpoint_id", "agent", "queue", "at", "presence"),
)

unknown_words = sa.Table(
    "unknown_words",
    metadata,
    sa.Column("endpoint_id", sa.Text, sa.ForeignKey("endpoints.id"), nullable=False),
    sa.Column("field", sa.Text, nullable=False),
    sa.Column("word", sa.Text, nullable=False),
    sa.Column("times", sa.BigInteger, nullable=False),
    sa.PrimaryKeyConstraint("endpoint_id", "field", "word"),
)

changes = sa.Table(
    "changes",
    metadata,
    sa.Column("id", _Number, primary_key=True, autoincrement=True),
    _account(),
    sa.Column("at", Utc, nullable=False),
    # call.updated, call.missed; call.merged, journey.merged: what had this id is part of another now;
    # journey.opened, journey.closed, journey.reopened, journey.withdrawn, journey.marked; text.received, text.settled;
    # booking.made, booking.cancelled
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Index("ix_changes_account_id", "account_id", "id"),
    sqlite_autoincrement=True,
)

counters = sa.Table(
    "counters",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.BigInteger, nullable=False),
)

tokens = sa.Table(
    "tokens",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _account(),
    sa.Column("name", sa.Text, nullable=False),
    # A digest of the token: who reads the database cannot use it.
    sa.Column("digest", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("scopes", sa.Text, nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("revoked_at", Utc),
)

webhooks = sa.Table(
    "webhooks",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _account(),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("kinds", sa.Text, nullable=False),
    # Whether phone numbers are sent in full.
    sa.Column("numbers", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("secret", sa.LargeBinary, nullable=False),
    # The last change that was delivered.
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
    sa.Column("retry_at", Utc),
    sa.Column("problem", sa.Text),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("removed_at", Utc),
    # The receiver said that it is gone: nothing is sent any more.
    sa.Column("gone_at", Utc),
    # Who sends to it now, and until when nobody else does.
    sa.Column("leased_by", sa.Text),
    sa.Column("leased_until", Utc),
)

# The accounts whose calls are judged again since what they say about themselves changed: those that began at ``since``
# or later, the latest first; done are all up to (``after_started``, ``after_id``).
rejudging = sa.Table(
    "rejudging",
    metadata,
    sa.Column("account_id", sa.Text, sa.ForeignKey("accounts.id"), primary_key=True),
    sa.Column("since", Utc, nullable=False),
    sa.Column("after_started", Utc),
    sa.Column("after_id", sa.Text),
)
