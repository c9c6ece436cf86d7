"""The tables of surveys: what a business wants asked, whom it asked about which contact, and what they answered."""

from __future__ import annotations

import sqlalchemy as sa

from decroche.ledger import feed_tables
from decroche.ledger.tables import Utc

#: Every table of the ledger, these included.
metadata = feed_tables.metadata


def _account() -> sa.Column[str]:
    return sa.Column("account_id", sa.Text, sa.ForeignKey("accounts.id"), nullable=False)


# What is asked at a site; empty: at all that have no wishes of their own. No row: nothing is ever asked.
survey_wishes = sa.Table(
    "survey_wishes",
    metadata,
    _account(),
    sa.Column("site", sa.Text, nullable=False, server_default=""),
    # The JSON of recover.survey.SurveyWishes.
    sa.Column("body", sa.Text, nullable=False),
    # Since when it is asked: other wishes while it stays switched on do not begin anew.
    sa.Column("changed_at", Utc, nullable=False),
    sa.PrimaryKeyConstraint("account_id", "site"),
)

# A contact that chance has chosen. Its id follows from the contact: the same is never there twice.
surveys = sa.Table(
    "surveys",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _account(),
    # E.164 digits; negative once forgotten.
    sa.Column("person", sa.BigInteger, nullable=False),
    # model.survey.Occasion, and the call or text that it is about.
    sa.Column("after", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("ended_at", Utc, nullable=False),
    sa.Column("site", sa.Text, nullable=False, server_default=""),
    sa.Column("department", sa.Text, nullable=False, server_default=""),
    sa.Column("queue", sa.Text, nullable=False, server_default=""),
    sa.Column("agent", sa.Text, nullable=False, server_default=""),
    # The questions that were asked, joined by a space.
    sa.Column("questions", sa.Text, nullable=False, server_default=""),
    # planned, asked, answered (wholly), let_be
    sa.Column("state", sa.Text, nullable=False),
    # Why it was let be: a word of recover.survey, or the rule that stood against it.
    sa.Column("why", sa.Text),
    sa.Column("text_id", sa.Text),
    sa.Column("asked_at", Utc),
    # The last answer, and what the answers make of the person: model.survey.Mood.
    sa.Column("answered_at", Utc),
    sa.Column("mood", sa.Text),
    # What somebody of the business was given to do about a bad answer.
    sa.Column("item_id", sa.Text),
    sa.Index("ix_surveys_account_asked", "account_id", "asked_at"),
    sa.Index("ix_surveys_account_person", "account_id", "person", "asked_at"),
    sa.Index("ix_surveys_account_mood", "account_id", "mood", "answered_at"),
    sa.Index("ix_surveys_account_ended", "account_id", "ended_at"),
)

survey_answers = sa.Table(
    "survey_answers",
    metadata,
    sa.Column("survey_id", sa.Text, sa.ForeignKey("surveys.id"), nullable=False),
    # model.survey.Question
    sa.Column("question", sa.Text, nullable=False),
    sa.Column("value", sa.Integer, nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.PrimaryKeyConstraint("survey_id", "question"),
)
