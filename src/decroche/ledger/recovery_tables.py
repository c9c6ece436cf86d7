"""The tables of recovery: what is decided, written, promised and done to win callers back."""

from __future__ import annotations

import sqlalchemy as sa

from decroche.ledger import tables
from decroche.ledger.tables import Utc

#: Every table of the ledger, these included.
metadata = tables.metadata


def _account() -> sa.Column[str]:
    return sa.Column("account_id", sa.Text, sa.ForeignKey("accounts.id"), nullable=False)


# What an account wants of recovery, as the JSON of recover's own settings; no row: nothing is ever sent.
recovery_settings = sa.Table(
    "recovery_settings",
    metadata,
    sa.Column("account_id", sa.Text, sa.ForeignKey("accounts.id"), primary_key=True),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("changed_at", Utc, nullable=False),
)

playbooks = sa.Table(
    "playbooks",
    metadata,
    _account(),
    # Empty stands for any site and any department.
    sa.Column("site", sa.Text, nullable=False, server_default=""),
    sa.Column("department", sa.Text, nullable=False, server_default=""),
    # TOML, as its author wrote it.
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("changed_at", Utc, nullable=False),
    sa.PrimaryKeyConstraint("account_id", "site", "department"),
)

# The words of texts where the account has its own, by language.
words = sa.Table(
    "words",
    metadata,
    _account(),
    sa.Column("language", sa.Text, nullable=False),
    # TOML: the variants of each template, by hour class, department and trade.
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("changed_at", Utc, nullable=False),
    sa.PrimaryKeyConstraint("account_id", "language"),
)

# What is known of a person besides their calls. No row: nothing.
people = sa.Table(
    "people",
    metadata,
    _account(),
    sa.Column("person", sa.BigInteger, nullable=False),
    sa.Column("name", sa.Text),
    sa.Column("language", sa.Text),
    sa.Column("email", sa.Text),
    sa.Column("staff", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("vip", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("spam", sa.Boolean, nullable=False, server_default=sa.false()),
    # A provider told that this number cannot have texts.
    sa.Column("sms_incapable", sa.Boolean, nullable=False, server_default=sa.false()),
    # What a won caller like this one brings, in the account's currency; null: the account's usual value.
    sa.Column("value", sa.Float),
    # Proof of a contract in progress, such as its number.
    sa.Column("contract_ref", sa.Text),
    sa.PrimaryKeyConstraint("account_id", "person"),
)

# Refusals, as keyed fingerprints of numbers: they outlive the erasure of everything else.
opt_outs = sa.Table(
    "opt_outs",
    metadata,
    _account(),
    sa.Column("fingerprint", sa.LargeBinary, nullable=False),
    # rules.outreach.Scope
    sa.Column("scope", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
    # keyword, refusal, provider, person, import
    sa.Column("source", sa.Text, nullable=False),
    # Said, and not yet decided by a person: it holds meanwhile.
    sa.Column("pending", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("undone_at", Utc),
    sa.Column("undone_by", sa.Text),
    sa.PrimaryKeyConstraint("account_id", "fingerprint", "scope", "at"),
)

consents = sa.Table(
    "consents",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _account(),
    sa.Column("fingerprint", sa.LargeBinary, nullable=False),
    # text, call, automated_call, email
    sa.Column("means", sa.Text, nullable=False),
    # What was consented to, such as promotion or requested (a callback).
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("obtained_at", Utc, nullable=False),
    sa.Column("expires_at", Utc),
    sa.Column("withdrawn_at", Utc),
    # How and in which words it was given, and where the proof lies.
    sa.Column("evidence", sa.Text, nullable=False),
    sa.Index("ix_consents_account_fingerprint", "account_id", "fingerprint"),
)

# Every ruling on something that might have gone out: append-only, each row chained to the one before.
decisions = sa.Table(
    "decisions",
    metadata,
    _account(),
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("fingerprint", sa.LargeBinary, nullable=False),
    sa.Column("journey_id", sa.Text),
    # Canonical JSON of the ruling with its findings.
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.PrimaryKeyConstraint("account_id", "number"),
    sa.Index("ix_decisions_account_journey", "account_id", "journey_id"),
)

# One run of a playbook: from a miss that opens or reopens a journey to the end of its need.
episodes = sa.Table(
    "episodes",
    metadata,
    _account(),
    sa.Column("journey_id", sa.Text, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    # When the miss happened, and when we learned of it.
    sa.Column("opened_at", Utc, nullable=False),
    sa.Column("begun_at", Utc, nullable=False),
    sa.Column("playbook", sa.Text, nullable=False),
    # Acted on, or held out to measure what recovery brings; decided before anything is done.
    sa.Column("arm", sa.Text, nullable=False, server_default="act"),
    # How often it was looked at: the key of the timer that looks next.
    sa.Column("turn", sa.Integer, nullable=False, server_default="0"),
    sa.Column("due_at", Utc),
    sa.Column("ended_at", Utc),
    # recovered, withdrawn, expired, closed, opted_out, too_old, held_out, refused
    sa.Column("ended_because", sa.Text),
    sa.PrimaryKeyConstraint("journey_id", "number"),
    sa.Index("ix_episodes_account_ended", "account_id", "ended_at"),
)

# What became of each step of an episode, with its reasons.
acts = sa.Table(
    "acts",
    metadata,
    _account(),
    sa.Column("journey_id", sa.Text, nullable=False),
    sa.Column("episode", sa.Integer, nullable=False),
    sa.Column("step", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
    # done, skipped, refused
    sa.Column("outcome", sa.Text, nullable=False),
    # The text, work item or notice that it made.
    sa.Column("subject", sa.Text),
    # JSON: [{"code": …, parameters}]
    sa.Column("reasons", sa.Text, nullable=False),
    sa.PrimaryKeyConstraint("journey_id", "episode", "step"),
)

texts = sa.Table(
    "texts",
    metadata,
    # What a provider is given as our reference: the same at every try.
    sa.Column("id", sa.Text, primary_key=True),
    _account(),
    sa.Column("journey_id", sa.Text),
    sa.Column("person", sa.BigInteger),
    # in, out
    sa.Column("direction", sa.Text, nullable=False),
    # sms, email
    sa.Column("channel", sa.Text, nullable=False, server_default="sms"),
    sa.Column("endpoint_id", sa.Text, sa.ForeignKey("endpoints.id")),
    sa.Column("sender", sa.Text, nullable=False, server_default=""),
    sa.Column("recipient", sa.Text, nullable=False, server_default=""),
    sa.Column("subject", sa.Text),
    sa.Column("body", sa.Text, nullable=False),
    # The rules' purpose of what goes out; of what came in, the keyword that was read in it.
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("template", sa.Text),
    # A person of the business wrote it; null: the playbook did.
    sa.Column("author", sa.Text),
    # model.text.TextState; received for what came in.
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("ref", sa.Text),
    sa.Column("failure", sa.Text),
    sa.Column("raw_failure", sa.Text),
    sa.Column("segments", sa.Integer),
    sa.Column("price", sa.Float),
    sa.Column("currency", sa.Text),
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    sa.Column("created_at", Utc, nullable=False),
    # Not to be sent any more afterwards.
    sa.Column("expires_at", Utc),
    # When a provider was asked last, and when it accepted.
    sa.Column("tried_at", Utc),
    sa.Column("handed_at", Utc),
    sa.Column("settled_at", Utc),
    sa.Index("ix_texts_account_person", "account_id", "person", "created_at"),
    sa.Index("ix_texts_account_journey", "account_id", "journey_id"),
    sa.Index("ix_texts_endpoint_ref", "endpoint_id", "ref"),
    sa.Index("ix_texts_account_tried", "account_id", "tried_at"),
    sa.Index("ix_texts_account_created", "account_id", "created_at"),
)
sa.Index(
    "ix_texts_unsettled",
    texts.c.created_at,
    sqlite_where=texts.c.state.in_(("intended", "unknown")),
    postgresql_where=texts.c.state.in_(("intended", "unknown")),
)

# Every receipt as it came: one may overtake the answer that tells us the provider's id.
text_receipts = sa.Table(
    "text_receipts",
    metadata,
    sa.Column("endpoint_id", sa.Text, sa.ForeignKey("endpoints.id"), nullable=False),
    sa.Column("ref", sa.Text, nullable=False),
    sa.Column("reference", sa.Text, index=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("failure", sa.Text),
    sa.Column("raw_failure", sa.Text),
    sa.Column("segments", sa.Integer),
    sa.Column("price", sa.Float),
    sa.Column("currency", sa.Text),
    sa.PrimaryKeyConstraint("endpoint_id", "ref", "state"),
)

# The ways by which texts go out, and how they fare.
text_routes = sa.Table(
    "text_routes",
    metadata,
    sa.Column("endpoint_id", sa.Text, sa.ForeignKey("endpoints.id"), nullable=False),
    sa.Column("sender", sa.Text, nullable=False),
    _account(),
    # When the next text may be handed over, for the provider's sake.
    sa.Column("free_at", Utc),
    # Failures in a row, and until when nothing is tried.
    sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
    sa.Column("rests_until", Utc),
    sa.PrimaryKeyConstraint("endpoint_id", "sender"),
)

# What people of the business have to do: calls to make, voicemails to hear, texts to answer, doubts to settle.
work_items = sa.Table(
    "work_items",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _account(),
    sa.Column("journey_id", sa.Text),
    sa.Column("person", sa.BigInteger),
    sa.Column("site", sa.Text, nullable=False, server_default=""),
    sa.Column("department", sa.Text, nullable=False, server_default=""),
    # callback, voicemail, reply, refusal, text_unknown, task
    sa.Column("kind", sa.Text, nullable=False),
    # open, done, cancelled; a claimed or snoozed one is open
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("opened_at", Utc, nullable=False),
    # When it should be done, and the moment that was promised to the person.
    sa.Column("due_at", Utc),
    sa.Column("promised_at", Utc),
    # The person asked for this call, and when.
    sa.Column("requested_at", Utc),
    sa.Column("snoozed_until", Utc),
    sa.Column("assigned_to", sa.Text),
    sa.Column("claimed_by", sa.Text),
    sa.Column("claimed_until", Utc),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("outcome", sa.Text),
    sa.Column("closed_at", Utc),
    sa.Column("closed_because", sa.Text),
    sa.Column("about", sa.Text, nullable=False, server_default="{}"),
    sa.Index("ix_work_items_account_person", "account_id", "person"),
    sa.Index("ix_work_items_account_journey", "account_id", "journey_id"),
)
sa.Index(
    "ix_work_items_open",
    work_items.c.account_id,
    work_items.c.opened_at,
    sqlite_where=work_items.c.state == "open",
    postgresql_where=work_items.c.state == "open",
)

_promised = (work_items.c.state == "open") & work_items.c.promised_at.is_not(None)
sa.Index(
    "ix_work_items_promised",
    work_items.c.account_id,
    work_items.c.promised_at,
    sqlite_where=_promised,
    postgresql_where=_promised,
)

work_notes = sa.Table(
    "work_notes",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("item_id", sa.Text, sa.ForeignKey("work_items.id"), nullable=False, index=True),
    sa.Column("at", Utc, nullable=False),
    # Who of the business; empty: Décroche itself.
    sa.Column("who", sa.Text, nullable=False, server_default=""),
    # claimed, called, outcome, note, snoozed, released, closed
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False, server_default=""),
    sa.Index("ix_work_notes_at", "at"),
)
sa.Index(
    "ix_work_notes_written",
    work_notes.c.at,
    sqlite_where=work_notes.c.kind == "note",
    postgresql_where=work_notes.c.kind == "note",
)

bookings = sa.Table(
    "bookings",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _account(),
    sa.Column("journey_id", sa.Text, nullable=False),
    sa.Column("person", sa.BigInteger, nullable=False),
    sa.Column("site", sa.Text, nullable=False, server_default=""),
    sa.Column("department", sa.Text, nullable=False, server_default=""),
    sa.Column("starts_at", Utc, nullable=False),
    sa.Column("ends_at", Utc, nullable=False),
    # booked, moved, cancelled, kept, broken
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("made_at", Utc, nullable=False),
    sa.Column("reminded_at", Utc),
    # When we called, whether in time or late.
    sa.Column("called_at", Utc),
    sa.Index("ix_bookings_account_starts", "account_id", "starts_at"),
    sa.Index("ix_bookings_account_journey", "account_id", "journey_id"),
)

# Addresses of the public page on which a person chooses a time: only their digests are kept.
slot_links = sa.Table(
    "slot_links",
    metadata,
    sa.Column("digest", sa.LargeBinary, primary_key=True),
    _account(),
    sa.Column("journey_id", sa.Text, nullable=False),
    sa.Column("person", sa.BigInteger, nullable=False),
    sa.Column("made_at", Utc, nullable=False),
    sa.Column("expires_at", Utc, nullable=False),
    sa.Column("opened_at", Utc),
)

# Who is held out, or gets which variant: written before anything is known of the outcome.
assignments = sa.Table(
    "assignments",
    metadata,
    _account(),
    sa.Column("experiment", sa.Text, nullable=False),
    sa.Column("fingerprint", sa.LargeBinary, nullable=False),
    sa.Column("arm", sa.Text, nullable=False),
    sa.Column("share", sa.Float, nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.PrimaryKeyConstraint("account_id", "experiment", "fingerprint"),
)

# The browsers on which people of the business asked to be shown word.
push_subscriptions = sa.Table(
    "push_subscriptions",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _account(),
    # The member of the team.
    sa.Column("member", sa.Text, nullable=False),
    sa.Column("endpoint", sa.Text, nullable=False),
    sa.Column("p256dh", sa.LargeBinary, nullable=False),
    sa.Column("auth", sa.LargeBinary, nullable=False),
    sa.Column("made_at", Utc, nullable=False),
    # The push service said that the browser is gone.
    sa.Column("gone_at", Utc),
    sa.Index("ix_push_subscriptions_account_member", "account_id", "member"),
)

# Messages to people of the business: each once to each.
notices = sa.Table(
    "notices",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _account(),
    sa.Column("journey_id", sa.Text),
    sa.Column("item_id", sa.Text),
    # The member of the team.
    sa.Column("member", sa.Text, nullable=False),
    # email, text, push, webhook
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    # intended, unknown, handed, failed
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("due_at", Utc, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    sa.Column("handed_at", Utc),
    sa.Column("problem", sa.Text),
    sa.Index("ix_notices_account_due", "account_id", "due_at"),
)
