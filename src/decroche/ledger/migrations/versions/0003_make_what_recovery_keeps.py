"""Make what recovery keeps: playbooks, texts, work, promises, refusals and decisions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "acts",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("journey_id", sa.Text(), nullable=False),
        sa.Column("episode", sa.Integer(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_acts_account_id_accounts"),
        sa.PrimaryKeyConstraint("journey_id", "episode", "step", name="pk_acts"),
    )
    op.create_table(
        "assignments",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("experiment", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("arm", sa.Text(), nullable=False),
        sa.Column("share", sa.Float(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_assignments_account_id_accounts"),
        sa.PrimaryKeyConstraint("account_id", "experiment", "fingerprint", name="pk_assignments"),
    )
    op.create_table(
        "bookings",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("journey_id", sa.Text(), nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.Column("site", sa.Text(), server_default="", nullable=False),
        sa.Column("department", sa.Text(), server_default="", nullable=False),
        sa.Column("starts_at", _MOMENT, nullable=False),
        sa.Column("ends_at", _MOMENT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("reminded_at", _MOMENT, nullable=True),
        sa.Column("called_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_bookings_account_id_accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_bookings"),
    )
    op.create_index("ix_bookings_account_journey", "bookings", ["account_id", "journey_id"])
    op.create_index("ix_bookings_account_starts", "bookings", ["account_id", "starts_at"])
    op.create_table(
        "consents",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("means", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("obtained_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=True),
        sa.Column("withdrawn_at", _MOMENT, nullable=True),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_consents_account_id_accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_consents"),
    )
    op.create_index("ix_consents_account_fingerprint", "consents", ["account_id", "fingerprint"])
    op.create_table(
        "decisions",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("journey_id", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_decisions_account_id_accounts"),
        sa.PrimaryKeyConstraint("account_id", "number", name="pk_decisions"),
    )
    op.create_index("ix_decisions_account_journey", "decisions", ["account_id", "journey_id"])
    op.create_table(
        "episodes",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("journey_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("opened_at", _MOMENT, nullable=False),
        sa.Column("begun_at", _MOMENT, nullable=False),
        sa.Column("playbook", sa.Text(), nullable=False),
        sa.Column("arm", sa.Text(), server_default="act", nullable=False),
        sa.Column("turn", sa.Integer(), server_default="0", nullable=False),
        sa.Column("due_at", _MOMENT, nullable=True),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.Column("ended_because", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_episodes_account_id_accounts"),
        sa.PrimaryKeyConstraint("journey_id", "number", name="pk_episodes"),
    )
    op.create_index("ix_episodes_account_ended", "episodes", ["account_id", "ended_at"])
    op.create_table(
        "notices",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("journey_id", sa.Text(), nullable=True),
        sa.Column("item_id", sa.Text(), nullable=True),
        sa.Column("member", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("handed_at", _MOMENT, nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_notices_account_id_accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
    )
    op.create_index("ix_notices_account_due", "notices", ["account_id", "due_at"])
    op.create_table(
        "opt_outs",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("pending", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("undone_at", _MOMENT, nullable=True),
        sa.Column("undone_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_opt_outs_account_id_accounts"),
        sa.PrimaryKeyConstraint("account_id", "fingerprint", "scope", "at", name="pk_opt_outs"),
    )
    op.create_table(
        "people",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("staff", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("vip", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("spam", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("sms_incapable", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("value", sa.Float(), nullable=True),
        sa.Column("contract_ref", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_people_account_id_accounts"),
        sa.PrimaryKeyConstraint("account_id", "person", name="pk_people"),
    )
    op.create_table(
        "playbooks",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), server_default="", nullable=False),
        sa.Column("department", sa.Text(), server_default="", nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_playbooks_account_id_accounts"),
        sa.PrimaryKeyConstraint("account_id", "site", "department", name="pk_playbooks"),
    )
    op.create_table(
        "recovery_settings",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_recovery_settings_account_id_accounts"),
        sa.PrimaryKeyConstraint("account_id", name="pk_recovery_settings"),
    )
    op.create_table(
        "slot_links",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("journey_id", sa.Text(), nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("opened_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_slot_links_account_id_accounts"),
        sa.PrimaryKeyConstraint("digest", name="pk_slot_links"),
    )
    op.create_table(
        "words",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_words_account_id_accounts"),
        sa.PrimaryKeyConstraint("account_id", "language", name="pk_words"),
    )
    op.create_table(
        "work_items",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("journey_id", sa.Text(), nullable=True),
        sa.Column("person", sa.BigInteger(), nullable=True),
        sa.Column("site", sa.Text(), server_default="", nullable=False),
        sa.Column("department", sa.Text(), server_default="", nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("opened_at", _MOMENT, nullable=False),
        sa.Column("due_at", _MOMENT, nullable=True),
        sa.Column("promised_at", _MOMENT, nullable=True),
        sa.Column("requested_at", _MOMENT, nullable=True),
        sa.Column("snoozed_until", _MOMENT, nullable=True),
        sa.Column("assigned_to", sa.Text(), nullable=True),
        sa.Column("claimed_by", sa.Text(), nullable=True),
        sa.Column("claimed_until", _MOMENT, nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("closed_at", _MOMENT, nullable=True),
        sa.Column("closed_because", sa.Text(), nullable=True),
        sa.Column("about", sa.Text(), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_work_items_account_id_accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_work_items"),
    )
    op.create_index("ix_work_items_account_journey", "work_items", ["account_id", "journey_id"])
    op.create_index("ix_work_items_account_person", "work_items", ["account_id", "person"])
    where = sa.text("state = 'open'")
    op.create_index(
        "ix_work_items_open", "work_items", ["account_id", "opened_at"], sqlite_where=where, postgresql_where=where
    )
    op.create_table(
        "text_receipts",
        sa.Column("endpoint_id", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("raw_failure", sa.Text(), nullable=True),
        sa.Column("segments", sa.Integer(), nullable=True),
        sa.Column("price", sa.Float(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["endpoint_id"], ["endpoints.id"], name="fk_text_receipts_endpoint_id_endpoints"),
        sa.PrimaryKeyConstraint("endpoint_id", "ref", "state", name="pk_text_receipts"),
    )
    op.create_index("ix_text_receipts_reference", "text_receipts", ["reference"])
    op.create_table(
        "text_routes",
        sa.Column("endpoint_id", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("free_at", _MOMENT, nullable=True),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rests_until", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_text_routes_account_id_accounts"),
        sa.ForeignKeyConstraint(["endpoint_id"], ["endpoints.id"], name="fk_text_routes_endpoint_id_endpoints"),
        sa.PrimaryKeyConstraint("endpoint_id", "sender", name="pk_text_routes"),
    )
    op.create_table(
        "texts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("journey_id", sa.Text(), nullable=True),
        sa.Column("person", sa.BigInteger(), nullable=True),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), server_default="sms", nullable=False),
        sa.Column("endpoint_id", sa.Text(), nullable=True),
        sa.Column("sender", sa.Text(), server_default="", nullable=False),
        sa.Column("recipient", sa.Text(), server_default="", nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("template", sa.Text(), nullable=True),
        sa.Column("author", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("raw_failure", sa.Text(), nullable=True),
        sa.Column("segments", sa.Integer(), nullable=True),
        sa.Column("price", sa.Float(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=True),
        sa.Column("tried_at", _MOMENT, nullable=True),
        sa.Column("handed_at", _MOMENT, nullable=True),
        sa.Column("settled_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_texts_account_id_accounts"),
        sa.ForeignKeyConstraint(["endpoint_id"], ["endpoints.id"], name="fk_texts_endpoint_id_endpoints"),
        sa.PrimaryKeyConstraint("id", name="pk_texts"),
    )
    op.create_index("ix_texts_account_journey", "texts", ["account_id", "journey_id"])
    op.create_index("ix_texts_account_person", "texts", ["account_id", "person", "created_at"])
    op.create_index("ix_texts_endpoint_ref", "texts", ["endpoint_id", "ref"])
    op.create_index("ix_texts_account_tried", "texts", ["account_id", "tried_at"])
    where = sa.text("state IN ('intended', 'unknown')")
    op.create_index("ix_texts_unsettled", "texts", ["created_at"], sqlite_where=where, postgresql_where=where)
    op.create_table(
        "work_notes",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("who", sa.Text(), server_default="", nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["work_items.id"], name="fk_work_notes_item_id_work_items"),
        sa.PrimaryKeyConstraint("id", name="pk_work_notes"),
    )
    op.create_index("ix_work_notes_item_id", "work_notes", ["item_id"])
    op.create_index("ix_work_notes_at", "work_notes", ["at"])


def downgrade() -> None:
    """Take them away again."""
    for name in (
        "work_notes",
        "texts",
        "text_routes",
        "text_receipts",
        "work_items",
        "words",
        "slot_links",
        "recovery_settings",
        "playbooks",
        "people",
        "opt_outs",
        "notices",
        "episodes",
        "decisions",
        "consents",
        "bookings",
        "assignments",
        "acts",
    ):
        op.drop_table(name)
