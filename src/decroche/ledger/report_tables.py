"""The tables of reports that were made, of who gets them, and of targets with the deviations from them."""

from __future__ import annotations

import sqlalchemy as sa

from decroche.ledger import crm_tables
from decroche.ledger.tables import Utc

#: Every table of the ledger, these included.
metadata = crm_tables.metadata


def _account() -> sa.Column[str]:
    return sa.Column("account_id", sa.Text, sa.ForeignKey("accounts.id"), nullable=False)


# A report that was made. It holds figures and names of places, and nobody's number.
reports = sa.Table(
    "reports",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _account(),
    # quarter, month, monday
    sa.Column("kind", sa.Text, nullable=False),
    # 2026Q3, 2026-11, 2026-11-23
    sa.Column("period", sa.Text, nullable=False),
    # The site that it is about; empty: all of them.
    sa.Column("site", sa.Text, nullable=False, server_default=""),
    sa.Column("made_at", Utc, nullable=False),
    sa.Column("made_by", sa.Text, nullable=False),
    sa.Column("fingerprint", sa.Text, nullable=False),
    # The archived figures (JSON): paper and e-mail are written from them whenever they are asked for.
    sa.Column("figures", sa.Text, nullable=False),
    sa.Index("ix_reports_account_made", "account_id", "made_at"),
)

# Audits that are being made, or could not be: what was asked, and the reason of a failure.
report_attempts = sa.Table(
    "report_attempts",
    metadata,
    _account(),
    sa.Column("period", sa.Text, nullable=False),
    sa.Column("site", sa.Text, nullable=False, server_default=""),
    sa.Column("names_hidden", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("begun_at", Utc, nullable=False),
    sa.Column("begun_by", sa.Text, nullable=False),
    # Why it failed; empty while it is being made.
    sa.Column("reason", sa.Text, nullable=False, server_default=""),
    sa.PrimaryKeyConstraint("account_id", "period", "site", "names_hidden"),
)

# Who wants which report sent, and what became of each letter.
report_readers = sa.Table(
    "report_readers",
    metadata,
    _account(),
    sa.Column("member_id", sa.Text, sa.ForeignKey("members.id"), nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("since", Utc, nullable=False),
    # Where it goes by text: the member's own number (E.164 digits).
    sa.Column("number", sa.BigInteger),
    sa.PrimaryKeyConstraint("account_id", "member_id", "kind"),
)

report_letters = sa.Table(
    "report_letters",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _account(),
    sa.Column("member_id", sa.Text, sa.ForeignKey("members.id"), nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("period", sa.Text, nullable=False),
    # unknown, handed, failed
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.UniqueConstraint("account_id", "member_id", "kind", "period"),
)

# What is wanted of a measure, and what is done when it is not so.
targets = sa.Table(
    "targets",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _account(),
    sa.Column("kpi", sa.Text, nullable=False),
    sa.Column("site", sa.Text, nullable=False, server_default=""),
    # As it was written: « >= 85 % », « +8 pts ».
    sa.Column("wanted", sa.Text, nullable=False),
    # What a change is counted from; None: nothing is known of then.
    sa.Column("baseline", sa.Float),
    sa.Column("action", sa.Text, nullable=False),
    # The member who sees to it, by id; empty: whoever takes the task.
    sa.Column("owner", sa.Text, nullable=False, server_default=""),
    # After how many days the action is expected to show.
    sa.Column("days", sa.Integer, nullable=False),
    sa.Column("set_at", Utc, nullable=False),
    sa.Column("set_by", sa.Text, nullable=False),
    sa.Column("ended_at", Utc),
    sa.Index("ix_targets_account", "account_id", "ended_at"),
)

# A period in which a target was missed beyond doubt, and the task that it opened.
deviations = sa.Table(
    "deviations",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _account(),
    sa.Column("target_id", sa.Text, sa.ForeignKey("targets.id"), nullable=False),
    # The local days of the period, the last one excluded.
    sa.Column("since", sa.Text, nullable=False),
    sa.Column("until", sa.Text, nullable=False),
    sa.Column("value", sa.Float, nullable=False),
    sa.Column("n", sa.Integer, nullable=False),
    sa.Column("item_id", sa.Text),
    sa.Column("found_at", Utc, nullable=False),
    sa.UniqueConstraint("target_id", "since"),
    sa.Index("ix_deviations_account_found", "account_id", "found_at"),
)
